/** The plug is pulled before each operation of the disk. What was acknowledged is there, once and whole; what was refused is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crash, SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import { IndexShelf, check, keep, openStore, story, timesForgotten, told } from './store-world.ts';
import type { Promised } from './store-world.ts';

interface Crashed {
  readonly disk: SimDisk;
  readonly shelf: IndexShelf;
  readonly promised: Promised;
  /** The index as it was, and an older one that may be there after the power came back. */
  readonly index: string;
  readonly older: string;
  /** The story came to its end. */
  readonly whole: boolean;
}

/** Lives the story until the `crashAt`th operation. */
async function liveUntil(
  crashAt: number,
  shelf: IndexShelf,
  { ignoreSync = false, hasty = false } = {},
): Promise<Crashed> {
  const disk = new SimDisk({ crashAt, ignoreSync });
  const promised: Promised = { fates: new Map(), hasty };
  const index = shelf.fresh();
  const before: string[] = [];
  let whole = false;
  try {
    const store = await openStore(disk, index);
    await story(store, promised, () => before.push(shelf.copy(index)));
    whole = true;
  } catch (thrown) {
    assert.ok(thrown instanceof Crash, String(thrown));
  }
  const times = timesForgotten(index);
  const older =
    before.filter((path) => timesForgotten(path) === times)[0] ?? (times === 0 ? shelf.fresh() : index);
  return { disk, shelf, promised, index, older, whole };
}

async function checkAfter(
  { disk, promised, shelf }: Crashed,
  index: string,
  survives?: () => boolean,
): Promise<void> {
  const rebooted = disk.reboot({}, survives);
  const store = await openStore(rebooted, index);
  await check(store, rebooted, promised);
  const [account] = await store.listAccounts();
  if (account !== undefined) {
    const after: Promised = { fates: new Map(promised.fates) };
    assert.deepEqual(await keep(store, after, { token: 'after', octets: 500, accounts: [account.id] }), {
      ok: true,
      value: undefined,
    });
    await check(store, rebooted, after);
  }
  const before = await told(store);
  await store.close();
  const again = await openStore(rebooted, shelf.fresh());
  assert.deepEqual(await told(again), before, 'an index built from the log tells the same');
  await again.close();
}

test('EmbeddedStore keeps its promises when the power goes before any operation of the disk', async () => {
  using shelf = new IndexShelf();
  const random = new SimRandom(7);
  for (let crashAt = 0; ; crashAt++) {
    const crashed = await liveUntil(crashAt, shelf);
    try {
      const { index, older } = crashed;
      await checkAfter(crashed, shelf.copy(index));
      // Not synced, and there all the same: in any combination of sectors and names.
      await checkAfter(crashed, shelf.copy(index), () => random.next() < 0.5);
      await checkAfter(crashed, shelf.copy(older), () => random.next() < 0.8);
      await checkAfter(crashed, shelf.fresh());
      await checkAfter(crashed, shelf.fresh(), () => random.next() < 0.5);
    } catch (thrown) {
      throw new Error(`power lost before operation ${crashAt}`, { cause: thrown });
    }
    if (crashed.whole) {
      assert.ok(crashAt > 100, 'the story has operations');
      return;
    }
  }
});

test('EmbeddedStore builds a lost index from the log: nothing acknowledged is missing', async () => {
  using shelf = new IndexShelf();
  const { disk, promised } = await liveUntil(Number.POSITIVE_INFINITY, shelf);
  const rebooted = disk.reboot();
  const store = await openStore(rebooted, shelf.fresh());
  const kept = [...promised.fates].filter(([token, { fate }]) => fate === 'kept' && token !== 'waits');
  const copies = kept.reduce((sum, [, record]) => sum + record.copies, 0);
  const entries = (await store.listEntries({}, { count: 1000 })).entries.length;
  assert.ok(entries >= copies, `${entries} of ${copies}`);
  assert.equal((await store.listAccounts()).length, 2);
  assert.ok((await store.figures()).largeObjects > 0, 'the story has large objects');
  assert.deepEqual((await store.recount()).mended, []);
  await store.close();
});

for (const [wrong, how] of [
  ['a disk that does not sync', { ignoreSync: true }],
  ['a server that says yes before the store does', { hasty: true }],
] as const) {
  test(`the crash loop bites: it finds ${wrong}`, async () => {
    using shelf = new IndexShelf();
    let found = 0;
    for (let crashAt = 10; ; crashAt += 5) {
      const crashed = await liveUntil(crashAt, shelf, how);
      if (crashed.whole) break;
      try {
        await checkAfter(crashed, shelf.copy(crashed.index));
      } catch {
        found++;
      }
    }
    assert.ok(found > 0);
  });
}
