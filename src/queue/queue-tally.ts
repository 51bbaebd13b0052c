/** What the queue has done since the start, in plain numbers: the metrics read them. */
import type { Cause } from '../policy/retry.ts';

export type QueueEvent = 'delivered' | 'deferred' | 'failed' | 'expired';

export interface DestinationCount {
  delivered: number;
  deferred: number;
  failed: number;
  expired: number;
}

/** Destinations with counts of their own; the rest is counted together, for whoever sends decides how many there are. */
const DESTINATIONS_MAX = 200;
const OTHERS = '(others)';

export class QueueTally {
  readonly #causes = new Map<string, { readonly event: QueueEvent; readonly cause: Cause; times: number }>();
  readonly #destinations = new Map<string, DestinationCount>();
  delivered = 0;
  /** Recipients whose attempt ended between the final dot and its reply: they may get the message twice. */
  repliesLost = 0;
  delayNotices = 0;
  connectionsBegun = 0;
  connectionsOpen = 0;
  /** Destinations that were given up for a while, as a whole. */
  blocks = 0;

  count(event: QueueEvent, destination: string, cause: Cause | null): void {
    if (event === 'delivered') this.delivered++;
    this.#ofDestination(destination)[event]++;
    if (cause === null) return;
    const key = `${event} ${cause}`;
    const counted = this.#causes.get(key);
    if (counted === undefined) this.#causes.set(key, { event, cause, times: 1 });
    else counted.times++;
  }

  get causes(): Iterable<{ readonly event: QueueEvent; readonly cause: Cause; readonly times: number }> {
    return this.#causes.values();
  }

  get destinations(): ReadonlyMap<string, Readonly<DestinationCount>> {
    return this.#destinations;
  }

  #ofDestination(destination: string): DestinationCount {
    const known = this.#destinations.get(destination);
    if (known !== undefined) return known;
    const name = this.#destinations.size < DESTINATIONS_MAX ? destination : OTHERS;
    const counts = this.#destinations.get(name) ?? { delivered: 0, deferred: 0, failed: 0, expired: 0 };
    this.#destinations.set(name, counts);
    return counts;
  }
}
