import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import {
  CONNECTIONS_FIRST,
  CONNECTIONS_MAX,
  CUT_PAUSE_MS,
  DELIVERED_PER_STEP,
  eventOf,
  FRESH_LIMITS,
  gapOf,
  limitsAfter,
  RATE_FIRST,
  RATE_MAX,
  RATE_MIN,
} from './destination-limits.ts';
import type { DestinationEvent, DestinationLimits } from './destination-limits.ts';
import type { Cause, Scope } from './retry.ts';

const NOW = 1_800_000_000_000 as Instant;
const LATER = (NOW + CUT_PAUSE_MS) as Instant;

function delivered(limits: DestinationLimits, times: number): DestinationLimits {
  let after = limits;
  for (let n = 0; n < times; n++) after = limitsAfter(after, 'delivered', NOW);
  return after;
}

test('limitsAfter() adds a connection for so many delivered, up to the top', () => {
  assert.equal(delivered(FRESH_LIMITS, DELIVERED_PER_STEP - 1).connections, CONNECTIONS_FIRST);
  assert.equal(delivered(FRESH_LIMITS, DELIVERED_PER_STEP).connections, CONNECTIONS_FIRST + 1);
  assert.equal(delivered(FRESH_LIMITS, 1000).connections, CONNECTIONS_MAX);
  assert.equal(limitsAfter({ ...FRESH_LIMITS, delivered: 9 }, 'delivered', NOW, 5).connections, 5);
});

test('limitsAfter() halves once for complaints that come together, and again for one that comes later', () => {
  const once = limitsAfter(delivered(FRESH_LIMITS, 1000), 'refused-busy', NOW);
  assert.equal(once.connections, CONNECTIONS_MAX / 2);
  assert.equal(limitsAfter(once, 'refused-busy', NOW), once);
  assert.equal(limitsAfter(once, 'refused-busy', LATER).connections, CONNECTIONS_MAX / 4);
  assert.equal(once.rate, null, 'busy is no complaint about a rate');
});

test('limitsAfter() keeps a rate after a complaint about it, and forgets it after enough good ones', () => {
  const once = limitsAfter(FRESH_LIMITS, 'refused-rate', NOW);
  assert.equal(once.rate, RATE_FIRST);
  assert.equal(gapOf(once), 1000);
  assert.equal(limitsAfter(once, 'refused-rate', LATER).rate, RATE_FIRST / 2);
  assert.equal(delivered(once, 1000).rate, null);
  assert.equal(gapOf(FRESH_LIMITS), 0);
});

test('limitsAfter() sends one connection to a destination that did not answer, and two when it does', () => {
  const lost = limitsAfter(delivered(FRESH_LIMITS, 1000), 'unreachable', NOW);
  assert.equal(lost.connections, 1);
  assert.equal(limitsAfter(lost, 'connected', NOW).connections, 2);
  assert.equal(limitsAfter(FRESH_LIMITS, 'connected', NOW), FRESH_LIMITS);
});

test('limitsAfter() never stops a destination, and never passes its tops, whatever happens', () => {
  const events = ['connected', 'delivered', 'refused-busy', 'refused-rate', 'unreachable'] as const;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom<DestinationEvent>(...events), fc.nat({ max: 60_000 }))),
      (story) => {
        let limits = FRESH_LIMITS;
        let now: number = NOW;
        for (const [event, passed] of story) {
          now += passed;
          limits = limitsAfter(limits, event, now as Instant);
          assert.ok(limits.connections >= 1 && limits.connections <= CONNECTIONS_MAX);
          assert.ok(limits.rate === null || (limits.rate >= RATE_MIN && limits.rate <= RATE_MAX));
        }
      },
    ),
  );
});

test('eventOf() is silent about what concerns a mailbox or a message alone', () => {
  assert.equal(heard('mailbox-full', 'mailbox'), null);
  assert.equal(heard('greylisted', 'mailbox'), null);
  assert.equal(heard('other', 'message'), null);
  assert.equal(heard('other', 'host'), 'refused-busy');
  assert.equal(heard('peer-full', 'host'), 'refused-busy');
  assert.equal(heard('rate-limited', 'message'), 'refused-rate');
  assert.equal(heard('peer-unreachable', 'host'), 'unreachable');
});

function heard(cause: Cause, scope: Scope): DestinationEvent | null {
  return eventOf({ action: 'retry', cause, scope, status: '4.0.0' });
}
