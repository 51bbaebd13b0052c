/** An open session with one host: carries the recipients of one mail object at a time, in as many transactions as that takes. */
import { classify } from '../policy/classify.ts';
import type { Failure, Meaning } from '../policy/retry.ts';
import type { HeardReply } from '../replies/heard-reply.ts';
import {
  chunkLine,
  type CommandLine,
  mailLine,
  type MailToSay,
  needsUtf8,
  recipientLine,
} from '../smtp/client-command.ts';
import type { PeerExtensions } from '../smtp/client-extensions.ts';
import { negotiate } from '../smtp/client-negotiation.ts';
import { ClientTransaction, type TransactionPlan } from '../smtp/client-transaction.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import type { Log } from '../world/log.ts';
import type { Cargo } from './cargo.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientTimeouts } from './client-timeouts.ts';
import { ClientTransfer, type Stop } from './client-transfer.ts';
import { type Trouble, troubleOf } from './trouble.ts';

/** What became of one recipient with this host. `meaning.action` may be `next-host`, but never `next-transaction`. */
export type HostOutcome =
  | {
      readonly type: 'delivered';
      readonly reply: HeardReply;
      readonly reports: boolean;
      readonly final: boolean;
    }
  | ({ readonly type: 'failed' } & Trouble);

export interface HostFacts {
  readonly extensions: PeerExtensions;
  readonly protocol: 'smtp' | 'lmtp';
  readonly timeouts: ClientTimeouts;
  readonly log: Log;
}

/** Called once for each entry that need not be tried here again. */
export type Settle = (entry: QueueEntry, outcome: HostOutcome) => void;

/** A transaction may take fewer recipients than it was given, and the next the rest; but not for ever. */
const TRANSACTIONS_OF_AN_ERRAND_MAX = 200;
/** A chunk of this size may be sent in vain, when all recipients turn out to be refused. */
const SMALL_CHUNK_MAX = 64 * 1024;
/** In one transaction, of a peer that tells no limit: more than it must take (RFC 5321 §4.5.3.1.8), for it may say when it is enough. */
const RECIPIENTS_USUAL_MAX = 1000;

interface Freight {
  readonly cargo: Cargo;
  readonly mail: MailToSay;
  readonly line: CommandLine;
  readonly entries: readonly QueueEntry[];
  /** No other transaction will follow. */
  readonly last: boolean;
}

export class HostSession {
  readonly #connection: ClientConnection;
  readonly #facts: HostFacts;
  #begun = 0;
  #concluded = 0;
  #recipientMax: number;
  #leftOpen = false;
  #usable = true;

  constructor(connection: ClientConnection, facts: HostFacts) {
    this.#connection = connection;
    this.#facts = facts;
    this.#recipientMax = facts.extensions.recipientMax ?? RECIPIENTS_USUAL_MAX;
  }

  get host(): string {
    return this.#connection.host;
  }

  /** It carried a transaction to its end: when it is lost now, the host may be asked again. */
  get hasWorked(): boolean {
    return this.#concluded > 0;
  }

  /** Fit for another transaction, so far as one can know. */
  get usable(): boolean {
    if (!this.#usable || this.#connection.ended !== null || this.#connection.stray !== null) return false;
    return this.#begun < (this.#facts.extensions.mailMax ?? Infinity);
  }

  /** Why it is not fit any more, when no transaction says it. */
  get loss(): Trouble {
    const { stray, ended } = this.#connection;
    return troubleOf(
      stray === null
        ? { type: 'network', phase: 'mail', host: this.host, error: ended ?? 'closed' }
        : { type: 'replied', phase: 'mail', host: this.host, reply: stray },
    );
  }

  quit(): void {
    this.#connection.quit(this.#facts.timeouts.quitMs);
  }

  /** Carries to all `entries`, which are of one mail object. Who is not settled was not tried: the session came to its end. */
  async carry(cargo: Cargo, entries: readonly QueueEntry[], settle: Settle): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    const mail = await this.#agree(cargo, first);
    const line = 'failure' in mail ? null : mailLine(mail);
    if ('failure' in mail || line === null) {
      const trouble = 'failure' in mail ? mail : UNSPEAKABLE_SENDER;
      for (const entry of entries) settle(entry, { ...trouble, type: 'failed' });
      return;
    }
    let waiting = entries.filter((entry) => this.#isSpeakable(entry, mail, settle));
    for (let n = 1; waiting.length > 0 && this.usable; n++) {
      const travelling = waiting.slice(0, this.#recipientMax);
      const others = waiting.slice(travelling.length);
      const last = n >= TRANSACTIONS_OF_AN_ERRAND_MAX;
      const sentBack = await this.#transact({ cargo, mail, line, entries: travelling, last }, settle);
      if (last) for (const entry of others) settle(entry, { ...TOO_MANY_TRANSACTIONS, type: 'failed' });
      waiting = last ? [] : [...sentBack, ...others];
    }
  }

  /** What is said at MAIL, or why the message cannot go to this peer. */
  async #agree(cargo: Cargo, { envelope }: QueueEntry): Promise<MailToSay | Trouble> {
    const { reversePath, body, smtputf8, ret, envid } = envelope;
    const needs = { reversePath, body, smtputf8, ret, envid, size: cargo.size };
    let agreed = negotiate(needs, this.#facts.extensions, null);
    if (agreed.type === 'inspect') {
      const inspected = await cargo.inspect();
      if (!inspected.ok) return troubleOf({ type: 'local', text: inspected.text });
      agreed = negotiate(needs, this.#facts.extensions, inspected.value);
    }
    if (agreed.type === 'agreed') return agreed.mail;
    return agreed.type === 'unsupported'
      ? troubleOf({ type: 'unsupported', host: this.host, what: agreed.what })
      : troubleOf({ type: 'local', text: 'nobody knows what the message needs' });
  }

  #isSpeakable(entry: QueueEntry, mail: MailToSay, settle: Settle): boolean {
    if (this.#recipientLine(entry, mail) !== null) return true;
    const lacksUtf8 = needsUtf8(entry.recipient) && !this.#facts.extensions.smtputf8;
    const trouble = lacksUtf8
      ? troubleOf({ type: 'unsupported', host: this.host, what: 'smtputf8' })
      : UNSPEAKABLE_RECIPIENT;
    settle(entry, { ...trouble, type: 'failed' });
    return false;
  }

  #recipientLine({ recipient, notify, orcpt }: QueueEntry, { smtputf8 }: MailToSay): CommandLine | null {
    const said = this.#facts.extensions.dsn
      ? { forwardPath: recipient, notify, orcpt }
      : { forwardPath: recipient, notify: null, orcpt: null };
    return recipientLine(said, smtputf8);
  }

  /** One transaction. Returns those who are to travel in the next. */
  async #transact(freight: Freight, settle: Settle): Promise<readonly QueueEntry[]> {
    const prepared = this.#prepare(freight);
    if (prepared === null) {
      for (const entry of freight.entries) settle(entry, { ...UNCLEAN, type: 'failed' });
      return [];
    }
    const { timeouts } = this.#facts;
    const { plan, text } = prepared;
    this.#begun++;
    this.#connection.limitTo(timeouts.transactionMs);
    const transaction = new ClientTransaction(plan);
    const load = { cargo: freight.cargo, text };
    const stop = await new ClientTransfer(this.#connection, timeouts, transaction, load).run();
    this.#usable = stop === null && transaction.usable;
    // When the message itself was the reason, the host has done nothing wrong.
    if (this.#usable || stop?.type === 'unclean' || stop?.type === 'unreadable') this.#concluded++;
    this.#leftOpen = transaction.leftOpen;
    return this.#settleAll(freight, { transaction, stop }, settle);
  }

  /** `null`: its line ends make it unfit for the wire. */
  #prepare({ cargo, mail, line, entries }: Freight): Prepared | null {
    const { extensions, protocol } = this.#facts;
    const isBinary = mail.body === 'BINARYMIME';
    const stuffed = isBinary || cargo.small === null ? [] : cargo.stuffed();
    if (stuffed === null) return null;
    const byChunk = isBinary || (extensions.chunking && cargo.small !== null);
    const plan: TransactionPlan = {
      mail: line,
      recipients: entries.flatMap((entry) => this.#recipientLine(entry, mail) ?? []),
      transfer: byChunk ? { type: 'chunk', line: chunkLine(cargo.size) } : { type: 'data' },
      // LMTP replies to each of those accepted: how many they are must be known by then.
      chunkIsSmall: cargo.size <= SMALL_CHUNK_MAX && protocol === 'smtp',
      pipelining: extensions.pipelining,
      protocol,
      reset: this.#leftOpen,
    };
    if (!byChunk) return { plan, text: stuffed };
    return { plan, text: cargo.small === null ? [] : [cargo.small] };
  }

  #settleAll(freight: Freight, run: Run, settle: Settle): readonly QueueEntry[] {
    const sentBack: QueueEntry[] = [];
    const unknown: QueueEntry[] = [];
    const { extensions, protocol } = this.#facts;
    for (const [index, entry] of freight.entries.entries()) {
      const answer = run.transaction.answerOf(index);
      if (answer.type === 'accepted') {
        const final = protocol === 'lmtp';
        settle(entry, { type: 'delivered', reply: answer.reply, reports: extensions.dsn, final });
        continue;
      }
      const trouble = this.#troubleWith(index, run);
      if (mayHaveArrived(trouble.failure, run)) unknown.push(entry);
      if (trouble.meaning.action !== 'next-transaction') settle(entry, { ...trouble, type: 'failed' });
      else if (freight.last)
        settle(entry, { ...TOO_MANY_TRANSACTIONS, failure: trouble.failure, type: 'failed' });
      else sentBack.push(entry);
      if (trouble.meaning.action === 'next-transaction' && answer.type === 'refused')
        this.#recipientMax = Math.max(1, Math.min(this.#recipientMax, answer.acceptedBefore));
    }
    if (unknown.length > 0) this.#warn(unknown);
    return sentBack;
  }

  #troubleWith(index: number, { transaction, stop }: Run): Trouble {
    const answer = transaction.answerOf(index);
    if (answer.type === 'refused') {
      const { phase, reply, acceptedBefore } = answer;
      const failure: Failure = { type: 'replied', phase, host: this.host, reply };
      return { failure, meaning: classify(failure, { index: phase === 'rcpt' ? index : 0, acceptedBefore }) };
    }
    const { phase } = transaction;
    switch (stop?.type) {
      case 'stray': {
        const during = transaction.want.type === 'data' ? 'end-of-data' : phase;
        return troubleOf({ type: 'replied', phase: during, host: this.host, reply: stop.reply });
      }
      case 'unclean':
        return UNCLEAN;
      case 'unreadable':
        return troubleOf({ type: 'local', text: stop.text });
      case 'network':
      case undefined: {
        const error = stop?.error ?? 'closed';
        return troubleOf({ type: 'network', phase, host: this.host, error });
      }
    }
  }

  /** RFC 5321 §4.5.3.2.6: whoever gives up here risks a second copy, and must not risk losing the only one. */
  #warn(entries: readonly QueueEntry[]): void {
    const [first] = entries;
    this.#facts.log.warn('may-be-delivered-twice', {
      id: first?.id,
      destination: first?.destination,
      host: this.host,
      recipients: entries.length,
    });
  }
}

interface Prepared {
  readonly plan: TransactionPlan;
  readonly text: readonly Uint8Array[];
}

interface Run {
  readonly transaction: ClientTransaction;
  readonly stop: Stop | null;
}

/** The peer has all of it, and what it did with that it did not say, or not so that it can be understood. */
function mayHaveArrived(failure: Failure, { transaction }: Run): boolean {
  if (!transaction.ended) return false;
  return failure.type === 'replied' ? !/^[45]/.test(failure.reply.code ?? '') : failure.type === 'network';
}

function ours(text: string, meaning: Meaning): Trouble {
  return { failure: { type: 'local', text }, meaning };
}

// RFC 3463 §3.2 and §3.7.
const UNSPEAKABLE_SENDER = ours('the address of the sender cannot be said in SMTP', {
  action: 'fail',
  cause: 'other',
  scope: 'message',
  status: '5.1.7',
});
const UNSPEAKABLE_RECIPIENT = ours('the address of the recipient cannot be said in SMTP', {
  action: 'fail',
  cause: 'other',
  scope: 'mailbox',
  status: '5.1.3',
});
const UNCLEAN = ours(
  'the message has a CR or LF that does not end a line: RFC 5321 §2.3.8 forbids to send it',
  {
    action: 'fail',
    cause: 'policy',
    scope: 'message',
    status: '5.6.0',
  },
);
const TOO_MANY_TRANSACTIONS = ours('the peer takes too few recipients at a time', {
  action: 'retry',
  cause: 'too-many-recipients',
  scope: 'message',
  status: '4.5.3',
});
