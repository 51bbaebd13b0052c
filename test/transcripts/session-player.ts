/** Plays a transcript against the session machine alone: no socket, no store, no clock. */
import assert from 'node:assert/strict';
import { REGISTER, reply, type PlainReply, type Reply, type ReplyName } from '../../src/replies/register.ts';
import type { LoginRefusal } from '../../src/smtp/auth-exchange.ts';
import { ChunkDataReceiver } from '../../src/smtp/chunk-data.ts';
import { help, type HelpFacts } from '../../src/smtp/help.ts';
import { parseAuthLine } from '../../src/smtp/auth-line.ts';
import { LineReceiver, type Line } from '../../src/smtp/line-receiver.ts';
import { MailDataReceiver } from '../../src/smtp/mail-data.ts';
import { parseCommand, tooLong } from '../../src/smtp/parse-command.ts';
import type { Profile } from '../../src/smtp/profile.ts';
import { NO_SECURITY } from '../../src/smtp/security.ts';
import {
  begun,
  greetingOf,
  speaksEsmtp,
  step,
  type Effect,
  type Input,
  type Session,
} from '../../src/smtp/server-session.ts';
import { octetsOfClient, parseTranscript, writeEntry, type Entry, type Transcript } from './transcript.ts';

/** The transcript as it really went: its `S:` lines are what was said. The client's octets come so many at once. */
export function played(text: string, atOnce: number): string {
  return new Player(parseTranscript(text), atOnce).play();
}

/** The stage of a transcript that sets nothing. */
export function profileOf(stage: ReadonlyMap<string, string>): Profile {
  const number = (name: string, otherwise: number): number => Number(stage.get(name) ?? otherwise);
  return {
    protocol: (stage.get('protocol') ?? 'smtp') as Profile['protocol'],
    tls: (stage.get('tls') ?? 'off') as Profile['tls'],
    auth: (stage.get('auth') ?? 'off') as Profile['auth'],
    host: 'foo.example',
    messageSizeMax: number('messageSizeMax', 26_214_400),
    recipientMax: number('recipientMax', 1000),
    recipientForbiddenAt: stage.has('recipientForbiddenAt') ? number('recipientForbiddenAt', 0) : null,
    mailMax: number('mailMax', 1000),
    help: {
      level: (stage.get('help') ?? 'full') as Profile['help']['level'],
      showVersion: false,
      version: '1.0.0',
      contact: 'postmaster@foo.example',
      referenceUrl: 'https://foo.example',
    },
    refusalsReferTo: null,
    timeouts: { command: 300, data: 180, session: 3600 },
  };
}

type Chunk = Extract<Effect, { type: 'receive-chunk' }>;

/** What the octets are that come next. */
type Expecting =
  | { readonly type: 'commands' }
  | { readonly type: 'data'; readonly receiver: MailDataReceiver }
  | { readonly type: 'chunk'; readonly chunk: Chunk; missing: number }
  | { readonly type: 'swallow'; readonly reply: Reply; missing: number };

/** After these a session closes: what the peer sends cannot be trusted to mean what it says. */
const LAST_WORDS: ReadonlySet<ReplyName> = new Set(['bare-line-end', 'not-http', 'spoke-behind-starttls']);

/** Before TLS, and after it: what a transcript's server takes. */
const MECHANISMS = ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'];
const ANN = { account: 1, address: 'ann@foo.example' };

const COMMANDS: Expecting = { type: 'commands' };

class Player {
  readonly #profile: Profile;
  readonly #facts: HelpFacts;
  readonly #atOnce: number;
  readonly #entries: Entry[];
  readonly #lines = new LineReceiver();
  readonly #written: string[] = [];
  #said: string[] = [];
  #session: Session;
  #expecting: Expecting = COMMANDS;
  #chunks: ChunkDataReceiver | null = null;
  #octets: Uint8Array = new Uint8Array(0);
  /** Octets behind the line that is being obeyed. */
  #ahead = 0;

  constructor({ stage, entries }: Transcript, atOnce: number) {
    this.#atOnce = atOnce;
    this.#profile = profileOf(stage);
    this.#entries = [...entries];
    const accepting = (stage.get('accepting') ?? 'mail') as HelpFacts['accepting'];
    this.#facts = { accepting, now: '2026-11-23T18:00:00Z', tls: null };
    this.#session = begun({
      ...NO_SECURITY,
      tls: this.#profile.tls === 'implicit',
      clearAuth: stage.get('network') === 'listed',
      mechanisms: this.#profile.auth === 'off' ? [] : MECHANISMS,
    });
  }

  play(): string {
    this.#say(greetingOf(this.#profile));
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
      if (entry.type === 'server') {
        this.#flush();
        continue;
      }
      if (entry.type === 'world') {
        assert.equal(this.#closed, true, `nobody asked the world: ${writeEntry(entry)}`);
        assert.equal(entry.event, 'closed');
      }
      this.#written.push(writeEntry(entry));
      if (entry.type === 'client') this.#hearAll(octetsOfClient(entry.text));
    }
    this.#flush();
    assert.deepEqual(this.#expecting, COMMANDS, 'the client stopped in the middle of mail data');
    return `${this.#written.join('\n')}\n`;
  }

  #hearAll(octets: Uint8Array): void {
    assert.equal(this.#closed, false, 'the session is closed');
    for (let at = 0; at < octets.length && !this.#closed; at += this.#atOnce) {
      this.#hear(octets.subarray(at, at + this.#atOnce));
    }
  }

  #hear(octets: Uint8Array): void {
    this.#octets = octets;
    while (this.#octets.length > 0 && !this.#closed) {
      const taken = this.#take();
      this.#octets = this.#octets.subarray(taken);
    }
  }

  /** Takes the first of the octets; returns how many. */
  #take(): number {
    const expecting = this.#expecting;
    switch (expecting.type) {
      case 'commands': {
        const line = this.#lines.take(this.#octets, 0);
        if (line === null) return this.#octets.length;
        this.#ahead = this.#octets.length - line.next;
        this.#hearLine(line);
        return line.next;
      }
      case 'data': {
        const taken = expecting.receiver.push(this.#octets, () => {});
        if (expecting.receiver.ended) this.#end(expecting.receiver);
        return taken;
      }
      case 'chunk':
      case 'swallow': {
        const taken = Math.min(expecting.missing, this.#octets.length);
        if (expecting.type === 'chunk') this.#chunks?.push(this.#octets.subarray(0, taken), () => {});
        expecting.missing -= taken;
        if (expecting.missing === 0) this.#endChunk(expecting);
        return taken;
      }
    }
  }

  #hearLine({ line, fault }: Line): void {
    if (fault === 'bare-line-end') return this.#say(reply(fault));
    if (this.#session.state === 'auth') {
      const unusable = { type: 'unusable', reply: 'auth-line-too-long' } as const;
      return this.#tell({ type: 'auth-heard', said: fault === null ? parseAuthLine(line) : unusable });
    }
    if (fault !== null) this.#say(tooLong(line));
    else this.#obey(line);
  }

  #obey(line: string): void {
    const command = parseCommand(line, speaksEsmtp(this.#session), this.#profile);
    if ('wire' in command) this.#say(command);
    else this.#tell({ type: 'command', command });
  }

  #tell(input: Input): void {
    const [next, ...effects] = step(this.#session, input, this.#profile);
    this.#session = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'reply':
        return this.#say(effect.reply);
      case 'judge-mail':
        return this.#tell({ type: 'mail-judged', mail: effect.mail, refusal: this.#refusal('mail refused') });
      case 'judge-recipient': {
        const refusal = this.#refusal('recipient refused');
        return this.#tell({ type: 'recipient-judged', recipient: effect.recipient, refusal });
      }
      case 'open-mail-data': {
        const refusal = this.#refusal('mail data refused');
        if (refusal === null) this.#expecting = { type: 'data', receiver: new MailDataReceiver() };
        return this.#tell({ type: 'mail-data-opened', refusal });
      }
      case 'receive-chunk':
        if (effect.first) this.#chunks = new ChunkDataReceiver({ binary: this.#isBinary });
        return this.#expectOctets({ type: 'chunk', chunk: effect, missing: effect.size });
      case 'swallow-chunk':
        return this.#expectOctets({ type: 'swallow', reply: effect.reply, missing: effect.size });
      case 'help':
        return this.#say(help(effect.topic, this.#session, this.#profile, this.#facts));
      case 'start-tls':
        return this.#startTls();
      case 'auth-begin':
      case 'auth-answer':
        return this.#judgeLogin();
      case 'auth-end':
      case 'end-transaction':
      case 'close':
        return;
    }
  }

  #startTls(): void {
    if (this.#ahead > 0) return this.#say(reply('spoke-behind-starttls'));
    const refusal = this.#refusal('tls refused');
    if (refusal !== null) return this.#say(refusal);
    this.#say(reply('tls-go-ahead'));
    assert.notEqual(this.#event('tls begins'), null, 'what becomes of STARTTLS?');
    this.#tell({ type: 'tls-started', mechanisms: MECHANISMS });
  }

  /** What the world says of a login: a challenge, in plain text; that it is right; or why not. */
  #judgeLogin(): void {
    const challenge = this.#event('challenge');
    if (challenge !== null)
      return this.#tell({
        type: 'auth-judged',
        outcome: { type: 'challenge', octets: new TextEncoder().encode(challenge) },
      });
    const refusal = this.#event('login refused');
    if (refusal !== null)
      return this.#tell({
        type: 'auth-judged',
        outcome: { type: 'refused', reply: refusal as LoginRefusal },
      });
    assert.notEqual(this.#event('login accepted'), null, 'what becomes of the login?');
    this.#tell({ type: 'auth-judged', outcome: { type: 'accepted', login: ANN } });
  }

  #expectOctets(expecting: Extract<Expecting, { missing: number }>): void {
    this.#expecting = expecting;
    if (expecting.missing === 0) this.#endChunk(expecting);
  }

  #endChunk(expecting: Extract<Expecting, { missing: number }>): void {
    this.#expecting = COMMANDS;
    if (expecting.type === 'swallow') return this.#say(expecting.reply);
    const { size, last } = expecting.chunk;
    const refusal = this.#refusal('chunk refused');
    if (refusal !== null || !last) return this.#tell({ type: 'chunk-received', size, refusal });
    this.#chunks?.finish();
    this.#end(this.#chunks ?? new ChunkDataReceiver());
  }

  /** All mail data is in. */
  #end({ bareLineEnd }: { readonly bareLineEnd: boolean }): void {
    this.#expecting = COMMANDS;
    const { protocol } = this.#profile;
    const count =
      this.#session.state === 'mail-data' && protocol === 'lmtp'
        ? this.#session.transaction.recipients.length
        : 1;
    const refusal = bareLineEnd ? reply('bare-line-end') : this.#refusal('not kept');
    const id = this.#event('kept as') ?? '1';
    const name = protocol === 'lmtp' ? 'message-delivered' : 'message-kept';
    const replies = Array.from({ length: count }, (_, n) => {
      return refusal ?? this.#refusal(`recipient ${n + 1} refused`) ?? reply(name, { id });
    });
    this.#tell({ type: 'mail-data-kept', replies });
  }

  #refusal(event: string): Reply | null {
    const name = this.#event(event);
    if (name === null) return null;
    assert.ok(name in REGISTER, `no reply is called ${name}`);
    return reply(name as PlainReply);
  }

  /** The detail of the world's event that comes next, if it is this one. */
  #event(event: string): string | null {
    const [next] = this.#entries;
    if (next?.type !== 'world' || next.event !== event) return null;
    this.#entries.shift();
    this.#written.push(writeEntry(next));
    return next.detail;
  }

  get #closed(): boolean {
    return this.#session.state === 'closed';
  }

  get #isBinary(): boolean {
    return this.#session.state === 'mail-data' && this.#session.transaction.mail.body === 'BINARYMIME';
  }

  #say(said: Reply): void {
    const text = Buffer.from(said.wire, 'latin1').toString('utf8'); // HELP may be in Japanese
    this.#said.push(...text.trimEnd().split('\r\n'));
    if (LAST_WORDS.has(said.name)) this.#session = { state: 'closed' };
  }

  #flush(): void {
    for (const text of this.#said) this.#written.push(writeEntry({ type: 'server', text }));
    this.#said = [];
  }
}
