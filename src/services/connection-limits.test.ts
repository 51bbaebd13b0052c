import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionLimits, networkOf } from './connection-limits.ts';

test('networkOf() is the /24 of an IPv4 address and the /56 of an IPv6 address', () => {
  assert.equal(networkOf('192.0.2.7'), networkOf('192.0.2.255'));
  assert.notEqual(networkOf('192.0.2.7'), networkOf('192.0.3.7'));
  assert.equal(networkOf('2001:db8:1:2300::1'), networkOf('2001:db8:1:23ff:1:2:3:4'));
  assert.notEqual(networkOf('2001:db8:1:2300::1'), networkOf('2001:db8:1:2400::1'));
  assert.equal(networkOf('::1'), networkOf('::2'));
  assert.equal(networkOf('::ffff:192.0.2.7'), networkOf('192.0.2.9'));
});

test('ConnectionLimits counts in all and per network, and forgets who left', () => {
  const limits = new ConnectionLimits({ max: 3, maxPerNetwork: 2 });
  assert.equal(limits.enter('192.0.2.1'), 'entered');
  assert.equal(limits.enter('192.0.2.2'), 'entered');
  assert.equal(limits.enter('192.0.2.3'), 'network-full');
  assert.equal(limits.enter('198.51.100.1'), 'entered');
  assert.equal(limits.enter('203.0.113.1'), 'server-full');
  limits.leave('192.0.2.1');
  assert.equal(limits.open, 2);
  assert.equal(limits.enter('192.0.2.3'), 'entered');
});
