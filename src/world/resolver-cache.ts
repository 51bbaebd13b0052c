/** Remembers answers of a resolver for as long as they say, within limits of time and of memory; the same question is asked once at a time. */
import type { Clock } from './clock.ts';
import type { DnsAnswer, HostAddress, MailExchange, Resolver } from './resolver.ts';

/** Longer than this nothing is believed: whoever moves a mail server is found again. */
const TTL_MAX_S = 3600;
/** A TTL of 0 would ask again for each message. Also how long a failure is remembered (RFC 2308 §7). */
const TTL_MIN_S = 5;
/** Records of all answers together, an answer with none counting as one: some megabytes. */
const RECORDS_MAX = 50_000;

interface Remembered<T> {
  readonly answer: DnsAnswer<T>;
  readonly until: number;
}

export class CachingResolver implements Resolver {
  readonly #mx: Memory<MailExchange>;
  readonly #addresses: Memory<HostAddress>;

  constructor(resolver: Resolver, clock: Clock, recordMax = RECORDS_MAX) {
    this.#mx = new Memory((name) => resolver.mx(name), clock, recordMax);
    this.#addresses = new Memory((name) => resolver.addresses(name), clock, recordMax);
  }

  mx(name: string): Promise<DnsAnswer<MailExchange>> {
    return this.#mx.get(name.toLowerCase());
  }

  addresses(name: string): Promise<DnsAnswer<HostAddress>> {
    return this.#addresses.get(name.toLowerCase());
  }
}

class Memory<T> {
  readonly #ask: (name: string) => Promise<DnsAnswer<T>>;
  readonly #clock: Clock;
  readonly #recordMax: number;
  /** The least recently used first. */
  readonly #known = new Map<string, Remembered<T>>();
  readonly #asked = new Map<string, Promise<DnsAnswer<T>>>();
  #records = 0;

  constructor(ask: (name: string) => Promise<DnsAnswer<T>>, clock: Clock, recordMax: number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#recordMax = recordMax;
  }

  get(name: string): Promise<DnsAnswer<T>> {
    const known = this.#known.get(name);
    if (known !== undefined) {
      this.#forget(name, known);
      if (this.#clock.elapsed() < known.until) {
        this.#keep(name, known);
        return Promise.resolve(known.answer);
      }
    }
    const asked = this.#asked.get(name) ?? this.#learn(name);
    this.#asked.set(name, asked);
    return asked;
  }

  async #learn(name: string): Promise<DnsAnswer<T>> {
    try {
      const answer = await this.#ask(name);
      const ttl = 'ttl' in answer ? Math.min(TTL_MAX_S, Math.max(TTL_MIN_S, answer.ttl)) : TTL_MIN_S;
      this.#keep(name, { answer, until: this.#clock.elapsed() + ttl * 1000 });
      return answer;
    } finally {
      this.#asked.delete(name);
    }
  }

  #keep(name: string, remembered: Remembered<T>): void {
    this.#known.set(name, remembered);
    this.#records += weightOf(remembered);
    for (const [oldest, its] of this.#known) {
      if (this.#records <= this.#recordMax) break;
      this.#forget(oldest, its);
    }
  }

  #forget(name: string, remembered: Remembered<T>): void {
    this.#known.delete(name);
    this.#records -= weightOf(remembered);
  }
}

function weightOf({ answer }: Remembered<unknown>): number {
  return answer.type === 'found' ? answer.records.length : 1;
}
