/** Each operation of the disk fails, once or from then on, with each kind of failure: refused is refused, kept is kept, and mail flows again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailed } from '../../src/store/entry-orders.ts';
import type { EmbeddedStore } from '../../src/store/embedded-store.ts';
import { DiskFailure } from '../../src/world/disk.ts';
import type { DiskProblem } from '../../src/world/disk.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import { IndexShelf, check, keep, openStore, story } from './store-world.ts';
import type { Promised } from './store-world.ts';

/** With each operation, or with some of them: these differ in little but the name of the failure. */
const PROBLEMS: readonly (readonly [problem: DiskProblem, stride: number])[] = [
  ['io', 1],
  ['no-space', 2],
  ['read-only', 3],
  ['out-of-resources', 3],
];

interface Script {
  readonly at: number;
  readonly problem: DiskProblem;
  readonly fromThenOn: boolean;
}

/** Whether the story was long enough for the failure to happen. */
async function liveThrough({ at, problem, fromThenOn }: Script, shelf: IndexShelf): Promise<boolean> {
  let broken = true;
  let happened = false;
  const fail = (n: number): DiskProblem | null => {
    const now = broken && (fromThenOn ? n >= at : n === at);
    happened ||= now;
    return now ? problem : null;
  };
  const disk = new SimDisk({ fail });
  const promised: Promised = { fates: new Map() };
  const index = shelf.fresh();
  let store: EmbeddedStore | null = null;
  try {
    store = await openStore(disk, index);
    await story(store, promised);
  } catch (thrown) {
    assert.ok(thrown instanceof DiskFailure || thrown instanceof StoreFailed, String(thrown));
  }
  broken = false;
  const here = store ?? (await openStore(disk, index));
  await goesOn(here, disk, promised);
  // And what the disk has when the power goes right now is the same, whatever of the rest happens to be there.
  const random = new SimRandom(at);
  const rebooted = disk.reboot({}, () => random.next() < 0.5);
  const again = await openStore(rebooted, shelf.copy(index));
  await check(again, rebooted, promised);
  return happened;
}

/** The disk works again: so does the store, without a restart. */
async function goesOn(store: EmbeddedStore, disk: SimDisk, promised: Promised): Promise<void> {
  await store.addDomain('example.org');
  const [account] = await store.listAccounts();
  const added = account === undefined ? await store.addAccount('one@example.org') : null;
  const id = account?.id ?? (added?.ok === true ? added.value.id : null);
  assert.ok(id !== null, 'an account can be made');
  const kept = await keep(store, promised, { token: 'after', octets: 500, accounts: [id] });
  assert.deepEqual(kept, { ok: true, value: undefined }, 'mail is kept again');
  await check(store, disk, promised, { filesMayLinger: true });
}

for (const [problem, stride] of PROBLEMS) {
  for (const fromThenOn of [false, true]) {
    test(`EmbeddedStore keeps its promises when any operation fails with ${problem}${fromThenOn ? ', and all after it' : ''}`, async () => {
      using shelf = new IndexShelf();
      for (let at = 0; ; at += stride) {
        try {
          if (!(await liveThrough({ at, problem, fromThenOn }, shelf))) return;
        } catch (thrown) {
          throw new Error(`${problem} at operation ${at}`, { cause: thrown });
        }
      }
    });
  }
}
