/** A short run of the kill loop of the queue, and the proof that it notices a server that forgets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueKillLoop, queueKillSummary } from './queue-kill-loop.ts';

test('kill -9 while it sends: no recipient is lost, and none gets it twice but for the last word of a connection', async (t) => {
  const report = await queueKillLoop({ rounds: 10 });
  t.diagnostic(queueKillSummary(report));
  assert.deepEqual(report.faults, []);
  assert.ok(report.messages > 25, `only ${report.messages} acknowledged: that is no load`);
  assert.ok(
    report.queued.some((entries) => entries > 10),
    'there was mail in the queue when it was killed',
  );
});

test('the kill loop of the queue notices a server that forgets what it took, and what it has sent', async (t) => {
  const report = await queueKillLoop({ rounds: 3, turnBackAt: 3 });
  t.diagnostic(queueKillSummary({ ...report, faults: report.faults.slice(0, 3) }));
  assert.match(report.faults.join('\n'), /: lost$/m);
  assert.match(report.faults.join('\n'), /sent again though the reply to it was settled$/m);
});
