/** The port of chance. The real one is here; `sim/random.ts` follows a seed. */
import { randomFillSync } from 'node:crypto';

export interface Random {
  /** Fills all of it. */
  fill(into: Uint8Array): void;
}

/** One call into the kernel's generator serves many small requests. */
const POOL_OCTETS = 4096;

let pool = new Uint8Array(POOL_OCTETS);
let used = POOL_OCTETS;

export const systemRandom: Random = {
  fill(into) {
    if (into.length > POOL_OCTETS) {
      randomFillSync(into);
      return;
    }
    if (used + into.length > POOL_OCTETS) {
      pool = randomFillSync(new Uint8Array(POOL_OCTETS));
      used = 0;
    }
    into.set(pool.subarray(used, used + into.length));
    used += into.length;
  },
};

export function randomOctets(random: Random, count: number): Uint8Array {
  const octets = new Uint8Array(count);
  random.fill(octets.subarray(0));
  return octets;
}
