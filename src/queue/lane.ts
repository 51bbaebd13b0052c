/** One destination while mail goes there: what was claimed for it, and the connections that carry it. */
import type { Instant } from '../base/instant.ts';
import { type DestinationLimits, gapOf } from '../policy/destination-limits.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import type { Errand } from './carrier.ts';

export class Lane {
  readonly destination: string;
  limits: DestinationLimits;
  /** Connections at work, or on their way. */
  connections = 0;
  /** Of these, those that nobody has answered yet. */
  opening = 0;
  /** Errands that connections have, and have not reported. */
  underWay = 0;
  /** The store had no more for it when it was asked last. */
  exhausted = false;
  /** Something was claimed for it. */
  hadWork = false;
  /** A question to the store is under way. */
  claiming = false;
  /** Nothing more is given out: the destination is blocked, or we stop. */
  closed = false;
  /** Times in a row that it was given up as a whole. */
  failures: number;
  /** Errands in a row that met trouble of the whole destination. */
  troubles = 0;
  /** The next message goes out no earlier, when there is a limit to the rate. */
  nextAt = 0 as Instant;
  readonly #errands: Errand[] = [];
  readonly #waiting: ((errand: Errand | null) => void)[] = [];

  constructor(destination: string, limits: DestinationLimits, failures: number) {
    this.destination = destination;
    this.limits = limits;
    this.failures = failures;
  }

  /** It was given up before: one connection with one errand finds out whether it is back. */
  get probing(): boolean {
    return this.failures > 0;
  }

  get pending(): number {
    return this.#errands.length;
  }

  /** No connection, nothing for one, and nothing to come. */
  get isDone(): boolean {
    return (
      this.connections === 0 && !this.claiming && (this.closed || (this.exhausted && this.pending === 0))
    );
  }

  /** Each connection that is on its way will take one errand. */
  wantsConnection(now: Instant): boolean {
    const most = this.probing ? 1 : this.limits.connections;
    return !this.closed && this.pending > this.opening && this.connections < most && this.nextAt <= now;
  }

  add(errands: readonly Errand[]): void {
    for (const errand of errands) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#errands.push(errand);
      else this.#give(errand, waiting);
    }
  }

  take(): Errand | null {
    const errand = this.#errands.shift() ?? null;
    if (errand !== null) this.underWay++;
    return errand;
  }

  /** An errand as soon as there is one; `null` when the lane closes, or `dismiss` is called. */
  wait(): { readonly errand: Promise<Errand | null>; readonly dismiss: () => void } {
    const { promise, resolve } = Promise.withResolvers<Errand | null>();
    this.#waiting.push(resolve);
    const dismiss = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(null);
    };
    return { errand: promise, dismiss };
  }

  /** Back to where it was, for another connection. */
  putBack(errand: Errand): void {
    this.underWay--;
    this.#errands.unshift(errand);
  }

  /** When the errand that was taken now may go out: RATE of the destination, shared by all its connections. */
  slot(now: Instant): Instant {
    const at = Math.max(now, this.nextAt) as Instant;
    const gap = gapOf(this.limits);
    if (gap > 0) this.nextAt = (at + gap) as Instant;
    return at;
  }

  /** What was claimed and not given out. */
  drain(): readonly Errand[] {
    return this.#errands.splice(0);
  }

  /** Gives nothing out any more; what was claimed and not given out. */
  close(): readonly QueueEntry[] {
    this.closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(null);
    return this.drain().flatMap(({ entries }) => entries);
  }

  #give(errand: Errand, waiting: (errand: Errand) => void): void {
    this.underWay++;
    waiting(errand);
  }
}

/** Recipients of one mail object travel together. */
export function errandsOf(entries: readonly QueueEntry[]): readonly Errand[] {
  const byObject = new Map<number, [QueueEntry, ...QueueEntry[]]>();
  for (const entry of entries) {
    const others = byObject.get(entry.object);
    if (others === undefined) byObject.set(entry.object, [entry]);
    else others.push(entry);
  }
  return [...byObject.values()].map((together) => ({ entries: together }));
}
