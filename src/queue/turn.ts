/** The work of one connection: errands of its lane, one after another, until there are none or others have waited long enough. */
import type { Awaitable } from '../base/awaitable.ts';
import type { Clock } from '../world/clock.ts';
import type { Errand, ErrandSource, RecipientOutcome } from './carrier.ts';
import type { Lane } from './lane.ts';
import { pause } from './pause.ts';

/** A connection is kept so long for what may come. */
const KEEP_OPEN_MS = 2000;
/** Errands after which a connection makes room, when other destinations wait for one. */
const TURN_ERRANDS = 20;
/** A peer is not kept waiting longer for the sake of its own limit of rate: it is called again. */
const RATE_WAIT_MAX_MS = 5000;

export interface TurnHouse {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Other destinations wait until a connection is free. */
  othersWait(): boolean;
  /** Its mailboxes said a moment ago that they are full: it waits with who asked, and has been put by. */
  spares(errand: Errand): Awaitable<boolean>;
  /** More is needed for this lane. */
  drive(lane: Lane): void;
  settle(lane: Lane, errand: Errand, outcomes: readonly RecipientOutcome[]): Promise<number>;
}

export class Turn implements ErrandSource {
  readonly #lane: Lane;
  readonly #house: TurnHouse;
  /** Somebody answered. */
  answered = false;
  carried = 0;
  /** Recipients. */
  delivered = 0;

  constructor(lane: Lane, house: TurnHouse) {
    this.#lane = lane;
    this.#house = house;
  }

  async next(): Promise<Errand | null> {
    const { signal, clock } = this.#house;
    const lane = this.#lane;
    if (!this.answered) lane.opening--;
    this.answered = true;
    for (;;) {
      if (lane.closed || signal.aborted) return null;
      if (this.carried >= TURN_ERRANDS && this.#house.othersWait()) return null;
      if (lane.probing && this.carried > 0 && this.delivered === 0) return null;
      const errand = lane.take() ?? (await this.#waitForOne());
      if (errand === null) return null;
      this.#house.drive(lane);
      if (await this.#house.spares(errand)) {
        lane.underWay--;
        continue;
      }
      if (lane.nextAt - clock.now() > RATE_WAIT_MAX_MS) {
        lane.putBack(errand);
        return null;
      }
      const wait = lane.slot(clock.now()) - clock.now();
      if (wait > 0) await pause(clock, wait, signal);
      return errand;
    }
  }

  async report(errand: Errand, outcomes: readonly RecipientOutcome[]): Promise<void> {
    this.carried++;
    this.delivered += await this.#house.settle(this.#lane, errand, outcomes);
  }

  async #waitForOne(): Promise<Errand | null> {
    this.#house.drive(this.#lane);
    const { errand, dismiss } = this.#lane.wait();
    const cancel = this.#house.clock.after(KEEP_OPEN_MS, dismiss);
    try {
      return await errand;
    } finally {
      cancel();
    }
  }
}
