/**
 * Domains, accounts, aliases and lists, in memory, so that a recipient is found without waiting. What an address is called
 * outside never becomes a name of anything here: accounts are numbers.
 */
import type { Mailbox } from '../address/mailbox.ts';
import type { AccountRow, AliasRow, BookChange, BookDump, DomainRow } from './index-protocol.ts';
import type { AccountId, Directory, Resolution, Target } from './store.ts';

/** An address in the form in which we compare: our own local-parts do not know case. */
export function folded(address: string): string {
  return address.normalize('NFC').toLowerCase();
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** A list names itself, or another that names it: everybody gets one copy, and nobody waits for ever. */
const DEPTH_MAX = 32;

export class AddressBook implements Directory {
  readonly domains = new Map<string, DomainRow>();
  readonly accounts = new Map<string, AccountRow>();
  readonly aliases = new Map<string, AliasRow>();
  readonly #byId = new Map<number, AccountRow>();
  readonly #inDomain = new Map<string, Set<string>>();
  readonly #postmaster: string | null;
  #lastAccount: number;

  constructor(dump: BookDump, postmaster: string | null) {
    this.#postmaster = postmaster === null ? null : folded(postmaster);
    this.#lastAccount = dump.lastAccount;
    for (const domain of dump.domains) this.change({ op: 'put-domain', domain });
    for (const {
      usedOctets: _octets,
      usedMessages: _messages,
      newest: _newest,
      nextUid: _nextUid,
      ...account
    } of dump.accounts) {
      this.change({ op: 'put-account', account });
    }
    for (const alias of dump.aliases) this.change({ op: 'put-alias', alias });
  }

  /** Numbers of accounts are not given twice, not even those of accounts that are gone: old records name them. */
  nextAccountId(): number {
    return this.#lastAccount + 1;
  }

  accountById(id: number): AccountRow | null {
    return this.#byId.get(id) ?? null;
  }

  /** Folded addresses of the accounts of a domain. */
  accountsOf(domain: string): ReadonlySet<string> {
    return this.#inDomain.get(domain) ?? new Set();
  }

  /** Whether something is called that already. */
  taken(address: string): boolean {
    return this.accounts.has(address) || this.aliases.has(address);
  }

  resolve({ localPart, domain }: Mailbox): Resolution {
    const known = this.domains.get(domain.toLowerCase());
    if (known === undefined) return NO_SUCH_DOMAIN;
    const local = folded(localPart);
    return this.#deliver(this.#lookUp(local, known) ?? known.catchAll);
  }

  resolvePostmaster(): Resolution {
    return this.#deliver(this.#serverPostmaster());
  }

  change(change: BookChange): void {
    switch (change.op) {
      case 'put-domain':
        this.domains.set(change.domain.name, change.domain);
        return;
      case 'remove-domain':
        this.domains.delete(change.name);
        return;
      case 'put-account': {
        const { account } = change;
        const domain = domainOf(account.address);
        this.accounts.set(account.address, account);
        this.#byId.set(account.id, account);
        this.#lastAccount = Math.max(this.#lastAccount, account.id);
        const others = this.#inDomain.get(domain);
        if (others === undefined) this.#inDomain.set(domain, new Set([account.address]));
        else others.add(account.address);
        return;
      }
      case 'remove-account': {
        const account = this.#byId.get(change.id);
        if (account === undefined) return;
        this.#byId.delete(change.id);
        this.accounts.delete(account.address);
        this.#inDomain.get(domainOf(account.address))?.delete(account.address);
        return;
      }
      case 'put-alias':
        this.aliases.set(change.alias.address, change.alias);
        return;
      case 'remove-alias':
        this.aliases.delete(change.address);
        return;
      case 'snapshot':
      case 'snapshot-end':
        return;
    }
  }

  /** The address that answers for a local-part: itself, without its tag, or the postmaster every domain has (RFC 5321 §4.5.1). */
  #lookUp(local: string, domain: DomainRow): string | null {
    const exact = `${local}@${domain.name}`;
    if (this.taken(exact)) return exact;
    const plus = local.indexOf('+');
    if (plus > 0) {
      const untagged = `${local.slice(0, plus)}@${domain.name}`;
      if (this.taken(untagged)) return untagged;
    }
    if (local === 'postmaster' || local.startsWith('postmaster+')) return this.#serverPostmaster();
    return null;
  }

  #serverPostmaster(): string | null {
    if (this.#postmaster !== null && this.taken(this.#postmaster)) return this.#postmaster;
    for (const domain of this.domains.keys()) {
      const address = `postmaster@${domain}`;
      if (this.taken(address)) return address;
    }
    return null;
  }

  #deliver(address: string | null): Resolution {
    if (address === null) return NO_SUCH_MAILBOX;
    const found: Found = { accounts: new Set(), disabled: new Set(), seen: new Set() };
    this.#expand(address, found, 0);
    const [first, ...others] = [...found.accounts].map((account): Target => ({
      account: account as AccountId,
    }));
    if (first !== undefined) return { type: 'deliver', targets: [first, ...others] };
    if (found.disabled.size === 0) return NO_SUCH_MAILBOX;
    return { type: 'disabled', temporary: found.disabled.has('disabled-now') };
  }

  #expand(address: string, found: Found, depth: number): void {
    if (found.seen.has(address) || depth > DEPTH_MAX) return;
    found.seen.add(address);
    const account = this.accounts.get(address);
    if (account !== undefined) {
      if (account.state === 'active') found.accounts.add(account.id);
      else found.disabled.add(account.state);
      return;
    }
    for (const member of this.aliases.get(address)?.members ?? []) {
      const domain = this.domains.get(domainOf(member));
      if (domain === undefined) continue;
      const next = this.#lookUp(member.slice(0, member.lastIndexOf('@')), domain);
      if (next !== null) this.#expand(next, found, depth + 1);
    }
  }
}

interface Found {
  readonly accounts: Set<number>;
  readonly disabled: Set<string>;
  readonly seen: Set<string>;
}

const NO_SUCH_DOMAIN: Resolution = { type: 'no-such-domain' };
const NO_SUCH_MAILBOX: Resolution = { type: 'no-such-mailbox' };
