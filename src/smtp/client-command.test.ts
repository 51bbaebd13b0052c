import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bug } from '../base/assert.ts';
import { authLine, chunkLine, mailLine, plainLine, recipientLine } from './client-command.ts';
import { parseCommand } from './parse-command.ts';
import type { Profile } from './profile.ts';

const MAIL = {
  reversePath: 'a@example.org',
  size: null,
  body: null,
  smtputf8: false,
  ret: null,
  envid: null,
} as const;
const RCPT = { forwardPath: 'b@example.org', notify: null, orcpt: null };

test('mailLine() says what was agreed, and the null reverse-path', () => {
  assert.equal(mailLine(MAIL), 'MAIL FROM:<a@example.org>\r\n');
  assert.equal(mailLine({ ...MAIL, reversePath: '' }), 'MAIL FROM:<>\r\n');
  assert.equal(
    mailLine({ ...MAIL, size: 9, body: 'BINARYMIME', smtputf8: true, ret: 'FULL', envid: 'a=b' }),
    'MAIL FROM:<a@example.org> SIZE=9 BODY=BINARYMIME SMTPUTF8 RET=FULL ENVID=a+3Db\r\n',
  );
});

test('recipientLine() says NOTIFY and ORCPT as xtext, and UTF-8 only when it was agreed', () => {
  assert.equal(
    recipientLine({ ...RCPT, notify: 'NEVER', orcpt: 'rfc822;a+b@example.org' }, false),
    'RCPT TO:<b@example.org> NOTIFY=NEVER ORCPT=rfc822;a+2Bb@example.org\r\n',
  );
  assert.equal(recipientLine({ ...RCPT, forwardPath: 'é@example.org' }, false), null);
  assert.equal(recipientLine({ ...RCPT, forwardPath: 'é@example.org' }, true), 'RCPT TO:<é@example.org>\r\n');
  assert.equal(recipientLine({ ...RCPT, forwardPath: '' }, true), null);
});

test('no line is longer than it may be', () => {
  assert.equal(mailLine({ ...MAIL, envid: 'a'.repeat(2000) }), null);
  assert.equal(recipientLine({ ...RCPT, orcpt: `rfc822;${'='.repeat(400)}` }, false), null);
  assert.equal(authLine('a'.repeat(12_287)), null);
  assert.equal(authLine('a'.repeat(12_286))?.length, 12_288);
  assert.equal(chunkLine(42), 'BDAT 42 LAST\r\n');
  assert.throws(() => plainLine(`EHLO ${'a'.repeat(600)}`), Bug);
  assert.throws(() => plainLine('EHLO a\r\nRSET'), Bug);
});

test('whatever an address or a parameter holds, a line is one line, and says no more than it was to say', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\0',
        '>',
        '<',
        ' ',
        '"',
        '\\',
        '@',
        'a',
        '=',
        '\u2028',
        '\x85',
        'é',
        '\ud800',
      ),
      fc.string({ maxLength: 1, unit: 'binary' }),
    ),
    maxLength: 40,
  });
  const local = nasty.map((text) => `${text}@example.org`);
  const profile = { messageSizeMax: 1e9 } as Profile;
  fc.assert(
    fc.property(fc.oneof(local, nasty), nasty, fc.boolean(), (address, value, smtputf8) => {
      for (const line of [
        mailLine({ ...MAIL, reversePath: address, envid: value, smtputf8 }),
        recipientLine({ forwardPath: address, notify: null, orcpt: `rfc822;${value}` }, smtputf8),
      ]) {
        if (line === null) continue;
        assert.match(line, /^[^\r\n\0]*\r\n$/);
        const octets = Buffer.from(line).toString('latin1').slice(0, -2);
        const command = parseCommand(octets, true, profile);
        if ('wire' in command || (command.verb !== 'MAIL' && command.verb !== 'RCPT')) continue;
        const mailbox = command.verb === 'MAIL' ? command.mail.reversePath : command.recipient.forwardPath;
        assert.equal(typeof mailbox === 'object', true);
        if (command.verb === 'RCPT') assert.equal(command.recipient.notify, null);
      }
    }),
    { numRuns: 500 },
  );
});
