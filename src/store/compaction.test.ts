// Dead space comes back by itself, also that of the segment still being written. Real files; the clock is moved by hand.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import { SimClock } from '../world/sim/clock.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { account, read, send } from './store.contract.ts';
import type { AccountId } from './store.ts';

const MIB = 2 ** 20;
const TEXT = Buffer.alloc(100_000, 'abcdefgh\r\n');
const STEP_MS = 10;
const DISK_MS = 10_000;

class Place implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'restante-compaction-'));
  readonly clock = new SimClock();
  short = false;
  #store: EmbeddedStore | null = null;

  async open(): Promise<{ store: EmbeddedStore; id: AccountId }> {
    const store = await openEmbeddedStore({
      folder: this.folder,
      disk: nodeDisk,
      clock: this.clock,
      random: systemRandom,
      quota: new MemoryQuotaLedger(this.clock),
      options: { indexThread: false, segmentOctets: 64 * MIB, roomIsShort: () => this.short },
    });
    this.#store = store;
    await store.addDomain('example.org');
    return { store, id: await account(store, 'one@example.org') };
  }

  /** What the segments take on the disk. */
  get octets(): number {
    const folder = join(this.folder, 'segments');
    return readdirSync(folder).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  /** Lets the clock go on until so little is left: the disk takes its own time. */
  async shrunk(octets: number): Promise<void> {
    const until = performance.now() + DISK_MS;
    while (this.octets > octets) {
      assert.ok(performance.now() < until, `${this.octets} octets are left`);
      await this.clock.pass(STEP_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function fill(store: EmbeddedStore, id: AccountId, count: number): Promise<void> {
  for (let i = 0; i < count; i++) assert.ok(await send(store, { text: TEXT, to: [id] }));
}

test('Compaction gives the segment being written back when all in it was deleted, without any further mail', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await fill(store, id, 50);
  assert.ok(place.octets > 4 * MIB);
  assert.ok((await store.removeEntries({ account: id })).ok);
  await place.shrunk(10_000);
  assert.ok((await store.figures()).deadOctets < 10_000);
});

test('Compaction leaves the segment being written alone while most of it is alive, until room is short', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await fill(store, id, 50);
  const last = await read(store, id, 50);
  const uids = Array.from({ length: 15 }, (_, i) => i + 1);
  assert.ok((await store.removeEntries({ account: id, uids })).ok);
  for (let looked = 0; looked < 3; looked++) {
    await place.clock.pass(6000);
    assert.equal((await store.figures()).segments, 1);
  }
  place.short = true;
  store.reclaimSoon();
  await place.shrunk(36 * TEXT.length);
  assert.equal(await read(store, id, 50), last);
  assert.deepEqual((await store.recount()).mended, []);
});

test('EmbeddedStore.compact() tells what came back, by whatever way', async () => {
  await using place = new Place();
  const { store, id } = await place.open();
  await fill(store, id, 50);
  assert.ok((await store.removeEntries({ account: id })).ok);
  const before = place.octets;
  const given = await store.compact();
  const really = before - place.octets;
  assert.ok(really > 4 * MIB);
  assert.ok(Math.abs(given - really) < 10_000, `${given} told, ${really} came back`);
});
