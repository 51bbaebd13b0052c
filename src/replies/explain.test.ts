import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from './catalogue.ts';
import { codesOfRegister, explain, explainBasicCode, explainEnhancedCode } from './explain.ts';
import { comparisonPageOf, pageOf } from './pages.ts';

test('explain() knows each code of the catalogue', () => {
  for (const { code } of CATALOGUE.basic) assert.equal(explain(code)?.kind, 'basic');
  for (const { code, classes } of CATALOGUE.enhanced) {
    assert.equal(explain(code)?.code, code);
    for (const first of classes) assert.equal(explain(`${first}${code.slice(1)}`)?.kind, 'enhanced');
  }
  for (const code of ['999', '4.9.999', 'nonsense', '']) assert.equal(explain(code), null);
});

test('explainBasicCode() says what this server says, and what is related either way', () => {
  const found = explainBasicCode('452');
  assert.deepEqual(found?.spokenHere, [
    'storage-full',
    'mailbox-full',
    'mailbox-short',
    'domain-full',
    'too-many-recipients',
  ]);
  assert.equal(found?.class?.id, '4yz');
  assert.deepEqual(explainBasicCode('214')?.related.slice(0, 4), ['211', '250', '502', '504']);
  for (const { code, related } of CATALOGUE.basic) {
    for (const other of related)
      assert.ok(explainBasicCode(other)?.related.includes(code), `${other} → ${code}`);
  }
});

test('explainEnhancedCode() keeps the classes of a family apart', () => {
  assert.deepEqual(explainEnhancedCode('4.2.2')?.basic, ['422', '452']);
  assert.deepEqual(explainEnhancedCode('5.2.2')?.basic, ['550', '552', '554']);
  assert.deepEqual(explainEnhancedCode('x.2.2')?.basic, ['422', '452', '550', '552', '554']);
  assert.equal(explainEnhancedCode('x.2.2')?.code, 'X.2.2');
  assert.equal(explainEnhancedCode('x.2.2')?.variants.length, 4);
  assert.deepEqual(explainEnhancedCode('X.2.2')?.spokenHere, [
    'mailbox-full',
    'mailbox-short',
    'mailbox-abandoned',
  ]);
  assert.deepEqual(explainEnhancedCode('5.2.2')?.spokenHere, ['mailbox-abandoned']);
});

test('explainEnhancedCode() says when a class is not allowed, and when only a provider knows a number', () => {
  assert.equal(explainEnhancedCode('5.3.1')?.classFits, false);
  assert.equal(explainEnhancedCode('4.3.1')?.classFits, true);
  const own = explainEnhancedCode('5.7.610');
  assert.equal(own?.row, null);
  assert.equal(own?.privateMeanings[0]?.provider, 'Microsoft 365');
});

test('codesOfRegister() has each code once, ascending', () => {
  const codes = codesOfRegister();
  assert.deepEqual(codes, [...new Set(codes)].toSorted());
  assert.ok(codes.includes('452') && codes.includes('214'));
});

test('pageOf() and comparisonPageOf() give one path a page', () => {
  assert.equal(pageOf('452'), '/smtp/452');
  assert.equal(pageOf('452', '4.2.2'), '/smtp/452/4.2.2');
  assert.equal(pageOf('X.2.2'), '/smtp/x.2.2');
  assert.equal(comparisonPageOf('452', '214'), '/smtp/compare/214-vs-452');
  assert.equal(comparisonPageOf('214', '452'), '/smtp/compare/214-vs-452');
  assert.equal(comparisonPageOf('4.2.2', '552'), '/smtp/compare/552-vs-4.2.2');
  assert.equal(comparisonPageOf('X.2.2', '5.2.2'), '/smtp/compare/5.2.2-vs-x.2.2');
});
