/**
 * A light SMTP client for what smtp-source does not tell: latencies, idle sessions, the first mail after
 * a start. It sends one command at a time, as smtp-source does.
 */
import { connect, type Socket } from 'node:net';
import { RECIPIENT, SENDER } from './load.ts';

const REPLY_MS = 120_000;
const BYTE_LF = 0x0a;
const BYTE_SPACE = 0x20;

export class Dialogue {
  readonly #socket: Socket;
  #heard: Buffer | null = null;
  #resolve: ((code: string) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;
  #failure: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.#hear(data));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the session')));
  }

  /** Connects, hears the greeting, says EHLO. */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<Dialogue> {
    const dialogue = new Dialogue(connect({ host: '127.0.0.1', port, localAddress }));
    await dialogue.hear('220');
    await dialogue.say('EHLO client.example\r\n', '250');
    return dialogue;
  }

  async say(text: string | Uint8Array, expected: string): Promise<void> {
    this.#socket.write(text);
    await this.hear(expected);
  }

  async hear(expected: string): Promise<void> {
    const code = await new Promise<string>((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (code !== expected) throw new Error(`${code} instead of ${expected}`);
  }

  /** Sends one message; returns the milliseconds from the final dot to its 250. */
  async mail(data: Uint8Array): Promise<number> {
    await this.say(`MAIL FROM:<${SENDER}>\r\n`, '250');
    await this.say(`RCPT TO:<${RECIPIENT}>\r\n`, '250');
    await this.say('DATA\r\n', '354');
    const start = performance.now();
    await this.say(data, '250');
    return performance.now() - start;
  }

  /** Gives up on a server that says nothing; costs a timer, so the many idle sessions do without. */
  impatient(): this {
    this.#socket.setTimeout(REPLY_MS, () => this.#socket.destroy(new Error('no reply')));
    return this;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A reply ends with the line whose fourth byte is a space: RFC 5321 §4.2.1. */
  #hear(data: Buffer): void {
    const heard = this.#heard === null ? data : Buffer.concat([this.#heard, data]);
    const lastLine = heard.lastIndexOf(BYTE_LF, -2) + 1;
    if (heard.at(-1) !== BYTE_LF || heard[lastLine + 3] !== BYTE_SPACE) {
      this.#heard = heard;
      return;
    }
    this.#heard = null;
    this.#resolve?.(heard.toString('latin1', lastLine, lastLine + 3));
    this.#resolve = null;
    this.#reject = null;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#reject?.(error);
    this.#resolve = null;
    this.#reject = null;
  }
}

/** A message of about this size, ready to be sent: lines of 78, and the final dot. */
export function mailData(bytes: number): Uint8Array {
  const fields = `From: <${SENDER}>\r\nTo: <${RECIPIENT}>\r\nSubject: bench\r\n\r\n`;
  const line = `${'X'.repeat(76)}\r\n`;
  return Buffer.from(`${fields}${line.repeat(Math.ceil(bytes / line.length))}.\r\n`, 'latin1');
}
