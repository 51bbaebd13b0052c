import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicCode, CATALOGUE, variantOf } from '../catalogue.ts';
import { COMBINATIONS } from './pages.ts';
import { PROVIDER_IDS } from './providers.ts';
import { REASON_NAMES, REASONS } from './reasons.ts';
import { PSEUDO_CODES } from './statuses.ts';

test('COMBINATIONS: each has a page in the catalogue, and each page is known', () => {
  for (const combination of COMBINATIONS) {
    const [code, status] = combination.split('/');
    assert.notEqual(variantOf(code ?? '', status ?? ''), null, combination);
  }
  const pages = CATALOGUE.basic.flatMap(({ code, variants }) =>
    variants.map(({ enhanced }) => `${code}/${enhanced}`),
  );
  assert.deepEqual(
    pages.filter((page) => !COMBINATIONS.includes(page)),
    [],
  );
});

test('PROVIDER_IDS: each is in the catalogue', () => {
  const known = new Set(CATALOGUE.providers.map(({ id }) => id));
  assert.deepEqual(
    PROVIDER_IDS.filter((id) => !known.has(id)),
    [],
  );
});

test('PSEUDO_CODES: none is a reply of a standard', () => {
  for (const code of Object.keys(PSEUDO_CODES)) {
    const row = basicCode(code);
    assert.ok(row === null || (row.status !== 'standard' && row.status !== 'extension'), code);
  }
});

test('REASONS: every reason is told in both languages, as sentences', () => {
  for (const name of REASON_NAMES) {
    const { meaning, sender, manager, actors } = REASONS[name];
    assert.ok(actors.length > 0, name);
    for (const { en, ja } of [meaning, sender, manager]) {
      assert.match(en, /^[A-Z].*\.$/, name);
      assert.match(ja, /[ぁ-ん].*。$/, name);
    }
  }
});
