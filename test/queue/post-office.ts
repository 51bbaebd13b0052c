/**
 * A queue that sends: the real store on a real disk, the real client on real sockets to peers that a test scripts, and a clock that is
 * moved by hand, so that days pass in seconds.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Instant } from '../../src/base/instant.ts';
import { DsnReporter } from '../../src/delivery/dsn-reporter.ts';
import { ReportTally } from '../../src/delivery/report-tally.ts';
import type { Route } from '../../src/delivery/route.ts';
import { SmtpCarrier, type SmtpCarrierOptions } from '../../src/delivery/smtp-carrier.ts';
import { QUOTA_DEFAULTS } from '../../src/policy/quota.ts';
import { DELAY_NOTICE_AFTER_MS, QUEUE_LIFETIME_MS } from '../../src/policy/retry-schedule.ts';
import { QueueRunner, type QueueRunnerOptions } from '../../src/queue/queue-runner.ts';
import { QueueTally } from '../../src/queue/queue-tally.ts';
import type { Fate, Reporter } from '../../src/queue/reporter.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { MemoryQuotaLedger } from '../../src/store/memory-quota-ledger.ts';
import type { QueueEntry } from '../../src/store/queue-store.ts';
import { type AccountId, type Delivery, type KeptEnvelope, QUEUE } from '../../src/store/store.ts';
import { systemClock } from '../../src/world/clock.ts';
import type { LogFields } from '../../src/world/log.ts';
import { nodeDisk } from '../../src/world/node-disk.ts';
import { systemRandom } from '../../src/world/random.ts';
import { SimClock } from '../../src/world/sim/clock.ts';
import { QUICK } from '../support/errands.ts';
import { type Folder, temporaryFolder } from '../support/folder.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const SENDER = 'ann@mail.example';

/** Where each destination is: a port on loopback, a whole route, what the DNS says instead, or nobody. */
export type Places = Record<string, number | Route>;

export interface OfficeOptions {
  readonly places: Places;
  readonly terms?: Partial<QueueRunnerOptions['terms']>;
  readonly connections?: Partial<QueueRunnerOptions['connections']>;
  /** Of the client; its clock is the real one unless it says otherwise. */
  readonly carrier?: Partial<Omit<SmtpCarrierOptions, 'queue' | 'log' | 'hostname'>>;
  /** Data that another one has left. */
  readonly folder?: Folder;
}

export interface Posting {
  readonly to: readonly string[];
  readonly from?: string;
  readonly text?: string;
  readonly envelope?: Partial<KeptEnvelope>;
  readonly notify?: string;
  /** Copies of accounts that are full. */
  readonly waiting?: readonly { readonly account: AccountId; readonly recipient: string }[];
}

export interface LogLine {
  readonly event: string;
  readonly fields: LogFields;
}

/** Longest that real disks and sockets may take for a step. */
const PATIENCE_MS = 10_000;

export class PostOffice implements AsyncDisposable {
  readonly clock: SimClock;
  readonly store: EmbeddedStore;
  readonly tally = new QueueTally();
  readonly reports = new ReportTally();
  /** What was to be told to senders. */
  readonly fates: { readonly entry: QueueEntry; readonly fate: Fate }[] = [];
  readonly log: LogLine[] = [];
  readonly places: Places;
  readonly #folder: Folder;
  readonly #runner: QueueRunner;

  private constructor(clock: SimClock, store: EmbeddedStore, folder: Folder, options: OfficeOptions) {
    this.clock = clock;
    this.store = store;
    this.#folder = folder;
    this.places = options.places;
    const write = (event: string, fields: LogFields = {}): void => void this.log.push({ event, fields });
    const log = { debug: write, info: write, warn: write, error: write };
    const world = { clock, random: systemRandom, log };
    const hostname = 'mail.example';
    this.#runner = QueueRunner.start({
      queue: store.queue,
      carrier: new SmtpCarrier({
        routes: { find: (destination) => Promise.resolve(this.#route(destination)) },
        queue: store.queue,
        hostname,
        timeouts: QUICK,
        ...world,
        clock: systemClock, // sockets take their real time
        ...options.carrier,
      }),
      reporter: this.#reporter(
        new DsnReporter({
          store,
          hostname,
          referenceUrl: '',
          languageOf: () => null,
          counters: this.reports,
          ...world,
        }),
      ),
      terms: {
        lifetimeMs: QUEUE_LIFETIME_MS,
        delayNoticeMs: DELAY_NOTICE_AFTER_MS,
        fullMailboxPatienceMs: 24 * HOUR,
        ...options.terms,
      },
      connections: { max: 50, maxPerDestination: 20, ...options.connections },
      tally: this.tally,
      ...world,
    });
  }

  static async open(options: OfficeOptions): Promise<PostOffice> {
    const folder = options.folder ?? temporaryFolder();
    const clock = new SimClock();
    const store = await openEmbeddedStore({
      folder: folder.path,
      disk: nodeDisk,
      clock,
      random: systemRandom,
      quota: new MemoryQuotaLedger(clock, QUOTA_DEFAULTS),
      options: { indexThread: false },
    });
    if ((await store.listDomains()).length === 0) {
      await store.addDomain('mail.example');
      await store.addAccount(SENDER);
    }
    return new PostOffice(clock, store, folder, options);
  }

  /** A message into the queue, as a session would put it there. */
  async post({ to, from = SENDER, text, envelope, notify, waiting = [] }: Posting): Promise<void> {
    const writer = this.store.begin();
    const body = text ?? `From: <${from}>\r\nSubject: it\r\nMessage-ID: <${to[0]}>\r\n\r\nHello\r\n`;
    writer.write(Buffer.from(`Return-Path: <${from}>\r\n${body}`));
    await writer.flush();
    const [first, ...others] = [
      ...to.map((recipient): Delivery => ({
        account: QUEUE,
        recipient,
        state: 'queued',
        notify: notify ?? null,
        orcpt: null,
      })),
      ...waiting.map((one): Delivery => ({ ...one, state: 'waiting', notify: notify ?? null, orcpt: null })),
    ];
    assert.ok(first !== undefined);
    const kept = await writer.keep(
      {
        reversePath: from,
        receivedAt: this.clock.now(),
        envid: null,
        ret: null,
        importKey: null,
        body: '7BIT',
        smtputf8: false,
        origin: 'submission',
        submitter: null,
        ...envelope,
      },
      [first, ...others],
    );
    assert.ok(kept.ok, JSON.stringify(kept));
  }

  /** Lets the world go on, a moment of its clock at a time, until it is so. */
  async until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > end) throw new Error(`${what}: ${JSON.stringify(this.log.slice(-5))}`);
      await this.clock.pass(25);
      await pause(1);
    }
  }

  /** So much of its time, in steps that leave disks and sockets theirs. */
  async pass(ms: number, stepMs = MINUTE): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.pass(Math.min(stepMs, ms - passed));
      await this.settled();
    }
  }

  /** Nothing is under way. */
  async settled(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    for (let quiet = 0; quiet < 3;) {
      if (performance.now() > end) throw new Error('it never comes to rest');
      await pause(2);
      const { leased } = await this.store.queue.queueFigures();
      if (leased === 0 && this.tally.connectionsOpen === 0) quiet++;
      else {
        quiet = 0;
        await this.clock.pass(50);
      }
    }
  }

  async entries(): Promise<readonly QueueEntry[]> {
    return (await this.store.queue.listQueue({}, { count: 1000 })).entries;
  }

  /** Milliseconds from now to when its only entry is tried next. */
  async nextIn(recipient: string): Promise<number> {
    const { entries } = await this.store.queue.listQueue({ recipient });
    const [entry] = entries;
    assert.ok(entry?.retry, `${recipient} has been tried`);
    return entry.retry.due - this.clock.now();
  }

  events(name: string): readonly LogFields[] {
    return this.log.filter(({ event }) => event === name).map(({ fields }) => fields);
  }

  async close(): Promise<void> {
    await this.#runner.stop(5000);
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.#folder[Symbol.dispose]();
  }

  #route(destination: string): Route {
    const place = this.places[destination];
    if (typeof place === 'object') return place;
    const hop = { name: `mx.${destination}`, address: '127.0.0.1', port: place ?? 1, preference: 0 };
    return {
      type: 'hops',
      hops: [hop],
      protocol: 'smtp',
      tls: 'opportunistic',
      implicitTls: false,
      auth: null,
    };
  }

  #reporter(real: Reporter): Reporter {
    return {
      tell: (told) => {
        this.fates.push(...told.filter(({ fate }) => fate.type !== 'relayed'));
        return real.tell(told);
      },
    };
  }
}

export function at(instant: number): Instant {
  return instant as Instant;
}
