/**
 * Mail data on its way out. `DataSender` puts the extra dots in (RFC 5321 §4.5.2) and watches line ends; like its counterpart
 * mail-data.ts it runs for every octet of every message, and hands on views, not copies.
 */

const LINE_START = 0; // after CRLF, and at the very beginning
const TEXT = 1;
const CR = 2;
const EMPTY_CR = 3; //    CR where a line begins

const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;
const BYTE_DOT = 0x2e;
const DOT = Uint8Array.of(BYTE_DOT);
const END = Uint8Array.of(BYTE_DOT, BYTE_CR, BYTE_LF);
const LINE_END_AND_END = Uint8Array.of(BYTE_CR, BYTE_LF, BYTE_DOT, BYTE_CR, BYTE_LF);

export class DataSender {
  /**
   * A CR or an LF stood outside CRLF. What follows must not be sent, for a lenient peer could take it for the end of the data and the
   * rest for commands (RFC 5321 §2.3.8).
   */
  bareLineEnd = false;
  #state = LINE_START;

  push(chunk: Uint8Array, write: (octets: Uint8Array) => void): void {
    let state = this.#state;
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (state === TEXT) {
        if (byte > BYTE_CR) continue;
        if (byte === BYTE_CR) state = CR;
        else if (byte === BYTE_LF) this.bareLineEnd = true;
        continue;
      }
      if (state === CR) {
        if (byte !== BYTE_LF) this.bareLineEnd = true;
        state = byte === BYTE_LF ? LINE_START : byte === BYTE_CR ? CR : TEXT;
        continue;
      }
      if (byte === BYTE_DOT) {
        if (i > from) write(chunk.subarray(from, i));
        write(DOT);
        from = i;
      }
      if (byte === BYTE_LF) this.bareLineEnd = true;
      state = byte === BYTE_CR ? CR : TEXT;
    }
    this.#state = state;
    if (from < chunk.length) write(from === 0 ? chunk : chunk.subarray(from));
  }

  /** What ends the data: a line end if the last line has none, and the dot. */
  end(): Uint8Array {
    if (this.#state === CR) this.bareLineEnd = true;
    return this.#state === LINE_START ? END : LINE_END_AND_END;
  }
}

/** What a message demands of a peer, found by reading it. */
export class TextInspector {
  eightBit = false;
  /** Beyond ASCII in the header section: RFC 6532. */
  eightBitHeader = false;
  /** A CR or LF outside CRLF, or a NUL: RFC 3030 §3 calls that binary. */
  binary = false;
  #state = LINE_START;
  #inHeader = true;

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte > 0x7f) {
        this.eightBit = true;
        if (this.#inHeader) this.eightBitHeader = true;
      }
      this.#see(byte);
    }
  }

  end(): void {
    if (this.#state === CR || this.#state === EMPTY_CR) this.binary = true;
  }

  #see(byte: number): void {
    const halfway = this.#state === CR || this.#state === EMPTY_CR;
    if (byte === 0 || (byte === BYTE_LF) !== halfway) this.binary = true;
    if (byte === BYTE_LF) {
      if (this.#state === EMPTY_CR) this.#inHeader = false;
      this.#state = LINE_START;
    } else if (byte === BYTE_CR) this.#state = this.#state === LINE_START ? EMPTY_CR : CR;
    else this.#state = TEXT;
  }
}
