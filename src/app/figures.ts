/** Where the metrics find their figures. */
import type { Figures } from '../http/metrics.ts';
import type { Certificates } from '../services/certificates.ts';
import type { Tally } from '../services/tally.ts';
import type { LogFile } from '../world/log-file.ts';
import type { House } from './compose.ts';
import type { Sending } from './sending.ts';

export interface FigureSources {
  readonly tally: Tally;
  readonly tls: Certificates;
  readonly sending: Sending;
  readonly logFile: LogFile;
}

export function figuresOf({ space, ballast }: House, sources: FigureSources): Figures {
  const { tally, sending, logFile } = sources;
  const { handshakes } = sources.tls;
  const queue = sending.tally;
  return {
    *replies() {
      for (const [reply, said] of tally.replies) yield { reply, ...said };
    },
    counters: () => ({
      sessions_total: tally.sessionsBegun,
      connections_refused_total: tally.connectionsRefused,
      tls_handshakes_total: handshakes.done,
      tls_handshakes_resumed_total: handshakes.resumed,
      tls_handshakes_failed_total: handshakes.failed,
      messages_kept_total: tally.messagesKept,
      octets_kept_total: tally.octetsKept,
      deliveries_total: tally.deliveries,
      deliveries_waiting_total: tally.deliveriesWaiting,
      queue_delivered_total: queue.delivered,
      queue_connections_total: queue.connectionsBegun,
      queue_blocks_total: queue.blocks,
      queue_replies_lost_total: queue.repliesLost,
      queue_delay_notices_total: queue.delayNotices,
      reports_undeliverable_total: sending.reports.undeliverable,
      log_lines_dropped_total: logFile.dropped,
    }),
    gauges: () => ({
      sessions_open: tally.sessionsOpen,
      reserved_bytes: space.held,
      usable_bytes: space.usable(),
      ballast_bytes: ballast.octets,
      queue_entries: sending.meter.figures.entries,
      queue_bytes: sending.meter.figures.octets,
      queue_held: sending.meter.figures.held,
      queue_connections_open: queue.connectionsOpen,
      mail_admitted_ratio: space.status().admittedPercent / 100,
    }),
    level: () => space.level,
    queueCauses: () => queue.causes,
    *queueDestinations() {
      for (const [destination, counts] of queue.destinations) yield [destination, { ...counts }];
    },
    reports: () => sending.reports.reports,
  };
}
