import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../world/sim/clock.ts';
import { SessionWatch, type Watched } from './session-watch.ts';

test('SessionWatch cuts whoever is past the deadline, each second until forgotten, and nobody else', () => {
  const clock = new SimClock();
  const watch = new SessionWatch(clock);
  const cuts: string[] = [];
  const watched = (name: string, deadline: number): Watched => ({
    deadline,
    cut: () => void cuts.push(name),
  });
  const late = watched('late', watch.tick + 2);
  watch.add(late);
  watch.add(watched('never', 0));
  clock.advance(1000);
  assert.deepEqual(cuts, []);
  clock.advance(2000);
  assert.deepEqual(cuts, ['late', 'late']);
  watch.forget(late);
  clock.advance(5000);
  assert.equal(cuts.length, 2);
  watch.stop();
});
