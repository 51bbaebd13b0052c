/** A resolver that is told its zones, for tests and for simulated weeks. */
import type { DnsAnswer, HostAddress, MailExchange, Resolver } from '../resolver.ts';

/** What there is under one name; `fault`: what happens to whoever asks. */
export interface SimZone {
  readonly mx?: readonly (readonly [preference: number, exchange: string])[];
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly ttl?: number;
  readonly fault?: 'timeout' | 'failure';
}

const TTL = 300;

export class SimResolver implements Resolver {
  readonly #zones: Map<string, SimZone>;
  /** Every question, in order: `MX example.org`. */
  readonly asked: string[] = [];

  constructor(zones: Readonly<Record<string, SimZone>> = {}) {
    this.#zones = new Map(Object.entries(zones));
  }

  /** `null`: the name is no more. */
  set(name: string, zone: SimZone | null): void {
    if (zone === null) this.#zones.delete(name);
    else this.#zones.set(name, zone);
  }

  mx(name: string): Promise<DnsAnswer<MailExchange>> {
    this.asked.push(`MX ${name}`);
    return this.#answer(name, ({ mx = [] }) =>
      mx
        .map(([preference, exchange]) => ({ exchange, preference }))
        .toSorted((a, b) => a.preference - b.preference),
    );
  }

  addresses(name: string): Promise<DnsAnswer<HostAddress>> {
    this.asked.push(`addresses ${name}`);
    return this.#answer(name, ({ a = [], aaaa = [] }) => [
      ...a.map((address) => ({ address, family: 4 as const })),
      ...aaaa.map((address) => ({ address, family: 6 as const })),
    ]);
  }

  #answer<T>(name: string, records: (zone: SimZone) => readonly T[]): Promise<DnsAnswer<T>> {
    const zone = this.#zones.get(name);
    if (zone === undefined) return Promise.resolve({ type: 'no-such-domain', ttl: TTL });
    const { fault, ttl = TTL } = zone;
    if (fault !== undefined) return Promise.resolve({ type: fault, text: `simulated ${fault} for ${name}` });
    const found = records(zone);
    return Promise.resolve(
      found.length > 0 ? { type: 'found', records: found, ttl } : { type: 'no-data', ttl },
    );
  }
}
