/**
 * A store on a simulated disk, a story that it lives through, and the books of what it promised. Used by the loops that pull
 * the plug, or break the disk, at each operation of that story.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../../src/base/instant.ts';
import type { Result } from '../../src/base/result.ts';
import { deliveredToField } from '../../src/message/trace.ts';
import { openEmbeddedStore } from '../../src/store/embedded-store.ts';
import type { EmbeddedStore, EmbeddedStoreSettings } from '../../src/store/embedded-store.ts';
import { StoreFailed } from '../../src/store/entry-orders.ts';
import { envelopeOf } from '../../src/store/store.contract.ts';
import { MemoryQuotaLedger } from '../../src/store/memory-quota-ledger.ts';
import type { AccountId, Delivery, StoreFailure } from '../../src/store/store.ts';
import type { Clock } from '../../src/world/clock.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { SimRandom } from '../../src/world/sim/random.ts';

let elapsed = 0;
/** The ids of one run are not those of the next: the clock stands still, so they must differ by chance. */
let opened = 0;

/** Nothing happens in the background; whoever looks at the clock twice finds that a second has passed. */
export const stillClock: Clock = {
  now: () => 1_700_000_000_000 as Instant,
  elapsed: () => (elapsed += 1000),
  after: () => () => {},
};

const SHELF = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class IndexShelf implements Disposable {
  readonly folder = mkdtempSync(join(SHELF, 'restante-index-'));
  #next = 0;

  fresh(): string {
    return join(this.folder, `${this.#next++}.db`);
  }

  /** What a crash at this moment leaves of an index: SQLite's own promise holds, so it is a whole number of transactions. */
  copy(path: string): string {
    const to = this.fresh();
    for (const part of ['', '-wal']) if (existsSync(path + part)) copyFileSync(path + part, to + part);
    return to;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How often segments were forgotten: an index from before the last time cannot be there any more. */
export function timesForgotten(path: string): number {
  if (!existsSync(path)) return 0;
  const database = new DatabaseSync(path);
  try {
    return Number(database.prepare("SELECT value FROM meta WHERE key = 'forgotten'").get()?.['value'] ?? 0);
  } catch {
    return 0; // It had no tables yet.
  } finally {
    database.close();
  }
}

export type Fate = 'unknown' | 'kept' | 'refused' | 'deleting' | 'deleted';

/** What was promised, by the token that stands in the text of each message. */
export interface Promised {
  /** A server that is wrong on purpose: it says yes before the store did. */
  readonly hasty?: boolean;
  readonly fates: Map<string, { fate: Fate; copies: number; text: Buffer }>;
}

export function openStore(
  disk: SimDisk,
  indexPath: string,
  settings: EmbeddedStoreSettings = {},
): Promise<EmbeddedStore> {
  return openEmbeddedStore({
    folder: '/data',
    disk,
    clock: stillClock,
    random: new SimRandom(++opened),
    quota: new MemoryQuotaLedger(stillClock),
    // Little memory for text: whatever is larger than 64 KiB goes into a file of its own.
    options: { segmentOctets: 20_000, memoryOctets: 50_000, indexPath, indexThread: false, ...settings },
  });
}

export async function keep(
  store: EmbeddedStore,
  promised: Promised,
  given: { token: string; octets: number; accounts: readonly AccountId[]; state?: Delivery['state'] },
): Promise<Result<void, StoreFailure>> {
  const { token, octets, accounts, state = 'mailbox' } = given;
  const text = Buffer.concat([
    Buffer.from(`Return-Path: <a@b>\r\nSubject: ${token}\r\n\r\n`),
    Buffer.alloc(octets, `${token} `),
  ]);
  const record = { fate: 'unknown' as Fate, copies: accounts.length, text };
  promised.fates.set(token, record);
  const lease = store.quota.lease(accounts, null);
  const writer = store.begin();
  for (let at = 0; at < text.length; at += 30_000) {
    writer.write(text.subarray(at, at + 30_000));
    await writer.flush();
  }
  const recipient = 'who@example.org';
  if (state === 'mailbox')
    lease.settle(text.length, new Map(accounts.map((id) => [id, deliveredToField(recipient).length])));
  const deliveries = accounts.map((account) => ({ account, recipient, state, notify: null, orcpt: null }));
  const [first, ...others] = deliveries;
  assert.ok(first !== undefined);
  const envelope = envelopeOf('a@b', stillClock.now());
  if (promised.hasty === true) record.fate = 'kept';
  const kept = await writer.keep(envelope, [first, ...others]);
  if (!kept.ok && state === 'mailbox') lease.revoke();
  lease.release();
  record.fate = kept.ok ? 'kept' : 'refused';
  return kept;
}

/** Deletes the messages with these tokens, and notes that it is under way. */
export async function remove(
  store: EmbeddedStore,
  promised: Promised,
  tokens: readonly string[],
): Promise<boolean> {
  const page = await store.listEntries({}, { count: 1000 });
  let all = true;
  for (const entry of page.entries) {
    const token = tokenOf(await readAll(store, entry.account, entry.uid));
    const record = promised.fates.get(token);
    if (!tokens.includes(token) || record === undefined) continue;
    if (record.fate === 'kept') record.fate = 'deleting';
    const removed = await store.removeEntries({ account: entry.account, uids: [entry.uid] });
    all &&= removed.ok;
  }
  if (all)
    for (const token of tokens) {
      const record = promised.fates.get(token);
      if (record?.fate === 'deleting') record.fate = 'deleted';
    }
  return all;
}

/** A bit of everything: small ones together, a large one, rolling over, deleting, compaction, what waits. */
export async function story(
  store: EmbeddedStore,
  promised: Promised,
  step: () => void = () => {},
): Promise<void> {
  await store.addDomain('example.org');
  const [one, two] = [await store.addAccount('one@example.org'), await store.addAccount('two@example.org')];
  step();
  if (!one.ok || !two.ok) return;
  const both = [one.value.id, two.value.id];
  const accounts = [one.value.id];
  const batch = (name: string, count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        keep(store, promised, { token: `${name}${i}`, octets: 1500, accounts }),
      ),
    );
  await batch('a', 4);
  step();
  await keep(store, promised, { token: 'shared', octets: 300, accounts: both });
  await Promise.all([
    keep(store, promised, { token: 'large', octets: 70_000, accounts: both }),
    batch('b', 3),
  ]);
  step();
  await keep(store, promised, { token: 'waits', octets: 200, accounts, state: 'waiting' });
  await batch('c', 9);
  step();
  await remove(store, promised, ['a0', 'a1', 'a3', 'shared', 'b0', 'b1', 'b2', 'c0', 'c1', 'large']);
  step();
  await batch('d', 3);
  await store.compact();
  step();
  await store.releaseWaiting();
  await keep(store, promised, { token: 'large2', octets: 66_000, accounts: both });
  await batch('e', 2);
  await remove(store, promised, ['d0', 'd1', 'd2', 'c2', 'c3', 'c4']);
  await store.compact();
  step();
}

/** Everything acknowledged is there exactly once, whole; nothing refused is; the books agree. */
export async function check(
  store: EmbeddedStore,
  disk: SimDisk,
  promised: Promised,
  { filesMayLinger = false }: { filesMayLinger?: boolean } = {},
): Promise<void> {
  const waiting = (await store.figures()).waiting;
  const found = new Map<string, number>();
  const used = new Map<string, number>();
  const { entries } = await store.listEntries({}, { count: 1000 });
  for (const entry of entries) {
    const text = await readAll(store, entry.account, entry.uid);
    assert.equal(text.length, entry.size, 'an entry says how long it is');
    const token = tokenOf(text);
    const record = promised.fates.get(token);
    assert.ok(record !== undefined, `nobody sent ${token}`);
    const whole = Buffer.concat([
      record.text.subarray(0, record.text.indexOf('\n') + 1),
      Buffer.from(deliveredToField(entry.recipient)),
      record.text.subarray(record.text.indexOf('\n') + 1),
    ]);
    assert.ok(text.equals(whole), `${token} is not what was sent`);
    found.set(token, (found.get(token) ?? 0) + 1);
    used.set(entry.address, (used.get(entry.address) ?? 0) + entry.size);
  }
  for (const [token, { fate, copies }] of promised.fates) {
    const there = found.get(token) ?? 0;
    if (token === 'waits')
      assert.ok(fate !== 'kept' || there + waiting === copies, `waits is ${there} times there`);
    else if (fate === 'kept') assert.equal(there, copies, `${token} was acknowledged`);
    else if (fate === 'refused') assert.equal(there, 0, `${token} was refused`);
    else if (fate === 'deleted') assert.equal(there, 0, `${token} was deleted`);
    else if (fate === 'unknown') assert.ok(there === 0 || there === copies, `${token} is there in part`);
    else assert.ok(there <= copies, `${token} is doubled`);
  }
  for (const { address, usedOctets } of await store.listAccounts()) {
    assert.equal(usedOctets, used.get(address) ?? 0, `what ${address} uses`);
  }
  assert.deepEqual((await store.recount()).mended, []);
  if (filesMayLinger) return; // Until the next start: an unlink failed.
  const { largeObjects, segments } = await store.figures();
  assert.equal((await disk.list('/data/large')).length, largeObjects, 'files of large objects');
  assert.ok((await disk.list('/data/segments')).length <= segments + 1, 'files of segments');
}

/** All that a store says of its mail and its accounts, to compare it with what another index says of the same log. */
export async function told(store: EmbeddedStore): Promise<unknown> {
  const { messages, waiting, octets, largeObjects } = await store.figures();
  const { entries } = await store.listEntries({}, { count: 10_000 });
  const accounts = await store.listAccounts();
  return {
    figures: { messages, waiting, octets, largeObjects },
    entries: entries.map(({ address, uid, object, size }) => `${address} ${uid} ${object} ${size}`),
    accounts: accounts.map(({ fullSince: _fullSince, ...account }) => account),
    mended: (await store.recount()).mended,
  };
}

async function readAll(store: EmbeddedStore, account: AccountId, uid: number): Promise<Buffer> {
  const text = await store.readEntry(account, uid);
  if (!text.ok && !('what' in text.failure)) throw new StoreFailed(text.failure);
  assert.ok(text.ok);
  const pieces: Uint8Array[] = [];
  for await (const piece of text.value) pieces.push(piece);
  return Buffer.concat(pieces);
}

function tokenOf(text: Buffer): string {
  return /^Subject: (\S+)/m.exec(text.subarray(0, 200).toString())?.[1] ?? '';
}
