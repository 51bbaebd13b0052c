import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { searchEntries } from './search-entries.ts';
import { fold, search } from './search.ts';

const found = (query: string): readonly string[] => search(searchEntries(), query).map(({ code }) => code);
const first = (query: string): string | undefined => found(query)[0];

test('search() finds 452 or 4.2.2 among the first three by the words people type', () => {
  for (const query of [
    '422',
    '4.2.2',
    '452',
    '満杯',
    '容量',
    'ようりょう',
    'バウンス',
    'ﾊﾞｳﾝｽ',
    'full',
    'quota',
    'Quota',
    'ＦＵＬＬ',
  ]) {
    const best = found(query).slice(0, 3);
    assert.ok(best.includes('452') || best.includes('4.2.2'), `${query}: ${best.join(' ')}`);
  }
});

test('search() knows numbers with their dots, without them, and with too few', () => {
  assert.deepEqual(found('422').slice(0, 2), ['422', '4.2.2']);
  assert.deepEqual(
    [first('5.22'), first('#5.1.1'), first('x.2.2'), first('4.2.2.')],
    ['5.2.2', '5.1.1', 'X.2.2', '4.2.2'],
  );
  assert.deepEqual([first('52'), first('4.7')], ['520', '4.7.0']);
  assert.ok(
    found('45')
      .slice(0, 8)
      .every((code) => code.startsWith('45')),
  );
});

test('search() shows a family in the class that is asked for, or the commonest', () => {
  assert.equal(first('5.2.2'), '5.2.2');
  assert.equal(first('mailbox full'), '4.2.2');
  assert.ok(found('user unknown').slice(0, 2).includes('5.1.1'));
  assert.deepEqual(found('5.3.1'), []); // it does not exist
});

test('search() puts the page of two codes before each of them', () => {
  const [hit] = search(searchEntries(), '452 4.2.2');
  assert.deepEqual([hit?.code, hit?.path, hit?.isExact], ['452 4.2.2', '/smtp/452/4.2.2', true]);
});

test('search() finds by the RFC, in either language, and wants all words', () => {
  assert.ok(found('rfc 1870').includes('552'));
  assert.ok(found('メールボックス').length > 0);
  assert.deepEqual(found('mailbox zzzzz'), []);
  assert.deepEqual(found('  '), []);
});

test('search() goes straight to a code only when the query is one', () => {
  assert.deepEqual(
    ['452', 'full', '45'].map((query) => search(searchEntries(), query)[0]?.isExact),
    [true, false, false],
  );
});

test('search() takes any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (query) => {
      assert.ok(search(searchEntries(), query).length <= 20);
    }),
  );
});

test('fold() makes kana and widths alike', () => {
  assert.equal(fold('ﾊﾞｳﾝｽ ＦＵＬＬ'), fold('ばうんす full'));
});

test('searchEntries() is small enough to be sent to a page', () => {
  assert.ok(new TextEncoder().encode(JSON.stringify(searchEntries())).length <= 150 * 1024);
});
