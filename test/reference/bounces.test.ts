/** The decoder, measured against failure reports of many systems. The verdicts were decided from what the providers say, before and without the decoder. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { decodeMessage } from '../../src/reference/unpack.ts';
import { decodeText } from '../../src/replies/decode/decode.ts';
import { type Reason, REASON_NAMES } from '../../src/replies/decode/reasons.ts';
import type { Decoded, RecipientVerdict, Standing } from '../../src/replies/decode/verdict.ts';

interface Expected {
  readonly recipient?: string | null;
  readonly standing: Standing;
  readonly reason: Reason;
  readonly code?: string;
  readonly status?: string;
}
interface LineCase extends Expected {
  readonly input: string;
  readonly from: string;
  readonly source: string;
}
interface MessageCase {
  readonly file: string;
  readonly from: string;
  readonly source: string;
  readonly verdicts: readonly Expected[];
}
/** One expectation beside what the decoder said of it. */
interface Pair {
  readonly from: string;
  readonly shown: string;
  readonly expected: Expected;
  readonly actual: RecipientVerdict | undefined;
}

const DATA = new URL('../data/bounces/', import.meta.url);
const FLOORS = { standing: 0.97, reason: 0.92, detail: 0.92 } as const;
const STANDINGS: readonly Standing[] = ['temporary', 'permanent', 'success', 'unknown'];

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, DATA), 'utf8'));
const LINES = read('lines.json') as readonly LineCase[];
const MESSAGES = read('messages.json') as readonly MessageCase[];

const DECODED_LINES: readonly Decoded[] = LINES.map(({ input }) => decodeText(input));
const DECODED_MESSAGES: readonly Decoded[] = await Promise.all(
  MESSAGES.map(({ file }) => decodeMessage(readFileSync(new URL(`messages/${file}`, DATA)))),
);

const sameAddress = (a: string | null, b: string | null): boolean => a?.toLowerCase() === b?.toLowerCase();

/** The verdict meant by an expectation: the one of its recipient, or the only one when the report names none. */
const verdictFor = (expected: Expected, decoded: Decoded): RecipientVerdict | undefined => {
  const { recipient } = expected;
  if (recipient === undefined || recipient === null) return decoded.verdicts[0];
  return decoded.verdicts.find((verdict) => sameAddress(verdict.recipient, recipient));
};

const PAIRS: readonly Pair[] = [
  ...LINES.map((expected, i): Pair => {
    const decoded = DECODED_LINES[i];
    const actual = decoded && verdictFor(expected, decoded);
    return { from: expected.from, shown: expected.input, expected, actual };
  }),
  ...MESSAGES.flatMap((message, i) =>
    message.verdicts.map((expected): Pair => {
      const decoded = DECODED_MESSAGES[i];
      const actual = decoded && verdictFor(expected, decoded);
      return { from: message.from, shown: message.file, expected, actual };
    }),
  ),
];

/** The pairs whose expectation says something of the key. */
const having = (key: 'code' | 'status'): readonly Pair[] =>
  PAIRS.filter(({ expected }) => expected[key] !== undefined);

/** Tells each miss, and fails when there are more than the floor allows. */
const atLeast = (
  t: TestContext,
  floor: number,
  all: readonly Pair[],
  { key }: { readonly key: 'standing' | 'reason' | 'code' | 'status' },
): void => {
  const misses = all.filter(({ actual, expected }) => actual?.[key] !== expected[key]);
  for (const { actual, expected, from, shown } of misses) {
    const said = actual === undefined ? 'nothing' : String(actual[key]);
    t.diagnostic(
      `${from}: ${String(expected[key])} wanted, ${said} said: ${JSON.stringify(shown.slice(0, 160))}`,
    );
  }
  const share = 1 - misses.length / all.length;
  t.diagnostic(`${key}: ${(share * 100).toFixed(1)} % of ${all.length}`);
  assert.ok(share >= floor, `${key}: ${share} is less than ${floor}`);
};

void test('collection of bounces has cases of many systems, each with its source', () => {
  const cases = [...LINES, ...MESSAGES];
  assert.ok(LINES.length >= 160);
  assert.ok(MESSAGES.length >= 30);
  assert.ok(new Set(cases.map(({ from }) => from)).size >= 40);
  for (const { from, source } of cases) {
    assert.match(from, /\S/u);
    assert.match(source, /\S{3}/u, `${from} names no source`);
  }
});

void test('collection of bounces is well formed: no input twice, no message without verdicts, no file outside the list', () => {
  assert.equal(new Set(LINES.map(({ input }) => input)).size, LINES.length);
  for (const { standing, reason } of [...LINES, ...MESSAGES.flatMap(({ verdicts }) => verdicts)]) {
    assert.ok(STANDINGS.includes(standing), standing);
    assert.ok(REASON_NAMES.includes(reason), reason);
  }
  for (const { file, verdicts } of MESSAGES) assert.ok(verdicts.length > 0, file);
  const files = readdirSync(new URL('messages/', DATA));
  assert.deepEqual(MESSAGES.map(({ file }) => file).toSorted(), files.toSorted());
});

void test('decoder tells temporary from permanent over the collection', (t) => {
  atLeast(t, FLOORS.standing, PAIRS, { key: 'standing' });
});

void test('decoder finds the reason over the collection', (t) => {
  atLeast(t, FLOORS.reason, PAIRS, { key: 'reason' });
});

void test('decoder finds the reply and the status that decide', (t) => {
  atLeast(t, FLOORS.detail, having('code'), { key: 'code' });
  atLeast(t, FLOORS.detail, having('status'), { key: 'status' });
});

void test('decoder gives one verdict for each recipient of a report', () => {
  for (const [i, decoded] of DECODED_MESSAGES.entries()) {
    const message = MESSAGES[i];
    assert.equal(decoded.verdicts.length, message?.verdicts.length, message?.file);
  }
});

void test('evidence points into the decoded text', () => {
  for (const { text, verdicts } of [...DECODED_LINES, ...DECODED_MESSAGES]) {
    for (const { evidence } of verdicts) {
      assert.ok(evidence.length > 0);
      for (const { start, end, text: shown } of evidence) assert.equal(text.slice(start, end), shown);
    }
  }
});
