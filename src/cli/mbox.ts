/**
 * The mboxrd form of a file of many messages: written so that it can be undone byte for byte, read in constant memory.
 * `From ` at the start of a line, after any number of `>`, gets one `>` more; a blank line follows each message.
 */

const LF = 10;
const CR = 13;
const GREATER = 0x3e;
/** What is kept of a separator line. */
const FROM_LINE_MAX = 1024;
/** Octets at the end of a message that may turn out to be its separator. */
const TAIL = 4;

export type MboxEvent =
  | { readonly type: 'begin'; readonly offset: number; readonly line: string }
  | { readonly type: 'text'; readonly octets: Uint8Array };

/** A piece of one line: its start is never cut, whatever way the text is cut into chunks. */
interface Piece {
  readonly octets: Buffer;
  readonly starts: boolean;
  readonly ends: boolean;
}

/** Cuts text into pieces of lines. A start that may yet become `>*From `, or a blank line, waits for the next chunk. */
class LinePieces {
  #waiting = Buffer.alloc(0);
  #inLine = false;

  *push(chunk: Uint8Array): Generator<Piece> {
    const text = this.#waiting.length === 0 ? view(chunk) : Buffer.concat([this.#waiting, chunk]);
    this.#waiting = Buffer.alloc(0);
    for (let i = 0; i < text.length;) {
      const found = text.indexOf(LF, i);
      const next = found < 0 ? text.length : found + 1;
      const starts = !this.#inLine;
      if (starts && found < 0 && mayBecome(text.subarray(i))) {
        this.#waiting = Buffer.from(text.subarray(i));
        return;
      }
      this.#inLine = found < 0;
      yield { octets: text.subarray(i, next), starts, ends: found >= 0 };
      i = next;
    }
  }

  *end(): Generator<Piece> {
    if (this.#waiting.length > 0) yield { octets: this.#waiting, starts: true, ends: false };
  }
}

/** Is this line `>*From …`? */
function isFrom(line: Buffer): boolean {
  const at = afterGreater(line);
  return line.subarray(at, at + FROM.length).equals(FROM);
}

function mayBecome(start: Buffer): boolean {
  const rest = start.subarray(afterGreater(start));
  if (rest.length > FROM.length)
    return rest.length < FROM_LINE_MAX && rest.subarray(0, FROM.length).equals(FROM);
  return FROM.subarray(0, rest.length).equals(rest) || (start.length === 1 && start[0] === CR);
}

function afterGreater(line: Buffer): number {
  let at = 0;
  while (line[at] === GREATER) at++;
  return at;
}

const FROM = Buffer.from('From ');

/** One message on its way into an mbox. */
export class MboxQuoter {
  readonly #pieces = new LinePieces();
  #last = Buffer.alloc(0);

  push(chunk: Uint8Array): Buffer {
    this.#last = Buffer.concat([this.#last, chunk.subarray(-2)]).subarray(-2);
    return quoted(this.#pieces.push(chunk));
  }

  /** What closes the message: what waited, an end for its last line when it has none, and a blank line. */
  end(): Buffer {
    const whole = this.#last[0] === CR && this.#last[1] === LF;
    return Buffer.concat([quoted(this.#pieces.end()), Buffer.from(whole ? '\n' : '\n\n')]);
  }
}

function quoted(pieces: Iterable<Piece>): Buffer {
  const parts: Buffer[] = [];
  for (const { octets, starts } of pieces) {
    if (starts && isFrom(octets)) parts.push(Buffer.from('>'));
    parts.push(octets);
  }
  return Buffer.concat(parts);
}

/** `From sender date`, as mail readers expect it: RFC 4155 appendix A. */
export function fromLine(reversePath: string, receivedAt: number): string {
  const [day = '', dayOfMonth = '', month = '', year = '', time = ''] = new Date(receivedAt)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  const sender = reversePath.replaceAll(/\s/g, '_') || 'MAILER-DAEMON';
  return `From ${sender} ${day} ${month} ${dayOfMonth.replace(/^0/, ' ')} ${time} ${year}\n`;
}

/** The time of a `From ` line in milliseconds since 1970, or `null`. */
export function timeOfFromLine(line: string): number | null {
  const found = /\b([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d(?::\d\d)?) (\d{4})/.exec(line);
  if (found === null) return null;
  const [, month, day, time, year] = found;
  const at = Date.parse(`${day} ${month} ${year} ${time} GMT`);
  return Number.isNaN(at) ? null : at;
}

/** Takes an mbox apart. Push its chunks; `end` when there are no more. */
export class MboxSplitter {
  readonly #pieces = new LinePieces();
  #events: MboxEvent[] = [];
  #parts: Buffer[] = [];
  #tail: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** Before the first separator there is nothing, or something that is no mbox. */
  #inMessage = false;
  #inFromLine = false;
  #afterBlank = true;
  /** How the first line of the message ends; `null`: not yet known. */
  #crlf: boolean | null = null;
  #lastOctet = 0;

  push(chunk: Uint8Array): readonly MboxEvent[] {
    for (const piece of this.#pieces.push(chunk)) this.#take(piece);
    return this.#told();
  }

  end(): readonly MboxEvent[] {
    for (const piece of this.#pieces.end()) this.#take(piece);
    this.#endMessage();
    return this.#told();
  }

  #told(): readonly MboxEvent[] {
    this.#passOn();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #take({ octets, starts, ends }: Piece): void {
    const offset = this.#offset;
    this.#offset += octets.length;
    if (starts && this.#afterBlank && octets.subarray(0, FROM.length).equals(FROM)) {
      this.#endMessage();
      this.#events.push({
        type: 'begin',
        offset,
        line: octets.toString('latin1', 0, FROM_LINE_MAX).trimEnd(),
      });
      this.#inMessage = true;
      this.#inFromLine = !ends;
      this.#afterBlank = false;
      this.#crlf = null;
      return;
    }
    if (starts) this.#afterBlank = octets[0] === LF || (octets[0] === CR && octets[1] === LF);
    if (this.#inFromLine) {
      this.#inFromLine = !ends;
      return;
    }
    if (!this.#inMessage) return;
    if (ends) this.#crlf ??= (octets.length > 1 ? octets.at(-2) : this.#lastOctet) === CR;
    this.#lastOctet = octets.at(-1) ?? 0;
    const isQuoted = starts && octets[0] === GREATER && isFrom(octets);
    this.#parts.push(isQuoted ? octets.subarray(1) : octets);
  }

  /** Gives all text but the last octets: they may be the separator. */
  #passOn(): void {
    if (this.#parts.length === 0) return;
    const text = Buffer.concat([this.#tail, ...this.#parts]);
    this.#parts = [];
    const sure = Math.max(0, text.length - TAIL);
    if (sure > 0) this.#events.push({ type: 'text', octets: text.subarray(0, sure) });
    this.#tail = Buffer.from(text.subarray(sure));
  }

  #endMessage(): void {
    this.#passOn();
    let last = this.#tail;
    this.#tail = Buffer.alloc(0);
    if (endsWith(last, '\n\r\n')) last = last.subarray(0, -2);
    else if (endsWith(last, '\n\n')) last = last.subarray(0, -1);
    // In a message of CRLF lines, a last line with a bare LF had no end of its own: the writer gave it one.
    if (this.#crlf === true && last.at(-1) === LF && last.at(-2) !== CR) last = last.subarray(0, -1);
    if (last.length > 0) this.#events.push({ type: 'text', octets: last });
    this.#inMessage = false;
  }
}

function endsWith(text: Buffer, end: string): boolean {
  return text.subarray(-end.length).equals(Buffer.from(end));
}

function view(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
