/**
 * One mail transaction of one session: who it is for, what it holds of the disk and of quotas, and what becomes of it.
 * Whatever way it ends, nothing stays held.
 */
import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { writeDate } from '../message/date.ts';
import { SubmissionHeader } from '../message/submission-header.ts';
import { receivedField, returnPathField } from '../message/trace.ts';
import {
  judgeHold,
  judgeMail,
  judgeMembers,
  judgeRecipient,
  judgeSettlements,
  judgeSize,
  judgeSubmitted,
  type Lane,
} from '../policy/admission.ts';
import { judgeRoom, largestMessage, type RoomVerdict, type Settlement } from '../policy/quota.ts';
import { judgeRelay, type Origin, originOf } from '../policy/relay.ts';
import { reply, type Reply } from '../replies/register.ts';
import type { MailParameters, RecipientParameters } from '../smtp/command.ts';
import type { QuotaLease } from '../store/quota-ledger.ts';
import type { Hold } from '../store/space-ledger.ts';
import type { AccountId, Delivery, KeptEnvelope, MailObjectWriter, Target } from '../store/store.ts';
import { Intake } from './intake.ts';
import { addressOf, Recipients } from './recipients.ts';
import { replyOfFailure } from './reply-of.ts';
import { type Resolved, resolvePath } from './resolve-path.ts';
import type { ServerContext } from './server-context.ts';
import { Submitter } from './submitter.ts';
import { TransactionRecord } from './transaction-record.ts';

/** Who is speaking: the address of the connection, and what it said in its hello. */
export interface ClientFacts {
  readonly address: string;
  readonly name: string;
  readonly esmtp: boolean;
  readonly tls: boolean;
  /** Who is logged in; `null`: nobody. */
  readonly login: Login | null;
}

export interface Login {
  readonly account: AccountId;
  readonly address: string;
}

export type Opened =
  | { readonly type: 'open'; readonly intake: Intake }
  | { readonly type: 'refused'; readonly refusal: Reply };

interface Resources {
  readonly hold: Hold;
  readonly lease: QuotaLease;
  readonly writer: MailObjectWriter;
  readonly intake: Intake;
  readonly submission: SubmissionHeader | null;
}

const ENCODER = new TextEncoder();

export class MailTransaction {
  readonly #context: ServerContext;
  readonly #client: ClientFacts;
  readonly #mail: MailParameters;
  readonly #recipients = new Recipients();
  readonly #record: TransactionRecord;
  /** Who is logged in; `null`: nobody, as with all mail from other servers. */
  readonly #submitter: Submitter | null;
  /** RFC 6409: mail of a user, and not of a server. */
  readonly #submitting: boolean;
  #origin: Origin | null = null;
  #lane: Lane = 'ordinary';
  #resources: Resources | null = null;

  constructor(context: ServerContext, client: ClientFacts, mail: MailParameters) {
    this.#context = context;
    this.#client = client;
    this.#mail = mail;
    const { profile, clock } = context;
    this.#submitter = client.login === null ? null : new Submitter(context, client.login.account);
    this.#submitting = client.login !== null || profile.protocol === 'submission';
    this.#record = new TransactionRecord(
      { ...client, protocol: profile.protocol },
      mail.reversePath,
      clock.elapsed(),
    );
  }

  /** Octets of mail data received so far. */
  get octets(): number {
    return this.#resources?.intake.octets ?? 0;
  }

  /** MAIL: is there room for it at all, and may this sender send? Nothing is held yet. */
  judgeMail(): Awaitable<Reply | null> {
    const refused = (refusal: Reply | null): Reply | null => {
      if (refusal !== null) this.abandon(refusal);
      return refusal;
    };
    const refusal = this.#refusalOfSpace();
    if (refusal !== null || this.#submitter === null) return refused(refusal);
    const judged = this.#submitter.judgeSender(this.#mail.reversePath);
    return judged instanceof Promise ? judged.then(refused) : refused(judged);
  }

  #refusalOfSpace(): Reply | null {
    const { space, rules, profile, queue } = this.#context;
    const facts = {
      declared: this.#mail.size,
      source: this.#submitting ? 'submission' : 'mx',
      // Most of what users send goes out. On the other ports only that recipient is refused: mail for our own is still welcome.
      queueFull: profile.protocol === 'submission' && queue?.full === true,
    } as const;
    const verdict = judgeMail(space, facts, rules.space);
    if (verdict.name === 'message-too-big') return reply(verdict.name, { limit: String(verdict.limit) });
    if (verdict.name !== 'ok') return reply(verdict.name);
    this.#lane = verdict.lane;
    return null;
  }

  /** RCPT: who is that, and has every one of them room? */
  judgeRecipient(recipient: RecipientParameters): Awaitable<Reply | null> {
    const judged = (resolution: Resolved): Reply | null => {
      const refusal = this.#refusalOf(recipient, resolution);
      this.#record.recipient(recipient.forwardPath, refusal);
      return refusal;
    };
    const resolution = resolvePath(this.#context, recipient.forwardPath);
    return resolution instanceof Promise ? resolution.then(judged) : judged(resolution);
  }

  #refusalOf(recipient: RecipientParameters, resolution: Resolved): Reply | null {
    switch (resolution.type) {
      case 'unknown':
        return reply('cannot-check-mailbox');
      case 'no-such-domain':
        return this.#refusalOfRelay(recipient);
      case 'no-such-mailbox':
        return reply('no-such-mailbox');
      case 'disabled':
        return resolution.temporary ? reply('mailbox-disabled-now') : reply('mailbox-disabled');
      case 'deliver':
        return this.#refusalOfTargets(recipient, resolution.targets);
    }
  }

  /** A recipient elsewhere: its copy goes out, if this client may have that. */
  #refusalOfRelay(recipient: RecipientParameters): Reply | null {
    const { queue } = this.#context;
    const { forwardPath } = recipient;
    if (queue === null || forwardPath === 'postmaster') return reply('relaying-denied');
    const verdict = judgeRelay({
      origin: this.#cameBy(),
      domain: forwardPath.domain,
      queueFull: !queue.room(this.#recipients.queued + 1),
    });
    if (verdict !== 'queue') return reply(verdict);
    return this.#refusalOfVolume(false) ?? this.#add(recipient, []);
  }

  #refusalOfTargets(recipient: RecipientParameters, targets: readonly [Target, ...Target[]]): Reply | null {
    const { store, rules, clock } = this.#context;
    const volume = this.#refusalOfVolume(isPostmaster(recipient));
    if (volume !== null) return volume;
    if (rules.revealAtRcpt) {
      const [first, ...others] = targets;
      const judge = ({ account }: Target): RoomVerdict =>
        judgeRoom(store.quota.facts(account), this.#mail.size, clock.now(), rules.quota);
      const room = judgeMembers([judge(first), ...others.map(judge)]);
      const verdict = this.#submitting ? judgeSubmitted(room) : room;
      if (verdict !== 'ok') return replyOfRoom(verdict);
    }
    return this.#add(recipient, targets);
  }

  #refusalOfVolume(forPostmaster: boolean): Reply | null {
    const { space, rules } = this.#context;
    const volume = judgeRecipient(
      space,
      {
        lane: this.#lane,
        isPostmaster: forPostmaster,
        declared: this.#mail.size,
        recipients: this.#recipients.accepted.length,
      },
      rules.space,
    );
    return volume === 'ok' ? null : reply(volume);
  }

  #add(parameters: RecipientParameters, targets: readonly Target[]): Reply | null {
    const refusal = this.#submitter?.takeRecipient() ?? null;
    if (refusal === null) this.#recipients.add({ parameters, targets });
    return refusal;
  }

  #cameBy(): Origin {
    const { profile, relayNetworks } = this.#context;
    this.#origin ??= originOf({
      protocol: profile.protocol,
      loggedIn: this.#client.login !== null,
      listed: relayNetworks(this.#client.address),
    });
    return this.#origin;
  }

  /** DATA, or the first chunk: takes what the mail object needs, or says why not. */
  open(kind: 'data' | 'chunks'): Opened {
    const { space, store, rules, intake: limits, profile } = this.#context;
    const declared = this.#mail.size;
    const recipients = this.#recipients.accepted.length;
    const { login, address } = this.#client;
    const client = login === null ? address : `account ${login.account}`;
    const held = space.hold({ client, declared, recipients, lane: this.#lane });
    const refusal = typeof held === 'string' ? reply(judgeHold(held)) : null;
    if (refusal !== null && (rules.refuseAtData || kind === 'chunks')) {
      this.abandon(refusal);
      return { type: 'refused', refusal };
    }
    const hold = typeof held === 'string' ? NOTHING_HELD : held;
    const lease = store.quota.lease(this.#recipients.accounts, declared);
    const writer = store.begin();
    const form = kind === 'chunks' && this.#mail.body === 'BINARYMIME' ? 'binary' : kind;
    const submission = this.#submitting ? this.#submissionHeader(writer.id) : null;
    const intake = new Intake(form, limits, { hold, lease, writer, submission }, refusal);
    this.#resources = { hold, lease, writer, intake, submission };
    if (refusal === null) writer.write(ENCODER.encode(this.#trace(writer.id, profile.host)));
    return { type: 'open', intake };
  }

  /** What `open` opened. */
  opened(): Opened {
    assert(this.#resources !== null, 'mail data before it was opened');
    return { type: 'open', intake: this.#resources.intake };
  }

  /** The mail data is whole: keeps it, and says what became of it: one reply, or in LMTP one for each recipient. */
  async keep(): Promise<Reply[]> {
    assert(this.#resources !== null, 'mail data ended before it was opened');
    const { intake, writer, submission } = this.#resources;
    intake.finish();
    try {
      let refusal = intake.verdict() ?? this.#refusalOfSize();
      if (refusal === null && submission !== null)
        refusal = (await this.#submitter?.judgeAuthors(submission)) ?? null;
      const replies = refusal === null ? await this.#settle(this.#resources) : this.#toAll(refusal);
      const kept = replies.find((each) => each.code.startsWith('2')) ?? replies[0] ?? null;
      this.#written(kept, writer.id);
      return replies;
    } finally {
      this.#release();
    }
  }

  /** The transaction ends without a mail object; `said` is why, when it was refused. */
  abandon(said: Reply | null): void {
    this.#written(said, null);
    this.#release();
  }

  #refusalOfSize(): Reply | null {
    const { store, rules } = this.#context;
    const { intake } = this.#open();
    const largest = this.#recipients.accounts.map((account) => largestMessage(store.quota.facts(account)));
    if (this.#recipients.queued > 0) largest.push(0); // what may go elsewhere is not ours to say
    const verdict = judgeSize({ octets: intake.octets, largest }, rules.space);
    return verdict === 'ok' ? null : reply(verdict.name, { limit: String(verdict.limit) });
  }

  /** Room is taken first, then the mail object is kept, then we answer. When it cannot be kept, the room is given back. */
  async #settle({ lease, writer, hold }: Resources): Promise<Reply[]> {
    const { profile, tally } = this.#context;
    const exact = profile.protocol === 'lmtp';
    const settled = lease.settle(writer.size, this.#recipients.own());
    const whole = { queued: this.#recipients.queued, submitted: this.#submitting };
    const refusal = judgeSettlements(settled.values(), whole);
    const [first, ...others] = this.#recipients.deliveries(settled, exact);
    if (refusal !== 'ok' || first === undefined) {
      return exact ? this.#exactly(settled, null) : [reply(refusal === 'ok' ? 'mailbox-full' : refusal)];
    }
    const deliveries: readonly [Delivery, ...Delivery[]] = [first, ...others];
    const kept = await this.#kept(writer, deliveries);
    if (!kept.ok) {
      lease.revoke();
      this.#context.log.error('not-kept', { id: writer.id, failure: kept.failure.type });
      return this.#toAll(replyOfFailure(kept.failure));
    }
    hold.landed(writer.size);
    tally.kept(writer.size, deliveries);
    this.#submitter?.keep();
    return exact ? this.#exactly(settled, writer.id) : [reply('message-kept', { id: writer.id })];
  }

  async #kept(
    writer: MailObjectWriter,
    deliveries: readonly [Delivery, ...Delivery[]],
  ): ReturnType<MailObjectWriter['keep']> {
    try {
      return await writer.keep(this.#envelope(), deliveries);
    } catch (error) {
      this.#context.log.error('keep-failed', { id: writer.id, error });
      return { ok: false, failure: { type: 'io' } };
    }
  }

  /** RFC 2033 §4.2: one reply for each recipient, in their order. */
  #exactly(settled: ReadonlyMap<AccountId, Settlement>, id: string | null): Reply[] {
    return this.#recipients.accepted.map(({ targets }) => {
      const verdict = judgeSettlements(targets.map(({ account }) => settled.get(account) ?? 'mailbox-full'));
      return verdict === 'ok' ? reply('message-delivered', { id: id ?? '' }) : reply(verdict);
    });
  }

  #toAll(refusal: Reply): Reply[] {
    return this.#context.profile.protocol === 'lmtp'
      ? this.#recipients.accepted.map(() => refusal)
      : [refusal];
  }

  #trace(id: string, host: string): string {
    const { profile, clock } = this.#context;
    const [only, ...others] = this.#recipients.accepted;
    return (
      returnPathField(this.#mail.reversePath === null ? '' : addressOf(this.#mail.reversePath)) +
      receivedField({
        client: { name: this.#client.name, address: this.#client.address },
        host,
        protocol: {
          name: profile.protocol === 'lmtp' ? 'lmtp' : 'smtp',
          esmtp: this.#client.esmtp,
          smtputf8: this.#mail.smtputf8,
          tls: this.#client.tls,
          auth: this.#client.login !== null,
        },
        id,
        forwardPath:
          only !== undefined && others.length === 0 ? addressOf(only.parameters.forwardPath) : null,
        at: clock.now(),
      })
    );
  }

  /** RFC 6409 §8.2, §8.3. */
  #submissionHeader(id: string): SubmissionHeader {
    const { profile, clock } = this.#context;
    return new SubmissionHeader({ date: writeDate(clock.now()), messageId: `<${id}@${profile.host}>` });
  }

  #envelope(): KeptEnvelope {
    const { reversePath, envid, ret, body, smtputf8 } = this.#mail;
    return {
      reversePath: reversePath === null ? '' : addressOf(reversePath),
      receivedAt: this.#context.clock.now(),
      envid,
      ret,
      importKey: null,
      body,
      smtputf8,
      origin: this.#cameBy(),
      submitter: this.#client.login?.account ?? null,
    };
  }

  #open(): Resources {
    assert(this.#resources !== null, 'mail data is not open');
    return this.#resources;
  }

  #release(): void {
    this.#submitter?.release();
    const resources = this.#resources;
    if (resources === null) return;
    this.#resources = null;
    resources.writer.discard();
    resources.lease.release();
    resources.hold.release();
  }

  #written(said: Reply | null, id: string | null): void {
    const messageId = this.#resources?.intake.messageId ?? null;
    this.#record.write(this.#context, { said, id, size: this.octets, messageId });
  }
}

const NOTHING_HELD: Hold = {
  refusal: 'storage-full',
  cover: () => false,
  landed: () => {},
  release: () => {},
};

function isPostmaster({ forwardPath }: RecipientParameters): boolean {
  return forwardPath === 'postmaster' || forwardPath.localPart.toLowerCase() === 'postmaster';
}

function replyOfRoom(verdict: Exclude<RoomVerdict, 'ok'>): Reply {
  return typeof verdict === 'string' ? reply(verdict) : reply(verdict.name, { limit: String(verdict.limit) });
}
