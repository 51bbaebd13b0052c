/**
 * How much one destination gets at once: connections, and messages a minute. It grows while mail goes through, and shrinks when the
 * destination says that it is too much. The start is careful, the top is polite.
 */
import type { Instant } from '../base/instant.ts';
import type { Meaning } from './retry.ts';

/** Connections to a destination that nothing is known of. */
export const CONNECTIONS_FIRST = 5;
export const CONNECTIONS_MAX = 20;
/** Messages delivered for each further connection, or for each step of the rate. */
export const DELIVERED_PER_STEP = 10;
/** Messages a minute after the first complaint about a rate: nobody can know which rate was meant. */
export const RATE_FIRST = 60;
export const RATE_MIN = 1;
/** A rate that has grown to this is no limit any more. */
export const RATE_MAX = 600;
/** Connections at work complain all at once; that is one complaint. */
export const CUT_PAUSE_MS = 30_000;

export interface DestinationLimits {
  /** At once; at least 1. */
  readonly connections: number;
  /** Messages a minute; `null`: as fast as they go. */
  readonly rate: number | null;
  /** Delivered since the last step. */
  readonly delivered: number;
  /** No host of it answered, last time. */
  readonly lost: boolean;
  /** Before this, another complaint changes nothing. */
  readonly nextCutAt: Instant;
}

/** `refused-rate`: it complained of how fast we are. `refused-busy`: of how much it has to do. */
export type DestinationEvent = 'connected' | 'delivered' | 'refused-busy' | 'refused-rate' | 'unreachable';

export const FRESH_LIMITS: DestinationLimits = {
  connections: CONNECTIONS_FIRST,
  rate: null,
  delivered: 0,
  lost: false,
  nextCutAt: 0 as Instant,
};

/** What a failure says about the destination; `null`: nothing, it concerns a mailbox or a message alone. */
export function eventOf({ cause, scope }: Meaning): DestinationEvent | null {
  if (cause === 'rate-limited') return 'refused-rate';
  if (cause === 'peer-unreachable') return 'unreachable';
  if (cause === 'peer-busy' || cause === 'peer-full') return 'refused-busy';
  // A 4yz that tells no more, before MAIL: it does not want us now.
  return scope === 'host' && cause === 'other' ? 'refused-busy' : null;
}

export function limitsAfter(
  limits: DestinationLimits,
  event: DestinationEvent,
  now: Instant,
  connectionMax = CONNECTIONS_MAX,
): DestinationLimits {
  switch (event) {
    case 'connected': // It is back: not at once with all there is, and not with one alone.
      return limits.lost ? { ...limits, lost: false, connections: Math.min(2, connectionMax) } : limits;
    case 'delivered':
      return afterDelivery(limits, connectionMax);
    case 'unreachable':
      return { ...limits, lost: true, connections: 1, delivered: 0 };
    case 'refused-busy':
    case 'refused-rate':
      return now < limits.nextCutAt ? limits : cut(limits, event, now);
  }
}

/** Milliseconds from one message to the next over all connections to the destination. */
export function gapOf({ rate }: DestinationLimits): number {
  return rate === null ? 0 : Math.ceil(60_000 / rate);
}

/** One connection more for each step, and half as much again of the rate, as long as nobody complains. */
function afterDelivery(limits: DestinationLimits, connectionMax: number): DestinationLimits {
  const delivered = limits.delivered + 1;
  if (delivered < DELIVERED_PER_STEP) return { ...limits, lost: false, delivered };
  const connections = Math.min(limits.connections + 1, connectionMax);
  const grown = limits.rate === null ? null : Math.ceil(limits.rate * 1.5);
  const rate = grown === null || grown > RATE_MAX ? null : grown;
  return { ...limits, lost: false, delivered: 0, connections, rate };
}

function cut(
  limits: DestinationLimits,
  event: 'refused-busy' | 'refused-rate',
  now: Instant,
): DestinationLimits {
  const slower = limits.rate === null ? RATE_FIRST : Math.max(RATE_MIN, Math.floor(limits.rate / 2));
  return {
    ...limits,
    connections: Math.max(1, Math.floor(limits.connections / 2)),
    rate: event === 'refused-rate' ? slower : limits.rate,
    delivered: 0,
    nextCutAt: (now + CUT_PAUSE_MS) as Instant,
  };
}
