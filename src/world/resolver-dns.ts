/** The resolver that asks DNS servers: recursive ones, which do the walking. No cache here: `resolver-cache.ts` stands before it. */
import { domainToASCII } from 'node:url';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import { readAnswer, writeQuestion } from './resolver-message.ts';
import type { AnswerRecord, Question, RecordType } from './resolver-message.ts';
import { overTcp, overUdp } from './resolver-transport.ts';
import type { Carriage, Carried, DnsServerAddress } from './resolver-transport.ts';
import { ADDRESSES_MAX, ALIASES_MAX, hostName, MX_MAX } from './resolver.ts';
import type { DnsAnswer, HostAddress, MailExchange, Resolver } from './resolver.ts';

/** One try at one server, over UDP or over TCP. */
export const DNS_TRY_MS = 5000;
/** Tries of one question, over all servers: one that has a single server asks it twice. */
const TRIES_MIN = 2;
const TRIES_MAX = 3;
/** Each has a socket of its own; those beyond wait for their turn. */
const QUESTIONS_AT_ONCE = 256;

/** What a server says to us, when all ways of asking it are tried. */
type Said = Exclude<Carried, { type: 'truncated' | 'not-understood' }>;

export interface DnsResolverFacts {
  /** Asked before each question: they may change. */
  readonly servers: () => readonly DnsServerAddress[];
  readonly clock: Clock;
  readonly random: Random;
  readonly tryMs?: number;
}

export class DnsResolver implements Resolver {
  readonly #facts: DnsResolverFacts;
  readonly #stopping = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #questions = 0;

  constructor(facts: DnsResolverFacts) {
    this.#facts = facts;
  }

  async mx(name: string): Promise<DnsAnswer<MailExchange>> {
    const answer = await this.#resolve('MX', name);
    if (answer.type !== 'found') return answer;
    const exchanges: MailExchange[] = [];
    for (const { text, preference } of answer.records) {
      const exchange = text === '.' ? text : hostName(text);
      if (exchange !== null) exchanges.push({ exchange, preference });
    }
    if (exchanges.length === 0) return { type: 'failure', text: 'no MX record names a host' };
    const best = exchanges.toSorted((a, b) => a.preference - b.preference).slice(0, MX_MAX);
    return { ...answer, records: best };
  }

  async addresses(name: string): Promise<DnsAnswer<HostAddress>> {
    const [v4, v6] = await Promise.all([this.#resolve('A', name), this.#resolve('AAAA', name)]);
    return together(ofFamily(v4, 4), ofFamily(v6, 6));
  }

  /** Whatever is under way fails at once. */
  close(): void {
    this.#stopping.abort();
  }

  /** Follows aliases beyond what one answer holds. */
  async #resolve(type: RecordType, text: string): Promise<DnsAnswer<AnswerRecord>> {
    let name = hostName(/[^\0-\x7f]/.test(text) ? domainToASCII(text) : text);
    let links = 0;
    let ttl = Number.MAX_SAFE_INTEGER;
    while (name !== null && links <= ALIASES_MAX) {
      const heard: Said = await this.#inTurn({ type, name });
      switch (heard.type) {
        case 'alias':
          links += heard.links;
          ttl = Math.min(ttl, heard.ttl);
          name = hostName(heard.name);
          continue;
        case 'found':
        case 'no-data':
        case 'no-such-domain':
          return { ...heard, ttl: Math.min(ttl, heard.ttl) };
        case 'timeout':
          return { type: 'timeout', text: `no DNS server answered in time for ${type} of ${name}` };
        case 'failure':
          return { type: 'failure', text: `${heard.text}, for ${type} of ${name}` };
      }
    }
    const why =
      name === null ? 'not a name that the DNS can have' : 'a chain of CNAME records without an end';
    return { type: 'failure', text: `${why}, for ${type}` };
  }

  async #inTurn(question: Question): Promise<Said> {
    if (this.#questions >= QUESTIONS_AT_ONCE)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    else this.#questions++;
    try {
      return await this.#ask(question);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#questions--;
      else next(); // takes the place of this one
    }
  }

  /** One server after the other, until one of them knows. */
  async #ask(question: Question): Promise<Said> {
    const servers = this.#facts.servers();
    const tries = Math.min(TRIES_MAX, Math.max(TRIES_MIN, servers.length));
    let heard: Said = { type: 'failure', text: 'there is no DNS server to ask' };
    for (let n = 0; n < tries && !this.#stopping.signal.aborted; n++) {
      const server = servers[n % servers.length];
      if (server === undefined) break;
      heard = await this.#askServer(server, question);
      if (heard.type !== 'timeout' && heard.type !== 'failure') break;
    }
    return heard;
  }

  async #askServer(server: DnsServerAddress, question: Question): Promise<Said> {
    const { signal } = this.#stopping;
    const first = await overUdp(this.#carriage(server, question, true), signal);
    const edns = first.type !== 'not-understood';
    const heard = edns ? first : await overUdp(this.#carriage(server, question, false), signal);
    const said =
      heard.type === 'truncated' ? await overTcp(this.#carriage(server, question, edns), signal) : heard;
    return said.type === 'truncated' || said.type === 'not-understood'
      ? { type: 'failure', text: 'the DNS server did not understand the question' }
      : said;
  }

  #carriage(server: DnsServerAddress, question: Question, edns: boolean): Carriage {
    const { clock, random, tryMs = DNS_TRY_MS } = this.#facts;
    const octets = new Uint8Array(2);
    random.fill(octets.subarray(0));
    const id = ((octets[0] ?? 0) << 8) + (octets[1] ?? 0);
    const message = writeQuestion(question, id, edns);
    return {
      server,
      message,
      read: (answer) => readAnswer(answer, question, id),
      timeoutMs: tryMs,
      clock,
    };
  }
}

function ofFamily(answer: DnsAnswer<AnswerRecord>, family: 4 | 6): DnsAnswer<HostAddress> {
  if (answer.type !== 'found') return answer;
  const records = answer.records.slice(0, ADDRESSES_MAX / 2);
  return { ...answer, records: records.map(({ text }) => ({ address: text, family })) };
}

/** One kind of address is enough to go on; nothing is called absent while one question is open. */
function together(a: DnsAnswer<HostAddress>, b: DnsAnswer<HostAddress>): DnsAnswer<HostAddress> {
  if (a.type === 'found' && b.type === 'found')
    return { type: 'found', records: [...a.records, ...b.records], ttl: Math.min(a.ttl, b.ttl) };
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (one.type === 'found')
      return 'ttl' in other ? { ...one, ttl: Math.min(one.ttl, other.ttl) } : { ...one, ttl: 0 };
  for (const one of [a, b]) if (one.type === 'timeout' || one.type === 'failure') return one;
  return a.type === 'no-data' ? a : b;
}
