/** One process of a simulated week: a store, a client and a runner that can die at any moment, and do nothing any more after it. */
import { DsnReporter } from '../../src/delivery/dsn-reporter.ts';
import { ReportTally } from '../../src/delivery/report-tally.ts';
import { RouteTable } from '../../src/delivery/route-table.ts';
import { Routes } from '../../src/delivery/route.ts';
import { SmtpCarrier } from '../../src/delivery/smtp-carrier.ts';
import { QUOTA_DEFAULTS } from '../../src/policy/quota.ts';
import { DELAY_NOTICE_AFTER_MS, QUEUE_LIFETIME_MS } from '../../src/policy/retry-schedule.ts';
import { QueueRunner } from '../../src/queue/queue-runner.ts';
import { QueueTally } from '../../src/queue/queue-tally.ts';
import type { Reporter } from '../../src/queue/reporter.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { MemoryQuotaLedger } from '../../src/store/memory-quota-ledger.ts';
import type { QueueEntry, QueueOutcome, QueueStore } from '../../src/store/queue-store.ts';
import type { Clock } from '../../src/world/clock.ts';
import type { Disk, DiskFile } from '../../src/world/disk.ts';
import type { Log } from '../../src/world/log.ts';
import type { Network, Wire } from '../../src/world/network.ts';
import type { Resolver } from '../../src/world/resolver.ts';
import { CachingResolver } from '../../src/world/resolver-cache.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import type { Era, WeekBooks } from './week-books.ts';

export const HOSTNAME = 'mail.example';
export const TERMS = {
  lifetimeMs: QUEUE_LIFETIME_MS,
  delayNoticeMs: DELAY_NOTICE_AFTER_MS,
  fullMailboxPatienceMs: 24 * 3_600_000,
};
/** Small, so that segments roll over and are compacted. */
const SEGMENT_OCTETS = 200_000;
const TAKEN = /taken as #(\d+)/g;

/** A queue that is wrong on purpose now and then: to see that the books notice. */
export type Sabotage = 'forgets' | 'repeats';

export interface LifeWorld {
  readonly clock: Clock;
  readonly network: Network;
  readonly resolver: Resolver;
  readonly books: WeekBooks;
  readonly disk: SimDisk;
  readonly indexPath: string;
  readonly era: Era;
  readonly seed: number;
  readonly sabotage?: Sabotage;
}

export class Life {
  readonly era: Era;
  readonly disk: SimDisk;
  readonly indexPath: string;
  readonly tally = new QueueTally();
  readonly #world: LifeWorld;
  readonly #wires = new Set<Wire>();
  readonly #random: SimRandom;
  #store: EmbeddedStore | null = null;
  #runner: QueueRunner | null = null;
  #dead = false;
  /** It dies before so many more operations of its disk. */
  #operationsLeft = Number.POSITIVE_INFINITY;
  #diesAtReply = false;
  /** Reports under way: they are written by streams, which take their turns. */
  #telling = 0;

  constructor(world: LifeWorld) {
    this.#world = world;
    this.era = world.era;
    this.disk = world.disk;
    this.indexPath = world.indexPath;
    this.#random = new SimRandom(world.seed);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** `null`: it died while it started. */
  get store(): EmbeddedStore | null {
    return this.#store;
  }

  /** Never resolves when it dies on the way. */
  async begin(): Promise<void> {
    const clock = this.#clock();
    const store = await openEmbeddedStore({
      folder: '/data',
      disk: this.#disk(),
      clock,
      random: this.#random,
      quota: new MemoryQuotaLedger(clock, QUOTA_DEFAULTS),
      log: this.#log(),
      options: { indexPath: this.indexPath, indexThread: false, segmentOctets: SEGMENT_OCTETS },
    });
    if (this.#dead) return;
    this.#store = store;
    const world = { clock, random: this.#random, log: this.#log() };
    this.#runner = QueueRunner.start({
      queue: this.#queue(store.queue),
      carrier: new SmtpCarrier({
        routes: this.#routes(clock),
        queue: store.queue,
        hostname: HOSTNAME,
        network: this.#network(),
        ...world,
      }),
      reporter: this.#reporter(store, world),
      terms: TERMS,
      connections: { max: 50, maxPerDestination: 10 },
      tally: this.tally,
      ...world,
    });
  }

  /** Everything that needs nothing from the clock has happened. */
  async rest(): Promise<void> {
    do {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      // A question makes the index take up what it puts by for ten milliseconds of real time.
      if (this.#store !== null && !this.#dead) await this.#store.importKnown('');
    } while (this.#telling > 0 && !this.#dead);
  }

  /** Power is lost, now. What is on the wire already still arrives. */
  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.disk.crash();
    for (const wire of this.#wires) wire.end();
    this.#world.books.eraEnded(this.era, this.#world.clock.elapsed(), this.tally.connectionsOpen);
  }

  dieWithin(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** It lives on, whatever was planned. */
  spare(): void {
    this.#operationsLeft = Number.POSITIVE_INFINITY;
    this.#diesAtReply = false;
  }

  /** Between the reply to a final dot and what comes of it. */
  dieAtReply(): void {
    this.#diesAtReply = true;
  }

  /** As a service manager asks for it. Resolves when the process has ended in order. */
  async end(graceMs: number): Promise<void> {
    await this.#runner?.stop(graceMs);
    await this.#store?.close();
    this.die();
  }

  #clock(): Clock {
    const { clock } = this.#world;
    return {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after: (ms, act) =>
        clock.after(ms, () => {
          if (!this.#dead) act();
        }),
    };
  }

  /** Whoever waits for the disk of a dead process waits for ever. */
  #guard<T>(act: () => Promise<T>): Promise<T> {
    if (this.#operationsLeft-- <= 0) this.die();
    if (this.#dead) return new Promise(() => {});
    return this.#whileAlive(act());
  }

  async #whileAlive<T>(going: Promise<T>): Promise<T> {
    const [settled] = await Promise.allSettled([going]);
    if (this.#dead) return new Promise(() => {});
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  }

  #disk(): Disk {
    const { disk } = this;
    return {
      open: (path, how) => this.#guard(() => disk.open(path, how)).then((file) => this.#file(file)),
      list: (folder) => this.#guard(() => disk.list(folder)),
      size: (path) => this.#guard(() => disk.size(path)),
      unlink: (path) => this.#guard(() => disk.unlink(path)),
      rename: (from, to) => this.#guard(() => disk.rename(from, to)),
      makeFolder: (path) => this.#guard(() => disk.makeFolder(path)),
      syncFolder: (path) => this.#guard(() => disk.syncFolder(path)),
      lock: (path) => this.#guard(() => disk.lock(path)),
    };
  }

  #file(file: DiskFile): DiskFile {
    return {
      write: (views, position) => this.#guard(() => file.write(views, position)),
      read: (into, position) => this.#guard(() => file.read(into, position)),
      sync: () => this.#guard(() => file.sync()),
      truncate: (size) => this.#guard(() => file.truncate(size)),
      size: () => this.#guard(() => file.size()),
      close: () => this.#guard(() => file.close()),
    };
  }

  #network(): Network {
    const { network, books } = this.#world;
    return {
      connect: (to, events) => {
        const wire = network.connect(to, {
          heard: (octets) => {
            if (this.#dead) return;
            const taken = [...Buffer.from(octets).toString('latin1').matchAll(TAKEN)];
            for (const { 1: number } of taken) books.heard(Number(number));
            if (taken.length > 0 && this.#diesAtReply) this.dieWithin(this.#random.below(6));
            if (!this.#dead) events.heard(octets);
          },
          drained: () => events.drained(),
          closed: (error) => {
            this.#wires.delete(wire);
            if (!this.#dead) events.closed(error);
          },
        });
        this.#wires.add(wire);
        return {
          ready: wire.ready,
          write: (what) => this.#dead || wire.write(what),
          secure: (options) => wire.secure(options),
          end: () => wire.end(),
          destroy: () => wire.destroy(),
        };
      },
    };
  }

  #routes(clock: Clock): Routes {
    return new Routes({
      resolver: new CachingResolver(this.#world.resolver, clock),
      random: this.#random,
      table: new RouteTable(),
      self: { names: [HOSTNAME], addresses: () => ['198.51.100.1'], ports: [25] },
    });
  }

  /** The store itself, overheard: what it has as done when it says so. */
  #queue(queue: QueueStore): QueueStore {
    const keys = new Map<string, string>();
    const note = (entries: readonly QueueEntry[]): readonly QueueEntry[] => {
      for (const entry of entries) keys.set(`${entry.object}/${entry.ordinal}`, keyOf(entry));
      return entries;
    };
    return {
      onReady: (told) => queue.onReady(told),
      ready: (ask) => queue.ready(ask),
      nextDue: (now) => queue.nextDue(now),
      claim: (ask) => queue.claim(ask).then(note),
      settle: async (outcomes) => {
        const settled = await queue.settle(outcomes.map((outcome) => this.#sabotaged(outcome)));
        if (!settled.ok || this.#dead) return settled;
        for (const { type, object, ordinal } of outcomes)
          if (type === 'done') this.#world.books.done(keys.get(`${object}/${ordinal}`) ?? '');
        return settled;
      },
      block: (destination, blocked) => queue.block(destination, blocked),
      blocked: (destination) => queue.blocked(destination),
      overdue: (ask) => queue.overdue(ask).then(note),
      noticed: (names) => queue.noticed(names),
      readQueued: (entry) => queue.readQueued(entry),
      listQueue: (query, page) => queue.listQueue(query, page),
      countQueue: (query) => queue.countQueue(query),
      changeQueue: (query, change, told) => queue.changeQueue(query, change, told),
      removeQueued: (query, told) => queue.removeQueued(query, told),
      queueFigures: () => queue.queueFigures(),
    };
  }

  #sabotaged(outcome: QueueOutcome): QueueOutcome {
    const { sabotage } = this.#world;
    if (sabotage === undefined || this.#random.below(50) > 0) return outcome;
    const { object, ordinal } = outcome;
    if (sabotage === 'forgets' && outcome.type === 'deferred') return { object, ordinal, type: 'done' };
    if (sabotage === 'repeats' && outcome.type === 'done') return { object, ordinal, type: 'unclaimed' };
    return outcome;
  }

  #reporter(
    store: EmbeddedStore,
    world: { readonly clock: Clock; readonly random: SimRandom; readonly log: Log },
  ): Reporter {
    const real = new DsnReporter({
      store,
      hostname: HOSTNAME,
      referenceUrl: '',
      languageOf: () => null,
      counters: new ReportTally(),
      ...world,
    });
    return {
      tell: async (told) => {
        this.#telling++;
        try {
          return await real.tell(told);
        } finally {
          this.#telling--;
        }
      },
    };
  }

  #log(): Log {
    const { faults } = this.#world.books;
    return {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (event, fields) => {
        if (!this.#dead) faults.push(`the log has an error: ${event} ${JSON.stringify(fields)}`);
      },
    };
  }
}

function ignore(): void {}

export function keyOf({ envelope, recipient }: QueueEntry): string {
  return `${envelope.envid} ${recipient}`;
}
