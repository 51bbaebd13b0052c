import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeText, VERDICTS_MAX } from './decode.ts';
import { DECODE_INPUT_MAX } from './source.ts';

/** Shapes that make careless patterns slow: each is repeated to the length that is asked for. */
// prettier-ignore
const SHAPES = [
  '4.4.4.4.', '4', '452 ', '452-', ' ', '\t', '\n', '>', '> ', '-', '--', '=', '@', 'a@', 'a@b.example ', '<a@b.example>:\n', '<', '(', '550 5.1.1 user unknown\n',
  'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\n\n', 'Status: ', 'Diagnostic-Code: smtp; 550\n ', 'a: b\n', 'Content-Type: multipart/mixed; boundary=x\n\n--x\n',
  '--x\nContent-Type: multipart/mixed; boundary=x\n\n', 'mailbox ', 'exceed', 'message size ', 'user mailbox account recipient ', 'too many ', 'https://', 'http://a/', 'to=<', 'status=',
  'delivery 1: deferral: ', '** a@b ', 'From: ', 'To: a@b.example\n', '\u001b[31m', '\u202e', 'メール', 'ユーザー', '\r', '\0', 'x'.repeat(997) + '\n', '_', '.', '((((', 'sender ', 'connection ', 'host ', 'in reply to ',
] as const;

function timeOf(shape: string, length: number): number {
  const text = shape.repeat(Math.ceil(length / shape.length)).slice(0, length);
  decodeText(text);
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    decodeText(text);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

describe('decodeText on hostile input', () => {
  test('finds nothing in 250 KiB of digits and dots', () => {
    assert.deepEqual(decodeText('4.4.4.4.'.repeat(32_000)).verdicts, []);
  });

  test('four times the text takes about four times as long, whatever the shape', () => {
    for (const shape of SHAPES) {
      const [short, long] = [timeOf(shape, DECODE_INPUT_MAX / 4), timeOf(shape, DECODE_INPUT_MAX)];
      // Generous, for a busy machine: something quadratic takes 16 times as long, and seconds.
      assert.ok(long < 12 * short + 60, `${JSON.stringify(shape)}: ${short} ms, then ${long} ms`);
    }
  });

  test('what is too long is cut, and said to be', () => {
    const decoded = decodeText('x'.repeat(DECODE_INPUT_MAX + 1));
    assert.equal(decoded.truncated, true);
    assert.equal(decoded.text.length, DECODE_INPUT_MAX);
  });

  test('the number of verdicts is bounded', () => {
    const text = Array.from({ length: 3000 }, (_, index) => `<u${index}@b.example>: user unknown\n\n`).join(
      '',
    );
    assert.equal(decodeText(text).verdicts.length, VERDICTS_MAX);
  });

  test('never throws, and every evidence lies in the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(...SHAPES),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('\n', '\n\n', ' ', ': ', '550 ', '5.1.1 '),
    );
    const property = fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { text, verdicts } = decodeText(pieces.join(''));
      for (const { evidence } of verdicts) {
        for (const { start, end, text: shown } of evidence) assert.equal(text.slice(start, end), shown);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
