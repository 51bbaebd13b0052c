/**
 * Runs the queue: finds destinations that have mail to be tried, gives each its connections, and sees to what becomes of every recipient.
 * No destination and no sender can keep another one waiting: places are shared in turns, and a destination that does not answer is
 * left alone as a whole, with one connection now and then to find out.
 */
import type { Awaitable } from '../base/awaitable.ts';
import type { Instant } from '../base/instant.ts';
import { type DestinationLimits, eventOf, FRESH_LIMITS, limitsAfter } from '../policy/destination-limits.ts';
import type { Failure, Meaning, RetryState } from '../policy/retry.ts';
import { destinationBackoff, expiresAt } from '../policy/retry-schedule.ts';
import type { QueueEntry, QueueStore } from '../store/queue-store.ts';
import type { Clock } from '../world/clock.ts';
import { type Log, peerText } from '../world/log.ts';
import type { Random } from '../world/random.ts';
import { Calendar } from './calendar.ts';
import type { Carrier, Errand, RecipientOutcome } from './carrier.ts';
import { chance } from './chance.ts';
import { FullMailboxes } from './full-mailboxes.ts';
import { errandsOf, Lane } from './lane.ts';
import { lastWordsOf } from './last-words.ts';
import type { QueueTally } from './queue-tally.ts';
import type { Reporter } from './reporter.ts';
import { type QueueTerms, Settlement } from './settlement.ts';
import { Turn, type TurnHouse } from './turn.ts';

export interface QueueRunnerOptions {
  readonly queue: QueueStore;
  readonly carrier: Carrier;
  readonly reporter: Reporter;
  readonly terms: QueueTerms;
  /** At once, in all, and to one destination. */
  readonly connections: { readonly max: number; readonly maxPerDestination: number };
  readonly tally: QueueTally;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Destinations that are worked on at once. */
const LANES_MAX = 500;
/** Entries claimed with one question. */
const CLAIM_ENTRIES = 100;
/** A claim that is over while its entry is being sent means a second delivery: no connection lasts so long. */
const LEASE_MS = 24 * 60 * 60_000;
/** Limits that were learnt are remembered for so many destinations. */
const LIMITS_KEPT_MAX = 10_000;
/** Errands in a row that meet the same closed door, before the others are spared. */
const TROUBLES_MAX = 3;
/** The store is asked what is ready no more often. */
const LOOK_PAUSE_MS = 20;
const LOOK_AFTER_FAILURE_MS = 5000;
/** It was said to be ready, and was not: somebody else settled it meanwhile. */
const LOOK_AFTER_NOTHING_MS = 1000;
const LOOK_AT_LEAST_EVERY_MS = 60_000;

type Trouble = { readonly failure: Failure; readonly meaning: Meaning };

export class QueueRunner {
  readonly #options: QueueRunnerOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #limits = new Map<string, DestinationLimits>();
  readonly #mailboxes = new FullMailboxes();
  /** Lanes that want a connection when there is a place, the first in the line first. */
  readonly #line = new Set<Lane>();
  readonly #stopping = new AbortController();
  readonly #settlement: Settlement;
  readonly #calendar: Calendar;
  readonly #turns: TurnHouse;
  #unsubscribe: () => void = () => {};
  #looking = false;
  #lookAgain = false;
  #cancelLook: () => void = () => {};
  #lookAt = Number.POSITIVE_INFINITY;
  #emptied: () => void = () => {};

  private constructor(options: QueueRunnerOptions) {
    const { signal } = this.#stopping;
    this.#options = options;
    this.#settlement = new Settlement({ ...options, mailboxes: this.#mailboxes, signal });
    this.#calendar = new Calendar({ ...options, settlement: this.#settlement, signal });
    this.#turns = {
      clock: options.clock,
      signal,
      othersWait: () => this.#line.size > 0,
      spares: (errand) => this.#spares(errand),
      drive: (lane) => this.#drive(lane),
      settle: (lane, errand, outcomes) => this.#settle(lane, errand, outcomes),
    };
  }

  static start(options: QueueRunnerOptions): QueueRunner {
    const runner = new QueueRunner(options);
    runner.#unsubscribe = options.queue.onReady((destinations) => runner.#ready(destinations));
    runner.#lookSoon(0);
    return runner;
  }

  /** Takes up nothing new, lets each connection end its message, and waits for that for `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort();
    this.#cancelLook();
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    for (const lane of this.#lanes.values()) {
      lane.close();
      this.#leaveIfDone(lane);
    }
    if (this.#lanes.size > 0) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = this.#options.clock.after(graceMs, resolve);
      await Promise.race([emptied, late]);
      cancel();
    }
    if (this.#lanes.size > 0)
      this.#options.log.warn('queue-stopped-short', {
        destinations: this.#lanes.size,
        note: 'what they were sending may arrive twice',
      });
    await this.#calendar.stop();
  }

  /** An operator wants something tried now: what is known of full mailboxes may be out of date. */
  tryAnew(): void {
    this.#mailboxes.forget();
  }

  #ready(destinations: readonly string[]): void {
    let others = false;
    for (const destination of destinations) {
      const lane = this.#lanes.get(destination);
      if (lane === undefined || lane.closed) others = true;
      else {
        lane.exhausted = false;
        this.#drive(lane);
      }
    }
    if (others) this.#lookSoon(0);
  }

  // ── Which destinations ──

  #lookSoon(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#looking) {
      this.#lookAgain ||= ms === 0;
      return;
    }
    const at = this.#options.clock.elapsed() + Math.max(ms, LOOK_PAUSE_MS);
    if (at >= this.#lookAt) return;
    this.#cancelLook();
    this.#lookAt = at;
    this.#cancelLook = this.#options.clock.after(Math.max(ms, LOOK_PAUSE_MS), () => {
      this.#lookAt = Number.POSITIVE_INFINITY;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#lookAgain = false;
    let again = LOOK_AT_LEAST_EVERY_MS;
    try {
      const { queue, clock } = this.#options;
      const room = LANES_MAX - this.#lanes.size;
      if (room > 0) {
        const now = clock.now();
        const found = await queue.ready({ now, count: room, except: [...this.#lanes.keys()] });
        await Promise.all(found.map(({ destination }) => this.#open(destination)));
        const due = found.length < room ? await queue.nextDue(now) : now;
        if (due !== null) again = Math.min(again, Math.max(0, due - now));
      }
    } catch (error) {
      again = LOOK_AFTER_FAILURE_MS;
      this.#options.log.error('queue-not-asked', { error });
    }
    this.#looking = false;
    this.#lookSoon(this.#lookAgain ? 0 : again);
  }

  async #open(destination: string): Promise<void> {
    const [blocked] = await this.#options.queue.blocked(destination);
    if (this.#stopping.signal.aborted || this.#lanes.has(destination)) return;
    const limits = this.#limits.get(destination) ?? FRESH_LIMITS;
    const lane = new Lane(destination, limits, blocked?.retry.inARow ?? 0);
    this.#lanes.set(destination, lane);
    this.#drive(lane);
  }

  // ── One destination ──

  /** Whatever has changed: claims more, and opens connections for it. */
  #drive(lane: Lane): void {
    if (this.#stopping.signal.aborted) return this.#leaveIfDone(lane);
    if (!lane.closed && !lane.exhausted && !lane.claiming && lane.pending < CLAIM_ENTRIES / 2)
      void this.#claim(lane);
    const { clock, connections, tally } = this.#options;
    while (lane.wantsConnection(clock.now())) {
      if (tally.connectionsOpen >= connections.max) {
        this.#line.add(lane);
        break;
      }
      void this.#connect(lane);
    }
    const sleep = lane.nextAt - clock.now();
    if (lane.connections === 0 && lane.pending > 0 && sleep > 0) clock.after(sleep, () => this.#drive(lane));
    this.#leaveIfDone(lane);
  }

  #leaveIfDone(lane: Lane): void {
    if (!lane.isDone || this.#lanes.get(lane.destination) !== lane) return;
    this.#lanes.delete(lane.destination);
    this.#line.delete(lane);
    this.#remember(lane);
    this.#lookSoon(lane.hadWork ? 0 : LOOK_AFTER_NOTHING_MS);
    if (this.#lanes.size === 0) this.#emptied();
  }

  #remember({ destination, limits }: Lane): void {
    this.#limits.delete(destination);
    if (limits === FRESH_LIMITS) return;
    this.#limits.set(destination, limits);
    const oldest = this.#limits.size > LIMITS_KEPT_MAX ? this.#limits.keys().next().value : undefined;
    if (oldest !== undefined) this.#limits.delete(oldest);
  }

  async #claim(lane: Lane): Promise<void> {
    const { queue, clock, log } = this.#options;
    const { destination } = lane;
    const count = lane.probing ? 1 : CLAIM_ENTRIES;
    const now = clock.now();
    lane.claiming = true;
    lane.exhausted = true; // until somebody says that more came
    try {
      const until = (now + LEASE_MS) as Instant;
      const entries = await queue.claim({ destination, now, until, count });
      if (entries.length > 0) lane.hadWork = true;
      if (entries.length >= count) lane.exhausted = false;
      const tryable = await this.#sortOut(entries, now);
      if (lane.closed) await this.#settlement.free(tryable);
      else lane.add(errandsOf(tryable));
    } catch (error) {
      log.error('queue-not-claimed', { destination, error });
      this.#lookSoon(LOOK_AFTER_FAILURE_MS);
    } finally {
      lane.claiming = false;
      this.#drive(lane);
    }
  }

  /** What is to be tried of what was claimed, and is not over its time. */
  async #sortOut(claimed: readonly QueueEntry[], now: Instant): Promise<readonly QueueEntry[]> {
    const { lifetimeMs } = this.#options.terms;
    const entries = claimed.filter((entry) => !this.#settlement.isEnding(entry));
    const isOver = ({ retry, envelope }: QueueEntry): boolean =>
      retry !== null && expiresAt(envelope.receivedAt, lifetimeMs) < now;
    if (!entries.some(isOver)) return entries;
    for (const errand of errandsOf(entries.filter(isOver))) await this.#settlement.expire(errand);
    return entries.filter((entry) => !isOver(entry));
  }

  #spares({ entries }: Errand): Awaitable<boolean> {
    const now = this.#options.clock.now();
    const full: (readonly [QueueEntry, RetryState])[] = [];
    for (const entry of entries) {
      const retry = this.#mailboxes.backOff(entry.recipient, now);
      if (retry === null) return false;
      full.push([entry, retry]);
    }
    return this.#settlement.defer(full).then(() => true);
  }

  async #connect(lane: Lane): Promise<void> {
    const { carrier, tally } = this.#options;
    const turn = new Turn(lane, this.#turns);
    lane.connections++;
    lane.opening++;
    tally.connectionsOpen++;
    tally.connectionsBegun++;
    const end = await carrier.carry(lane.destination, turn, this.#stopping.signal);
    if (!turn.answered) lane.opening--;
    tally.connectionsOpen--;
    lane.connections--;
    if (end.type === 'unreachable') await this.#turnedAway(lane, turn, end);
    this.#drive(lane);
    for (const next of this.#line) {
      this.#line.delete(next);
      this.#drive(next);
      break;
    }
  }

  /** No host wanted this connection, or wants it any longer. */
  async #turnedAway(lane: Lane, turn: Turn, trouble: Trouble): Promise<void> {
    if (lane.closed) return;
    if (trouble.meaning.action === 'fail') return this.#failAll(lane, trouble);
    const isBusy = turn.delivered > 0 || lane.connections > 0;
    const event = eventOf(trouble.meaning);
    if (event !== null) this.#heard(lane, isBusy && event === 'unreachable' ? 'refused-busy' : event);
    // While others are being served there, or this one was, it is only too much for it.
    if (!isBusy) await this.#block(lane, trouble);
  }

  /** The destination as a whole will never take them. */
  async #failAll(lane: Lane, { failure, meaning }: Trouble): Promise<void> {
    for (const errand of lane.drain()) {
      const outcomes = errand.entries.map(({ object, ordinal }): RecipientOutcome => ({
        object,
        ordinal,
        type: 'failed',
        failure,
        meaning,
      }));
      await this.#settlement.settle(errand, outcomes);
    }
    await this.#free(lane);
  }

  async #settle(lane: Lane, errand: Errand, outcomes: readonly RecipientOutcome[]): Promise<number> {
    const { delivered, trouble, meanings } = await this.#settlement.settle(errand, outcomes);
    lane.underWay--;
    for (const meaning of meanings) {
      const event = eventOf(meaning);
      if (event !== null) this.#heard(lane, event === 'unreachable' ? 'refused-busy' : event);
    }
    if (delivered > 0) {
      lane.troubles = 0;
      this.#heard(lane, 'delivered');
      await this.#free(lane);
    } else if (trouble === null) await this.#free(lane);
    else if (++lane.troubles >= (lane.probing ? 1 : TROUBLES_MAX)) await this.#block(lane, trouble);
    return delivered;
  }

  #heard(lane: Lane, event: Parameters<typeof limitsAfter>[1]): void {
    const { clock, connections } = this.#options;
    lane.limits = limitsAfter(lane.limits, event, clock.now(), connections.maxPerDestination);
  }

  /** It answers again. */
  async #free(lane: Lane): Promise<void> {
    if (lane.failures === 0) return;
    lane.failures = 0;
    lane.exhausted = false;
    await this.#safely('queue-not-freed', () => this.#options.queue.block(lane.destination, null));
    this.#options.log.info('queue-destination-freed', { destination: peerText(lane.destination) });
  }

  async #block(lane: Lane, { failure, meaning }: Trouble): Promise<void> {
    if (lane.closed) return;
    const { queue, clock, random, log, tally } = this.#options;
    const { destination } = lane;
    const now = clock.now();
    const failures = ++lane.failures;
    const unsent = lane.close();
    const due = (now + destinationBackoff(failures, meaning.cause, chance(random))) as Instant;
    const last = lastWordsOf(failure, meaning, now);
    const { cause, scope } = meaning;
    const retry = { attempts: failures, inARow: failures, cause, scope, due, last };
    tally.blocks++;
    log.warn('queue-destination-blocked', {
      destination: peerText(destination),
      cause,
      host: last.host,
      reply: last.text,
      failures,
      until: new Date(due).toISOString(),
    });
    await this.#safely('queue-not-blocked', () => queue.block(destination, { until: due, retry }));
    await this.#settlement.free(unsent);
  }

  async #safely(event: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.log.error(event, { error });
    }
  }
}
