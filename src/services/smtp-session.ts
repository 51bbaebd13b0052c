/**
 * Carries one SMTP or LMTP session between a peer and the session machine. All the waiting of a session is here: the machine
 * says what is to be done, this does it, in order, and tells it what came of it.
 */
import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { referring, reply, type Reply } from '../replies/register.ts';
import type { AuthOutcome } from '../smtp/auth-exchange.ts';
import { parseAuthLine } from '../smtp/auth-line.ts';
import type { MailParameters, RecipientParameters } from '../smtp/command.ts';
import { help } from '../smtp/help.ts';
import { type Line, LineReceiver } from '../smtp/line-receiver.ts';
import { parseCommand, tooLong } from '../smtp/parse-command.ts';
import {
  begun,
  type Effect,
  greetingOf,
  type Input,
  type Session,
  speaksEsmtp,
  type Step,
  step,
} from '../smtp/server-session.ts';
import { Conduct } from './conduct.ts';
import { helpFacts } from './help-facts.ts';
import { type Incoming, isWhole, takeIncoming } from './incoming.ts';
import type { LoginCarrier } from './login-carrier.ts';
import { type ClientFacts, type Login, MailTransaction } from './mail-transaction.ts';
import type { Peer } from './peer.ts';
import { TLS_HANDSHAKE } from './peer-tls.ts';
import type { ServerContext } from './server-context.ts';
import { SessionDeadline } from './session-deadline.ts';
import { loginsOf, securityAtFirst } from './session-security.ts';
import type { Watched } from './session-watch.ts';
import { upgrade, type UpgradeOutcome } from './tls-upgrade.ts';

const SLOW_DOWN_MS = 1000;
/** Octets of one command line that are dropped in the hope of its end. */
const LINE_SWALLOWED_MAX = 1024 * 1024;
/** After these the connection closes: what the peer sends cannot be trusted to mean what it says. */
const LAST_WORDS = new Set([
  'bare-line-end',
  'talked-too-early',
  'spoke-before-greeting',
  'spoke-behind-starttls',
  'not-http',
  'proxy-denied',
]);

export class SmtpSession implements Watched {
  readonly #peer: Peer;
  readonly #address: string;
  readonly #context: ServerContext;
  readonly #conduct: Conduct;
  readonly #lines = new LineReceiver(decodeLatin1);
  readonly #deadline: SessionDeadline;
  #logins: LoginCarrier;
  #session: Session;
  #transaction: MailTransaction | null = null;
  #incoming: Incoming | null = null;
  /** Octets behind the command that is being obeyed, in the same chunk. */
  #ahead = 0;
  /** What comes of the mail object is decided now, and nowhere else. */
  #keeping = false;
  /** TLS is beginning: neither side may say a word before it has begun. */
  #encrypting = false;
  #over = false;

  constructor(peer: Peer, address: string, context: ServerContext) {
    this.#peer = peer;
    this.#address = address;
    this.#context = context;
    this.#conduct = new Conduct(context.conduct);
    this.#deadline = new SessionDeadline(context.watch, context.limits);
    this.#logins = loginsOf(peer, address, context);
    this.#session = begun(securityAtFirst(peer, address, context));
  }

  /** From the greeting to the end. Whatever a transaction held is given back when this settles. */
  async carry(): Promise<void> {
    try {
      await this.#greet();
      while (!this.#over) {
        const chunk = await this.#peer.read();
        if (chunk === null) break;
        if (chunk[0] === TLS_HANDSHAKE && this.#session.state === 'greeted')
          await this.#say(reply('not-http'));
        else await this.#consume(chunk);
        const waiting = this.#flush();
        if (waiting !== undefined) await waiting;
      }
    } finally {
      this.#abandon();
      this.#logins.end();
      this.#finish();
    }
  }

  /** Nothing is under way that would be lost: the peer is between transactions. */
  get idle(): boolean {
    return this.#transaction === null;
  }

  /** When it last said something that counted, in ticks. */
  get idleSince(): number {
    return this.#deadline.idleSince;
  }

  get deadline(): number {
    return this.#deadline.at;
  }

  /** Its time is over. */
  cut(): void {
    if (this.#over) return this.#peer.destroy();
    const { host } = this.#context.profile;
    if (this.#incoming === null) {
      this.#close(reply(this.#deadline.sessionIsOver ? 'session-too-long' : 'timed-out', { host }));
    } else if (
      this.#incoming.type !== 'swallow' &&
      this.#deadline.movedEnough(this.#transaction?.octets ?? 0)
    ) {
      this.#rearm();
    } else {
      this.#close(reply('too-slow', { host }));
    }
  }

  /** The server is going down: now if idle, after the transaction otherwise. */
  shutDown(): void {
    if (this.idle && !this.#over) this.#close(reply('shutting-down', { host: this.#context.profile.host }));
  }

  /** The grace is over, too. Only a mail object that is being kept now is still answered, for it would come twice. */
  cutShort(): void {
    if (!this.#keeping) this.#close(reply('shutting-down', { host: this.#context.profile.host }));
  }

  /** The program is wrong: this session ends, the others go on. */
  fail(): void {
    this.#over = false;
    this.#close(reply('session-failed'));
  }

  /** Ends the session with this reply, whatever it is doing. */
  #close(last: Reply): void {
    if (this.#over) return;
    if (this.#encrypting) return this.#vanish();
    this.#context.tally.said(last);
    this.#peer.say(this.#inFull(last));
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline.forGoing();
    this.#peer.end();
  }

  /** There is no language left in which something could be said. */
  #vanish(): void {
    this.#over = true;
    this.#peer.destroy();
  }

  async #greet(): Promise<void> {
    this.#rearm();
    // A peer that talks first gets its chance to show it: reading begins in the turn of the loop after this one.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    if (this.#peer.hasUnread) return this.#say(reply('spoke-before-greeting'));
    await this.#say(greetingOf(this.#context.profile));
    await this.#flush();
  }

  /** A promise only when there is something to wait for: most of what a peer says is obeyed in the turn in which it comes. */
  #consume(chunk: Buffer): Awaitable<void> {
    const { at, waiting } = this.#obey(chunk, 0);
    // What waits is copied: the socket reads the next octets into the same memory.
    if (waiting !== undefined) return this.#consumeLater(Buffer.from(chunk.subarray(at)), waiting);
  }

  async #consumeLater(rest: Buffer, until: Promise<void>): Promise<void> {
    await until;
    for (let from = 0; from < rest.length && !this.#over;) {
      const { at, waiting } = this.#obey(rest, from);
      from = at;
      if (waiting !== undefined) await waiting;
    }
  }

  /** Goes through `chunk` as far as it can without waiting; says how far that was. */
  #obey(chunk: Buffer, from: number): { readonly at: number; readonly waiting: Promise<void> | undefined } {
    let at = from;
    while (at < chunk.length && !this.#over) {
      let done: Awaitable<void>;
      if (this.#incoming !== null) {
        const incoming = this.#incoming;
        at += takeIncoming(incoming, at === 0 ? chunk : chunk.subarray(at));
        done = this.#receive(incoming);
      } else {
        const taken = this.#lines.take(chunk, at);
        if (taken === null) {
          if (this.#lines.pending > LINE_SWALLOWED_MAX)
            this.#close(reply(this.#authenticating ? 'auth-line-too-long' : 'line-too-long'));
          break;
        }
        at = taken.next;
        this.#ahead = chunk.length - at;
        done = this.#hear(taken);
      }
      if (done !== undefined) return { at, waiting: done.then(() => this.#obeyed()) };
      const waiting = this.#obeyed();
      if (waiting !== undefined) return { at, waiting };
    }
    return { at: chunk.length, waiting: undefined };
  }

  /** After each command, and after each piece of mail data. */
  #obeyed(): Promise<void> | undefined {
    if (this.#context.closing) this.shutDown();
    return this.#peer.mustFlush ? this.#flush() : undefined;
  }

  #hear({ line, fault }: Line): Awaitable<void> {
    if (fault === 'bare-line-end') return this.#say(reply(fault));
    if (this.#authenticating) {
      const unusable = { type: 'unusable', reply: 'auth-line-too-long' } as const;
      this.#rearm();
      return this.#tell({ type: 'auth-heard', said: fault === null ? parseAuthLine(line) : unusable });
    }
    if (fault !== null) return this.#say(tooLong(line));
    this.#rearm();
    const command = parseCommand(line, speaksEsmtp(this.#session), this.#context.profile);
    return 'wire' in command ? this.#say(command) : this.#tell({ type: 'command', command });
  }

  #tell(input: Input): Awaitable<void> {
    const taken = step(this.#session, input, this.#context.profile);
    this.#session = taken[0];
    return this.#performFrom(taken, 1);
  }

  /** The effects of a step, one after another. */
  #performFrom(taken: Step, first: number): Awaitable<void> {
    for (let i = first; i < taken.length && !this.#over; i++) {
      const waiting = this.#perform(taken[i] as Effect); // only the first is the next session
      if (waiting !== undefined) return waiting.then(() => this.#performFrom(taken, i + 1));
    }
  }

  #perform(effect: Effect): Awaitable<void> {
    switch (effect.type) {
      case 'reply':
        return this.#say(effect.reply);
      case 'judge-mail':
        return this.#judgeMail(effect);
      case 'judge-recipient':
        return this.#judgeRecipient(effect);
      case 'open-mail-data':
        return this.#openMailData();
      case 'receive-chunk':
        return this.#openChunk(effect);
      case 'swallow-chunk':
        return this.#await({ type: 'swallow', answer: effect.reply, remaining: effect.size });
      case 'end-transaction':
        return this.#abandon();
      case 'help': {
        const facts = helpFacts(this.#context, this.#peer.tls?.protocol ?? null);
        return this.#say(help(effect.topic, this.#session, this.#context.profile, facts));
      }
      case 'start-tls':
        return this.#startTls();
      case 'auth-begin':
        return this.#judgeLogin(this.#logins.begin(effect.mechanism, effect.initial));
      case 'auth-answer':
        return this.#judgeLogin(this.#logins.answer(effect.octets));
      case 'auth-end':
        return this.#logins.end();
      case 'close':
        return this.#finish();
    }
  }

  #startTls(): Awaitable<void> {
    const { tls, tally } = this.#context;
    if (this.#spokeAhead) return this.#say(reply('spoke-behind-starttls'));
    if (tls === null) return this.#say(reply('tls-unavailable'));
    tally.said(reply('tls-go-ahead'));
    this.#deadline.forReplies(); // beyond them the handshake has limits of its own
    this.#encrypting = true;
    return upgrade(this.#peer, tls).then((outcome) => this.#upgraded(outcome));
  }

  #upgraded(outcome: UpgradeOutcome): Awaitable<void> {
    if (this.#over) return;
    if (outcome === 'failed') return this.#vanish();
    this.#encrypting = false;
    if (outcome === 'spoke') return this.#say(reply('spoke-behind-starttls'));
    this.#rearm();
    this.#logins = loginsOf(this.#peer, this.#address, this.#context);
    return this.#tell({ type: 'tls-started', mechanisms: this.#logins.mechanisms });
  }

  /** Something came behind the command that is being obeyed. */
  get #spokeAhead(): boolean {
    return this.#ahead > 0 || this.#peer.hasUnread;
  }

  #judgeLogin(waiting: Promise<AuthOutcome>): Promise<void> {
    return this.#whileBusy(waiting).then((outcome) => this.#tell({ type: 'auth-judged', outcome }));
  }

  get #authenticating(): boolean {
    return this.#session.state === 'auth';
  }

  #judgeMail({ mail }: { mail: MailParameters }): Awaitable<void> {
    const transaction = new MailTransaction(this.#context, this.#client(), mail);
    const judged = (refusal: Reply | null): Awaitable<void> => {
      this.#transaction = refusal === null ? transaction : null;
      return this.#tell({ type: 'mail-judged', mail, refusal });
    };
    const refusal = transaction.judgeMail();
    return refusal instanceof Promise ? refusal.then(judged) : judged(refusal);
  }

  #client(): ClientFacts {
    assert('client' in this.#session, `a client while ${this.#session.state}`);
    const { client, security } = this.#session;
    return {
      address: this.#address,
      name: client.name,
      esmtp: client.esmtp,
      tls: security.tls,
      login: security.login as Login | null, // put there by the authenticator, and by nobody else
    };
  }

  #judgeRecipient({ recipient }: { recipient: RecipientParameters }): Awaitable<void> {
    const judged = (refusal: Reply | null): Awaitable<void> =>
      this.#tell({ type: 'recipient-judged', recipient, refusal });
    const refusal = this.#open().judgeRecipient(recipient);
    return refusal instanceof Promise ? refusal.then(judged) : judged(refusal);
  }

  #openMailData(): Awaitable<void> {
    // RFC 2920 §3.1: DATA ends a group of commands. What stands behind it was not meant for us to read as mail data.
    if (this.#spokeAhead) return this.#say(reply('talked-too-early'));
    const opened = this.#open().open('data');
    if (opened.type === 'refused') {
      this.#transaction = null;
      return this.#tell({ type: 'mail-data-opened', refusal: opened.refusal });
    }
    this.#expect({ type: 'data', intake: opened.intake });
    return this.#tell({ type: 'mail-data-opened', refusal: null });
  }

  #openChunk(chunk: Extract<Effect, { type: 'receive-chunk' }>): Awaitable<void> {
    const { size, last } = chunk;
    const transaction = this.#open();
    const { messageSizeMax } = this.#context.profile;
    if (transaction.octets + size > 2 * messageSizeMax) {
      // More than we would ever swallow: say why, and go.
      return this.#close(reply('message-too-big', { limit: String(messageSizeMax) }));
    }
    const opened = chunk.first ? transaction.open('chunks') : transaction.opened();
    if (opened.type === 'refused') {
      const answer: Input = { type: 'chunk-received', size, refusal: opened.refusal };
      this.#transaction = null;
      return this.#await({ type: 'swallow', answer, remaining: size });
    }
    return this.#await({ type: 'chunk', intake: opened.intake, last, size, remaining: size });
  }

  /** From here on the octets that come are not commands. */
  #expect(incoming: Incoming): void {
    this.#incoming = incoming;
    this.#deadline.dataBegins();
    this.#rearm();
  }

  /** The same for octets that are counted. An empty chunk is over before it began. */
  #await(incoming: Exclude<Incoming, { type: 'data' }>): Awaitable<void> {
    this.#expect(incoming);
    if (incoming.remaining === 0) return this.#received(incoming);
  }

  /** Octets of it were taken. */
  #receive(incoming: Incoming): Awaitable<void> {
    const waiting = incoming.type === 'swallow' ? null : incoming.intake.flush();
    return waiting === null
      ? this.#heed(incoming)
      : this.#whileBusy(waiting).then(() => this.#heed(incoming));
  }

  #heed(incoming: Incoming): Awaitable<void> {
    const discards = incoming.type !== 'swallow' && incoming.intake.dropping;
    if (discards && (incoming.intake.wearing || this.#deadline.discardsTooLong()))
      return this.#close(reply('discard-limit'));
    if (isWhole(incoming)) return this.#received(incoming);
  }

  /** All octets that were announced have come. */
  #received(incoming: Incoming): Awaitable<void> {
    this.#incoming = null;
    this.#rearm();
    if (incoming.type === 'swallow')
      return 'wire' in incoming.answer ? this.#say(incoming.answer) : this.#tell(incoming.answer);
    if (incoming.type === 'data' || incoming.last) return this.#keep();
    const refusal = incoming.intake.verdict();
    if (refusal !== null) this.#abandon(refusal);
    return this.#tell({ type: 'chunk-received', size: incoming.size, refusal });
  }

  async #keep(): Promise<void> {
    const transaction = this.#open();
    const waiting = this.#flush(); // replies to what was pipelined before a chunk need not wait for the disk
    if (waiting !== undefined) await waiting;
    if (this.#over) return; // it was told why, and will send it again
    this.#keeping = true;
    const replies = await this.#whileBusy(transaction.keep());
    this.#keeping = false;
    this.#transaction = null;
    await this.#tell({ type: 'mail-data-kept', replies });
  }

  #say(said: Reply): Awaitable<void> {
    this.#context.tally.said(said);
    const consequence = this.#context.profile.protocol === 'lmtp' ? 'none' : this.#conduct.after(said);
    if (consequence === 'slow-down') return this.#pause().then(() => this.#speak(said));
    this.#speak(said);
    if (typeof consequence !== 'string') this.#close(consequence);
  }

  #speak(said: Reply): void {
    this.#peer.say(this.#inFull(said));
    if (LAST_WORDS.has(said.name) || said.code === '421') this.#finish();
  }

  #inFull(said: Reply): Reply {
    const site = this.#context.profile.refusalsReferTo;
    return site === null ? said : referring(said, site);
  }

  #flush(): Promise<void> | undefined {
    const waiting = this.#peer.flush();
    if (waiting === null) return undefined;
    this.#deadline.forReplies();
    return waiting.then(() => this.#rearm());
  }

  /** While we are the slow one, no deadline runs for the peer. */
  async #whileBusy<T>(waiting: Promise<T>): Promise<T> {
    this.#deadline.forUs();
    const result = await waiting;
    this.#rearm();
    return result;
  }

  /** Sets the deadline of what comes next: a command, or a window of mail data. */
  #rearm(): void {
    if (this.#over) return;
    if (this.#incoming === null) this.#deadline.forCommand();
    else this.#deadline.forData(this.#transaction?.octets ?? 0);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.clock.after(SLOW_DOWN_MS, resolve);
    });
  }

  #abandon(said: Reply | null = null): void {
    this.#transaction?.abandon(said);
    this.#transaction = null;
  }

  #open(): MailTransaction {
    assert(this.#transaction !== null, `no transaction while ${this.#session.state}`);
    return this.#transaction;
  }
}

function decodeLatin1(octets: Uint8Array, from: number, to: number): string {
  const bytes =
    octets instanceof Buffer ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  return bytes.toString('latin1', from, to);
}
