import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINE_LENGTH_MAX, LineReceiver, type Line } from './line-receiver.ts';

type Heard = Omit<Line, 'next'>;

/** All lines in `chunks`, one after another. */
function hear(chunks: readonly Buffer[], receiver = new LineReceiver()): Heard[] {
  const heard: Heard[] = [];
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const taken = receiver.take(chunk, at);
      if (taken === null) break;
      heard.push({ line: taken.line, fault: taken.fault });
      at = taken.next;
    }
  }
  return heard;
}

function hearText(text: string): Heard[] {
  return hear([Buffer.from(text, 'latin1')]);
}

const good = (line: string): Heard => ({ line, fault: null });
const bare: Heard = { line: '', fault: 'bare-line-end' };
const tooLong = (line: string): Heard => ({ line, fault: 'line-too-long' });

test('LineReceiver gives the same lines however the network cuts them', () => {
  const octets = fc.string({ unit: fc.constantFrom('a', 'é', '\0', ' ', '\r', '\n', '\r\n') });
  fc.assert(
    fc.property(octets, fc.array(fc.nat()), (text, places) => {
      const bytes = Buffer.from(`${text}\r\n`, 'latin1');
      const at = [...new Set(places.map((place) => place % bytes.length))].toSorted((a, b) => a - b);
      const chunks = [0, ...at].map((start, n) => bytes.subarray(start, at[n] ?? bytes.length));
      assert.deepEqual(hear(chunks), hear([bytes]));
    }),
  );
});

test('LineReceiver hands on octets as latin1, without their CRLF', () => {
  assert.deepEqual(hearText('NOOP\r\n\r\n\xff\0\r\nrest'), [good('NOOP'), good(''), good('\xff\0')]);
});

test('LineReceiver tells a bare CR and a bare LF, and goes on behind the LF', () => {
  assert.deepEqual(hearText('NOOP\nQUIT\r\n'), [bare, good('QUIT')]);
  assert.deepEqual(hearText('NO\rOP\r\nQUIT\r\n'), [bare, good('QUIT')]);
  assert.deepEqual(hearText('NOOP\r\r\nQUIT\r\n'), [bare, good('QUIT')]);
  assert.deepEqual(hearText('\n'), [bare]);
});

test('LineReceiver takes the longest line, and finds the next one behind a line that is too long', () => {
  const longest = 'a'.repeat(LINE_LENGTH_MAX - 2);
  assert.deepEqual(hearText(`${longest}\r\nNOOP\r\n`), [good(longest), good('NOOP')]);
  assert.deepEqual(hearText(`${longest}a\r\nNOOP\r\n`), [tooLong('aaaaaaaa'), good('NOOP')]);
});

test('LineReceiver keeps nothing but the beginning of a line that is too long', () => {
  const receiver = new LineReceiver();
  const chunk = Buffer.alloc(65_536, 'y');
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 1000; i++) assert.equal(receiver.take(chunk, 0), null);
  assert.equal(receiver.pending, 65_536_000);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  assert.deepEqual(hear([Buffer.from('y\r\nNOOP\r\n')], receiver), [tooLong('yyyyyyyy'), good('NOOP')]);
  assert.equal(receiver.pending, 0);
});

test('LineReceiver does not keep the chunk alive of which it holds the end', () => {
  const receiver = new LineReceiver();
  const chunk = Buffer.from('NOOP\r\nQUI');
  assert.equal(receiver.take(chunk, 0)?.line, 'NOOP');
  assert.equal(receiver.take(chunk, 6), null);
  chunk.fill('x');
  assert.equal(receiver.take(Buffer.from('T\r\n'), 0)?.line, 'QUIT');
});

test('LineReceiver takes a line that comes one octet at a time', () => {
  const text = `${'a'.repeat(5000)}\r\n`;
  assert.deepEqual(hear(text.split('').map((octet) => Buffer.from(octet))), [good('a'.repeat(5000))]);
});
