import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import type { Instant } from '../base/instant.ts';
import type { Cause, LastWords, RetryState } from '../policy/retry.ts';
import { decodeMessage } from '../reference/unpack.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import type { AccountId, MailObjectId } from '../store/store.ts';
import { findingOf } from './report-finding.ts';
import { composeReport, type ReportDraft } from './report-message.ts';
import type { Fate } from '../queue/reporter.ts';
import { ENGLISH } from './words-en.ts';
import { JAPANESE } from './words-ja.ts';

const SENT = Date.UTC(2026, 10, 23, 18) as Instant;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END = (SENT + 5 * DAY_MS) as Instant;

function entry(recipient: string, changed: Partial<QueueEntry> = {}): QueueEntry {
  return {
    id: '01993a5e-7e10-7abc-8def-0123456789ab' as MailObjectId,
    object: 5,
    ordinal: 2,
    account: null,
    destination: 'example.jp',
    recipient,
    notify: null,
    orcpt: null,
    size: 1000,
    retry: null,
    held: false,
    noticed: false,
    envelope: {
      reversePath: 'taro@mail.example.org',
      receivedAt: SENT,
      envid: null,
      ret: null,
      importKey: null,
      body: '7BIT',
      smtputf8: false,
      origin: 'submission',
      submitter: 1 as AccountId,
    },
    ...changed,
  };
}

function retry(cause: Cause, last: Partial<LastWords>): RetryState {
  const words = {
    at: (SENT + 3 * HOUR_MS) as Instant,
    phase: 'rcpt',
    host: 'mx.example.jp[192.0.2.1]',
    code: null,
    status: '4.0.0',
    text: '',
  } as const;
  return { attempts: 34, inARow: 34, cause, scope: 'mailbox', due: SENT, last: { ...words, ...last } };
}

function refused(code: string, status: string, line: string, cause: Cause = 'other'): Fate {
  const reply = { code, status, lines: [line], fault: null };
  return {
    type: 'failed',
    failure: { type: 'replied', phase: 'rcpt', host: 'mx.example.jp[192.0.2.1]', reply },
    meaning: { action: 'fail', cause, scope: 'mailbox', status },
  };
}

function route(error: 'no-such-domain' | 'null-mx' | 'loop', cause: Cause, status: string): Fate {
  return {
    type: 'failed',
    failure: { type: 'route', error, text: '' },
    meaning: { action: 'fail', cause, scope: 'destination', status },
  };
}

const FULL = retry('mailbox-full', {
  code: '452',
  status: '4.2.2',
  text: 'Mailbox full',
  at: (END - HOUR_MS) as Instant,
});
const GREY = retry('greylisted', {
  code: '451',
  status: '4.7.1',
  text: 'Greylisted, try again in 300 seconds',
});

function draft(
  told: readonly { entry: QueueEntry; fate: Fate }[],
  changed: Partial<ReportDraft> = {},
): ReportDraft {
  const { now = END } = changed;
  return {
    topic: 'failed',
    findings: told.map((each) => findingOf(each, now)),
    subject: 'Lunch on Friday',
    sent: SENT,
    reversePath: 'taro@mail.example.org',
    id: '01993a5e-7e10-7abc-8def-0123456789ab',
    now,
    hostname: 'mail.example.org',
    referenceUrl: 'https://mail.example.org',
    to: 'taro@mail.example.org',
    messageId: 'abc@mail.example.org',
    boundary: 'f00',
    languages: [ENGLISH],
    envid: null,
    smtputf8: false,
    about: '<1@client.example.org>',
    returned: {
      type: 'header',
      octets: Buffer.from('Subject: Lunch on Friday\r\nFrom: taro@mail.example.org\r\n'),
    },
    ...changed,
  };
}

const FULL_FATE = {
  entry: entry('hanako@example.jp', { retry: FULL }),
  fate: { type: 'expired', retry: FULL },
} as const;
const LATE_FATE = {
  entry: entry('hanako@example.jp', { retry: { ...GREY, attempts: 7 } }),
  fate: { type: 'delayed', retry: GREY, expiresAt: END },
} as const;

/** `UPDATE=1 node --test …` writes them again: read the difference as prose. */
async function golden(name: string, of: ReportDraft): Promise<void> {
  const { text } = await PostalMime.parse((await composeReport(of)).octets);
  const path = new URL(`../../test/data/reports/${name}.txt`, import.meta.url);
  if (process.env['UPDATE'] === '1') writeFileSync(path, text ?? '');
  assert.equal(text, readFileSync(path, 'utf8'));
}

test('reportText() explains a failure and a delay so that anybody understands it, in English and in Japanese', async () => {
  const now = (SENT + 4 * HOUR_MS) as Instant;
  await golden('failed-en', draft([FULL_FATE]));
  await golden('failed-ja', draft([FULL_FATE], { languages: [JAPANESE], subject: '金曜日の昼食' }));
  await golden('delayed-en', draft([LATE_FATE], { topic: 'delayed', now }));
  await golden('delayed-ja', draft([LATE_FATE], { topic: 'delayed', now, languages: [JAPANESE] }));
});

test('composeReport() makes a multipart/report of three parts, from the postmaster, automatic, about the message', async () => {
  const { octets, smtputf8 } = await composeReport(draft([FULL_FATE], { envid: 'QQ 1' }));
  const head = octets.toString().split('\r\n\r\n')[0] ?? '';
  const unfolded = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  for (const line of [
    'From: Mail Delivery <postmaster@mail.example.org>',
    'To: taro@mail.example.org',
    'Subject: Your message could not be delivered: Lunch on Friday',
    'Date: Sat, 28 Nov 2026 18:00:00 +0000',
    'Message-ID: <abc@mail.example.org>',
    'In-Reply-To: <1@client.example.org>',
    'References: <1@client.example.org>',
    'Auto-Submitted: auto-replied',
    'Content-Language: en',
  ])
    assert.ok(unfolded.includes(line), `${line} in ${head}`);
  assert.match(head, /Content-Type: multipart\/report; report-type=delivery-status;/);
  assert.equal(smtputf8, false);
  const { attachments } = await PostalMime.parse(octets, { forceRfc822Attachments: true });
  assert.deepEqual(
    attachments.map(({ mimeType }) => mimeType),
    ['message/delivery-status', 'text/rfc822-headers'],
  );
  assert.match(
    octets.toString(),
    /^Original-Envelope-Id: QQ 1\r\nReporting-MTA: dns; mail\.example\.org\r\n/m,
  );
});

test('decodeMessage() reads our own reports as they are meant', async () => {
  const network = {
    type: 'network',
    phase: 'connect',
    host: 'mx.example.jp[192.0.2.1]',
    error: 'timeout',
  } as const;
  const dead = retry('peer-unreachable', { status: '4.4.1', text: 'connection timed out' });
  const cases: readonly (readonly [Fate, standing: string, reason: string, changed?: Partial<QueueEntry>])[] =
    [
      [refused('550', '5.1.1', 'No such user', 'no-such-mailbox'), 'permanent', 'user-unknown'],
      [refused('552', '5.3.4', 'Message too big', 'message-too-big'), 'permanent', 'message-too-big'],
      [refused('554', '5.7.1', 'Message looks like spam', 'policy'), 'permanent', 'spam'],
      [route('no-such-domain', 'no-such-domain', '5.1.2'), 'permanent', 'host-unknown'],
      [route('null-mx', 'no-mail', '5.1.10'), 'permanent', 'null-mx'],
      [route('loop', 'loop', '5.4.6'), 'permanent', 'loop'],
      [{ type: 'expired', retry: FULL }, 'temporary', 'mailbox-full'],
      [{ type: 'expired', retry: null }, 'temporary', 'mailbox-full', { account: 4 as AccountId }],
      [{ type: 'expired', retry: null }, 'temporary', 'expired'],
      [{ type: 'expired', retry: dead }, 'temporary', 'network'],
      [{ type: 'delayed', retry: GREY, expiresAt: END }, 'temporary', 'greylisted'],
      [
        { type: 'delayed', retry: null, expiresAt: END },
        'temporary',
        'mailbox-full',
        { account: 4 as AccountId },
      ],
      [{ type: 'relayed', host: 'mx.example.jp[192.0.2.1]' }, 'success', 'delivered'],
      [{ type: 'delivered', host: 'mx.example.jp[192.0.2.1]' }, 'success', 'delivered'],
      [
        {
          type: 'failed',
          failure: network,
          meaning: { action: 'fail', cause: 'peer-unreachable', scope: 'host', status: '4.4.1' },
        },
        'temporary',
        'network',
      ],
    ];
  for (const [fate, standing, reason, changed] of cases) {
    const topic = fate.type === 'expired' ? 'failed' : fate.type;
    const told = { entry: entry('hanako@example.jp', changed), fate };
    for (const languages of [[ENGLISH], [JAPANESE], [ENGLISH, JAPANESE]] as const) {
      const { octets } = await composeReport(draft([told], { topic, languages }));
      const { verdicts } = await decodeMessage(octets);
      const label = `${JSON.stringify(fate)} ${languages.length}\n${octets.toString()}`;
      assert.deepEqual(
        verdicts.map((each) => [each.recipient, each.standing, each.reason]),
        [['hanako@example.jp', standing, reason]],
        label,
      );
    }
  }
});

test('composeReport() tells a hundred recipients one by one, and of the rest how many', async () => {
  const told = Array.from({ length: 1000 }, (_, n) => ({
    entry: entry(`r${n}@example.jp`, { ordinal: n }),
    fate: refused('550', '5.1.1', `No such user ${n % 50}`, 'no-such-mailbox'),
  }));
  const { octets } = await composeReport(draft(told));
  assert.ok(octets.length < 100_000, String(octets.length));
  assert.equal(octets.toString().match(/^Final-Recipient:/gm)?.length, 100);
  assert.match(octets.toString(), /^and 960 more addresses/m); // Twenty causes, two recipients each.
});

test('composeReport() writes addresses that are not ASCII as their sender can read them: RFC 6533', async () => {
  const told = [
    { entry: entry('太郎@example.jp'), fate: refused('550', '5.1.1', '宛先なし', 'no-such-mailbox') },
  ];
  const plain = (await composeReport(draft(told))).octets.toString();
  assert.match(plain, /Content-Type: message\/delivery-status\r\n/);
  assert.match(plain, /^Final-Recipient: utf-8; \\x\{592A\}\\x\{90CE\}@example\.jp\r$/m);
  const global = await composeReport(draft(told, { smtputf8: true, to: '次郎@例え.jp' }));
  assert.equal(global.smtputf8, true);
  const { attachments, to } = await PostalMime.parse(global.octets);
  const [status] = attachments;
  assert.equal(status?.mimeType, 'message/global-delivery-status');
  assert.match(
    Buffer.from(status?.content as ArrayBuffer).toString(),
    /^Final-Recipient: utf-8; 太郎@example\.jp\r$/m,
  );
  assert.equal(to?.[0]?.address, '次郎@例え.jp');
  assert.match(global.octets.toString(), /^[^]*?\r\n\r\n[\x20-\x7e\r\n]*$/); // Only its header is in UTF-8.
});

test('composeReport() returns what was sent, octet for octet, whatever it is', async () => {
  const sent = Buffer.from('Subject: x\r\n\r\n.\r\nFrom here\r\n');
  const whole = await composeReport(draft([FULL_FATE], { returned: { type: 'whole', octets: sent } }));
  const parsed = await PostalMime.parse(whole.octets, { forceRfc822Attachments: true });
  assert.equal(parsed.attachments[1]?.mimeType, 'message/rfc822');
  assert.ok(whole.octets.includes(sent));
  const broken = Buffer.from('Subject: caf\xe9\r\nX: \x00\x1b\n', 'latin1');
  const { octets } = await composeReport(
    draft([FULL_FATE], { returned: { type: 'header', octets: broken } }),
  );
  assert.match(octets.toString(), /text\/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n/);
  assert.match(octets.toString(), /Subject: caf=E9\r\nX: =00=1B/);
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('\r', '\n', '\0', ' ', 'a', '<', '"', '字', '\u2028', '\u202e', '\ud800', '\x80'),
    maxLength: 2000,
  }),
  fc.constantFrom(
    'x\r\nBcc: evil@example.org\r\n\r\nhello',
    'x\n--restante-f00-Part_1\nContent-Type: text/html\n\n<script>',
    '=?utf-8?q?=0D=0ABcc:_evil@example.org?=',
    'y'.repeat(70_000),
  ),
);

test('composeReport() has one header section and three parts, whatever addresses, replies and subjects hold', async () => {
  const given = fc.record({
    text: hostile,
    subject: hostile,
    to: hostile,
    host: hostile,
    recipient: hostile,
    returned: hostile,
  });
  await fc.assert(
    fc.asyncProperty(
      given,
      fc.boolean(),
      async ({ text, subject, to, host, recipient, returned }, smtputf8) => {
        const fate = refused('550', '5.1.1', text);
        const [words] = draft([{ entry: entry(recipient, { orcpt: `rfc822;${text}` }), fate }]).findings;
        assert.ok(words !== undefined);
        const { octets } = await composeReport(
          draft([], {
            findings: [{ ...words, host }],
            subject,
            to: `a${to}@example.org`,
            smtputf8,
            envid: text,
            returned: { type: 'header', octets: Buffer.from(returned) },
            languages: [ENGLISH, JAPANESE],
          }),
        );
        const lines = octets.toString('latin1').split('\r\n');
        assert.ok(lines.every((line) => line.length <= 998 && !/[\r\n\0]/.test(line)));
        const names = lines.slice(0, lines.indexOf('')).filter((line) => !/^[ \t]/.test(line));
        assert.deepEqual(
          names.map((line) => line.split(':')[0]),
          [
            'From',
            'To',
            'Subject',
            'Date',
            'Message-ID',
            'In-Reply-To',
            'References',
            'Auto-Submitted',
            'Content-Language',
            'MIME-Version',
            'Content-Type',
          ],
        );
        const parsed = await PostalMime.parse(octets, { forceRfc822Attachments: true });
        assert.equal(parsed.attachments.length, 2);
        assert.equal(parsed.bcc, undefined);
      },
    ),
    { numRuns: 60 },
  );
});
