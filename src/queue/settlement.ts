/**
 * What becomes of entries after an attempt: delivered, tried again, returned, given up. Its word is the store's: a connection takes its
 * next errand only when the one before is settled, so that a crash repeats no more than one message a connection.
 */
import type { Instant } from '../base/instant.ts';
import { withPatience } from '../policy/classify.ts';
import type { Failure, Meaning, RetryState } from '../policy/retry.ts';
import { expiresAt, scheduleNext } from '../policy/retry-schedule.ts';
import type { QueueEntry, QueueOutcome, QueueStore } from '../store/queue-store.ts';
import type { Clock } from '../world/clock.ts';
import { type Log, peerText } from '../world/log.ts';
import type { Random } from '../world/random.ts';
import type { Errand, RecipientOutcome } from './carrier.ts';
import type { FullMailboxes } from './full-mailboxes.ts';
import { lastWordsOf } from './last-words.ts';
import { chance } from './chance.ts';
import { pause } from './pause.ts';
import type { QueueTally } from './queue-tally.ts';
import type { Fate, Reporter, Told } from './reporter.ts';

/** How long is waited for anything: milliseconds. */
export interface QueueTerms {
  /** After it an entry is returned. */
  readonly lifetimeMs: number;
  /** After it the sender is told that it is late. */
  readonly delayNoticeMs: number;
  /** So long a mailbox that says it is full for good (552 5.2.2) is asked again: people do make room. */
  readonly fullMailboxPatienceMs: number;
}

export interface SettlementHouse {
  readonly queue: Pick<QueueStore, 'settle'>;
  readonly reporter: Reporter;
  readonly terms: QueueTerms;
  readonly mailboxes: FullMailboxes;
  readonly tally: QueueTally;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What an errand says about its destination. */
export interface ErrandNews {
  readonly delivered: number;
  /** A failure that is not the mailbox's, or the message's, alone. */
  readonly trouble: { readonly failure: Failure; readonly meaning: Meaning } | null;
  readonly meanings: readonly Meaning[];
}

interface Verdict {
  readonly outcome: QueueOutcome;
  readonly fate: Fate | null;
}

/** The store may be on a full disk: settling is tried again, and nothing else is done before. */
const SETTLE_AGAIN_MS = 1000;
const SETTLE_AGAIN_MAX_MS = 60_000;

export class Settlement {
  readonly #house: SettlementHouse;
  /** Given up at this moment. Nobody has claimed these, so whoever claims one now must leave it alone. */
  readonly #ending = new Set<string>();

  constructor(house: SettlementHouse) {
    this.#house = house;
  }

  /** Its sender is just being told that it was given up: it is neither tried nor told of once more. */
  isEnding(entry: QueueEntry): boolean {
    return this.#ending.has(keyOf(entry));
  }

  async settle({ entries }: Errand, outcomes: readonly RecipientOutcome[]): Promise<ErrandNews> {
    const now = this.#house.clock.now();
    const byOrdinal = new Map(outcomes.map((outcome) => [outcome.ordinal, outcome]));
    // Recipients of one message that failed alike go again together.
    const luck = chance(this.#house.random);
    const verdicts: (Verdict & { readonly entry: QueueEntry })[] = [];
    const meanings: Meaning[] = [];
    let delivered = 0;
    let trouble: ErrandNews['trouble'] = null;
    for (const entry of entries) {
      const outcome = byOrdinal.get(entry.ordinal) ?? { ...nameOf(entry), type: 'untried' };
      if (outcome.type === 'delivered') delivered++;
      if (outcome.type === 'failed') {
        const { failure, meaning } = outcome;
        meanings.push(meaning);
        if (meaning.scope === 'host' || meaning.scope === 'destination') trouble ??= { failure, meaning };
      }
      verdicts.push({ entry, ...this.#judge(entry, outcome, now, luck) });
    }
    await this.#carryOut(verdicts, now);
    return { delivered, trouble, meanings };
  }

  /** Of entries that nobody has claimed. Call it as soon as the store has said which. */
  async expireUnclaimed(errands: readonly Errand[]): Promise<void> {
    const keys = errands.flatMap(({ entries }) => entries.map(keyOf));
    for (const key of keys) this.#ending.add(key);
    try {
      for (const errand of errands) await this.expire(errand);
    } finally {
      for (const key of keys) this.#ending.delete(key);
    }
  }

  /** None of them is tried any more. */
  async expire({ entries }: Errand): Promise<void> {
    await this.#carryOut(
      entries.map((entry) => ({ entry, ...this.#expired(entry, entry.retry) })),
      this.#house.clock.now(),
    );
  }

  /** As they were: not tried. */
  free(entries: readonly QueueEntry[]): Promise<void> {
    return this.persist(entries.map((entry) => ({ ...nameOf(entry), type: 'unclaimed' })));
  }

  /** Their mailbox was asked a short time ago; they wait with the one that asked. */
  defer(entries: readonly (readonly [QueueEntry, RetryState])[]): Promise<void> {
    return this.persist(
      entries.map(([entry, { cause, scope, due, last, inARow }]) => ({
        ...nameOf(entry),
        type: 'deferred',
        retry: {
          attempts: entry.retry?.attempts ?? 0,
          inARow,
          cause,
          scope,
          due: this.#clipped(entry, due),
          last,
        },
      })),
    );
  }

  /** Until the store has it, or we stop. */
  async persist(outcomes: readonly QueueOutcome[]): Promise<void> {
    const { queue, clock, log, signal } = this.#house;
    if (outcomes.length === 0) return;
    for (let wait = SETTLE_AGAIN_MS; ; wait = Math.min(2 * wait, SETTLE_AGAIN_MAX_MS)) {
      const settled = await queue.settle(outcomes);
      if (settled.ok) return;
      log.error('queue-not-settled', { entries: outcomes.length, failure: settled.failure.type, wait });
      if (signal.aborted) return;
      await pause(clock, wait, signal);
    }
  }

  async #carryOut(
    verdicts: readonly (Verdict & { readonly entry: QueueEntry })[],
    now: Instant,
  ): Promise<void> {
    const told = verdicts.flatMap(({ entry, fate }) => (fate === null ? [] : [{ entry, fate }]));
    const unreported = (await this.#tell(told)) ? null : new Set(told.map(({ entry }) => entry));
    await this.persist(
      verdicts.map(({ entry, fate, outcome }) => {
        const mustTell = fate?.type === 'failed' || fate?.type === 'expired';
        return unreported?.has(entry) === true && mustTell ? this.#tellLater(entry, now) : outcome;
      }),
    );
  }

  async #tell(told: readonly Told[]): Promise<boolean> {
    const [first, ...others] = told;
    if (first === undefined) return true;
    const done = await this.#house.reporter.tell([first, ...others]);
    if (!done.ok)
      this.#house.log.error('queue-not-reported', { ...factsOf(first.entry), failure: done.failure.type });
    return done.ok;
  }

  /** It failed, and that could not be written down for its sender: it stays until it can. */
  #tellLater(entry: QueueEntry, now: Instant): QueueOutcome {
    const meaning: Meaning = { action: 'retry', cause: 'local', scope: 'message', status: '4.3.1' };
    const failure: Failure = { type: 'local', text: 'the report to the sender could not be kept' };
    const last = lastWordsOf(failure, meaning, now);
    const retry = scheduleNext(meaning, entry.retry, { now, last, chance: chance(this.#house.random) });
    return { ...nameOf(entry), type: 'deferred', retry };
  }

  #judge(entry: QueueEntry, outcome: RecipientOutcome, now: Instant, luck: number): Verdict {
    switch (outcome.type) {
      case 'untried':
        return { outcome: { ...nameOf(entry), type: 'unclaimed' }, fate: null };
      case 'delivered':
        return this.#delivered(entry, outcome, now);
      case 'failed':
        return this.#failed(entry, outcome, now, luck);
    }
  }

  #delivered(
    entry: QueueEntry,
    { host, reply, reports, final }: RecipientOutcome & { type: 'delivered' },
    now: Instant,
  ): Verdict {
    const { tally, log, mailboxes } = this.#house;
    mailboxes.hasRoom(entry.recipient);
    tally.count('delivered', entry.destination, null);
    log.info('queue-delivered', {
      ...factsOf(entry),
      host,
      code: reply.code,
      status: reply.status,
      reply: peerText(reply.lines.join(' ')),
      attempts: (entry.retry?.attempts ?? 0) + 1,
      afterMs: now - entry.envelope.receivedAt,
    });
    const fate: Fate | null = reports ? null : { type: final ? 'delivered' : 'relayed', host };
    return { outcome: { ...nameOf(entry), type: 'done' }, fate };
  }

  #failed(
    entry: QueueEntry,
    { failure, meaning: met }: RecipientOutcome & { type: 'failed' },
    now: Instant,
    luck: number,
  ): Verdict {
    const { terms, tally, log, mailboxes } = this.#house;
    const age = now - entry.envelope.receivedAt;
    const meaning = withPatience(met, age, terms.fullMailboxPatienceMs);
    const last = lastWordsOf(failure, meaning, now);
    const { cause, status } = meaning;
    const facts = {
      ...factsOf(entry),
      host: last.host,
      phase: last.phase,
      cause,
      code: last.code,
      status,
      reply: last.text,
    };
    if (meaning.action === 'fail') {
      tally.count('failed', entry.destination, cause);
      log.warn('queue-failed', facts);
      return { outcome: { ...nameOf(entry), type: 'done' }, fate: { type: 'failed', failure, meaning } };
    }
    if (cause === 'reply-lost') {
      tally.repliesLost++;
      log.warn('queue-reply-lost', { ...facts, note: 'it may have arrived, and will be sent again' });
    }
    const retry = scheduleNext(meaning, entry.retry, { now, last, chance: luck });
    if (cause === 'mailbox-full') mailboxes.full(entry.recipient, retry);
    if (now >= this.#endOf(entry)) return this.#expired(entry, retry);
    tally.count('deferred', entry.destination, cause);
    const due = this.#clipped(entry, retry.due);
    log.info('queue-deferred', { ...facts, attempts: retry.attempts, due: new Date(due).toISOString() });
    return { outcome: { ...nameOf(entry), type: 'deferred', retry: { ...retry, due } }, fate: null };
  }

  #expired(entry: QueueEntry, retry: RetryState | null): Verdict {
    const { tally, log } = this.#house;
    tally.count(
      'expired',
      entry.destination,
      retry?.cause ?? (entry.account === null ? null : 'mailbox-full'),
    );
    log.warn('queue-expired', {
      ...factsOf(entry),
      cause: retry?.cause ?? null,
      reply: retry?.last.text ?? null,
    });
    return { outcome: { ...nameOf(entry), type: 'done' }, fate: { type: 'expired', retry } };
  }

  /** The last attempt is at the end of its time, not behind it. */
  #clipped(entry: QueueEntry, due: Instant): Instant {
    return Math.min(due, this.#endOf(entry)) as Instant;
  }

  #endOf({ envelope }: QueueEntry): Instant {
    return expiresAt(envelope.receivedAt, this.#house.terms.lifetimeMs);
  }
}

function nameOf({ object, ordinal }: QueueEntry): { readonly object: number; readonly ordinal: number } {
  return { object, ordinal };
}

function keyOf({ object, ordinal }: QueueEntry): string {
  return `${object}/${ordinal}`;
}

export function factsOf({ id, ordinal, recipient, destination }: QueueEntry): Record<string, unknown> {
  return { id, ordinal, recipient: peerText(recipient), destination: peerText(destination) };
}
