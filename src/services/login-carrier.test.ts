import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log, LogFields } from '../world/log.ts';
import type { Authenticator, SaslStep } from './authenticator.ts';
import { LoginCarrier, type LoginHouse } from './login-carrier.ts';

const PEER = { address: '192.0.2.1', tls: null };
const SECRET = Uint8Array.from(Buffer.from('\0ann\0sesame'));

/** Knows one mechanism, and says what the test tells it to say. */
function authenticator(answer: (octets: Uint8Array | null) => Promise<SaslStep>): Authenticator {
  return {
    mechanisms: () => ['PLAIN'],
    begin: (mechanism) => (mechanism === 'PLAIN' ? { answer } : null),
  };
}

interface Kept {
  readonly carrier: LoginCarrier;
  readonly logged: (readonly [string, LogFields | undefined])[];
  /** Ends all waiting. */
  readonly late: () => void;
  readonly waits: Set<() => void>;
}

function house(known: Authenticator | null, auth: 'off' | 'required' = 'required'): Kept {
  const logged: (readonly [string, LogFields | undefined])[] = [];
  const waits = new Set<() => void>();
  const write = (event: string, fields?: LogFields): void => void logged.push([event, fields]);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const clock = {
    after: (_: number, run: () => void) => {
      waits.add(run);
      return () => void waits.delete(run);
    },
  } as unknown as Clock;
  const built: LoginHouse = { authenticator: known, profile: { auth }, clock, log };
  return {
    carrier: new LoginCarrier(built, PEER),
    logged,
    late: () => {
      for (const run of waits) run();
    },
    waits,
  };
}

test('LoginCarrier hands each response on, and tells who logged in', async () => {
  const heard: (Uint8Array | null)[] = [];
  const { carrier, waits } = house(
    authenticator(async (octets) => {
      heard.push(octets);
      return octets === null
        ? { type: 'challenge', octets: new Uint8Array(0) }
        : { type: 'accepted', account: 7 as AccountId, address: 'ann@mail.example' };
    }),
  );
  assert.deepEqual(await carrier.begin('PLAIN', null), { type: 'challenge', octets: new Uint8Array(0) });
  assert.deepEqual(await carrier.answer(SECRET), {
    type: 'accepted',
    login: { account: 7, address: 'ann@mail.example' },
  });
  assert.deepEqual(heard, [null, SECRET]);
  assert.equal(waits.size, 0); // no timer is left behind
});

test('LoginCarrier refuses what nobody knows, and lists nothing where AUTH is off', async () => {
  const known = authenticator(async () => ({ type: 'refused', reply: 'credentials-invalid' }));
  assert.deepEqual(house(known).carrier.mechanisms, ['PLAIN']);
  assert.deepEqual(house(known, 'off').carrier.mechanisms, []);
  assert.deepEqual(house(null).carrier.mechanisms, []);
  assert.deepEqual(await house(known).carrier.begin('XYZZY', null), {
    type: 'refused',
    reply: 'unknown-mechanism',
  });
  assert.deepEqual(await house(null).carrier.begin('PLAIN', SECRET), {
    type: 'refused',
    reply: 'auth-unavailable',
  });
});

test('LoginCarrier waits for no step beyond its time', async () => {
  const { carrier, late, logged } = house(authenticator(() => new Promise(() => {})));
  const waiting = carrier.begin('PLAIN', SECRET);
  late();
  assert.deepEqual(await waiting, { type: 'refused', reply: 'auth-unavailable' });
  assert.equal(logged.length, 1);
});

test('LoginCarrier logs that a step failed, and nothing of what the client said', async () => {
  const { carrier, logged } = house(
    authenticator(() => Promise.reject(new TypeError('cannot read sesame of ann'))),
  );
  assert.deepEqual(await carrier.begin('PLAIN', SECRET), { type: 'refused', reply: 'auth-unavailable' });
  assert.deepEqual(logged, [['login-failed', { client: '192.0.2.1', why: 'TypeError' }]]);
});
