/** The client's side of logins, for tests: written from the RFCs, and of nothing that the server computes with. */
import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { Authenticator, SaslPeer, SaslStep } from '../../src/services/authenticator.ts';

export interface ScramLogin {
  readonly name: string;
  readonly password: string;
  readonly authorization?: string;
  /** `n`, `y`, `p=tls-exporter`. */
  readonly flag?: string;
  readonly binding?: Uint8Array;
}

/** One SCRAM exchange, message by message. */
export class ScramClient {
  readonly #login: ScramLogin;
  readonly #bare: string;
  readonly #header: string;
  #signature = '';

  constructor(login: ScramLogin, nonce = 'rOprNGfwEbeRWgbNEkqO') {
    this.#login = login;
    const name = login.name.replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#bare = `n=${name},r=${nonce}`;
    const authorization = login.authorization === undefined ? '' : `a=${login.authorization}`;
    this.#header = `${login.flag ?? 'n'},${authorization},`;
  }

  first(): Buffer {
    return Buffer.from(this.#header + this.#bare);
  }

  final(serverFirst: Uint8Array): Buffer {
    const said = Buffer.from(serverFirst).toString();
    const [, nonce = '', salt = '', iterations = ''] = /^r=(.*),s=(.*),i=(\d+)$/.exec(said) ?? [];
    const binding = Buffer.concat([Buffer.from(this.#header), this.#login.binding ?? new Uint8Array(0)]);
    const without = `c=${binding.toString('base64')},r=${nonce}`;
    const message = `${this.#bare},${said},${without}`;
    const salted = saltedPassword(this.#login.password, salt, Number(iterations));
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    this.#signature = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
    const proof = clientKey.map((octet, i) => octet ^ (signature[i] ?? 0));
    return Buffer.from(`${without},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Does the server know the password, too? */
  hear(serverFinal: Uint8Array): void {
    assert.equal(Buffer.from(serverFinal).toString(), this.#signature);
  }
}

export interface LoginTry {
  readonly mechanism?: string;
  readonly name: string;
  readonly password: string;
  readonly peer?: SaslPeer;
}

export const CLEAR_PEER: SaslPeer = { address: '192.0.2.1', tls: null };

/** A whole login; what came of it. */
export async function logIn(
  authenticator: Authenticator,
  { mechanism = 'PLAIN', name, password, peer = CLEAR_PEER }: LoginTry,
): Promise<SaslStep> {
  const exchange = authenticator.begin(mechanism, peer);
  assert.ok(exchange !== null, mechanism);
  switch (mechanism) {
    case 'PLAIN':
      return exchange.answer(Buffer.from(`\0${name}\0${password}`));
    case 'LOGIN': {
      assert.equal(challenge(await exchange.answer(null)), 'Username:');
      const asked = await exchange.answer(Buffer.from(name));
      assert.equal(challenge(asked), 'Password:');
      return exchange.answer(Buffer.from(password));
    }
    default: {
      const isPlus = mechanism.endsWith('-PLUS');
      const binding = isPlus ? { flag: 'p=tls-exporter', binding: exporterOf(peer) } : {};
      const client = new ScramClient({ name, password, ...binding });
      const first = await exchange.answer(client.first());
      if (first.type !== 'challenge') return first;
      const final = await exchange.answer(client.final(first.octets));
      if (final.type !== 'challenge') return final;
      client.hear(final.octets);
      return exchange.answer(new Uint8Array(0));
    }
  }
}

export function challenge(step: SaslStep): string {
  assert.equal(step.type, 'challenge');
  return step.type === 'challenge' ? Buffer.from(step.octets).toString() : '';
}

function exporterOf({ tls }: SaslPeer): Uint8Array {
  return tls?.exporter ?? new Uint8Array(0);
}

const stretched = new Map<string, Buffer>();

/** Costly, so that clients keep it; and so does this one. */
function saltedPassword(password: string, salt: string, iterations: number): Buffer {
  const name = JSON.stringify([password, salt, iterations]);
  const known = stretched.get(name);
  if (known !== undefined) return known;
  const made = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
  stretched.set(name, made);
  return made;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
