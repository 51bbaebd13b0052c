import assert from 'node:assert/strict';
import { test } from 'node:test';
import { octetsAlike } from './cli.ts';
import { fill } from './words.ts';

test('fill() says one message, and 0 or 2 messages', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => fill('{count} {count:message|messages} in {box}', { count, box: 'x' })),
    ['0 messages in x', '1 message in x', '2 messages in x'],
  );
});

test('octetsAlike() writes figures in one unit, and exactly', () => {
  assert.deepEqual(octetsAlike([1_050_000, 1_000_000]), ['1.05 MB (1050000 B)', '1.00 MB (1000000 B)']);
  assert.deepEqual(octetsAlike([1_050_000, 2 ** 20]), ['1.00 MiB (1050000 B)', '1.00 MiB (1048576 B)']);
  assert.deepEqual(octetsAlike([10, 2 ** 30]), ['0.00 GiB (10 B)', '1.00 GiB (1073741824 B)']);
  assert.deepEqual(octetsAlike([10, 500]), ['10 B', '500 B']);
  assert.deepEqual(octetsAlike([0]), ['0 B']);
});
