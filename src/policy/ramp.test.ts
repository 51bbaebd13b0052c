import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askRamp, rampPercent, startRamp } from './ramp.ts';
import type { Ramp } from './ramp.ts';
import { SPACE_DEFAULTS } from './space.ts';

const S = SPACE_DEFAULTS;

function ask(ramp: Ramp | null, now: number, times: number): { admitted: number; ramp: Ramp | null } {
  let admitted = 0;
  let next = ramp;
  for (let i = 0; i < times; i++) {
    const [yes, after] = askRamp(next, now, S);
    if (yes) admitted++;
    next = after;
  }
  return { admitted, ramp: next };
}

test('rampPercent() is 10 at first and 10 more every 30 s', () => {
  const ramp = startRamp(1000, S);
  const at = (seconds: number): number => rampPercent(ramp, 1000 + seconds * 1000, S);
  assert.deepEqual([0, 29.9, 30, 60, 269, 270, 9999].map(at), [10, 10, 20, 30, 90, 100, 100]);
  assert.equal(rampPercent(null, 0, S), 100);
});

test('askRamp() admits the first and then each tenth', () => {
  let ramp: Ramp | null = startRamp(0, S);
  const admitted: number[] = [];
  for (let i = 0; i < 31; i++) {
    const [yes, next] = askRamp(ramp, 0, S);
    if (yes) admitted.push(i);
    ramp = next;
  }
  assert.deepEqual(admitted, [0, 10, 20, 30]);
});

test('askRamp() admits the percentage of each step, and all in the end', () => {
  let ramp: Ramp | null = startRamp(0, S);
  for (let step = 0; step < 9; step++) {
    const asked = ask(ramp, step * 30_000, 1000);
    assert.ok(Math.abs(asked.admitted - (step + 1) * 100) <= 1, `step ${step}: ${asked.admitted}`);
    ramp = asked.ramp;
  }
  assert.deepEqual(ask(ramp, 270_000, 10), { admitted: 10, ramp: null });
});

test('askRamp() with steps of 0 ms admits all at once', () => {
  const [admitted, next] = askRamp(startRamp(5, S), 5, { ...S, rampStepMs: 0 });
  assert.deepEqual([admitted, next], [true, null]);
});
