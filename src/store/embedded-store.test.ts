import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '../world/clock.ts';
import { DiskFailure } from '../world/disk.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import type { BatchFigures } from './group-commit.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStore, EmbeddedStoreSettings } from './embedded-store.ts';
import { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { account, read, send, storeContract } from './store.contract.ts';
import type { StoreUnderTest } from './store.contract.ts';

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'restante-store-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function openIn(folder: string, options: EmbeddedStoreSettings = {}): Promise<EmbeddedStore> {
  const quota = new MemoryQuotaLedger(systemClock);
  return openEmbeddedStore({
    folder,
    disk: nodeDisk,
    clock: systemClock,
    random: systemRandom,
    quota,
    options,
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

storeContract('EmbeddedStore', async () => {
  const folder = new Folder();
  return new OnRealDisk(folder, await openIn(folder.path, { segmentOctets: 100_000 }));
});

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
