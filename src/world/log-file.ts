/**
 * Where log lines go: a file that is turned over by size, or standard output. Lines wait in memory, are written
 * together in the background, and are dropped and counted when the disk does not take them: a full disk stops no mail.
 */
import { closeSync, openSync, fstatSync, renameSync, rmSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Octets of lines that may wait for the disk. */
const WAITING_MAX = 4 * 2 ** 20;
/** One write takes at most this much. */
const WRITE_MAX = 256 * 1024;
/** After each write lines gather for so long, in milliseconds: a write for each line would cost a busy server more than its log is worth. */
const GATHER_MS = 20;
/** After a failure the disk is left alone for so long, in milliseconds. */
const REST_MS = 1000;

export interface LogFileOptions {
  /** `-` is standard output: never turned over. */
  readonly file: string;
  readonly sizeMax: number;
  /** How many there are, with the one being written. */
  readonly files: number;
}

export class LogFile {
  readonly #options: LogFileOptions;
  #descriptor: number | null = null;
  #size = 0;
  #waiting: string[] = [];
  #waitingOctets = 0;
  #writing = false;
  #resting: NodeJS.Timeout | null = null;
  #droppedSince = 0;
  #reopenWanted = false;
  /** Lines lost since the start. */
  dropped = 0;

  /** Throws when the file cannot be opened: at start that is told; later it is not fatal. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#open();
  }

  /** Takes a line with its end. pino calls this. */
  write(line: string): void {
    if (this.#waitingOctets + line.length > WAITING_MAX) {
      this.#drop(1);
      return;
    }
    this.#waiting.push(line);
    this.#waitingOctets += line.length;
    this.#pump();
  }

  /** After somebody else has moved the file away (SIGHUP). */
  reopen(): void {
    if (this.#options.file === '-') return;
    this.#reopenWanted = true;
    this.#pump();
  }

  /** Writes what waits, at once: at exit. A write in the background may be doubled by it, never lost. */
  flushSync(): void {
    if (this.#waiting.length === 0) return;
    const text = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingOctets = 0;
    if (this.#descriptor === null) this.#tryOpen();
    try {
      if (this.#descriptor !== null) writeWhole(this.#descriptor, text);
    } catch {
      // The process ends; there is nowhere left to tell it.
    }
  }

  #pump(): void {
    if (this.#writing) return; // Its descriptor must stay.
    if (this.#reopenWanted) {
      this.#reopenWanted = false;
      this.#close();
    }
    if (this.#resting !== null || this.#waiting.length === 0) return;
    if (this.#options.file !== '-' && this.#size >= this.#options.sizeMax) this.#turnOver();
    if (this.#descriptor === null) this.#tryOpen();
    if (this.#descriptor === null) return this.#rest(REST_MS);
    const lines = this.#take();
    this.#writing = true;
    this.#writeFrom(Buffer.from(lines.join('')), 0, lines.length);
  }

  #writeFrom(text: Buffer, from: number, lines: number): void {
    write(this.#descriptor ?? -1, text, from, text.length - from, null, (error, written) => {
      this.#size += written;
      // A pipe that is full for the moment is no loss.
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#writeFrom(text, from, lines), 10).unref();
        return;
      }
      if (error === null && written > 0 && from + written < text.length) {
        this.#writeFrom(text, from + written, lines);
        return;
      }
      this.#writing = false;
      if (error !== null || written === 0) {
        this.#drop(lines);
        this.#rest(REST_MS);
        return;
      }
      this.#rest(GATHER_MS);
      this.#tellDropped();
    });
  }

  #take(): string[] {
    let octets = 0;
    let count = 0;
    while (count < this.#waiting.length && octets < WRITE_MAX) octets += this.#waiting[count++]?.length ?? 0;
    this.#waitingOctets -= octets;
    return this.#waiting.splice(0, count);
  }

  #tellDropped(): void {
    if (this.#droppedSince === 0) return;
    const lines = this.#droppedSince;
    this.#droppedSince = 0;
    this.write(`${JSON.stringify({ level: 'warn', event: 'log-lines-dropped', lines })}\n`);
  }

  #drop(lines: number): void {
    this.dropped += lines;
    this.#droppedSince += lines;
  }

  #rest(ms: number): void {
    this.#resting = setTimeout(() => {
      this.#resting = null;
      this.#pump();
    }, ms);
    this.#resting.unref();
  }

  /** `x` becomes `x.1`, `x.1` becomes `x.2`; the oldest goes. */
  #turnOver(): void {
    const { file, files } = this.#options;
    this.#close();
    try {
      rmSync(`${file}.${files - 1}`, { force: true });
      for (let n = files - 2; n >= 1; n--) renameIfThere(`${file}.${n}`, `${file}.${n + 1}`);
      if (files > 1) renameIfThere(file, `${file}.1`);
      else rmSync(file, { force: true });
    } catch {
      // Then the file grows on: better than no log.
    }
    this.#tryOpen();
    if (this.#size >= this.#options.sizeMax) this.#size = 0;
  }

  #tryOpen(): void {
    try {
      this.#open();
    } catch {
      this.#descriptor = null;
    }
  }

  #open(): void {
    const { file } = this.#options;
    if (file === '-') {
      this.#descriptor = 1;
      return;
    }
    makeFolder(dirname(file), 0o700);
    this.#descriptor = openSync(file, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  #close(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function writeWhole(descriptor: number, text: Buffer): void {
  for (let from = 0; from < text.length;) from += writeSync(descriptor, text, from);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
