import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataSender, TextInspector } from './client-data.ts';
import { MailDataReceiver } from './mail-data.ts';

function sent(chunks: readonly string[]): { readonly wire: string; readonly bareLineEnd: boolean } {
  const sender = new DataSender();
  let wire = '';
  for (const chunk of chunks)
    sender.push(Buffer.from(chunk, 'latin1'), (piece) => (wire += Buffer.from(piece).toString('latin1')));
  wire += Buffer.from(sender.end()).toString('latin1');
  return { wire, bareLineEnd: sender.bareLineEnd };
}

test('DataSender doubles the dot that begins a line, and ends the last line', () => {
  assert.equal(sent(['.\r\n..\r\na.b\r\n']).wire, '..\r\n...\r\na.b\r\n.\r\n');
  assert.equal(sent(['a\r', '\n', '.', 'b']).wire, 'a\r\n..b\r\n.\r\n');
  assert.equal(sent([]).wire, '.\r\n');
});

test('DataSender sees every CR and LF outside CRLF', () => {
  for (const bad of ['a\nb\r\n', '\n', '\r', 'a\rb\r\n', 'a\r\r\n', '\r\n\n', '\r\n\r', '.\n', 'a\n.\n'])
    assert.equal(sent([bad]).bareLineEnd, true, JSON.stringify(bad));
  for (const good of ['', 'a', '\r\n', 'a\r\n\r\n', '.\r\n'])
    assert.equal(sent([good]).bareLineEnd, false, JSON.stringify(good));
});

const text = fc.array(
  fc.string({ unit: fc.constantFrom('.', '\r\n', '\r', '\n', 'a', 'é', '\0'), maxLength: 12 }),
  { maxLength: 6 },
);

test('MailDataReceiver takes out what DataSender put in, however the text was cut', () => {
  fc.assert(
    fc.property(text, (chunks) => {
      const { wire, bareLineEnd } = sent(chunks);
      const whole = chunks.join('');
      assert.equal(bareLineEnd, /\r(?!\n)|(?<!\r)\n/.test(whole));
      if (bareLineEnd) return;
      const receiver = new MailDataReceiver();
      let received = '';
      const octets = Buffer.from(wire, 'latin1');
      const used = receiver.push(octets, (piece) => (received += Buffer.from(piece).toString('latin1')));
      assert.equal(receiver.ended, true);
      assert.equal(used, octets.length);
      assert.equal(received, whole === '' || whole.endsWith('\r\n') ? whole : `${whole}\r\n`);
    }),
  );
});

function needs(...chunks: string[]): readonly boolean[] {
  const inspector = new TextInspector();
  for (const chunk of chunks) inspector.push(Buffer.from(chunk));
  inspector.end();
  return [inspector.eightBit, inspector.eightBitHeader, inspector.binary];
}

test('TextInspector tells what a text needs of a peer', () => {
  assert.deepEqual(needs('A: b\r\n\r\nc\r\n'), [false, false, false]);
  assert.deepEqual(needs('A: b\r\n', '\r', '\nÄ\r\n'), [true, false, false]);
  assert.deepEqual(needs('A: ü\r\n\r\nc\r\n'), [true, true, false]);
  assert.deepEqual(needs('\r\nü'), [true, false, false]);
  for (const binary of ['A: b\r\n\r\n\0', 'a\n', 'a\r', 'a\rb', '\r', 'a\r\r\n', '\n'])
    assert.deepEqual(needs(binary), [false, false, true], JSON.stringify(binary));
});
