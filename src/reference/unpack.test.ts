import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DECODE_INPUT_MAX } from '../replies/decode/source.ts';
import { decodeMessage, unpack } from './unpack.ts';

/** ISO-2022-JP of 「メールを配送できませんでした。」 and Shift_JIS of 「宛先が存在しません」. */
const ISO_2022_JP = '\u001b$B%a!<%k$rG[Aw$G$-$^$;$s$G$7$?!#\u001b(B';
const SHIFT_JIS = [
  0x88, 0xb6, 0x90, 0xe6, 0x82, 0xaa, 0x91, 0xb6, 0x8d, 0xdd, 0x82, 0xb5, 0x82, 0xdc, 0x82, 0xb9, 0x82, 0xf1,
];

function crlf(lines: readonly string[]): string {
  return lines.join('\r\n');
}

const JAPANESE_REPORT = crlf([
  'From: MAILER-DAEMON@mx.a.example',
  'To: c@a.example',
  'Subject: =?ISO-2022-JP?B?GyRCR1tBdyQ5JGskMyQ/GyhC?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
  '',
  '--x',
  'Content-Type: text/plain; charset=ISO-2022-JP',
  '',
  ISO_2022_JP,
  '--x',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mx.a.example',
  '',
  'Final-Recipient: rfc822; one@b.example',
  'Action: delivered',
  'Status: 2.1.5',
  '',
  'Final-Recipient: rfc822; two@b.example',
  'Action: delayed',
  'Status: 4.2.2',
  'Diagnostic-Code: smtp; 452 4.2.2 Mailbox full',
  '',
  'Final-Recipient: rfc822; three@b.example',
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
  '',
  '--x',
  'Content-Type: message/rfc822',
  '',
  'From: c@a.example',
  'To: four@b.example',
  'Subject: 554 5.7.1 spam',
  '',
  '550 5.1.1 not to be read',
  '--x--',
  '',
]);

describe('unpack', () => {
  test('a report in ISO-2022-JP of three recipients: one row each', async () => {
    const decoded = await decodeMessage(JAPANESE_REPORT);
    assert.match(decoded.text, /メールを配送できませんでした。/);
    assert.deepEqual(
      decoded.verdicts.map(({ recipient, standing, reason }) => [recipient, standing, reason]),
      [
        ['one@b.example', 'success', 'delivered'],
        ['two@b.example', 'temporary', 'mailbox-full'],
        ['three@b.example', 'permanent', 'user-unknown'],
      ],
    );
    assert.equal(decoded.verdicts[1]?.page, '/smtp/452/4.2.2');
  });

  test('Shift_JIS is read, declared or not', async () => {
    const declared = new TextEncoder().encode(
      'From: a@b.example\nTo: c@d.example\nContent-Type: text/plain; charset=Shift_JIS\n\n',
    );
    assert.match(await unpack(Uint8Array.from([...declared, ...SHIFT_JIS])), /宛先が存在しません/);
    assert.equal(await unpack(Uint8Array.from(SHIFT_JIS)), '宛先が存在しません');
  });

  test('base64 and quoted-printable are undone', async () => {
    const head =
      'From: mailer-daemon@b.example\nTo: c@d.example\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: ';
    const words = '<e@f.example>: 550 5.1.1 User unknown';
    for (const body of [
      `base64\n\n${btoa(words)}\n`,
      `quoted-printable\n\n${words.replace('User', '=55ser')}\n`,
    ]) {
      const { verdicts } = await decodeMessage(head + body);
      assert.deepEqual(
        verdicts.map(({ recipient, reason }) => [recipient, reason]),
        [['e@f.example', 'user-unknown']],
      );
    }
  });

  test('a page of HTML becomes lines of text', async () => {
    const html =
      '<html><head><style>p { color: red }</style></head><body><p>Delivery failed to</p><p>&lt;e@f.example&gt;</p><p>550 5.2.2 Mailbox&nbsp;full</p></body></html>';
    const text = await unpack(`From: a@b.example\nTo: c@d.example\nContent-Type: text/html\n\n${html}`);
    assert.match(text, /<e@f\.example>/);
    assert.doesNotMatch(text, /color|<p>/);
  });

  test('what is no message stays as it is', async () => {
    for (const text of ['550 5.1.1 User unknown', 'Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1', ''])
      assert.equal(await unpack(text), text);
  });

  test('a message that is too deep is read as it stands', async () => {
    let body = 'Content-Type: text/plain\n\n550 5.1.1 User unknown';
    for (let depth = 0; depth < 60; depth += 1)
      body = `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n${body}\n--b${depth}--`;
    const decoded = await decodeMessage(`From: a@b.example\nTo: c@d.example\n${body}`);
    assert.equal(decoded.verdicts[0]?.reason, 'user-unknown');
  });

  test('what is too long is cut', async () => {
    const decoded = await decodeMessage(new Uint8Array(8 * DECODE_INPUT_MAX).fill(0x41));
    assert.equal(decoded.truncated, true);
  });
});

const WRAPPED = [
  'From: gateway@a.example',
  'To: c@a.example',
  'Content-Type: multipart/mixed; boundary="out"',
  '',
  '--out',
  'Content-Type: message/rfc822',
  '',
  'From: MAILER-DAEMON@b.example',
  'To: c@a.example',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="in"',
  '',
  '--in',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; b.example',
  '',
  'Final-Recipient: rfc822; d@b.example',
  'Action: failed',
  'Status: 5.2.2',
  'Diagnostic-Code: smtp; 552 5.2.2 over quota',
  '',
  '--in--',
  '--out--',
  '',
];

describe('unpack mends', () => {
  test('a report within a report is read, with any line ends', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const octets = new TextEncoder().encode(WRAPPED.join(end));
      for (const input of [octets, WRAPPED.join(end)]) {
        const [verdict] = (await decodeMessage(input)).verdicts;
        assert.deepEqual([verdict?.recipient, verdict?.reason], ['d@b.example', 'mailbox-full']);
      }
    }
  });

  test('parameters without an indent or a semicolon are read', async () => {
    const part = 'Content-Transfer-Encoding: base64\n\nNTUwIDUuMS4xIFVzZXIgdW5rbm93bg==\n--x--\n';
    for (const type of ['text/plain;\ncharset=us-ascii', 'text/plain\n charset=us-ascii']) {
      const message = `From: postmaster@a.example\nTo: c@a.example\nContent-Type: multipart/mixed;\nboundary="x"\n\n--x\nContent-Type: ${type}\n${part}`;
      assert.equal((await decodeMessage(message)).verdicts[0]?.code, '550', type);
    }
  });
});
