/**
 * Applies the log to the index, in its order. The same records give the same tables whether they come live or are replayed,
 * and a record that comes again changes nothing: that is why the index may lag, or be lost.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { AppliedPlace, BookChange, Effect, IndexBatch } from './index-protocol.ts';
import { BookTables } from './index-book.ts';
import { IndexCounts } from './index-counts.ts';
import { IndexDeliveries } from './index-deliveries.ts';
import type { PlaceOfRecord } from './index-deliveries.ts';
import { IndexFates } from './index-fates.ts';
import type { IndexQueue } from './index-queue.ts';
import { prepareStatements } from './index-statements.ts';
import type { IndexStatements } from './index-statements.ts';
import { FIXED_OCTETS, RECORD, peekFrame, recordLength } from './record.ts';
import type { RecordFrame } from './record.ts';
import {
  decodeMovedHead,
  decodeNames,
  decodeArrival,
  decodeReleases,
  decodeRestated,
} from './record-heads.ts';
import type { DeliveryName, UidMark } from './record-heads.ts';

export interface Applied {
  readonly effects: Effect[];
  /** Segments without a live octet. */
  readonly dead: number[];
  /** Destinations for which something came. */
  readonly queued: readonly string[];
}

export class IndexApply {
  readonly #database: DatabaseSync;
  readonly #book: BookTables;
  readonly #sql: IndexStatements;
  readonly #counts: IndexCounts;
  readonly #fates: IndexFates;
  readonly #deliveries: IndexDeliveries;
  #applied: AppliedPlace | null;
  readonly #queue: IndexQueue;
  #outcome: Omit<Applied, 'queued'> = { effects: [], dead: [] };

  constructor(database: DatabaseSync, queue: IndexQueue) {
    this.#database = database;
    this.#book = new BookTables(database);
    this.#sql = prepareStatements(database);
    this.#counts = new IndexCounts(this.#sql, this.#book);
    this.#fates = new IndexFates(this.#sql);
    this.#queue = queue;
    this.#deliveries = new IndexDeliveries(this.#sql, { counts: this.#counts, fates: this.#fates, queue });
    this.#applied = this.#loadPlace();
    if (this.#applied === null) this.#sql.putMeta.run('rebuilding', 1);
    this.#counts.rebuilding = Number(this.#sql.meta.get('rebuilding')?.['value'] ?? 0) === 1;
  }

  get applied(): AppliedPlace | null {
    return this.#applied;
  }

  /** When it throws, nothing was applied. */
  apply(batches: readonly IndexBatch[]): Applied {
    return this.#inTransaction(() => {
      for (const batch of batches) this.#batch(batch);
    });
  }

  /**
   * The whole log was read. An account that nobody named by now was removed, in a segment that is gone. A large object whose
   * file is missing and that was not deleted by now cannot be read by anybody.
   */
  endReplay(): void {
    const missing = Number(this.#sql.meta.get('missing')?.['value'] ?? 0) === 1;
    if (!this.#counts.rebuilding && !missing) return;
    this.#inTransaction(() => {
      if (this.#counts.rebuilding)
        for (const id of this.#book.unnamedAccounts()) this.#change({ op: 'remove-account', id }, 0);
      if (missing) this.#removeAll(0, this.#deliveries.missing(), null);
      this.#sql.putMeta.run('rebuilding', 0);
      this.#sql.putMeta.run('missing', 0);
    });
    this.#counts.rebuilding = false;
  }

  #inTransaction(act: () => void): Applied {
    const before = this.#applied;
    this.#outcome = { effects: [], dead: [] };
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      act();
      this.#flush();
      this.#database.exec('COMMIT');
      return { ...this.#outcome, queued: this.#queue.came };
    } catch (thrown) {
      this.#applied = before;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw thrown;
    } finally {
      this.#counts.clear();
      this.#fates.clear();
      this.#queue.clear();
    }
  }

  #batch({ segment, position, heads, missing, unread }: IndexBatch): void {
    if (unread > 0) this.#passBy({ segment, position, octets: unread });
    const bytes = Buffer.from(heads.buffer, heads.byteOffset, heads.length);
    let [at, place] = [0, position];
    while (at < bytes.length) {
      const frame = peekFrame(bytes, at);
      if (frame === null) throw new Error('the heads of a batch are not records');
      const octets = recordLength(frame);
      const head = bytes.subarray(at + FIXED_OCTETS, at + FIXED_OCTETS + frame.headLength);
      if (frame.sequence > (this.#applied?.sequence ?? 0)) {
        this.#record(frame, head, { segment, position: place, octets }, missing.includes(frame.sequence));
        this.#applied = { segment, position: place + octets, sequence: frame.sequence };
      }
      place += octets;
      at += FIXED_OCTETS + frame.headLength;
    }
  }

  /** What cannot be read counts as alive: who repairs the disk, or has a copy, must find the segment still there. */
  #passBy({ segment, position, octets }: PlaceOfRecord): void {
    const before = this.#applied ?? { segment: 0, position: 0, sequence: 0 };
    if (before.segment > segment || (before.segment === segment && before.position >= position)) return;
    const counts = this.#counts.segment(segment);
    counts.octets += octets;
    counts.live += octets;
    this.#applied = { segment, position, sequence: before.sequence };
  }

  #record(frame: RecordFrame, head: Buffer, place: PlaceOfRecord, missing: boolean): void {
    const segment = this.#counts.segment(place.segment);
    segment.octets += place.octets;
    switch (frame.type) {
      case RECORD.opened:
        return;
      case RECORD.message:
      case RECORD.large: {
        const { head: object, settled } = decodeArrival(head);
        this.#deliveries.arrive(frame, object, place, missing);
        if (settled.length > 0) this.#removeAll(frame.sequence, settled, place.segment);
        return;
      }
      case RECORD.moved:
        this.#deliveries.move(decodeMovedHead(head), place);
        return;
      case RECORD.removed:
        this.#removeAll(frame.sequence, decodeNames(head), place.segment);
        return;
      case RECORD.released:
        this.#outcome.effects.push(
          this.#deliveries.releaseAll(frame.sequence, decodeReleases(head), place.segment),
        );
        return;
      case RECORD.book:
        segment.book = frame.sequence;
        segment.bookOctets += place.octets;
        this.#change(JSON.parse(head.toString()) as BookChange, frame.sequence);
        return;
      case RECORD.restated: {
        const { fates, marks } = decodeRestated(head);
        this.#deliveries.restateAll(fates, place.segment);
        this.#noteMarks(marks, place.segment);
        return;
      }
    }
  }

  #noteMarks(marks: readonly UidMark[], segment: number): void {
    for (const { account, next } of marks) {
      const counts = this.#counts.account(account);
      if (counts !== null) this.#counts.noteUid(counts, next, segment);
    }
  }

  #removeAll(sequence: number, names: readonly DeliveryName[], home: number | null): void {
    this.#outcome.effects.push(this.#deliveries.removeAll(sequence, names, home));
  }

  #change(change: BookChange, sequence: number): void {
    if (change.op === 'remove-account') {
      this.#removeAll(sequence, this.#book.deliveriesOf(change.id), null);
      this.#counts.remove(change.id);
    }
    if (change.op === 'snapshot-end') {
      for (const id of this.#book.olderAccounts())
        this.#removeAll(sequence, this.#book.deliveriesOf(id), null);
    }
    this.#counts.flushAccounts(); // The tables of the book keep the counts of accounts, too.
    this.#book.change(change, sequence);
    if (change.op === 'put-account') this.#counts.reload(change.account.id);
    if (change.op === 'snapshot-end') this.#counts.reload();
  }

  #flush(): void {
    this.#outcome.dead.push(...this.#counts.flush());
    this.#fates.flush();
    this.#queue.flush();
    if (this.#applied === null) return;
    this.#sql.putMeta.run('segment', this.#applied.segment);
    this.#sql.putMeta.run('position', this.#applied.position);
    this.#sql.putMeta.run('sequence', this.#applied.sequence);
  }

  #loadPlace(): AppliedPlace | null {
    const value = (key: string): number => Number(this.#sql.meta.get(key)?.['value'] ?? 0);
    const sequence = value('sequence');
    return sequence === 0 ? null : { segment: value('segment'), position: value('position'), sequence };
  }
}
