// The plug is pulled, or the disk fails, at each operation while the queue works: what was promised is there once, what is done is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EmbeddedStore } from '../../src/store/embedded-store.ts';
import { StoreFailed } from '../../src/store/entry-orders.ts';
import { at } from '../../src/store/queue-probe.contract.ts';
import { DiskFailure } from '../../src/world/disk.ts';
import type { DiskProblem } from '../../src/world/disk.ts';
import { Crash, SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import {
  LATER,
  QueueBooks,
  checkQueue,
  drain,
  finish,
  postpone,
  put,
  queueStory,
  take,
} from './queue-world.ts';
import { IndexShelf, openStore } from './store-world.ts';

async function checkedAndDrained(store: EmbeddedStore, books: QueueBooks): Promise<void> {
  await checkQueue(store, books);
  const { entries } = await store.queue.listQueue({ held: false }, { count: 1000 });
  assert.deepEqual(await drain(store), entries.map(({ recipient }) => recipient).toSorted());
}

test('EmbeddedStore keeps what is queued and forgets what is done when the power goes before any operation', async () => {
  using shelf = new IndexShelf();
  const random = new SimRandom(11);
  for (let crashAt = 0; ; crashAt++) {
    const disk = new SimDisk({ crashAt });
    const books = new QueueBooks();
    const index = shelf.fresh();
    let isWhole = false;
    try {
      await queueStory(await openStore(disk, index), books);
      isWhole = true;
    } catch (thrown) {
      assert.ok(thrown instanceof Crash, String(thrown));
    }
    try {
      for (const path of [shelf.copy(index), shelf.fresh()]) {
        for (const survives of [() => false, () => random.next() < 0.5]) {
          const store = await openStore(disk.reboot({}, survives), shelf.copy(path));
          await checkedAndDrained(store, books);
          await store.close();
        }
      }
    } catch (thrown) {
      throw new Error(`power lost before operation ${crashAt}`, { cause: thrown });
    }
    if (isWhole) {
      assert.ok(crashAt > 50, `the story has ${crashAt} operations`);
      return;
    }
  }
});

for (const problem of ['io', 'no-space'] as const satisfies readonly DiskProblem[]) {
  test(`EmbeddedStore keeps its queue when any operation fails with ${problem}`, async () => {
    using shelf = new IndexShelf();
    for (let failAt = 0, happened = true; happened; failAt++) {
      happened = false;
      let isBroken = true;
      const fail = (n: number): DiskProblem | null => {
        const now = isBroken && n === failAt;
        happened ||= now;
        return now ? problem : null;
      };
      const disk = new SimDisk({ fail });
      const books = new QueueBooks();
      const index = shelf.fresh();
      let store: EmbeddedStore | null = null;
      try {
        store = await openStore(disk, index);
        await queueStory(store, books);
      } catch (thrown) {
        assert.ok(thrown instanceof DiskFailure || thrown instanceof StoreFailed, String(thrown));
      }
      isBroken = false;
      try {
        const here = store ?? (await openStore(disk, index));
        assert.ok(await put(here, books, { to: ['after@one.example'] }), 'mail is queued again');
        await checkQueue(here, books);
        await checkedAndDrained(await openStore(disk.reboot(), shelf.copy(index)), books);
      } catch (thrown) {
        throw new Error(`${problem} at operation ${failAt}`, { cause: thrown });
      }
    }
  });
}

type Act =
  | { readonly act: 'put'; readonly to: readonly number[]; readonly octets: number; readonly from: number }
  | { readonly act: 'done' | 'defer' | 'leave' | 'free'; readonly of: number; readonly count: number }
  | { readonly act: 'remove' | 'hold' | 'unhold'; readonly of: number }
  | { readonly act: 'crash' | 'crash-lost'; readonly seed: number }
  | { readonly act: 'compact' | 'restart' };

const DESTINATIONS = 3;
const one = fc.nat(DESTINATIONS - 1);
const octets = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 1, arbitrary: fc.constant(70_000) },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('put' as const),
      to: fc.array(one, { minLength: 1, maxLength: 6 }),
      octets,
      from: fc.nat(2),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'done' as const,
        'done' as const,
        'defer' as const,
        'leave' as const,
        'free' as const,
      ),
      of: one,
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom('remove' as const, 'hold' as const, 'unhold' as const),
      of: one,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constantFrom('crash' as const, 'crash-lost' as const), seed: fc.nat() }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('compact' as const, 'restart' as const) }) },
);

class Place {
  disk = new SimDisk();
  store: EmbeddedStore;
  readonly books = new QueueBooks();
  readonly #shelf: IndexShelf;
  #index: string;
  #next = 0;

  private constructor(shelf: IndexShelf, index: string, parts: { disk: SimDisk; store: EmbeddedStore }) {
    this.#shelf = shelf;
    this.#index = index;
    this.disk = parts.disk;
    this.store = parts.store;
  }

  static async open(shelf: IndexShelf): Promise<Place> {
    const [disk, index] = [new SimDisk(), shelf.fresh()];
    return new Place(shelf, index, { disk, store: await openStore(disk, index, { segmentOctets: 8000 }) });
  }

  async perform(given: Act): Promise<void> {
    const { store, books } = this;
    switch (given.act) {
      case 'put': {
        const to = given.to.map((of) => `r${this.#next++}@${of}.example`);
        assert.ok(await put(store, books, { to, octets: given.octets, from: `${given.from}@b` }));
        return;
      }
      case 'done':
      case 'defer':
      case 'leave':
      case 'free': {
        const entries = await take(store, `${given.of}.example`, given.count);
        if (given.act === 'done') assert.ok(await finish(store, books, entries));
        if (given.act === 'defer') await postpone(store, entries, LATER);
        if (given.act === 'free')
          await store.queue.settle(
            entries.map(({ object, ordinal }) => ({ type: 'unclaimed', object, ordinal })),
          );
        return;
      }
      case 'remove': {
        // What is claimed is left.
        const before = (await store.queue.listQueue({ destination: `${given.of}.example` }, { count: 1000 }))
          .entries;
        assert.ok((await store.queue.removeQueued({ destination: `${given.of}.example` })).ok);
        const left = (await store.queue.listQueue({ destination: `${given.of}.example` }, { count: 1000 }))
          .entries;
        const there = new Set(left.map(({ recipient }) => recipient));
        books.note(
          before.map(({ recipient }) => recipient).filter((recipient) => !there.has(recipient)),
          'done',
        );
        return;
      }
      case 'hold':
      case 'unhold':
        await store.queue.changeQueue({ destination: `${given.of}.example` }, { held: given.act === 'hold' });
        return;
      case 'compact':
        await store.compact();
        return;
      case 'restart':
        await store.close();
        return this.#again(this.#index, this.disk);
      case 'crash':
      case 'crash-lost': {
        const random = new SimRandom(given.seed);
        const index = given.act === 'crash-lost' ? this.#shelf.fresh() : this.#shelf.copy(this.#index);
        return this.#again(
          index,
          this.disk.reboot({}, () => random.next() < 0.5),
        );
      }
    }
  }

  async #again(index: string, disk: SimDisk): Promise<void> {
    [this.#index, this.disk] = [index, disk];
    this.store = await openStore(disk, index, { segmentOctets: 8000 });
    await checkQueue(this.store, this.books);
  }
}

test('EmbeddedStore ends each queued recipient once, whatever happens between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 50, size: 'max' }), async (acts) => {
      using shelf = new IndexShelf();
      const place = await Place.open(shelf);
      for (const each of acts) await place.perform(each);
      await checkQueue(place.store, place.books);
      await place.store.queue.changeQueue({}, { held: false });
      assert.deepEqual(await drain(place.store), place.books.queued().toSorted());
      await place.store.close();
    }),
    { numRuns: 60 },
  );
});

test('EmbeddedStore is due at once with everything when the index was lost', async () => {
  using shelf = new IndexShelf();
  const disk = new SimDisk();
  const store = await openStore(disk, shelf.fresh());
  const books = new QueueBooks();
  await put(store, books, { to: ['a@one.example', 'b@one.example'] });
  await postpone(store, await take(store, 'one.example', 2), 2_000_000_000_000);
  await store.close();
  const again = await openStore(disk, shelf.fresh());
  const entries = await again.queue.claim({
    destination: 'one.example',
    now: at(1.8e12),
    until: at(1.9e12),
    count: 5,
  });
  assert.deepEqual(
    entries.map(({ recipient, retry }) => [recipient, retry]),
    [
      ['a@one.example', null],
      ['b@one.example', null],
    ],
  );
  await again.close();
});
