/** A short run of the kill loop, and the proof that it notices a server that answers before it has written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killLoop, summary } from './kill-loop.ts';

test('kill -9 under load: nothing acknowledged is missing, nothing doubled, nothing half, nothing left behind', async (t) => {
  const report = await killLoop({ rounds: 10 });
  t.diagnostic(summary(report, 'kills'));
  assert.deepEqual(report.faults, []);
  assert.equal(report.rounds, 10);
  assert.ok(report.acknowledged > 40, `only ${report.acknowledged} acknowledged: that is no load`);
});

test('the kill loop notices a server that says 250 before it has written', async (t) => {
  const preload = `${import.meta.dirname}/broken-write.mjs`;
  const report = await killLoop({ rounds: 10, preload, untilFault: true });
  t.diagnostic(summary(report, 'kills'));
  assert.match(report.faults.join('\n'), /acknowledged, and missing/);
});
