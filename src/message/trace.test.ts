import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import {
  deliveredToField,
  protocolKeyword,
  receivedField,
  returnPathField,
  type ReceivedFacts,
} from './trace.ts';

const FACTS: ReceivedFacts = {
  client: { name: 'bar.example', address: '192.0.2.1' },
  host: 'mail.example',
  protocol: { name: 'smtp', esmtp: true, smtputf8: false },
  id: '7f3a',
  forwardPath: 'Jones@foo.example',
  at: Date.UTC(2026, 10, 23, 18) as Instant,
};

/** The first line of the field for a peer. */
function from(name: string, address: string): string {
  return receivedField({ ...FACTS, client: { name, address } }).split('\r\n')[0] ?? '';
}

function word(name: 'smtp' | 'lmtp', ...flags: readonly string[]): string {
  return protocolKeyword({
    name,
    esmtp: flags.includes('esmtp'),
    smtputf8: flags.includes('utf8'),
    tls: flags.includes('tls'),
    auth: flags.includes('auth'),
  });
}

test('receivedField() is a folded trace field', () => {
  assert.equal(
    receivedField(FACTS),
    'Received: from bar.example ([192.0.2.1])\r\n' +
      '\tby mail.example with ESMTP id 7f3a\r\n' +
      '\tfor <Jones@foo.example>;\r\n' +
      '\tMon, 23 Nov 2026 18:00:00 +0000\r\n',
  );
});

test('receivedField() names no recipient when there are more, or when it may not be written', () => {
  assert.doesNotMatch(receivedField({ ...FACTS, forwardPath: null }), /for </);
  assert.match(receivedField({ ...FACTS, forwardPath: null }), /id 7f3a;\r\n/);
  assert.doesNotMatch(receivedField({ ...FACTS, forwardPath: '用@x.example' }), /for </);
  const protocol = { ...FACTS.protocol, smtputf8: true };
  assert.match(
    receivedField({ ...FACTS, protocol, forwardPath: '用@x.example' }),
    /with UTF8SMTP id 7f3a\r\n\tfor <用@x\.example>;/,
  );
});

test('receivedField() takes an IPv6 peer, an unknown one, and one that gave no name', () => {
  assert.equal(from('x', '::1'), 'Received: from x ([IPv6:::1])');
  assert.equal(from('[192.0.2.9]', '::ffff:192.0.2.1'), 'Received: from [192.0.2.9] ([192.0.2.1])');
  assert.equal(from('x', ''), 'Received: from x');
  assert.equal(from('', '192.0.2.1'), 'Received: from [192.0.2.1] ([192.0.2.1])');
  assert.equal(from('', ''), 'Received: from unknown');
});

test('protocolKeyword() has a word for each way mail comes', () => {
  assert.equal(word('smtp'), 'SMTP');
  assert.equal(word('smtp', 'esmtp'), 'ESMTP');
  assert.equal(word('smtp', 'esmtp', 'tls', 'auth'), 'ESMTPSA');
  assert.equal(word('smtp', 'esmtp', 'utf8', 'tls'), 'UTF8SMTPS');
  assert.equal(word('lmtp', 'esmtp'), 'LMTP');
  assert.equal(word('lmtp', 'esmtp', 'utf8'), 'UTF8LMTP');
});

/** One header field, folded or not, and nothing behind it. */
const ONE_FIELD = /^[A-Za-z-]+: (?:[^\r\n]|\r\n\t)*\r\n$/;

test('no text of a peer gets a second field into what trace.ts writes', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\r', '\n', '\r\n', '\r\nX: y', '\0', '(', ')', '\u2028', '\x85'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, text, fc.boolean(), (one, two, smtputf8) => {
      const field = receivedField({
        ...FACTS,
        client: { name: one, address: two },
        host: two,
        id: one,
        forwardPath: two,
        protocol: { ...FACTS.protocol, smtputf8 },
      });
      for (const written of [field, returnPathField(one), deliveredToField(one)])
        assert.match(written, ONE_FIELD);
      if (!smtputf8) assert.match(field, /^[\t\r\n -~]*$/);
    }),
  );
});

test('returnPathField() and deliveredToField() are one line', () => {
  assert.equal(returnPathField('a@b.example'), 'Return-Path: <a@b.example>\r\n');
  assert.equal(returnPathField(''), 'Return-Path: <>\r\n');
  assert.equal(deliveredToField('"a b"@c.example'), 'Delivered-To: "a b"@c.example\r\n');
});
