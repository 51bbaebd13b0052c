/**
 * A client that says exactly the octets it is told, and reads replies as strictly as RFC 5321 §4.2 writes them. A reply that is
 * not well-formed fails the test that hears it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** What a server said: anything may come, so this is not the Reply of our own register. */
export interface HeardReply {
  readonly code: string;
  /** The enhanced code of the first line (RFC 2034 §4), if it begins with one. */
  readonly status: string | null;
  /** The text of each line, without the code. */
  readonly lines: readonly string[];
  readonly wire: string;
}

export interface MailToSend {
  readonly from?: string;
  readonly to: readonly string[];
  /** With CRLF, not dot-stuffed. */
  readonly text: Uint8Array;
  readonly how?: 'data' | 'bdat';
  /** Parameters of MAIL, such as ` SIZE=100`. */
  readonly parameters?: string;
}

export interface Outcome {
  /** The reply to each RCPT. */
  readonly recipients: readonly HeardReply[];
  /** What became of the whole: the reply to the end of the data, or to what was refused before. */
  readonly last: HeardReply;
}

export class Closed extends Error {
  override name = 'Closed';
}

const REPLY_TIMEOUT_MS = 20_000;
const REPLY_LINE_OCTETS_MAX = 512; // RFC 5321 §4.5.3.1.5

export class SmtpClient implements Disposable {
  readonly socket: Socket;
  #heard = '';
  #over = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#heard += chunk.toString('latin1');
      this.#wake?.();
    });
    const over = (): void => {
      this.#over = true;
      this.#wake?.();
    };
    socket.on('end', over);
    socket.on('close', over);
    socket.on('error', over);
  }

  /** Connected, from any address of the loopback network; nothing is said or heard yet. */
  static async connect(port: number, localAddress = '127.0.0.1'): Promise<SmtpClient> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    await once(socket, 'connect');
    return new SmtpClient(socket);
  }

  /** Behind the handshake, over a port or over a socket on which something was said already. Any certificate will do. */
  static async connectTls(to: number | Socket, options: ConnectionOptions = {}): Promise<SmtpClient> {
    const over = typeof to === 'number' ? { port: to, host: '127.0.0.1' } : { socket: to };
    const socket = connectTls({ ...over, rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return new SmtpClient(socket);
  }

  /** Greeted, and the greeting returned. */
  static async open(
    port: number,
    hello = 'EHLO client.example',
    localAddress = '127.0.0.1',
  ): Promise<SmtpClient> {
    const client = await SmtpClient.connect(port, localAddress);
    expectCode(await client.reply(), '220');
    expectCode(await client.say(hello), '250');
    return client;
  }

  /** Octets as they are; a string is latin1. */
  write(octets: string | Uint8Array): void {
    if (typeof octets === 'string') this.socket.write(octets, 'latin1');
    else this.socket.write(octets);
  }

  /** One command, and its reply. */
  say(line: string): Promise<HeardReply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** The next reply. Rejects with `Closed` when the server closes instead. */
  async reply(timeoutMs = REPLY_TIMEOUT_MS): Promise<HeardReply> {
    const found = await this.#next(timeoutMs);
    if (found === 'silent')
      throw new Error(`no reply within ${timeoutMs} ms; heard ${JSON.stringify(this.#heard)}`);
    if (found === 'closed')
      throw new Closed(`closed instead of a reply; heard ${JSON.stringify(this.#heard)}`);
    return found;
  }

  /** The next reply, or that there is none within the time. */
  replyOrSilence(timeoutMs: number): Promise<HeardReply | 'silent' | 'closed'> {
    return this.#next(timeoutMs);
  }

  /** All replies until the server closes. */
  async untilClosed(timeoutMs = REPLY_TIMEOUT_MS): Promise<readonly HeardReply[]> {
    const replies: HeardReply[] = [];
    for (;;) {
      const found = await this.#next(timeoutMs);
      if (found === 'closed') return replies;
      if (found === 'silent') throw new Error(`not closed within ${timeoutMs} ms`);
      replies.push(found);
    }
  }

  /** One transaction. Its commands are not pipelined. */
  async mail(mail: MailToSend): Promise<Outcome> {
    const { from = 'sender@client.example', how = 'data', parameters = '' } = mail;
    const began = await this.say(`MAIL FROM:<${from}>${parameters}`);
    if (began.code !== '250') return { recipients: [], last: began };
    const recipients: HeardReply[] = [];
    for (const path of mail.to) recipients.push(await this.say(`RCPT TO:<${path}>`));
    const refusal = recipients.find(({ code }) => code !== '250');
    if (refusal !== undefined && recipients.every(({ code }) => code !== '250')) {
      await this.say('RSET');
      return { recipients, last: refusal };
    }
    return { recipients, last: await this.#transfer(mail.text, how) };
  }

  async #transfer(text: Uint8Array, how: 'data' | 'bdat'): Promise<HeardReply> {
    if (how === 'bdat') {
      const half = text.length >> 1;
      this.write(`BDAT ${half}\r\n`);
      this.write(text.subarray(0, half));
      const first = await this.reply();
      if (first.code !== '250') {
        await this.say('RSET'); // RFC 3030 §2: only that leads out
        return first;
      }
      this.write(`BDAT ${text.length - half} LAST\r\n`);
      this.write(text.subarray(half));
      return this.reply();
    }
    const go = await this.say('DATA');
    if (go.code !== '354') return go;
    this.write(dotStuffed(text));
    return this.reply();
  }

  get isClosed(): boolean {
    return this.#over;
  }

  /** Goes without a word. */
  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #next(timeoutMs: number): Promise<HeardReply | 'silent' | 'closed'> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake?.();
    }, timeoutMs);
    try {
      for (;;) {
        const found = this.#takeReply();
        if (found !== null) return found;
        if (this.#over) {
          if (this.#heard !== '') throw new Error(`closed within a reply: ${JSON.stringify(this.#heard)}`);
          return 'closed';
        }
        if (late) return 'silent';
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
      this.#wake = null;
    }
  }

  #takeReply(): HeardReply | null {
    const lines: string[] = [];
    let at = 0;
    for (;;) {
      const end = this.#heard.indexOf('\n', at);
      if (end === -1) return null;
      const line = this.#heard.slice(at, end + 1);
      at = end + 1;
      const parts = /^([2-5][0-5]\d)(?:([- ])([\t\x20-\x7e]*))?\r\n$/.exec(line);
      if (parts === null || line.length > REPLY_LINE_OCTETS_MAX)
        throw new Error(`not a reply: ${JSON.stringify(line)}`);
      const [, code = '', mark = ' ', text = ''] = parts;
      lines.push(text);
      if (mark === '-') continue;
      const wire = this.#heard.slice(0, at);
      if (wire.split('\r\n').some((each) => each !== '' && !each.startsWith(code)))
        throw new Error(`the lines of a reply have different codes: ${JSON.stringify(wire)}`);
      this.#heard = this.#heard.slice(at);
      return {
        code,
        status: /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(lines[0] ?? '')?.[1] ?? null,
        lines,
        wire,
      };
    }
  }
}

/** As mail data: RFC 5321 §4.5.2, with the final dot. */
export function dotStuffed(text: Uint8Array): Buffer {
  const plain = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
  const stuffed = (plain.startsWith('.') ? '.' : '') + plain.replaceAll('\r\n.', '\r\n..');
  return Buffer.from(stuffed.endsWith('\r\n') ? `${stuffed}.\r\n` : `${stuffed}\r\n.\r\n`, 'latin1');
}

export function expectCode(heard: HeardReply, code: string): void {
  if (heard.code !== code) throw new Error(`expected ${code}, heard ${heard.wire.trimEnd()}`);
}

/** `550 5.1.1`, as the tables of attacks and decisions write it. */
export function codes(heard: HeardReply): string {
  return heard.status === null ? heard.code : `${heard.code} ${heard.status}`;
}
