/**
 * Reads the records of one segment in order, and stops at the first thing that is not a whole record. In a segment that is
 * sealed all was whole once: there a spoilt body does not hide its head, nor a spoilt head what stands behind it.
 */
import { crc32 } from 'node:zlib';
import type { DiskFile } from '../world/disk.ts';
import { FIXED_OCTETS, peekFrame, readFrame, recordLength } from './record.ts';
import type { RecordFrame } from './record.ts';

const READ_OCTETS = 2 ** 20;

export interface ScannedRecord {
  readonly frame: RecordFrame;
  readonly position: number;
  /** Fixed part and head. A view: copy what you keep. */
  readonly head: Buffer;
  readonly body: Buffer;
}

interface ScanRange {
  readonly from: number;
  /** Nothing from here on counts, whatever it looks like. */
  readonly end: number;
  /** Records up to this sequence are older than what came before: left over, not part of the log. */
  readonly after: number;
  /** It was written to its end and synced. */
  readonly sealed: boolean;
}

/** A window that slides over a file. */
class Window {
  readonly #file: DiskFile;
  readonly #end: number;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: DiskFile, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Up to `length` octets from `position`; fewer only where the range ends. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.#end - position);
    if (position < this.#start || position + wanted > this.#start + this.#bytes.length) {
      const room = Buffer.allocUnsafe(
        Math.max(0, Math.min(this.#end - position, Math.max(length, READ_OCTETS))),
      );
      const got = room.length === 0 ? 0 : await this.#file.read(room, position);
      this.#bytes = room.subarray(0, got);
      this.#start = position;
    }
    const from = position - this.#start;
    return this.#bytes.subarray(from, from + Math.max(0, wanted));
  }
}

export async function* scanSegment(file: DiskFile, range: ScanRange): AsyncGenerator<ScannedRecord> {
  const end = Math.min(range.end, await file.size());
  const window = new Window(file, end);
  let [position, sequence] = [range.from, range.after];
  while (position + FIXED_OCTETS <= end) {
    const peeked = peekFrame(await window.at(position, FIXED_OCTETS));
    if (peeked === null || peeked.sequence <= sequence || position + recordLength(peeked) > end) return;
    const whole = await window.at(position, recordLength(peeked));
    if (whole.length < recordLength(peeked)) return;
    const frame = readFrame(whole);
    if (frame === null) {
      const next = position + recordLength(peeked);
      if (!range.sealed || !(await beginsAt(window, next, sequence))) return;
      position = next;
      continue;
    }
    const body = whole.subarray(FIXED_OCTETS + frame.headLength, recordLength(frame));
    if (!range.sealed && crc32(body) !== frame.bodyCrc) return;
    yield { frame, position, head: whole.subarray(0, FIXED_OCTETS + frame.headLength), body };
    position += recordLength(frame);
    sequence = frame.sequence;
  }
}

/** Whether a record with a good head begins here, younger than `after`. */
async function beginsAt(window: Window, position: number, after: number): Promise<boolean> {
  const peeked = peekFrame(await window.at(position, FIXED_OCTETS));
  if (peeked === null || peeked.sequence <= after) return false;
  return readFrame(await window.at(position, FIXED_OCTETS + peeked.headLength)) !== null;
}
