/** What the queue must do for who looks at it and gives orders; the other half of `queue-store.contract.ts`. */
import assert from 'node:assert/strict';
import type { ManagedStore } from './management.ts';
import { at, claimed, defer, done, enqueue, ready, recipients, retryAt } from './queue-probe.contract.ts';
import type { Check } from './queue-probe.contract.ts';
import type { QueueStore } from './queue-store.ts';
import { account } from './store.contract.ts';

export function local(check: Check): void {
  check('keeps copies for mailboxes and copies that go out in one object', async ({ store }) => {
    const id = await account(store, 'one@example.org');
    const lease = store.quota.lease([id], null);
    lease.settle(100);
    lease.release();
    await enqueue(store, { to: ['a@one.example'], local: [{ account: id, state: 'mailbox' }] });
    assert.equal((await store.listEntries({})).entries.length, 1);
    await done(store.queue, await claimed(store.queue, 'one.example'));
    assert.equal((await store.listEntries({})).entries.length, 1);
    assert.deepEqual(
      (await store.listEntries({})).entries.map(({ recipient }) => recipient),
      ['who@example.org'],
    );
  });

  check('shows copies that wait for a mailbox, holds them, and lets them go', async ({ store }) => {
    const id = await account(store, 'one@example.org');
    await enqueue(store, { to: ['a@one.example'], local: [{ account: id, state: 'waiting' }] });
    const { entries } = await store.queue.listQueue({ local: true });
    assert.deepEqual(
      entries.map(({ account: of, recipient, destination }) => [of, recipient, destination]),
      [[id, 'who@example.org', 'example.org']],
    );
    assert.equal((await store.queue.countQueue({})).entries, 2);
    assert.equal(await store.queue.changeQueue({ local: true }, { held: true }), 1);
    assert.equal(await store.releaseWaiting(), 0);
    await store.queue.changeQueue({ local: true }, { held: false });
    assert.equal(await store.releaseWaiting(), 1);
    // Whoever wanted to give it up comes too late.
    await done(store.queue, entries);
    assert.equal((await store.listEntries({})).entries.length, 1);
    assert.equal((await store.queue.countQueue({})).entries, 1);
  });

  check('gives up a copy that waited too long', async ({ store }) => {
    const id = await account(store, 'one@example.org');
    await enqueue(store, { to: ['a@one.example'], local: [{ account: id, state: 'waiting' }], at: 1000 });
    const overdue = await store.queue.overdue({ what: 'end', before: at(1000), count: 10 });
    assert.deepEqual(
      overdue.map(({ account: of }) => of),
      [null, id],
    );
    await done(store.queue, overdue);
    assert.equal(await store.releaseWaiting(), 0);
    assert.equal((await store.figures()).waiting, 0);
  });
}

async function fill(store: ManagedStore): Promise<void> {
  await enqueue(store, { to: ['a@one.example', 'b@two.example'], from: 'x@example.org', at: 1000 });
  await enqueue(store, { to: ['c@one.example'], from: '', at: 2000 });
  await enqueue(store, { to: ['d@three.example'], from: 'Y@example.org', at: 3000 });
}

export function listing(check: Check): void {
  check('tells for what a notice or the end is due, the oldest first', async ({ store }) => {
    await fill(store);
    const overdue = async (what: 'notice' | 'end', before: number): Promise<string[]> =>
      recipients(await store.queue.overdue({ what, before: at(before), count: 10 }));
    assert.deepEqual(await overdue('notice', 2000), ['a@one.example', 'b@two.example', 'c@one.example']);
    const [first] = await store.queue.overdue({ what: 'notice', before: at(2000), count: 1 });
    assert.ok(first !== undefined);
    await store.queue.noticed([first]);
    await claimed(store.queue, 'two.example');
    assert.deepEqual(await overdue('notice', 2000), ['c@one.example']);
    assert.deepEqual(await overdue('end', 2000), ['a@one.example', 'c@one.example']);
    await store.queue.changeQueue({ recipient: 'a@one.example' }, { held: true });
    assert.deepEqual(await overdue('end', 5000), ['c@one.example', 'd@three.example']);
  });

  check('lists by each criterion, page by page', async ({ store }) => {
    await fill(store);
    const [d] = await claimed(store.queue, 'three.example');
    assert.ok(d !== undefined);
    await defer(store.queue, [d], retryAt(9000, 'dns'));
    const listed = async (query: Parameters<QueueStore['listQueue']>[0]): Promise<string> => {
      const { entries } = await store.queue.listQueue(query);
      const counted = await store.queue.countQueue(query);
      assert.equal(counted.entries, entries.length);
      assert.equal(
        counted.octets,
        entries.reduce((sum, { size }) => sum + size, 0),
      );
      return recipients(entries)
        .map((recipient) => recipient[0])
        .join('');
    };
    assert.equal(await listed({}), 'abcd');
    assert.equal(await listed({ destination: 'One.example' }), 'ac');
    assert.equal(await listed({ destination: 'nowhere.example' }), '');
    assert.equal(await listed({ sender: 'y@example.org' }), 'd');
    assert.equal(await listed({ sender: '' }), 'c');
    assert.equal(await listed({ recipient: 'B@two.example' }), 'b');
    assert.equal(await listed({ cause: 'dns' }), 'd');
    assert.equal(await listed({ before: at(2000) }), 'ab');
    assert.equal(await listed({ since: at(2000), destination: 'one.example' }), 'c');
    assert.equal(await listed({ id: d.id }), 'd');
    assert.equal(await listed({ id: `${d.id}/0` }), 'd');
    assert.equal(await listed({ id: `${d.id}/1` }), '');
    assert.equal(await listed({ id: d.id, destination: 'one.example' }), '');
    assert.equal(await listed({ id: 'nonsense' }), '');
    assert.equal(await listed({ held: true }), '');
    const first = await store.queue.listQueue({}, { count: 3 });
    assert.equal(first.entries.length, 3);
    assert.ok(first.next !== null);
    const rest = await store.queue.listQueue({}, { count: 3, after: first.next });
    assert.deepEqual(recipients(rest.entries), ['d@three.example']);
    assert.equal(rest.next, null);
  });
}

export function changing(check: Check): void {
  check('holds entries, releases them, and makes them due, telling how far it is', async ({ store }) => {
    await fill(store);
    const told: number[] = [];
    assert.equal(
      await store.queue.changeQueue({ destination: 'one.example' }, { held: true }, (soFar) =>
        told.push(soFar),
      ),
      2,
    );
    assert.deepEqual(told, [2]);
    assert.deepEqual(await ready(store.queue, 3000), ['two.example', 'three.example']);
    assert.deepEqual(await claimed(store.queue, 'one.example'), []);
    await store.queue.changeQueue({ destination: 'one.example' }, { held: false });
    const entries = await claimed(store.queue, 'one.example');
    assert.equal(entries.length, 2);
    await defer(store.queue, entries, retryAt(9000));
    assert.deepEqual(await claimed(store.queue, 'one.example'), []);
    assert.equal(await store.queue.changeQueue({ cause: 'greylisted' }, { due: at(2000) }), 2);
    assert.deepEqual(
      (await claimed(store.queue, 'one.example')).map(({ retry }) => retry?.due),
      [2000, 2000],
    );
  });

  check('holds what is claimed when it comes back', async ({ store }) => {
    await fill(store);
    const entries = await claimed(store.queue, 'one.example');
    await store.queue.changeQueue({ destination: 'one.example' }, { held: true });
    await store.queue.settle(entries.map(({ object, ordinal }) => ({ type: 'unclaimed', object, ordinal })));
    assert.deepEqual(await claimed(store.queue, 'one.example'), []);
    assert.equal((await store.queue.queueFigures()).held, 2);
  });

  check('removes entries but for those that are claimed', async ({ store }) => {
    await fill(store);
    const entries = await claimed(store.queue, 'one.example', { count: 1 });
    assert.equal(entries.length, 1);
    assert.deepEqual(await store.queue.removeQueued({}), { ok: true, value: 3 });
    assert.deepEqual(recipients((await store.queue.listQueue({})).entries), recipients(entries));
    assert.deepEqual(await ready(store.queue), []);
  });
}

export function figures(check: Check): void {
  check('counts what is in the queue', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example', 'b@two.example'], at: 1500 });
    await enqueue(store, { to: ['c@one.example'], at: 2500 });
    const [size] = (await store.queue.listQueue({})).entries.map((entry) => entry.size);
    assert.ok(size !== undefined);
    const entries = await claimed(store.queue, 'one.example', { count: 1 });
    await defer(store.queue, entries, retryAt(9000, 'greylisted'));
    await defer(store.queue, entries, retryAt(9000, 'tls'));
    await claimed(store.queue, 'one.example');
    await store.queue.changeQueue({ destination: 'two.example' }, { held: true });
    assert.deepEqual(await store.queue.queueFigures(), {
      entries: 3,
      octets: 3 * size,
      held: 1,
      leased: 1,
      destinations: 2,
      oldest: 1500,
      byCause: [{ cause: 'tls', entries: 1 }],
    });
    await store.queue.changeQueue({}, { held: false });
    await store.queue.settle([
      { type: 'done', object: entries[0]?.object ?? 0, ordinal: entries[0]?.ordinal ?? 0 },
    ]);
    const { byCause, oldest } = await store.queue.queueFigures();
    assert.deepEqual([byCause, oldest], [[], 1500]);
  });
}
