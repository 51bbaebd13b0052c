import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('systemClock: after() calls once, later; cancelled it does not', async () => {
  const before = systemClock.elapsed();
  const rung = Promise.withResolvers<void>();
  let cancelled = false;
  const cancel = systemClock.after(1, () => (cancelled = true));
  cancel();
  const keepAlive = setTimeout(() => undefined, 1000); // after() alone would let the process end
  systemClock.after(5, rung.resolve);
  await rung.promise;
  clearTimeout(keepAlive);
  assert.ok(systemClock.elapsed() - before >= 4);
  assert.equal(cancelled, false);
  assert.ok(systemClock.now() > 1_600_000_000_000);
});
