/**
 * How many handshakes there may be. One costs as much of the only thread as a hundred commands, and anybody can ask for one: they
 * take turns with the mail of everybody else, and there is an end to what is under way at once.
 */
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';

/** From the first wait for the client's part to the last octet of it. */
export const HANDSHAKE_TIMEOUT_MS = 30_000;
/** Clients that have sent the beginning of a handshake and not its end. */
const HANDSHAKES_MAX = 1024;
/** Begun in one turn of the loop: between two turns everything else is served. */
const HANDSHAKES_A_TURN = 8;
/** When there is no more place, one that has lasted for so long makes room. */
const LONG_ENOUGH_MS = 5000;

export interface HandshakeLimits {
  readonly max: number;
  readonly aTurn: number;
}

/** Who shakes hands. `destroy` cuts it off. */
export interface Shaking {
  destroy(): void;
}

export class Handshakes {
  readonly clock: Clock;
  readonly log: Log;
  done = 0;
  resumed = 0;
  failed = 0;
  readonly #limits: HandshakeLimits;
  /** When each began; the oldest first. */
  readonly #underWay = new Map<Shaking, number>();
  readonly #waiting = new Map<Shaking, () => void>();
  #begunThisTurn = 0;

  constructor(clock: Clock, log: Log, limits?: HandshakeLimits) {
    this.clock = clock;
    this.log = log;
    this.#limits = limits ?? { max: HANDSHAKES_MAX, aTurn: HANDSHAKES_A_TURN };
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves when it is its turn, or when it has left. Whoever enters must leave. */
  enter(shaking: Shaking): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(shaking, resolve);
      this.#admit();
    });
  }

  /** It is over, however it ended; also of one that still waits. */
  leave(shaking: Shaking): void {
    const resolve = this.#waiting.get(shaking);
    this.#waiting.delete(shaking);
    resolve?.();
    if (this.#underWay.delete(shaking)) this.#admit();
  }

  #admit(): void {
    for (const [shaking, resolve] of this.#waiting) {
      if (this.#begunThisTurn >= this.#limits.aTurn || !this.#hasPlace()) return;
      this.#waiting.delete(shaking);
      this.#underWay.set(shaking, this.clock.elapsed());
      if (this.#begunThisTurn++ === 0) setImmediate(() => this.#nextTurn());
      resolve();
    }
  }

  #nextTurn(): void {
    this.#begunThisTurn = 0;
    this.#admit();
  }

  #hasPlace(): boolean {
    if (this.#underWay.size < this.#limits.max) return true;
    const [oldest] = this.#underWay;
    if (oldest === undefined || this.clock.elapsed() - oldest[1] < LONG_ENOUGH_MS) return false;
    this.#underWay.delete(oldest[0]);
    oldest[0].destroy();
    return true;
  }
}
