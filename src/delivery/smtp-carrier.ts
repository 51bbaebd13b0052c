/** The carrier that speaks SMTP and LMTP: host after host, one connection at a time, errand after errand. */
import type { Meaning } from '../policy/retry.ts';
import type { QueueEntry, QueueStore } from '../store/queue-store.ts';
import type { QueueName } from '../store/store.ts';
import { type Clock, systemClock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { Network } from '../world/network.ts';
import { nodeNetwork } from '../world/node-network.ts';
import { type Random, systemRandom } from '../world/random.ts';
import { Cargo } from './cargo.ts';
import type { Carrier, CarryEnd, Errand, ErrandSource, RecipientOutcome } from '../queue/carrier.ts';
import { HostSession } from './client-host.ts';
import { type HopsRoute, type OpeningContext, openSession } from './client-opening.ts';
import { CLIENT_TIMEOUTS, type ClientTimeouts } from './client-timeouts.ts';
import type { Routes } from './route.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export interface SmtpCarrierOptions {
  readonly routes: Pick<Routes, 'find'>;
  readonly queue: Pick<QueueStore, 'readQueued'>;
  /** Ours, for EHLO. */
  readonly hostname: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly network?: Network;
  readonly timeouts?: Partial<ClientTimeouts>;
  /** Certificates to trust instead of the well-known ones, as PEM. */
  readonly ca?: string;
}

export class SmtpCarrier implements Carrier {
  readonly #routes: Pick<Routes, 'find'>;
  readonly #queue: Pick<QueueStore, 'readQueued'>;
  readonly #context: OpeningContext;

  constructor(options: SmtpCarrierOptions) {
    this.#routes = options.routes;
    this.#queue = options.queue;
    this.#context = {
      network: options.network ?? nodeNetwork,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      log: options.log,
      hostname: options.hostname,
      timeouts: { ...CLIENT_TIMEOUTS, ...options.timeouts },
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    };
  }

  async carry(destination: string, source: ErrandSource, signal: AbortSignal): Promise<CarryEnd> {
    const { log } = this.#context;
    try {
      const route = await this.#routes.find(destination);
      if (route.type === 'failed') return { type: 'unreachable', ...troubleOf(route.failure) };
      return await new Run(route, { ...this.#context, queue: this.#queue }, source, signal).carry();
    } catch (error) {
      log.error('carrier-failed', { destination, error });
      return {
        type: 'unreachable',
        ...troubleOf({ type: 'local', text: 'the program failed; its log says more' }),
      };
    }
  }
}

interface RunContext extends OpeningContext {
  readonly queue: Pick<QueueStore, 'readQueued'>;
}

/** An errand while it is carried. */
interface Hand {
  readonly errand: Errand;
  readonly outcomes: Map<QueueEntry, RecipientOutcome>;
  /** What each met at a host before, of those that are to be tried at the next. */
  readonly met: Map<QueueEntry, Trouble>;
}

class Run {
  readonly #route: HopsRoute;
  readonly #context: RunContext;
  readonly #source: ErrandSource;
  readonly #signal: AbortSignal;
  readonly #troubles: Trouble[] = [];
  #hop = 0;
  /** The present host took mail: when it has closed, it is called again for the next errand, and not before. */
  #knowsHost = false;
  #session: HostSession | null = null;

  constructor(route: HopsRoute, context: RunContext, source: ErrandSource, signal: AbortSignal) {
    this.#route = route;
    this.#context = context;
    this.#source = source;
    this.#signal = signal;
  }

  async carry(): Promise<CarryEnd> {
    try {
      // Nothing is taken from the source before there is somebody who may want it.
      while (this.#knowsHost || (await this.#open())) {
        if (this.#signal.aborted) return { type: 'finished' };
        const errand = await this.#source.next();
        if (errand === null) return { type: 'finished' };
        const hand: Hand = { errand, outcomes: new Map(), met: new Map() };
        try {
          await this.#deliver(hand);
        } catch (error) {
          this.#context.log.error('errand-failed', { id: errand.entries[0].id, error });
          this.#give(hand, troubleOf({ type: 'local', text: 'the program failed; its log says more' }));
        }
        await this.#source.report(errand, outcomesOf(hand));
      }
      return this.#signal.aborted ? { type: 'finished' } : this.#unreachable();
    } finally {
      this.#session?.quit();
    }
  }

  /** Until every recipient has an outcome. */
  async #deliver(hand: Hand): Promise<void> {
    const loaded = await Cargo.load(hand.errand.entries[0], this.#context.queue);
    if (!loaded.ok) return this.#give(hand, troubleOf({ type: 'local', text: loaded.text }));
    while (await this.#open()) {
      const session = this.#session;
      if (session === null) break;
      const waiting = waitingIn(hand);
      await session.carry(loaded.value, waiting, (entry, outcome) => {
        if (outcome.type === 'delivered')
          hand.outcomes.set(entry, { ...outcome, ...nameOf(entry), host: session.host });
        else if (outcome.meaning.action === 'next-host') hand.met.set(entry, outcome);
        else hand.outcomes.set(entry, { ...outcome, ...nameOf(entry) });
      });
      this.#knowsHost ||= session.hasWorked;
      this.#leave(session, hand);
      if (waitingIn(hand).length === 0) return;
    }
    this.#give(hand, null);
  }

  /** After an errand, or part of it: is this the host for the next one, too? */
  #leave(session: HostSession, hand: Hand): void {
    const sentAway = waitingIn(hand)
      .flatMap((entry) => hand.met.get(entry) ?? [])
      .at(-1);
    if (sentAway === undefined && session.usable) return;
    session.quit();
    this.#session = null;
    // Many close after so many messages: who did some work is called again, but not to say the same again.
    if (session.hasWorked && (sentAway === undefined || isGoodbye(sentAway))) return;
    this.#nextHop(sentAway ?? lastTrouble(hand) ?? session.loss);
  }

  #nextHop(trouble: Trouble): void {
    this.#knowsHost = false;
    this.#hop++;
    this.#troubles.push({ failure: trouble.failure, meaning: trouble.meaning });
  }

  /** There is a session, at the present host or one behind it. The signal ends the search, and leaves what is open. */
  async #open(): Promise<boolean> {
    const session = this.#session;
    if (session?.usable === false) {
      session.quit();
      this.#session = null;
      if (!session.hasWorked) this.#nextHop(session.loss);
    }
    const signal = this.#signal;
    const { clock, timeouts } = this.#context;
    const began = clock.elapsed();
    while (this.#session === null && !signal.aborted) {
      const hop = this.#route.hops[this.#hop];
      if (hop === undefined || clock.elapsed() - began > timeouts.hostsMs) return false;
      const opened = await openSession(hop, this.#route, this.#context, signal);
      if (opened.type === 'open') {
        const { protocol } = this.#route;
        const { extensions } = opened;
        this.#session = new HostSession(opened.connection, { ...this.#context, extensions, protocol });
      } else this.#nextHop(opened.trouble);
    }
    return this.#session !== null;
  }

  /** Those that are left get what they met last, or `trouble`; and if that is nothing, they were not tried. */
  #give(hand: Hand, trouble: Trouble | null): void {
    for (const entry of waitingIn(hand)) {
      const met = trouble ?? hand.met.get(entry);
      hand.outcomes.set(
        entry,
        met === undefined
          ? { type: 'untried', ...nameOf(entry) }
          : { ...nameOf(entry), type: 'failed', failure: met.failure, meaning: later(met.meaning) },
      );
    }
  }

  /** What the last host said counts; but while one of them may be back, all is not lost. */
  #unreachable(): CarryEnd {
    const hopeful = this.#troubles.filter(({ meaning }) => meaning.action !== 'fail');
    const { failure, meaning } = hopeful.at(-1) ?? this.#troubles.at(-1) ?? NO_HOST;
    return { type: 'unreachable', failure, meaning: later(meaning) };
  }
}

const NO_HOST = troubleOf({ type: 'route', error: 'no-address', text: 'there is no host to go to' });

function waitingIn({ errand, outcomes }: Hand): readonly QueueEntry[] {
  return outcomes.size === 0 ? errand.entries : errand.entries.filter((entry) => !outcomes.has(entry));
}

function outcomesOf({ errand, outcomes }: Hand): readonly RecipientOutcome[] {
  return errand.entries.map((entry) => outcomes.get(entry) ?? { type: 'untried', ...nameOf(entry) });
}

function lastTrouble({ outcomes }: Hand): Trouble | undefined {
  return [...outcomes.values()].filter((outcome) => outcome.type === 'failed').at(-1);
}

function nameOf({ object, ordinal }: QueueEntry): QueueName {
  return { object, ordinal };
}

/** 421 of a server that has had enough of this connection, or the end of it without a word. */
function isGoodbye({ failure, meaning }: Trouble): boolean {
  if (failure.type === 'network') return true;
  return failure.type === 'replied' && failure.reply.code === '421' && meaning.cause === 'peer-busy';
}

/** All hosts have been tried. */
function later(meaning: Meaning): Meaning {
  return meaning.action === 'next-host' ? { ...meaning, action: 'retry' } : meaning;
}
