import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromLine, MboxQuoter, MboxSplitter, timeOfFromLine } from './mbox.ts';

function write(messages: readonly Buffer[], cut: number): Buffer {
  const parts: Buffer[] = [];
  for (const message of messages) {
    const quoter = new MboxQuoter();
    parts.push(Buffer.from(fromLine('a@b.example', 1_700_000_000_000)));
    for (let i = 0; i < message.length; i += cut) parts.push(quoter.push(message.subarray(i, i + cut)));
    parts.push(quoter.end());
  }
  return Buffer.concat(parts);
}

function read(mbox: Buffer, cut: number) {
  const splitter = new MboxSplitter();
  const found: { offset: number; line: string; text: Buffer }[] = [];
  const take = (events: ReturnType<MboxSplitter['push']>): void => {
    for (const event of events) {
      if (event.type === 'begin')
        found.push({ offset: event.offset, line: event.line, text: Buffer.alloc(0) });
      else {
        const last = found.at(-1);
        assert.ok(last !== undefined);
        last.text = Buffer.concat([last.text, event.octets]);
      }
    }
  };
  for (let i = 0; i < mbox.length; i += cut) take(splitter.push(mbox.subarray(i, i + cut)));
  take(splitter.end());
  return found;
}

const piece = fc.constantFrom(
  'From ',
  '>',
  '>>',
  'F',
  'Fro',
  '\r\n',
  '\r\n\r\n',
  'text',
  ' ',
  'From a@b Thu',
  'é',
);
const message = fc
  .tuple(fc.array(piece, { maxLength: 30 }), fc.constantFrom('\r\n', 'x', '', '\r\n\r\n'))
  .map(([pieces, end]) => Buffer.from(`Return-Path: <a@b.example>\r\n${pieces.join('')}${end}`));

test('MboxSplitter gives back byte for byte what MboxQuoter wrote, whatever way it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (messages, cut, other) => {
        const found = read(write(messages, cut), other).map(({ text }) => text.toString());
        assert.deepEqual(found, messages.map(String));
      },
    ),
    { numRuns: 500 },
  );
});

test('MboxSplitter undoes lines with more ">" than are looked at', () => {
  for (const count of [1017, 1018, 1019, 1020, 1021, 5000]) {
    const text = Buffer.from(`A: b\r\n\r\n${'>'.repeat(count)}From x\r\n`);
    assert.deepEqual(
      read(write([text, text], 100), 77).map((found) => found.text.equals(text)),
      [true, true],
    );
  }
});

test('MboxSplitter reads what others write: LF, CRLF, without a last blank line', () => {
  for (const end of ['\n', '\r\n']) {
    const mbox = [
      'From a@b Thu Jan  1 00:00:00 1970',
      'A: 1',
      '',
      '>From me',
      'it is',
      '',
      'From c@d x',
      'A: 2',
      '',
      'last',
    ].join(end);
    const found = read(Buffer.from(mbox), 9);
    assert.deepEqual(
      found.map(({ text }) => text.toString()),
      [['A: 1', '', 'From me', 'it is', ''].join(end), ['A: 2', '', 'last'].join(end)],
    );
    assert.deepEqual([found[0]?.line, found[1]?.line], ['From a@b Thu Jan  1 00:00:00 1970', 'From c@d x']);
    assert.equal(found[1]?.offset, mbox.indexOf('From c@d'));
  }
});

test('MboxSplitter takes nothing for a message that is none', () => {
  assert.deepEqual(read(Buffer.from('not an mbox\n\nat all\n'), 5), []);
  assert.deepEqual(read(Buffer.from(''), 5), []);
});

test('fromLine() is read back to the second', () => {
  assert.equal(fromLine('a b@c', 0), 'From a_b@c Thu Jan  1 00:00:00 1970\n');
  assert.equal(timeOfFromLine(fromLine('', 1_700_000_000_000)), 1_700_000_000_000);
  assert.equal(timeOfFromLine('From x'), null);
});
