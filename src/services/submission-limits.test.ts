import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SUBMISSION_DEFAULTS } from '../policy/submission.ts';
import type { AccountId } from '../store/store.ts';
import { SimClock } from '../world/sim/clock.ts';
import { SubmissionLimits } from './submission-limits.ts';

const ANN = 1 as AccountId;
const BEN = 2 as AccountId;

test('SubmissionLimits counts messages and recipients of each account apart', () => {
  const limits = new SubmissionLimits(
    { ...SUBMISSION_DEFAULTS, messagesPerHour: 2, recipientsPerHour: 1 },
    new SimClock(),
  );
  assert.deepEqual(
    [limits.take(ANN, 'messages'), limits.take(ANN, 'messages'), limits.take(ANN, 'messages')],
    [true, true, false],
  );
  assert.deepEqual([limits.take(ANN, 'recipients'), limits.take(ANN, 'recipients')], [true, false]);
  assert.equal(limits.take(BEN, 'messages'), true);
  limits.giveBack(ANN, 'messages', 1);
  assert.equal(limits.take(ANN, 'messages'), true);
  assert.equal(limits.take(ANN, 'messages'), false);
});

test('SubmissionLimits forgets whoever has rested, and lets them pass as before', () => {
  const clock = new SimClock();
  const limits = new SubmissionLimits({ ...SUBMISSION_DEFAULTS, messagesPerHour: 1 }, clock);
  assert.equal(limits.take(ANN, 'messages'), true);
  for (let id = 10; id < 5000; id++) limits.take(id as AccountId, 'messages');
  assert.equal(limits.take(ANN, 'messages'), false, 'not forgotten before its time');
  clock.advance(3_600_000);
  for (let id = 5000; id < 10_000; id++) limits.take(id as AccountId, 'messages');
  assert.equal(limits.take(ANN, 'messages'), true);
});
