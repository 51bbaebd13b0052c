/**
 * One mail object on its way in: socket → parser → store, as views. It watches what can refuse the mail object while the
 * octets pass; once something did, the rest is read and dropped, for after 354 the final dot must be found before we answer.
 */
import { findMessageId } from '../message/message-id.ts';
import { HeaderScanner, TRACE_FIELDS_MAX } from '../message/header-scanner.ts';
import type { SubmissionHeader } from '../message/submission-header.ts';
import { judgeHold } from '../policy/admission.ts';
import { reply, type Reply } from '../replies/register.ts';
import { ChunkDataReceiver } from '../smtp/chunk-data.ts';
import { MailDataReceiver } from '../smtp/mail-data.ts';
import type { QuotaLease } from '../store/quota-ledger.ts';
import type { Hold } from '../store/space-ledger.ts';
import type { MailObjectWriter } from '../store/store.ts';
import { replyOfFailure } from './reply-of.ts';

export interface IntakeLimits {
  /** The fixed maximum of SIZE, octets. */
  readonly messageSizeMax: number;
  readonly lineLengthMax: number;
  readonly headerLengthMax: number;
  /** Bare LF ends a line: for local pipes only. */
  readonly lenient: boolean;
}

/** What the mail object takes while it comes. */
export interface Resources {
  readonly hold: Hold;
  readonly lease: QuotaLease;
  readonly writer: MailObjectWriter;
  /** What a user submits passes through it; `null`: mail comes as it is. */
  readonly submission: SubmissionHeader | null;
}

export class Intake {
  /** Octets of mail data so far, without what we put in front. */
  octets = 0;
  /** As it stands in the first piece, for the log. */
  messageId: string | null = null;
  readonly #limits: IntakeLimits;
  readonly #resources: Resources;
  readonly #receiver: MailDataReceiver | ChunkDataReceiver;
  readonly #header: HeaderScanner;
  readonly #sink: (text: Uint8Array) => void;
  readonly #write: (text: Uint8Array) => void;
  #refusal: Reply | null;

  constructor(
    kind: 'data' | 'chunks' | 'binary',
    limits: IntakeLimits,
    resources: Resources,
    refusal: Reply | null,
  ) {
    this.#limits = limits;
    this.#resources = resources;
    this.#receiver =
      kind === 'data'
        ? new MailDataReceiver({ lineLengthMax: limits.lineLengthMax, lenient: limits.lenient })
        : new ChunkDataReceiver({ lineLengthMax: limits.lineLengthMax, binary: kind === 'binary' });
    this.#header = new HeaderScanner(limits.headerLengthMax);
    this.#sink = (text) => this.#receive(text);
    this.#write = (text) => resources.writer.write(text);
    this.#refusal = refusal;
    if (refusal !== null) resources.writer.discard();
  }

  /** Takes what of `chunk` is mail data; returns how many octets that were. */
  push(chunk: Uint8Array): number {
    return this.#receiver.push(chunk, this.#sink);
  }

  /** The final dot was found. Chunks never end by themselves: their octets are counted. */
  get ended(): boolean {
    return this.#receiver instanceof MailDataReceiver && this.#receiver.ended;
  }

  /** No more will come. */
  finish(): void {
    if (this.#receiver instanceof ChunkDataReceiver) this.#receiver.finish();
    const { submission } = this.#resources;
    if (submission === null || this.#refusal !== null) return;
    submission.finish(this.#write);
    if (submission.fault !== null) this.#refuse(reply('header-malformed', { fault: submission.fault }));
  }

  /** A promise: wait, the disk is behind. */
  flush(): Promise<void> | null {
    if (this.#refusal !== null) return null;
    const { hold, writer } = this.#resources;
    hold.landed(writer.landed);
    return writer.flush();
  }

  /** Data is being dropped, `octets` of it beyond what may be: RFC 5321 asks for patience, not for endless patience. */
  get wearing(): boolean {
    return this.#refusal !== null && this.octets > 2 * this.#limits.messageSizeMax;
  }

  get dropping(): boolean {
    return this.#refusal !== null;
  }

  /** Why the mail object as a whole is refused, or null. The gravest reason goes first. */
  verdict(): Reply | null {
    if (this.#receiver.bareLineEnd) return reply('bare-line-end');
    if (this.#refusal !== null) return this.#refusal;
    if (this.#resources.writer.failure !== null) return replyOfFailure(this.#resources.writer.failure);
    if (this.#header.traceFields > TRACE_FIELDS_MAX) return reply('mail-loop');
    if (this.#receiver.lineTooLong) {
      return reply('text-line-too-long', { limit: String(this.#limits.lineLengthMax) });
    }
    return null;
  }

  #receive(text: Uint8Array): void {
    this.octets += text.length;
    if (this.#refusal !== null) return;
    const { hold, lease, writer, submission } = this.#resources;
    if (this.octets === text.length) this.messageId = findMessageId(text);
    if (!this.#header.ended) this.#header.push(text);
    if (this.octets > this.#limits.messageSizeMax) {
      this.#refuse(reply('message-too-big', { limit: String(this.#limits.messageSizeMax) }));
    } else if (this.#header.tooLong) {
      this.#refuse(reply('header-too-big', { limit: String(this.#limits.headerLengthMax) }));
    } else if (!hold.cover(this.octets)) {
      this.#refuse(reply(judgeHold(hold.refusal ?? 'storage-full')));
    } else if (writer.failure !== null) {
      this.#refuse(replyOfFailure(writer.failure));
    } else {
      lease.grow(this.octets);
      if (submission === null) writer.write(text);
      else this.#submit(submission, text);
    }
  }

  #submit(submission: SubmissionHeader, text: Uint8Array): void {
    submission.push(text, this.#write);
    if (submission.fault !== null) this.#refuse(reply('header-malformed', { fault: submission.fault }));
  }

  /** From here on octets are only counted: what was written is given up, and what was held is free for others. */
  #refuse(refusal: Reply): void {
    this.#refusal = refusal;
    this.#resources.writer.discard();
    this.#resources.hold.release();
    this.#resources.lease.release();
  }
}
