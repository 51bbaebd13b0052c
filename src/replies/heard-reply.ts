/** What a peer said to us, as far as it can be understood. Whatever octets come make one of these; none of them can hurt. */

export interface HeardReply {
  /** Three digits, the first 2 to 5; `null`: what came was no reply. */
  readonly code: string | null;
  /** `4.2.2`, of the first line that has one whose class fits the code (RFC 2034 §4); `null`: none. */
  readonly status: string | null;
  /** The texts behind code and status, a line each: printable, cut to a length, and to a number of lines. */
  readonly lines: readonly string[];
  /** `wrong-codes`: its lines had different codes; `too-long`: it was cut; `no-reply`: no code at all. */
  readonly fault: 'wrong-codes' | 'too-long' | 'no-reply' | null;
}

/** RFC 5321 §4.5.3.1.5 allows 512; what is longer is cut. */
const LINE_OCTETS_KEPT = 512;
const LINES_KEPT = 50;
/** Octets of one reply after which nobody believes that it will end. */
const REPLY_OCTETS_MAX = 64 * 1024;
const LF = 10;
const CR = 13;

const LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s;
const STATUS = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

interface Line {
  readonly code: string;
  readonly last: boolean;
  readonly text: string;
}

/** Octets in, however they are cut into pieces; replies out. It never holds more than one reply, and that one is bounded. */
export class ReplyReceiver {
  readonly #decoder = new TextDecoder();
  readonly #line = new Uint8Array(LINE_OCTETS_KEPT + 1);
  #length = 0;
  #lines: Line[] = [];
  #octets = 0;
  #cut = false;
  #mixed = false;

  /** A reply has grown beyond every measure: close the connection, for what follows has no meaning. */
  get overflown(): boolean {
    return this.#octets > REPLY_OCTETS_MAX;
  }

  take(chunk: Uint8Array): readonly HeardReply[] {
    const replies: HeardReply[] = [];
    for (const octet of chunk) {
      if (this.overflown) break;
      this.#octets++;
      if (octet !== LF) {
        if (this.#length < this.#line.length) this.#line[this.#length++] = octet;
        continue;
      }
      const reply = this.#lineEnds();
      if (reply !== null) replies.push(reply);
    }
    return replies;
  }

  #lineEnds(): HeardReply | null {
    const end = this.#line[this.#length - 1] === CR ? this.#length - 1 : this.#length;
    if (end > LINE_OCTETS_KEPT) this.#cut = true;
    const text = this.#decoder.decode(this.#line.subarray(0, Math.min(end, LINE_OCTETS_KEPT)));
    this.#length = 0;
    const [found, code = '', separator, rest = ''] = LINE.exec(text) ?? [];
    if (found === undefined) return this.#over(null, [printable(text)]);
    const line = { code, last: separator !== '-', text: rest };
    if (this.#lines[0] !== undefined && this.#lines[0].code !== code) this.#mixed = true;
    if (this.#lines.length < LINES_KEPT) this.#lines.push(line);
    else this.#cut = true;
    return line.last
      ? this.#over(
          code,
          this.#lines.map((each) => each.text),
        )
      : null;
  }

  /** The code of the last line decides: a client may ignore all lines before it (RFC 5321 §4.2.1). */
  #over(code: string | null, texts: readonly string[]): HeardReply {
    const fault =
      code === null ? 'no-reply' : this.#cut ? 'too-long' : this.#mixed ? ('wrong-codes' as const) : null;
    const status = code === null ? null : statusAmong(texts, code);
    const lines = texts.map((text) => printable(fits(text, code) ? text.replace(STATUS, '') : text));
    this.#lines = [];
    this.#octets = 0;
    this.#cut = this.#mixed = false;
    return { code, status, lines, fault };
  }
}

function statusAmong(texts: readonly string[], code: string): string | null {
  const first = texts.find((text) => fits(text, code));
  return first === undefined ? null : (STATUS.exec(first)?.[1] ?? null);
}

/** It begins with an enhanced code of the class that the code has. One of another class stays with the words. */
function fits(text: string, code: string | null): boolean {
  return code !== null && STATUS.test(text) && text[0] === code[0];
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}
