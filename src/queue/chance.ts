/** A number from 0 to 1 of the port of chance. */
import { type Random, randomOctets } from '../world/random.ts';

export function chance(random: Random): number {
  const [high = 0, low = 0] = randomOctets(random, 2);
  return (high * 256 + low) / 65_536;
}
