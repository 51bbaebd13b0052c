/** The addresses of this machine, asked again now and then: they come and go. */
import { networkInterfaces } from 'node:os';
import type { Clock } from './clock.ts';

const ASK_AGAIN_MS = 60_000;

export function ownAddresses(clock: Clock): () => readonly string[] {
  let addresses: readonly string[] = [];
  let askAgainAt = -Infinity;
  return () => {
    const now = clock.elapsed();
    if (now >= askAgainAt) {
      askAgainAt = now + ASK_AGAIN_MS;
      addresses = Object.values(networkInterfaces()).flatMap((each = []) =>
        each.map(({ address }) => address),
      );
    }
    return addresses;
  };
}
