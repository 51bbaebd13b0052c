/**
 * Segments that are being read, open for a moment longer than each reading: a queue that is sent out reads thousands of small objects of
 * one segment after another, and to open and close it each time costs more than the reading.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk, DiskFile } from '../world/disk.ts';
import { segmentPath } from './segment-log.ts';

/** So long nobody has read, and it is closed. */
const IDLE_MS = 250;
/** Beyond these, those that nobody reads are closed at once. */
const KEPT_MAX = 8;

interface Reader {
  readonly file: DiskFile;
  readonly number: number;
  users: number;
  used: boolean;
  /** Its segment goes, or we do: the last user closes it. */
  doomed: boolean;
}

export class SegmentReaders {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #readers = new Map<number, Reader>();
  #cancel: (() => void) | null = null;

  constructor(disk: Disk, clock: Clock, folder: string) {
    this.#disk = disk;
    this.#clock = clock;
    this.#folder = folder;
  }

  /** `close` gives it back. */
  async lend(number: number): Promise<Pick<DiskFile, 'read' | 'close'>> {
    const file = this.#readers.has(number) ? null : await this.#disk.open(this.#path(number), 'read');
    // From here to the count of its users nothing is awaited: who has none may be closed at any moment.
    const known = this.#readers.get(number);
    const reader = known ?? this.#keep(number, file);
    reader.users++;
    reader.used = true;
    if (file !== null && reader.file !== file) await file.close(); // somebody was faster
    let isBack = false;
    return {
      read: (into, position) => reader.file.read(into, position),
      close: async () => {
        if (isBack) return;
        isBack = true;
        await this.#back(reader);
      },
    };
  }

  /** The segment is being unlinked: its room comes back when nobody has it open. */
  async forget(number: number): Promise<void> {
    const reader = this.#readers.get(number);
    if (reader !== undefined) await this.#drop(reader);
  }

  async close(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    for (const reader of this.#readers.values()) await this.#drop(reader);
  }

  #keep(number: number, file: DiskFile | null): Reader {
    assert(file !== null, 'it was there in the same turn');
    const reader = { file, number, users: 0, used: true, doomed: false };
    this.#readers.set(number, reader);
    this.#cancel ??= this.#clock.after(IDLE_MS, () => void this.#sweep());
    return reader;
  }

  #path(number: number): string {
    return segmentPath(this.#folder, number);
  }

  async #back(reader: Reader): Promise<void> {
    reader.users--;
    if (reader.users > 0) return;
    if (reader.doomed) await reader.file.close();
    else if (this.#readers.size > KEPT_MAX) await this.#drop(reader);
  }

  async #drop(reader: Reader): Promise<void> {
    this.#readers.delete(reader.number);
    reader.doomed = true;
    if (reader.users === 0) await reader.file.close();
  }

  async #sweep(): Promise<void> {
    this.#cancel = null;
    for (const reader of this.#readers.values()) {
      if (!reader.used && reader.users === 0) await this.#drop(reader).catch(ignore);
      reader.used = false;
    }
    if (this.#readers.size > 0) this.#cancel = this.#clock.after(IDLE_MS, () => void this.#sweep());
  }
}

/** It was only read. */
function ignore(): void {}
