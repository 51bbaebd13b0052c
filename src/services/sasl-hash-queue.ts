/**
 * The line before the password hashes. A hash takes 19 MiB and a thread of libuv, which also syncs the disk, for some 30 ms: few are
 * computed at once, few wait, and of one network fewer, so that whoever guesses keeps the others from nothing.
 */

export interface HashQueueLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitingPerNetwork: number;
}

/** Two of libuv's four threads. 64 wait a second, no client gives up so soon. */
const HASH_QUEUE: HashQueueLimits = { atOnce: 2, waiting: 64, waitingPerNetwork: 16 };

export class HashQueue {
  readonly #limits: HashQueueLimits;
  readonly #waiting: (() => void)[] = [];
  readonly #perNetwork = new Map<string, number>();
  #running = 0;

  constructor(limits = HASH_QUEUE) {
    this.#limits = limits;
  }

  /** `null`, at once: too many wait. */
  async run<T>(network: string, act: () => Promise<T>): Promise<T | null> {
    const here = this.#perNetwork.get(network) ?? 0;
    const { atOnce, waiting, waitingPerNetwork } = this.#limits;
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= waiting || here >= waitingPerNetwork) return null;
      this.#perNetwork.set(network, here + 1);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      const left = (this.#perNetwork.get(network) ?? 0) - 1;
      if (left > 0) this.#perNetwork.set(network, left);
      else this.#perNetwork.delete(network);
    } else this.#running++;
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      // Whoever is next takes the place over: nobody comes in between.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
