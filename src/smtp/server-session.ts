/**
 * The server's side of an SMTP or LMTP session: the order of commands of RFC 5321 §4.1.4 as one pure
 * function. It does no I/O and knows no clock. What it must learn from the world it asks for with
 * an effect, and it is told with an input.
 */
import { assert, Bug } from '../base/assert.ts';
import type { Language } from '../base/language.ts';
import { reply, replyLines, type PlainReply, type Reply } from '../replies/register.ts';
import { beginLogin, hearLogin, judgeLogin, type AuthOutcome } from './auth-exchange.ts';
import type { AuthLine } from './auth-line.ts';
import type { Command, MailParameters, RecipientParameters } from './command.ts';
import { announced } from './extensions.ts';
import type { Profile } from './profile.ts';
import { NO_SECURITY, type Security } from './security.ts';
import { outOfTurn } from './sequence.ts';

/** Who speaks, and how: `esmtp` after EHLO or LHLO. */
export interface Client {
  readonly name: string;
  readonly esmtp: boolean;
  /** What HELP speaks, as XLANG asked; a hello makes it English again. */
  readonly language: Language;
}

/** What a transaction has so far: RFC 5321 §3.3. */
export interface Transaction {
  readonly mail: MailParameters;
  readonly recipients: readonly RecipientParameters[];
}

/** What holds in every state of a session that goes on. */
interface Known {
  readonly security: Security;
}

// prettier-ignore
export type Session =
  | Known & { readonly state: 'greeted' }
  | Known & { readonly state: 'ready';       readonly client: Client; readonly transactions: number }
  /** Between AUTH and its last reply: each line is a response to a challenge, and none a command (RFC 4954 §4). */
  | Known & { readonly state: 'auth';        readonly client: Client; readonly transactions: number; readonly challenges: number }
  /** After MAIL. `octets` counts what BDAT brought so far; `null` before the first chunk. */
  | Known & { readonly state: 'transaction'; readonly client: Client; readonly transactions: number; readonly transaction: Transaction; readonly octets: number | null }
  /** Between 354 and the final dot (`octets` is null), or inside a chunk; `last` of the last chunk, and of DATA. */
  | Known & { readonly state: 'mail-data';   readonly client: Client; readonly transactions: number; readonly transaction: Transaction; readonly octets: number | null; readonly last: boolean }
  /** A chunk was refused: only RSET, EHLO and QUIT lead out (RFC 3030 §2); more BDAT gets 503 and its octets are swallowed. */
  | Known & { readonly state: 'refused';     readonly client: Client; readonly transactions: number }
  | { readonly state: 'closed' };

/** What the session hears. A refusal is the reply to give instead of the good one. */
export type Input =
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'mail-judged'; readonly mail: MailParameters; readonly refusal: Reply | null }
  | {
      readonly type: 'recipient-judged';
      readonly recipient: RecipientParameters;
      readonly refusal: Reply | null;
    }
  /** The answer to `open-mail-data`: 354 goes out, or the refusal and the transaction is over. */
  | { readonly type: 'mail-data-opened'; readonly refusal: Reply | null }
  /** A BDAT chunk without LAST is in, or was swallowed. */
  | { readonly type: 'chunk-received'; readonly size: number; readonly refusal: Reply | null }
  /** The mail data ended (final dot, or BDAT LAST): one reply in SMTP, one per recipient in LMTP (RFC 2033 §4.2). */
  | { readonly type: 'mail-data-kept'; readonly replies: readonly Reply[] }
  /** The answer to `start-tls`: the connection is encrypted, and this is what AUTH takes on it. */
  | { readonly type: 'tls-started'; readonly mechanisms: readonly string[] }
  /** A line that came while the state is `auth`. */
  | { readonly type: 'auth-heard'; readonly said: AuthLine }
  /** The answer to `auth-begin` and to `auth-answer`. */
  | { readonly type: 'auth-judged'; readonly outcome: AuthOutcome };

/** What it asks of the world, performed one after another. */
export type Effect =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'judge-mail'; readonly mail: MailParameters }
  | { readonly type: 'judge-recipient'; readonly recipient: RecipientParameters }
  /** Take the resources for the mail data of DATA; answered by `mail-data-opened`. Then the data comes, and `mail-data-kept`. */
  | { readonly type: 'open-mail-data' }
  /** `size` octets follow. `first`: take the resources first. Answered by `chunk-received`, or for the last by `mail-data-kept`. */
  | { readonly type: 'receive-chunk'; readonly size: number; readonly last: boolean; readonly first: boolean }
  /** Octets that must be read and dropped (a BDAT out of turn); then `reply` is said. */
  | { readonly type: 'swallow-chunk'; readonly size: number; readonly reply: Reply }
  /** The transaction ended without mail data: give back whatever it held. */
  | { readonly type: 'end-transaction' }
  /** Say what HELP says (`help()` in help.ts, with the facts only the driver knows). */
  | { readonly type: 'help'; readonly topic: string }
  /** Say 220 and begin TLS, unless something stands behind the command; answered by `tls-started`, or the connection ends. */
  | { readonly type: 'start-tls' }
  /** Ask who knows passwords; answered by `auth-judged`. */
  | { readonly type: 'auth-begin'; readonly mechanism: string; readonly initial: Uint8Array | null }
  | { readonly type: 'auth-answer'; readonly octets: Uint8Array }
  /** The exchange is over: forget what it held. */
  | { readonly type: 'auth-end' }
  | { readonly type: 'close' };

export type Step = readonly [next: Session, ...effects: Effect[]];

/** A session that has just begun. */
export function begun(security: Security = NO_SECURITY): Session {
  return { state: 'greeted', security };
}

export function greetingOf({ protocol, host }: Profile): Reply {
  return reply(protocol === 'lmtp' ? 'greeting-lmtp' : 'greeting', { host });
}

/** Whether parameters may be said. Before any hello the order is at fault, and not a parameter. */
export function speaksEsmtp(session: Session): boolean {
  return !('client' in session) || session.client.esmtp;
}

export function step(session: Session, input: Input, profile: Profile): Step {
  switch (input.type) {
    case 'command':
      return obey(session, input.command, profile);
    case 'mail-judged': {
      assert(session.state === 'ready', `mail judged while ${session.state}`);
      if (input.refusal !== null) return [session, { type: 'reply', reply: input.refusal }];
      const transaction = { mail: input.mail, recipients: [] };
      return [{ ...session, state: 'transaction', transaction, octets: null }, say('sender-ok')];
    }
    case 'recipient-judged': {
      assert(session.state === 'transaction', `recipient judged while ${session.state}`);
      if (input.refusal !== null) return [session, { type: 'reply', reply: input.refusal }];
      const { mail, recipients } = session.transaction;
      const transaction = { mail, recipients: [...recipients, input.recipient] };
      return [{ ...session, transaction }, say('recipient-ok')];
    }
    case 'mail-data-opened': {
      assert(session.state === 'transaction', `mail data opened while ${session.state}`);
      if (input.refusal === null)
        return [{ ...session, state: 'mail-data', last: true }, say('start-mail-data')];
      return [readyAfter(session), { type: 'end-transaction' }, { type: 'reply', reply: input.refusal }];
    }
    case 'chunk-received':
      assert(
        session.state === 'mail-data' && session.octets !== null,
        `chunk received while ${session.state}`,
      );
      return chunkReceived(session, session.octets, input, profile);
    case 'mail-data-kept':
      assert(session.state === 'mail-data' && session.last, `mail data kept while ${session.state}`);
      return [readyAfter(session), ...input.replies.map((said): Effect => ({ type: 'reply', reply: said }))];
    case 'tls-started':
      return encrypted(session, input.mechanisms);
    case 'auth-heard':
      return hearLogin(session, input.said);
    case 'auth-judged':
      return judgeLogin(session, input.outcome);
  }
}

type Going = Extract<Session, { readonly security: Security }>;
type InMailData = Extract<Session, { readonly state: 'mail-data' }>;
type ChunkReceived = Extract<Input, { readonly type: 'chunk-received' }>;

function chunkReceived(session: InMailData, before: number, input: ChunkReceived, profile: Profile): Step {
  const { security, client, transactions, transaction } = session;
  const { size, refusal } = input;
  if (refusal === null) {
    assert(!session.last, 'the last chunk was received, and not kept');
    const octetsNow = before + size;
    const next = {
      state: 'transaction',
      security,
      client,
      transactions,
      transaction,
      octets: octetsNow,
    } as const;
    const octets = String(size);
    return [next, { type: 'reply', reply: reply('chunk-received', { octets }) }];
  }
  if (!session.last) {
    const next = { state: 'refused', security, client, transactions } as const;
    return [next, { type: 'end-transaction' }, { type: 'reply', reply: refusal }];
  }
  // After LAST the transaction is over either way, and LMTP owes a reply to each recipient: RFC 2033 §4.2.
  const owed = profile.protocol === 'lmtp' ? transaction.recipients.length : 1;
  const replies = Array.from({ length: owed }, (): Effect => ({ type: 'reply', reply: refusal }));
  return [readyAfter(session), { type: 'end-transaction' }, ...replies];
}

function obey(session: Session, command: Command, profile: Profile): Step {
  if (session.state === 'closed' || session.state === 'mail-data' || session.state === 'auth') {
    throw new Bug(`${command.verb} while ${session.state}`);
  }
  const refusal = outOfTurn(command.verb, session, profile);
  if (refusal !== null) return refuse(session, command, refusal);
  switch (command.verb) {
    case 'EHLO':
    case 'LHLO':
      return greeted(session, { name: command.client, esmtp: true, language: 'en' }, [
        profile.host,
        ...announced(profile, session.security),
      ]);
    case 'HELO':
      return greeted(session, { name: command.client, esmtp: false, language: 'en' }, [profile.host]);
    case 'MAIL':
      return begin(session, command.mail, profile);
    case 'RCPT':
      return addRecipient(session, command);
    case 'DATA':
      return [session, { type: 'open-mail-data' }];
    case 'BDAT':
      return takeChunk(session, command);
    case 'RSET':
      return 'client' in session
        ? [readyAfter(session), ...ending(session), say('completed')]
        : [session, say('completed')];
    case 'NOOP':
      return [session, say('completed')];
    case 'VRFY':
    case 'EXPN': // Refused above, in every phase, as the table says.
      return [session, say('cannot-verify')];
    case 'HELP':
      return [session, { type: 'help', topic: command.topic }];
    case 'XLANG':
      assert('client' in session, 'XLANG before a hello');
      return [{ ...session, client: { ...session.client, language: command.language } }, say('completed')];
    case 'STARTTLS':
      return [session, { type: 'start-tls' }];
    case 'AUTH':
      assert(session.state === 'ready', `AUTH while ${session.state}`);
      return beginLogin(session, command);
    case 'QUIT':
      return [{ state: 'closed' }, ...ending(session), say('closing'), { type: 'close' }];
  }
}

/** A refusal leaves all as it was (RFC 5321 §4.1.4), but for the octets that a BDAT brings with it. */
function refuse(session: Session, command: Command, refusal: PlainReply): Step {
  const said = reply(refusal);
  if (command.verb === 'BDAT') return [session, { type: 'swallow-chunk', size: command.size, reply: said }];
  if (said.code !== '421') return [session, { type: 'reply', reply: said }];
  return [{ state: 'closed' }, { type: 'reply', reply: said }, { type: 'close' }];
}

/** Also drops a transaction: RFC 5321 §4.1.4. */
function greeted(session: Going, client: Client, lines: readonly string[]): Step {
  const transactions = 'transactions' in session ? session.transactions : 0;
  const next = { state: 'ready', security: session.security, client, transactions } as const;
  return [next, ...ending(session), { type: 'reply', reply: replyLines('hello', lines) }];
}

function begin(session: Session, parameters: MailParameters, profile: Profile): Step {
  assert(session.state === 'ready', `MAIL while ${session.state}`);
  // RFC 9422 §4.1 counts the refused ones too.
  const next = { ...session, transactions: session.transactions + 1 };
  const limit = profile.messageSizeMax;
  if (parameters.size !== null && parameters.size > limit) {
    return [next, { type: 'reply', reply: reply('message-too-big', { limit: String(limit) }) }];
  }
  return [next, { type: 'judge-mail', mail: parameters }];
}

function addRecipient(session: Session, command: Extract<Command, { readonly verb: 'RCPT' }>): Step {
  assert(session.state === 'transaction', `RCPT while ${session.state}`);
  if (command.utf8 && !session.transaction.mail.smtputf8) return [session, say('address-needs-smtputf8')];
  return [session, { type: 'judge-recipient', recipient: command.recipient }];
}

function takeChunk(session: Session, command: Extract<Command, { readonly verb: 'BDAT' }>): Step {
  assert(session.state === 'transaction', `BDAT while ${session.state}`);
  const { octets, ...kept } = session;
  const { size, last } = command;
  const next = { ...kept, state: 'mail-data', octets: octets ?? 0, last } as const;
  return [next, { type: 'receive-chunk', size, last, first: octets === null }];
}

/** RFC 3207 §4.2: what the client said in the clear is forgotten, whoever it was that said it. */
function encrypted(session: Session, mechanisms: readonly string[]): Step {
  assert(session.state === 'ready', `TLS began while ${session.state}`);
  return [{ state: 'greeted', security: { ...session.security, tls: true, login: null, mechanisms } }];
}

function ending(session: Session): readonly Effect[] {
  return session.state === 'transaction' ? [{ type: 'end-transaction' }] : [];
}

function readyAfter({
  security,
  client,
  transactions,
}: Extract<Session, { readonly client: Client }>): Session {
  return { state: 'ready', security, client, transactions };
}

function say(name: PlainReply): Effect {
  return { type: 'reply', reply: reply(name) };
}
