/**
 * Receives mail data: finds the end, CRLF "." CRLF, and takes the extra dots out (RFC 5321 §4.5.2).
 *
 * It runs for every byte of every message, so it is a class of plain fields and small integers. It
 * makes no strings, and one view (no copy) per run of text.
 */

const LINE_START = 0; // after CRLF, and at the very beginning
const TEXT = 1;
const CR = 2;
const DOT = 3; //        CRLF "."
const DOT_CR = 4; //     CRLF "." CR
const END = 5; //        CRLF "." CRLF

const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;
const BYTE_DOT = 0x2e;
const LONE_CR = Uint8Array.of(BYTE_CR);
const LINE_END = Uint8Array.of(BYTE_CR, BYTE_LF);

/** A text line with its CRLF, and without a dot that was stuffed: RFC 5321 §4.5.3.1.6. */
export const TEXT_LINE_OCTETS_MAX = 1000;

export interface MailDataOptions {
  readonly lineLengthMax?: number;
  /** For local pipes only: an LF alone ends a line too, and is written as CRLF. */
  readonly lenient?: boolean;
}

export class MailDataReceiver {
  /** A CR or an LF was seen outside CRLF: RFC 5321 §2.3.8 forbids it, and smuggling needs it. */
  bareLineEnd = false;
  lineTooLong = false;
  #state = LINE_START;
  /** Octets of the present line that came in earlier chunks. */
  #carried = 0;
  readonly #lineLengthMax: number;
  readonly #lenient: boolean;

  constructor(options: MailDataOptions = {}) {
    this.#lineLengthMax = options.lineLengthMax ?? TEXT_LINE_OCTETS_MAX;
    this.#lenient = options.lenient ?? false;
  }

  get ended(): boolean {
    return this.#state === END;
  }

  /** Hands the text in `chunk` to `write`; returns how many bytes of it were mail data. */
  push(chunk: Uint8Array, write: (text: Uint8Array) => void): number {
    return this.#lenient ? this.#pushLenient(chunk, write) : this.#pushStrict(chunk, write);
  }

  #pushStrict(chunk: Uint8Array, write: (text: Uint8Array) => void): number {
    let state = this.#state;
    let from = 0; // start of the text not yet written
    let line = -this.#carried; // start of the present line
    let i = 0;
    for (; i < chunk.length && state !== END; i++) {
      if (state === TEXT) i = endOfText(chunk, i);
      const byte = chunk[i];
      if ((byte === BYTE_LF) !== (state === CR || state === DOT_CR)) this.bareLineEnd = true;
      switch (state) {
        case LINE_START:
          state = byte === BYTE_DOT ? DOT : byte === BYTE_CR ? CR : TEXT;
          if (state !== DOT) break;
          if (i > from) write(chunk.subarray(from, i));
          from = line = i + 1; // this dot is never text
          break;
        case TEXT:
          state = byte === BYTE_CR ? CR : TEXT;
          break;
        case CR:
          state = byte === BYTE_LF ? LINE_START : byte === BYTE_CR ? CR : TEXT;
          if (state !== LINE_START) break;
          if (i + 1 - line > this.#lineLengthMax) this.lineTooLong = true;
          line = i + 1;
          break;
        case DOT:
          state = byte === BYTE_CR ? DOT_CR : TEXT;
          break;
        case DOT_CR:
          state = byte === BYTE_LF ? END : byte === BYTE_CR ? CR : TEXT;
          if (state !== END && i === 0) write(LONE_CR); // held back at the end of the last chunk
          break;
      }
    }
    const until = state === DOT_CR ? i - 1 : i; // that CR is text only if no LF follows
    if (state !== END && until > from) write(chunk.subarray(from, until));
    this.#state = state;
    this.#carried = this.#carry(i - line);
    return i;
  }

  /** The same, with LF or CRLF for the end of a line: a line is CR where a CR came that may be half of one. */
  #pushLenient(chunk: Uint8Array, write: (text: Uint8Array) => void): number {
    let state = this.#state;
    let from = 0;
    let line = -this.#carried;
    let i = 0;
    for (; i < chunk.length && state !== END; i++) {
      if (state === TEXT) i = endOfText(chunk, i);
      const byte = chunk[i];
      const halfway = state === CR || state === DOT_CR;
      if (byte === BYTE_LF) {
        if (state === DOT || state === DOT_CR) {
          state = END;
          continue;
        }
        const until = halfway ? i - 1 : i;
        if (until > from) write(chunk.subarray(from, until));
        write(LINE_END);
        if (i + (halfway ? 1 : 2) - line > this.#lineLengthMax) this.lineTooLong = true;
        from = line = i + 1;
        state = LINE_START;
        continue;
      }
      if (halfway) {
        this.bareLineEnd = true; // a CR alone is no line end for anybody
        if (i === 0) write(LONE_CR);
      }
      if (state === LINE_START && byte === BYTE_DOT) {
        if (i > from) write(chunk.subarray(from, i));
        from = line = i + 1;
        state = DOT;
      } else if (byte === BYTE_CR) {
        state = state === DOT ? DOT_CR : CR;
      } else {
        state = TEXT;
      }
    }
    const until = state === CR || state === DOT_CR ? i - 1 : i;
    if (state !== END && until > from) write(chunk.subarray(from, until));
    this.#state = state;
    this.#carried = this.#carry(i - line);
    return i;
  }

  /** A line without an end is too long as soon as it is; the number stays small whatever comes. */
  #carry(length: number): number {
    if (length <= this.#lineLengthMax) return length;
    this.lineTooLong = true;
    return this.#lineLengthMax;
  }
}

/** The place of the first CR or LF at or after `i`, or of the last byte. */
function endOfText(chunk: Uint8Array, i: number): number {
  const last = chunk.length - 1;
  while (i < last && chunk[i] !== BYTE_CR && chunk[i] !== BYTE_LF) i++;
  return i;
}
