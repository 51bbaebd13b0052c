/** The hosts that receive mail for a domain, as the DNS has it: RFC 5321 §5.1 and RFC 7505. */
import type { Failure } from '../policy/retry.ts';
import type { Random } from '../world/random.ts';
import type { DnsAnswer, HostAddress, MailExchange, Resolver } from '../world/resolver.ts';
import { hopsOf, HOPS_MAX, inOrder } from './next-hops.ts';
import type { NextHop, ResolvedExchange } from './next-hops.ts';
import { isHostAddress, isOwnAddress, isOwnName } from './own-hosts.ts';
import type { SelfFacts } from './own-hosts.ts';

export type RouteFailure = Extract<Failure, { type: 'route' }>;
export type Found =
  | { readonly type: 'hops'; readonly hops: readonly [NextHop, ...NextHop[]] }
  | { readonly type: 'failed'; readonly failure: RouteFailure };

export interface MxFacts {
  readonly resolver: Resolver;
  readonly self: SelfFacts;
  readonly random: Random;
  readonly port: number;
}

export async function hopsByMx(domain: string, facts: MxFacts): Promise<Found> {
  const answer = await facts.resolver.mx(domain);
  switch (answer.type) {
    case 'found': {
      // RFC 7505 §3: the root beside others says nothing.
      const exchanges = answer.records.filter(({ exchange }) => exchange !== '.');
      return exchanges.length === 0
        ? failedRoute('null-mx', `${domain} says that it takes no mail (null MX)`)
        : hopsOfExchanges(domain, exchanges, facts);
    }
    case 'no-data': // Only then is the domain its own exchange, and not when the DNS did not answer.
      return hopsOfExchanges(domain, [{ exchange: domain, preference: 0 }], facts);
    case 'no-such-domain':
      return failedRoute('no-such-domain', `there is no domain ${domain}`);
    case 'timeout':
    case 'failure':
      return failedRoute(`dns-${answer.type}`, answer.text);
  }
}

/** The addresses of a host that was named, not found by MX; there we may be ourselves. */
export async function hopsOfHost(
  host: string,
  { resolver, random, port }: Omit<MxFacts, 'self'>,
): Promise<Found> {
  const answer = await resolver.addresses(host);
  if (answer.type === 'timeout' || answer.type === 'failure')
    return failedRoute(`dns-${answer.type}`, answer.text);
  const addresses = answer.type === 'found' ? answer.records : [];
  const hops = hopsOf([{ exchange: host, preference: 0, addresses }], port, random);
  // The operator named it: that it is not there now is ours to mend, and no reason to give mail back.
  return found(hops) ?? failedRoute('dns-failure', `${host}, which a route names, has no address`);
}

export function failedRoute(error: RouteFailure['error'], text: string): Found {
  return { type: 'failed', failure: { type: 'route', error, text } };
}

async function hopsOfExchanges(
  domain: string,
  exchanges: readonly MailExchange[],
  { resolver, self, random, port }: MxFacts,
): Promise<Found> {
  const byName = beforeSelf(exchanges, ({ exchange }) => isOwnName(exchange, self));
  const tried = inOrder(byName, random).slice(0, HOPS_MAX);
  const answers = await Promise.all(
    tried.map(async (one) => ({ ...one, answer: await resolver.addresses(one.exchange) })),
  );
  const resolved = answers.map((one) => ({ ...one, addresses: addressesIn(one.answer) }));
  const usable = beforeSelf(resolved, ({ addresses }) =>
    addresses.some(({ address }) => isOwnAddress(address, port, self)),
  );
  const hops = found(hopsOf(usable.map(withHosts), port, random));
  if (hops !== null) return hops;
  // What is open may have an answer later; then only is it said that there is none.
  for (const { answer } of usable)
    if (answer.type === 'timeout' || answer.type === 'failure')
      return failedRoute(`dns-${answer.type}`, answer.text);
  if (byName.length < exchanges.length || usable.length < resolved.length)
    return failedRoute('loop', `mail for ${domain} would come back to this server`);
  return failedRoute('no-address', noAddress(domain, exchanges));
}

/** RFC 5321 §5.1: a host that is ourselves, and those that are no better than it, would send the mail back to us. */
function beforeSelf<T extends MailExchange>(
  exchanges: readonly T[],
  isSelf: (one: T) => boolean,
): readonly T[] {
  const own = exchanges.filter(isSelf).map(({ preference }) => preference);
  const best = Math.min(...own, Number.POSITIVE_INFINITY);
  return exchanges.filter(({ preference }) => preference < best);
}

function addressesIn(answer: DnsAnswer<HostAddress>): readonly HostAddress[] {
  return answer.type === 'found' ? answer.records : [];
}

function withHosts(one: ResolvedExchange): ResolvedExchange {
  return { ...one, addresses: one.addresses.filter(({ address }) => isHostAddress(address)) };
}

function found(hops: readonly NextHop[]): Found | null {
  const [first, ...others] = hops;
  return first === undefined ? null : { type: 'hops', hops: [first, ...others] };
}

function noAddress(domain: string, exchanges: readonly MailExchange[]): string {
  const [only, ...others] = exchanges;
  return only?.exchange === domain && others.length === 0
    ? `${domain} has neither an MX nor an address`
    : `no MX host of ${domain} has an address that can be used`;
}
