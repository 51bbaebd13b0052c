/**
 * Cuts command lines out of chunks: RFC 5321 §2.3.8, §4.5.3.1.4. Between lines it holds nothing, for most sessions
 * are idle most of the time; a line that is too long is not held but counted.
 */
const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;

/** The longest line that is kept to be looked at; what each command may have is less. The 12288 is of RFC 4954 §4. */
export const LINE_LENGTH_MAX = 12288;

const BEGINNING = 8; // octets: enough to know the verb of a line that is too long

const HELD_FIRST = 128; // octets: most commands that the network cuts are shorter

export type LineFault = 'line-too-long' | 'bare-line-end';

export interface Line {
  /** Octets as latin1, without CRLF. Empty when there is a fault; of a line that is too long, how it began. */
  readonly line: string;
  readonly fault: LineFault | null;
  /** Where the chunk goes on. */
  readonly next: number;
}

/** Octets as latin1. The driver has a faster one from its platform. */
export type Decode = (octets: Uint8Array, from: number, to: number) => string;

export class LineReceiver {
  readonly #decode: Decode;
  #held: Uint8Array | null = null;
  #length = 0;
  #beginning = '';

  constructor(decode: Decode = decodeLatin1) {
    this.#decode = decode;
  }

  /** Octets of the line that has not ended yet, kept or not. */
  get pending(): number {
    return this.#length;
  }

  /** The line that ends in `chunk` at or after `at`; or null, and keeps the rest. */
  take(chunk: Uint8Array, at: number): Line | null {
    const lf = chunk.indexOf(BYTE_LF, at);
    const end = lf < 0 ? chunk.length : lf + 1;
    if (lf < 0 || this.#length > 0) {
      this.#hold(chunk, at, end);
      if (lf < 0) return null;
    }
    const length = this.#length === 0 ? end - at : this.#length;
    const octets = this.#length === 0 ? chunk : this.#held;
    const from = this.#length === 0 ? at : 0;
    this.#held = null;
    this.#length = 0;
    if (octets === null) return { line: this.#beginning, fault: 'line-too-long', next: end };
    return this.#read(octets, from, from + length, end);
  }

  /** Adds `chunk` from `from` until `to` to what is held, unless that has become too long. */
  #hold(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > LINE_LENGTH_MAX) {
      if (this.#length <= LINE_LENGTH_MAX) this.#beginning = this.#beginningOf(chunk, from, to);
      this.#held = null;
    } else if (this.#length === 0 || this.#held !== null) {
      const held = this.#held === null ? null : this.#held.subarray(0, this.#length);
      // A copy, for a view would keep a chunk of the network alive; with room to grow, for one octet may come at a time.
      if (this.#held === null || this.#held.length < length) {
        this.#held = new Uint8Array(Math.max(HELD_FIRST, 2 * length));
        if (held !== null) this.#held.set(held);
      }
      this.#held.set(chunk.subarray(from, to), this.#length);
    }
    this.#length = length;
  }

  #beginningOf(chunk: Uint8Array, from: number, to: number): string {
    const held = this.#held === null ? '' : this.#decode(this.#held, 0, Math.min(BEGINNING, this.#length));
    return held + this.#decode(chunk, from, Math.min(from + BEGINNING - held.length, to));
  }

  /** What stands between `from` and `to`, the last of which is an LF. */
  #read(octets: Uint8Array, from: number, to: number, next: number): Line {
    if (to - from > LINE_LENGTH_MAX) {
      return { line: this.#decode(octets, from, from + BEGINNING), fault: 'line-too-long', next };
    }
    // A bare LF is told at once: who sends it waits for an answer and will not send a CRLF before it.
    const end = to - 2;
    if (end < from || octets[end] !== BYTE_CR) return { line: '', fault: 'bare-line-end', next };
    if (octets.indexOf(BYTE_CR, from) !== end) return { line: '', fault: 'bare-line-end', next };
    return { line: this.#decode(octets, from, end), fault: null, next };
  }
}

function decodeLatin1(octets: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(octets[i] ?? 0);
  return text;
}
