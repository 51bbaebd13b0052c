/** The client of the demonstration: one SMTP session over a real socket, shown line by line, each reply checked. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { aboutOctets } from '../base/quantity.ts';
import type { Stage } from './demo-stage.ts';
import { Surprise } from './demo-words.ts';

const REPLY_TIMEOUT_MS = 20_000;
const SHOWN_OCTETS_MAX = 1000;
const HELLO = 'EHLO client.example';
const REVERSE_PATH = 'noriko@client.example';

export interface DemoMail {
  readonly to: readonly string[];
  readonly text: Buffer;
}

/** `452 4.2.2`, and the lines of the reply. */
export interface Heard {
  readonly codes: string;
  readonly lines: readonly string[];
}

export class Dialogue implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #stage: Stage;
  #buffered = '';
  #ended = false;
  #wake: () => void = () => {};
  /** The last thing that was said, for who must tell where it went wrong. */
  #said = 'connect';
  #aloud = true;

  private constructor(socket: Socket, stage: Stage) {
    this.#socket = socket;
    this.#stage = stage;
    socket.on('data', (chunk: Buffer) => {
      this.#buffered += chunk.toString('latin1');
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('close', end);
    socket.on('error', end);
  }

  /** Greeted. */
  static async open(server: { readonly port: number }, stage: Stage): Promise<Dialogue> {
    const socket = connect({ host: '127.0.0.1', port: server.port, noDelay: true });
    await once(socket, 'connect');
    const dialogue = new Dialogue(socket, stage);
    await dialogue.hear('220');
    return dialogue;
  }

  /** The same, without being shown. */
  async quietly<T>(act: () => Promise<T>): Promise<T> {
    this.#aloud = false;
    try {
      return await act();
    } finally {
      this.#aloud = true;
    }
  }

  /** One command; its reply must begin with one of `expected`, such as `250` or `452 4.2.2`. */
  async say(line: string, ...expected: readonly string[]): Promise<Heard> {
    if (this.#aloud) this.#stage.client(line);
    this.#said = line;
    this.#socket.write(`${line}\r\n`);
    return this.hear(...expected);
  }

  hello(): Promise<Heard> {
    return this.say(HELLO, '250');
  }

  /** With what was shown before left out. */
  async helloAgain(): Promise<void> {
    const { lines } = await this.quietly(() => this.hello());
    const [first = '', ...others] = lines;
    this.#stage.client(HELLO);
    this.#stage.server(first);
    this.#stage.aside(this.#stage.say('asAbove', { count: others.length - 1 }));
    this.#stage.server(others.at(-1) ?? '');
    await this.#stage.beat();
  }

  mailFrom(text: Buffer, ...expected: readonly string[]): Promise<Heard> {
    return this.say(`MAIL FROM:<${REVERSE_PATH}> SIZE=${text.length}`, ...expected);
  }

  rcptTo(address: string, ...expected: readonly string[]): Promise<Heard> {
    return this.say(`RCPT TO:<${address}>`, ...expected);
  }

  /** DATA, and the mail data up to its final dot, which must be accepted. */
  async data(text: Buffer): Promise<void> {
    await this.say('DATA', '354');
    this.#said = '<CRLF>.<CRLF>';
    if (this.#aloud) this.#showText(text);
    this.#socket.write(dotStuffed(text));
    await this.hear('250 2.6.0');
  }

  /** A whole transaction that must succeed. */
  async send({ to, text }: DemoMail): Promise<void> {
    await this.mailFrom(text, '250 2.1.0');
    for (const address of to) await this.rcptTo(address, '250 2.1.5');
    await this.data(text);
  }

  async hear(...expected: readonly string[]): Promise<Heard> {
    const lines = await this.#reply();
    if (this.#aloud) {
      for (const line of lines) this.#stage.server(line);
      await this.#stage.beat();
    }
    const last = lines.at(-1) ?? '';
    const codes = /^\d{3}(?: [245]\.\d{1,3}\.\d{1,3})?(?= |$)/.exec(last)?.[0] ?? last;
    if (expected.some((each) => codes === each || codes.startsWith(`${each} `))) return { codes, lines };
    const blanks = { expected: expected.join(', '), after: this.#said, heard: lines.join(' | ') };
    throw new Surprise(this.#stage.say('otherReply', blanks));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  #showText(text: Buffer): void {
    if (text.length > SHOWN_OCTETS_MAX) {
      this.#stage.aside(this.#stage.say('mailDataHere', { octets: aboutOctets(text.length) }));
    } else {
      for (const line of text.toString('utf8').trimEnd().split('\r\n')) {
        this.#stage.client(line.startsWith('.') ? `.${line}` : line);
      }
    }
    this.#stage.client('.');
  }

  async #reply(): Promise<readonly string[]> {
    const blanks = { after: this.#said, seconds: REPLY_TIMEOUT_MS / 1000 };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, REPLY_TIMEOUT_MS);
    try {
      for (;;) {
        // RFC 5321 §4.2.1: the line without a hyphen after its code is the last one.
        const whole = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.#buffered)?.[0];
        if (whole !== undefined) {
          this.#buffered = this.#buffered.slice(whole.length);
          return whole.trimEnd().split('\r\n');
        }
        if (this.#ended) throw new Surprise(this.#stage.say('closed', blanks));
        if (late) throw new Surprise(this.#stage.say('silent', blanks));
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** RFC 5321 §4.5.2. The text ends with CRLF. */
function dotStuffed(text: Buffer): Buffer {
  const stuffed = text.toString('latin1').replaceAll(/^\./gm, '..');
  return Buffer.from(`${stuffed}.\r\n`, 'latin1');
}
