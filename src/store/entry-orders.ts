/** Orders about messages: listing, counting, deleting in steps, releasing what waits, counting again. */
import type { Instant } from '../base/instant.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { EntryRow, ScanPage, WaitingRow } from './index-protocol.ts';
import type { Entry, EntryPage, EntryQuery, ManagementFailure, Recount, Removed } from './management.ts';
import { RECORD } from './record.ts';
import { encodeReleases, encodeRestated, type UidMark } from './record-heads.ts';
import { bareRecord, removeDeliveries } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId, StoreFailure } from './store.ts';

/** Messages deleted with one record of the log: between two of them, mail goes on. */
const STEP_MESSAGES = 1000;
const PAGE_ENTRIES = 100;
/** When a full disk has got some room: longer than the log waits by itself before it tries again. */
const TRY_AGAIN_MS = 200;
const TRIES_WITH_ROOM = 5;
const START = { account: 0, uid: 0 };

export class StoreFailed extends Error {
  override name = 'StoreFailed';
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure) {
    super(`the store failed: ${failure.type}`);
    this.failure = failure;
  }
}

export class EntryOrders {
  readonly #core: StoreCore;
  #sorted: { readonly state: string; readonly addresses: readonly string[] } = { state: '', addresses: [] };

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** By address, then by UID. */
  async list(query: EntryQuery, page: { after?: string; count?: number } = {}): Promise<EntryPage> {
    const { account, domain, ...filter } = query;
    const wanted = page.count ?? PAGE_ENTRIES;
    const from = keyOf(page.after);
    const entries: Entry[] = [];
    for (const row of this.#mailboxes(account, domain, from.address)) {
      let uid: number | null = row.address === from.address ? from.uid : 0;
      while (uid !== null) {
        const found: Result<ScanPage, StoreFailure> = await this.#core.index.ask('scan', {
          account: row.id,
          after: { account: row.id, uid },
          filter,
          count: wanted - entries.length,
        });
        if (!found.ok) throw new StoreFailed(found.failure);
        entries.push(...found.value.rows.flatMap((entry) => this.#entryOf(entry) ?? []));
        uid = found.value.next?.uid ?? null;
        const last = entries.at(-1);
        if (entries.length >= wanted && last !== undefined)
          return { entries, next: `${last.uid}:${last.address}` };
      }
    }
    return { entries, next: null };
  }

  async count(query: EntryQuery): Promise<Removed> {
    let [messages, octets] = [0, 0];
    for await (const page of this.#scan(query, 0)) {
      messages += page.messages;
      octets += page.octets;
    }
    return { messages, octets };
  }

  async remove(
    query: EntryQuery,
    told: (soFar: Removed) => void = () => {},
  ): Promise<Result<Removed, ManagementFailure>> {
    const total = { messages: 0, octets: 0 };
    for await (const page of this.#scan(query, STEP_MESSAGES)) {
      if (page.rows.length === 0) continue;
      const step = await this.#removeStep(page.rows);
      if (!step.ok) return step;
      for (const { messages, octets } of step.value.accounts) {
        total.messages += messages;
        total.octets += octets;
      }
      told({ ...total });
    }
    await this.#core.reclaimed();
    return ok(total);
  }

  /** Deleting makes room, and needs a little of it first: what was put by is given up, and the log and the index asked again. */
  async #removeStep(rows: readonly EntryRow[]): ReturnType<typeof removeDeliveries> {
    const { turn, clock, makeRoom } = this.#core;
    const removed = (): ReturnType<typeof removeDeliveries> =>
      turn.run(() => removeDeliveries(this.#core, rows));
    let step = await removed();
    if (step.ok || step.failure.type !== 'no-space' || !(await makeRoom())) return step;
    for (let tries = 0; tries < TRIES_WITH_ROOM && !step.ok; tries++) {
      await new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));
      step = await removed();
    }
    return step;
  }

  /** Into their mailboxes, as far as there is room: the oldest first, and none past one that does not fit. */
  async release(account?: AccountId): Promise<number> {
    let released = 0;
    let after: WaitingRow | null = null;
    const full = new Set<number>();
    do {
      after = await this.#core.turn.run(async () => {
        const ask = { account: account ?? null, after, count: STEP_MESSAGES };
        const page = await this.#core.index.ask('waiting', ask);
        if (!page.ok) return null;
        released += await this.#releaseStep(page.value, full);
        return page.value.at(-1) ?? null;
      });
    } while (after !== null);
    return released;
  }

  async recount(accounts: readonly { id: number; address: string }[]): Promise<Recount> {
    const mended: Recount['mended'][number][] = [];
    for (const { id, address } of accounts) {
      const counted = await this.#core.index.ask('recount', { account: id });
      if (!counted.ok) throw new StoreFailed(counted.failure);
      const { bookedOctets, bookedMessages, octets, messages } = counted.value;
      if (octets === bookedOctets && messages === bookedMessages) continue;
      this.#core.quota.stored(id as AccountId, octets - bookedOctets, messages - bookedMessages);
      mended.push({
        address,
        bookedOctets,
        bookedMessages,
        countedOctets: octets,
        countedMessages: messages,
      });
    }
    return { accounts: accounts.length, mended };
  }

  async #releaseStep(rows: readonly WaitingRow[], full: Set<number>): Promise<number> {
    const { book, quota, uids, commit } = this.#core;
    const fitting: WaitingRow[] = [];
    for (const row of rows) {
      if (full.has(row.account) || book.accountById(row.account) === null) continue;
      if (quota.take(row.account as AccountId, row.size) === 'room') fitting.push(row);
      else full.add(row.account);
    }
    if (fitting.length === 0) return 0;
    const releases = fitting.map((row) => ({ ...row, uid: uids.take(row.account) }));
    const record = bareRecord(RECORD.released, encodeReleases(releases));
    // A release names an object, and that names the account: when the object is gone, nothing would tell that the UID was given.
    const marks = bareRecord(RECORD.restated, encodeRestated([], marksOf(releases)));
    const [, kept] = await Promise.all([commit.append(marks), commit.append(record)]);
    const effect = kept.ok ? await this.#core.index.effectOf(record.sequence) : null;
    if (effect !== null && !effect.ok) return 0; // It stands in the log, and will happen.
    const done = effect === null ? [] : effect.value.accounts;
    for (const id of new Set(fitting.map((row) => row.account))) {
      const mine = fitting.filter((row) => row.account === id);
      const moved = done.find(({ account }) => account === id) ?? { octets: 0, messages: 0 };
      const octets = mine.reduce((sum, { size }) => sum + size, 0) - moved.octets;
      if (book.accountById(id) !== null) quota.freed(id as AccountId, octets, mine.length - moved.messages);
    }
    return done.reduce((sum, { messages }) => sum + messages, 0);
  }

  /** Page by page, each a short question; of one account, of those of a domain, or of all. */
  async *#scan(query: EntryQuery, count: number): AsyncGenerator<ScanPage> {
    const { account, domain, ...filter } = query;
    for (const one of this.#accountsOf(account, domain)) {
      let after: ScanPage['next'] = START;
      while (after !== null) {
        const page: Result<ScanPage, StoreFailure> = await this.#core.index.ask('scan', {
          account: one,
          after,
          filter,
          count,
        });
        if (!page.ok) throw new StoreFailed(page.failure);
        yield page.value;
        after = page.value.next;
      }
    }
  }

  #accountsOf(account: AccountId | undefined, domain: string | undefined): (number | null)[] {
    const { book } = this.#core;
    if (domain === undefined) return [account ?? null];
    return [...book.accountsOf(domain.toLowerCase())]
      .map((address) => book.accounts.get(address)?.id ?? 0)
      .filter((id) => id > 0 && (account === undefined || id === account))
      .toSorted((a, b) => a - b);
  }

  /** Those that may have messages, from `first` on. */
  *#mailboxes(
    account: AccountId | undefined,
    domain: string | undefined,
    first: string,
  ): Generator<{ readonly id: number; readonly address: string }> {
    const { book, quota } = this.#core;
    const ending = domain === undefined ? '' : `@${domain.toLowerCase()}`;
    const one = account === undefined ? null : book.accountById(account);
    const addresses = account === undefined ? this.#inOrder() : one === null ? [] : [one.address];
    for (const address of addresses) {
      if (address < first || !address.endsWith(ending)) continue;
      const row = book.accounts.get(address);
      if (row !== undefined && quota.facts(row.id as AccountId).mailbox.usedMessages > 0) yield row;
    }
  }

  /** All addresses; sorted again only when there are others: there may be many, and many pages. */
  #inOrder(): readonly string[] {
    const { accounts } = this.#core.book;
    const state = `${accounts.size} ${this.#core.book.nextAccountId()}`;
    if (state !== this.#sorted.state) this.#sorted = { state, addresses: [...accounts.keys()].toSorted() };
    return this.#sorted.addresses;
  }

  #entryOf(row: EntryRow): Entry | null {
    const account = this.#core.book.accountById(row.account);
    if (account === null) return null;
    return {
      account: row.account as AccountId,
      address: account.address,
      uid: row.uid,
      object: idOfBytes(row.id),
      receivedAt: row.receivedAt as Instant,
      size: row.size,
      reversePath: row.reversePath,
      recipient: row.recipient,
    };
  }
}

function keyOf(after: string | undefined): { address: string; uid: number } {
  const found = /^(\d+):(.+)$/s.exec(after ?? '');
  return { address: found?.[2] ?? '', uid: Number(found?.[1] ?? 0) };
}

/** How far the UIDs of each account have come. */
function marksOf(given: readonly { readonly account: number; readonly uid: number }[]): readonly UidMark[] {
  const next = new Map<number, number>();
  for (const { account, uid } of given) next.set(account, Math.max(uid + 1, next.get(account) ?? 0));
  return [...next].map(([account, uid]) => ({ account, next: uid }));
}
