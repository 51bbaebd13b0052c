/**
 * Watches mail data that comes in chunks of BDAT: RFC 3030. Its octets are counted by the driver, so nothing in
 * them can end it; the rules of lines hold all the same, unless the sender declared BODY=BINARYMIME.
 */
import { TEXT_LINE_OCTETS_MAX } from './mail-data.ts';

const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;

export interface ChunkDataOptions {
  readonly lineLengthMax?: number;
  /** BODY=BINARYMIME: any octets, and no lines (RFC 3030 §3). */
  readonly binary?: boolean;
}

export class ChunkDataReceiver {
  /** A CR or an LF was seen outside CRLF: RFC 5321 §2.3.8. A CR at the very end shows in `finish()`. */
  bareLineEnd = false;
  lineTooLong = false;
  #afterCr = false;
  /** Octets of the present line that came in earlier pieces. */
  #carried = 0;
  readonly #lineLengthMax: number;
  readonly #binary: boolean;

  constructor(options: ChunkDataOptions = {}) {
    this.#lineLengthMax = options.lineLengthMax ?? TEXT_LINE_OCTETS_MAX;
    this.#binary = options.binary ?? false;
  }

  /** Looks at `octets`, all of which are mail data, and hands them to `write`; returns how many they were. */
  push(octets: Uint8Array, write: (text: Uint8Array) => void): number {
    if (octets.length === 0) return 0;
    if (!this.#binary) this.#look(octets);
    write(octets);
    return octets.length;
  }

  /** All chunks are in: a CR that still waits for its LF waits in vain. */
  finish(): void {
    if (this.#afterCr) this.bareLineEnd = true;
    this.#afterCr = false;
  }

  #look(octets: Uint8Array): void {
    let line = -this.#carried;
    let afterCr = this.#afterCr;
    for (let i = 0; i < octets.length; i++) {
      if (!afterCr) i = endOfText(octets, i);
      const byte = octets[i];
      if ((byte === BYTE_LF) !== afterCr) this.bareLineEnd = true;
      if (afterCr && byte === BYTE_LF) {
        if (i + 1 - line > this.#lineLengthMax) this.lineTooLong = true;
        line = i + 1;
      }
      afterCr = byte === BYTE_CR;
    }
    this.#afterCr = afterCr;
    const length = octets.length - line;
    if (length > this.#lineLengthMax) this.lineTooLong = true;
    this.#carried = Math.min(length, this.#lineLengthMax);
  }
}

/** The place of the first CR or LF at or after `i`, or of the last byte. */
function endOfText(chunk: Uint8Array, i: number): number {
  const last = chunk.length - 1;
  while (i < last && chunk[i] !== BYTE_CR && chunk[i] !== BYTE_LF) i++;
  return i;
}
