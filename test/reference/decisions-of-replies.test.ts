import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DECISIONS_OF_REPLIES } from '../../src/reference/decisions-of-replies.ts';
import { DECISIONS, type Decision } from '../decisions/decisions.ts';

test('DECISIONS_OF_REPLIES names the rows in which the tests hear each reply', () => {
  const heard: Record<string, string[]> = {};
  for (const [row, { replies }] of Object.entries<Decision>(DECISIONS)) {
    for (const name of new Set(replies)) (heard[name] ??= []).push(row);
  }
  assert.deepEqual({ ...DECISIONS_OF_REPLIES }, heard);
});
