/**
 * One mail transaction from the client's side: RFC 5321 §3.3, pipelined as far as the peer allows (RFC 2920), with DATA or BDAT (RFC 3030),
 * and LMTP's reply for each recipient (RFC 2033 §4.2). It says which lines to send and which reply belongs to which; it waits for nothing.
 */
import type { HeardReply } from '../replies/heard-reply.ts';
import { type CommandLine, plainLine } from './client-command.ts';
import { isPositive } from './client-session.ts';

export interface TransactionPlan {
  readonly mail: CommandLine;
  readonly recipients: readonly CommandLine[];
  /** What begins the transfer: DATA, or the one BDAT of all. */
  readonly transfer: { readonly type: 'data' } | { readonly type: 'chunk'; readonly line: CommandLine };
  /** The chunk may go out before the recipients are answered: it is small, and may be wasted. */
  readonly chunkIsSmall: boolean;
  readonly pipelining: boolean;
  readonly protocol: 'smtp' | 'lmtp';
  /** A transaction before this one was left open. */
  readonly reset: boolean;
}

/** What the driver does next. */
export type TransactionWant =
  | { readonly type: 'reply' }
  /** The mail data with their end; then the replies. */
  | { readonly type: 'data' }
  /** A dot alone: nobody was accepted, but the peer waits for data all the same (RFC 2920 §3.1). */
  | { readonly type: 'empty-data' }
  | { readonly type: 'over' };

export type TransactionPhase = 'mail' | 'rcpt' | 'data' | 'end-of-data';

export type RecipientAnswer =
  | { readonly type: 'accepted'; readonly reply: HeardReply }
  | {
      readonly type: 'refused';
      readonly phase: TransactionPhase;
      readonly reply: HeardReply;
      /** RCPTs of this transaction that were accepted before this one. */
      readonly acceptedBefore: number;
    }
  /** The peer never said. */
  | { readonly type: 'open' };

const DATA = plainLine('DATA');
const RSET = plainLine('RSET');

/** Commands and octets without a reply, so that both sides never wait for each other with full buffers. */
const UNANSWERED_COMMANDS_MAX = 1000;
const UNANSWERED_OCTETS_MAX = 64 * 1024;

export class ClientTransaction {
  readonly #plan: TransactionPlan;
  readonly #lines: readonly CommandLine[];
  /** RSET, when there is one, and MAIL. */
  readonly #before: number;
  #sent = 0;
  #heard = 0;
  #unansweredOctets = 0;
  #mailReply: HeardReply | null = null;
  readonly #answers: (RecipientAnswer | undefined)[];
  readonly #accepted: number[] = [];
  #ended = false;
  #endAnswers = 0;
  #waitsForData: TransactionWant | null = null;
  #over = false;
  #usable = true;
  #leftOpen = false;

  constructor(plan: TransactionPlan) {
    this.#plan = plan;
    const end = plan.transfer.type === 'data' ? DATA : plan.transfer.line;
    this.#lines = [...(plan.reset ? [RSET] : []), plan.mail, ...plan.recipients, end];
    this.#before = plan.reset ? 2 : 1;
    this.#answers = plan.recipients.map(() => undefined);
  }

  /** The lines that may be sent now. The chunk follows its line at once. */
  takeLines(): { readonly lines: readonly CommandLine[]; readonly withChunk: boolean } {
    const lines: CommandLine[] = [];
    while (this.#maySend()) {
      const line = this.#lines[this.#sent] ?? RSET;
      this.#sent++;
      this.#unansweredOctets += line.length;
      lines.push(line);
    }
    const withChunk =
      lines.length > 0 && this.#sent === this.#lines.length && this.#plan.transfer.type === 'chunk';
    return { lines, withChunk };
  }

  get want(): TransactionWant {
    if (this.#over) return { type: 'over' };
    return this.#waitsForData ?? { type: 'reply' };
  }

  /** The data went out with their end, or the chunk did. */
  dataSent(): void {
    const empty = this.#waitsForData?.type === 'empty-data';
    this.#waitsForData = null;
    this.#ended = !empty;
    // LMTP answers for each accepted recipient, and here is none.
    if (empty && this.#plan.protocol === 'lmtp') this.#over = true;
  }

  /** Replies that are owed for what was sent last: the end of the data has more than one in LMTP. */
  get repliesToEnd(): number {
    return this.#plan.protocol === 'lmtp' ? this.#accepted.length : 1;
  }

  /** Whose reply is waited for. Until the data have been sent this is of DATA. */
  get phase(): TransactionPhase {
    if (this.#ended) return 'end-of-data';
    return this.#waitsForData === null ? this.#phaseOf(this.#heard) : 'data';
  }

  /** The peer has everything: if it falls silent now, nobody knows what it did. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The connection is fit for another transaction. */
  get usable(): boolean {
    return this.#usable;
  }

  /** The next transaction is to begin with RSET. */
  get leftOpen(): boolean {
    return this.#leftOpen;
  }

  get acceptedCount(): number {
    return this.#accepted.length;
  }

  answerOf(index: number): RecipientAnswer {
    return this.#answers[index] ?? { type: 'open' };
  }

  hear(reply: HeardReply): void {
    const index = this.#heard++;
    this.#unansweredOctets -= this.#lines[index]?.length ?? 0;
    const phase = this.#phaseOf(index);
    if (reply.code === '421' || (phase !== 'end-of-data' && !isSense(reply, phase)))
      this.#lastWords(reply, phase);
    else if (index < this.#before) this.#hearMail(index, reply);
    else if (index < this.#lines.length - 1) this.#hearRecipient(index - this.#before, reply);
    else if (index === this.#lines.length - 1 && this.#plan.transfer.type === 'data') this.#hearData(reply);
    else this.#hearEnd(reply);
    this.#settle();
  }

  #maySend(): boolean {
    if (this.#over || this.#sent >= this.#lines.length || !this.#usable) return false;
    const unanswered = this.#sent - this.#heard;
    if (this.#mailRefused()) return false;
    if (!this.#plan.pipelining && unanswered > 0) return false;
    if (unanswered >= UNANSWERED_COMMANDS_MAX || this.#unansweredOctets > UNANSWERED_OCTETS_MAX) return false;
    if (this.#sent < this.#lines.length - 1) return true;
    // The transfer: not when all have been refused, and a big chunk only when somebody has been accepted.
    if (this.#allRefused()) return false;
    return this.#plan.transfer.type === 'data' || this.#plan.chunkIsSmall || unanswered === 0;
  }

  #mailRefused(): boolean {
    return this.#mailReply !== null && !isPositive(this.#mailReply);
  }

  #allRefused(): boolean {
    return this.#accepted.length === 0 && this.#heard >= this.#lines.length - 1;
  }

  #hearMail(index: number, reply: HeardReply): void {
    if (index < this.#before - 1) {
      if (isPositive(reply)) return;
      this.#lastWords(reply, 'mail');
      return;
    }
    this.#mailReply = reply;
    if (!isPositive(reply)) this.#refuseAll(reply, 'mail');
  }

  #hearRecipient(recipient: number, reply: HeardReply): void {
    if (this.#mailRefused()) return;
    if (isPositive(reply)) {
      this.#accepted.push(recipient);
      return;
    }
    const acceptedBefore = this.#accepted.length;
    this.#answers[recipient] = { type: 'refused', phase: 'rcpt', reply, acceptedBefore };
  }

  #hearData(reply: HeardReply): void {
    if (reply.code === '354' && this.#mailRefused()) {
      // It takes data for a transaction that it refused to begin: better not to end them.
      this.#usable = false;
      this.#over = true;
      return;
    }
    if (reply.code === '354') {
      this.#waitsForData = { type: this.#accepted.length > 0 ? 'data' : 'empty-data' };
      return;
    }
    this.#leftOpen = true;
    this.#refuseAccepted(reply, 'data');
    this.#over = true;
  }

  #hearEnd(reply: HeardReply): void {
    const answer: RecipientAnswer = isPositive(reply)
      ? { type: 'accepted', reply }
      : { type: 'refused', phase: 'end-of-data', reply, acceptedBefore: 0 };
    if (!isPositive(reply) && !isRefusal(reply)) this.#usable = false;
    // RFC 3030 §2: after a BDAT that failed only RSET leads on.
    if (this.#plan.transfer.type === 'chunk' && !isPositive(reply)) this.#leftOpen = true;
    if (this.#plan.protocol === 'lmtp') {
      const recipient = this.#accepted[this.#endAnswers++];
      if (recipient !== undefined) this.#answers[recipient] = answer;
      if (this.#endAnswers >= this.#accepted.length) this.#over = true;
      return;
    }
    for (const recipient of this.#accepted) this.#answers[recipient] = answer;
    this.#over = true;
  }

  /** 421, or what cannot stand there: after this nothing the peer says can be trusted to mean what it says. */
  #lastWords(reply: HeardReply, phase: TransactionPhase): void {
    this.#usable = false;
    this.#refuseAll(reply, phase);
    this.#over = true;
  }

  /** Is there still anything to come? */
  #settle(): void {
    if (this.#over || this.#waitsForData !== null || this.#ended) return;
    if (this.#heard < this.#sent) return;
    if (!this.#mailRefused() && !this.#allRefused() && this.#usable) return;
    this.#over = true;
    this.#leftOpen = !this.#mailRefused();
  }

  #refuseAll(reply: HeardReply, phase: TransactionPhase): void {
    for (let i = 0; i < this.#answers.length; i++)
      this.#answers[i] ??= { type: 'refused', phase, reply, acceptedBefore: 0 };
  }

  #refuseAccepted(reply: HeardReply, phase: TransactionPhase): void {
    for (const recipient of this.#accepted)
      this.#answers[recipient] ??= { type: 'refused', phase, reply, acceptedBefore: 0 };
  }

  #phaseOf(index: number): TransactionPhase {
    if (index < this.#before) return 'mail';
    if (index < this.#lines.length - 1) return 'rcpt';
    return index === this.#lines.length - 1 && this.#plan.transfer.type === 'data' ? 'data' : 'end-of-data';
  }
}

/** A reply that may stand there: RFC 5321 §4.3.2. A peer that says 250 to DATA waits for data, or does not: nobody knows. */
function isSense(reply: HeardReply, phase: TransactionPhase): boolean {
  return isRefusal(reply) || (phase === 'data' ? reply.code === '354' : isPositive(reply));
}

function isRefusal({ code }: HeardReply): boolean {
  return code?.startsWith('4') === true || code?.startsWith('5') === true;
}
