/**
 * The frame of one record in a segment: a fixed part, a head (what the index needs) and a body (the mail object).
 * Two checksums: the fixed part with the head, and the body. Knows no file.
 */
import { crc32 } from 'node:zlib';

// prettier-ignore
export const RECORD = {
  /** The first of a segment: which segments before it end where. */
  opened:  1,
  /** A mail object, whole in the body. */
  message: 2,
  /** A mail object in a file of its own. */
  large:   3,
  /** A mail object that compaction has carried here. */
  moved:   4,
  /** Deliveries that are gone. */
  removed: 5,
  /** Deliveries that waited and are in their mailbox now. */
  released: 6,
  /** A change of domains, accounts or aliases. */
  book:    7,
  /** What became of deliveries, and how far UIDs have come, said again before the segment goes that said it. */
  restated: 8,
} as const;

export type RecordType = (typeof RECORD)[keyof typeof RECORD];

const MAGIC = 0x31545352; // "RST1"
const VERSION = 2;

/** Octets of the fixed part. */
export const FIXED_OCTETS = 32;
/** A head larger than this is no head. What is written must be far below: a record that cannot be read ends the log. */
export const HEAD_OCTETS_MAX = 256 * 2 ** 20;
/** As large may the head of a mail object be: 100,000 copies with ORCPT of 500 octets have room, and it can be moved. */
export const OBJECT_HEAD_OCTETS_MAX = HEAD_OCTETS_MAX / 2;

const TYPE_MAX = 8;

export interface RecordFrame {
  readonly type: RecordType;
  /** Strictly increasing over the whole log, never given twice: what a failed write left behind can never pass for new. */
  readonly sequence: number;
  readonly headLength: number;
  readonly bodyLength: number;
  readonly bodyCrc: number;
}

export function recordLength(frame: RecordFrame): number {
  return FIXED_OCTETS + frame.headLength + frame.bodyLength;
}

/** Writes the fixed part in front of a head that already stands at `FIXED_OCTETS`. */
export function frameRecord(record: Buffer, frame: Omit<RecordFrame, 'headLength'>): void {
  record.writeUInt32LE(MAGIC, 0);
  record.writeUInt8(VERSION, 4);
  record.writeUInt8(frame.type, 5);
  record.writeUInt16LE(0, 6);
  record.writeUInt32LE(frame.sequence % 2 ** 32, 8);
  record.writeUInt32LE(Math.floor(frame.sequence / 2 ** 32), 12);
  record.writeUInt32LE(record.length - FIXED_OCTETS, 16);
  record.writeUInt32LE(frame.bodyLength, 20);
  record.writeUInt32LE(frame.bodyCrc, 24);
  record.writeUInt32LE(headCrc(record), 28);
}

/** Of a framed head. */
export function typeOf(record: Buffer): number {
  return record[5] ?? 0;
}

/** `null`: no record begins here, or not all of fixed part and head is in `bytes`. */
export function readFrame(bytes: Buffer, position = 0): RecordFrame | null {
  const frame = peekFrame(bytes, position);
  if (frame === null) return null;
  const end = position + FIXED_OCTETS + frame.headLength;
  if (bytes.length < end) return null;
  if (bytes.readUInt32LE(position + 28) !== headCrc(bytes.subarray(position, end))) return null;
  return frame;
}

/** A whole head of a record that another version of this program wrote. */
export function isOfOtherVersion(bytes: Buffer): boolean {
  if (bytes.length < FIXED_OCTETS || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt8(4) === VERSION)
    return false;
  const end = FIXED_OCTETS + bytes.readUInt32LE(16);
  return end <= bytes.length && bytes.readUInt32LE(28) === headCrc(bytes.subarray(0, end));
}

/** The fixed part alone, its checksum not looked at: only to learn how much to read. */
export function peekFrame(bytes: Buffer, position = 0): RecordFrame | null {
  if (bytes.length < position + FIXED_OCTETS) return null;
  if (bytes.readUInt32LE(position) !== MAGIC || bytes.readUInt8(position + 4) !== VERSION) return null;
  const type = bytes.readUInt8(position + 5);
  const headLength = bytes.readUInt32LE(position + 16);
  if (type < 1 || type > TYPE_MAX || headLength > HEAD_OCTETS_MAX) return null;
  return {
    type: type as RecordType,
    sequence: bytes.readUInt32LE(position + 8) + bytes.readUInt32LE(position + 12) * 2 ** 32,
    headLength,
    bodyLength: bytes.readUInt32LE(position + 20),
    bodyCrc: bytes.readUInt32LE(position + 24),
  };
}

function headCrc(record: Buffer): number {
  return crc32(record.subarray(FIXED_OCTETS), crc32(record.subarray(0, 28)));
}
