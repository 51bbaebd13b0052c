import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bug } from '../base/assert.ts';
import { grace, QUOTA_DEFAULTS } from '../policy/quota.ts';
import { SimClock } from '../world/sim/clock.ts';
import { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import type { QuotaRow, Shrunk } from './memory-quota-ledger.ts';
import type { QuotaLease } from './quota-ledger.ts';
import type { AccountId } from './store.ts';

const id = (n: number): AccountId => n as AccountId;

function row(account: number, change: Partial<QuotaRow> = {}): QuotaRow {
  return {
    account: id(account),
    domain: 'a.example',
    usedOctets: 0,
    usedMessages: 0,
    limitOctets: 1000,
    limitMessages: 0,
    messageSizeMax: 0,
    fullSince: null,
    lastLogin: null,
    ...change,
  };
}

function ledgerOf(...rows: QuotaRow[]): MemoryQuotaLedger {
  const ledger = new MemoryQuotaLedger(new SimClock());
  ledger.load(rows);
  return ledger;
}

/** Used and in flight: of an account, its domain, the server. */
function figures(ledger: MemoryQuotaLedger, account: number): number[][] {
  const { mailbox, domain, server } = ledger.facts(id(account));
  return [mailbox, domain, server].map((pool) => [
    pool.usedOctets,
    pool.usedMessages,
    pool.inflightOctets,
    pool.inflightMessages,
  ]);
}

test('load() sums accounts into domains and the server', () => {
  const ledger = ledgerOf(
    row(1, { usedOctets: 10, usedMessages: 1 }),
    row(2, { usedOctets: 20, usedMessages: 2, domain: 'b.example' }),
    row(3, { usedOctets: 40, usedMessages: 3 }),
  );
  assert.equal(ledger.domainPool('a.example')?.usedOctets, 50);
  assert.equal(ledger.domainPool('b.example')?.usedMessages, 2);
  assert.equal(ledger.serverPool.usedOctets, 70);
  assert.equal(ledger.domainPool('c.example'), null);
  assert.throws(() => ledger.add(row(1)), Bug);
  assert.throws(() => ledger.freed(id(9), 0, 0), Bug);
});

test('lease() is in flight from the start, grow() raises it, release() lands it once', () => {
  const ledger = ledgerOf(row(1), row(2));
  const lease = ledger.lease([id(1), id(2)], 100);
  assert.deepEqual(figures(ledger, 1), [
    [0, 0, 100, 1],
    [0, 0, 200, 2],
    [0, 0, 200, 2],
  ]);
  lease.grow(50);
  lease.grow(150);
  assert.deepEqual(figures(ledger, 2)[0], [0, 0, 150, 1]);
  lease.release();
  lease.release();
  assert.deepEqual(figures(ledger, 1), [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  assert.throws(() => lease.grow(1000), Bug);
  assert.throws(() => lease.settle(1), Bug);
});

test('settle() counts what has room at once, and release() leaves it counted', () => {
  const ledger = ledgerOf(row(1), row(2, { usedOctets: 1050 }));
  const lease = ledger.lease([id(1), id(2)], null);
  const settlements = lease.settle(100);
  assert.deepEqual(
    [...settlements],
    [
      [1, 'room'],
      [2, 'mailbox-full'],
    ],
  );
  assert.deepEqual(figures(ledger, 1), [
    [100, 1, 0, 0],
    [1150, 1, 0, 0],
    [1150, 1, 0, 0],
  ]);
  lease.release();
  assert.deepEqual(figures(ledger, 1)[0], [100, 1, 0, 0]);
  assert.deepEqual(figures(ledger, 2)[0], [1050, 0, 0, 0]);
});

test('settle() counts what each account has of its own beside the message', () => {
  const ledger = ledgerOf(row(1), row(2));
  const lease = ledger.lease([id(1), id(2)], 100);
  lease.settle(100, new Map([[id(1), 17]]));
  assert.equal(figures(ledger, 1)[0]?.[0], 117);
  assert.equal(figures(ledger, 2)[0]?.[0], 100);
  lease.revoke();
  assert.equal(figures(ledger, 1)[2]?.[0], 0);
});

test('revoke() takes back what settle() counted, once; it needs a settle()', () => {
  const ledger = ledgerOf(row(1));
  const lease = ledger.lease([id(1)], 100);
  assert.throws(() => lease.revoke(), Bug);
  lease.settle(100);
  lease.revoke();
  lease.revoke();
  lease.release();
  assert.deepEqual(figures(ledger, 1)[0], [0, 0, 0, 0]);
});

test('lease() of an account named twice: two copies, both or none', () => {
  const ledger = ledgerOf(row(1), row(2, { limitMessages: 1, limitOctets: 0 }));
  const lease = ledger.lease([id(1), id(2), id(1), id(2)], 100);
  assert.deepEqual(figures(ledger, 1)[0], [0, 0, 200, 2]);
  const settlements = lease.settle(100);
  assert.equal(settlements.get(id(1)), 'room');
  assert.equal(settlements.get(id(2)), 'mailbox-full');
  assert.deepEqual(figures(ledger, 1)[0], [200, 2, 0, 0]);
  assert.deepEqual(figures(ledger, 2)[0], [0, 0, 0, 0]);
  lease.revoke();
  assert.deepEqual(figures(ledger, 1)[2], [0, 0, 0, 0]);
});

test('settle() heeds the domain, then the server, and counts each recipient for the next', () => {
  const ledger = ledgerOf(row(1), row(2), row(3, { domain: 'b.example' }), row(4, { domain: 'c.example' }));
  ledger.setDomainLimits('a.example', { octets: 150, messages: 0 });
  ledger.setServerLimits({ octets: 250, messages: 0 });
  const settlements = ledger.lease([id(1), id(2), id(3), id(4)], 100).settle(100);
  assert.deepEqual([...settlements.values()], ['room', 'domain-full', 'room', 'server-full']);
});

test('200 senders at once into a mailbox with room for 10: what is stored is within limit and grace', () => {
  const size = 100_000;
  const limitOctets = 10 * size;
  const ledger = ledgerOf(row(1, { limitOctets }));
  const leases = Array.from({ length: 200 }, () => ledger.lease([id(1)], size));
  let kept = 0;
  for (const lease of leases) {
    if (lease.settle(size).get(id(1)) === 'room') kept++;
    lease.release();
  }
  const { mailbox } = ledger.facts(id(1));
  assert.equal(kept, 11);
  assert.equal(mailbox.usedOctets, kept * size);
  assert.ok(mailbox.usedOctets <= limitOctets + grace(limitOctets, QUOTA_DEFAULTS));
  assert.equal(mailbox.inflightMessages, 0);
});

test('200 senders at once into a mailbox for 10 messages: 10 are stored', () => {
  const ledger = ledgerOf(row(1, { limitOctets: 0, limitMessages: 10 }));
  const leases = Array.from({ length: 200 }, () => ledger.lease([id(1)], null));
  const settled = leases.map((lease) => lease.settle(5).get(id(1)));
  assert.equal(settled.filter((settlement) => settlement === 'room').length, 10);
});

test('fullSince is set when it becomes full and cleared below', () => {
  const clock = new SimClock();
  const ledger = new MemoryQuotaLedger(clock);
  ledger.load([row(1), row(2, { usedOctets: 1000, fullSince: 5 }), row(3, { usedOctets: 9, fullSince: 5 })]);
  const since = (account: number): number | null => ledger.facts(id(account)).fullSince;
  assert.deepEqual([since(1), since(2), since(3)], [null, 5, null]);
  const lease = ledger.lease([id(1)], 1000);
  assert.equal(since(1), null); // in flight is not stored
  const full = clock.now();
  lease.settle(1000);
  clock.advance(1000);
  ledger.stored(id(1), 10, 1);
  assert.equal(since(1), full);
  ledger.freed(id(1), 11, 1);
  assert.equal(since(1), null);
  ledger.setLimits(id(1), { octets: 999, messages: 0 });
  assert.equal(since(1), clock.now());
  ledger.setLimits(id(1), { octets: 0, messages: 0 }, 77);
  assert.equal(since(1), null);
  assert.equal(ledger.facts(id(1)).messageSizeMax, 77);
});

test('loggedIn() is remembered', () => {
  const clock = new SimClock();
  const ledger = new MemoryQuotaLedger(clock);
  ledger.load([row(1), row(2, { lastLogin: 7 })]);
  assert.equal(ledger.facts(id(1)).lastLogin, null);
  assert.equal(ledger.facts(id(2)).lastLogin, 7);
  ledger.loggedIn(id(1));
  assert.equal(ledger.facts(id(1)).lastLogin, clock.now());
});

test('freed() more than is stored is a Bug', () => {
  const ledger = ledgerOf(row(1, { usedOctets: 10, usedMessages: 1 }));
  assert.throws(() => ledger.freed(id(1), 11, 1), Bug);
});

test('counted() sets the figures, in the pools too', () => {
  const ledger = ledgerOf(
    row(1, { usedOctets: 10, usedMessages: 1 }),
    row(2, { usedOctets: 5, usedMessages: 1 }),
  );
  ledger.counted(id(1), 300, 7);
  assert.deepEqual(figures(ledger, 1), [
    [300, 7, 0, 0],
    [305, 8, 0, 0],
    [305, 8, 0, 0],
  ]);
});

test('take() gives a waiting copy its room when there is some', () => {
  const ledger = ledgerOf(row(1, { usedOctets: 950, usedMessages: 3 }));
  assert.equal(ledger.take(id(1), 151), 'mailbox-full');
  assert.equal(ledger.take(id(1), 150), 'room');
  assert.deepEqual(figures(ledger, 1)[0], [1100, 4, 0, 0]);
});

test('onShrunk() tells who has more room', () => {
  const ledger = ledgerOf(row(1, { usedOctets: 500, usedMessages: 5 }), row(2));
  const told: Shrunk[] = [];
  const end = ledger.onShrunk((shrunk) => told.push(shrunk));
  const heard = (): Shrunk[] => told.splice(0);
  ledger.freed(id(1), 1, 1);
  assert.deepEqual(heard(), [{ type: 'account', account: 1 }]);
  ledger.setDomainLimits('a.example', { octets: 900, messages: 0 });
  assert.deepEqual(heard(), [{ type: 'domain', domain: 'a.example' }]);
  ledger.setServerLimits({ octets: 0, messages: 100 });
  assert.deepEqual(heard(), [{ type: 'server' }]);
  const both = [{ type: 'domain', domain: 'a.example' }, { type: 'server' }];
  ledger.counted(id(1), 100, 2);
  assert.deepEqual(heard(), [{ type: 'account', account: 1 }, ...both]);
  ledger.counted(id(1), 200, 3);
  assert.deepEqual(heard(), []);
  const lease = ledger.lease([id(2)], 1);
  lease.settle(1);
  lease.revoke();
  assert.deepEqual(heard(), [{ type: 'account', account: 2 }, ...both]);
  ledger.remove(id(1));
  assert.deepEqual(heard(), both);
  end();
  ledger.setLimits(id(2), { octets: 1, messages: 1 });
  assert.deepEqual(heard(), []);
});

test('remove() takes what is stored along, and what is in flight lands', () => {
  const ledger = ledgerOf(row(1, { usedOctets: 10, usedMessages: 1 }), row(2));
  const lease = ledger.lease([id(1), id(2)], 100);
  const settled = ledger.lease([id(1)], 5);
  settled.settle(5);
  ledger.remove(id(1));
  settled.revoke();
  assert.deepEqual([...lease.settle(100).values()], ['gone', 'room']);
  lease.release();
  assert.deepEqual(figures(ledger, 2), [
    [100, 1, 0, 0],
    [100, 1, 0, 0],
    [100, 1, 0, 0],
  ]);
  ledger.remove(id(2));
  ledger.removeDomain('a.example');
  assert.equal(ledger.domainPool('a.example'), null);
  assert.equal(ledger.serverPool.usedOctets, 0);
});

test('an account removed between RCPT and DATA has no room, and nothing breaks', () => {
  const ledger = ledgerOf(row(1), row(2));
  ledger.remove(id(1));
  assert.equal(ledger.facts(id(1)).mailbox.usedOctets, 0);
  const lease = ledger.lease([id(1), id(2)], 100);
  assert.deepEqual([...lease.settle(100).values()], ['gone', 'room']);
  lease.release();
  assert.deepEqual(figures(ledger, 2)[2], [100, 1, 0, 0]);
});

interface Transaction {
  readonly lease: QuotaLease;
  readonly accounts: readonly AccountId[];
  octets: number;
  counted: Map<AccountId, number>;
  settled: boolean;
}

const deeds = fc.array(
  fc.tuple(
    fc.constantFrom('lease', 'grow', 'settle', 'revoke', 'release', 'free'),
    fc.nat(9),
    fc.nat(400),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  ),
  { maxLength: 80 },
);

/** Plays the deeds in their order and keeps books of its own: what each account must have. */
class Books {
  readonly ledger = ledgerOf(
    row(1),
    row(2),
    row(3, { domain: 'b.example' }),
    row(4, { domain: 'b.example', limitOctets: 0 }),
  );
  readonly stored = new Map<AccountId, number[]>([1, 2, 3, 4].map((n) => [id(n), []]));
  readonly open: Transaction[] = [];

  begin(accounts: readonly number[], declared: number): void {
    const ids = accounts.map(id);
    const lease = this.ledger.lease(ids, declared);
    this.open.push({ lease, accounts: ids, octets: declared, counted: new Map(), settled: false });
  }

  settle(one: Transaction, octets: number): void {
    if (one.settled) return;
    one.settled = true;
    for (const [account, settlement] of one.lease.settle(octets)) {
      if (settlement !== 'room') continue;
      const copies = one.accounts.filter((each) => each === account).length;
      one.counted.set(account, octets * copies);
      this.stored.get(account)?.push(octets * copies);
    }
  }

  revoke(one: Transaction): void {
    if (!one.settled) return;
    one.lease.revoke();
    for (const [account, octets] of one.counted) {
      const entries = this.stored.get(account) ?? [];
      entries.splice(entries.indexOf(octets), 1);
    }
    this.end(one);
  }

  /** Its owner deletes the oldest message, unless the store is not yet sure of it. */
  free(account: AccountId): void {
    if (this.open.some(({ counted }) => counted.has(account))) return;
    const octets = this.stored.get(account)?.shift();
    if (octets !== undefined) this.ledger.freed(account, octets, 0);
  }

  end(one: Transaction): void {
    one.lease.release();
    this.open.splice(this.open.indexOf(one), 1);
  }

  check(): void {
    let all = 0;
    for (const [account, entries] of this.stored) {
      const { mailbox } = this.ledger.facts(account);
      const sum = entries.reduce((a, b) => a + b, 0);
      assert.equal(mailbox.usedOctets, sum);
      assert.ok(
        mailbox.limitOctets === 0 || sum <= mailbox.limitOctets + grace(mailbox.limitOctets, QUOTA_DEFAULTS),
      );
      all += sum;
    }
    assert.equal(this.ledger.serverPool.usedOctets, all);
  }
}

test('whatever order leases come and go in: used is what was settled less what was revoked or freed, in flight ends at 0', () => {
  fc.assert(
    fc.property(deeds, (plan) => {
      const books = new Books();
      for (const [deed, which, octets, accounts] of plan) {
        const one = books.open[which % Math.max(1, books.open.length)];
        if (deed === 'lease') books.begin(accounts, octets);
        else if (deed === 'free') books.free(id((which % 4) + 1));
        else if (one === undefined) continue;
        else if (deed === 'grow' && !one.settled) one.lease.grow(octets);
        else if (deed === 'settle') books.settle(one, octets);
        else if (deed === 'revoke') books.revoke(one);
        else if (deed === 'release') books.end(one);
        books.check();
      }
      for (let one = books.open[0]; one !== undefined; one = books.open[0]) books.end(one);
      for (const n of [1, 2, 3, 4]) {
        for (const [, , octets, messages] of figures(books.ledger, n))
          assert.deepEqual([octets, messages], [0, 0]);
      }
      books.check();
    }),
    { numRuns: 200 },
  );
});
