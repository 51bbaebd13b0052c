/**
 * The one keeper that appends to the log: whatever came while the last batch was being synced shares the next write and
 * the next sync. After each batch the index is told, and then whoever waits.
 */
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { CommittedBatch, LogRecord, SegmentLog } from './segment-log.ts';
import type { StoreFailure } from './store.ts';

export const BATCH_RECORDS_MAX = 1000;
export const BATCH_OCTETS_MAX = 16 * 2 ** 20;

export interface BatchFigures {
  readonly messages: number;
  readonly octets: number;
  readonly syncMs: number;
}

interface Follower {
  /** Before a batch: `null` goes on at once; a promise says when, or why not. */
  ready(): Promise<StoreFailure | null> | null;
  committed(batch: CommittedBatch): void;
}

interface Waiting {
  readonly record: LogRecord;
  readonly resolve: (result: Result<void, StoreFailure>) => void;
  readonly reject: (thrown: unknown) => void;
}

const KEPT: Result<void, StoreFailure> = ok(undefined);

export class GroupCommit {
  readonly #log: SegmentLog;
  readonly #follower: Follower;
  readonly #told: (figures: BatchFigures) => void;
  readonly #dying: (thrown: unknown) => void;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #died: { readonly of: unknown } | null = null;
  #closed = false;

  constructor(
    log: SegmentLog,
    follower: Follower,
    told: (figures: BatchFigures) => void,
    dying: (thrown: unknown) => void = () => {},
  ) {
    this.#log = log;
    this.#follower = follower;
    this.#told = told;
    this.#dying = dying;
  }

  /** Resolves when the record survives a crash, or is certain not to be there. */
  append(record: LogRecord): Promise<Result<void, StoreFailure>> {
    return new Promise((resolve, reject) => {
      if (this.#died !== null) {
        reject(this.#died.of);
        return;
      }
      if (this.#closed) {
        resolve(failed({ type: 'io' }));
        return;
      }
      this.#waiting.push({ record, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What comes from now on is refused; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // Whoever comes in the same turn is in the same batch.
    let batch: Waiting[] = [];
    try {
      while (this.#waiting.length > 0) {
        const ready = this.#follower.ready();
        const failure = ready === null ? null : await ready;
        batch = this.#take();
        const committed =
          failure === null ? await this.#log.commit(batch.map(({ record }) => record)) : failed(failure);
        if (committed.ok) this.#tell(committed.value, batch.length);
        const result = committed.ok ? KEPT : committed;
        for (const { resolve } of batch) resolve(result);
        batch = [];
      }
    } catch (thrown) {
      // A bug, or the end of a simulated world: nothing may go on writing after it.
      this.#died = { of: thrown };
      for (const { reject } of [...batch, ...this.#waiting]) reject(thrown);
      this.#waiting = [];
      this.#dying(thrown);
    } finally {
      this.#running = null;
    }
  }

  #take(): Waiting[] {
    let octets = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      octets += record.head.length + record.bodyLength;
      if (count > 0 && (count >= BATCH_RECORDS_MAX || octets > BATCH_OCTETS_MAX)) break;
      count++;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  #tell(committed: CommittedBatch, messages: number): void {
    this.#follower.committed(committed);
    this.#told({ messages, octets: committed.octets, syncMs: committed.syncMs });
  }
}
