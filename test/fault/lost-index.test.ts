// The index is lost after segments were given back: what the log still has must tell the same. Nothing deleted comes back, every
// message keeps its UID, no UID is given twice, and the sums agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EmbeddedStore } from '../../src/store/embedded-store.ts';
import { account, read, send } from '../../src/store/store.contract.ts';
import type { AccountId } from '../../src/store/store.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import { IndexShelf, openStore, told } from './store-world.ts';
import { claimed, done, enqueue } from '../../src/store/queue-probe.contract.ts';

const SEGMENTS = '/data/segments';
const SEGMENT_OCTETS = 8000;

class Place implements AsyncDisposable {
  disk = new SimDisk();
  store: EmbeddedStore;
  readonly shelf: IndexShelf;
  #index: string;

  private constructor(shelf: IndexShelf, index: string, disk: SimDisk, store: EmbeddedStore) {
    this.shelf = shelf;
    this.#index = index;
    this.disk = disk;
    this.store = store;
  }

  static async open(): Promise<Place> {
    const [shelf, disk] = [new IndexShelf(), new SimDisk()];
    const index = shelf.fresh();
    const store = await openStore(disk, index, { segmentOctets: SEGMENT_OCTETS });
    await store.addDomain('example.org');
    return new Place(shelf, index, disk, store);
  }

  async again(index: string, disk = this.disk): Promise<EmbeddedStore> {
    [this.#index, this.disk] = [index, disk];
    this.store = await openStore(disk, index, { segmentOctets: SEGMENT_OCTETS });
    return this.store;
  }

  /** The index that is built anew tells what the old one did. */
  async withoutIndex(): Promise<EmbeddedStore> {
    const before = await told(this.store);
    await this.store.close();
    const after = await this.again(this.shelf.fresh());
    assert.deepEqual(await told(after), before);
    return after;
  }

  async restart(): Promise<void> {
    await this.store.close();
    await this.again(this.#index);
  }

  /** The power goes while nothing happens; each name and sector that was not synced is there or not. */
  async crash(seed: number, { lost }: { lost: boolean }): Promise<void> {
    const random = new SimRandom(seed);
    const index = lost ? this.shelf.fresh() : this.shelf.copy(this.#index);
    await this.again(
      index,
      this.disk.reboot({}, () => random.next() < 0.5),
    );
  }

  async has(segment: number): Promise<boolean> {
    return (await this.disk.list(SEGMENTS)).includes(`0000000${segment}.seg`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    this.shelf[Symbol.dispose]();
  }
}

const TEXT = Buffer.alloc(1500, 'x');

async function fill(store: EmbeddedStore, to: AccountId, count: number): Promise<void> {
  for (let i = 0; i < count; i++) assert.ok(await send(store, { text: TEXT, to: [to] }));
}

async function uidsOf(store: EmbeddedStore, id: AccountId): Promise<number[]> {
  return (await store.listEntries({ account: id }, { count: 1000 })).entries.map(({ uid }) => uid);
}

/** The segment whose record deletes it goes, and the one in which the message lies stays. */
async function giveBackTheDeletion(place: Place, a: AccountId, b: AccountId): Promise<void> {
  const { store } = place;
  await fill(store, b, 10);
  await store.removeEntries({ account: b });
  assert.ok(await place.has(1));
  assert.ok(!(await place.has(2)), 'the segment with the deletion is gone');
  assert.deepEqual(await uidsOf(store, a), [2, 3, 4]);
}

test('EmbeddedStore brings nothing back that was deleted, when the record of its deletion was given back', async () => {
  await using place = await Place.open();
  const { store } = place;
  const [a, b] = [await account(store, 'a@example.org'), await account(store, 'b@example.org')];
  await fill(store, a, 4);
  await fill(store, b, 1); // Rolls over: the deletion stands in the second segment.
  await store.removeEntries({ account: a, uids: [1] });
  await giveBackTheDeletion(place, a, b);
  assert.deepEqual(await uidsOf(await place.withoutIndex(), a), [2, 3, 4]);
  // And again, from the record that said it again.
  await giveBackTheDeletion(place, a, b);
  assert.deepEqual(await uidsOf(await place.withoutIndex(), a), [2, 3, 4]);
});

test('EmbeddedStore gives one copy of many back to nobody', async () => {
  await using place = await Place.open();
  const { store } = place;
  const [a, b] = [await account(store, 'a@example.org'), await account(store, 'b@example.org')];
  await send(store, { text: 'for both', to: [a, b] });
  await fill(store, a, 3);
  await fill(store, b, 2);
  await store.removeEntries({ account: a, uids: [1] });
  await fill(store, b, 10);
  await store.removeEntries({ account: b, uids: Array.from({ length: 12 }, (_, i) => i + 2) });
  assert.ok((await place.has(1)) && !(await place.has(2)));
  const again = await place.withoutIndex();
  assert.deepEqual([await uidsOf(again, a), await uidsOf(again, b)], [[2, 3, 4], [1]]);
});

test('EmbeddedStore keeps the UID of what had waited, when the record of its release was given back', async () => {
  await using place = await Place.open();
  const { store } = place;
  const [a, b] = [await account(store, 'a@example.org'), await account(store, 'b@example.org')];
  await send(store, { text: 'Subject: waits\r\n\r\n', to: [a], waiting: true });
  await fill(store, a, 3);
  await fill(store, b, 2);
  assert.equal(await store.releaseWaiting(), 1);
  await fill(store, b, 10);
  await store.removeEntries({ account: b });
  assert.ok((await place.has(1)) && !(await place.has(2)));
  const again = await place.withoutIndex();
  assert.deepEqual(await uidsOf(again, a), [1, 2, 3, 4]);
  assert.match(await read(again, a, 4), /waits/);
});

test('EmbeddedStore queues nothing again, when the report that settled it was given back', async () => {
  await using place = await Place.open();
  const { store } = place;
  const b = await account(store, 'b@example.org');
  await enqueue(store, { to: ['told@one.example', 'other@one.example'] });
  const [entry] = await claimed(store.queue, 'one.example');
  assert.ok(entry !== undefined);
  await fill(store, b, 2);
  await enqueue(store, { to: ['sender@two.example'], settled: [entry] });
  const report = await claimed(store.queue, 'two.example');
  const [home] = (await place.disk.list(SEGMENTS)).toSorted().toReversed();
  assert.ok(home !== undefined);
  await fill(store, b, 10);
  await done(store.queue, report);
  await store.removeEntries({ account: b });
  await store.compact();
  assert.ok(!(await place.disk.list(SEGMENTS)).includes(home), 'the segment of the report is gone');
  const again = await place.withoutIndex();
  const { entries } = await again.queue.listQueue({});
  assert.deepEqual(
    entries.map(({ ordinal }) => ordinal),
    [1 - entry.ordinal],
  );
});

test('EmbeddedStore gives no UID twice, when everything with that UID or above it was given back', async () => {
  await using place = await Place.open();
  const { store } = place;
  const [a, b] = [await account(store, 'a@example.org'), await account(store, 'b@example.org')];
  await fill(store, a, 10);
  await store.removeEntries({ account: a });
  for (let round = 0; round < 3; round++) {
    await fill(place.store, b, 10);
    await place.store.removeEntries({ account: b });
    await place.store.compact();
  }
  assert.ok(!(await place.has(1)));
  const again = await place.withoutIndex();
  await fill(again, a, 1);
  assert.deepEqual(await uidsOf(again, a), [11]);
  await fill(again, b, 1);
  assert.deepEqual(await uidsOf(again, b), [31]);
});

test('EmbeddedStore keeps the UIDs of what compaction carried on', async () => {
  await using place = await Place.open();
  const { store } = place;
  const a = await account(store, 'a@example.org');
  await fill(store, a, 40);
  const kept = [3, 14, 15, 27];
  await store.removeEntries({
    account: a,
    uids: Array.from({ length: 39 }, (_, i) => i + 1).filter((uid) => !kept.includes(uid)),
  });
  await store.compact();
  assert.ok(!(await place.has(1)));
  assert.deepEqual(await uidsOf(await place.withoutIndex(), a), [...kept, 40]);
});

test('EmbeddedStore knows an import by its key, when an older one under that key was deleted again', async () => {
  await using place = await Place.open();
  const { store } = place;
  const [a, b] = [await account(store, 'a@example.org'), await account(store, 'b@example.org')];
  await send(store, { text: 'one', to: [a], importKey: 'key' });
  await fill(store, a, 3);
  await fill(store, b, 2);
  await store.removeEntries({ account: a, uids: [1] });
  await fill(store, b, 10);
  await send(store, { text: 'two', to: [a], importKey: 'key' });
  await store.removeEntries({ account: b });
  assert.ok((await place.has(1)) && !(await place.has(2)));
  assert.ok(await (await place.withoutIndex()).importKnown('key'));
});

test('EmbeddedStore writes a segment again only when that gives back more than it takes', async () => {
  await using place = await Place.open();
  const { store } = place;
  const a = await account(store, 'a@example.org');
  for (let i = 0; i < 200; i++) await send(store, { text: 'x', to: [a] });
  // One of each pair: every segment stays alive for the greater part, and so does every deletion.
  const uids = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
  for (const uid of uids) await store.removeEntries({ account: a, uids: [uid] });
  const [last] = (await place.disk.list(SEGMENTS)).toSorted().toReversed();
  for (let i = 0; i < 5; i++) await store.compact();
  const [now] = (await place.disk.list(SEGMENTS)).toSorted().toReversed();
  assert.ok(Number.parseInt(now ?? '', 10) - Number.parseInt(last ?? '', 10) < 10, `${last} to ${now}`);
  assert.equal((await uidsOf(await place.withoutIndex(), a)).length, 100);
});

type Act =
  | { readonly act: 'send' | 'wait'; readonly to: readonly number[]; readonly octets: number }
  | { readonly act: 'remove'; readonly of: number; readonly from: number; readonly count: number }
  | { readonly act: 'remove-account'; readonly of: number }
  | { readonly act: 'crash' | 'crash-lost'; readonly seed: number }
  | { readonly act: 'release' | 'compact' | 'restart' | 'lose' };

const NAMES = 3;
const name = fc.nat(NAMES - 1);
const octets = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 1, arbitrary: fc.constant(70_000) },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constantFrom('send' as const, 'send' as const, 'send' as const, 'wait' as const),
      to: fc.uniqueArray(name, { minLength: 1, maxLength: NAMES }),
      octets,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      act: fc.constant('remove' as const),
      of: name,
      from: fc.nat(20),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('remove-account' as const), of: name }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('crash' as const, 'crash-lost'), seed: fc.nat() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constantFrom('release' as const, 'compact', 'restart', 'lose') }),
  },
);

/** What the accounts should have, in memory: the UIDs of each, with the text of the message. */
class Model {
  readonly accounts: { id: AccountId; next: number; waiting: string[]; mail: Map<number, string> }[] = [];

  enter(of: number, text: string): void {
    const one = this.#account(of);
    one.mail.set(one.next++, text);
  }

  wait(of: number, text: string): void {
    this.#account(of).waiting.push(text);
  }

  release(): void {
    for (const [of, { waiting }] of this.accounts.entries())
      for (const text of waiting.splice(0)) this.enter(of, text);
  }

  remove(of: number, from: number, count: number): number[] {
    const { mail } = this.#account(of);
    const uids = [...mail.keys()].slice(from, from + count);
    for (const uid of uids) mail.delete(uid);
    return uids;
  }

  id(of: number): AccountId {
    return this.#account(of).id;
  }

  #account(of: number): Model['accounts'][number] {
    const found = this.accounts[of];
    assert.ok(found !== undefined);
    return found;
  }
}

async function perform(place: Place, model: Model, one: Act, text: string): Promise<void> {
  const { store } = place;
  switch (one.act) {
    case 'send':
    case 'wait': {
      const whole = `${text}\r\n`.padEnd(one.octets, 'x');
      const waiting = one.act === 'wait';
      const to = one.to.map((of) => model.id(of));
      assert.ok(await send(store, { text: whole, to, waiting }));
      for (const of of one.to) model[waiting ? 'wait' : 'enter'](of, whole);
      return;
    }
    case 'remove': {
      const uids = model.remove(one.of, one.from, one.count);
      assert.ok((await store.removeEntries({ account: model.id(one.of), uids })).ok);
      return;
    }
    case 'remove-account':
      assert.ok((await store.removeAccount(`${one.of}@example.org`, { withMail: true })).ok);
      model.accounts[one.of] = {
        id: await account(store, `${one.of}@example.org`),
        next: 1,
        waiting: [],
        mail: new Map(),
      };
      return;
    case 'release':
      await store.releaseWaiting();
      model.release();
      return;
    case 'compact':
      await store.compact();
      return;
    case 'restart':
      return place.restart();
    case 'lose':
      await place.withoutIndex();
      return;
    case 'crash':
    case 'crash-lost':
      return place.crash(one.seed, { lost: one.act === 'crash-lost' });
  }
}

async function agrees({ store }: Place, model: Model): Promise<void> {
  for (const { id, mail, waiting } of model.accounts) {
    assert.deepEqual(await uidsOf(store, id), [...mail.keys()]);
    for (const [uid, text] of mail) assert.ok((await read(store, id, uid)).endsWith(text));
    const info = (await store.listAccounts()).find((one) => one.id === id);
    assert.equal(info?.waitingMessages, waiting.length);
    assert.equal(info?.usedMessages, mail.size);
  }
  assert.deepEqual((await store.recount()).mended, []);
}

/** The UID of a copy that had waited was told by its release alone, and forgotten with the object: another one got it. */
const RELEASED_AND_GONE: Act[] = [
  { act: 'wait', to: [1], octets: 1489 },
  { act: 'send', to: [0, 1], octets: 1702 },
  { act: 'send', to: [0], octets: 678 },
  { act: 'send', to: [1, 0, 2], octets: 2863 },
  { act: 'release' },
  { act: 'remove', of: 1, from: 0, count: 3 },
  { act: 'compact' },
  { act: 'lose' },
  { act: 'send', to: [1], octets: 1 },
];

test('EmbeddedStore tells the same from what is left of the log, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60, size: 'max' }), async (acts) => {
      await using place = await Place.open();
      const model = new Model();
      for (let of = 0; of < NAMES; of++) {
        const id = await account(place.store, `${of}@example.org`);
        model.accounts.push({ id, next: 1, waiting: [], mail: new Map() });
      }
      for (const [i, one] of acts.entries()) {
        await perform(place, model, one, `Subject: ${i}`);
        if ('seed' in one || one.act === 'lose') await agrees(place, model);
      }
      await place.withoutIndex();
      await agrees(place, model);
    }),
    { numRuns: Number(process.env['RESTANTE_RUNS'] ?? 60), examples: [[RELEASED_AND_GONE]] },
  );
});
