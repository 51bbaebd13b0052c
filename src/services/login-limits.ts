/**
 * What failed logins cost: each makes the next answers slower, and many of them end in none at all. Counted for each network and for
 * each account, over all connections and ports; and never so that strangers can keep an owner out (ADR 0021).
 */
import { isIPv6 } from 'node:net';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from './connection-limits.ts';

export interface LoginLimitSettings {
  /** Failures of one network in a window, and of one address that its account knows. */
  readonly networkFailuresMax: number;
  /** Failures at one account in a window, of all networks that it does not know. */
  readonly accountFailuresMax: number;
  readonly windowMs: number;
}

export const LOGIN_LIMITS: LoginLimitSettings = {
  networkFailuresMax: 20,
  accountFailuresMax: 100,
  windowMs: 15 * 60_000,
};

/**
 * `strict`: of the passwords only those that nobody can guess open, application passwords; so an owner whose account is being
 * guessed at gets in. `refused`: nothing is looked at.
 */
export type Standing = 'open' | 'strict' | 'refused';

/** Whose failures count as whose. `user` is short, and made of the name that was claimed, whether anybody is called so or not. */
export interface LoginAttempt {
  readonly address: string;
  readonly user: string;
}

/** Names that are counted at once. Beyond them the one that failed longest ago is forgotten. */
const COUNTED_MAX = 20_000;
const OWNERS_MAX = 20_000;
const PLACES_MAX = 8;

/** So many failures are a slip of the fingers. */
const FREE_FAILURES = 3;
const DELAY_FIRST_MS = 250;
const DELAY_MAX_MS = 5000;

export class LoginLimits {
  readonly #settings: LoginLimitSettings;
  readonly #networks: FailureCounts;
  readonly #accounts: FailureCounts;
  /** Of an account at an address that it knows. */
  readonly #pairs: FailureCounts;
  /** Where each account logged in from, newest last. */
  readonly #places = new Map<string, readonly Place[]>();

  constructor(settings = LOGIN_LIMITS) {
    this.#settings = settings;
    this.#networks = new FailureCounts(settings.windowMs);
    this.#accounts = new FailureCounts(settings.windowMs);
    this.#pairs = new FailureCounts(settings.windowMs);
  }

  async standing(attempt: LoginAttempt): Promise<Standing> {
    const { networkFailuresMax, accountFailuresMax } = this.#settings;
    const { isHost, isNetwork, network } = this.#known(attempt);
    if (isHost) return (await this.#pairs.count(pairOf(attempt))) < networkFailuresMax ? 'open' : 'strict';
    if ((await this.#networks.count(network)) >= networkFailuresMax) return 'refused';
    if (isNetwork) return 'open';
    return (await this.#accounts.count(attempt.user)) < accountFailuresMax ? 'open' : 'strict';
  }

  /** Counts it. How long to wait with the answer, and whether this was the one too many. */
  async failed(attempt: LoginAttempt): Promise<{ delayMs: number; isLast: boolean }> {
    const { networkFailuresMax, accountFailuresMax } = this.#settings;
    const { isHost, isNetwork, network } = this.#known(attempt);
    const here = isHost ? await this.#pairs.add(pairOf(attempt)) : await this.#networks.add(network);
    // Its owner's own slips are not held against an account.
    const there = isNetwork ? 0 : await this.#accounts.add(attempt.user);
    return {
      delayMs: Math.max(delayAfter(here), delayAfter(there / (accountFailuresMax / networkFailuresMax))),
      isLast: here === networkFailuresMax || there === accountFailuresMax,
    };
  }

  async succeeded(attempt: LoginAttempt): Promise<void> {
    const place = placeOf(attempt.address);
    const others = (this.#places.get(attempt.user) ?? []).filter(({ host }) => host !== place.host);
    this.#places.delete(attempt.user);
    this.#places.set(attempt.user, [...others, place].slice(-PLACES_MAX));
    const [oldest] = this.#places.keys();
    if (this.#places.size > OWNERS_MAX && oldest !== undefined) this.#places.delete(oldest);
    await this.#pairs.forget(pairOf(attempt));
  }

  #known({ address, user }: LoginAttempt): { isHost: boolean; isNetwork: boolean; network: string } {
    const { host, network } = placeOf(address);
    const places = this.#places.get(user) ?? [];
    return {
      isHost: places.some((place) => place.host === host),
      isNetwork: places.some((place) => place.network === network),
      network,
    };
  }
}

interface Place {
  readonly host: string;
  readonly network: string;
}

function placeOf(address: string): Place {
  return { host: hostOf(address), network: networkOf(address) };
}

/** Of IPv6 the /64: a host changes the rest as it likes (RFC 8981). */
function hostOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
}

function pairOf({ address, user }: LoginAttempt): string {
  return `${user} ${hostOf(address)}`;
}

function delayAfter(failures: number): number {
  if (failures <= FREE_FAILURES) return 0;
  return Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** (failures - FREE_FAILURES - 1));
}

/** Failures by name, for a while after the first of them; not of more names than it has memory for. */
class FailureCounts {
  readonly #windowMs: number;
  /** The library brings forty files: loaded at the first failure. */
  #limiter: Promise<RateLimiterMemory> | null = null;
  /** Those that failed last are last. */
  readonly #names = new Set<string>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  async count(name: string): Promise<number> {
    if (!this.#names.has(name)) return 0;
    const found = (await (await this.#loaded()).get(name)) ?? null;
    return found === null || found.msBeforeNext <= 0 ? 0 : found.consumedPoints;
  }

  async add(name: string): Promise<number> {
    this.#names.delete(name);
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > COUNTED_MAX && oldest !== undefined) await this.forget(oldest);
    return (await (await this.#loaded()).penalty(name)).consumedPoints;
  }

  async forget(name: string): Promise<void> {
    if (this.#names.delete(name)) await (await this.#loaded()).delete(name);
  }

  #loaded(): Promise<RateLimiterMemory> {
    this.#limiter ??= import('rate-limiter-flexible').then(
      (library) =>
        new library.RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: this.#windowMs / 1000 }),
    );
    return this.#limiter;
  }
}
