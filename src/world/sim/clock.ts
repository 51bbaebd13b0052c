/** A clock that is moved by hand. */
import type { Instant } from '../../base/instant.ts';
import type { Clock } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

export class SimClock implements Clock {
  #elapsed = 0;
  readonly #start: number;
  readonly #timers = new Set<Timer>();

  /** Milliseconds since 1970 at which it starts. */
  constructor(start = 1_700_000_000_000) {
    this.#start = start;
  }

  now(): Instant {
    return (this.#start + this.#elapsed) as Instant;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), act };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many calls are due some day. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: whatever is due on the way is called at its time, in order. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer = this.#next(end); timer !== null; timer = this.#next(end)) this.#ring(timer);
    this.#elapsed = end;
  }

  /** The same, and after each call the promises that hang on it are let run: `rest` waits until they have. */
  async pass(ms: number, rest: () => Promise<void> = settled): Promise<void> {
    const end = this.#elapsed + ms;
    await rest();
    for (let timer = this.#next(end); timer !== null; timer = this.#next(end)) {
      this.#ring(timer);
      await rest();
    }
    this.#elapsed = end;
  }

  #ring(timer: Timer): void {
    this.#timers.delete(timer);
    this.#elapsed = timer.at;
    timer.act();
  }

  /** The earliest that is due by `end`; of several, the one that was set first. */
  #next(end: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

/** One turn of the event loop: every promise that needs nothing from outside has run by then. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
