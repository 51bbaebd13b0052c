/**
 * One mail transaction of one session: who it is for, what it holds of the disk and of quotas, and what becomes of it.
 * Whatever way it ends, nothing stays held.
 */
import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { receivedField, returnPathField } from '../message/trace.ts';
import {
  judgeHold,
  judgeMail,
  judgeMembers,
  judgeRecipient,
  judgeSettlements,
  judgeSize,
  type Lane,
} from '../policy/admission.ts';
import { judgeRoom, largestMessage, type RoomVerdict, type Settlement } from '../policy/quota.ts';
import { reply, type Reply } from '../replies/register.ts';
import type { MailParameters, RecipientParameters } from '../smtp/command.ts';
import type { QuotaLease } from '../store/quota-ledger.ts';
import type { Hold } from '../store/space-ledger.ts';
import type { AccountId, Delivery, MailObjectWriter, Resolution, Target } from '../store/store.ts';
import { Intake } from './intake.ts';
import { addressOf, Recipients } from './recipients.ts';
import { replyOfFailure } from './reply-of.ts';
import type { ServerContext } from './server-context.ts';
import { TransactionRecord } from './transaction-record.ts';

/** Who is speaking: the address of the connection, and what it said in its hello. */
export interface ClientFacts {
  readonly address: string;
  readonly name: string;
  readonly esmtp: boolean;
}

export type Opened =
  | { readonly type: 'open'; readonly intake: Intake }
  | { readonly type: 'refused'; readonly refusal: Reply };

/** Who a recipient is; unknown when the directory did not tell. */
type Resolved = Resolution | { readonly type: 'unknown' };

interface Resources {
  readonly hold: Hold;
  readonly lease: QuotaLease;
  readonly writer: MailObjectWriter;
  readonly intake: Intake;
}

const ENCODER = new TextEncoder();
/** How long the directory may take to say who somebody is. */
const RESOLVE_TIMEOUT_MS = 30_000;

export class MailTransaction {
  readonly #context: ServerContext;
  readonly #client: ClientFacts;
  readonly #mail: MailParameters;
  readonly #recipients = new Recipients();
  readonly #record: TransactionRecord;
  #lane: Lane = 'ordinary';
  #resources: Resources | null = null;

  constructor(context: ServerContext, client: ClientFacts, mail: MailParameters) {
    this.#context = context;
    this.#client = client;
    this.#mail = mail;
    const { profile, clock } = context;
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

  /** MAIL: is there room for it at all? Nothing is held yet. */
  judgeMail(): Reply | null {
    const { space, rules } = this.#context;
    const verdict = judgeMail(
      space,
      { declared: this.#mail.size, source: 'mx', queueFull: false },
      rules.space,
    );
    if (verdict.name === 'ok') {
      this.#lane = verdict.lane;
      return null;
    }
    const refusal =
      verdict.name === 'message-too-big'
        ? reply(verdict.name, { limit: String(verdict.limit) })
        : reply(verdict.name);
    this.#written(refusal, null);
    return refusal;
  }

  /** RCPT: who is that, and has every one of them room? */
  judgeRecipient(recipient: RecipientParameters): Awaitable<Reply | null> {
    const judged = (resolution: Resolved): Reply | null => {
      const refusal = this.#refusalOf(recipient, resolution);
      this.#record.recipient(recipient.forwardPath, refusal);
      return refusal;
    };
    const resolution = this.#resolve(recipient);
    return resolution instanceof Promise ? resolution.then(judged) : judged(resolution);
  }

  #refusalOf(recipient: RecipientParameters, resolution: Resolved): Reply | null {
    switch (resolution.type) {
      case 'unknown':
        return reply('cannot-check-mailbox');
      case 'no-such-domain':
        return reply('relaying-denied');
      case 'no-such-mailbox':
        return reply('no-such-mailbox');
      case 'disabled':
        return resolution.temporary ? reply('mailbox-disabled-now') : reply('mailbox-disabled');
      case 'deliver':
        return this.#refusalOfTargets(recipient, resolution.targets);
    }
  }

  #refusalOfTargets(recipient: RecipientParameters, targets: readonly [Target, ...Target[]]): Reply | null {
    const { space, store, rules, clock } = this.#context;
    const declared = this.#mail.size;
    const volume = judgeRecipient(
      space,
      {
        lane: this.#lane,
        isPostmaster: isPostmaster(recipient),
        declared,
        recipients: this.#recipients.accepted.length,
      },
      rules.space,
    );
    if (volume !== 'ok') return reply(volume);
    if (rules.revealAtRcpt) {
      const [first, ...others] = targets;
      const judge = ({ account }: Target): RoomVerdict =>
        judgeRoom(store.quota.facts(account), declared, clock.now(), rules.quota);
      const verdict = judgeMembers([judge(first), ...others.map(judge)]);
      if (verdict !== 'ok') return replyOfRoom(verdict);
    }
    this.#recipients.add({ parameters: recipient, targets });
    return null;
  }

  #resolve({ forwardPath }: RecipientParameters): Awaitable<Resolved> {
    const { directory } = this.#context.store;
    const failed = (error: unknown): Resolved => {
      this.#context.log.error('directory-failed', { error });
      return { type: 'unknown' };
    };
    try {
      const resolution =
        forwardPath === 'postmaster' ? directory.resolvePostmaster() : directory.resolve(forwardPath);
      return resolution instanceof Promise ? this.#inTime(resolution).catch(failed) : resolution;
    } catch (error) {
      return failed(error);
    }
  }

  #inTime(waiting: Promise<Resolution>): Promise<Resolved> {
    return new Promise((resolve, reject) => {
      const cancel = this.#context.clock.after(RESOLVE_TIMEOUT_MS, () => resolve({ type: 'unknown' }));
      waiting.then(resolve, reject).finally(cancel);
    });
  }

  /** DATA, or the first chunk: takes what the mail object needs, or says why not. */
  open(kind: 'data' | 'chunks'): Opened {
    const { space, store, rules, intake: limits, profile } = this.#context;
    const declared = this.#mail.size;
    const recipients = this.#recipients.accepted.length;
    const held = space.hold({ client: this.#client.address, declared, recipients, lane: this.#lane });
    const refusal = typeof held === 'string' ? reply(judgeHold(held)) : null;
    if (refusal !== null && (rules.refuseAtData || kind === 'chunks')) {
      this.#written(refusal, null);
      return { type: 'refused', refusal };
    }
    const hold = typeof held === 'string' ? NOTHING_HELD : held;
    const lease = store.quota.lease(this.#recipients.accounts, declared);
    const writer = store.begin();
    const form = kind === 'chunks' && this.#mail.body === 'BINARYMIME' ? 'binary' : kind;
    const intake = new Intake(form, limits, { hold, lease, writer }, refusal);
    this.#resources = { hold, lease, writer, intake };
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
    const { intake, writer } = this.#resources;
    intake.finish();
    try {
      const refusal = intake.verdict() ?? this.#refusalOfSize();
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
    const verdict = judgeSize({ octets: intake.octets, largest }, rules.space);
    return verdict === 'ok' ? null : reply(verdict.name, { limit: String(verdict.limit) });
  }

  /** Room is taken first, then the mail object is kept, then we answer. When it cannot be kept, the room is given back. */
  async #settle({ lease, writer, hold }: Resources): Promise<Reply[]> {
    const { profile, tally } = this.#context;
    const exact = profile.protocol === 'lmtp';
    const settled = lease.settle(writer.size, this.#recipients.own());
    const refusal = judgeSettlements(settled.values());
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
        },
        id,
        forwardPath:
          only !== undefined && others.length === 0 ? addressOf(only.parameters.forwardPath) : null,
        at: clock.now(),
      })
    );
  }

  #envelope(): Parameters<MailObjectWriter['keep']>[0] {
    const { reversePath, envid, ret, body, smtputf8 } = this.#mail;
    return {
      reversePath: reversePath === null ? '' : addressOf(reversePath),
      receivedAt: this.#context.clock.now(),
      envid,
      ret,
      importKey: null,
      body,
      smtputf8,
      origin: 'mx',
      submitter: null,
    };
  }

  #open(): Resources {
    assert(this.#resources !== null, 'mail data is not open');
    return this.#resources;
  }

  #release(): void {
    const resources = this.#resources;
    if (resources === null) return;
    this.#resources = null;
    resources.writer.discard();
    resources.lease.release();
    resources.hold.release();
  }

  #written(said: Reply | null, id: string | null): void {
    this.#record.write(this.#context, { said, id, size: this.octets });
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
