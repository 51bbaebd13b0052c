import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from './clock.ts';

test('advance() calls what is due in its order, at its time', () => {
  const clock = new SimClock(1000);
  const heard: string[] = [];
  const note = (name: string) => (): void => void heard.push(`${name}@${clock.elapsed()}`);
  clock.after(20, note('late'));
  clock.after(10, () => {
    note('early')();
    clock.after(5, note('nested'));
  });
  clock.after(20, note('later'));
  clock.after(-5, note('past'));
  const cancel = clock.after(12, note('never'));
  cancel();
  clock.after(50, note('not yet'));
  clock.advance(40);
  assert.deepEqual(heard, ['past@0', 'early@10', 'nested@15', 'late@20', 'later@20']);
  assert.equal(clock.now(), 1040);
  assert.equal(clock.pending, 1);
});

test('pass() lets promises run between the calls', async () => {
  const clock = new SimClock();
  const heard: number[] = [];
  clock.after(10, () => {
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => clock.after(10, () => heard.push(clock.elapsed())));
  });
  await clock.pass(20);
  assert.deepEqual(heard, [20]);
});
