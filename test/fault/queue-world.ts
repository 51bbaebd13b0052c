/** A queue on a simulated disk, a story that it lives through, and the books of what became of each recipient. */
import assert from 'node:assert/strict';
import type { EmbeddedStore } from '../../src/store/embedded-store.ts';
import type { QueueEntry } from '../../src/store/queue-store.ts';
import { at, retryAt } from '../../src/store/queue-probe.contract.ts';
import { envelopeOf } from '../../src/store/store.contract.ts';
import { QUEUE } from '../../src/store/store.ts';
import type { Delivery } from '../../src/store/store.ts';
import { stillClock } from './store-world.ts';

const NOW = stillClock.now();
/** When everything is due, and every lease is over. */
export const LATER = NOW + 10 * 86_400_000;

export type QueueFate = 'unknown' | 'queued' | 'refused' | 'ending' | 'done';

/** By recipient; none is named twice. */
export class QueueBooks {
  readonly fates = new Map<string, { fate: QueueFate; text: string }>();

  queued(): string[] {
    return [...this.fates].filter(([, { fate }]) => fate === 'queued').map(([recipient]) => recipient);
  }

  note(recipients: readonly string[], fate: QueueFate): void {
    for (const recipient of recipients) {
      const known = this.fates.get(recipient);
      assert.ok(known !== undefined, `nobody sent to ${recipient}`);
      // What is over stays over, and is said again without harm.
      if (known.fate !== 'done') known.fate = fate;
    }
  }
}

export async function put(
  store: EmbeddedStore,
  books: QueueBooks,
  { to, octets = 800, from = 'a@b' }: { to: readonly string[]; octets?: number; from?: string },
): Promise<boolean> {
  const text = `Subject: ${to[0]}\r\n\r\n${'x'.repeat(octets)}\r\n`;
  for (const recipient of to) books.fates.set(recipient, { fate: 'unknown', text });
  const writer = store.begin();
  writer.write(Buffer.from(`Return-Path: <${from}>\r\n${text}`));
  await writer.flush();
  const deliveries = to.map((recipient): Delivery => ({
    account: QUEUE,
    recipient,
    state: 'queued',
    notify: null,
    orcpt: null,
  }));
  const [first, ...others] = deliveries;
  assert.ok(first !== undefined);
  const kept = await writer.keep(envelopeOf(from, NOW), [first, ...others]);
  books.note(to, kept.ok ? 'queued' : 'refused');
  return kept.ok;
}

export async function take(
  store: EmbeddedStore,
  destination: string,
  count: number,
): Promise<readonly QueueEntry[]> {
  return store.queue.claim({ destination, now: NOW, until: at(LATER - 1), count });
}

export async function finish(
  store: EmbeddedStore,
  books: QueueBooks,
  entries: readonly QueueEntry[],
): Promise<boolean> {
  const recipients = entries.map(({ recipient }) => recipient);
  books.note(recipients, 'ending');
  const settled = await store.queue.settle(
    entries.map(({ object, ordinal }) => ({ type: 'done', object, ordinal })),
  );
  if (settled.ok) books.note(recipients, 'done');
  return settled.ok;
}

export async function postpone(
  store: EmbeddedStore,
  entries: readonly QueueEntry[],
  due: number,
): Promise<void> {
  const retry = retryAt(due);
  await store.queue.settle(
    entries.map(({ object, ordinal }) => ({ type: 'deferred', object, ordinal, retry })),
  );
}

/** Small ones and a large one, recipients together and apart, rolling over, deferring, holding, compaction. */
export async function queueStory(store: EmbeddedStore, books: QueueBooks): Promise<void> {
  await Promise.all(
    Array.from({ length: 5 }, (_, i) => put(store, books, { to: [`s${i}@one.example`], octets: 1500 })),
  );
  await put(store, books, { to: ['p0@one.example', 'p1@one.example', 'p2@two.example'] });
  await put(store, books, { to: ['l0@one.example', 'l1@two.example'], octets: 70_000 });
  const first = await take(store, 'one.example', 6);
  await Promise.all([finish(store, books, first.slice(0, 2)), finish(store, books, first.slice(2, 4))]);
  await postpone(store, first.slice(4, 5), NOW + 60_000);
  await store.queue.changeQueue({ recipient: 'p2@two.example' }, { held: true });
  await Promise.all(
    Array.from({ length: 9 }, (_, i) => put(store, books, { to: [`t${i}@three.example`], octets: 1500 })),
  );
  await finish(store, books, (await take(store, 'three.example', 8)).slice(0, 7));
  await store.compact();
  await finish(
    store,
    books,
    (await take(store, 'two.example', 8)).filter(({ recipient }) => recipient === 'l1@two.example'),
  );
  await put(store, books, { to: ['u0@one.example', 'u1@two.example'], octets: 1500 });
  await finish(store, books, (await take(store, 'one.example', 3)).slice(0, 2));
  await store.compact();
}

/** Every recipient that was promised to is there exactly once with the text, can be claimed once, and nobody else. */
export async function checkQueue(store: EmbeddedStore, books: QueueBooks): Promise<void> {
  const there = new Map<string, number>();
  const { entries, next } = await store.queue.listQueue({}, { count: 1000 });
  assert.equal(next, null);
  for (const entry of entries) {
    there.set(entry.recipient, (there.get(entry.recipient) ?? 0) + 1);
    assert.equal(
      await whole(store, entry),
      books.fates.get(entry.recipient)?.text,
      `the text to ${entry.recipient}`,
    );
  }
  for (const [recipient, { fate }] of books.fates) {
    const times = there.get(recipient) ?? 0;
    if (fate === 'queued') assert.equal(times, 1, `${recipient} was promised, and is ${times} times there`);
    else if (fate === 'done' || fate === 'refused')
      assert.equal(times, 0, `${recipient} is ${fate}, and there`);
    else assert.ok(times <= 1, `${recipient} is doubled`);
  }
  const figures = await store.queue.queueFigures();
  assert.equal(figures.entries, entries.length, 'entries in the figures');
  assert.equal(
    figures.octets,
    entries.reduce((sum, { size }) => sum + size, 0),
    'octets in the figures',
  );
}

/** All that is not held is given out once, by asking as a server does. */
export async function drain(store: EmbeddedStore): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const [first] = await store.queue.ready({ now: at(LATER), count: 1, except: [] });
    if (first === undefined) return found.toSorted();
    const { destination } = first;
    const until = at(LATER * 2);
    const entries = await store.queue.claim({ destination, now: at(LATER), until, count: 3 });
    assert.ok(entries.length > 0, `${destination} was said to be ready`);
    found.push(...entries.map(({ recipient }) => recipient));
  }
}

async function whole(store: EmbeddedStore, entry: QueueEntry): Promise<string> {
  const found = await store.queue.readQueued(entry);
  assert.ok(found.ok, JSON.stringify(found));
  const pieces: Uint8Array[] = [];
  for await (const piece of found.value.chunks) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
