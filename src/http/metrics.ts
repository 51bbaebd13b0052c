/** The figures of the server as Prometheus reads them. Counters live where things happen; they are copied when somebody asks. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Level } from '../policy/space.ts';

/** Where the figures come from; all since the start. */
export interface Figures {
  replies(): Iterable<{
    readonly reply: string;
    readonly code: string;
    readonly status: string | null;
    readonly times: number;
  }>;
  /** By name: numbers that only grow. */
  counters(): Readonly<Record<CounterName, number>>;
  gauges(): Readonly<Record<GaugeName, number>>;
  level(): Level;
  /** What became of recipients in the queue, by cause and by destination (the busiest; the others together). */
  queueCauses(): Iterable<{ readonly event: string; readonly cause: string; readonly times: number }>;
  queueDestinations(): Iterable<readonly [string, Readonly<Record<string, number>>]>;
  reports(): Iterable<readonly [string, number]>;
}

const COUNTERS = {
  sessions_total: 'Sessions begun',
  connections_refused_total: 'Connections that never became sessions',
  messages_kept_total: 'Messages accepted and kept',
  octets_kept_total: 'Octets of messages accepted and kept',
  deliveries_total: 'Copies delivered to mailboxes',
  deliveries_waiting_total: 'Copies that had to wait for room in a mailbox',
  tls_handshakes_total: 'TLS handshakes that were done',
  tls_handshakes_resumed_total: 'Of these, handshakes that took up an earlier session',
  tls_handshakes_failed_total: 'TLS handshakes that failed',
  queue_delivered_total: 'Recipients delivered to other servers',
  queue_connections_total: 'Connections to other servers begun',
  queue_blocks_total: 'Destinations given up for a while, as a whole',
  queue_replies_lost_total: 'Recipients that may get a message twice: the last reply was lost',
  queue_delay_notices_total: 'Recipients whose sender was told of the delay, or need not be',
  reports_undeliverable_total: 'Recipients whose failure nobody could be told',
  log_lines_dropped_total: 'Log lines that the disk did not take',
};
export type CounterName = keyof typeof COUNTERS;

const GAUGES = {
  sessions_open: 'Sessions now',
  reserved_bytes: 'Octets reserved by sessions and not yet written',
  usable_bytes: 'Octets that may still be promised',
  ballast_bytes: 'Octets of the ballast file',
  queue_entries: 'Recipients in the queue',
  queue_bytes: 'Octets of messages in the queue, once for each recipient',
  queue_held: 'Recipients held by an operator',
  queue_connections_open: 'Connections to other servers now',
  mail_admitted_ratio: 'Share of MAIL commands admitted while resuming after RED',
};
export type GaugeName = keyof typeof GAUGES;

const LEVEL_NUMBER: Readonly<Record<Level, number>> = { green: 0, yellow: 1, red: 2, black: 3 };

export class Metrics {
  readonly #registry = new Registry();
  readonly #batchMessages: Histogram;
  readonly #batchSync: Histogram;

  constructor(figures: Figures) {
    const registers: Registry[] = [];
    collectDefaultMetrics({ register: this.#registry });
    this.#batchMessages = new Histogram({
      name: 'restante_batch_messages',
      help: 'Records that shared one sync of the store',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    });
    this.#batchSync = new Histogram({
      name: 'restante_batch_sync_seconds',
      help: 'Time of one sync of the store',
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    });
    const names = Object.keys(COUNTERS) as CounterName[];
    const counters = names.map((name) => counterOf(figures, name));
    const gauges = (Object.keys(GAUGES) as GaugeName[]).map((name) => gaugeOf(figures, name));
    const own = [
      this.#batchMessages,
      this.#batchSync,
      repliesOf(figures),
      refusalsOf(figures),
      levelOf(figures),
      queueCausesOf(figures),
      queueDestinationsOf(figures),
      reportsOf(figures),
    ];
    for (const metric of [...own, ...counters, ...gauges]) this.#registry.registerMetric<string>(metric);
  }

  batch(messages: number, syncMs: number): void {
    this.#batchMessages.observe(messages);
    this.#batchSync.observe(syncMs / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function counterOf(figures: Figures, name: CounterName): Counter {
  return new Counter({
    name: `restante_${name}`,
    help: COUNTERS[name],
    registers: [],
    collect() {
      this.reset();
      this.inc(figures.counters()[name]);
    },
  });
}

function gaugeOf(figures: Figures, name: GaugeName): Gauge {
  return new Gauge({
    name: `restante_${name}`,
    help: GAUGES[name],
    registers: [],
    collect() {
      this.set(figures.gauges()[name]);
    },
  });
}

function repliesOf(figures: Figures): Counter {
  return new Counter({
    name: 'restante_smtp_replies_total',
    help: 'Replies said, by name, code and enhanced code',
    labelNames: ['reply', 'code', 'enhanced'],
    registers: [],
    collect() {
      this.reset();
      for (const { reply, code, status, times } of figures.replies()) {
        this.inc({ reply, code, enhanced: status ?? '' }, times);
      }
    },
  });
}

function refusalsOf(figures: Figures): Counter {
  return new Counter({
    name: 'restante_smtp_refused_total',
    help: 'Refusals (4yz and 5yz), by code and enhanced code',
    labelNames: ['code', 'enhanced'],
    registers: [],
    collect() {
      this.reset();
      for (const { code, status, times } of figures.replies()) {
        if (/^[45]/.test(code)) this.inc({ code, enhanced: status ?? '' }, times);
      }
    },
  });
}

function levelOf(figures: Figures): Gauge {
  return new Gauge({
    name: 'restante_storage_level',
    help: 'Level of the storage: 0 green, 1 yellow, 2 red, 3 black',
    registers: [],
    collect() {
      this.set(LEVEL_NUMBER[figures.level()]);
    },
  });
}

function queueCausesOf(figures: Figures): Counter {
  return new Counter({
    name: 'restante_queue_outcomes_total',
    help: 'What became of attempts and entries of the queue, by event and cause',
    labelNames: ['event', 'cause'],
    registers: [],
    collect() {
      this.reset();
      for (const { event, cause, times } of figures.queueCauses()) this.inc({ event, cause }, times);
    },
  });
}

function queueDestinationsOf(figures: Figures): Counter {
  return new Counter({
    name: 'restante_queue_destination_outcomes_total',
    help: 'The same by destination; those beyond the first 200 together',
    labelNames: ['destination', 'event'],
    registers: [],
    collect() {
      this.reset();
      for (const [destination, counts] of figures.queueDestinations())
        for (const [event, times] of Object.entries(counts)) this.inc({ destination, event }, times);
    },
  });
}

function reportsOf(figures: Figures): Counter {
  return new Counter({
    name: 'restante_reports_total',
    help: 'Reports to senders written, by what they tell',
    labelNames: ['topic'],
    registers: [],
    collect() {
      this.reset();
      for (const [topic, times] of figures.reports()) this.inc({ topic }, times);
    },
  });
}
