/** Orders about domains, accounts and aliases: checked against the book, written into the log, and only then true. */
import { parseDomain } from '../address/domain.ts';
import { parseMailbox } from '../address/mailbox.ts';
import type { Instant } from '../base/instant.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { domainOf, folded } from './address-book.ts';
import type { CredentialOrders } from './credentials-orders.ts';
import type { AccountRow, AliasRow, DomainRow } from './index-protocol.ts';
import type {
  AccountChange,
  AccountInfo,
  AliasInfo,
  DomainInfo,
  Limits,
  ManagedStore,
  ManagementFailure,
  Removed,
} from './management.ts';
import { changeBook, effectiveLimits } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId } from './store.ts';

type Outcome<T> = Promise<Result<T, ManagementFailure>>;
type DomainChange = Parameters<ManagedStore['setDomain']>[1];
type AccountListing = NonNullable<Parameters<ManagedStore['listAccounts']>[0]>;

const NO_LIMITS: Limits = { octets: 0, messages: 0 };
const LISTED_AT_ONCE = 1000;
const MEMBERS_MAX = 10_000;

export class AddressOrders {
  readonly #core: StoreCore;
  readonly #credentials: Pick<CredentialOrders, 'info'>;

  constructor(core: StoreCore, credentials: Pick<CredentialOrders, 'info'>) {
    this.#core = core;
    this.#credentials = credentials;
  }

  listDomains(): DomainInfo[] {
    return [...this.#core.book.domains.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((row) => this.#domainInfo(row));
  }

  addDomain(name: string, options: DomainChange = {}): Outcome<DomainInfo> {
    return this.#core.turn.run(async () => {
      const domain = parseDomain(name);
      if (domain === null) return failed({ type: 'invalid', what: name });
      if (this.#core.book.domains.has(domain)) return failed({ type: 'exists', what: domain });
      return this.#putDomain(
        { name: domain, limits: NO_LIMITS, accountLimits: null, catchAll: null },
        options,
      );
    });
  }

  setDomain(name: string, change: DomainChange): Outcome<DomainInfo> {
    return this.#core.turn.run(async () => {
      const known = this.#core.book.domains.get(name.toLowerCase());
      return known === undefined ? failed({ type: 'not-found', what: name }) : this.#putDomain(known, change);
    });
  }

  removeDomain(name: string): Outcome<void> {
    return this.#core.turn.run(async () => {
      const { book, quota } = this.#core;
      const known = book.domains.get(name.toLowerCase());
      if (known === undefined) return failed({ type: 'not-found', what: name });
      const [account] = book.accountsOf(known.name);
      const inTheWay = account ?? this.#aliasesOf(known.name)[0]?.address;
      if (inTheWay !== undefined) return failed({ type: 'in-use', what: inTheWay });
      const change = { op: 'remove-domain', name: known.name } as const;
      const changed = await changeBook(this.#core, change, () => quota.removeDomain(known.name));
      return changed.ok ? ok(undefined) : changed;
    });
  }

  async listAccounts(query: AccountListing = {}): Promise<readonly AccountInfo[]> {
    const { book, quota } = this.#core;
    const { domain, after, count = LISTED_AT_ONCE, order = 'address' } = query;
    const addresses =
      domain === undefined ? [...book.accounts.keys()] : [...book.accountsOf(domain.toLowerCase())];
    const measure = (address: string): number => {
      const account = book.accounts.get(address);
      if (account === undefined) return 0;
      const { usedOctets, limitOctets } = quota.facts(account.id as AccountId).mailbox;
      return order === 'used' ? usedOctets : limitOctets === 0 ? 0 : usedOctets / limitOctets;
    };
    const sorted =
      order === 'address'
        ? addresses.toSorted()
        : addresses
            .map((address) => ({ address, of: measure(address) }))
            .toSorted((a, b) => b.of - a.of || (a.address < b.address ? -1 : 1))
            .map(({ address }) => address);
    const start = after === undefined ? 0 : sorted.indexOf(folded(after)) + 1;
    const rows = sorted.slice(start, start + count).flatMap((address) => book.accounts.get(address) ?? []);
    return this.#accountInfos(rows);
  }

  async showAccount(address: string): Outcome<AccountInfo> {
    const row = this.#core.book.accounts.get(addressKey(address) ?? '');
    return row === undefined
      ? failed({ type: 'not-found', what: address })
      : ok(await this.#accountInfo(row));
  }

  addAccount(address: string, options: AccountChange = {}): Outcome<AccountInfo> {
    return this.#core.turn.run(async () => {
      const { book, clock, quota } = this.#core;
      const key = addressKey(address);
      if (key === null) return failed({ type: 'invalid', what: address });
      const domain = domainOf(key);
      if (!book.domains.has(domain)) return failed({ type: 'not-found', what: domain });
      if (book.taken(key)) return failed({ type: 'exists', what: key });
      const limits = options.limits ?? null;
      const messageSizeMax = options.messageSizeMax ?? 0;
      const state = options.state ?? 'active';
      const account = {
        id: book.nextAccountId(),
        address: key,
        createdAt: clock.now(),
        limits,
        messageSizeMax,
        state,
      };
      const changed = await changeBook(this.#core, { op: 'put-account', account }, () =>
        quota.add({ ...quotaRow(this.#core, account), usedOctets: 0, usedMessages: 0 }),
      );
      if (!changed.ok) return changed;
      return ok(await this.#accountInfo(account));
    });
  }

  setAccount(address: string, change: AccountChange): Outcome<AccountInfo> {
    return this.#core.turn.run(async () => {
      const { book, quota } = this.#core;
      const known = book.accounts.get(addressKey(address) ?? '');
      if (known === undefined) return failed({ type: 'not-found', what: address });
      const account = { ...known, ...defined(change) };
      const changed = await changeBook(this.#core, { op: 'put-account', account });
      if (!changed.ok) return changed;
      const limits = effectiveLimits(this.#core, account.address, account.limits);
      quota.setLimits(account.id as AccountId, limits, account.messageSizeMax);
      return ok(await this.#accountInfo(account));
    });
  }

  /** The account and whatever is in it; messages were removed in steps before, this takes what came meanwhile. */
  removeAccount(address: string): Outcome<Removed> {
    return this.#core.turn.run(async () => {
      const { book, quota, index } = this.#core;
      const known = book.accounts.get(addressKey(address) ?? '');
      if (known === undefined) return failed({ type: 'not-found', what: address });
      const changed = await changeBook(this.#core, { op: 'remove-account', id: known.id }, () =>
        quota.remove(known.id as AccountId),
      );
      if (!changed.ok) return changed;
      const effect = await index.effectOf(changed.value.sequence);
      if (!effect.ok) return effect;
      const [rest] = effect.value.accounts;
      return ok({ messages: rest?.messages ?? 0, octets: rest?.octets ?? 0 });
    });
  }

  listAliases(domain?: string): AliasInfo[] {
    const rows =
      domain === undefined ? [...this.#core.book.aliases.values()] : this.#aliasesOf(domain.toLowerCase());
    return rows.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  }

  setAlias(address: string, members: readonly string[]): Outcome<AliasInfo> {
    return this.#core.turn.run(async () => {
      const { book } = this.#core;
      const key = addressKey(address);
      if (key === null) return failed({ type: 'invalid', what: address });
      if (!book.domains.has(domainOf(key))) return failed({ type: 'not-found', what: domainOf(key) });
      if (book.accounts.has(key)) return failed({ type: 'exists', what: key });
      if (members.length === 0 || members.length > MEMBERS_MAX) return failed({ type: 'invalid', what: key });
      const keys: string[] = [];
      for (const member of members) {
        const memberKey = addressKey(member);
        if (memberKey === null) return failed({ type: 'invalid', what: member });
        if (!book.domains.has(domainOf(memberKey))) return failed({ type: 'not-found', what: member });
        keys.push(memberKey);
      }
      const alias = { address: key, members: [...new Set(keys)] };
      const changed = await changeBook(this.#core, { op: 'put-alias', alias });
      return changed.ok ? ok(alias) : changed;
    });
  }

  removeAlias(address: string): Outcome<void> {
    return this.#core.turn.run(async () => {
      const key = addressKey(address) ?? '';
      if (!this.#core.book.aliases.has(key)) return failed({ type: 'not-found', what: address });
      const changed = await changeBook(this.#core, { op: 'remove-alias', address: key });
      return changed.ok ? ok(undefined) : changed;
    });
  }

  #aliasesOf(domain: string): AliasRow[] {
    return [...this.#core.book.aliases.values()].filter(({ address }) => domainOf(address) === domain);
  }

  async #putDomain(before: DomainRow, change: DomainChange): Outcome<DomainInfo> {
    const { book, quota } = this.#core;
    const catchAll =
      typeof change.catchAll === 'string' ? addressKey(change.catchAll) : (change.catchAll ?? null);
    if (typeof change.catchAll === 'string' && catchAll === null)
      return failed({ type: 'invalid', what: change.catchAll });
    const domain: DomainRow = {
      ...before,
      ...(change.limits === undefined ? {} : { limits: change.limits }),
      ...(change.accountLimits === undefined ? {} : { accountLimits: change.accountLimits }),
      ...(change.catchAll === undefined ? {} : { catchAll }),
    };
    const changed = await changeBook(this.#core, { op: 'put-domain', domain });
    if (!changed.ok) return changed;
    quota.setDomainLimits(domain.name, domain.limits);
    if (change.accountLimits !== undefined) {
      for (const address of book.accountsOf(domain.name)) {
        const account = book.accounts.get(address);
        if (account === undefined || account.limits !== null) continue;
        quota.setLimits(account.id as AccountId, effectiveLimits(this.#core, address, null));
      }
    }
    return ok(this.#domainInfo(domain));
  }

  #domainInfo({ name, limits, accountLimits, catchAll }: DomainRow): DomainInfo {
    const pool = this.#core.quota.domainPool(name);
    const accounts = this.#core.book.accountsOf(name).size;
    const [usedOctets, usedMessages] = [pool?.usedOctets ?? 0, pool?.usedMessages ?? 0];
    return { name, limits, accountLimits, catchAll, accounts, usedOctets, usedMessages };
  }

  async #accountInfo(row: AccountRow): Promise<AccountInfo> {
    const [info] = await this.#accountInfos([row]);
    return info ?? this.#info(row, 0);
  }

  async #accountInfos(rows: readonly AccountRow[]): Promise<AccountInfo[]> {
    const counts = await this.#core.index.ask('waitingCounts', { accounts: rows.map(({ id }) => id) });
    return rows.map((row, i) => this.#info(row, counts.ok ? (counts.value[i] ?? 0) : 0));
  }

  #info(row: AccountRow, waitingMessages: number): AccountInfo {
    const facts = this.#core.quota.facts(row.id as AccountId);
    return {
      id: row.id as AccountId,
      address: row.address,
      createdAt: row.createdAt as Instant,
      limits: row.limits,
      effectiveLimits: effectiveLimits(this.#core, row.address, row.limits),
      messageSizeMax: row.messageSizeMax,
      state: row.state,
      usedOctets: facts.mailbox.usedOctets,
      usedMessages: facts.mailbox.usedMessages,
      inflightOctets: facts.mailbox.inflightOctets,
      waitingMessages,
      fullSince: facts.fullSince as Instant | null,
      lastLogin: facts.lastLogin as Instant | null,
      ...this.#credentials.info(row),
    };
  }
}

export function quotaRow(
  core: Pick<StoreCore, 'book' | 'accountLimits'>,
  account: AccountRow,
): {
  account: AccountId;
  domain: string;
  limitOctets: number;
  limitMessages: number;
  messageSizeMax: number;
  fullSince: null;
  lastLogin: number | null;
} {
  const limits = effectiveLimits(core, account.address, account.limits);
  return {
    account: account.id as AccountId,
    domain: domainOf(account.address),
    limitOctets: limits.octets,
    limitMessages: limits.messages,
    messageSizeMax: account.messageSizeMax,
    fullSince: null,
    lastLogin: account.lastLogin ?? null,
  };
}

/** How the book writes an address; `null`: that is none. */
export function addressKey(address: string): string | null {
  const mailbox = parseMailbox(address);
  return mailbox === null ? null : folded(`${mailbox.localPart}@${mailbox.domain}`);
}

function defined(change: AccountChange): AccountChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
