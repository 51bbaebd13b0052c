/** Receiving servers of a simulated week, and the moods that real ones have. */
import type { SimEnd, SimService } from '../../src/world/sim/network.ts';
import type { SimRandom } from '../../src/world/sim/random.ts';

export const HOUR = 3_600_000;

/** What is so when a peer is asked. */
export interface Moment {
  /** Milliseconds since the week began. */
  readonly now: number;
  readonly random: SimRandom;
}

export interface TransactionFacts {
  readonly recipients: readonly string[];
  readonly text: string;
}

/** `undefined`: as usual. `null`: the connection breaks instead. */
type Mood = string | null | undefined;

export interface Temper {
  /** After EHLO. */
  readonly extensions?: readonly string[];
  greet?(moment: Moment): Mood;
  /** It never says anything. */
  isSilent?(moment: Moment): boolean;
  mail?(moment: Moment): Mood;
  rcpt?(recipient: string, accepted: number, moment: Moment): Mood;
  data?(moment: Moment): Mood;
  /** Instead of taking it. */
  refuse?(facts: TransactionFacts, moment: Moment): Mood;
  /** It has taken it, and breaks before it says so. */
  losesReply?(moment: Moment): boolean;
  /** For each reply. */
  readonly slowMs?: number;
}

export interface PeerWorld {
  readonly random: SimRandom;
  now(): number;
  after(ms: number, act: () => void): void;
  /** It is delivered; what the reply says. */
  take(facts: TransactionFacts): string;
}

const END_OF_DATA = '\r\n.\r\n';

/** One connection. */
export class PeerTalk implements SimService {
  readonly #end: SimEnd;
  readonly #temper: Temper;
  readonly #world: PeerWorld;
  #unread = '';
  #inData = false;
  #recipients: string[] = [];
  #hasMail = false;
  #over = false;

  constructor(end: SimEnd, temper: Temper, world: PeerWorld) {
    this.#end = end;
    this.#temper = temper;
    this.#world = world;
    if (temper.isSilent?.(this.#moment()) === true) this.#over = true;
    else this.#say(temper.greet?.(this.#moment()), '220 ready');
  }

  heard(octets: Uint8Array): void {
    this.#unread += Buffer.from(octets).toString('latin1');
    while (!this.#over && this.#step());
  }

  ended(): void {
    this.#over = true;
  }

  #moment(): Moment {
    return { now: this.#world.now(), random: this.#world.random };
  }

  /** False: more must come first. */
  #step(): boolean {
    const [mark, kept] = this.#inData ? [END_OF_DATA, 2] : ['\r\n', 0];
    const at = this.#unread.indexOf(mark);
    if (at < 0) return false;
    const text = this.#unread.slice(0, at + kept);
    this.#unread = this.#unread.slice(at + mark.length);
    if (this.#inData) this.#take(text.replaceAll('\r\n..', '\r\n.').replace(/^\./, ''));
    else this.#obey(text);
    return true;
  }

  #obey(line: string): void {
    const verb = line.split(' ', 1)[0]?.toUpperCase();
    if (verb === 'EHLO') this.#say(undefined, ['peer.example', ...(this.#temper.extensions ?? [])]);
    else if (verb === 'MAIL') this.#mail();
    else if (verb === 'RCPT') this.#recipient(/<([^>]*)>/.exec(line)?.[1] ?? '');
    else if (verb === 'DATA') this.#data();
    else if (verb === 'QUIT') {
      this.#end.write('221 2.0.0 bye\r\n');
      this.#end.end();
    } else {
      this.#forget();
      this.#say(undefined, '250 2.0.0 fine');
    }
  }

  #mail(): void {
    this.#forget();
    const mood = this.#temper.mail?.(this.#moment());
    this.#hasMail = mood === undefined;
    this.#say(mood, '250 2.1.0 fine');
  }

  #recipient(recipient: string): void {
    if (!this.#hasMail) return this.#say(undefined, '503 5.5.1 MAIL first');
    const mood = this.#temper.rcpt?.(recipient, this.#recipients.length, this.#moment());
    if (mood === undefined) this.#recipients.push(recipient);
    this.#say(mood, '250 2.1.5 fine');
  }

  #data(): void {
    if (this.#recipients.length === 0) return this.#say(undefined, '554 5.5.1 nobody to take it');
    const mood = this.#temper.data?.(this.#moment());
    this.#inData = mood === undefined;
    this.#say(mood, '354 go on');
  }

  #take(text: string): void {
    this.#inData = false;
    const facts = { recipients: this.#recipients, text };
    this.#forget();
    const mood = this.#temper.refuse?.(facts, this.#moment());
    if (mood !== undefined) return this.#say(mood, '');
    const reply = this.#world.take(facts);
    const loses = this.#temper.losesReply?.(this.#moment()) === true;
    this.#say(loses ? null : undefined, reply);
  }

  #forget(): void {
    this.#recipients = [];
    this.#hasMail = false;
  }

  #say(mood: Mood, usual: string | readonly string[]): void {
    const lines = typeof usual === 'string' ? [usual] : usual.map((line, i) => ehloLine(line, i, usual));
    const said = mood ?? lines.join('\r\n');
    const { slowMs = 0 } = this.#temper;
    const act = (): void => {
      if (mood === null) {
        this.#over = true;
        this.#end.reset();
        return;
      }
      this.#end.write(`${said}\r\n`);
      if (!said.startsWith('421')) return;
      this.#over = true;
      this.#end.end();
    };
    if (slowMs === 0) act();
    else this.#world.after(slowMs, act);
  }
}

function ehloLine(line: string, at: number, all: readonly string[]): string {
  return `250${at === all.length - 1 ? ' ' : '-'}${line}`;
}
