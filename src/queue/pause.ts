/** Waiting by the clock of the house. */
import type { Clock } from '../world/clock.ts';

/** Ends early when `signal` says so. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  signal.addEventListener('abort', stop, { once: true });
  return promise.then(() => signal.removeEventListener('abort', stop));

  function stop(): void {
    cancel();
    resolve();
  }
}
