/** What the queue of any store must do, whatever it stands on. Run as `storeContract` is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changing, figures, listing, local } from './queue-orders.contract.ts';
import {
  at,
  claimed,
  defer,
  done,
  enqueue,
  ready,
  recipients,
  retryAt,
  textOf,
} from './queue-probe.contract.ts';
import type { Check } from './queue-probe.contract.ts';
import { envelopeOf } from './store.contract.ts';
import type { StoreUnderTest } from './store.contract.ts';
import type { AccountId } from './store.ts';

export function queueContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const check: Check = (criterion, act) => {
    test(`${name} ${criterion}`, async () => {
      await using under = await open();
      await under.store.addDomain('example.org');
      await act(under);
    });
  };
  claiming(check);
  settling(check);
  fairness(check);
  blocking(check);
  surviving(check);
  settlingByAnother(check);
  reading(check);
  local(check);
  listing(check);
  changing(check);
  figures(check);
}

function claiming(check: Check): void {
  check(
    'gives a queued entry to one who claims its destination, with all that was said of it',
    async ({ store }) => {
      const envelope = {
        envid: 'e1',
        ret: 'HDRS',
        smtputf8: true,
        origin: 'submission',
        submitter: 7 as AccountId,
      } as const;
      await enqueue(store, { to: ['Some.One@Example.COM', 'x@[192.0.2.1]'], envelope });
      assert.deepEqual((await ready(store.queue)).toSorted(), ['[192.0.2.1]', 'example.com']);
      const [entry, ...others] = await claimed(store.queue, 'example.com');
      assert.ok(entry !== undefined && others.length === 0);
      assert.equal(entry.recipient, 'Some.One@Example.COM');
      assert.deepEqual(entry.envelope, { ...envelopeOf('sender@example.org', 1000), ...envelope });
      assert.deepEqual(
        [entry.notify, entry.orcpt, entry.retry, entry.account, entry.held],
        ['FAILURE', null, null, null, false],
      );
      assert.deepEqual(await ready(store.queue), ['[192.0.2.1]']);
      assert.deepEqual(await claimed(store.queue, 'example.com'), []);
    },
  );

  check('tells who wants to hear it that something came, with its destinations', async ({ store }) => {
    const told: string[] = [];
    const heard = new Promise<void>((resolve) => {
      store.queue.onReady((destinations) => {
        told.push(...destinations);
        resolve();
      });
    });
    await enqueue(store, { to: ['a@one.example', 'b@one.example', 'c@two.example'] });
    await heard;
    assert.deepEqual(told.toSorted(), ['one.example', 'two.example']);
  });

  check('hands the recipients of one object over together', async ({ store }) => {
    const to = Array.from({ length: 20 }, (_, i) => `${i}@one.example`);
    await enqueue(store, { to });
    await enqueue(store, { to });
    assert.deepEqual(recipients(await claimed(store.queue, 'one.example', { count: 5 })), to);
    assert.deepEqual(recipients(await claimed(store.queue, 'one.example', { count: 21 })), to);
  });

  check('leaves out destinations that somebody serves already', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example', 'b@two.example'] });
    assert.deepEqual(await ready(store.queue, 2000, ['one.example']), ['two.example']);
  });

  check('frees a lease that is over', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example'] });
    await claimed(store.queue, 'one.example', { now: 2000, lease: 500 });
    assert.equal(await store.queue.nextDue(at(2000)), 2500);
    assert.deepEqual(await ready(store.queue, 2499), []);
    assert.deepEqual(await ready(store.queue, 2500), ['one.example']);
    assert.equal((await claimed(store.queue, 'one.example', { now: 2500 })).length, 1);
  });
}

function settling(check: Check): void {
  check('forgets an entry that is done, and the object with the last of them', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example', 'b@one.example'] });
    const [a, b] = await claimed(store.queue, 'one.example');
    assert.ok(a !== undefined && b !== undefined);
    await done(store.queue, [a]);
    assert.match(await textOf(store.queue, b), /^Subject: it/);
    await done(store.queue, [a, b]);
    await done(store.queue, [b]);
    assert.deepEqual(await store.queue.countQueue({}), { entries: 0, octets: 0 });
    const gone = await store.queue.readQueued(b);
    assert.ok(!gone.ok && gone.failure.type === 'not-found');
    assert.equal((await store.figures()).liveOctets < 2000, true);
  });

  check('tries a deferred entry when it is due, and not before', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example'] });
    await defer(store.queue, await claimed(store.queue, 'one.example'), retryAt(9000));
    assert.deepEqual(await ready(store.queue, 8999), []);
    assert.equal(await store.queue.nextDue(at(8999)), 9000);
    assert.deepEqual(await claimed(store.queue, 'one.example', { now: 8999 }), []);
    assert.deepEqual(await store.queue.ready({ now: at(9000), count: 1, except: [] }), [
      { destination: 'one.example', due: 9000 },
    ]);
    const [entry] = await claimed(store.queue, 'one.example', { now: 9000 });
    assert.deepEqual(entry?.retry, retryAt(9000));
    assert.equal(await store.queue.nextDue(at(70_000)), null);
  });

  check('gives what was not tried after all to the next who asks, in its old turn', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example'] });
    await enqueue(store, { to: ['b@one.example'] });
    const [a] = await claimed(store.queue, 'one.example', { count: 1 });
    assert.ok(a?.recipient === 'a@one.example');
    const told: string[] = [];
    store.queue.onReady((destinations) => told.push(...destinations));
    await store.queue.settle([{ type: 'unclaimed', object: a.object, ordinal: a.ordinal }]);
    assert.deepEqual(told, ['one.example']);
    assert.deepEqual(recipients(await claimed(store.queue, 'one.example', { count: 1 })), ['a@one.example']);
  });
}

function fairness(check: Check): void {
  check('is fair between senders, however much one of them has', async ({ store }) => {
    for (let i = 0; i < 200; i++)
      await enqueue(store, { to: [`${i}@one.example`], from: 'much@example.org' });
    await claimed(store.queue, 'one.example', { count: 50 });
    for (let i = 0; i < 3; i++)
      await enqueue(store, { to: [`little${i}@one.example`], from: 'little@example.org' });
    const next = recipients(await claimed(store.queue, 'one.example', { count: 6 }));
    assert.equal(next.filter((recipient) => recipient.startsWith('little')).length, 3, next.join(' '));
  });

  check('keeps the order of one sender', async ({ store }) => {
    const to = Array.from({ length: 10 }, (_, i) => `${i}@one.example`);
    for (const recipient of to) await enqueue(store, { to: [recipient] });
    const found: string[] = [];
    for (let i = 0; i < 10; i++)
      found.push(...recipients(await claimed(store.queue, 'one.example', { count: 1 })));
    assert.deepEqual(found, to);
  });
}

function blocking(check: Check): void {
  check('leaves a destination alone that is blocked, until it is over', async ({ store }) => {
    await enqueue(store, { to: ['a@one.example', 'b@two.example'] });
    const retry = retryAt(5000, 'peer-unreachable');
    await store.queue.block('one.example', { until: at(5000), retry });
    assert.deepEqual(await ready(store.queue), ['two.example']);
    assert.deepEqual(await claimed(store.queue, 'one.example'), []);
    assert.deepEqual(await store.queue.blocked(), [
      { destination: 'one.example', until: 5000, retry, entries: 1 },
    ]);
    assert.deepEqual(await store.queue.blocked('two.example'), []);
    assert.deepEqual(await ready(store.queue, 5000, ['two.example']), ['one.example']);
    assert.equal((await claimed(store.queue, 'one.example', { now: 5000 })).length, 1);
    await store.queue.block('one.example', null);
    assert.deepEqual(await store.queue.blocked(), []);
  });

  check('counts what comes for a blocked destination, and tries it when that is freed', async ({ store }) => {
    await store.queue.block('one.example', { until: at(5000), retry: retryAt(5000) });
    await enqueue(store, { to: ['a@one.example'] });
    assert.deepEqual(await ready(store.queue), []);
    assert.equal(await store.queue.nextDue(at(2000)), 5000);
    const told: string[] = [];
    store.queue.onReady((destinations) => told.push(...destinations));
    await store.queue.block('one.example', null);
    assert.deepEqual(told, ['one.example']);
    assert.deepEqual(await ready(store.queue), ['one.example']);
  });
}

function surviving(check: Check): void {
  check(
    'knows after a restart what is queued, how far it has come, and frees what was claimed',
    async (under) => {
      const { store } = under;
      await enqueue(store, { to: ['done@one.example', 'deferred@one.example'] });
      await enqueue(store, { to: ['claimed@one.example'] });
      await enqueue(store, { to: ['held@two.example'] });
      const entries = await claimed(store.queue, 'one.example');
      await done(store.queue, entries.slice(0, 1));
      await defer(store.queue, entries.slice(1, 2), retryAt(9000));
      await store.queue.changeQueue({ recipient: 'held@two.example' }, { held: true });
      const again = (await under.again()).queue;
      assert.deepEqual(await ready(again), ['one.example']);
      assert.deepEqual(recipients(await claimed(again, 'one.example')), ['claimed@one.example']);
      assert.deepEqual(recipients(await claimed(again, 'one.example', { now: 9000 })), [
        'deferred@one.example',
      ]);
      assert.deepEqual(recipients((await again.listQueue({ held: true })).entries), ['held@two.example']);
    },
  );
}

function settlingByAnother(check: Check): void {
  check('lets entries leave with the object that settles them, once and for ever', async (under) => {
    const { store } = under;
    await enqueue(store, { to: ['told@one.example', 'other@one.example'], text: 'Subject: first\r\n\r\n' });
    const entries = await claimed(store.queue, 'one.example');
    const settled = entries.filter(({ recipient }) => recipient === 'told@one.example');
    assert.equal(settled.length, 1);
    assert.ok(await enqueue(store, { to: ['sender@two.example'], settled }));
    assert.deepEqual(await ready(store.queue), ['two.example']);
    await done(store.queue, settled); // What has left is passed over.
    await done(store.queue, await claimed(store.queue, 'two.example'));
    const again = (await under.again()).queue;
    assert.deepEqual(recipients(await claimed(again, 'one.example')), ['other@one.example']);
    assert.deepEqual(recipients((await again.listQueue({})).entries), ['other@one.example']);
  });
}

function reading(check: Check): void {
  check('reads the object as it is sent: without its Return-Path, whatever its size', async ({ store }) => {
    const small = 'Received: by us\r\nSubject: small\r\n\r\nReturn-Path: not this\r\n';
    const large = `Received: by us\r\n\r\n${'0123456789'.repeat(150_000)}\r\n`;
    for (const text of [small, large]) {
      await enqueue(store, { to: ['a@one.example'], text });
      const [entry] = await claimed(store.queue, 'one.example');
      assert.ok(entry !== undefined);
      assert.equal(entry.size, text.length + 'Return-Path: <sender@example.org>\r\n'.length);
      assert.equal(await textOf(store.queue, entry), text);
      await done(store.queue, [entry]);
    }
  });
}
