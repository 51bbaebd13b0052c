import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Bug } from '../base/assert.ts';
import { systemClock } from '../world/clock.ts';
import { DiskFailure } from '../world/disk.ts';
import type { Disk } from '../world/disk.ts';
import { silentLog } from '../world/log.ts';
import type { Log } from '../world/log.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import type { BatchFigures } from './group-commit.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStore, EmbeddedStoreSettings } from './embedded-store.ts';
import type { EntryQuery } from './management.ts';
import { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { queueContract } from './queue-store.contract.ts';
import { account, read, send, storeContract } from './store.contract.ts';
import type { StoreUnderTest } from './store.contract.ts';

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'restante-store-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function openIn(
  folder: string,
  options: EmbeddedStoreSettings = {},
  others: { disk?: Disk; log?: Log } = {},
): Promise<EmbeddedStore> {
  const quota = new MemoryQuotaLedger(systemClock);
  return openEmbeddedStore({
    folder,
    disk: nodeDisk,
    clock: systemClock,
    random: systemRandom,
    quota,
    options,
    ...others,
  });
}

class OnRealDisk implements StoreUnderTest {
  store: EmbeddedStore;
  readonly #folder: Folder;

  constructor(folder: Folder, store: EmbeddedStore) {
    this.#folder = folder;
    this.store = store;
  }

  async again(): Promise<EmbeddedStore> {
    await this.store.close();
    this.store = await openIn(this.#folder.path, { segmentOctets: 100_000 });
    return this.store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    this.#folder[Symbol.dispose]();
  }
}

async function onRealDisk(): Promise<OnRealDisk> {
  const folder = new Folder();
  return new OnRealDisk(folder, await openIn(folder.path, { segmentOctets: 100_000 }));
}

storeContract('EmbeddedStore', onRealDisk);
queueContract('EmbeddedStore', onRealDisk);

test('openEmbeddedStore() refuses a data directory that somebody has open', async () => {
  using folder = new Folder();
  await using store = await openIn(folder.path);
  await assert.rejects(
    openIn(folder.path),
    (thrown) => thrown instanceof DiskFailure && thrown.problem === 'in-use',
  );
  await store.close();
  await (await openIn(folder.path)).close();
});

test('openEmbeddedStore() builds an index that is damaged from the log', async () => {
  using folder = new Folder();
  const store = await openIn(folder.path);
  await store.addDomain('example.org');
  const id = await account(store, 'one@example.org');
  for (const n of [1, 2, 3]) await send(store, { text: `Subject: ${n}\r\n\r\n`, to: [id] });
  await store.removeEntries({ uids: [2] });
  await store.close();
  writeFileSync(
    join(folder.path, 'index.db'),
    'this is no database, and it is long enough to be looked at as one'.repeat(100),
  );
  await using again = await openIn(folder.path);
  assert.deepEqual(
    (await again.listEntries({})).entries.map(({ uid }) => uid),
    [1, 3],
  );
  assert.match(await read(again, id, 3), /Subject: 3/);
  assert.deepEqual((await again.recount()).mended, []);
});

test('GroupCommit lets those who come together share a sync', async () => {
  using folder = new Folder();
  const batches: BatchFigures[] = [];
  await using store = await openIn(folder.path, { onBatch: (figures) => batches.push(figures) });
  await store.addDomain('example.org');
  const id = await account(store, 'one@example.org');
  batches.length = 0;
  await Promise.all(Array.from({ length: 200 }, () => send(store, { text: 'x', to: [id] })));
  assert.equal(
    batches.reduce((sum, { messages }) => sum + messages, 0),
    200,
  );
  assert.ok(batches.length < 20, `${batches.length} batches`);
});

test('MailObjectWriter.flush() makes a large one wait for the disk, and many at once stay small', async () => {
  using folder = new Folder();
  await using store = await openIn(folder.path, { memoryOctets: 2 ** 20 });
  const chunk = Buffer.alloc(65_536, 'x');
  const writers = Array.from({ length: 20 }, () => store.begin());
  let waited = 0;
  await Promise.all(
    writers.map(async (writer) => {
      for (let i = 0; i < 64; i++) {
        writer.write(chunk);
        const wait = writer.flush();
        if (wait !== null) waited++;
        await wait;
      }
      assert.equal(writer.failure, null);
      writer.discard();
    }),
  );
  assert.ok(waited > 0);
});

test('the store stops saying yes when its index cannot be written for long, and goes on by itself', async () => {
  using folder = new Folder();
  await using store = await openIn(folder.path, { lagRecordsMax: 5 });
  await store.addDomain('example.org');
  const id = await account(store, 'one@example.org');
  const inTheWay = new DatabaseSync(join(folder.path, 'index.db'));
  inTheWay.exec('BEGIN IMMEDIATE');
  const kept: boolean[] = [];
  for (let i = 0; i < 20 && kept.at(-1) !== false; i++) kept.push(await send(store, { text: 'x', to: [id] }));
  assert.equal(kept.at(-1), false);
  assert.ok(kept.length > 5);
  inTheWay.exec('ROLLBACK');
  inTheWay.close();
  while (!(await send(store, { text: 'x', to: [id] }))) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await store.listEntries({})).entries.length, kept.length);
});

test('readEntry() gives no octet of a mail object that the disk has spoilt, and logs which one', async () => {
  using folder = new Folder();
  const events: [string, unknown][] = [];
  const log: Log = { ...silentLog, error: (event, facts) => void events.push([event, facts]) };
  await using store = await openIn(folder.path, {}, { log });
  await store.addDomain('example.org');
  const id = await account(store, 'one@example.org');
  for (const n of [1, 2]) await send(store, { text: `Subject: ${n}\r\n\r\nhello ${n}\r\n`, to: [id] });
  const segments = join(folder.path, 'segments');
  const [name = ''] = readdirSync(segments).toSorted();
  const bytes = readFileSync(join(segments, name));
  const at = bytes.indexOf('hello 2');
  assert.ok(at > 0);
  bytes.write('j', at);
  writeFileSync(join(segments, name), bytes);
  assert.match(await read(store, id, 1), /hello 1/);
  const found = await store.readEntry(id, 2);
  const [, second] = (await store.listEntries({})).entries;
  assert.deepEqual(found, { ok: false, failure: { type: 'damaged', what: second?.object } });
  assert.equal(events.length, 1);
  assert.equal(events[0]?.[0], 'object-damaged');
  assert.match(
    JSON.stringify(events[0]?.[1]),
    new RegExp(`"id":"${second?.object}","segment":1,"position":`),
  );
});

test('listEntries() goes by address, then by UID, whatever the pages', async () => {
  using folder = new Folder();
  await using store = await openIn(folder.path);
  await store.addDomain('example.org');
  await store.addDomain('example.net');
  const addresses = ['z@example.net', 'b@example.org', 'a@example.org', 'none@example.org', 'a@example.net'];
  const ids = [];
  for (const address of addresses) ids.push(await account(store, address));
  for (const to of ids.filter((_, i) => i !== 3)) {
    for (let n = 0; n < 3; n++) await send(store, { text: 'x', to: [to] });
  }
  const listed = async (query: EntryQuery, count: number): Promise<string[]> => {
    const all: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await store.listEntries(query, { after, count });
      assert.ok(page.entries.length <= count);
      all.push(...page.entries.map(({ address, uid }) => `${address} ${uid}`));
      after = page.next;
    }
    return all;
  };
  const everybody = threeOf('a@example.net', 'a@example.org', 'b@example.org', 'z@example.net');
  for (const count of [1, 2, 3, 100]) {
    assert.deepEqual(await listed({}, count), everybody);
    assert.deepEqual(
      await listed({ domain: 'Example.ORG' }, count),
      threeOf('a@example.org', 'b@example.org'),
    );
    assert.deepEqual(
      await listed({ uids: [2] }, count),
      everybody.filter((one) => one.endsWith(' 2')),
    );
  }
});

test('onBug is told once when the keeper of the log dies, and nothing is kept after it', async () => {
  using folder = new Folder();
  const bugs: unknown[] = [];
  let wrong = false;
  const disk: Disk = {
    ...nodeDisk,
    async open(path, how) {
      const file = await nodeDisk.open(path, how);
      const write = file.write.bind(file);
      return Object.assign(file, {
        write(views: readonly Uint8Array[], position: number): Promise<void> {
          if (wrong) throw new Bug('wrong');
          return write(views, position);
        },
      });
    },
  };
  await using store = await openIn(folder.path, { onBug: (thrown) => bugs.push(thrown) }, { disk });
  await store.addDomain('example.org');
  const id = await account(store, 'one@example.org');
  wrong = true;
  await assert.rejects(send(store, { text: 'x', to: [id] }), isBug);
  wrong = false;
  await assert.rejects(send(store, { text: 'x', to: [id] }), isBug);
  assert.equal(bugs.length, 1);
  assert.ok(isBug(bugs[0]));
});

function threeOf(...addresses: string[]): string[] {
  return addresses.flatMap((address) => [1, 2, 3].map((uid) => `${address} ${uid}`));
}

function isBug(thrown: unknown): boolean {
  return thrown instanceof Bug;
}
