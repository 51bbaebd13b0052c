import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplyReceiver } from './heard-reply.ts';
import type { HeardReply } from './heard-reply.ts';

function heard(text: string): readonly HeardReply[] {
  return new ReplyReceiver().take(new TextEncoder().encode(text));
}

test('ReplyReceiver reads code, status and text', () => {
  const [reply] = heard('452 4.2.2 Mailbox full\r\n');
  assert.deepEqual(reply, { code: '452', status: '4.2.2', lines: ['Mailbox full'], fault: null });
});

test('ReplyReceiver reads several lines as one reply, and several replies', () => {
  const replies = heard('250-a.example\r\n250-SIZE 10\r\n250 HELP\r\n354\r\n');
  assert.deepEqual(
    replies.map(({ code, lines }) => [code, lines]),
    [
      ['250', ['a.example', 'SIZE 10', 'HELP']],
      ['354', ['']],
    ],
  );
});

test('ReplyReceiver believes the last line when the codes differ', () => {
  const [reply] = heard('250-2.0.0 fine\r\n550 5.1.1 not fine\r\n');
  assert.equal(reply?.code, '550');
  assert.equal(reply.status, '5.1.1');
  assert.equal(reply.fault, 'wrong-codes');
});

test('ReplyReceiver takes no status of another class', () => {
  const [reply] = heard('452 5.2.2 Mailbox full\r\n');
  assert.equal(reply?.status, null);
  assert.deepEqual(reply.lines, ['5.2.2 Mailbox full']);
});

test('ReplyReceiver makes what is no reply harmless', () => {
  const [reply] = heard('HTTP/1.1 \u001b[31m400\r\n');
  assert.deepEqual(reply, { code: null, status: null, lines: ['HTTP/1.1 ?[31m400'], fault: 'no-reply' });
});

test('ReplyReceiver cuts an endless line, and gives up an endless reply', () => {
  const receiver = new ReplyReceiver();
  const long = new TextEncoder().encode(`250 ${'a'.repeat(2000)}\r\n`);
  const [reply] = receiver.take(long);
  assert.equal(reply?.fault, 'too-long');
  assert.equal(reply.lines[0]?.length, 508);
  const piece = new TextEncoder().encode('250-more\r\n'.repeat(1000));
  for (let i = 0; i < 20; i++) assert.deepEqual(receiver.take(piece), []);
  assert.equal(receiver.overflown, true);
});

test('ReplyReceiver survives any octets, and hears the same however they are cut', () => {
  const line = fc.oneof(
    fc.constantFrom('250 OK\r\n', '250-4.2.2\n', '550 5.1.1 no\r\n', '\r\n', '99 x\r\n'),
    fc.string().map((text) => `${text}\r\n`),
  );
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const octets = new TextEncoder().encode(lines.join(''));
      const whole = new ReplyReceiver().take(octets);
      const receiver = new ReplyReceiver();
      const pieces: HeardReply[] = [];
      for (let at = 0; at < octets.length; at += size)
        pieces.push(...receiver.take(octets.subarray(at, at + size)));
      assert.deepEqual(pieces, whole);
      for (const { lines: texts } of whole) for (const text of texts) assert.doesNotMatch(text, /[\r\n\0]/);
    }),
  );
});

test('ReplyReceiver holds no more than a few kilobytes of a reply, whatever comes', () => {
  const receiver = new ReplyReceiver();
  const megabyte = new Uint8Array(2 ** 20).fill(0x41);
  for (let n = 0; n < 100; n++) assert.deepEqual(receiver.take(megabyte), []);
  assert.equal(receiver.overflown, true);
  // Of thousands of lines the first fifty are kept.
  const many = new ReplyReceiver().take(new TextEncoder().encode(`${'250-x\n'.repeat(9000)}250 end\n`));
  assert.deepEqual([many.length, many[0]?.lines.length, many[0]?.fault], [1, 50, 'too-long']);
});

test('ReplyReceiver makes controls, NUL and broken UTF-8 harmless, and keeps sound UTF-8', () => {
  const sound = heard('550 5.1.1 宛先が見つかりません\r\n')[0];
  assert.deepEqual(sound?.lines, ['宛先が見つかりません']);
  const octets = new Uint8Array([...new TextEncoder().encode('550 a\0b\u001b[2J\u202ec'), 0xff, 0x0a]);
  assert.deepEqual(new ReplyReceiver().take(octets)[0]?.lines, ['a?b?[2J?c\ufffd']);
});
