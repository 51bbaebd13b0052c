import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { ownAddresses } from './own-addresses.ts';
import { SimClock } from './sim/clock.ts';

test('ownAddresses() tells every address of this machine, and asks the system once a minute', () => {
  const clock = new SimClock();
  const addresses = ownAddresses(clock);
  const first = addresses();
  const real = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address));
  assert.deepEqual(first, real);
  clock.advance(59_999);
  assert.equal(addresses(), first);
  clock.advance(1);
  assert.notEqual(addresses(), first);
});
