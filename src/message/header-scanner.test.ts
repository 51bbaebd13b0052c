import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HEADER_LENGTH_MAX, HeaderScanner, TRACE_FIELDS_MAX } from './header-scanner.ts';

interface Scanned {
  readonly traceFields: number;
  readonly ended: boolean;
  readonly tooLong: boolean;
}

function scan(pieces: readonly Buffer[], lengthMax = HEADER_LENGTH_MAX): Scanned {
  const scanner = new HeaderScanner(lengthMax);
  for (const piece of pieces) scanner.push(piece);
  return { traceFields: scanner.traceFields, ended: scanner.ended, tooLong: scanner.tooLong };
}

const scanText = (text: string, lengthMax?: number): Scanned => scan([Buffer.from(text)], lengthMax);

test('HeaderScanner counts Received fields until the empty line', () => {
  const text =
    'Received: from a\r\n\tby b; x\r\nRECEIVED : c\r\nSubject: Received: no\r\nreceived:\r\n folded received: x\r\n';
  assert.deepEqual(scanText(text), { traceFields: 3, ended: false, tooLong: false });
  assert.deepEqual(scanText(`${text}\r\nReceived: in the body\r\n`), {
    traceFields: 3,
    ended: true,
    tooLong: false,
  });
  assert.equal(scanText('Received-SPF: x\r\nXReceived: y\r\nReceive: z\r\nReceivedd: z\r\n').traceFields, 0);
});

test('HeaderScanner tells a mail that goes in circles', () => {
  const hop = 'Received: from a by b; Mon, 23 Nov 2026 18:00:00 +0000\r\n';
  assert.equal(scanText(`${hop.repeat(TRACE_FIELDS_MAX)}\r\n`).traceFields > TRACE_FIELDS_MAX, false);
  assert.equal(scanText(`${hop.repeat(TRACE_FIELDS_MAX + 1)}\r\n`).traceFields > TRACE_FIELDS_MAX, true);
});

test('HeaderScanner ends where something stands that is no header field', () => {
  for (const body of [
    'Hello there\r\n',
    'Hello\r\n',
    ': x\r\n',
    'é: x\r\n',
    '\0\r\n',
    'From me  \t to you: x\r\n',
    '\rx',
  ]) {
    assert.equal(scanText(`Subject: x\r\n${body}`).ended, true, body);
    assert.equal(scanText(body).ended, true, body);
  }
  assert.equal(scanText('').ended, false);
  assert.equal(scanText('Subj').ended, false);
  assert.equal(scanText('Subject \t: x\r\n').ended, false);
});

test('HeaderScanner flags a header section that is longer than it may be, in many fields or in one', () => {
  assert.equal(scanText('A: b\r\n'.repeat(10), 60).tooLong, false);
  assert.equal(scanText('A: b\r\n'.repeat(10), 59).tooLong, true);
  assert.equal(scanText(`A: ${'b'.repeat(100)}`, 60).tooLong, true);
  assert.equal(scanText(`A: b\r\n\r\n${'b'.repeat(100)}`, 60).tooLong, false);
  const scanner = new HeaderScanner();
  const piece = Buffer.from('X-Field: 1234567890\r\n'.repeat(3000));
  for (let i = 0; i < 1000; i++) scanner.push(piece);
  assert.deepEqual([scanner.tooLong, scanner.ended], [true, true]);
});

test('HeaderScanner sees the same however the mail data is cut', () => {
  const unit = fc.constantFrom(
    'Received:',
    'received',
    ':',
    ' ',
    '\t',
    '\r\n',
    '\r',
    '\n',
    'a',
    '\r\n\r\n',
    'A: b\r\n',
  );
  fc.assert(
    fc.property(fc.array(fc.string({ unit })), (pieces) => {
      const whole = scanText(pieces.join(''), 60);
      const cut = scan(
        pieces.map((piece) => Buffer.from(piece)),
        60,
      );
      assert.deepEqual(cut, whole);
    }),
  );
});
