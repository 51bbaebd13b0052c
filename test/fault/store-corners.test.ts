// What the loops over all operations of the disk do not reach: an index that stands still, one that is lost, octets that went bad.
import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import type { EmbeddedStore, EmbeddedStoreSettings } from '../../src/store/embedded-store.ts';
import { account, envelopeOf, send } from '../../src/store/store.contract.ts';
import type { AccountId, Delivery } from '../../src/store/store.ts';
import type { SimDiskOptions } from '../../src/world/sim/disk.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { IndexShelf, openStore } from './store-world.ts';

const SEGMENTS = '/data/segments';

class Place implements AsyncDisposable {
  readonly disk: SimDisk;
  readonly shelf = new IndexShelf();
  readonly index = this.shelf.fresh();
  #store: EmbeddedStore | null = null;

  constructor(options: SimDiskOptions = {}) {
    this.disk = new SimDisk(options);
  }

  async open(settings?: EmbeddedStoreSettings): Promise<{ store: EmbeddedStore; id: AccountId }> {
    const store = await openStore(this.disk, this.index, settings);
    this.#store = store;
    await store.addDomain('example.org');
    return { store, id: await account(store, 'one@example.org') };
  }

  /** After a restart, for which the index was lost. */
  async withoutIndex(): Promise<EmbeddedStore> {
    return this.again(this.shelf.fresh());
  }

  async again(index = this.index): Promise<EmbeddedStore> {
    await this.#store?.close();
    this.#store = await openStore(this.disk, index);
    return this.#store;
  }

  /** The index cannot be written meanwhile. */
  async whileIndexStands(act: () => Promise<void>): Promise<void> {
    using other = new DatabaseSync(this.index);
    other.exec('BEGIN IMMEDIATE');
    await act();
  }

  async flip(path: string, position: number): Promise<void> {
    const file = await this.disk.open(path, 'update');
    const octet = new Uint8Array(1);
    await file.read(octet, position);
    await file.write([Uint8Array.of((octet[0] ?? 0) ^ 0x10)], position);
    await file.sync();
    await file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    this.shelf[Symbol.dispose]();
  }
}

const TEXT = Buffer.alloc(1500, 'x');

async function sendMany(store: EmbeddedStore, id: AccountId, from: number, to: number): Promise<void> {
  for (let at = from; at <= to; at++) assert.ok(await send(store, { text: TEXT, to: [id], at }));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** UID and time of all there is. */
async function entriesOf(store: EmbeddedStore): Promise<string[]> {
  const { entries } = await store.listEntries({}, { count: 1000 });
  return entries.map(({ uid, receivedAt }) => `${uid} of ${receivedAt}`);
}

async function applied(store: EmbeddedStore, count: number): Promise<void> {
  for (let turn = 0; turn < 100 && (await store.figures()).messages !== count; turn++) await pass(20);
}

async function booksAgree(store: EmbeddedStore): Promise<void> {
  const [one] = await store.listAccounts();
  const { octets, messages } = await store.figures();
  assert.deepEqual([one?.usedOctets, one?.usedMessages], [octets, messages]);
}

test('EmbeddedStore keeps a mail object for thousands of accounts, whatever ORCPT each has', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  const one: Delivery = {
    account: id,
    recipient: 'all@example.org',
    state: 'waiting',
    notify: null,
    orcpt: `rfc822;${'x'.repeat(493)}`,
  };
  const writer = store.begin();
  writer.write(TEXT);
  const others = Array.from({ length: 9999 }, () => one);
  const envelope = envelopeOf('', 1);
  assert.ok((await writer.keep(envelope, [one, ...others])).ok);
  await sendMany(store, id, 1, 1);
  const again = await place.withoutIndex();
  const { waiting, messages } = await again.figures();
  assert.deepEqual({ waiting, messages }, { waiting: 10_000, messages: 1 });
});

test('EmbeddedStore counts the octets of a recipient in UTF-8', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  const recipient = '山田@example.org';
  const own = Buffer.byteLength(`Delivered-To: ${recipient}\r\n`);
  const writer = store.begin();
  writer.write(TEXT);
  const lease = store.quota.lease([id], null);
  lease.settle(TEXT.length, new Map([[id, own]]));
  const delivery = { account: id, recipient, state: 'mailbox', notify: null, orcpt: null } as const;
  const envelope = envelopeOf('', 1);
  await writer.keep(envelope, [delivery]);
  lease.release();
  assert.equal((await store.listEntries({})).entries[0]?.size, TEXT.length + own);
  await store.removeEntries({});
  await booksAgree(store);
});

test('EmbeddedStore.compact() does not bring back what was deleted while the index stood still', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await sendMany(store, id, 1, 30);
  await store.removeEntries({ uids: range(1, 8) });
  await place.whileIndexStands(async () => {
    assert.ok(!(await store.removeEntries({ uids: [9, 10] })).ok);
    await store.compact();
  });
  await applied(store, 20);
  assert.equal((await entriesOf(store))[0], '11 of 11');
  await booksAgree(store);
});

test('EmbeddedStore imports nothing twice, and releases nothing twice, while the index stands still', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await send(store, { text: 'waits', to: [id], waiting: true });
  await place.whileIndexStands(async () => {
    for (let i = 0; i < 2; i++) {
      await send(store, { text: 'imported', to: [id], importKey: 'key' });
      await store.releaseWaiting();
    }
  });
  while (!(await send(store, { text: 'imported', to: [id], importKey: 'key' }))) await pass(20);
  assert.ok(await send(store, { text: 'imported', to: [id], importKey: 'key' }));
  await store.releaseWaiting();
  const { messages, waiting } = await store.figures();
  assert.deepEqual({ messages, waiting }, { messages: 2, waiting: 0 });
});

test('EmbeddedStore gives the same UIDs again when a large object that had waited is gone', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await send(store, { text: Buffer.alloc(2 ** 21, 'x'), to: [id], waiting: true });
  await store.releaseWaiting();
  await sendMany(store, id, 2, 2);
  await store.removeEntries({ uids: [1] });
  const again = await place.withoutIndex();
  assert.deepEqual(await entriesOf(again), ['2 of 2']);
  await booksAgree(again);
});

test('EmbeddedStore does not name a large object whose file is gone', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await send(store, { text: Buffer.alloc(2 ** 21, 'x'), to: [id] });
  await sendMany(store, id, 2, 2);
  for (const name of await place.disk.list('/data/large')) await place.disk.unlink(`/data/large/${name}`);
  const again = await place.withoutIndex();
  assert.deepEqual(await entriesOf(again), ['2 of 2']);
  await booksAgree(again);
});

test('EmbeddedStore gives back a segment that began with a failed sync of the one before it', async () => {
  let broken = false;
  await using place = new Place({
    fail: (_, operation, path) =>
      broken && operation === 'sync' && path.endsWith('00000001.seg') ? 'io' : null,
  });
  const { store, id } = await place.open();
  broken = true;
  assert.ok(!(await send(store, { text: 'no', to: [id] })));
  await sendMany(store, id, 1, 30);
  await store.removeEntries({ uids: range(1, 10) }); // the last ones in the second segment live
  await store.compact();
  assert.ok(!(await place.disk.list(SEGMENTS)).includes('00000002.seg'));
});

test('EmbeddedStore never brings back what was refused, when the segment that said so is gone', async () => {
  let broken = false;
  await using place = new Place({
    fail: (_, operation, path) =>
      broken && (operation === 'sync' || operation === 'truncate') && path.endsWith('1.seg') ? 'io' : null,
  });
  const { store, id } = await place.open();
  await sendMany(store, id, 1, 8);
  broken = true;
  assert.ok(!(await send(store, { text: 'refused', to: [id], at: 99 })));
  broken = false;
  await sendMany(store, id, 9, 40);
  await store.removeEntries({ uids: range(9, 35) });
  const names = await place.disk.list(SEGMENTS);
  assert.ok(names.includes('00000001.seg') && !names.includes('00000002.seg'), names.join());
  const entries = await entriesOf(await place.withoutIndex());
  assert.ok(!entries.some((entry) => entry.endsWith(' 99')));
});

test('EmbeddedStore throws no segment away because an octet of it went bad', async () => {
  for (const lost of [true, false]) {
    for (const [number, position, least] of [
      [1, 40, 29],
      [2, 4, 18],
      [2, 17, 18],
      [2, 30, 30],
      [2, 100, 29],
      [2, 1000, 30],
    ] as const) {
      await using place = new Place();
      const { store, id } = await place.open();
      await sendMany(store, id, 1, 30);
      const name = `0000000${number}.seg`;
      await place.flip(`${SEGMENTS}/${name}`, position);
      const again = await (lost ? place.withoutIndex() : place.again());
      await again.compact();
      const { messages } = await again.figures();
      assert.ok(messages >= least, `${messages} of ${least}, ${name} at ${position}`);
      assert.ok((await place.disk.list(SEGMENTS)).includes(name), name);
    }
  }
});

test('EmbeddedStore refuses a log that another version wrote, and leaves it alone', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await sendMany(store, id, 1, 3);
  await store.close();
  const path = `${SEGMENTS}/00000001.seg`;
  const file = await place.disk.open(path, 'update');
  const first = Buffer.alloc(32);
  await file.read(first, 0);
  first[4] = 1;
  const { crc32 } = await import('node:zlib');
  first.writeUInt32LE(crc32(first.subarray(0, 28)), 28);
  await file.write([first], 0);
  const before = await place.disk.size(path);
  await assert.rejects(openStore(place.disk, place.shelf.fresh()), /another version/);
  assert.equal(await place.disk.size(path), before);
});

test('EmbeddedStore gives the number of an account that is gone to nobody, even when the index was lost', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  const gone = await account(store, 'gone@example.org');
  await store.removeAccount('gone@example.org', { withMail: true });
  await sendMany(store, id, 1, 20);
  await store.removeEntries({ uids: range(1, 18) });
  await store.compact();
  assert.ok(!(await place.disk.list(SEGMENTS)).includes('00000001.seg'));
  const again = await place.withoutIndex();
  assert.ok((await account(again, 'next@example.org')) > gone);
});

test('EmbeddedStore keeps nothing any more once it is being closed', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await store.close();
  assert.ok(!(await send(store, { text: 'late', to: [id] })));
  assert.deepEqual(await entriesOf(await place.again()), []);
});

test('EmbeddedStore starts with any table of its index damaged: it is built anew at once', async () => {
  for (const page of [1, 2, 3, 4, 5]) {
    await using place = new Place();
    const { store, id } = await place.open();
    await sendMany(store, id, 1, 5);
    await store.close();
    const file = openSync(place.index, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, (page - 1) * 4096);
    closeSync(file);
    assert.equal((await (await place.again()).figures()).messages, 5, `page ${page}`);
  }
});
