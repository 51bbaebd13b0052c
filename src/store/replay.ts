/**
 * What a start does: finds the segments, learns where each ends, tells the index what it has not seen, and cuts off what
 * was not finished when the last run ended.
 */
import { DiskFailure } from '../world/disk.ts';
import type { Disk, DiskFile } from '../world/disk.ts';
import { BATCH_RECORDS_MAX } from './group-commit.ts';
import { FIXED_OCTETS, RECORD, isOfOtherVersion, recordLength } from './record.ts';
import { decodeObjectHead, decodeSeals } from './record-heads.ts';
import type { Seal } from './record-heads.ts';
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
  /** Octets before this place that cannot be read: whatever was in them, the segment must not be thought dead. */
  readonly unread?: number;
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
/** The first record of a segment is small: enough to see whether it is one of ours. */
const OTHER_VERSION_OCTETS = 4096;

export async function replay(parts: ReplayParts): Promise<Replayed> {
  const { disk, folder, applied } = parts;
  const numbers = await segmentNumbers(disk, folder);
  const from = applied?.segment ?? 0;
  const { found, useless, seals } = await findSegments(
    parts,
    numbers.filter((number) => number >= from),
  );
  let sequence = applied?.sequence ?? 0;
  for (const [index, segment] of found.entries()) {
    const start = segment.number === applied?.segment ? applied.position : 0;
    const last = index === found.length - 1;
    if (last) await makeDurable(parts, segment.number);
    const range = { from: start, end: segment.end, after: sequence, sealed: !last };
    const end = await replaySegment(parts, segment, range);
    sequence = end.sequence;
    if (last) {
      await cutOff(parts, segment.number, end.position);
      segment.end = end.position;
      continue;
    }
    if (Number.isFinite(segment.end) && end.position < segment.end)
      await passBy(parts, segment.number, end.position, segment.end);
  }
  for (const number of useless) await disk.unlink(segmentPath(folder, number));
  if (useless.length > 0) await disk.syncFolder(folder); // Later they would look as if they had been used.
  const last = found.at(-1);
  return {
    end: {
      segment: last === undefined ? null : { number: last.number, end: last.end },
      nextNumber: Math.max(0, ...numbers, from) + 1,
      nextSequence: sequence + 1,
      seals: seals.filter(({ segment }) => numbers.includes(segment)),
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

/**
 * Each segment says in its first record where those before it end. One without a first record was never used, unless the
 * index knows it, or one behind it was used: then the disk has spoilt it, and nothing of it may be thrown away.
 */
async function findSegments(
  { disk, folder, applied }: ReplayParts,
  numbers: readonly number[],
): Promise<{ found: FoundSegment[]; useless: number[]; seals: readonly Seal[] }> {
  const ends = new Map<number, number>();
  const opened: number[] = [];
  const sizes = new Map<number, number>();
  let seals: readonly Seal[] = [];
  for (const number of numbers) {
    const file = await disk.open(segmentPath(folder, number), 'read');
    try {
      sizes.set(number, await file.size());
      await refuseOtherVersion(file);
      const range = { from: 0, end: Infinity, after: 0, sealed: false };
      for await (const { frame, head } of scanSegment(file, range)) {
        if (frame.type !== RECORD.opened) break;
        opened.push(number);
        seals = decodeSeals(head.subarray(FIXED_OCTETS));
        for (const seal of seals) ends.set(seal.segment, seal.end);
        break;
      }
    } finally {
      await file.close();
    }
  }
  const last = Math.max(applied?.segment ?? 0, ...opened);
  const isUsed = (number: number): boolean =>
    ends.get(number) !== 0 && (opened.includes(number) || (number <= last && sizes.get(number) !== 0));
  const used = numbers.filter(isUsed);
  const endOf = (number: number): number =>
    ends.get(number) ?? (opened.includes(number) || number === last ? Infinity : (sizes.get(number) ?? 0));
  return {
    found: used.map((number) => ({ number, end: endOf(number) })),
    useless: numbers.filter((number) => !used.includes(number)),
    seals,
  };
}

async function refuseOtherVersion(file: DiskFile): Promise<void> {
  const first = Buffer.alloc(OTHER_VERSION_OCTETS);
  const octets = await file.read(first, 0);
  if (isOfOtherVersion(first.subarray(0, octets)))
    throw new DiskFailure(
      'io',
      'the log was written by another version of this program: export the mail with that one',
    );
}

async function replaySegment(
  parts: ReplayParts,
  { number }: FoundSegment,
  range: Parameters<typeof scanSegment>[1],
): Promise<{ position: number; sequence: number }> {
  const file = await parts.disk.open(segmentPath(parts.folder, number), 'read');
  let [position, sequence] = [range.from, range.after];
  let batch = new BatchUnderWay(number, position);
  try {
    for await (const record of scanSegment(file, range)) {
      if (record.position > position) {
        if (batch.heads.length > 0) await parts.follow(batch);
        await passBy(parts, number, position, record.position);
        batch = new BatchUnderWay(number, record.position);
      }
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

/** What cannot be read. */
async function passBy(parts: ReplayParts, segment: number, from: number, to: number): Promise<void> {
  parts.damaged(segment, from, to);
  await parts.follow({ segment, position: to, octets: 0, heads: [], missing: [], unread: to - from });
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

/**
 * What the last run wrote may be in the memory of the kernel only: the index must not know it before the disk does, or the
 * log would go on behind a hole when the power fails now.
 */
async function makeDurable({ disk, folder }: ReplayParts, number: number): Promise<void> {
  const file = await disk.open(segmentPath(folder, number), 'update');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The torn end goes, for good. */
async function cutOff({ disk, folder }: ReplayParts, number: number, end: number): Promise<void> {
  const file = await disk.open(segmentPath(folder, number), 'update');
  try {
    if ((await file.size()) > end) await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}
