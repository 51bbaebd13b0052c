import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  firstHold,
  GIB,
  holdOverhead,
  inodeLines,
  KIB,
  levelOf,
  LEVELS,
  MIB,
  SPACE_DEFAULTS,
  spaceLines,
  worse,
} from './space.ts';

const S = SPACE_DEFAULTS;

test('spaceLines() of a common disk are those of E1', () => {
  const lines = spaceLines(20 * GIB, S);
  assert.deepEqual(lines, {
    yellow: { enter: 2 * GIB, leave: 2.5 * GIB },
    red: { enter: GIB, leave: 1.25 * GIB },
    black: { enter: 128 * MIB, leave: GIB },
  });
});

test('spaceLines() of a big disk follow its shares', () => {
  const { yellow, red, black } = spaceLines(1000 * GIB, S);
  assert.deepEqual([yellow.enter, yellow.leave], [100 * GIB, 120 * GIB]);
  assert.deepEqual([red.enter, red.leave], [50 * GIB, 62.5 * GIB]);
  assert.deepEqual([black.enter, black.leave], [5 * GIB, 50 * GIB]);
});

test('spaceLines() leave room for one and a half of the largest message and the drain reserve', () => {
  const { red } = spaceLines(40 * GIB, { ...S, messageSizeMax: 2 * GIB });
  assert.equal(red.enter, 3 * GIB + 256 * MIB);
});

test('spaceLines() of a small volume let it be GREEN', () => {
  const { yellow, red, black } = spaceLines(64 * MIB, S);
  assert.deepEqual([yellow.enter, yellow.leave], [0.3 * 64 * MIB, 1.25 * 0.3 * 64 * MIB]);
  assert.deepEqual([red.enter, black.enter], [0.2 * 64 * MIB, 0.05 * 64 * MIB]);
  assert.equal(levelOf(60 * MIB, spaceLines(64 * MIB, S)), 'green');
});

test('spaceLines() change nothing of E1 on a volume of 7 GiB', () => {
  const { yellow, red, black } = spaceLines(7 * GIB, S);
  assert.deepEqual([yellow.enter, red.enter, black.enter], [2 * GIB, GIB, 128 * MIB]);
});

test('spaceLines() keep the floors that the operator gave, on a small volume too', () => {
  const given = {
    ...S,
    yellowFloor: 40 * MIB,
    yellowLeaveFloor: 45 * MIB,
    redFloor: 30 * MIB,
    blackFloor: 20 * MIB,
  };
  const { yellow, red, black } = spaceLines(64 * MIB, given);
  assert.deepEqual([yellow.enter, yellow.leave], [40 * MIB, 45 * MIB]);
  assert.deepEqual([red.enter, red.leave], [30 * MIB, 37.5 * MIB]);
  assert.deepEqual([black.enter, black.leave], [20 * MIB, 30 * MIB]);
});

test('spaceLines() are left at or above where they are entered, and grow worse in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (size) => {
      const { yellow, red, black } = spaceLines(size, S);
      for (const { enter, leave } of [yellow, red, black]) assert.ok(leave >= enter);
      assert.ok(black.enter <= red.enter && red.enter <= yellow.enter && yellow.enter <= size);
    }),
  );
});

test('inodeLines() are 10, 3 and 0.5 %, left at 1.25 times that', () => {
  const { yellow, red, black } = inodeLines(1000, S);
  assert.deepEqual(
    [yellow, red, black],
    [
      { enter: 100, leave: 125 },
      { enter: 30, leave: 37.5 },
      { enter: 5, leave: 6.25 },
    ],
  );
});

test('levelOf() is the worst whose line is above the figure', () => {
  const lines = spaceLines(20 * GIB, S);
  for (const [available, level] of [
    [20 * GIB, 'green'],
    [2 * GIB, 'green'],
    [2 * GIB - 1, 'yellow'],
    [GIB, 'yellow'],
    [GIB - 1, 'red'],
    [128 * MIB, 'red'],
    [128 * MIB - 1, 'black'],
    [0, 'black'],
    [-1, 'black'],
  ] as const) {
    assert.equal(levelOf(available, lines), level, String(available));
  }
});

test('worse() is the later in LEVELS', () => {
  for (const [i, one] of LEVELS.entries()) {
    for (const [j, other] of LEVELS.entries()) assert.equal(worse(one, other), LEVELS[Math.max(i, j)]);
  }
});

test('holdOverhead() and firstHold() are those of E1', () => {
  assert.equal(holdOverhead(3, S), 11 * KIB);
  assert.deepEqual([firstHold(null, S), firstHold(0, S), firstHold(1, S)], [MIB, MIB, 1]);
});
