/**
 * Where mail for a domain goes when the operator says so, one line a rule: `example.org smtp://relay.example:25 tls=required`. What it
 * does not name goes to its MX.
 */
import { isIPv4 } from 'node:net';
import { parseAddressLiteral } from '../address/address-literal.ts';
import { parseDomain, parseDomainOrLiteral } from '../address/domain.ts';

/**
 * `opportunistic`: STARTTLS when offered, whatever the certificate; else without. `required`: TLS with a certificate that is good for
 * the name of the host, or the mail waits.
 */
export type TlsPolicy = 'off' | 'opportunistic' | 'required';

export type RouteTarget =
  /** By the MX records of the destination: RFC 5321 §5.1. */
  | { readonly type: 'mx' }
  /** `implicitTls`: TLS from the first octet (RFC 8314 §3.3). `host` is a name, whose addresses are looked up, or an address. */
  | {
      readonly type: 'host';
      readonly protocol: 'smtp' | 'lmtp';
      readonly host: string;
      readonly port: number;
      readonly implicitTls: boolean;
    }
  | { readonly type: 'socket'; readonly protocol: 'lmtp'; readonly path: string };

export interface RouteRule {
  /** `example.org`; `.example.org` for what is below it; `*` for all. */
  readonly pattern: string;
  readonly target: RouteTarget;
  /** `null`: as `usualTls()` has it. */
  readonly tls: TlsPolicy | null;
  readonly login: { readonly user: string; readonly passwordFile: string } | null;
}

const SMTP_PORT = 25;
const SMTPS_PORT = 465; // RFC 8314 §7.3
const TO_MX: RouteRule = { pattern: '*', target: { type: 'mx' }, tls: null, login: null };

export class RouteTable {
  readonly #rules = new Map<string, RouteRule>();
  readonly #tlsRequired: ReadonlySet<string>;

  /** Of two rules for one pattern the later counts. `tlsRequired`: patterns, too. */
  constructor(rules: readonly RouteRule[] = [], tlsRequired: readonly string[] = []) {
    for (const rule of rules) this.#rules.set(rule.pattern, rule);
    this.#tlsRequired = new Set(tlsRequired);
  }

  /** The rule that names the domain most closely, with its TLS policy settled. */
  find(domain: string): RouteRule & { readonly tls: TlsPolicy } {
    let found: RouteRule = TO_MX;
    for (const pattern of patternsOf(domain)) {
      const rule = this.#rules.get(pattern);
      if (rule === undefined) continue;
      found = rule;
      break;
    }
    return { ...found, tls: found.tls ?? this.#usualTls(found, domain) };
  }

  #usualTls({ target, login }: RouteRule, domain: string): TlsPolicy {
    if (target.type === 'socket') return 'off';
    if (login !== null || (target.type === 'host' && target.implicitTls)) return 'required';
    return patternsOf(domain).some((pattern) => this.#tlsRequired.has(pattern))
      ? 'required'
      : 'opportunistic';
  }
}

/** `null`: it is no rule. */
export function parseRouteRule(text: string): RouteRule | null {
  const [head = '', second = '', ...options] = text.trim().split(/[ \t]+/);
  const pattern = parseRoutePattern(head);
  const target = parseTarget(second);
  const given = parseOptions(options);
  if (pattern === null || target === null || given === null) return null;
  const { tls, user, passwordFile } = given;
  if ((user === null) !== (passwordFile === null)) return null;
  const login = user === null || passwordFile === null ? null : { user, passwordFile };
  // A password is never said where it can be heard by falling back; `off` is for who knows the wire.
  if (login !== null && (tls === 'opportunistic' || target.type === 'mx')) return null;
  if (tls !== null && target.type === 'socket') return null;
  if (tls !== null && tls !== 'required' && target.type === 'host' && target.implicitTls) return null;
  return { pattern, target, tls, login };
}

export function writeRouteRule({ pattern, target, tls, login }: RouteRule): string {
  const options = [
    ...(tls === null ? [] : [`tls=${tls}`]),
    ...(login === null ? [] : [`user=${login.user}`, `password-file=${login.passwordFile}`]),
  ];
  return [pattern, writeTarget(target), ...options].join(' ');
}

/** `*`, `example.org`, `.example.org` or `*.example.org`, `[192.0.2.1]`. */
export function parseRoutePattern(text: string): string | null {
  if (text === '*') return text;
  const below = /^\*?\.(.+)$/.exec(text)?.[1];
  if (below === undefined) return parseDomainOrLiteral(text);
  const domain = parseDomain(below);
  return domain === null ? null : `.${domain}`;
}

/** All that could name it, the closest first. */
function patternsOf(domain: string): readonly string[] {
  const patterns = [domain];
  if (!domain.startsWith('[')) {
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1))
      patterns.push(domain.slice(dot));
  }
  return [...patterns, '*'];
}

function parseTarget(text: string): RouteTarget | null {
  if (text === 'mx') return { type: 'mx' };
  const path = /^lmtp\+unix:(\/[\x21-\x7e]+)$/.exec(text)?.[1];
  // The kernel takes no longer name of a socket.
  if (path !== undefined) return path.length > 107 ? null : { type: 'socket', protocol: 'lmtp', path };
  const found = /^(smtps?|lmtp):\/\/(\[[0-9a-f:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  if (found === null) return null;
  const [, scheme = '', name = '', digits] = found;
  const implicitTls = scheme === 'smtps';
  const protocol = scheme === 'lmtp' ? 'lmtp' : 'smtp';
  const host = hostIn(name);
  // RFC 2033 §5: LMTP has no port of its own, and must not use 25.
  if (host === null || (protocol === 'lmtp' && (digits === undefined || Number(digits) === SMTP_PORT)))
    return null;
  const port = digits === undefined ? (implicitTls ? SMTPS_PORT : SMTP_PORT) : Number(digits);
  return port < 1 || port > 65535 ? null : { type: 'host', protocol, host, port, implicitTls };
}

/** A name, or an address without its brackets. */
function hostIn(name: string): string | null {
  if (/^[0-9.]+$/.test(name)) return isIPv4(name) ? name : null;
  if (!name.startsWith('[')) return parseDomain(name);
  const literal = parseAddressLiteral(`[IPv6:${name.slice(1)}`);
  return literal === null ? null : literal.slice(6, -1);
}

function writeTarget(target: RouteTarget): string {
  switch (target.type) {
    case 'mx':
      return 'mx';
    case 'socket':
      return `lmtp+unix:${target.path}`;
    case 'host': {
      const scheme = target.implicitTls ? 'smtps' : target.protocol;
      const host = target.host.includes(':') ? `[${target.host}]` : target.host;
      return `${scheme}://${host}:${target.port}`;
    }
  }
}

interface Options {
  readonly tls: TlsPolicy | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
}

function parseOptions(options: readonly string[]): Options | null {
  let given: Options = { tls: null, user: null, passwordFile: null };
  for (const option of options) {
    const [, name = '', value = ''] = /^([a-z-]+)=([\x21-\x7e]+)$/.exec(option) ?? [];
    if (name === 'tls' && given.tls === null && isTlsPolicy(value)) given = { ...given, tls: value };
    else if (name === 'user' && given.user === null && value !== '') given = { ...given, user: value };
    else if (name === 'password-file' && given.passwordFile === null && value.startsWith('/'))
      given = { ...given, passwordFile: value };
    else return null;
  }
  return given;
}

function isTlsPolicy(text: string): text is TlsPolicy {
  return text === 'off' || text === 'opportunistic' || text === 'required';
}
