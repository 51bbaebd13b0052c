/** What sends: the queue with its runner, the way to other servers, and the reports to senders; put together from the settings. */
import { DsnReporter } from '../delivery/dsn-reporter.ts';
import { ReportTally } from '../delivery/report-tally.ts';
import { RouteTable } from '../delivery/route-table.ts';
import { Routes } from '../delivery/route.ts';
import { SmtpCarrier } from '../delivery/smtp-carrier.ts';
import { QueueMeter } from '../queue/queue-meter.ts';
import { QueueRunner } from '../queue/queue-runner.ts';
import { QueueTally } from '../queue/queue-tally.ts';
import type { QueueTerms } from '../queue/settlement.ts';
import type { Reporter } from '../queue/reporter.ts';
import type { EmbeddedStore } from '../store/embedded-store.ts';
import { systemClock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { ownAddresses } from '../world/own-addresses.ts';
import { systemRandom } from '../world/random.ts';
import { CachingResolver } from '../world/resolver-cache.ts';
import { DnsResolver } from '../world/resolver-dns.ts';
import { systemServers } from '../world/resolver-servers.ts';
import { languageOf } from './report-languages.ts';
import type { Settings } from './settings-table.ts';

const SMTP_PORT = 25;

/** Ready to go; nothing is tried before `run`. */
export interface Sending extends Disposable {
  readonly meter: QueueMeter;
  readonly tally: QueueTally;
  readonly reports: ReportTally;
  readonly reporter: Reporter;
  run(): QueueRunner;
}

export async function prepareSending(settings: Settings, store: EmbeddedStore, log: Log): Promise<Sending> {
  const world = { clock: systemClock, random: systemRandom, log };
  const reports = new ReportTally();
  const tally = new QueueTally();
  const { queue } = store;
  const reporter = reporterOf(settings, { store, log }, reports);
  const replyMs = settings['delivery.commandTimeout'];
  const carrier = new SmtpCarrier({
    routes: routesOf(settings),
    queue,
    hostname: settings.hostname,
    log,
    timeouts: { greetingMs: replyMs, helloMs: replyMs, authMs: replyMs, mailMs: replyMs, rcptMs: replyMs },
  });
  const limits = { entriesMax: settings['queue.entriesMax'], octetsMax: settings['queue.octetsMax'] };
  const meter = await QueueMeter.start(queue, limits, world);
  return {
    meter,
    tally,
    reports,
    reporter,
    [Symbol.dispose]: () => meter[Symbol.dispose](),
    run: () =>
      QueueRunner.start({
        queue,
        carrier,
        reporter,
        tally,
        ...world,
        terms: queueTerms(settings),
        connections: {
          max: settings['delivery.connectionMax'],
          maxPerDestination: settings['delivery.connectionMaxPerDestination'],
        },
      }),
  };
}

export function queueTerms(settings: Settings): QueueTerms {
  return {
    lifetimeMs: settings['queue.lifetime'],
    delayNoticeMs: settings['queue.delayNotice'],
    fullMailboxPatienceMs: settings['queue.fullMailboxPatience'],
  };
}

export function reporterOf(
  settings: Settings,
  { store, log }: { readonly store: EmbeddedStore; readonly log: Log },
  counters: ReportTally,
): Reporter {
  return new DsnReporter({
    store,
    log,
    clock: systemClock,
    random: systemRandom,
    hostname: settings.hostname,
    referenceUrl: settings['help.referenceUrl'],
    languageOf: languageOf(settings['reports.languages']),
    counters,
  });
}

function routesOf(settings: Settings): Routes {
  const servers = settings['dns.servers'];
  const dns = new DnsResolver({
    servers: servers.length > 0 ? () => servers : systemServers(systemClock),
    clock: systemClock,
    random: systemRandom,
  });
  const port = settings['smtp.listen']?.port ?? SMTP_PORT;
  return new Routes({
    resolver: new CachingResolver(dns, systemClock),
    random: systemRandom,
    port: settings['delivery.port'],
    table: new RouteTable(settings['delivery.routes'], settings['delivery.tlsRequired']),
    self: {
      names: [settings.hostname],
      addresses: ownAddresses(systemClock),
      ports: [SMTP_PORT, port],
    },
  });
}
