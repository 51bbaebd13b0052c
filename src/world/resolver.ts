/**
 * The port of the DNS, as far as mail needs it. The real one is `resolver-dns.ts` behind `resolver-cache.ts`; `sim/resolver.ts` is told
 * its zones. Every question settles within a bounded time, and no answer is larger than the limits here.
 */

/** Of more than so many, the best are kept: no sender tries them all. */
export const MX_MAX = 200;
export const ADDRESSES_MAX = 40;
/** Links of a chain of CNAME records. Recursive servers stop at 8 to 16, too. */
export const ALIASES_MAX = 8;

export type DnsAnswer<T> =
  /** At least one; `ttl` in seconds. */
  | { readonly type: 'found'; readonly records: readonly T[]; readonly ttl: number }
  /** NXDOMAIN: there is no such name at all. */
  | { readonly type: 'no-such-domain'; readonly ttl: number }
  /** There is the name, and nothing of this kind (RFC 2308 §2.2). */
  | { readonly type: 'no-data'; readonly ttl: number }
  /** No server answered in time. */
  | { readonly type: 'timeout'; readonly text: string }
  /** A server answered that it cannot, or what it said made no sense. */
  | { readonly type: 'failure'; readonly text: string };

export interface MailExchange {
  /** In lower case, without the dot at its end; `.` is the root, which means no mail (RFC 7505). */
  readonly exchange: string;
  /** The lowest is the best. */
  readonly preference: number;
}

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface Resolver {
  /** By preference, the best first. */
  mx(name: string): Promise<DnsAnswer<MailExchange>>;
  /** A and AAAA together. */
  addresses(name: string): Promise<DnsAnswer<HostAddress>>;
}

/** A name of a host as mail uses them, or null: what else stands in a zone is of no use, and may be meant to harm whoever prints it. */
export function hostName(name: string): string | null {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  return bare.length <= 253 && /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i.test(bare)
    ? bare.toLowerCase()
    : null;
}
