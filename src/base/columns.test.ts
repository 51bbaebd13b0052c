import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, padded, wrap } from './columns.ts';

test('columnsOf() counts a wide letter as two, a combining sign as none', () => {
  assert.deepEqual(
    ['abc', '満杯', 'ﾊﾞ', '（）', 'e\u0301', '452 満杯', '→–·'].map(columnsOf),
    [3, 4, 2, 4, 1, 8, 3],
  );
});

test('wrap() cuts at blanks, and Japanese between letters', () => {
  assert.deepEqual(wrap('one two three four', 9), ['one two', 'three', 'four']);
  assert.deepEqual(wrap('空きが足りません', 8), ['空きが足', 'りません']);
  assert.deepEqual(wrap('', 10), ['']);
});

test('wrap() begins no line with a full stop, and ends none with an opening bracket', () => {
  assert.deepEqual(wrap('空きなし。次', 8), ['空きな', 'し。次']);
  assert.deepEqual(wrap('空きが「足', 8), ['空きが', '「足']);
});

test('wrap() indents the first line and the rest', () => {
  assert.deepEqual(wrap('a bb ccc', 6, { first: '- ', rest: '  ' }), ['- a bb', '  ccc']);
});

test('wrap() cuts a word that is too long, but not an address', () => {
  assert.deepEqual(wrap('abcdefgh', 4), ['abcd', 'efgh']);
  const address = 'https://mail.example.org/en/smtp/452';
  assert.deepEqual(wrap(`see ${address}`, 12), ['see', address]);
});

test('wrap() loses no letter and stays within the width', () => {
  const letters = fc.string({
    unit: fc.constantFrom('a', 'B', '4', ' ', '満', 'ー', '。', '「'),
    maxLength: 200,
  });
  fc.assert(
    fc.property(letters, fc.integer({ min: 8, max: 60 }), (text, columns) => {
      const lines = wrap(text, columns);
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
      // Signs that may not stand first go over the edge.
      if (!/[ー。「]/.test(text)) for (const line of lines) assert.ok(columnsOf(line) <= columns, line);
    }),
  );
});

test('padded() fills up to a width in columns', () => {
  assert.equal(padded('満杯', 6), '満杯  ');
  assert.equal(padded('long', 2), 'long');
});
