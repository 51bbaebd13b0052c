import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import { writeDate } from './date.ts';

test('writeDate() writes what RFC 5322 §3.3 writes', () => {
  assert.equal(writeDate(Date.UTC(2026, 10, 23, 18, 0, 5) as Instant), 'Mon, 23 Nov 2026 18:00:05 +0000');
  assert.equal(writeDate(Date.UTC(2027, 0, 1) as Instant), 'Fri, 01 Jan 2027 00:00:00 +0000');
});

test('writeDate() loses nothing but the milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      assert.equal(Date.parse(writeDate((seconds * 1000) as Instant)), seconds * 1000);
    }),
  );
});
