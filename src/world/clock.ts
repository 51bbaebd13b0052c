/** The clock port. The real one is here; `sim/clock.ts` is moved by hand. */
import type { Instant } from '../base/instant.ts';

export interface Clock {
  now(): Instant;
  /** Milliseconds that only grow, for durations. */
  elapsed(): number;
  /** Calls `act` after `ms`, once; the returned function cancels. Does not keep the process alive. */
  after(ms: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  elapsed: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
