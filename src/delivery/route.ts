/** Where mail for a destination goes next: the operator's table first, then an address literal, then the DNS. */
import { isIP } from 'node:net';
import type { Failure } from '../policy/retry.ts';
import type { Random } from '../world/random.ts';
import type { Resolver } from '../world/resolver.ts';
import { readSecret } from '../world/secret-file.ts';
import { failedRoute, hopsByMx, hopsOfHost } from './mx.ts';
import type { Found } from './mx.ts';
import type { NextHop } from './next-hops.ts';
import { isHostAddress, isOwnAddress } from './own-hosts.ts';
import type { SelfFacts } from './own-hosts.ts';
import type { RouteRule, RouteTable, RouteTarget, TlsPolicy } from './route-table.ts';

export type Route =
  | {
      readonly type: 'hops';
      /** In the order in which to try them. */
      readonly hops: readonly [NextHop, ...NextHop[]];
      readonly protocol: 'smtp' | 'lmtp';
      readonly tls: TlsPolicy;
      /** TLS from the first octet, no STARTTLS. */
      readonly implicitTls: boolean;
      readonly auth: RouteLogin | null;
    }
  | { readonly type: 'failed'; readonly failure: Failure };

/** Holds a password so that it does not come out with the rest: not in JSON, not in a log, not in an error. */
export class RouteLogin {
  readonly user: string;
  readonly #password: string;

  constructor(user: string, password: string) {
    this.user = user;
    this.#password = password;
  }

  reveal(): string {
    return this.#password;
  }
}

export interface RoutesFacts {
  readonly resolver: Resolver;
  readonly self: SelfFacts;
  readonly table: RouteTable;
  readonly random: Random;
  /** Where MX hosts and address literals are called; 25 but in tests. */
  readonly port?: number;
}

const SMTP_PORT = 25;
const LITERAL = /^\[(?:ipv6:)?([0-9a-f:.]+)\]$/i;

export class Routes {
  readonly #facts: RoutesFacts;

  constructor(facts: RoutesFacts) {
    this.#facts = facts;
  }

  /** `destination`: a domain in A-labels, or an address literal. Settles within the limits of the resolver; never rejects. */
  async find(destination: string): Promise<Route> {
    const rule = this.#facts.table.find(destination.toLowerCase());
    const { target, tls, login } = rule;
    const hops = await this.#hops(destination.toLowerCase(), target);
    if (hops.type === 'failed') return hops;
    const auth = login === null ? null : await readLogin(login);
    if (auth === 'unreadable') return passwordMissing(rule);
    return {
      ...hops,
      protocol: target.type === 'mx' ? 'smtp' : target.protocol,
      tls,
      implicitTls: target.type === 'host' && target.implicitTls,
      auth,
    };
  }

  #hops(destination: string, target: RouteTarget): Promise<Found> | Found {
    const { resolver, self, random, port = SMTP_PORT } = this.#facts;
    switch (target.type) {
      case 'socket':
        return direct('localhost', target.path, 0);
      case 'host':
        return hopsToHost(target.host, { resolver, random, port: target.port });
      case 'mx':
        return destination.startsWith('[')
          ? hopsToLiteral(destination, port, self)
          : hopsByMx(destination, { resolver, self, random, port });
    }
  }
}

function hopsToHost(
  host: string,
  facts: { readonly resolver: Resolver; readonly random: Random; readonly port: number },
): Promise<Found> | Found {
  if (isIP(host) !== 0) return direct(host, host, facts.port);
  // RFC 6761 §6.3: this name is never asked of the DNS.
  if (host === 'localhost') {
    const hop = { name: host, port: facts.port, preference: 0 };
    return {
      type: 'hops',
      hops: [
        { ...hop, address: '127.0.0.1' },
        { ...hop, address: '::1' },
      ],
    };
  }
  return hopsOfHost(host, facts);
}

/** RFC 5321 §4.1.3. */
function hopsToLiteral(literal: string, port: number, self: SelfFacts): Found {
  const address = LITERAL.exec(literal)?.[1];
  if (address === undefined || !isHostAddress(address))
    return failedRoute('no-address', `mail cannot go to ${literal}`);
  if (isOwnAddress(address, port, self))
    return failedRoute('loop', `mail for ${literal} would come back to this server`);
  return direct(literal, address, port);
}

function direct(name: string, address: string, port: number): Found {
  return { type: 'hops', hops: [{ name, address, port, preference: 0 }] };
}

async function readLogin(login: NonNullable<RouteRule['login']>): Promise<RouteLogin | 'unreadable'> {
  const password = await readSecret(login.passwordFile);
  return password === null ? 'unreadable' : new RouteLogin(login.user, password);
}

function passwordMissing({ pattern, login }: RouteRule): Route {
  const text = `the password file ${login?.passwordFile ?? ''} of the route for ${pattern} cannot be read, or is empty`;
  return { type: 'failed', failure: { type: 'local', text } };
}
