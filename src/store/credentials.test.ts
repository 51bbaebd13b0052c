import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SimClock } from '../world/sim/clock.ts';
import { SimDisk } from '../world/sim/disk.ts';
import { silentLog } from '../world/log.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import { PASSWORDS_MAX } from './credentials.ts';
import { argon2Tag, chosenPassword, generatedPassword, prepared, scramKeys } from './credentials-keys.ts';
import { loginSecret } from './credentials-secret.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import type { AccountId } from './store.ts';

class Box implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'restante-credentials-'));
  readonly clock = new SimClock();
  #store: EmbeddedStore | null = null;

  static async open(): Promise<Box> {
    const box = new Box();
    box.#store = await box.#opened();
    await box.store.addDomain('example.org');
    await box.store.addAccount('Ann@example.org');
    return box;
  }

  get store(): EmbeddedStore {
    assert.ok(this.#store !== null);
    return this.#store;
  }

  async again(): Promise<EmbeddedStore> {
    await this.store.close();
    this.#store = await this.#opened();
    return this.store;
  }

  /** Whatever is in the data directory. */
  get octets(): string {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    return files
      .filter((one) => one.isFile())
      .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'))
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #opened(): Promise<EmbeddedStore> {
    const { folder, clock } = this;
    const quota = new MemoryQuotaLedger(clock);
    return openEmbeddedStore({ folder, disk: nodeDisk, clock, random: systemRandom, quota });
  }
}

const ANN = 'ann@example.org';
const PASSWORD = 'correct horse';

test('setPassword() keeps what it can be checked against, and never the password', async () => {
  await using box = await Box.open();
  const set = await box.store.setPassword('ANN@Example.org', PASSWORD);
  assert.ok(set.ok);
  assert.equal(set.value.hasPassword, true);
  const known = box.store.credentials.find('aNN@example.org');
  assert.ok(known !== null);
  assert.equal(known.address, ANN);
  const [row] = known.credentials.passwords;
  assert.equal((await argon2Tag(PASSWORD, known.credentials.argon2)).toString('base64'), row?.tag);
  const { salt, iterations } = known.credentials.scram;
  const salted = pbkdf2Sync(PASSWORD, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
  assert.equal(scramKeys(salted).storedKey, row?.storedKey);
  assert.ok(row !== undefined && box.octets.includes(row.storedKey));
  assert.ok(!box.octets.includes(PASSWORD));
});

test('what can be checked survives a start, a compaction, and the loss of the index', async () => {
  await using box = await Box.open();
  await box.store.setPassword(ANN, PASSWORD);
  const app = await box.store.addAppPassword(ANN, 'phone');
  assert.ok(app.ok);
  const before = box.store.credentials.find(ANN)?.credentials;
  for (let i = 0; i < 50; i++) await box.store.setAccount(ANN, { messageSizeMax: i });
  await box.store.compact();
  await box.store.close();
  for (const name of readdirSync(box.folder)) if (name.startsWith('index')) rmSync(join(box.folder, name));
  const store = await box.again();
  assert.deepEqual(store.credentials.find(ANN)?.credentials, before);
  assert.equal((await store.setAccount(ANN, { state: 'disabled' })).ok, true);
  assert.equal(store.credentials.find(ANN), null);
});

test('nothing that is shown of an account has a verifier in it', async () => {
  await using box = await Box.open();
  await box.store.setPassword(ANN, PASSWORD);
  await box.store.addAppPassword(ANN, 'phone');
  const shown = await box.store.showAccount(ANN);
  const listed = await box.store.listAccounts();
  const text = JSON.stringify([shown, listed]);
  assert.match(text, /"phone"/);
  for (const secret of box.store.credentials.find(ANN)?.credentials.passwords ?? [])
    for (const part of [secret.tag, secret.storedKey, secret.serverKey]) assert.ok(!text.includes(part));
});

test('setPassword() refuses what is easily guessed, and says why', async () => {
  await using box = await Box.open();
  for (const [password, fault] of [
    ['1234567', 'too-short'],
    ['\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad', 'characters'], // Soft hyphens are mapped to nothing.
    ['abc\u00ad\u00ad\u00ad\u00ad\u00ad', 'too-short'],
    ['x'.repeat(1025), 'too-long'],
    ['ANN@example.ORG', 'is-address'],
    ['example.org', 'is-address'],
    ['line\nline\n', 'characters'],
  ] as const) {
    const set = await box.store.setPassword(ANN, password);
    assert.deepEqual(set, { ok: false, failure: { type: 'weak-password', what: fault } }, fault);
  }
  assert.equal(box.store.credentials.find(ANN), null);
  assert.deepEqual(await chosenPassword('パスワードは秘密', ANN), { ok: true, value: 'パスワードは秘密' });
  const unknown = await box.store.setPassword('nobody@example.org', PASSWORD);
  assert.deepEqual(unknown, { ok: false, failure: { type: 'not-found', what: 'nobody@example.org' } });
});

test('setPassword(null) takes the password away, and leaves application passwords', async () => {
  await using box = await Box.open();
  await box.store.setPassword(ANN, PASSWORD);
  await box.store.addAppPassword(ANN, 'phone');
  const removed = await box.store.setPassword(ANN, null);
  assert.ok(removed.ok && !removed.value.hasPassword);
  assert.deepEqual(
    box.store.credentials.find(ANN)?.credentials.passwords.map(({ name }) => name),
    ['phone'],
  );
  assert.equal((await box.store.setPassword(ANN, null)).ok, false);
  assert.ok((await box.store.removeAppPassword(ANN, 'phone')).ok);
  assert.equal(box.store.credentials.find(ANN), null);
  assert.equal((await box.store.removeAppPassword(ANN, 'phone')).ok, false);
});

test('a new password has new salts when it is the only one, and those of the others when there are others', async () => {
  await using box = await Box.open();
  const salts = () => {
    const row = box.store.credentials.find(ANN)?.credentials;
    return [row?.argon2.salt, row?.scram.salt];
  };
  await box.store.setPassword(ANN, PASSWORD);
  const first = salts();
  await box.store.setPassword(ANN, `${PASSWORD} battery`);
  const second = salts();
  assert.notDeepEqual(second, first);
  await box.store.addAppPassword(ANN, 'phone');
  await box.store.setPassword(ANN, PASSWORD);
  assert.deepEqual(salts(), second);
});

test('addAppPassword() makes passwords that differ, up to a limit, each name once', async () => {
  await using box = await Box.open();
  const first = await box.store.addAppPassword(ANN, 'phone');
  assert.ok(first.ok);
  assert.match(first.value.password, /^(?:[a-z0-9]{4}-){5}[a-z0-9]{4}$/);
  assert.deepEqual(
    first.value.account.appPasswords.map(({ name, lastUse }) => [name, lastUse]),
    [['phone', null]],
  );
  assert.deepEqual(await box.store.addAppPassword(ANN, 'phone'), {
    ok: false,
    failure: { type: 'exists', what: 'phone' },
  });
  for (const name of ['', ' a', 'a\n', 'x'.repeat(65)])
    assert.equal((await box.store.addAppPassword(ANN, name)).ok, false, JSON.stringify(name));
  for (let i = 1; i < PASSWORDS_MAX - 1; i++)
    assert.ok((await box.store.addAppPassword(ANN, `program ${i}`)).ok, `${i}`);
  assert.deepEqual(await box.store.addAppPassword(ANN, 'one more'), {
    ok: false,
    failure: { type: 'too-many', what: `${PASSWORDS_MAX - 1}` },
  });
  assert.ok((await box.store.setPassword(ANN, PASSWORD)).ok);
});

test('generatePassword() makes one that is shown once', async () => {
  await using box = await Box.open();
  const made = await box.store.generatePassword(ANN);
  assert.ok(made.ok && made.value.account.hasPassword);
  const known = box.store.credentials.find(ANN);
  assert.ok(known !== null);
  const tag = await argon2Tag(made.value.password, known.credentials.argon2);
  assert.equal(tag.toString('base64'), known.credentials.passwords[0]?.tag);
  assert.notEqual(generatedPassword(systemRandom), generatedPassword(systemRandom));
});

test('loggedIn() is seen at once, and after an orderly stop', async () => {
  await using box = await Box.open();
  await box.store.addAppPassword(ANN, 'phone');
  const id = box.store.credentials.find(ANN)?.account ?? (0 as AccountId);
  box.clock.advance(3_600_000);
  const at = box.clock.now();
  box.store.credentials.loggedIn(id, 'phone');
  const seen = async () => {
    const shown = await box.store.showAccount(ANN);
    assert.ok(shown.ok);
    return [shown.value.lastLogin, shown.value.appPasswords[0]?.lastUse];
  };
  assert.deepEqual(await seen(), [at, at]);
  await box.again();
  assert.deepEqual(await seen(), [at, at]);
  assert.equal(box.store.quota.facts(id).lastLogin, at);
  box.store.credentials.loggedIn(999 as AccountId, null); // Removed meanwhile: nothing happens.
});

test('loggedIn() is written once a day, not once a login', async () => {
  await using box = await Box.open();
  await box.store.setPassword(ANN, PASSWORD);
  const id = box.store.credentials.find(ANN)?.account ?? (0 as AccountId);
  const size = () => box.octets.split('"lastLogin":').length - 1;
  const hour = async () => {
    for (let i = 0; i < 20; i++) box.store.credentials.loggedIn(id, null);
    await box.clock.pass(3_600_000);
    await box.store.setAccount(ANN, {}); // Whatever was to be written is: they take turns.
  };
  await hour();
  const once = box.store.directory.accountById(id)?.lastLogin;
  assert.ok(once !== undefined && size() > 0);
  for (let i = 0; i < 10; i++) await hour();
  assert.equal(box.store.directory.accountById(id)?.lastLogin, once);
  for (let i = 0; i < 12; i++) await hour();
  assert.ok((box.store.directory.accountById(id)?.lastLogin ?? 0) > once);
});

test('a password that is set while its account goes is set nowhere', async () => {
  await using box = await Box.open();
  const setting = box.store.setPassword(ANN, PASSWORD);
  await box.store.removeAccount(ANN, { withMail: false });
  assert.equal((await setting).ok, false);
  await box.store.addAccount(ANN);
  assert.equal(box.store.credentials.find(ANN), null);
});

test('find() knows accounts by their address, and nothing else', async () => {
  await using box = await Box.open();
  await box.store.setPassword(ANN, PASSWORD);
  await box.store.setAlias('alias@example.org', [ANN]);
  for (const name of ['', 'ann', 'alias@example.org', 'ann+tag@example.org', 'ann@example.net', '\0'])
    assert.equal(box.store.credentials.find(name), null, name);
});

test('scramKeys() come to what RFC 7677 §3 says', () => {
  const salted = pbkdf2Sync('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096, 32, 'sha256');
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const signed = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const key = Buffer.from(scramKeys(salted).serverKey, 'base64');
  const signature = createHmac('sha256', key).update(signed).digest('base64');
  assert.equal(signature, '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('prepared() is SASLprep (RFC 4013 §3)', async () => {
  assert.equal(await prepared('I\u00adX'), 'IX');
  assert.equal(await prepared('\u00aa'), 'a');
  assert.equal(await prepared('\u2168'), 'IX');
  assert.equal(await prepared('\u0007'), null);
  assert.equal(await prepared('\u0627\u0031'), null);
  assert.equal(await prepared(''), null);
});

test('loginSecret() is the same after a start, and there on a disk that takes nothing', async () => {
  const disk = new SimDisk();
  await disk.makeFolder('data');
  const world = { disk, random: systemRandom, log: silentLog };
  const first = await loginSecret('data', world);
  assert.equal(first.length, 32);
  assert.deepEqual(await loginSecret('data', world), first);
  const full = new SimDisk({ fail: (_, operation) => (operation === 'write' ? 'no-space' : null) });
  await full.makeFolder('data');
  const made = await loginSecret('data', { ...world, disk: full });
  assert.notDeepEqual(made, new Uint8Array(32));
  assert.notDeepEqual(await loginSecret('data', { ...world, disk: full }), made);
});
