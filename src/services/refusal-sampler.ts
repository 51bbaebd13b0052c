/**
 * A server short of space refuses a lot, and writing each refusal down would take the space that is short. Of refusals alike
 * (the same reply to the same client) the first is logged, then one a minute with the number of those left out.
 */
import type { Clock } from '../world/clock.ts';

const QUIET_MS = 60_000;
/** Kinds of refusal remembered at once; beyond, all are forgotten, and the next of each kind is logged again. */
const KINDS_MAX = 10_000;

interface Kind {
  loggedAt: number;
  leftOut: number;
}

export class RefusalSampler {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many like it were left out since the last that was logged, or null: leave this one out too. */
  ask(reply: string, client: string): number | null {
    const now = this.#clock.elapsed();
    const key = `${reply} ${client}`;
    const kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
      this.#kinds.set(key, { loggedAt: now, leftOut: 0 });
      return 0;
    }
    if (now - kind.loggedAt < QUIET_MS) {
      kind.leftOut++;
      return null;
    }
    const { leftOut } = kind;
    kind.loggedAt = now;
    kind.leftOut = 0;
    return leftOut;
  }
}
