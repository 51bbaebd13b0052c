/**
 * What any store must do, whatever it stands on. An implementation runs it by calling `storeContract` with a way to open one,
 * and to open the same again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Domain, LocalPart } from '../address/mailbox.ts';
import type { Instant } from '../base/instant.ts';
import { deliveredToField } from '../message/trace.ts';
import type { EntryQuery, ManagedStore } from './management.ts';
import type { AccountId, Delivery, KeptEnvelope, Resolution } from './store.ts';

/** A store that can be closed and opened again with what it kept. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ManagedStore;
  again(): Promise<ManagedStore>;
}

export interface Sending {
  readonly text: string | Uint8Array;
  readonly to: readonly AccountId[];
  readonly recipient?: string;
  readonly at?: number;
  readonly waiting?: boolean;
  readonly importKey?: string;
  readonly from?: string;
}

/** Of mail that came from the network. */
export function envelopeOf(reversePath: string, at: number): KeptEnvelope {
  return {
    reversePath,
    receivedAt: at as Instant,
    envid: null,
    ret: null,
    importKey: null,
    body: '8BITMIME',
    smtputf8: false,
    origin: 'mx',
    submitter: null,
  };
}

/** As services do it: room is taken first. */
export async function send(store: ManagedStore, sending: Sending): Promise<boolean> {
  const {
    text,
    to,
    recipient = 'who@example.org',
    at = 1000,
    waiting = false,
    importKey = null,
    from = 'a@b',
  } = sending;
  const lease = store.quota.lease(to, null);
  const writer = store.begin();
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let i = 0; i < bytes.length; i += 65_536) {
    writer.write(bytes.subarray(i, i + 65_536));
    await writer.flush();
  }
  assert.equal(writer.size, bytes.length);
  const own = deliveredToField(recipient).length;
  if (!waiting) lease.settle(bytes.length, new Map(to.map((id) => [id, own])));
  const state = waiting ? 'waiting' : 'mailbox';
  const deliveries = to.map((id): Delivery => ({
    account: id,
    recipient,
    state,
    notify: null,
    orcpt: null,
  }));
  const [first, ...others] = deliveries;
  assert.ok(first !== undefined);
  const kept = await writer.keep({ ...envelopeOf(from, at), importKey }, [first, ...others]);
  lease.release();
  return kept.ok;
}

export async function read(store: ManagedStore, owner: AccountId, uid: number): Promise<string> {
  const found = await store.readEntry(owner, uid);
  assert.ok(found.ok);
  const pieces: Uint8Array[] = [];
  for await (const piece of found.value) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

export async function account(
  store: ManagedStore,
  address: string,
  limits?: { octets: number; messages: number },
): Promise<AccountId> {
  const added = await store.addAccount(address, limits === undefined ? {} : { limits });
  assert.ok(added.ok, JSON.stringify(added));
  return added.value.id;
}

function resolve(store: ManagedStore, address: string): Resolution | Promise<Resolution> {
  const at = address.lastIndexOf('@');
  return store.directory.resolve({
    localPart: address.slice(0, at) as LocalPart,
    domain: address.slice(at + 1) as Domain,
  });
}

const NO_LIMITS = { octets: 0, messages: 0 };

function deliverTo(...ids: AccountId[]): Resolution {
  const [first, ...others] = ids.map((id) => ({ account: id }));
  assert.ok(first !== undefined);
  return { type: 'deliver', targets: [first, ...others] };
}

async function failure(order: Promise<{ ok: boolean }>): Promise<unknown> {
  const result = await order;
  return 'failure' in result ? result.failure : result;
}

async function limitsOf(store: ManagedStore): Promise<unknown[]> {
  const accounts = await store.listAccounts({ domain: 'example.org' });
  return accounts.map(({ effectiveLimits }) => effectiveLimits);
}

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const check = (criterion: string, act: (under: StoreUnderTest) => Promise<void>): void => {
    test(`${name} ${criterion}`, async () => {
      await using under = await open();
      await act(under);
    });
  };
  keeping(check);
  importing(check);
  deleting(check);
  addresses(check);
  orders(check);
}

type Check = (criterion: string, act: (under: StoreUnderTest) => Promise<void>) => void;

function keeping(check: Check): void {
  check(
    'reads back what it kept, with Delivered-To behind Return-Path, also after a restart',
    async (under) => {
      await under.store.addDomain('example.org');
      const to = [
        await account(under.store, 'one@example.org'),
        await account(under.store, 'two@example.org'),
      ];
      assert.ok(await send(under.store, { text: 'Return-Path: <a@b>\r\nSubject: x\r\n\r\nhello\r\n', to }));
      assert.ok(
        await send(under.store, {
          text: 'Subject: y\r\n\r\n',
          to: to.slice(0, 1),
          recipient: 'one+tag@example.org',
        }),
      );
      const store = await under.again();
      const [first, second] = to;
      assert.ok(first !== undefined && second !== undefined);
      const whole = 'Return-Path: <a@b>\r\nDelivered-To: who@example.org\r\nSubject: x\r\n\r\nhello\r\n';
      assert.equal(await read(store, first, 1), whole);
      assert.equal(await read(store, second, 1), whole);
      assert.equal(await read(store, first, 2), 'Delivered-To: one+tag@example.org\r\nSubject: y\r\n\r\n');
      const info = await store.showAccount('ONE@example.org');
      assert.ok(info.ok);
      const { entries } = await store.listEntries({ account: first });
      assert.equal(
        info.value.usedOctets,
        entries.reduce((sum, { size }) => sum + size, 0),
      );
      assert.equal(info.value.usedMessages, 2);
      assert.deepEqual((await store.recount()).mended, []);
    },
  );

  check('keeps a large mail object byte for byte', async (under) => {
    await under.store.addDomain('example.org');
    const to = [await account(under.store, 'one@example.org')];
    const text = Buffer.alloc(3 * 2 ** 20 + 17, 'abcdefghijk\r\n');
    assert.ok(await send(under.store, { text, to }));
    const store = await under.again();
    assert.equal(
      await read(store, to[0] ?? (0 as AccountId), 1),
      `Delivered-To: who@example.org\r\n${text.toString()}`,
    );
    assert.equal((await store.figures()).largeObjects, 1);
  });

  check('leaves nothing behind of what was discarded', async (under) => {
    const { store } = under;
    for (const octets of [10, 3 * 2 ** 20]) {
      const writer = store.begin();
      writer.write(new Uint8Array(octets));
      writer.discard();
      writer.discard();
    }
    assert.deepEqual((await store.figures()).messages, 0);
    assert.equal((await (await under.again()).figures()).largeObjects, 0);
  });
}

function importing(check: Check): void {
  check('stores an import once, however often it comes, and counts it once', async (under) => {
    const { store } = under;
    await store.addDomain('example.org');
    const to = [await account(store, 'one@example.org')];
    const sending = { text: 'Subject: x\r\n\r\n', to, importKey: 'box:1' };
    await Promise.all([send(store, sending), send(store, sending)]);
    await send(store, sending);
    assert.equal((await store.figures()).messages, 1);
    assert.deepEqual((await store.recount()).mended, []);
    const info = await store.showAccount('one@example.org');
    assert.ok(info.ok && info.value.usedMessages === 1);
  });

  check('releases what waits, the oldest first, as far as there is room', async (under) => {
    const { store } = under;
    await store.addDomain('example.org');
    const id = await account(store, 'one@example.org', { octets: 0, messages: 2 });
    for (const n of [1, 2, 3]) await send(store, { text: `Subject: ${n}\r\n\r\n`, to: [id], waiting: true });
    const before = await store.showAccount('one@example.org');
    assert.ok(before.ok && before.value.waitingMessages === 3 && before.value.usedMessages === 0);
    assert.equal(await store.releaseWaiting(), 2);
    assert.match(await read(store, id, 1), /Subject: 1/);
    assert.match(await read(store, id, 2), /Subject: 2/);
    assert.equal(await store.releaseWaiting(id), 0);
    assert.ok((await store.removeEntries({ account: id, uids: [1] })).ok);
    assert.equal(await store.releaseWaiting(id), 1);
    const after = await (await under.again()).showAccount('one@example.org');
    assert.ok(after.ok && after.value.waitingMessages === 0 && after.value.usedMessages === 2);
  });
}

function deleting(check: Check): void {
  check('finds and deletes by each criterion, in steps, and tells how far it is', async (under) => {
    const { store } = under;
    await store.addDomain('example.org');
    await store.addDomain('example.net');
    const [one, two] = [await account(store, 'one@example.org'), await account(store, 'two@example.net')];
    const sends = Array.from({ length: 1500 }, (_, i) =>
      send(store, { text: 'x'.repeat(i % 10), to: [one], at: i }),
    );
    await Promise.all(sends);
    await send(store, { text: 'y'.repeat(5000), to: [one, two], at: 9000, from: 'big@b' });
    const own = deliveredToField('who@example.org').length;
    const count = async (query: EntryQuery): Promise<number> => (await store.countEntries(query)).messages;
    assert.equal(await count({}), 1502);
    assert.equal(await count({ account: two }), 1);
    assert.equal(await count({ domain: 'example.org' }), 1501);
    assert.equal(await count({ before: 100 as Instant }), 100);
    assert.equal(await count({ since: 9000 as Instant }), 2);
    assert.equal(await count({ largerThan: own + 9 }), 2);
    assert.equal(await count({ smallerThan: own + 1, account: one }), 150);
    assert.equal(await count({ reversePath: 'big@b' }), 2);
    const seen: number[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await store.listEntries({ account: one }, { after, count: 400 });
      seen.push(...page.entries.map(({ uid }) => uid));
      after = page.next;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 1501 }, (_, i) => i + 1),
    );
    const told: number[] = [];
    const removed = await store.removeEntries({ account: one, before: 9000 as Instant }, ({ messages }) =>
      told.push(messages),
    );
    assert.ok(removed.ok);
    assert.equal(removed.value.messages, 1500);
    assert.deepEqual(told, [1000, 1500]);
    assert.match(await read(await under.again(), two, 1), /y{5000}$/);
  });

  check(
    'gives space back: files of large objects at once, dead segments, and by compaction',
    async (under) => {
      const { store } = under;
      await store.addDomain('example.org');
      const id = await account(store, 'one@example.org');
      await send(store, { text: Buffer.alloc(2 * 2 ** 20), to: [id] });
      for (let i = 0; i < 20; i++) await send(store, { text: `${i}`.repeat(10_000), to: [id] });
      const keep = await read(store, id, 21);
      const removed = await store.removeEntries({ uids: Array.from({ length: 20 }, (_, i) => i + 1) });
      assert.ok(removed.ok && removed.value.messages === 20);
      assert.equal((await store.figures()).largeObjects, 0);
      const { deadOctets } = await store.figures();
      const given = await store.compact();
      assert.ok(
        (await store.figures()).deadOctets <= Math.max(2000, deadOctets - given),
        `${given} of ${deadOctets} given back`,
      );
      assert.ok((await store.figures()).deadOctets < 5000);
      assert.equal(await read(store, id, 21), keep);
      assert.equal(await read(await under.again(), id, 21), keep);
    },
  );
}

function addresses(check: Check): void {
  check('resolves addresses, in any case, with a tag, through lists that name each other', async (under) => {
    const { store } = under;
    await store.addDomain('example.org', { catchAll: 'rest@example.org' });
    await store.addDomain('example.net');
    const [one, two] = [await account(store, 'one@example.org'), await account(store, 'two@example.net')];
    const rest = await account(store, 'rest@example.org');
    await store.setAlias('all@example.net', ['ONE@example.org', 'more@example.net']);
    await store.setAlias('more@example.net', ['two@example.net', 'all@example.net', 'one+x@example.org']);
    for (const reopened of [false, true]) {
      const now = reopened ? await under.again() : store;
      assert.deepEqual(await resolve(now, 'One@example.org'), deliverTo(one));
      assert.deepEqual(await resolve(now, 'ONE+tag@example.org'), deliverTo(one));
      assert.deepEqual(await resolve(now, 'all@example.net'), deliverTo(one, two));
      assert.deepEqual(await resolve(now, 'nobody@example.org'), deliverTo(rest));
      assert.deepEqual(await resolve(now, 'nobody@example.net'), { type: 'no-such-mailbox' });
      assert.deepEqual(await resolve(now, '../../etc/passwd@example.net'), { type: 'no-such-mailbox' });
      assert.deepEqual(await resolve(now, 'one@example.com'), { type: 'no-such-domain' });
      assert.deepEqual(await resolve(now, '__proto__@example.net'), { type: 'no-such-mailbox' });
    }
  });

  check('has a postmaster in every domain (RFC 5321 §4.5.1)', async (under) => {
    const { store } = under;
    await store.addDomain('example.org');
    await store.addDomain('example.net');
    assert.deepEqual(await store.directory.resolvePostmaster(), { type: 'no-such-mailbox' });
    const id = await account(store, 'postmaster@example.org');
    const there = { type: 'deliver', targets: [{ account: id }] };
    assert.deepEqual(await resolve(store, 'Postmaster@example.net'), there);
    assert.deepEqual(await store.directory.resolvePostmaster(), there);
    await store.setAccount('postmaster@example.org', { state: 'disabled-now' });
    assert.deepEqual(await store.directory.resolvePostmaster(), { type: 'disabled', temporary: true });
  });
}

function orders(check: Check): void {
  check('refuses orders that make no sense, and says what is in the way', async (under) => {
    const { store } = under;
    assert.deepEqual(await failure(store.addDomain('no domain')), { type: 'invalid', what: 'no domain' });
    await store.addDomain('example.org');
    assert.deepEqual(await failure(store.addDomain('EXAMPLE.org')), { type: 'exists', what: 'example.org' });
    assert.deepEqual(await failure(store.addAccount('x@example.com')), {
      type: 'not-found',
      what: 'example.com',
    });
    const id = await account(store, 'x@example.org');
    assert.deepEqual(await failure(store.addAccount('X@example.org')), {
      type: 'exists',
      what: 'x@example.org',
    });
    assert.deepEqual(await failure(store.removeDomain('example.org')), {
      type: 'in-use',
      what: 'x@example.org',
    });
    assert.deepEqual(await failure(store.setAlias('x@example.org', ['x@example.org'])), {
      type: 'exists',
      what: 'x@example.org',
    });
    await send(store, { text: 'x', to: [id] });
    assert.deepEqual(await failure(store.removeAccount('x@example.org', { withMail: false })), {
      type: 'in-use',
      what: '1 messages',
    });
    const removed = await store.removeAccount('x@example.org', { withMail: true });
    assert.ok(removed.ok && removed.value.messages === 1);
    const next = await account(await under.again(), 'x@example.org');
    assert.notEqual(next, id);
  });

  check(
    'gives an account its own limits, else those of its domain, and forgets none of it',
    async (under) => {
      const limits = { octets: 1000, messages: 10 };
      await under.store.addDomain('example.org', {
        accountLimits: limits,
        limits: { octets: 5000, messages: 0 },
      });
      await account(under.store, 'one@example.org');
      await account(under.store, 'two@example.org', { octets: 7, messages: 0 });
      assert.deepEqual(await limitsOf(under.store), [limits, { octets: 7, messages: 0 }]);
      await under.store.setDomain('example.org', { accountLimits: null });
      await under.store.setAccount('two@example.org', { limits: null });
      const store = await under.again();
      assert.deepEqual(await limitsOf(store), [NO_LIMITS, NO_LIMITS]);
      assert.equal((await store.listDomains())[0]?.limits.octets, 5000);
    },
  );
}
