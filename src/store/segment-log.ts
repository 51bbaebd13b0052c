/**
 * The files of the log and how a batch of records gets into them: written, synced, or not there at all. One batch at a
 * time. Knows nothing of what the records mean, and nothing of who waits for them.
 */
import { assert } from '../base/assert.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Clock } from '../world/clock.ts';
import { DiskFailure } from '../world/disk.ts';
import type { Disk, DiskFile } from '../world/disk.ts';
import { storeFailureOf } from './disk-failure.ts';
import { RECORD, frameRecord } from './record.ts';
import type { RecordType } from './record.ts';
import { encodeSeals } from './record-heads.ts';
import type { Seal } from './record-heads.ts';
import type { StoreFailure } from './store.ts';

export const SEGMENT_OCTETS = 64 * 2 ** 20;
/** After the log could not be written at all, no new file is tried sooner than this. */
const PROBE_MS = 100;

/** One record on its way into the log. `head` has room for the fixed part in front. */
export interface LogRecord {
  readonly type: RecordType;
  readonly head: Buffer;
  readonly body: readonly Uint8Array[];
  readonly bodyLength: number;
  readonly bodyCrc: number;
  /** Known once it is in a batch; 0 before. */
  sequence: number;
}

/** A batch that is on the disk: where it begins, and the framed heads of all its records, one behind the other. */
export interface CommittedBatch {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
  readonly heads: readonly Buffer[];
  readonly syncMs: number;
}

/** Where writing goes on. */
export interface LogEnd {
  readonly segment: { readonly number: number; readonly end: number } | null;
  readonly nextNumber: number;
  readonly nextSequence: number;
  /** What the segments that come must go on saying of those before them. */
  readonly seals: readonly Seal[];
}

interface ActiveSegment {
  readonly number: number;
  readonly file: DiskFile;
  end: number;
}

interface LogParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: string;
  readonly segmentOctets: number;
}

export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(8, '0')}.seg`;
}

export class SegmentLog {
  readonly #parts: LogParts;
  #active: ActiveSegment | null = null;
  #ahead: Promise<ActiveSegment | null> | null = null;
  #nextNumber: number;
  #nextSequence: number;
  /** What the next segment must say of those before it. */
  #seals: Seal[] = [];
  /** What each says that comes: behind the end of these something may lie, and whoever said so first may be unlinked before them. */
  #lasting: readonly Seal[];
  #rollWanted = false;
  #brokenUntil = Number.NEGATIVE_INFINITY;
  #broken: StoreFailure = { type: 'io' };

  private constructor(parts: LogParts, end: LogEnd) {
    this.#parts = parts;
    this.#nextNumber = end.nextNumber;
    this.#nextSequence = end.nextSequence;
    this.#lasting = end.seals;
  }

  static async open(parts: LogParts, end: LogEnd): Promise<SegmentLog> {
    const log = new SegmentLog(parts, end);
    if (end.segment !== null) {
      const file = await parts.disk.open(segmentPath(parts.folder, end.segment.number), 'update');
      log.#active = { number: end.segment.number, file, end: end.segment.end };
    }
    return log;
  }

  /** The segment that grows; it is never given back. */
  get activeNumber(): number | null {
    return this.#active?.number ?? null;
  }

  /** This segment is unlinked: nothing needs to be said of it any more. */
  forget(number: number): void {
    this.#lasting = this.#lasting.filter(({ segment }) => segment !== number);
  }

  /** The next batch begins a new segment. */
  roll(): void {
    this.#rollWanted = true;
  }

  /** After this resolved with `ok`, all of it survives a crash; after a failure, none of it does. */
  async commit(records: readonly LogRecord[]): Promise<Result<CommittedBatch, StoreFailure>> {
    const octets = records.reduce((sum, record) => sum + record.head.length + record.bodyLength, 0);
    const room = await this.#makeRoom(octets);
    if (room !== null) return failed(room);
    const active = this.#active;
    assert(active !== null, 'no segment to write to');
    const opening = active.end === 0 ? [this.#openingRecord()] : [];
    const batch = [...opening, ...records];
    const [views, length] = this.#frame(batch);
    try {
      await active.file.write(views, active.end);
    } catch (thrown) {
      const failure = storeFailureOf(thrown);
      if (!(await this.#takenBack(active))) await this.#abandon(active);
      return failed(failure);
    }
    const started = this.#parts.clock.elapsed();
    try {
      await active.file.sync();
    } catch (thrown) {
      const failure = storeFailureOf(thrown);
      await this.#abandon(active);
      return failed(failure);
    }
    const position = active.end;
    active.end += length;
    if (position === 0) this.#seals = [];
    this.#prepareAhead(active);
    const syncMs = this.#parts.clock.elapsed() - started;
    return ok({
      segment: active.number,
      position,
      octets: length,
      heads: batch.map((one) => one.head),
      syncMs,
    });
  }

  async close(): Promise<void> {
    const ahead = await this.#ahead;
    this.#ahead = null;
    if (ahead !== null) await this.#throwAway(ahead);
    await closeQuietly(this.#active?.file);
    this.#active = null;
  }

  #frame(batch: readonly LogRecord[]): [views: Uint8Array[], length: number] {
    const views: Uint8Array[] = [];
    let length = 0;
    for (const record of batch) {
      record.sequence = this.#nextSequence++;
      frameRecord(record.head, record);
      views.push(record.head, ...record.body);
      length += record.head.length + record.bodyLength;
    }
    return [views, length];
  }

  /** Sees to it that there is a segment with room; the failure if there is none. */
  async #makeRoom(octets: number): Promise<StoreFailure | null> {
    const { clock, segmentOctets } = this.#parts;
    const active = this.#active;
    const full =
      active !== null && active.end > 0 && (this.#rollWanted || active.end + octets > segmentOctets);
    if (active !== null && !full) return null;
    if (active === null && clock.elapsed() < this.#brokenUntil) return this.#broken;
    try {
      const next = (await this.#ahead) ?? (await this.#create());
      this.#ahead = null;
      if (active !== null) {
        this.#seals.push({ segment: active.number, end: active.end });
        await closeQuietly(active.file);
      }
      this.#active = next;
      this.#rollWanted = false;
      return null;
    } catch (thrown) {
      const failure = storeFailureOf(thrown);
      if (active !== null) return null; // A segment that is too long is better than none.
      this.#broken = failure;
      this.#brokenUntil = clock.elapsed() + PROBE_MS;
      return failure;
    }
  }

  /** A failed write is cut off again, durably: what was refused must not come back after a crash. */
  async #takenBack(active: ActiveSegment): Promise<boolean> {
    try {
      await active.file.truncate(active.end);
      await active.file.sync();
      return true;
    } catch (thrown) {
      storeFailureOf(thrown);
      return false;
    }
  }

  /**
   * After a failed sync nobody knows what of the file is on the disk, and the kernel will not tell twice. It ends where the
   * last good batch ended: the next segment says so, and it does so before the failure is told to anybody.
   */
  async #abandon(active: ActiveSegment): Promise<void> {
    this.#active = null;
    this.#lasting = [...this.#lasting, { segment: active.number, end: active.end }];
    try {
      await active.file.truncate(active.end);
    } catch (thrown) {
      storeFailureOf(thrown);
    }
    await closeQuietly(active.file);
    let next: ActiveSegment | null = null;
    try {
      next = (await this.#ahead) ?? (await this.#create());
      this.#ahead = null;
      const opening = this.#openingRecord();
      const [views, length] = this.#frame([opening]);
      await next.file.write(views, 0);
      await next.file.sync();
      next.end = length;
      this.#active = next;
      this.#seals = [];
    } catch (thrown) {
      this.#broken = storeFailureOf(thrown);
      this.#brokenUntil = this.#parts.clock.elapsed() + PROBE_MS;
      if (next === null) return;
      this.#seals.push({ segment: next.number, end: 0 });
      await this.#throwAway(next);
    }
  }

  #openingRecord(): LogRecord {
    return {
      type: RECORD.opened,
      head: encodeSeals([...this.#lasting, ...this.#seals]),
      body: [],
      bodyLength: 0,
      bodyCrc: 0,
      sequence: 0,
    };
  }

  /** So that going over to the next segment costs nothing when the time comes. */
  #prepareAhead(active: ActiveSegment): void {
    if (this.#ahead !== null || active.end * 2 < this.#parts.segmentOctets) return;
    this.#ahead = this.#create().catch((thrown: unknown) => {
      storeFailureOf(thrown); // It is tried again when it is needed.
      this.#ahead = null;
      return null;
    });
    this.#ahead.catch(() => {}); // Whoever needs it hears of it.
  }

  async #create(): Promise<ActiveSegment> {
    const { disk, folder } = this.#parts;
    const number = this.#nextNumber++;
    const path = segmentPath(folder, number);
    const file = await disk.open(path, 'create');
    const created = { number, file, end: 0 };
    try {
      await disk.syncFolder(folder);
    } catch (thrown) {
      await this.#throwAway(created);
      throw thrown;
    }
    return created;
  }

  async #throwAway({ number, file }: ActiveSegment): Promise<void> {
    await closeQuietly(file);
    try {
      await this.#parts.disk.unlink(segmentPath(this.#parts.folder, number));
    } catch (thrown) {
      storeFailureOf(thrown); // The next start sweeps it: it has no opening record, or one that seals it.
    }
  }
}

async function closeQuietly(file: DiskFile | undefined): Promise<void> {
  try {
    await file?.close();
  } catch (thrown) {
    if (!(thrown instanceof DiskFailure)) throw thrown; // Everything in it was synced before, or does not count.
  }
}
