import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import type { Cause, LastWords, Meaning, RetryState } from './retry.ts';
import {
  DELAY_NOTICE_AFTER_MS,
  delayNoticeAt,
  destinationBackoff,
  expiresAt,
  QUEUE_LIFETIME_MS,
  scheduleNext,
  waitAfter,
  whyThen,
} from './retry-schedule.ts';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000 as Instant;
const LAST: LastWords = { at: NOW, phase: 'rcpt', host: 'h', code: '452', status: '4.2.2', text: 'full' };
const CAUSES = [
  'mailbox-full',
  'peer-full',
  'greylisted',
  'peer-busy',
  'dns',
  'tls',
  'local',
  'other',
] as const;

function meaning(cause: Cause): Meaning {
  return { action: 'retry', cause, scope: 'mailbox', status: '4.2.2' };
}

test('waitAfter: a full mailbox is asked after 15 and 30 minutes, 1, 2, 4, and then each 6 hours', () => {
  const minutes = [1, 2, 3, 4, 5, 6, 7, 40].map((attempts) => waitAfter('mailbox-full', attempts) / MINUTE);
  assert.deepEqual(minutes, [15, 30, 60, 120, 240, 360, 360, 360]);
});

test('waitAfter: what has no schedule of its own doubles up to its cap', () => {
  const minutes = [1, 2, 3, 4, 5, 6, 7, 1000].map((attempts) => waitAfter('other', attempts) / MINUTE);
  assert.deepEqual(minutes, [5, 15, 30, 60, 120, 240, 240, 240]);
});

test('scheduleNext: another cause begins its own schedule, and all attempts count', () => {
  const facts = { now: NOW, last: LAST, chance: 0.5 };
  const first = scheduleNext(meaning('peer-busy'), null, facts);
  const second = scheduleNext(meaning('peer-busy'), first, facts);
  const third = scheduleNext(meaning('mailbox-full'), second, facts);
  assert.deepEqual(
    [first.due - NOW, second.due - NOW, third.due - NOW].map((ms) => ms / MINUTE),
    [5, 15, 15],
  );
  assert.deepEqual([third.attempts, third.inARow], [3, 1]);
});

test('scheduleNext: after the second try at least 30 minutes lie between attempts on the average, unless we are at fault', () => {
  // RFC 5321 §4.5.4.1. Greylists want to be asked again soon, so they are left out with our own faults.
  for (const cause of CAUSES) {
    if (cause === 'local' || cause === 'greylisted') continue;
    for (let attempts = 3; attempts < 30; attempts++)
      assert.ok(waitAfter(cause, attempts) >= 30 * MINUTE, cause);
  }
});

test('scheduleNext: whatever happens, it is soon enough to be tried in five days, and never at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...CAUSES), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 60,
      }),
      (attempts) => {
        let state: RetryState | null = null;
        let now = NOW;
        for (const [cause, chance] of attempts) {
          state = scheduleNext(meaning(cause), state, { now, last: LAST, chance });
          assert.ok(state.due - now >= 48_000 && state.due - now <= 7.2 * 60 * MINUTE);
          now = state.due;
        }
        assert.equal(state?.attempts, attempts.length);
      },
    ),
  );
  assert.ok(DELAY_NOTICE_AFTER_MS < QUEUE_LIFETIME_MS);
});

test('destinationBackoff() probes after 5, 15, 30 minutes, and then each hour', () => {
  const minutes = [0, 1, 2, 3, 4, 5, 100].map(
    (failures) => destinationBackoff(failures, 'peer-unreachable', 0.5) / MINUTE,
  );
  assert.deepEqual(minutes, [5, 5, 15, 30, 60, 60, 60]);
  assert.equal(destinationBackoff(1, 'peer-unreachable', 0), 4 * MINUTE);
  assert.equal(destinationBackoff(1, 'peer-unreachable', 1), 6 * MINUTE);
});

test('expiresAt() and delayNoticeAt() count from when it was queued, 5 days and 4 hours unless told', () => {
  assert.equal(expiresAt(NOW) - NOW, 5 * 24 * 60 * MINUTE);
  assert.equal(expiresAt(NOW, MINUTE) - NOW, MINUTE);
  assert.equal(delayNoticeAt(NOW) - NOW, 4 * 60 * MINUTE);
  assert.equal(delayNoticeAt(NOW, MINUTE) - NOW, MINUTE);
});

test('whyThen() tells the step, this wait and the next, and whether it stays at that', () => {
  assert.deepEqual(whyThen(at(2)), {
    cause: 'mailbox-full',
    scope: 'mailbox',
    step: 2,
    waitMs: 30 * MINUTE,
    nextWaitMs: 60 * MINUTE,
    longestWaitMs: 360 * MINUTE,
    steady: false,
  });
  assert.equal(whyThen(at(6)).steady, true);
});

function at(inARow: number): RetryState {
  return { attempts: 9, inARow, cause: 'mailbox-full', scope: 'mailbox', due: NOW, last: LAST };
}
