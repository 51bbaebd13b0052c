/**
 * The queue as the floors above see it: one entry per recipient, one mail object for all. What is to be delivered stands in the log
 * and survives any crash; how far an entry has come (`RetryState`) stands beside it, and to lose it costs an early attempt.
 */
import type { Instant } from '../base/instant.ts';
import type { Result } from '../base/result.ts';
import type { Cause, RetryState } from '../policy/retry.ts';
import type { AccountId, Delivery, KeptEnvelope, MailObjectId, QueueName, StoreFailure } from './store.ts';
import type { ManagementFailure } from './management.ts';

export interface QueueEntry extends QueueName {
  readonly id: MailObjectId;
  /** Of a copy that waits for a full local mailbox; `null`: it goes out. */
  readonly account: AccountId | null;
  /** Where it goes, in lower case: the domain of the recipient, or of a literal its text `[192.0.2.1]`. */
  readonly destination: string;
  readonly recipient: string;
  readonly notify: Delivery['notify'];
  readonly orcpt: Delivery['orcpt'];
  readonly envelope: KeptEnvelope;
  /** Octets of the mail object, with its Return-Path. */
  readonly size: number;
  /** `null`: not tried yet. */
  readonly retry: RetryState | null;
  /** Held by an operator: not tried, and it does not expire. */
  readonly held: boolean;
  /** A notice of delay went out. */
  readonly noticed: boolean;
}

export type QueueOutcome = QueueName &
  (
    | { readonly type: 'done' } //                                     delivered or returned: it leaves the queue
    | { readonly type: 'deferred'; readonly retry: RetryState }
    | { readonly type: 'unclaimed' } //                                not tried after all
  );

export interface ReadyDestination {
  readonly destination: string;
  /** The earliest moment at which one of its entries wants to be tried. */
  readonly due: Instant;
}

/** Which entries. All given criteria must hold. */
export interface QueueQuery {
  /** `Object id`, or `id/ordinal` of one recipient. */
  readonly id?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly destination?: string;
  readonly cause?: Cause;
  /** Queued before / at or after. */
  readonly before?: Instant;
  readonly since?: Instant;
  readonly held?: boolean;
  /** Of local copies that wait for a full mailbox / of those that go out. */
  readonly local?: boolean;
}

export interface QueuePage {
  readonly entries: readonly QueueEntry[];
  /** Give it back as `after` for the next page; `null`: there is none. */
  readonly next: string | null;
}

export interface QueueFigures {
  /** Entries that go out. */
  readonly entries: number;
  readonly octets: number;
  readonly held: number;
  readonly leased: number;
  readonly destinations: number;
  /** When the oldest was queued. */
  readonly oldest: Instant | null;
  /** Deferred ones, by cause. */
  readonly byCause: readonly { readonly cause: Cause; readonly entries: number }[];
}

export interface BlockedDestination {
  readonly destination: string;
  readonly until: Instant;
  /** What every entry of it has in common; shown for entries that have no state of their own. */
  readonly retry: RetryState;
  readonly entries: number;
}

export interface QueueStore {
  /** Told when entries came or became free, with their destinations; not what a start finds. Returns how to stop being told. */
  onReady(told: (destinations: readonly string[]) => void): () => void;

  /**
   * Questions and claims throw `StoreFailed` when the store cannot answer: ask again a little later.
   *
   * Destinations that are not blocked and have an entry to be tried at `now` that nobody has claimed; those due first come
   * first.
   */
  ready(ask: {
    readonly now: Instant;
    readonly count: number;
    readonly except: readonly string[];
  }): Promise<readonly ReadyDestination[]>;
  /** When something will be ready that is not yet; `null`: nothing waits. */
  nextDue(now: Instant): Promise<Instant | null>;
  /**
   * Takes entries of one destination, fairly between their senders: nobody's hundred thousand delay another's one. Entries of the
   * same object come together, a thousand at most, even beyond `count`. They are leased until `until`, or until they are settled; a
   * new start frees all. A lease that ends while its entry is being sent means a second delivery: let it be long.
   */
  claim(ask: {
    readonly destination: string;
    readonly now: Instant;
    readonly until: Instant;
    readonly count: number;
  }): Promise<readonly QueueEntry[]>;
  /**
   * What became of claimed entries, or of overdue ones that were given up; of a copy that is in its mailbox by now nothing comes. `done` is
   * durable when this resolves; the rest survives a crash of the process.
   */
  settle(outcomes: readonly QueueOutcome[]): Promise<Result<void, StoreFailure>>;

  /** A destination that cannot be reached, as a whole; its entries are not touched one by one. `null` frees it. */
  block(
    destination: string,
    blocked: { readonly until: Instant; readonly retry: RetryState } | null,
  ): Promise<void>;
  /** Also those whose time is over, until they are freed: whoever tries them knows how it was. */
  blocked(destination?: string): Promise<readonly BlockedDestination[]>;

  /**
   * Entries (also local copies that wait) for which a notice of delay or the end is due: `queuedAt <= before`, not held, and for
   * `what: 'notice'` not noticed yet. The oldest first. Claimed ones are left out.
   */
  overdue(ask: {
    readonly what: 'notice' | 'end';
    readonly before: Instant;
    readonly count: number;
  }): Promise<readonly QueueEntry[]>;
  /** A notice of delay went out, or none is owed: do not ask again. */
  noticed(names: readonly QueueName[]): Promise<void>;

  /** The mail object as it is sent: without the Return-Path that only a final delivery has (RFC 5321 §4.4). */
  readQueued(entry: QueueEntry): Promise<Result<QueuedText, ManagementFailure>>;

  listQueue(
    query: QueueQuery,
    page?: { readonly after?: string; readonly count?: number },
  ): Promise<QueuePage>;
  countQueue(query: QueueQuery): Promise<{ readonly entries: number; readonly octets: number }>;
  /** Marks entries: held or not, due now; in steps, telling each. How many. */
  changeQueue(
    query: QueueQuery,
    change: { readonly held?: boolean; readonly due?: Instant },
    told?: (soFar: number) => void,
  ): Promise<number>;
  /** Removes entries without a word to anybody; claimed ones are left. How many. */
  removeQueued(query: QueueQuery, told?: (soFar: number) => void): Promise<Result<number, ManagementFailure>>;
  queueFigures(): Promise<QueueFigures>;
}

export interface QueuedText {
  /** Octets that will come. */
  readonly size: number;
  /** Small objects come in one piece that was checked as a whole. */
  readonly chunks: AsyncIterable<Uint8Array>;
}
