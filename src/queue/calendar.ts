/** Looks each minute who has waited for long: senders that are to hear of it, and entries whose time is over. */
import type { Instant } from '../base/instant.ts';
import { expiresAt } from '../policy/retry-schedule.ts';
import type { QueueEntry, QueueStore } from '../store/queue-store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { errandsOf } from './lane.ts';
import type { QueueTally } from './queue-tally.ts';
import type { Reporter, Told } from './reporter.ts';
import { factsOf, type QueueTerms, type Settlement } from './settlement.ts';

const EVERY_MS = 60_000;
const ENTRIES_AT_ONCE = 500;

export interface CalendarHouse {
  readonly queue: Pick<QueueStore, 'overdue' | 'noticed'>;
  readonly settlement: Settlement;
  readonly reporter: Reporter;
  readonly terms: QueueTerms;
  readonly tally: QueueTally;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class Calendar {
  readonly #house: CalendarHouse;
  #cancel: () => void;
  #round: Promise<void> = Promise.resolve();

  constructor(house: CalendarHouse) {
    this.#house = house;
    this.#cancel = house.clock.after(0, () => this.#begin());
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#round;
    this.#cancel();
  }

  #begin(): void {
    this.#round = this.#goRound();
  }

  async #goRound(): Promise<void> {
    const { clock, log, signal } = this.#house;
    try {
      await this.#look();
    } catch (error) {
      log.error('queue-calendar-failed', { error });
    }
    if (!signal.aborted) this.#cancel = clock.after(EVERY_MS, () => this.#begin());
  }

  async #look(): Promise<void> {
    const { queue, terms, clock, settlement, signal } = this.#house;
    for (;;) {
      const before = (clock.now() - terms.lifetimeMs) as Instant;
      const ended = await queue.overdue({ what: 'end', before, count: ENTRIES_AT_ONCE });
      if (ended.length === 0 || signal.aborted) break;
      await settlement.expireUnclaimed(errandsOf(ended));
    }
    for (;;) {
      const before = (clock.now() - terms.delayNoticeMs) as Instant;
      const late = await queue.overdue({ what: 'notice', before, count: ENTRIES_AT_ONCE });
      if (late.length === 0 || signal.aborted) break;
      for (const { entries } of errandsOf(late)) if (!(await this.#notice(entries))) return;
    }
  }

  /** False: it could not be kept; the next round tries again. */
  async #notice(entries: readonly QueueEntry[]): Promise<boolean> {
    const { queue, reporter, terms, tally, log } = this.#house;
    const told = entries.map((entry): Told => ({
      entry,
      fate: {
        type: 'delayed',
        retry: entry.retry,
        expiresAt: expiresAt(entry.envelope.receivedAt, terms.lifetimeMs),
      },
    }));
    const [first, ...others] = told;
    if (first === undefined) return true;
    const done = await reporter.tell([first, ...others]);
    if (!done.ok) {
      log.error('queue-not-reported', { ...factsOf(first.entry), failure: done.failure.type });
      return false;
    }
    for (const entry of entries)
      log.info('queue-delayed', { ...factsOf(entry), cause: entry.retry?.cause ?? null });
    tally.delayNotices += entries.length;
    await queue.noticed(entries.map(({ object, ordinal }) => ({ object, ordinal })));
    return true;
  }
}
