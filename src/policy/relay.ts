/**
 * Who may have mail carried elsewhere: RFC 5321 §3.6.2, RFC 6409 §4.3. Whom we know by login, and networks that the operator lists;
 * nobody else, whatever the addresses look like. Forms that once meant a route of their own (`user%c@b`, `c!user`, `"user@c"@b`)
 * are plain local-parts here: only the domain decides, and nothing is ever read out of a local-part.
 */
import type { Domain } from '../address/mailbox.ts';
import type { ReplyName } from '../replies/register.ts';
import type { Profile } from '../smtp/profile.ts';

export interface RelayFacts {
  readonly protocol: Profile['protocol'];
  readonly loggedIn: boolean;
  /** The client is in one of the networks that the operator lists. */
  readonly listed: boolean;
}

/** Where a message came from, and so whether its reverse-path can be believed. */
export type Origin = 'submission' | 'network' | 'mx';

/** LMTP delivers: it is never a way out (RFC 2033 §5). */
export function originOf({ protocol, loggedIn, listed }: RelayFacts): Origin {
  if (protocol === 'lmtp') return 'mx';
  if (loggedIn) return 'submission';
  return listed ? 'network' : 'mx';
}

export type RelayVerdict = 'queue' | Extract<ReplyName, 'relaying-denied' | 'storage-full'>;

export interface RelayRequest {
  readonly origin: Origin;
  /** Not one of ours. */
  readonly domain: Domain;
  /** The queue takes no more. */
  readonly queueFull: boolean;
}

/** RCPT with a domain that is not ours. */
export function judgeRelay({ origin, domain, queueFull }: RelayRequest): RelayVerdict {
  if (origin === 'mx' || !isRoutable(domain)) return 'relaying-denied';
  return queueFull ? 'storage-full' : 'queue'; // S37
}

/** Of the literals only IPv4 and IPv6 are anywhere: no other tag is registered (RFC 5321 §4.1.3). */
function isRoutable(domain: Domain): boolean {
  return !domain.startsWith('[') || /^\[(?:IPv6:|\d)/.test(domain);
}
