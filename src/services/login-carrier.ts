/**
 * Carries the login of one connection between its session and who knows passwords: one exchange at a time, each step within a
 * limit of time. Nothing that a client says here is logged, and nothing of it is kept when the exchange is over.
 */
import { assert } from '../base/assert.ts';
import type { AuthOutcome } from '../smtp/auth-exchange.ts';
import type { Profile } from '../smtp/profile.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { Authenticator, SaslExchange, SaslPeer } from './authenticator.ts';

/** A step takes no longer; a password hash takes a fraction of a second, the line before the hashes perhaps some more. */
const STEP_TIMEOUT_MS = 30_000;
const UNAVAILABLE: AuthOutcome = { type: 'refused', reply: 'auth-unavailable' };

export interface LoginHouse {
  /** `null`: nobody knows passwords here. */
  readonly authenticator: Authenticator | null;
  readonly profile: Pick<Profile, 'auth'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class LoginCarrier {
  readonly #house: LoginHouse;
  readonly #peer: SaslPeer;
  #exchange: SaslExchange | null = null;

  /** What is known of the connection now; after STARTTLS it takes another carrier. */
  constructor(house: LoginHouse, peer: SaslPeer) {
    this.#house = house;
    this.#peer = peer;
  }

  get mechanisms(): readonly string[] {
    const { authenticator, profile } = this.#house;
    return authenticator === null || profile.auth === 'off' ? [] : authenticator.mechanisms(this.#peer);
  }

  async begin(mechanism: string, initial: Uint8Array | null): Promise<AuthOutcome> {
    const { authenticator } = this.#house;
    if (authenticator === null) return UNAVAILABLE;
    this.#exchange = authenticator.begin(mechanism, this.#peer);
    if (this.#exchange === null) return { type: 'refused', reply: 'unknown-mechanism' };
    return this.#step(this.#exchange, initial);
  }

  async answer(octets: Uint8Array): Promise<AuthOutcome> {
    assert(this.#exchange !== null, 'a response to no exchange');
    return this.#step(this.#exchange, octets);
  }

  end(): void {
    this.#exchange = null;
  }

  async #step(exchange: SaslExchange, octets: Uint8Array | null): Promise<AuthOutcome> {
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const cancel = this.#house.clock.after(STEP_TIMEOUT_MS, () => resolve(null));
    try {
      const step = await Promise.race([exchange.answer(octets), late]);
      if (step === null) return this.#failed('it took too long');
      if (step.type !== 'accepted') return step;
      return { type: 'accepted', login: { account: step.account, address: step.address } };
    } catch (error) {
      // Its message may be made of what the client said; its kind is not.
      return this.#failed(error instanceof Error ? error.name : 'unknown');
    } finally {
      cancel();
    }
  }

  #failed(why: string): AuthOutcome {
    this.#house.log.error('login-failed', { client: this.#peer.address, why });
    return UNAVAILABLE;
  }
}
