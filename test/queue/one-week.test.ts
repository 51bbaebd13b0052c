// A simulated week from a seed that nobody chose, and the proof that the books would notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOctets, systemRandom } from '../../src/world/random.ts';
import { oneWeek, weekSummary } from './one-week.ts';

const DAYS = 7;
/** One is always the same, so that a change that breaks it is seen where it is made. */
const SEEDS = [1, anySeed()];

for (const seed of SEEDS) {
  test(`a week of seed ${seed}: every recipient is delivered once, returned or queued, whatever happens`, async (t) => {
    const report = await oneWeek({ seed, days: DAYS, messages: 100 });
    t.diagnostic(weekSummary(report));
    assert.deepEqual(report.faults, [], `seed ${seed}`);
    assert.ok(report.promised > 300, `${report.promised} recipients promised`);
    assert.ok(report.delivered + report.returned + report.queued >= report.promised);
    assert.ok(report.crashes > 0);
  });
}

test('a week of one seed is the same week each time', async () => {
  const week = { seed: 5, days: 1, messages: 40 };
  const [a, b] = [await oneWeek(week), await oneWeek(week)];
  assert.deepEqual({ ...a, realMs: 0 }, { ...b, realMs: 0 });
});

test('the books of a week notice a queue that forgets a recipient', async () => {
  const { faults } = await oneWeek({ seed: 2, days: 2, messages: 60, sabotage: 'forgets' });
  assert.match(faults.join('\n'), /: lost$/m);
});

test('the books of a week notice a queue that delivers again', async () => {
  const { faults } = await oneWeek({ seed: 2, days: 2, messages: 60, sabotage: 'repeats' });
  assert.match(faults.join('\n'), /delivered 1 times more after the peer had said 250/);
});

function anySeed(): number {
  return Buffer.from(randomOctets(systemRandom, 4)).readUInt32LE();
}
