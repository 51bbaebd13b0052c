/** The terminal of the demonstration: narration, dialogue, and the pauses between them. */
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { Language } from '../base/language.ts';
import { speaker } from '../cli/words.ts';
import type { Say } from '../cli/words.ts';
import { WORDS } from './demo-words.ts';

const ACT_PAUSE_MS = 500;
const BEAT_MS = 120;

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };
type Style = Parameters<typeof styleText>[0];

export class Stage {
  readonly language: Language;
  readonly say: Say<typeof WORDS>;
  /** The act that is being played, for who must tell where it went wrong. */
  act = 'start';
  #acts = 0;
  #afterBlank = true;
  readonly #out: Output;
  readonly #pauses: boolean;

  constructor(language: Language, out: Output, fast: boolean) {
    this.language = language;
    this.say = speaker(WORDS, language);
    this.#out = out;
    this.#pauses = !fast && out.isTTY === true;
  }

  async begin(title: string): Promise<void> {
    this.act = `${++this.#acts}. ${title}`;
    if (this.#pauses) await wait(ACT_PAUSE_MS);
    this.gap();
    this.line(this.#styled(['bold', 'cyan'], this.act));
    this.gap();
  }

  /** Time to read what is there. */
  async beat(): Promise<void> {
    if (this.#pauses) await wait(BEAT_MS);
  }

  tell(text: string): void {
    this.gap();
    for (const line of text.split('\n')) this.line(`   ${line}`);
    this.gap();
  }

  title(text: string): void {
    this.line(this.#styled('bold', text));
  }

  client(line: string): void {
    this.line(`   ${this.#styled('blue', 'C:')} ${line}`);
  }

  server(line: string): void {
    const severity = line.startsWith('4') || line.startsWith('5') ? 'yellow' : 'green';
    this.line(`   ${this.#styled(severity, 'S:')} ${this.#styled(severity, line)}`);
  }

  /** Said in place of what would be long. */
  aside(text: string): void {
    this.line(`      ${this.#styled('dim', text)}`);
  }

  command(text: string): void {
    this.line(`   ${this.#styled('bold', '$')} ${text}`);
  }

  printed(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.line(`   ${line}`.trimEnd());
  }

  proven(text: string): void {
    this.line(`   ${this.#styled('green', '✓')} ${text}`);
  }

  line(text: string): void {
    this.#out.write(`${text}\n`);
    this.#afterBlank = false;
  }

  /** A blank line, but not a second one. */
  gap(): void {
    if (!this.#afterBlank) this.line('');
    this.#afterBlank = true;
  }

  #styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out }); // plain off a terminal, and with NO_COLOR
  }
}
