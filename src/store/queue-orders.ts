/** The queue of the embedded store: what stands in the log goes through the log, the rest is asked of the index. */
import type { Instant } from '../base/instant.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { RetryState } from '../policy/retry.ts';
import { readObject } from './entry-reader.ts';
import { StoreFailed } from './entry-orders.ts';
import { envelopeOfText } from './index-queue-rows.ts';
import type { Answers } from './index-protocol.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { ManagementFailure } from './management.ts';
import type { QueueFilter, QueueMark, QueueRow, QueueScanPage } from './queue-protocol.ts';
import { QueueRemoval } from './queue-removal.ts';
import type {
  BlockedDestination,
  QueueEntry,
  QueueFigures,
  QueueOutcome,
  QueuePage,
  QueueQuery,
  QueueStore,
  QueuedText,
  ReadyDestination,
} from './queue-store.ts';
import type { QueueName } from './store.ts';
import type { DeliveryName } from './record-heads.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId, StoreFailure } from './store.ts';

/** Entries changed or removed with one step: between two of them, mail goes on. */
const STEP_ENTRIES = 1000;
const PAGE_ENTRIES = 100;
const START: DeliveryName = { object: 0, ordinal: -1 };
/** A UUID, and perhaps the number of a delivery. */
const ID = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:\/(\d{1,9}))?$/i;
const CLAIMED_AT_ONCE_MAX = 10_000;

export class QueueOrders implements QueueStore {
  readonly #core: StoreCore;
  readonly #removal: QueueRemoval;
  readonly #listeners = new Set<(destinations: readonly string[]) => void>();

  constructor(core: StoreCore) {
    this.#core = core;
    this.#removal = new QueueRemoval(core);
  }

  onReady(told: (destinations: readonly string[]) => void): () => void {
    this.#listeners.add(told);
    return () => void this.#listeners.delete(told);
  }

  /** Something came, or became free, that goes there. */
  tell(destinations: readonly string[]): void {
    if (destinations.length === 0) return;
    for (const told of this.#listeners) told(destinations);
  }

  async ready(ask: Parameters<QueueStore['ready']>[0]): Promise<readonly ReadyDestination[]> {
    const rows = await this.#ask('queueReady', ask);
    return rows.map(({ destination, due }) => ({ destination, due: due as Instant }));
  }

  async nextDue(now: Instant): Promise<Instant | null> {
    return (await this.#ask('queueNext', { now })) as Instant | null;
  }

  async claim(ask: Parameters<QueueStore['claim']>[0]): Promise<readonly QueueEntry[]> {
    const count = Math.min(ask.count, CLAIMED_AT_ONCE_MAX);
    return (await this.#ask('queueClaim', { ...ask, count })).map(entryOf);
  }

  async settle(outcomes: readonly QueueOutcome[]): Promise<Result<void, StoreFailure>> {
    const done: QueueName[] = [];
    const deferred: Answers['queueSettle']['ask']['deferred'][number][] = [];
    const free: QueueName[] = [];
    for (const outcome of outcomes) {
      const { object, ordinal } = outcome;
      if (outcome.type === 'done') done.push({ object, ordinal });
      else if (outcome.type === 'unclaimed') free.push({ object, ordinal });
      else {
        const { due, cause } = outcome.retry;
        deferred.push({ object, ordinal, due, cause, retry: JSON.stringify(outcome.retry) });
      }
    }
    const [changed, removed] = await Promise.all([
      deferred.length + free.length === 0 ? null : this.#core.index.ask('queueSettle', { deferred, free }),
      done.length === 0 ? null : this.#removal.remove(done),
    ]);
    if (changed?.ok === true) this.tell(changed.value);
    if (removed?.ok === false) return removed;
    return changed?.ok === false ? changed : ok(undefined);
  }

  async block(destination: string, blocked: { until: Instant; retry: RetryState } | null): Promise<void> {
    await this.#ask('queueBlock', { destination: destination.toLowerCase(), blocked });
    if (blocked === null) this.tell([destination.toLowerCase()]);
  }

  async blocked(destination?: string): Promise<readonly BlockedDestination[]> {
    const rows = await this.#ask('queueBlocked', { destination: destination?.toLowerCase() ?? null });
    return rows.map((row) => ({
      destination: row.destination,
      until: row.until as Instant,
      retry: JSON.parse(row.retry) as RetryState,
      entries: row.entries,
    }));
  }

  async overdue(ask: Parameters<QueueStore['overdue']>[0]): Promise<readonly QueueEntry[]> {
    return (await this.#ask('queueOverdue', ask)).map(entryOf);
  }

  async noticed(names: readonly QueueName[]): Promise<void> {
    await this.#mark(names, { noticed: true });
  }

  readQueued(entry: QueueEntry): Promise<Result<QueuedText, ManagementFailure>> {
    return readObject(this.#core, entry.object);
  }

  /** In the order in which they were kept. */
  async listQueue(query: QueueQuery, page: { after?: string; count?: number } = {}): Promise<QueuePage> {
    const count = page.count ?? PAGE_ENTRIES;
    const rows: QueueRow[] = [];
    for (const from of sourcesOf(query))
      rows.push(...(await this.#some(query, from, { after: nameOf(page.after), count })));
    const sorted = rows.toSorted((a, b) => a.object - b.object || a.ordinal - b.ordinal).slice(0, count);
    const last = sorted.length === count ? sorted.at(-1) : undefined;
    return {
      entries: sorted.map(entryOf),
      next: last === undefined ? null : `${last.object}/${last.ordinal}`,
    };
  }

  async countQueue(query: QueueQuery): Promise<{ entries: number; octets: number }> {
    let [entries, octets] = [0, 0];
    for await (const page of this.#scan(query, 0)) {
      entries += page.entries;
      octets += page.octets;
    }
    return { entries, octets };
  }

  async changeQueue(
    query: QueueQuery,
    change: { readonly held?: boolean; readonly due?: Instant },
    told: (soFar: number) => void = () => {},
  ): Promise<number> {
    let total = 0;
    for await (const { rows } of this.#scan(query, STEP_ENTRIES)) {
      if (rows.length === 0) continue;
      total += await this.#mark(rows, change);
      told(total);
    }
    return total;
  }

  async removeQueued(
    query: QueueQuery,
    told: (soFar: number) => void = () => {},
  ): Promise<Result<number, ManagementFailure>> {
    let total = 0;
    for await (const { rows } of this.#scan(query, STEP_ENTRIES, { free: true })) {
      if (rows.length === 0) continue;
      const seized = await this.#ask('queueSeize', { names: namesOf(rows) });
      const removed = await this.#removal.remove(seized);
      if (!removed.ok) {
        await this.#core.index.ask('queueSettle', { deferred: [], free: seized });
        return removed;
      }
      total += seized.length;
      told(total);
    }
    await this.#core.reclaimed();
    return ok(total);
  }

  queueFigures(): Promise<QueueFigures> {
    return this.#ask('queueFigures', null);
  }

  async #mark(rows: readonly DeliveryName[], mark: QueueMark): Promise<number> {
    const { changed, freed } = await this.#ask('queueMark', { names: namesOf(rows), mark });
    this.tell(freed);
    return changed;
  }

  /** The first `count`, over as many questions as it takes. */
  async #some(
    query: QueueQuery,
    from: 'queue' | 'waiting',
    { after, count }: { after: DeliveryName; count: number },
  ): Promise<QueueRow[]> {
    const filter = filterOf(query);
    const rows: QueueRow[] = [];
    if (filter === null) return rows;
    let next: DeliveryName | null = after;
    while (next !== null && rows.length < count) {
      const page: QueueScanPage = await this.#ask('queueScan', {
        from,
        after: next,
        filter,
        count: count - rows.length,
      });
      rows.push(...page.rows);
      next = page.next;
    }
    return rows;
  }

  async *#scan(query: QueueQuery, count: number, also: QueueFilter = {}): AsyncGenerator<QueueScanPage> {
    const wanted = filterOf(query);
    if (wanted === null) return;
    const filter = { ...wanted, ...also };
    for (const from of sourcesOf(query)) {
      let after: DeliveryName | null = START;
      while (after !== null) {
        const page: QueueScanPage = await this.#ask('queueScan', { from, after, filter, count });
        yield page;
        after = page.next;
      }
    }
  }

  /** Throws `StoreFailed`. On a full disk what was put by is given up: what drains the queue makes room. */
  async #ask<Name extends keyof Answers>(
    name: Name,
    ask: Answers[Name]['ask'],
  ): Promise<Answers[Name]['answer']> {
    let answer = await this.#core.index.ask(name, ask);
    if (!answer.ok && answer.failure.type === 'no-space' && (await this.#core.makeRoom()))
      answer = await this.#core.index.ask(name, ask);
    if (!answer.ok) throw new StoreFailed(answer.failure);
    return answer.value;
  }
}

function entryOf(row: QueueRow): QueueEntry {
  const retry = row.retry === null ? null : (JSON.parse(row.retry) as RetryState);
  return {
    object: row.object,
    ordinal: row.ordinal,
    id: idOfBytes(row.id),
    account: row.account as AccountId | null,
    destination: row.destination,
    recipient: row.recipient,
    notify: row.notify,
    orcpt: row.orcpt,
    envelope: envelopeOfText(row.reversePath, row.envelope),
    size: row.size,
    // An operator may have said another time since.
    retry: retry === null ? null : { ...retry, due: row.due as Instant },
    held: row.held,
    noticed: row.noticed,
  };
}

function sourcesOf({ local }: QueueQuery): ('queue' | 'waiting')[] {
  return local === undefined ? ['queue', 'waiting'] : local ? ['waiting'] : ['queue'];
}

/** `null`: nothing has such an id. */
function filterOf({ id, local: _local, ...rest }: QueueQuery): QueueFilter | null {
  if (id === undefined) return rest;
  const found = ID.exec(id);
  if (found?.[1] === undefined) return null;
  const ordinal = found[2] === undefined ? null : Number(found[2]);
  return { ...rest, object: { id: found[1], ordinal } };
}

function namesOf(rows: readonly DeliveryName[]): DeliveryName[] {
  return rows.map(({ object, ordinal }) => ({ object, ordinal }));
}

function nameOf(after: string | undefined): DeliveryName {
  const found = /^(\d+)\/(\d+)$/.exec(after ?? '');
  return found === null ? START : { object: Number(found[1]), ordinal: Number(found[2]) };
}
