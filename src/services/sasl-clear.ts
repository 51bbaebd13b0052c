/** PLAIN (RFC 4616) and LOGIN: the password comes as it is. */
import { parseLoginAnswer, PASSWORD_CHALLENGE, USERNAME_CHALLENGE } from '../smtp/sasl/login.ts';
import { parsePlain } from '../smtp/sasl/plain.ts';
import type { SaslExchange, SaslPeer, SaslStep } from './authenticator.ts';
import { MALFORMED } from './sasl-desk.ts';
import type { LoginDesk } from './sasl-desk.ts';

const EMPTY_CHALLENGE: SaslStep = { type: 'challenge', octets: new Uint8Array(0) };

export class PlainExchange implements SaslExchange {
  readonly #desk: LoginDesk;
  readonly #peer: SaslPeer;

  constructor(desk: LoginDesk, peer: SaslPeer) {
    this.#desk = desk;
    this.#peer = peer;
  }

  async answer(octets: Uint8Array | null): Promise<SaslStep> {
    if (octets === null) return EMPTY_CHALLENGE;
    const message = parsePlain(octets);
    if (message === null) return MALFORMED;
    const claim = await this.#desk.claim({ mechanism: 'PLAIN', ...message }, this.#peer);
    return 'type' in claim ? claim : this.#desk.judge(claim, message.password);
  }
}

export class LoginExchange implements SaslExchange {
  readonly #desk: LoginDesk;
  readonly #peer: SaslPeer;
  #name: string | null = null;

  constructor(desk: LoginDesk, peer: SaslPeer) {
    this.#desk = desk;
    this.#peer = peer;
  }

  async answer(octets: Uint8Array | null): Promise<SaslStep> {
    if (octets === null) return { type: 'challenge', octets: USERNAME_CHALLENGE };
    const text = parseLoginAnswer(octets);
    if (text === null) return MALFORMED;
    if (this.#name === null) {
      this.#name = text;
      return { type: 'challenge', octets: PASSWORD_CHALLENGE };
    }
    const said = { mechanism: 'LOGIN', name: this.#name, authorization: '' };
    const claim = await this.#desk.claim(said, this.#peer);
    return 'type' in claim ? claim : this.#desk.judge(claim, text);
  }
}
