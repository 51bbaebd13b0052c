import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLEAR_PEER, challenge, logIn, ScramClient } from '../../test/support/sasl-client.ts';
import type { LoginTry } from '../../test/support/sasl-client.ts';
import { freshCredentials, passwordKeys } from '../store/credentials-keys.ts';
import type { CredentialsRow, CredentialSource, PasswordRow } from '../store/credentials.ts';
import type { AccountId } from '../store/store.ts';
import type { Log, LogFields } from '../world/log.ts';
import { systemRandom } from '../world/random.ts';
import { SimClock } from '../world/sim/clock.ts';
import type { Authenticator, SaslPeer, SaslStep } from './authenticator.ts';
import { LOGIN_LIMITS } from './login-limits.ts';
import { PasswordAuthenticator } from './password-authenticator.ts';

const PASSWORD = 'correct horse';
const APP = 'abcd-efgh-jkmn-pqrs-tuvw-xyz2';
const ANN = 'ann@example.org';

const EXPORTER = Buffer.alloc(32, 7);
const TLS: SaslPeer = { address: '192.0.2.1', tls: { exporter: EXPORTER } };
const OWNER: SaslPeer = { address: '198.51.100.9', tls: null };

const accepted: SaslStep = { type: 'accepted', account: 7 as AccountId, address: ANN };
const refused = (reply: Extract<SaslStep, { type: 'refused' }>['reply']): SaslStep => ({
  type: 'refused',
  reply,
});

const keys: CredentialsRow = await made();

async function made(): Promise<CredentialsRow> {
  const fresh = freshCredentials(systemRandom);
  const row = async (name: string | null, password: string): Promise<PasswordRow> => ({
    name,
    createdAt: 0,
    ...(await passwordKeys(password, fresh)),
  });
  return { ...fresh, passwords: [await row(null, PASSWORD), await row('phone', APP)] };
}

/** An account, a clock that never makes anybody wait, and all that was written down. */
class House implements CredentialSource {
  credentials: CredentialsRow | null = keys;
  readonly clock = new SimClock();
  readonly logins: (string | null)[] = [];
  readonly lines: string[] = [];
  readonly authenticator: Authenticator;
  #waited = 0;

  constructor(limits = LOGIN_LIMITS) {
    const write = (event: string, fields: LogFields = {}): void =>
      void this.lines.push(JSON.stringify({ event, ...fields }));
    const log: Log = { debug: write, info: write, warn: write, error: write };
    const { clock } = this;
    const at = {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after: (ms: number, act: () => void) => {
        this.#waited += ms;
        setImmediate(act);
        return () => {};
      },
    };
    const secret = new Uint8Array(32).fill(1);
    this.authenticator = new PasswordAuthenticator({
      credentials: this,
      clock: at,
      random: systemRandom,
      log,
      secret,
      limits,
    });
  }

  find(address: string) {
    if (address.toLowerCase() !== ANN || this.credentials === null) return null;
    return { account: 7 as AccountId, address: ANN, credentials: this.credentials };
  }

  loggedIn(_: AccountId, password: string | null): void {
    this.logins.push(password);
  }

  try(given: Partial<LoginTry>): Promise<SaslStep> {
    return logIn(this.authenticator, { name: ANN, password: PASSWORD, ...given });
  }

  /** How long answers were held back since the last question. */
  waited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }
}

for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS']) {
  test(`${mechanism} lets the main password and application passwords in, and no other`, async () => {
    const house = new House();
    assert.deepEqual(await house.try({ mechanism, peer: TLS }), accepted);
    assert.deepEqual(await house.try({ mechanism, peer: TLS, name: 'ANN@example.ORG' }), accepted);
    assert.deepEqual(await house.try({ mechanism, peer: TLS, password: APP }), accepted);
    assert.deepEqual(house.logins, [null, null, 'phone']);
    const wrong = refused('credentials-invalid');
    assert.deepEqual(await house.try({ mechanism, peer: TLS, password: 'wrong horse' }), wrong);
    assert.deepEqual(await house.try({ mechanism, peer: TLS, name: 'bob@example.org' }), wrong);
    assert.deepEqual(await house.try({ mechanism, peer: TLS, name: 'phone' }), wrong);
    assert.equal(house.logins.length, 3);
  });
}

test('PLAIN and SCRAM take passwords as SASLprep maps them', async () => {
  const house = new House();
  assert.deepEqual(await house.try({ password: 'correct\u00a0ho\u00adrse' }), accepted);
  assert.deepEqual(await house.try({ password: 'correct horse\u0007' }), refused('credentials-invalid'));
});

test('mechanisms() offers channel binding only where the channel can be bound', () => {
  const { authenticator } = new House();
  assert.deepEqual(authenticator.mechanisms(TLS)[0], 'SCRAM-SHA-256-PLUS');
  for (const peer of [CLEAR_PEER, { ...TLS, tls: { exporter: null } }]) {
    assert.deepEqual(authenticator.mechanisms(peer), ['SCRAM-SHA-256', 'PLAIN', 'LOGIN']);
    assert.equal(authenticator.begin('SCRAM-SHA-256-PLUS', peer), null);
  }
  assert.equal(authenticator.begin('CRAM-MD5', TLS), null);
  assert.notEqual(authenticator.begin('plain', TLS), null);
});

/** Both messages of the client; what came of the last that was answered. */
async function scram(
  house: House,
  mechanism: string,
  login: Partial<ConstructorParameters<typeof ScramClient>[0]>,
): Promise<SaslStep> {
  const exchange = house.authenticator.begin(mechanism, TLS);
  const client = new ScramClient({ name: ANN, password: PASSWORD, ...login });
  assert.ok(exchange !== null);
  const first = await exchange.answer(client.first());
  return first.type === 'challenge' ? exchange.answer(client.final(first.octets)) : first;
}

test('SCRAM refuses another channel, a downgrade, and a flag that does not fit the mechanism', async () => {
  const house = new House();
  const bound = { flag: 'p=tls-exporter', binding: EXPORTER };
  assert.equal((await scram(house, 'SCRAM-SHA-256-PLUS', bound)).type, 'challenge');
  const other = { ...bound, binding: Buffer.alloc(32, 8) };
  assert.deepEqual(await scram(house, 'SCRAM-SHA-256-PLUS', other), refused('credentials-invalid'));
  assert.deepEqual(await scram(house, 'SCRAM-SHA-256', { flag: 'y' }), refused('credentials-invalid'));
  assert.ok(house.lines.some((line) => line.includes('login-downgraded')));
  assert.deepEqual(await scram(house, 'SCRAM-SHA-256', bound), refused('auth-malformed'));
  for (const flag of ['n', 'y', 'p=tls-unique'])
    assert.deepEqual(await scram(house, 'SCRAM-SHA-256-PLUS', { flag }), refused('auth-malformed'), flag);
});

test('SCRAM takes an empty answer to its last challenge, and nothing else; the nonce must be the one given', async () => {
  const house = new House();
  const begun = async () => {
    const exchange = house.authenticator.begin('SCRAM-SHA-256', CLEAR_PEER);
    assert.ok(exchange !== null);
    assert.equal(challenge(await exchange.answer(null)), '');
    const client = new ScramClient({ name: ANN, password: PASSWORD });
    const first = await exchange.answer(client.first());
    return { exchange, final: client.final(Buffer.from(challenge(first))) };
  };
  const one = await begun();
  assert.equal((await one.exchange.answer(one.final)).type, 'challenge');
  assert.deepEqual(await one.exchange.answer(Buffer.from('x')), refused('auth-malformed'));
  assert.deepEqual(await one.exchange.answer(new Uint8Array(0)), refused('auth-malformed'));
  const other = await begun();
  assert.deepEqual(await other.exchange.answer(one.final), refused('auth-malformed'));
  assert.equal(house.logins.length, 0);
});

test('SCRAM lets nobody in by a password that was taken away in the middle', async () => {
  const house = new House();
  const exchange = house.authenticator.begin('SCRAM-SHA-256', CLEAR_PEER);
  const client = new ScramClient({ name: ANN, password: PASSWORD });
  const first = await exchange?.answer(client.first());
  const final = await exchange?.answer(client.final(Buffer.from(challenge(first ?? accepted))));
  assert.equal(final?.type, 'challenge');
  house.credentials = null;
  assert.deepEqual(await exchange?.answer(new Uint8Array(0)), refused('credentials-invalid'));
});

test('nobody acts as another: the authorization identity is empty or the same', async () => {
  const { authenticator } = new House();
  const plain = (text: string) => authenticator.begin('PLAIN', CLEAR_PEER)?.answer(Buffer.from(text));
  assert.deepEqual(await plain(`Ann@EXAMPLE.org\0${ANN}\0${PASSWORD}`), accepted);
  const invalid = refused('credentials-invalid');
  assert.deepEqual(await plain(`bob@example.org\0${ANN}\0${PASSWORD}`), invalid);
  assert.deepEqual(await plain(`x\0${ANN}\0${PASSWORD}`), invalid);
  const client = new ScramClient({ name: ANN, password: PASSWORD, authorization: 'bob@example.org' });
  assert.deepEqual(await authenticator.begin('SCRAM-SHA-256', CLEAR_PEER)?.answer(client.first()), invalid);
});

test('SCRAM tells an unknown name from a known one by nothing: a salt that stays, and the same iterations', async () => {
  const first = async (house: House, name: string) => {
    const exchange = house.authenticator.begin('SCRAM-SHA-256', CLEAR_PEER);
    const said = challenge(
      (await exchange?.answer(new ScramClient({ name, password: 'x' }).first())) ?? accepted,
    );
    return /^r=[^,]{44},(s=[A-Za-z0-9+/]{22}==,i=600000)$/.exec(said)?.[1];
  };
  const [one, other] = [new House(), new House()];
  const unknown = await first(one, 'bob@example.org');
  assert.ok(unknown !== undefined);
  assert.equal(await first(one, 'BOB@example.org'), unknown);
  assert.equal(await first(other, 'bob@example.org'), unknown);
  assert.notEqual(await first(one, 'eve@example.org'), unknown);
  assert.ok((await first(one, ANN)) !== undefined);
});

/** So many of each, in turn, so that what else the machine does is the same for both. */
async function medians(mechanism: string, count: number): Promise<readonly [known: number, unknown: number]> {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 1e9, accountFailuresMax: 1e9 });
  const times: [number[], number[]] = [[], []];
  // Once each before: what is loaded and compiled at the first call is not to be measured.
  for (let i = -2; i < count * 2; i++) {
    const name = i % 2 === 0 ? ANN : `user${i}@example.org`;
    const begun = performance.now();
    const step = await house.try({ mechanism, name, password: 'wrong horse' });
    if (i >= 0) times[i % 2 === 0 ? 0 : 1].push(performance.now() - begun);
    assert.deepEqual(step, refused('credentials-invalid'));
  }
  return [median(times[0]), median(times[1])];
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0;
}

test('attack 10: PLAIN takes as long for unknown names as for wrong passwords, and says the same', async () => {
  const [known, unknown] = await medians('PLAIN', 12);
  assert.ok(known / unknown < 2 && unknown / known < 2, `${known} ms and ${unknown} ms`);
});

test('a password that was right a short while ago costs no hash, until it is another', async () => {
  const house = new House();
  const timed = async (password = PASSWORD): Promise<number> => {
    const begun = performance.now();
    assert.deepEqual(await house.try({ password }), accepted);
    return performance.now() - begun;
  };
  await timed();
  const begun = performance.now();
  for (let i = 0; i < 200; i++) await timed();
  assert.ok((performance.now() - begun) / 200 < 2, 'a login takes 2 ms');
  house.credentials = { ...keys, passwords: keys.passwords.slice(1) };
  assert.deepEqual(await house.try({}), refused('credentials-invalid'));
  await timed(APP);
});

test('hashes never hold up the event loop, and too many at once are auth-unavailable', async () => {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 1e9, accountFailuresMax: 1e9 });
  let last = performance.now();
  let longest = 0;
  const watch = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const tries = Array.from({ length: 100 }, (_, i) =>
    house.try({ password: `wrong ${i}`, peer: { address: `192.0.${i % 20}.1`, tls: null } }),
  );
  const steps = await Promise.all(tries);
  clearInterval(watch);
  const count = (reply: string) =>
    steps.filter((one) => one.type === 'refused' && one.reply === reply).length;
  assert.equal(count('credentials-invalid'), 2 + 64);
  assert.equal(count('auth-unavailable'), 100 - 2 - 64);
  assert.ok(longest < 150, `${longest} ms`);
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
});

test('one network that guesses leaves room in the line for the others', async () => {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 1e9, accountFailuresMax: 1e9 });
  const guesses = Array.from({ length: 50 }, (_, i) => house.try({ password: `wrong ${i}` }));
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
  const steps = await Promise.all(guesses);
  const busy = steps.filter((one) => one.type === 'refused' && one.reply === 'auth-unavailable').length;
  assert.equal(busy, 50 - 2 - 16);
});

test('attack 11: 60 guesses over 4 connections are slowed, then refused, and the owner gets in', async () => {
  const house = new House();
  const replies: string[] = [];
  const connection = async (): Promise<void> => {
    for (let i = 0; i < 15; i++) {
      const mechanism = ['PLAIN', 'LOGIN', 'SCRAM-SHA-256'][i % 3] ?? '';
      const step = await house.try({ mechanism, password: 'wrong horse' });
      assert.equal(step.type, 'refused');
      replies.push(step.type === 'refused' ? step.reply : '');
    }
  };
  await Promise.all([connection(), connection(), connection(), connection()]);
  const invalid = replies.filter((one) => one === 'credentials-invalid').length;
  assert.ok(invalid >= 20 && invalid <= 23, `${invalid} were looked at`); // Those under way at the last one finish.
  assert.equal(replies.filter((one) => one === 'auth-too-many').length, 60 - invalid);
  assert.ok(house.waited() > 30_000);
  assert.deepEqual(await house.try({}), refused('auth-too-many'));
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
  assert.equal(house.lines.filter((line) => line.includes('login-too-many')).length, 1);
});

test('a few slips of the fingers cost nobody any time, and answers never wait longer than 5 s', async () => {
  const house = new House();
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    await house.try({ mechanism: 'SCRAM-SHA-256', password: 'wrong horse' });
    waits.push(house.waited());
  }
  assert.deepEqual(waits, [0, 0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000]);
  assert.deepEqual(await house.try({}), accepted);
  assert.equal(house.waited(), 0);
});

test('strangers on many networks exhaust an account: its owner gets in from where he was, and with application passwords', async () => {
  const house = new House({ ...LOGIN_LIMITS, accountFailuresMax: 10 });
  const mechanism = 'SCRAM-SHA-256';
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
  for (let i = 0; i < 10; i++) {
    const peer = { address: `203.0.${i}.1`, tls: null };
    assert.deepEqual(await house.try({ mechanism, password: 'wrong', peer }), refused('credentials-invalid'));
  }
  // The same for the right password and for a wrong one: it tells them nothing.
  for (const how of [mechanism, 'PLAIN']) {
    const stranger = { address: `203.1.${how.length}.1`, tls: null };
    assert.deepEqual(await house.try({ mechanism: how, peer: stranger }), refused('auth-too-many'));
    const wrong = { mechanism: how, password: 'wrong', peer: stranger };
    assert.deepEqual(await house.try(wrong), refused('auth-too-many'));
    assert.deepEqual(await house.try({ mechanism: how, password: APP, peer: stranger }), accepted);
    assert.deepEqual(await house.try({ mechanism: how, peer: OWNER }), accepted);
    const beside = { address: '198.51.100.77', tls: null };
    assert.deepEqual(await house.try({ mechanism: how, peer: beside }), accepted);
  }
});

test('an address that logged in before gets in while its own network guesses', async () => {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 3 });
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
  const beside = { address: '198.51.100.77', tls: null };
  const mechanism = 'SCRAM-SHA-256';
  for (let i = 0; i < 3; i++) await house.try({ mechanism, peer: beside, password: 'wrong' });
  assert.deepEqual(await house.try({ peer: beside }), refused('auth-too-many'));
  assert.deepEqual(await house.try({ peer: OWNER }), accepted);
  for (let i = 0; i < 3; i++) await house.try({ mechanism, peer: OWNER, password: 'wrong' });
  assert.deepEqual(await house.try({ peer: OWNER }), refused('auth-too-many'));
  assert.deepEqual(await house.try({ peer: OWNER, password: APP }), accepted);
});

test('unknown names are counted and slowed as known ones are', async () => {
  const house = new House();
  const waits = async (name: string, network: string) => {
    const all: number[] = [];
    for (let i = 0; i < 6; i++) {
      const peer = { address: `${network}.1`, tls: null };
      await house.try({ mechanism: 'SCRAM-SHA-256', name, password: 'wrong', peer });
      all.push(house.waited());
    }
    return all;
  };
  assert.deepEqual(await waits('nobody@example.org', '192.0.2'), await waits(ANN, '203.0.113'));
});

test('an IPv6 customer is one network, whatever address he takes', async () => {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 3 });
  for (let i = 1; i <= 3; i++) {
    const peer = { address: `2001:db8:0:1${i}::${i}`, tls: null };
    await house.try({ mechanism: 'SCRAM-SHA-256', password: 'wrong', peer });
  }
  const beside = { address: '2001:db8:0:1f::9', tls: null };
  assert.deepEqual(await house.try({ peer: beside }), refused('auth-too-many'));
  assert.deepEqual(await house.try({ peer: { address: '2001:db8:0:1ff::9', tls: null } }), accepted);
});

test('attack 32: no password, and no name that nobody has, is in a log', async () => {
  const house = new House();
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256']) {
    await house.try({ mechanism });
    await house.try({ mechanism, password: 'wrong horse' });
    await house.try({ mechanism, name: PASSWORD, password: ANN });
    await house.try({ mechanism, password: APP });
  }
  const text = house.lines.join('\n');
  assert.ok(house.lines.length >= 12);
  for (const secret of [PASSWORD, 'wrong horse', APP, ...keys.passwords.map(({ tag }) => tag)])
    for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -4)])
      assert.ok(!text.includes(form), form);
});

test('whatever octets come: a challenge or a refusal, never an exception, and an end', async () => {
  const house = new House({ ...LOGIN_LIMITS, networkFailuresMax: 1e9, accountFailuresMax: 1e9 });
  const scramLike = fc
    .array(
      fc.constantFrom('n,,', 'y,,', 'p=tls-exporter,,', 'n=', ANN, ',r=', 'c=biws', ',p=', 'a=', '=2C', '\0'),
    )
    .map((parts) => Buffer.from(parts.join('')));
  const message = fc.oneof(fc.uint8Array({ maxLength: 200 }), scramLike, fc.constant(null));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS', 'LOGIN', 'PLAIN'),
      fc.array(message, { maxLength: 5 }),
      async (mechanism, messages) => {
        const exchange = house.authenticator.begin(mechanism, TLS);
        assert.ok(exchange !== null);
        for (const one of messages) {
          const step = await exchange.answer(one);
          assert.notEqual(step.type, 'accepted');
          if (step.type === 'challenge') assert.ok(step.octets.length <= 379); // One reply line.
          else return;
        }
      },
    ),
    { numRuns: 300 },
  );
});
