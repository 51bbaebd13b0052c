/** Orders about messages: listing, counting, deleting in steps, releasing what waits, counting again. */
import type { Instant } from '../base/instant.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { EntryRow, ScanPage, WaitingRow } from './index-protocol.ts';
import type { Entry, EntryPage, EntryQuery, ManagementFailure, Recount, Removed } from './management.ts';
import { RECORD } from './record.ts';
import { encodeNames } from './record-heads.ts';
import { bareRecord, changeDeliveries } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId, StoreFailure } from './store.ts';

/** Messages deleted with one record of the log: between two of them, mail goes on. */
const STEP_MESSAGES = 1000;
const PAGE_ENTRIES = 100;
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

  constructor(core: StoreCore) {
    this.#core = core;
  }

  async list(query: EntryQuery, page: { after?: string; count?: number } = {}): Promise<EntryPage> {
    const wanted = page.count ?? PAGE_ENTRIES;
    const entries: Entry[] = [];
    let next: string | null = null;
    for await (const found of this.#scan(query, {
      after: keyOf(page.after),
      count: () => wanted - entries.length,
    })) {
      entries.push(...found.rows.flatMap((row) => this.#entryOf(row) ?? []));
      next = found.next === null ? null : `${found.next.account}:${found.next.uid}`;
      if (entries.length >= wanted) break;
    }
    return { entries, next };
  }

  async count(query: EntryQuery): Promise<Removed> {
    let [messages, octets] = [0, 0];
    for await (const page of this.#scan(query, { after: START, count: () => 0 })) {
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
    for await (const page of this.#scan(query, { after: START, count: () => STEP_MESSAGES })) {
      if (page.rows.length === 0) continue;
      const step = await this.#core.turn.run(() => changeDeliveries(this.#core, 'removed', page.rows));
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

  /** Into their mailboxes, as far as there is room: the oldest first, and none past one that does not fit. */
  async release(account?: AccountId): Promise<number> {
    let released = 0;
    let after: WaitingRow | null = null;
    const full = new Set<number>();
    for (;;) {
      const page: Result<readonly WaitingRow[], StoreFailure> = await this.#core.index.ask('waiting', {
        account: account ?? null,
        after,
        count: STEP_MESSAGES,
      });
      if (!page.ok || page.value.length === 0) return released;
      released += await this.#core.turn.run(() => this.#releaseStep(page.value, full));
      after = page.value.at(-1) ?? null;
    }
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
    const { book, quota } = this.#core;
    const fitting: WaitingRow[] = [];
    for (const row of rows) {
      if (full.has(row.account) || book.accountById(row.account) === null) continue;
      if (quota.take(row.account as AccountId, row.size) === 'room') fitting.push(row);
      else full.add(row.account);
    }
    if (fitting.length === 0) return 0;
    const record = bareRecord(RECORD.released, encodeNames(fitting));
    const kept = await this.#core.commit.append(record);
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
  async *#scan(
    query: EntryQuery,
    from: { after: { account: number; uid: number }; count: () => number },
  ): AsyncGenerator<ScanPage> {
    const { account, domain, ...filter } = query;
    const accounts = this.#accountsOf(account, domain, from.after.account);
    for (const [i, one] of accounts.entries()) {
      const another = accounts[i + 1];
      let after: ScanPage['next'] = from.after;
      while (after !== null) {
        const page: Result<ScanPage, StoreFailure> = await this.#core.index.ask('scan', {
          account: one,
          after,
          filter,
          count: from.count(),
        });
        if (!page.ok) throw new StoreFailed(page.failure);
        const next: ScanPage['next'] = page.value.next;
        const goesOn = next !== null || another === undefined || another === null;
        yield goesOn ? page.value : { ...page.value, next: { account: another, uid: 0 } };
        after = next;
      }
    }
  }

  #accountsOf(account: AccountId | undefined, domain: string | undefined, from: number): (number | null)[] {
    const { book } = this.#core;
    if (domain === undefined) return account === undefined ? [null] : account >= from ? [account] : [];
    return [...book.accountsOf(domain.toLowerCase())]
      .map((address) => book.accounts.get(address)?.id ?? 0)
      .filter((id) => id >= from && id > 0 && (account === undefined || id === account))
      .toSorted((a, b) => a - b);
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

function keyOf(after: string | undefined): { account: number; uid: number } {
  const found = /^(\d+):(\d+)$/.exec(after ?? '');
  return found === null ? START : { account: Number(found[1]), uid: Number(found[2]) };
}
