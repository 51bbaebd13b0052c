import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentOctetsOf } from './compose.ts';

const MIB = 2 ** 20;

test('segmentOctetsOf() is the setting, at most 1/32 of the volume, and 1 MiB at least', () => {
  assert.equal(segmentOctetsOf(64 * MIB, 100 * 1024 * MIB), 64 * MIB);
  assert.equal(segmentOctetsOf(64 * MIB, 64 * MIB), 2 * MIB);
  assert.equal(segmentOctetsOf(64 * MIB, 48 * MIB), 1.5 * MIB);
  assert.equal(segmentOctetsOf(64 * MIB, 10 * MIB), MIB);
  assert.equal(segmentOctetsOf(MIB, 100 * 1024 * MIB), MIB);
  assert.equal(segmentOctetsOf(64 * MIB, 0), 64 * MIB, 'nobody knows the size');
});
