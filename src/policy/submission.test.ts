import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { giveBack, isOwn, NOTHING_SPENT, spendOne, type Spent, spentBy } from './submission.ts';

const HOUR_MS = 3_600_000;

test('spendOne() lets so many pass at once, and the same number again within the hour after', () => {
  let spent: Spent = NOTHING_SPENT;
  for (let i = 0; i < 10; i++) {
    const next = spendOne(1000, spent, 10);
    assert.ok(next !== null);
    spent = next;
  }
  assert.equal(spendOne(1000, spent, 10), null);
  assert.equal(spendOne(1000 + HOUR_MS / 10 - 1, spent, 10), null);
  assert.ok(spendOne(1000 + HOUR_MS / 10, spent, 10) !== null);
  assert.equal(spentBy(1000 + HOUR_MS, spent, 10), 0);
});

test('spendOne() has no limit when it is 0', () => {
  assert.deepEqual(spendOne(5, { amount: 1e9, at: 5 }, 0), NOTHING_SPENT);
});

test('giveBack() gives back what was spent, and no more', () => {
  const spent = spendOne(0, NOTHING_SPENT, 2);
  assert.ok(spent !== null);
  assert.deepEqual(giveBack(0, { spent, count: 1 }, 2), { amount: 0, at: 0 });
  assert.deepEqual(giveBack(0, { spent, count: 5 }, 2), { amount: 0, at: 0 });
});

test('in no span of time more passes than a full share and what fills up in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: HOUR_MS / 4 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (waits, perHour) => {
        let spent: Spent = NOTHING_SPENT;
        let now = 0;
        const passed: number[] = [];
        for (const wait of waits) {
          now += wait;
          const next = spendOne(now, spent, perHour);
          if (next === null) continue;
          spent = next;
          passed.push(now);
        }
        for (const [i, from] of passed.entries()) {
          for (const [n, to] of passed.slice(i).entries())
            assert.ok(
              n + 1 <= perHour + ((to - from) / HOUR_MS) * perHour + 1e-6,
              `${n + 1} in ${to - from} ms`,
            );
        }
      },
    ),
  );
});

test('isOwn() wants an address that leads to the submitter and to nobody else', () => {
  assert.equal(isOwn([7], 7), true);
  assert.equal(isOwn([8], 7), false);
  assert.equal(isOwn([7, 8], 7), false);
  assert.equal(isOwn([], 7), false);
});
