/** How many sessions there may be, in all and from one client network: RFC 5321 §7.8. */
import { isIPv6 } from 'node:net';

export class ConnectionLimits {
  readonly #max: number;
  readonly #maxPerNetwork: number;
  readonly #perNetwork = new Map<string, number>();
  #open = 0;

  constructor(limits: { max: number; maxPerNetwork: number }) {
    this.#max = limits.max;
    this.#maxPerNetwork = limits.maxPerNetwork;
  }

  get open(): number {
    return this.#open;
  }

  /** Counts a session in, or says which limit it would pass. */
  enter(address: string): 'entered' | 'server-full' | 'network-full' {
    if (this.#open >= this.#max) return 'server-full';
    const network = networkOf(address);
    const here = this.#perNetwork.get(network) ?? 0;
    if (here >= this.#maxPerNetwork) return 'network-full';
    this.#perNetwork.set(network, here + 1);
    this.#open++;
    return 'entered';
  }

  leave(address: string): void {
    const network = networkOf(address);
    const here = this.#perNetwork.get(network) ?? 0;
    if (here <= 1) this.#perNetwork.delete(network);
    else this.#perNetwork.set(network, here - 1);
    this.#open--;
  }
}

/** The network a client is counted with: a /24, or the /56 that one customer gets (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address.slice(0, address.lastIndexOf('.'));
  if (address.startsWith('::ffff:') && address.includes('.')) return networkOf(address.slice(7));
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
    : left;
  const fourth = Number.parseInt(groups[3] ?? '0', 16) >> 8;
  return `${groups.slice(0, 3).join(':')}:${fourth.toString(16)}`;
}
