/**
 * What a start does: finds the segments, learns where each ends, tells the index what it has not seen, and cuts off what
 * was not finished when the last run ended.
 */
import type { Disk } from '../world/disk.ts';
import { BATCH_RECORDS_MAX } from './group-commit.ts';
import { RECORD, recordLength } from './record.ts';
import { decodeObjectHead, decodeSeals } from './record-heads.ts';
import { FIXED_OCTETS } from './record.ts';
import { scanSegment } from './segment-scan.ts';
import type { ScannedRecord } from './segment-scan.ts';
import { segmentPath } from './segment-log.ts';
import type { LogEnd } from './segment-log.ts';
import { largePath } from './large-objects.ts';

/** How far the index has come in the log. */
export interface LogPlace {
  readonly segment: number;
  readonly position: number;
  readonly sequence: number;
}

/** Records that stand one behind the other in a segment. */
export interface ReplayedBatch {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
  readonly heads: readonly Buffer[];
  /** Sequences of large objects whose file is not there: refused, or deleted later in the log. */
  readonly missing: readonly number[];
}

interface ReplayParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly largeFolder: string;
  /** `null`: all of it. */
  readonly applied: LogPlace | null;
  readonly follow: (batch: ReplayedBatch) => Promise<void> | void;
  /** A segment that was sealed ends before its seal: records that were acknowledged are damaged. */
  readonly damaged: (segment: number, at: number, end: number) => void;
}

interface FoundSegment {
  readonly number: number;
  end: number;
}

export interface Replayed {
  readonly end: LogEnd;
  /** Numbers of the segments that are there. */
  readonly segments: readonly number[];
}

/** Octets of a batch of replayed records at most: heads are copied. */
const REPLAY_OCTETS_MAX = 4 * 2 ** 20;

export async function replay(parts: ReplayParts): Promise<Replayed> {
  const { disk, folder, applied } = parts;
  const numbers = await segmentNumbers(disk, folder);
  const from = applied?.segment ?? 0;
  const { found, useless } = await findSegments(
    parts,
    numbers.filter((number) => number >= from),
  );
  let sequence = applied?.sequence ?? 0;
  for (const [index, segment] of found.entries()) {
    const start = segment.number === applied?.segment ? applied.position : 0;
    const last = index === found.length - 1;
    const end = await replaySegment(parts, segment, { from: start, end: segment.end, after: sequence });
    sequence = end.sequence;
    if (last) await cutOff(parts, segment.number, end.position);
    else if (Number.isFinite(segment.end) && end.position < segment.end) {
      parts.damaged(segment.number, end.position, segment.end);
    }
    if (last) segment.end = end.position;
  }
  for (const number of useless) await disk.unlink(segmentPath(folder, number));
  const last = found.at(-1);
  return {
    end: {
      segment: last === undefined ? null : { number: last.number, end: last.end },
      nextNumber: Math.max(0, ...numbers, from) + 1,
      nextSequence: sequence + 1,
    },
    segments: numbers.filter((number) => !useless.includes(number)),
  };
}

async function segmentNumbers(disk: Disk, folder: string): Promise<number[]> {
  const names = await disk.list(folder);
  return names
    .map((name) => Number(/^(\d{8,})\.seg$/.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .toSorted((a, b) => a - b);
}

/** Each segment says in its first record where those before it end. One without a first record was never used. */
async function findSegments(
  { disk, folder }: ReplayParts,
  numbers: readonly number[],
): Promise<{ found: FoundSegment[]; useless: number[] }> {
  const ends = new Map<number, number>();
  const opened: number[] = [];
  for (const number of numbers) {
    const file = await disk.open(segmentPath(folder, number), 'read');
    try {
      for await (const { frame, head } of scanSegment(file, { from: 0, end: Infinity, after: 0 })) {
        if (frame.type !== RECORD.opened) break;
        opened.push(number);
        for (const seal of decodeSeals(head.subarray(FIXED_OCTETS))) ends.set(seal.segment, seal.end);
        break;
      }
    } finally {
      await file.close();
    }
  }
  const used = opened.filter((number) => ends.get(number) !== 0);
  return {
    found: used.map((number) => ({ number, end: ends.get(number) ?? Infinity })),
    useless: numbers.filter((number) => !used.includes(number)),
  };
}

async function replaySegment(
  parts: ReplayParts,
  { number }: FoundSegment,
  range: { from: number; end: number; after: number },
): Promise<{ position: number; sequence: number }> {
  const file = await parts.disk.open(segmentPath(parts.folder, number), 'read');
  let [position, sequence] = [range.from, range.after];
  let batch = new BatchUnderWay(number, position);
  try {
    for await (const record of scanSegment(file, range)) {
      const missing = record.frame.type === RECORD.large && !(await largeIsThere(parts, record));
      batch.add(record, missing);
      position = record.position + recordLength(record.frame);
      sequence = record.frame.sequence;
      if (batch.heads.length < BATCH_RECORDS_MAX && batch.octets < REPLAY_OCTETS_MAX) continue;
      await parts.follow(batch);
      batch = new BatchUnderWay(number, position);
    }
  } finally {
    await file.close();
  }
  if (batch.heads.length > 0) await parts.follow(batch);
  return { position, sequence };
}

class BatchUnderWay implements ReplayedBatch {
  readonly segment: number;
  readonly position: number;
  readonly heads: Buffer[] = [];
  readonly missing: number[] = [];
  octets = 0;

  constructor(segment: number, position: number) {
    this.segment = segment;
    this.position = position;
  }

  add({ frame, head }: ScannedRecord, missing: boolean): void {
    this.heads.push(Buffer.from(head));
    this.octets += recordLength(frame);
    if (missing) this.missing.push(frame.sequence);
  }
}

async function largeIsThere({ disk, largeFolder }: ReplayParts, { head }: ScannedRecord): Promise<boolean> {
  const { id, size } = decodeObjectHead(head.subarray(FIXED_OCTETS));
  return (await disk.size(largePath(largeFolder, id))) === size;
}

/** The torn end goes, and what stays is made durable before the index may speak of it. */
async function cutOff({ disk, folder }: ReplayParts, number: number, end: number): Promise<void> {
  const file = await disk.open(segmentPath(folder, number), 'update');
  try {
    if ((await file.size()) > end) await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}
