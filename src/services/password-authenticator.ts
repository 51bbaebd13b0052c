/** Logs accounts in by their passwords: SCRAM-SHA-256 with and without channel binding, PLAIN, LOGIN. */
import type { Authenticator, SaslExchange, SaslPeer } from './authenticator.ts';
import { LoginExchange, PlainExchange } from './sasl-clear.ts';
import { LoginDesk } from './sasl-desk.ts';
import type { DeskWorld } from './sasl-desk.ts';
import { SCRAM, SCRAM_PLUS, ScramExchange } from './sasl-scram.ts';

export class PasswordAuthenticator implements Authenticator {
  readonly #desk: LoginDesk;

  constructor(world: DeskWorld) {
    this.#desk = new LoginDesk(world);
  }

  mechanisms(peer: SaslPeer): readonly string[] {
    return (peer.tls?.exporter ?? null) === null ? UNBOUND : BOUND;
  }

  begin(mechanism: string, peer: SaslPeer): SaslExchange | null {
    const name = mechanism.toUpperCase();
    if (!this.mechanisms(peer).includes(name)) return null;
    switch (name) {
      case SCRAM_PLUS:
      case SCRAM:
        return new ScramExchange(this.#desk, peer, name);
      case 'PLAIN':
        return new PlainExchange(this.#desk, peer);
      case 'LOGIN':
        return new LoginExchange(this.#desk, peer);
      default:
        return null;
    }
  }
}

/** The best first: clients take the first they know. */
const UNBOUND = [SCRAM, 'PLAIN', 'LOGIN'];
const BOUND = [SCRAM_PLUS, ...UNBOUND];
