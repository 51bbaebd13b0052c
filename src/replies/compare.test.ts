import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CATALOGUE } from './catalogue.ts';
import { compare, phaseList } from './compare.ts';

const BASIC = CATALOGUE.basic.map(({ code }) => code);
const ENHANCED = CATALOGUE.enhanced.flatMap(({ code, classes }) => [
  code,
  ...classes.map((first) => `${first}${code.slice(1)}`),
]);

const decided = (a: string, b: string): readonly (string | undefined)[] => {
  const decision = compare(a, b)?.decision;
  return [decision?.by, decision?.text.en];
};

test('compare() of any two basic codes decides, in both languages, the same in either order', () => {
  for (const [i, a] of BASIC.entries()) {
    for (const b of BASIC.slice(i + 1)) {
      const found = compare(a, b);
      assert.ok(found !== null, `${a} ${b}`);
      assert.match(found.decision.text.en, /^[A-Z0-9][\x20-\x7e]*\.$/);
      assert.match(found.decision.text.ja, /です。$|ません。|表します。$/u);
      assert.ok(found.dimensions.length > 0);
      const keys = found.dimensions.map(({ key }) => key);
      assert.equal(new Set(keys).size, keys.length);
    }
  }
});

test('compare() of any two codes is the same in either order', () => {
  const any = fc.constantFrom(...BASIC, ...ENHANCED);
  fc.assert(
    fc.property(any, any, (a, b) => {
      assert.deepEqual(compare(a, b), compare(b, a));
      assert.equal(compare(a, b) === null, a === b);
    }),
  );
});

test('compare() is null for the unknown, and for a code with itself', () => {
  assert.equal(compare('214', '999'), null);
  assert.equal(compare('nonsense', '214'), null);
  assert.equal(compare('x.2.2', 'X.2.2'), null);
});

test('compare() shows a dimension as the same only when it is', () => {
  const found = compare('452', '552');
  const same = Object.fromEntries(found?.dimensions.map((row) => [row.key, row.same]) ?? []);
  assert.deepEqual(same, {
    outcome: false,
    phase: false,
    retry: false,
    scope: false,
    actors: true,
    connection: true,
    custody: true,
    standing: true,
    class: false,
    enhanced: false,
  });
});

test('compare() decides by the moment, when there is none that both share', () => {
  assert.deepEqual(decided('214', '452'), [
    'phase',
    'What gets 214 never gets 452. 214 means done; 452 may succeed later.',
  ]);
  assert.deepEqual(decided('214', '221'), ['phase', 'What gets 214 never gets 221.']);
  assert.equal(decided('421', '426')[0], 'phase'); // 426 is never on the wire
  assert.equal(decided('426', '500')[0], 'phase');
});

test('compare() decides by the outcome, then by the next dimension that differs', () => {
  assert.deepEqual(decided('452', '552'), [
    'outcome',
    '452 may succeed later; 552 will not succeed unchanged.',
  ]);
  assert.equal(decided('354', '554')[0], 'outcome');
  assert.equal(decided('214', '500')[0], 'outcome'); // 500 comes after any command, also HELP
  assert.equal(decided('101', '554')[0], 'phase');
  assert.equal(decided('4.3.1', '4.5.3')[0], 'retry');
  assert.equal(decided('4.2.2', '4.3.1')[0], 'scope');
  assert.deepEqual(decided('211', '214'), ['phase', 'Seen: 211 "after any command"; 214 "after HELP".']);
  assert.equal(decided('512', '513')[0], 'meaning');
});

test('compare() tells that a code and its reason come together', () => {
  assert.equal(decided('452', '4.2.2')[0], 'part');
  assert.equal(decided('4.2.2', '452')[0], 'part');
  assert.equal(decided('552', '4.2.2')[0], 'outcome');
});

test('phaseList() lists moments in the order of a session', () => {
  assert.deepEqual(phaseList(['data-end', 'rcpt', 'mail']), {
    en: 'after MAIL, RCPT or the final dot',
    ja: 'MAIL・RCPT・メールデータの終わりの後',
  });
  assert.equal(
    phaseList(['any', 'mail', 'data-end', 'connect']).en,
    'after any command, connecting or the final dot',
  );
  assert.equal(phaseList(['help']).ja, 'HELP の後');
  assert.equal(phaseList(['client']).en, 'made up by a client');
  assert.equal(phaseList(['client', 'rcpt']).en, 'after RCPT or made up by a client');
});
