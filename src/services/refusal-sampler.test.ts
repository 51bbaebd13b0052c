import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../world/sim/clock.ts';
import { RefusalSampler } from './refusal-sampler.ts';

test('RefusalSampler passes the first of a kind, then one a minute with the number left out', () => {
  const clock = new SimClock();
  const sampler = new RefusalSampler(clock);
  assert.equal(sampler.ask('storage-full', '192.0.2.1'), 0);
  for (let i = 0; i < 500; i++) assert.equal(sampler.ask('storage-full', '192.0.2.1'), null);
  assert.equal(sampler.ask('storage-full', '192.0.2.2'), 0);
  assert.equal(sampler.ask('mailbox-full', '192.0.2.1'), 0);
  clock.advance(60_000);
  assert.equal(sampler.ask('storage-full', '192.0.2.1'), 500);
  assert.equal(sampler.ask('storage-full', '192.0.2.1'), null);
});

test('RefusalSampler stays small whoever is refused', () => {
  const sampler = new RefusalSampler(new SimClock());
  for (let i = 0; i < 30_000; i++) assert.equal(sampler.ask('storage-full', String(i)), 0);
  assert.equal(sampler.ask('storage-full', '29999'), null);
  assert.equal(sampler.ask('storage-full', '0'), 0);
});
