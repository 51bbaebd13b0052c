/**
 * Watches the header section of a mail object while it passes: RFC 5322 §2.2. It counts the trace fields and
 * the octets, keeps nothing, and once the section has ended there is nothing left to do for it.
 */

/** Header fields `Received`, beyond which mail is going in circles: RFC 5321 §6.3 wants at least 100. */
export const TRACE_FIELDS_MAX = 100;
/** Octets of a header section. */
export const HEADER_LENGTH_MAX = 100 * 1024;

const LINE_START = 0;
const NAME = 1; //       in what may be the name of a field
const AFTER_NAME = 2; // blanks before the colon: RFC 5322 §4.5
const REST = 3; //       behind the colon, or in a folded line: until the LF
const EMPTY = 4; //      CR where a line begins
const ENDED = 5;

const BYTE_TAB = 0x09;
const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;
const BYTE_SPACE = 0x20;
const BYTE_COLON = 0x3a;

const RECEIVED = Uint8Array.from('received', (letter) => letter.charCodeAt(0));
const OTHER = -1;

export class HeaderScanner {
  /** How many `Received` fields there are so far. */
  traceFields = 0;
  /** The section is longer than it may be; it is not looked at any further. */
  tooLong = false;
  #state = LINE_START;
  /** Letters of `received` that matched, or OTHER. */
  #matched = 0;
  #octets = 0;
  readonly #lengthMax: number;

  constructor(lengthMax: number = HEADER_LENGTH_MAX) {
    this.#lengthMax = lengthMax;
  }

  get ended(): boolean {
    return this.#state === ENDED;
  }

  push(text: Uint8Array): void {
    if (this.#state === ENDED) return;
    // One octet more than there may be is enough to know, however the text was cut.
    const until = Math.min(text.length, this.#lengthMax + 1 - this.#octets);
    let i = 0;
    while (i < until && this.#state !== ENDED) {
      if (this.#state === REST) {
        const lf = text.indexOf(BYTE_LF, i);
        const found = lf >= 0 && lf < until;
        if (found) this.#state = LINE_START;
        i = found ? lf + 1 : until;
      } else {
        this.#see(text[i] ?? 0);
        i++;
      }
    }
    this.#octets += i;
    if (this.#octets <= this.#lengthMax) return;
    this.tooLong = true;
    this.#state = ENDED;
  }

  /** An octet outside REST. A line that is neither field nor folded is the body of who forgot the empty line. */
  #see(byte: number): void {
    switch (this.#state) {
      case LINE_START:
        if (byte === BYTE_CR) this.#state = EMPTY;
        else if (byte === BYTE_SPACE || byte === BYTE_TAB) this.#state = REST;
        else {
          this.#matched = 0;
          this.#state = NAME;
          this.#seeName(byte, false);
        }
        return;
      case NAME:
        this.#seeName(byte, true);
        return;
      case AFTER_NAME:
        if (byte === BYTE_COLON) this.#endName();
        else if (byte !== BYTE_SPACE && byte !== BYTE_TAB) this.#state = ENDED;
        return;
      case EMPTY:
        this.#state = ENDED;
    }
  }

  /** `named`: a name has begun, so a colon or a blank may follow. */
  #seeName(byte: number, named: boolean): void {
    if (named && byte === BYTE_COLON) {
      this.#endName();
    } else if (named && (byte === BYTE_SPACE || byte === BYTE_TAB)) {
      this.#state = AFTER_NAME;
    } else if (byte <= BYTE_SPACE || byte > 0x7e || byte === BYTE_COLON) {
      this.#state = ENDED; // ftext of RFC 5322 §3.6.8 has no such octet
    } else if (this.#matched !== OTHER) {
      this.#matched = (byte | 0x20) === RECEIVED[this.#matched] ? this.#matched + 1 : OTHER;
    }
  }

  #endName(): void {
    if (this.#matched === RECEIVED.length) this.traceFields++;
    this.#state = REST;
  }
}
