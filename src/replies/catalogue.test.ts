import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basicCode,
  CATALOGUE,
  classOf,
  enhancedCode,
  LEGEND,
  privateMeanings,
  repliesIn,
  statusParts,
  variantOf,
} from './catalogue.ts';

/** A shape that a value has, or not: the hand-written types of catalogue.ts once more, to run. */
type Shape = (value: unknown, where: string) => void;

const fail = (where: string, value: unknown, wanted: string): never =>
  assert.fail(`${where}: ${JSON.stringify(value)} is not ${wanted}`);

const matches =
  (pattern: RegExp): Shape =>
  (value, where) => {
    if (typeof value !== 'string' || !pattern.test(value)) fail(where, value, String(pattern));
  };
const prose = matches(/^\S(.*\S)?$/su);
const english = matches(/^[\x20-\x7e]+$/);
const japanese: Shape = (value, where) => {
  prose(value, where);
  matches(/^[^\uff61-\uff9f]*$/u)(value, where); // no half-width kana
};
const basic = matches(/^[1-5]\d\d$/);
const enhancedStatus = matches(/^[245X]\.\d{1,3}\.\d{1,3}$/);
const isBoolean: Shape = (value, where) => {
  if (typeof value !== 'boolean') fail(where, value, 'a boolean');
};
const nullOr =
  (shape: Shape): Shape =>
  (value, where) => {
    if (value !== null) shape(value, where);
  };
const list =
  (shape: Shape): Shape =>
  (value, where) => {
    if (!Array.isArray(value)) return fail(where, value, 'a list');
    for (const [i, item] of value.entries()) shape(item, `${where}[${i}]`);
    return assert.equal(
      new Set(value.map((item) => JSON.stringify(item))).size,
      value.length,
      `${where} repeats`,
    );
  };
const key =
  (of: object): Shape =>
  (value, where) => {
    if (typeof value !== 'string' || !Object.hasOwn(of, value)) fail(where, value, `in the legend`);
  };
const record =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, where) => {
    if (typeof value !== 'object' || value === null) return fail(where, value, 'a record');
    assert.deepEqual(Object.keys(value).toSorted(), Object.keys(fields).toSorted(), where);
    for (const [name, shape] of Object.entries(fields))
      shape((value as Record<string, unknown>)[name], `${where}.${name}`);
    return undefined;
  };

const text = record({ en: english, ja: japanese });
const legend = (...keys: readonly string[]): Shape =>
  record(Object.fromEntries(keys.map((name) => [name, text])));
const reference = record({
  rfc: nullOr(matches(/^[1-9]\d{2,4}$/)),
  draft: nullOr(matches(/^draft-[a-z0-9-]+$/)),
  section: nullOr(matches(/^[0-9A-Z]+(\.\d+)*$/)),
});
const longText = (shape: Shape): Shape =>
  record({ description: shape, whenYouSeeIt: shape, howToFixSender: shape, howToFixManager: shape });
const phases = list(key(LEGEND.phases));
const actors = list(key(LEGEND.actors));
const retry = key(LEGEND.retry);
const classId = matches(/^([2-5]yz|none)$/);
const category = matches(/^(x[0-5]z|other)$/);
// prettier-ignore
const PHASES = [
  'client', 'connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'data-end', 'bdat', 'rset', 'vrfy', 'expn',
  'help', 'noop', 'quit', 'etrn', 'atrn', 'any',
];
const RETRIES = [
  'none-needed',
  'continue',
  'later',
  'at-once',
  'later-or-at-once',
  'after-change',
  'never',
  'depends',
];
const ACTORS = ['sender', 'manager', 'recipient', 'nobody'];

const CATALOGUE_SHAPE = record({
  meta: record({
    title: prose,
    version: (value) => assert.equal(value, 1),
    languages: list(matches(/^(en|ja)$/)),
    sources: list(prose),
    notes: list(prose),
  }),
  classes: list(record({ id: classId, digit: nullOr(matches(/^[2-5]$/)), name: text, meaning: text })),
  categories: list(record({ id: category, digit: nullOr(matches(/^[0-5]$/)), name: text })),
  legend: record({
    phases: legend(...PHASES),
    phaseWords: legend(...PHASES),
    actors: legend(...ACTORS),
    actorWords: legend(...ACTORS),
    retry: legend(...RETRIES),
    status: legend('standard', 'extension', 'registry', 'historic', 'draft', 'wild', 'not-smtp'),
    subjects: legend('0', '1', '2', '3', '4', '5', '6', '7'),
    scopes: legend('host', 'mailbox', 'transaction', 'message'),
    connection: legend('open', 'closes', 'may-close', 'none'),
    custody: legend('receiver', 'sender', 'none'),
    outcome: legend('2', '3', '4', '5', 'none'),
  }),
  basic: list(
    record({
      code: basic,
      class: classId,
      category,
      name: text,
      gist: text,
      status: key(LEGEND.status),
      phases,
      actors,
      retry,
      custody: key(LEGEND.custody),
      connection: key(LEGEND.connection),
      refs: list(reference),
      enhanced: list(enhancedStatus),
      registryEnhanced: list(enhancedStatus),
      related: list(basic),
      seenAt: list(text),
      note: nullOr(text),
      example: nullOr(record({ command: english, reply: english })),
      text: record({ en: longText(english), ja: longText(japanese) }),
      variants: list(
        record({
          enhanced: enhancedStatus,
          scope: key(LEGEND.scopes),
          phases,
          actors,
          retry,
          name: text,
          gist: text,
          text,
        }),
      ),
    }),
  ),
  enhanced: list(
    record({
      code: matches(/^X\.[0-7]\.\d{1,3}$/),
      subject: key(LEGEND.subjects),
      classes: list(matches(/^[245]$/)),
      name: text,
      gist: text,
      associated: list(basic),
      usedByBasic: list(basic),
      refs: list(reference),
      deprecated: isBoolean,
      note: nullOr(text),
      toDo: record({ sender: text, manager: text }),
      whyNotClass: nullOr(text),
    }),
  ),
  enhancedUnregistered: list(
    record({ code: matches(/^[45]\.\d\.\d{1,3}(-\d{1,3})?$/), seenAt: prose, gist: text }),
  ),
  providerMeanings: list(record({ provider: prose, codes: list(enhancedStatus), gist: text })),
  commandReplies: list(
    record({
      phase: key(LEGEND.phases),
      success: list(basic),
      intermediate: list(basic),
      errors: list(basic),
      alwaysPossible: list(basic),
      refs: list(reference),
    }),
  ),
  providers: list(
    record({
      id: matches(/^[a-z0-9-]+$/),
      name: text,
      kind: matches(/^(provider|server|filter)$/),
      gist: text,
      hosts: list(matches(/^[a-z0-9.-]+$/)),
      signatures: list(prose),
      replies: list(
        record({
          code: nullOr(basic),
          status: nullOr(enhancedStatus),
          text: prose,
          meaning: text,
          toDo: text,
          source: prose,
          seen: nullOr(matches(/^20\d\d(-\d\d){0,2}$/)),
        }),
      ),
    }),
  ),
  comparisons: list(record({ codes: list(matches(/^([1-5]\d\d|[245]\.\d{1,3}\.\d{1,3})$/)), text })),
  changes: list(
    record({
      date: matches(/^20\d\d-\d\d-\d\d$/),
      codes: list(matches(/^([1-5]\d\d|[245X]\.\d{1,3}\.\d{1,3})$/)),
      text,
    }),
  ),
  glossary: list(
    record({
      id: matches(/^[a-z0-9-]+$/),
      term: text,
      kana: matches(/^[\p{Script=Hiragana}\p{Script=Katakana}ー・ a-z0-9-]+$/u),
      meaning: text,
      also: list(prose),
      codes: list(matches(/^([1-5]\d\d|[245X]\.\d{1,3}\.\d{1,3})$/)),
    }),
  ),
});

test('the catalogue has the shape that its types claim, complete in both languages', () => {
  CATALOGUE_SHAPE(CATALOGUE, 'catalogue');
});

test('the catalogue: each code once, ascending', () => {
  const codes = CATALOGUE.basic.map((row) => row.code);
  assert.deepEqual(codes, [...new Set(codes)].toSorted());
  const enhanced = CATALOGUE.enhanced.map((row) => row.code);
  assert.equal(new Set(enhanced).size, enhanced.length);
});

test('the catalogue: what a code refers to exists', () => {
  for (const row of CATALOGUE.basic) {
    for (const other of row.related) {
      assert.ok(basicCode(other) !== null && other !== row.code, `${row.code} → ${other}`);
    }
    for (const code of [...row.enhanced, ...row.registryEnhanced]) {
      const known = enhancedCode(code) !== null || privateMeanings(code).length > 0;
      assert.ok(known, `${row.code} → ${code}`);
    }
    for (const variant of row.variants)
      assert.ok(row.enhanced.includes(variant.enhanced), `${row.code} ${variant.enhanced}`);
  }
  for (const row of CATALOGUE.enhanced) {
    for (const code of row.usedByBasic) assert.ok(basicCode(code) !== null, `${row.code} → ${code}`);
    for (const code of row.associated) assert.ok(basicCode(code) !== null, `${row.code} → ${code}`);
  }
  for (const row of CATALOGUE.commandReplies) {
    for (const code of [...row.success, ...row.intermediate, ...row.errors, ...row.alwaysPossible]) {
      assert.ok(basicCode(code) !== null, `${row.phase} → ${code}`);
    }
  }
});

test('the catalogue: class, category and subject are those of the digits', () => {
  for (const row of CATALOGUE.basic) {
    const codeClass = classOf(row.class);
    assert.ok(codeClass !== null);
    assert.equal(codeClass.digit ?? '1', row.code.charAt(0), row.code);
    if (row.category !== 'other') assert.equal(row.category.charAt(1), row.code.charAt(1), row.code);
    for (const status of row.enhanced) {
      assert.ok(status.startsWith('X') || status.startsWith(row.code.charAt(0)), `${row.code} ${status}`);
    }
  }
  for (const row of CATALOGUE.enhanced) assert.equal(row.subject, row.code.split('.')[1], row.code);
});

test('basicCode() finds known codes only', () => {
  assert.equal(basicCode('452')?.name.en, 'Insufficient system storage');
  assert.equal(basicCode('999'), null);
  assert.equal(basicCode('constructor'), null);
});

test('enhancedCode() finds a row by any class, X or x', () => {
  const row = enhancedCode('X.2.2');
  assert.equal(row?.name.en, 'Mailbox full');
  for (const code of ['4.2.2', '5.2.2', 'x.2.2']) assert.equal(enhancedCode(code), row);
  for (const code of ['4.9.999', '4.2.02', '3.2.2', '4.2', '4.2.2.2', 'nonsense', '']) {
    assert.equal(enhancedCode(code), null, code);
  }
});

test('variantOf() tells the three cases of 452 apart', () => {
  const scopes = ['4.3.1', '4.2.2', '4.5.3'].map((status) => variantOf('452', status)?.scope);
  assert.deepEqual(scopes, ['host', 'mailbox', 'transaction']);
  assert.equal(variantOf('452', '4.7.0'), null);
  assert.equal(variantOf('999', '4.2.2'), null);
});

test('repliesIn() lists what a phase allows', () => {
  assert.deepEqual(repliesIn('help')?.success, ['211', '214']);
  assert.equal(repliesIn('nowhere'), null);
});

test('privateMeanings() knows single numbers, ranges, and meanings beside the registry', () => {
  assert.deepEqual(
    ['5.7.606', '5.7.649', '5.7.650', '5.7.605', '4.7.700'].map((code) => privateMeanings(code).length),
    [1, 1, 0, 0, 0],
  );
  assert.equal(privateMeanings('5.7.515')[0]?.provider, 'Microsoft consumer mail');
  assert.equal(privateMeanings('5.2.2')[0]?.provider, 'Microsoft');
  assert.deepEqual(privateMeanings('nonsense'), []);
});

test('statusParts() takes a code apart', () => {
  assert.deepEqual(statusParts('x.7.28'), { class: 'X', subject: '7', detail: '28' });
  assert.equal(statusParts('4.2.1000'), null);
});
