/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, RFC 7677, bound to the channel by `tls-exporter` (RFC 9266). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  authMessage,
  parseClientFinal,
  parseClientFirst,
  writeServerFinal,
  writeServerFirst,
} from '../smtp/sasl/scram.ts';
import type { ClientFinal, ClientFirst } from '../smtp/sasl/scram.ts';
import { encodeText } from '../smtp/sasl/text.ts';
import { PASSWORDS_MAX, SCRAM_ITERATIONS } from '../store/credentials.ts';
import type { CredentialsRow, KnownLogin, PasswordRow } from '../store/credentials.ts';
import { randomOctets } from '../world/random.ts';
import type { SaslExchange, SaslPeer, SaslStep } from './authenticator.ts';
import { MALFORMED } from './sasl-desk.ts';
import type { Claim, LoginDesk } from './sasl-desk.ts';

const NONCE_OCTETS = 18;
const SALT_OCTETS = 16;
const KEY_OCTETS = 32;
const BINDING = 'tls-exporter';

export const SCRAM = 'SCRAM-SHA-256';
export const SCRAM_PLUS = 'SCRAM-SHA-256-PLUS';

type Keys = Pick<PasswordRow, 'storedKey' | 'serverKey'>;

type State =
  | { readonly state: 'first' }
  | {
      readonly state: 'final';
      readonly claim: Claim;
      readonly first: ClientFirst;
      readonly nonce: string;
      readonly serverFirst: string;
      readonly nobody: Keys;
    }
  /** The proof was right; the client has yet to hear that we know the password, too. */
  | {
      readonly state: 'proven';
      readonly claim: Claim;
      readonly known: KnownLogin;
      readonly password: PasswordRow;
    }
  | { readonly state: 'over' };

export class ScramExchange implements SaslExchange {
  readonly #desk: LoginDesk;
  readonly #peer: SaslPeer;
  readonly #mechanism: typeof SCRAM | typeof SCRAM_PLUS;
  #state: State = { state: 'first' };

  constructor(desk: LoginDesk, peer: SaslPeer, mechanism: typeof SCRAM | typeof SCRAM_PLUS) {
    this.#desk = desk;
    this.#peer = peer;
    this.#mechanism = mechanism;
  }

  async answer(octets: Uint8Array | null): Promise<SaslStep> {
    const now = this.#state;
    if (octets === null)
      return now.state === 'first' ? { type: 'challenge', octets: new Uint8Array(0) } : MALFORMED;
    this.#state = { state: 'over' };
    switch (now.state) {
      case 'first':
        return this.#begin(octets);
      case 'final':
        return this.#prove(now, octets);
      case 'proven': {
        // RFC 4954 §4: the last thing the server has to say is a challenge, and its answer is empty.
        if (octets.length > 0) return MALFORMED;
        // It may have been taken away meanwhile.
        const still = this.#desk.find(now.known.address);
        const isThere = still?.credentials.passwords.some(
          ({ storedKey }) => storedKey === now.password.storedKey,
        );
        return isThere === true
          ? this.#desk.right(now.claim, now.known, now.password.name)
          : this.#desk.wrong(now.claim);
      }
      case 'over':
        return MALFORMED;
    }
  }

  async #begin(octets: Uint8Array): Promise<SaslStep> {
    const first = parseClientFirst(octets);
    if (first === null) return MALFORMED;
    const { binding } = first;
    if ((binding.type === 'used') !== (this.#mechanism === SCRAM_PLUS)) return MALFORMED;
    if (binding.type === 'used' && binding.name !== BINDING) return MALFORMED;
    // The client can bind the channel and was not told that we can: somebody changed what EHLO said (RFC 5802 §6).
    if (binding.type === 'unused' && exporterOf(this.#peer) !== null)
      return this.#desk.downgraded({ mechanism: this.#mechanism, peer: this.#peer });
    const claim = await this.#desk.claim({ ...first, mechanism: this.#mechanism }, this.#peer);
    if ('type' in claim) return claim;
    // Made in any case, so that it takes the same time; the same for the same name every time.
    const nobody = this.#nobody(claim.user);
    const { salt, iterations } = claim.known?.credentials.scram ?? nobody.scram;
    const nonce = first.nonce + this.#nonce();
    const serverFirst = writeServerFirst({ nonce, salt, iterations });
    this.#state = { state: 'final', claim, first, nonce, serverFirst, nobody: nobody.keys };
    return { type: 'challenge', octets: encodeText(serverFirst) };
  }

  async #prove(now: Extract<State, { state: 'final' }>, octets: Uint8Array): Promise<SaslStep> {
    const { claim, first, nonce, serverFirst } = now;
    const final = parseClientFinal(octets);
    const proof = final === null ? null : Buffer.from(final.proof, 'base64');
    if (final === null || proof?.length !== KEY_OCTETS || final.nonce !== nonce) return MALFORMED;
    const message = authMessage(first, serverFirst, final);
    const password = this.#whose(now, message, proof);
    const { known } = claim;
    if (!this.#isBound(first, final) || password === null || known === null) return this.#desk.wrong(claim);
    if (!this.#desk.opens(claim, password.name)) return this.#desk.wrong(claim);
    this.#state = { state: 'proven', claim, known, password };
    const signature = hmac(Buffer.from(password.serverKey, 'base64'), message).toString('base64');
    return { type: 'challenge', octets: encodeText(writeServerFinal(signature)) };
  }

  /** The password that made the proof. Every account has as many tried, and one that has none, too. */
  #whose(
    { claim, nobody }: Extract<State, { state: 'final' }>,
    message: string,
    proof: Buffer,
  ): PasswordRow | null {
    let found: PasswordRow | null = null;
    for (let i = 0; i < PASSWORDS_MAX; i++) {
      const row = claim.known?.credentials.passwords[i];
      const storedKey = Buffer.from((row ?? nobody).storedKey, 'base64');
      const clientKey = hmac(storedKey, message);
      for (let k = 0; k < KEY_OCTETS; k++) clientKey[k] = (clientKey[k] ?? 0) ^ (proof[k] ?? 0);
      const isIt = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
      if (isIt && row !== undefined) found = row;
    }
    return found;
  }

  /** RFC 5802 §5.1: the header as it came, with the data of the channel behind it when it is bound. */
  #isBound(first: ClientFirst, final: ClientFinal): boolean {
    const data = first.binding.type === 'used' ? exporterOf(this.#peer) : new Uint8Array(0);
    if (data === null) return false;
    const expected = Buffer.concat([encodeText(first.gs2Header), data]);
    return Buffer.from(final.channelBinding, 'base64').equals(expected);
  }

  #nonce(): string {
    return Buffer.from(randomOctets(this.#desk.random, NONCE_OCTETS)).toString('base64');
  }

  /** What somebody who is not here would have. */
  #nobody(user: string): { scram: CredentialsRow['scram']; keys: Keys } {
    const salt = this.#desk.secretOf('salt', user).subarray(0, SALT_OCTETS).toString('base64');
    const key = this.#desk.secretOf('key', user).toString('base64');
    return { scram: { salt, iterations: SCRAM_ITERATIONS }, keys: { storedKey: key, serverKey: key } };
  }
}

function exporterOf(peer: SaslPeer): Uint8Array | null {
  return peer.tls?.exporter ?? null;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
