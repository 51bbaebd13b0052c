/** In which order the hosts of a destination are tried. Computes; chance comes in. */
import type { Random } from '../world/random.ts';
import type { HostAddress, MailExchange } from '../world/resolver.ts';

/** Where one attempt may go. */
export interface NextHop {
  /** The name of the host: for SNI, for its certificate, and for reports. */
  readonly name: string;
  /** An IP address, or the path of a Unix socket, which begins with `/` and has port 0. */
  readonly address: string;
  readonly port: number;
  readonly preference: number;
}

export interface ResolvedExchange extends MailExchange {
  readonly addresses: readonly HostAddress[];
}

/** Hosts tried in one run: RFC 5321 §5.1 wants two at least, and allows a limit. */
export const HOPS_MAX = 20;
/** Of one exchange, so that its many addresses leave room for the others. */
const HOPS_PER_EXCHANGE = 6;

/** By preference; those with the same in a random order, to spread the load (RFC 5321 §5.1). */
export function inOrder(exchanges: readonly MailExchange[], random: Random): readonly MailExchange[] {
  return shuffled(exchanges, random).toSorted((a, b) => a.preference - b.preference);
}

/** Exchange by exchange as they come; of each IPv6 and IPv4 by turns, so that a family that is broken here costs one try at most. */
export function hopsOf(
  exchanges: readonly ResolvedExchange[],
  port: number,
  random: Random,
): readonly NextHop[] {
  const hops: NextHop[] = [];
  for (const { exchange, preference, addresses } of exchanges) {
    const mixed = byTurns(shuffled(addresses, random)).slice(0, HOPS_PER_EXCHANGE);
    for (const { address } of mixed) hops.push({ name: exchange, address, port, preference });
  }
  return hops.slice(0, HOPS_MAX);
}

function byTurns(addresses: readonly HostAddress[]): readonly HostAddress[] {
  const v6 = addresses.filter(({ family }) => family === 6);
  const v4 = addresses.filter(({ family }) => family === 4);
  const mixed: HostAddress[] = [];
  for (let n = 0; n < Math.max(v6.length, v4.length); n++)
    mixed.push(...v6.slice(n, n + 1), ...v4.slice(n, n + 1));
  return mixed;
}

/** Fisher and Yates. */
export function shuffled<T>(values: readonly T[], random: Random): readonly T[] {
  const left = [...values];
  const chosen: T[] = [];
  const octets = new Uint32Array(values.length);
  random.fill(new Uint8Array(octets.buffer).subarray(0));
  for (const chance of octets) chosen.push(...left.splice(chance % left.length, 1));
  return chosen;
}
