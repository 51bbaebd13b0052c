import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masked } from './mask.ts';

test('masked() hides addresses, each under one name, and keeps the codes', () => {
  assert.equal(
    masked('<ann@example.net>: 452 4.2.2 Mailbox of ann@Example.net full, told bob@example.org'),
    '<[address 1]>: 452 4.2.2 Mailbox of [address 1] full, told [address 2]',
  );
});

test('masked() hides IP addresses and leaves versions, times and enhanced codes', () => {
  assert.equal(
    masked('mx.example.org[192.0.2.1]:25 at 10:20:30, [2001:db8::1], 5.7.1 (v1.2.3)'),
    'mx.example.org[[IP]]:25 at 10:20:30, [[IP]], 5.7.1 (v1.2.3)',
  );
});

test('masked() hides queue ids and message ids, and leaves hosts and character sets', () => {
  assert.equal(
    masked('4bXyZ12345Qw: 250 2.0.0 OK a640c23a62f3a-ad5fb4c92e1si234567966b.42 - gsmtp'),
    '[id]: 250 2.0.0 OK [id] - gsmtp',
  );
  assert.equal(
    masked('from mx123.mail.example.co.jp ISO-2022-JP'),
    'from mx123.mail.example.co.jp ISO-2022-JP',
  );
});

test('masked() hides the subject, folded or not', () => {
  assert.equal(masked('To: x\nSubject: secret\n plan\nDate: y'), 'To: x\nSubject: [subject]\nDate: y');
});

test('masked() takes linear time', () => {
  for (const hostile of [
    'a@'.repeat(65_536),
    '1.'.repeat(131_072),
    'a:'.repeat(131_072),
    'x1'.repeat(131_072),
    '::'.repeat(131_072),
  ]) {
    const before = performance.now();
    masked(hostile);
    assert.ok(performance.now() - before < 500, hostile.slice(0, 4));
  }
});
