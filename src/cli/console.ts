/** What a command says and asks: tables for people, JSON for scripts, progress only on a terminal. */
import type { Language } from '../base/language.ts';

export type Cell = string | number;

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

export interface Progress {
  /** `done` of the whole so far. */
  to(done: number, text: string): void;
  end(text: string): void;
}

export interface Streams {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly in: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

export class Console {
  readonly language: Language;
  readonly #streams: Streams;
  readonly #json: () => boolean;

  constructor(language: Language, streams: Streams, json: () => boolean) {
    this.language = language;
    this.#streams = streams;
    this.#json = json;
  }

  get json(): boolean {
    return this.#json();
  }

  get onTerminal(): boolean {
    return this.#streams.out.isTTY === true;
  }

  /** The result: for scripts `value`, for people whatever `show` prints. */
  async result(value: unknown, show: () => void | Promise<void>): Promise<void> {
    if (this.json) this.line(JSON.stringify(value, null, this.onTerminal ? 2 : 0));
    else await show();
  }

  line(text: string): void {
    this.#streams.out.write(`${text}\n`);
  }

  /** News that is not the result. */
  note(text: string): void {
    this.#streams.err.write(`${text}\n`);
  }

  /** Waits when who reads is slower. */
  async bytes(
    text: AsyncIterable<Uint8Array>,
    transform: (chunk: Uint8Array) => Uint8Array | string,
  ): Promise<void> {
    for await (const chunk of text) {
      if (!this.#streams.out.write(transform(chunk))) {
        await new Promise<void>((resolve) => this.#streams.out.once('drain', () => resolve()));
      }
    }
  }

  async table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void> {
    const { default: Table } = await import('cli-table3');
    const table = new Table({
      head: columns.map(({ head }) => head),
      colAligns: columns.map(({ right }) => (right === true ? 'right' : 'left')),
      chars: NO_LINES,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    });
    table.push(...rows.map((row) => row.map((cell) => String(cell))));
    this.line(table.toString().replaceAll(/ +$/gm, ''));
  }

  /** Off a terminal nobody is asked, and nobody has said no. */
  async confirm(question: string): Promise<boolean> {
    if (!this.onTerminal || this.#streams.in.isTTY !== true || this.json) return true;
    const { confirm } = await import('@clack/prompts');
    const [active, inactive] = this.language === 'ja' ? ['はい', 'いいえ'] : ['Yes', 'No'];
    return (await confirm({ message: question, active, inactive, initialValue: false })) === true;
  }

  /** Whether there is somebody to ask. */
  get canAsk(): boolean {
    return this.#streams.in.isTTY === true && this.#streams.err.isTTY === true && !this.json;
  }

  /** Asks, and shows nothing of what is typed; `null`: they gave up. The question is no result: it goes beside it. */
  async secret(question: string): Promise<string | null> {
    const { password } = await import('@clack/prompts');
    const answer = await password({ message: question, mask: '', output: process.stderr });
    return typeof answer === 'string' ? answer : null;
  }

  /** Of standard input, without its end. */
  async firstLine(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let octets = 0;
    for await (const chunk of this.#streams.in) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      chunks.push(bytes);
      octets += bytes.length;
      if (bytes.includes(LF) || octets > LINE_OCTETS_MAX) break;
    }
    const [line = ''] = Buffer.concat(chunks).toString('utf8').split('\n');
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** On anything but a terminal it says nothing. `whole` is what the end is; unknown: 0. */
  async progress(text: string, whole: number): Promise<Progress> {
    if (this.#streams.err.isTTY !== true || !this.onTerminal || this.json) return SILENT;
    const { progress } = await import('@clack/prompts');
    const bar = progress({ max: 1000, style: 'block' });
    bar.start(text);
    let at = 0;
    return {
      to(done, news) {
        const next = whole === 0 ? 0 : Math.min(1000, Math.floor((done / whole) * 1000));
        bar.advance(Math.max(0, next - at), news);
        at = Math.max(at, next);
      },
      end: (news) => bar.stop(news),
    };
  }
}

const LF = 10;
const LINE_OCTETS_MAX = 64 * 1024;

const SILENT: Progress = { to: () => {}, end: () => {} };

// prettier-ignore
const NO_LINES = {
  'top': '', 'top-mid': '', 'top-left': '', 'top-right': '', 'bottom': '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  'left': '', 'left-mid': '', 'mid': '', 'mid-mid': '', 'right': '', 'right-mid': '', 'middle': '',
};
