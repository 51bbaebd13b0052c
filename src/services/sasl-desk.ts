/** What every mechanism asks: who is this, may they try, and what is said and noted when they were right or wrong. */
import { createHmac } from 'node:crypto';
import { addressKey } from '../store/address-orders.ts';
import type { CredentialSource, KnownLogin } from '../store/credentials.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { Random } from '../world/random.ts';
import type { SaslPeer, SaslStep } from './authenticator.ts';
import { networkOf } from './connection-limits.ts';
import { LoginLimits } from './login-limits.ts';
import type { LoginLimitSettings, Standing } from './login-limits.ts';
import { HashQueue } from './sasl-hash-queue.ts';
import { PasswordCheck } from './sasl-password-check.ts';

export interface DeskWorld {
  /** Of the store. */
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The same after every start, known to nobody: `loginSecret()` of the store. */
  readonly secret: Uint8Array;
  readonly limits?: LoginLimitSettings;
}

/** Somebody who says who they are. */
export interface Claim {
  readonly mechanism: string;
  readonly peer: SaslPeer;
  /** What stands for the name, whoever is called so: a hash. */
  readonly user: string;
  readonly standing: Exclude<Standing, 'refused'>;
  /** `null`: nobody logs in by this name. */
  readonly known: KnownLogin | null;
}

export const MALFORMED: SaslStep = { type: 'refused', reply: 'auth-malformed' };
export const UNAVAILABLE: SaslStep = { type: 'refused', reply: 'auth-unavailable' };
export const INVALID: SaslStep = { type: 'refused', reply: 'credentials-invalid' };
export const TOO_MANY: SaslStep = { type: 'refused', reply: 'auth-too-many' };

export class LoginDesk {
  readonly #world: DeskWorld;
  readonly #limits: LoginLimits;
  readonly #passwords: PasswordCheck;

  constructor(world: DeskWorld) {
    this.#world = world;
    this.#limits = new LoginLimits(world.limits);
    this.#passwords = new PasswordCheck({ ...world, queue: new HashQueue() });
  }

  get random(): Random {
    return this.#world.random;
  }

  /** The claim, or what is said to it at once. `authorization`: as whom to act; nobody acts as another. */
  async claim(
    said: { mechanism: string; name: string; authorization: string },
    peer: SaslPeer,
  ): Promise<Claim | SaslStep> {
    const { mechanism, name, authorization } = said;
    const key = addressKey(name);
    if (authorization !== '' && authorization !== name && (key === null || addressKey(authorization) !== key))
      return INVALID;
    const user = this.secretOf('user', key ?? name).toString('base64');
    const standing = await this.#limits.standing({ address: peer.address, user });
    if (standing === 'refused') return TOO_MANY;
    return { mechanism, peer, user, standing, known: this.#world.credentials.find(name) };
  }

  /** A password in clear. */
  async judge(claim: Claim, password: string): Promise<SaslStep> {
    const { known, peer } = claim;
    const checked = await this.#passwords.check(known, password, networkOf(peer.address));
    if (checked.type === 'busy') {
      this.#world.log.warn('login-not-checked', { client: peer.address, why: 'too many wait for it' });
      return UNAVAILABLE;
    }
    if (checked.type === 'wrong' || known === null || !this.opens(claim, checked.password))
      return this.wrong(claim);
    return this.right(claim, known, checked.password);
  }

  /** Whether this password may open the account now. */
  opens({ standing }: Claim, password: string | null): boolean {
    return standing === 'open' || password !== null;
  }

  async right(claim: Claim, known: KnownLogin, password: string | null): Promise<SaslStep> {
    const { mechanism, peer, user } = claim;
    await this.#limits.succeeded({ address: peer.address, user });
    this.#world.credentials.loggedIn(known.account, password);
    const by = password === null ? {} : { password };
    this.#world.log.info('login', { account: known.address, client: peer.address, mechanism, ...by });
    return { type: 'accepted', account: known.account, address: known.address };
  }

  /** The answer comes later the more were wrong. It is the same whoever was meant, and whatever was wrong. */
  async wrong({ mechanism, peer, user, standing, known }: Claim): Promise<SaslStep> {
    const { address: client } = peer;
    const { delayMs, isLast } = await this.#limits.failed({ address: client, user });
    // Not the name that nobody has: some type their password there.
    const account = known?.address ?? null;
    this.#world.log.info('login-refused', { account, client, mechanism });
    if (isLast) this.#world.log.warn('login-too-many', { account, client, mechanism });
    await this.#wait(delayMs);
    return standing === 'open' ? INVALID : TOO_MANY;
  }

  /** The channel was tampered with, or a client is broken: RFC 5802 §6. */
  downgraded({ mechanism, peer }: { mechanism: string; peer: SaslPeer }): SaslStep {
    this.#world.log.warn('login-downgraded', { client: peer.address, mechanism });
    return INVALID;
  }

  find(address: string): KnownLogin | null {
    return this.#world.credentials.find(address);
  }

  /** Always the same of the same text, and to be told from chance by nobody. */
  secretOf(purpose: string, text: string): Buffer {
    return createHmac('sha256', this.#world.secret).update(`${purpose}\0${text}`).digest();
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => this.#world.clock.after(ms, resolve));
  }
}
