import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepVolume, UNSEEN } from './space-level.ts';
import type { VolumeLevel } from './space-level.ts';
import { GIB, MIB, SPACE_DEFAULTS } from './space.ts';
import type { Level } from './space.ts';

const S = SPACE_DEFAULTS;
const DISK = { size: 20 * GIB, usable: 10 * GIB, inodes: 1000, inodesAvailable: 1000 };

/** The levels after each figure, one a second. */
function play(figures: readonly number[], from: VolumeLevel = UNSEEN): Level[] {
  let state = from;
  return figures.map((usable, second) => {
    state = stepVolume(state, { ...DISK, usable }, second * 1000, S);
    return state.level;
  });
}

function seconds(count: number, usable: number): number[] {
  return Array.from({ length: count }, () => usable);
}

function changes(levels: readonly Level[]): number {
  return levels.filter((level, i) => i > 0 && level !== levels[i - 1]).length;
}

test('stepVolume() enters each level at once', () => {
  assert.deepEqual(play([10 * GIB, 2 * GIB - 1, GIB - 1, 127 * MIB]), ['green', 'yellow', 'red', 'black']);
  assert.deepEqual(play([10 * GIB, 0]), ['green', 'black']);
});

test('stepVolume() leaves a level only above the higher line, after 60 s of it', () => {
  const between = play([1.9 * GIB, ...seconds(300, 2.4 * GIB)]);
  assert.equal(between.at(-1), 'yellow');
  const above = play([1.9 * GIB, ...seconds(61, 2.6 * GIB)]);
  assert.deepEqual([above[60], above[61]], ['yellow', 'green']);
});

test('stepVolume() counts the 60 s anew after each fall below the higher line', () => {
  const levels = play([
    1.9 * GIB,
    ...seconds(59, 2.6 * GIB),
    2.4 * GIB,
    ...seconds(60, 2.6 * GIB),
    2.6 * GIB,
  ]);
  assert.equal(levels.at(-2), 'yellow');
  assert.equal(levels.at(-1), 'green');
});

test('stepVolume() leaves BLACK for RED when there is more than where RED begins, but no more', () => {
  const levels = play([0, ...seconds(300, 1.1 * GIB)]);
  assert.deepEqual([levels[60], levels[61], levels.at(-1)], ['black', 'red', 'red']);
});

test('stepVolume() goes from BLACK to GREEN in one step when all is well for 60 s', () => {
  const levels = play([0, ...seconds(61, 15 * GIB)]);
  assert.deepEqual([levels[60], levels[61]], ['black', 'green']);
});

test('stepVolume() does not flap: ±1 % around RED each second for 5 min', () => {
  const levels = play([
    10 * GIB,
    ...Array.from({ length: 300 }, (_, i) => GIB * (i % 2 === 0 ? 0.99 : 1.01)),
  ]);
  assert.ok(changes(levels) <= 2, `${changes(levels)} changes`);
  assert.equal(levels.at(-1), 'red');
});

test('stepVolume() does not flap: ±1 % around the line where RED is left, each second for 5 min', () => {
  const levels = play([
    0.9 * GIB,
    ...Array.from({ length: 300 }, (_, i) => 1.25 * GIB * (i % 2 === 0 ? 0.99 : 1.01)),
  ]);
  assert.equal(changes(levels), 0);
});

test('stepVolume() heeds inodes as it heeds octets', () => {
  for (const [inodesAvailable, level] of [
    [101, 'green'],
    [99, 'yellow'],
    [29, 'red'],
    [4, 'black'],
  ] as const) {
    assert.equal(stepVolume(UNSEEN, { ...DISK, inodesAvailable }, 0, S).level, level);
  }
});

test('stepVolume() is calm where a file system tells nothing', () => {
  const nothing = { size: 0, usable: 0, inodes: 0, inodesAvailable: 0 };
  assert.equal(stepVolume(UNSEEN, nothing, 0, S).level, 'green');
});
