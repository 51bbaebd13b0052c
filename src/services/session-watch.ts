/**
 * One clock for all sessions of a server: a sweep each second cuts those whose time is over. A timer of its own for each of
 * thousands of idle sessions would cost more than the sessions do.
 */
import type { Clock } from '../world/clock.ts';

const SWEEP_MS = 1000;

/** Something with an end. `cut` is called once its deadline has passed, again each sweep until it is forgotten. */
export interface Watched {
  /** In ticks of the watch; 0 is never. */
  readonly deadline: number;
  cut(): void;
}

export class SessionWatch {
  /** Seconds since the watch began: coarse, and free to read. */
  tick = 1;
  readonly #watched = new Set<Watched>();
  readonly #clock: Clock;
  #cancel: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#cancel = clock.after(SWEEP_MS, () => this.#sweep());
  }

  get size(): number {
    return this.#watched.size;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched);
  }

  all(): Iterable<Watched> {
    return this.#watched;
  }

  stop(): void {
    this.#cancel();
  }

  #sweep(): void {
    this.tick++;
    for (const watched of this.#watched) {
      if (watched.deadline !== 0 && watched.deadline <= this.tick) watched.cut();
    }
    this.#cancel = this.#clock.after(SWEEP_MS, () => this.#sweep());
  }
}
