import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Domain } from '../address/mailbox.ts';
import { judgeRelay, originOf, type RelayFacts } from './relay.ts';

function cameBy(protocol: RelayFacts['protocol'], loggedIn: boolean, listed: boolean): string {
  return originOf({ protocol, loggedIn, listed });
}

function ofUser(domain: string): string {
  return judgeRelay({ origin: 'submission', domain: domain as Domain, queueFull: false });
}

test('originOf() believes a login, then a listed network, and nobody over LMTP', () => {
  assert.equal(cameBy('smtp', false, false), 'mx');
  assert.equal(cameBy('submission', false, false), 'mx');
  assert.equal(cameBy('submission', true, false), 'submission');
  assert.equal(cameBy('smtp', true, true), 'submission');
  assert.equal(cameBy('smtp', false, true), 'network');
  assert.equal(cameBy('lmtp', true, true), 'mx');
});

test('judgeRelay() queues for whom we know, and only while the queue has room (S37)', () => {
  const domain = 'elsewhere.example' as Domain;
  for (const origin of ['submission', 'network'] as const) {
    assert.equal(judgeRelay({ origin, domain, queueFull: false }), 'queue');
    assert.equal(judgeRelay({ origin, domain, queueFull: true }), 'storage-full');
  }
});

test('judgeRelay() takes the literals that can be reached, and no others', () => {
  assert.equal(ofUser('[192.0.2.1]'), 'queue');
  assert.equal(ofUser('[IPv6:2001:db8::1]'), 'queue');
  assert.equal(ofUser('[x400:somewhere]'), 'relaying-denied');
});

test('judgeRelay() carries nothing for strangers, wherever it should go and however full the queue is', () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (domain, queueFull) => {
      assert.equal(judgeRelay({ origin: 'mx', domain: domain as Domain, queueFull }), 'relaying-denied');
    }),
  );
});
