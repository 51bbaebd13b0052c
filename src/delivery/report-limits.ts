/**
 * How many reports one address gets: whoever sends many small messages in its name must not fill its mailbox with large ones. It counts by the
 * clock it is given, so that a simulated week is a week.
 */
import type { ReportKind } from '../policy/notify.ts';
import type { Clock } from '../world/clock.ts';
import type { Topic } from './report-words.ts';

const WINDOW_MS = 3_600_000;
/** Addresses remembered at a time; the oldest gives way. */
const ADDRESSES_MAX = 10_000;

/** In an hour. A failure untold is a loss, so there is room for the bad addresses of a long list. */
const REPORTS_MAX: Readonly<Record<Topic, number>> = {
  failed: 1000,
  undeliverable: 100,
  delayed: 100,
  delivered: 100,
  relayed: 100,
  expanded: 100,
} satisfies Record<ReportKind | 'undeliverable', number>;

interface Window {
  readonly since: number;
  reports: number;
}

export class ReportLimits {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  /** One more report about this to this address: may it be? */
  admits(address: string, topic: Topic): boolean {
    const key = `${topic} ${address.toLowerCase()}`;
    const now = this.#clock.elapsed();
    const known = this.#windows.get(key);
    if (known !== undefined && now - known.since < WINDOW_MS) {
      if (known.reports >= REPORTS_MAX[topic]) return false;
      known.reports++;
      return true;
    }
    this.#windows.delete(key); // So that the order is that of age.
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size >= ADDRESSES_MAX) this.#windows.delete(oldest);
    this.#windows.set(key, { since: now, reports: 1 });
    return true;
  }
}
