import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import { deliveryStatus, field, oneLine, typedAddress, type ReportedRecipient } from './report-fields.ts';

const AT = Date.UTC(2026, 10, 23, 18) as Instant;
const MESSAGE = { hostname: 'mail.example.org', envid: 'QQ314159', arrival: AT };
const RECIPIENT: ReportedRecipient = {
  recipient: 'louisl@larry.example',
  orcpt: 'rfc822;Louis.L@larry.example',
  action: 'failed',
  status: '4.2.2',
  host: 'mx.larry.example[192.0.2.1]',
  diagnostic: { type: 'smtp', text: '452 4.2.2 Mailbox full' },
  lastAttempt: AT,
  retryUntil: null,
  logId: 'id/1',
};
const COMMON = `Original-Envelope-Id: QQ314159\r
Reporting-MTA: dns; mail.example.org\r
Arrival-Date: Mon, 23 Nov 2026 18:00:00 +0000\r
\r
`;

test('deliveryStatus() writes the fields of RFC 3464 §2, a group for each recipient', () => {
  const delayed = {
    ...RECIPIENT,
    orcpt: null,
    action: 'delayed',
    retryUntil: AT,
    host: '[192.0.2.1]',
  } as const;
  assert.equal(
    deliveryStatus(MESSAGE, [RECIPIENT, { ...delayed, diagnostic: null, lastAttempt: null }], 'ascii'),
    `${COMMON}Original-Recipient: rfc822; Louis.L@larry.example\r
Final-Recipient: rfc822; louisl@larry.example\r
Action: failed\r
Status: 4.2.2\r
Remote-MTA: dns; mx.larry.example\r
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full\r
Last-Attempt-Date: Mon, 23 Nov 2026 18:00:00 +0000\r
Final-Log-ID: id/1\r
\r
Final-Recipient: rfc822; louisl@larry.example\r
Action: delayed\r
Status: 4.2.2\r
Remote-MTA: dns; [192.0.2.1]\r
Final-Log-ID: id/1\r
Will-Retry-Until: Mon, 23 Nov 2026 18:00:00 +0000\r
`,
  );
});

test('typedAddress() writes what is not ASCII as RFC 6533 §3 has it', () => {
  assert.equal(typedAddress('a@b.example', 'ascii'), 'rfc822; a@b.example');
  assert.equal(typedAddress('字@b.example', 'utf-8'), 'utf-8; 字@b.example');
  assert.equal(typedAddress('字+x@b.example', 'ascii'), 'utf-8; \\x{5B57}\\x{2B}x@b.example');
});

test('field() folds at blanks, and cuts what has none', () => {
  assert.equal(
    field('A', `${'x'.repeat(40)} ${'y'.repeat(40)}`),
    `A: ${'x'.repeat(40)}\r\n ${'y'.repeat(40)}\r\n`,
  );
  assert.equal(field('A', ''), 'A:\r\n');
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('\r', '\n', '\0', ' ', 'a', ':', '字', '\u2028', '\ud800', '\x80', '😀'),
    maxLength: 3000,
  }),
  fc.constant('x\r\n\r\nFinal-Recipient: rfc822; evil@example.org\r\nAction: delivered'),
);

test('deliveryStatus() lets nothing from outside begin a line, and keeps lines short', () => {
  const recipients = fc.record({
    recipient: hostile,
    orcpt: hostile,
    status: hostile,
    host: hostile,
    text: hostile,
  });
  fc.assert(
    fc.property(recipients, hostile, fc.constantFrom('ascii', 'utf-8' as const), (given, envid, form) => {
      const { recipient, orcpt, status, host, text } = given;
      const diagnostic = { type: 'smtp', text } as const;
      const written = deliveryStatus(
        { ...MESSAGE, envid, hostname: host },
        [{ ...RECIPIENT, recipient, orcpt, status, host, diagnostic, logId: text }],
        form === 'ascii' ? 'ascii' : 'utf-8',
      );
      const lines = written.split('\r\n');
      assert.ok(!/[\r\n\0]/.test(lines.join('')));
      const names = lines
        .filter((line) => line !== '' && !line.startsWith(' '))
        .map((line) => line.split(':')[0]);
      assert.deepEqual(
        names.filter((name) => name !== 'Remote-MTA'),
        [
          'Original-Envelope-Id',
          'Reporting-MTA',
          'Arrival-Date',
          'Original-Recipient',
          'Final-Recipient',
          'Action',
          'Status',
          'Diagnostic-Code',
          'Last-Attempt-Date',
          'Final-Log-ID',
        ],
      );
      assert.equal(lines.filter((line) => line === '').length, 2);
      for (const line of lines) assert.ok(Buffer.byteLength(line) <= 998, String(line.length));
      if (form === 'ascii') assert.match(written, /^[\x20-\x7e\r\n]*$/);
    }),
  );
});

test('oneLine() keeps to its length, and to what can be written in UTF-8', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 10, max: 400 }), (text, max) => {
      const line = oneLine(text, max);
      assert.ok(line.length <= max && line.isWellFormed() && !/[\r\n\0\u2028]/.test(line));
    }),
  );
  assert.equal(oneLine('  a\r\n\tb\u202ec ', 20), 'a b c');
  assert.equal(oneLine('abcdefghijklmnop', 10), 'abcdefg...');
});
