import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf, parseReportLanguage, writeReportLanguage } from './report-languages.ts';

test('languageOf() goes by the closest rule', () => {
  const rules = ['* en', 'Example.JP ja', 'bob@example.jp en'].map(parseReportLanguage);
  assert.ok(rules.every((rule) => rule !== null));
  const of = languageOf(rules);
  assert.equal(of('ann@example.jp'), 'ja');
  assert.equal(of('Bob@Example.jp'), 'en');
  assert.equal(of('ann@elsewhere.example'), 'en');
  assert.equal(languageOf([])('ann@example.jp'), null);
});

test('parseReportLanguage() takes an address, a domain or a star, and a language', () => {
  const rule = parseReportLanguage('Ann@Example.ORG ja');
  assert.deepEqual(rule, { who: 'ann@example.org', language: 'ja' });
  assert.equal(rule && writeReportLanguage(rule), 'ann@example.org ja');
  for (const wrong of ['', 'ann@example.org', 'ann@example.org fr', 'a b ja', '@ ja', 'a@b@c ja'])
    assert.equal(parseReportLanguage(wrong), null, wrong);
});
