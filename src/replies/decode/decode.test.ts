import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText } from './decode.ts';
import type { Reason } from './reasons.ts';
import type { RecipientVerdict, Standing } from './verdict.ts';

function only(text: string): RecipientVerdict {
  const { verdicts } = decodeText(text);
  assert.equal(
    verdicts.length,
    1,
    JSON.stringify(verdicts.map(({ recipient, reason }) => [recipient, reason])),
  );
  const [verdict] = verdicts;
  assert(verdict !== undefined);
  return verdict;
}

function expects(text: string, standing: Standing, reason: Reason): RecipientVerdict {
  const verdict = only(text);
  assert.deepEqual([verdict.standing, verdict.reason], [standing, reason]);
  return verdict;
}

describe('decodeText, the published table', () => {
  test('452 4.3.1: the whole server, a matter of its manager', () => {
    const verdict = expects('452 4.3.1 Insufficient system storage', 'temporary', 'system-full');
    assert.deepEqual(verdict.actors, ['manager']);
    assert.equal(verdict.retry.kind, 'later');
    assert.equal(verdict.page, '/smtp/452/4.3.1');
    assert.equal(verdict.confidence, 'certain');
  });

  test('two lines of 452-4.2.2: one reply, one mailbox', () => {
    const verdict = expects(
      '452-4.2.2 The recipient’s inbox is out of storage space. Please direct\n452 4.2.2 the recipient to https://support.google.com/mail/?p=OverQuotaTemp x-1.2 - gsmtp',
      'temporary',
      'mailbox-full',
    );
    assert.equal(verdict.provider, 'gmail');
    assert.ok(verdict.actors.includes('recipient'));
    assert.equal(verdict.page, '/smtp/452/4.2.2');
  });

  test('452 4.5.3: split and send the rest at once', () => {
    assert.equal(
      expects('452 4.5.3 Too many recipients', 'temporary', 'too-many-recipients').retry.kind,
      'at-once',
    );
  });

  test('a bare 452 after MAIL concerns the host', () => {
    const verdict = expects('MAIL FROM:<a@b.example>\n452 try later', 'temporary', 'system-full');
    assert.equal(verdict.phase, 'mail');
  });

  test('a bare 452 after the second RCPT, with one accepted, is a candidate for a split', () => {
    const { verdicts } = decodeText('RCPT TO:<a@b.example>\n250 OK\nRCPT TO:<c@b.example>\n452 try later');
    assert.deepEqual(
      verdicts.map(({ recipient, standing, reason }) => [recipient, standing, reason]),
      [
        ['a@b.example', 'success', 'delivered'],
        ['c@b.example', 'temporary', 'too-many-recipients'],
      ],
    );
    assert.equal(verdicts[1]?.retry.kind, 'at-once');
    assert.equal(verdicts[1]?.confidence, 'guess');
  });

  test('552 5.2.2 OverQuotaPerm: full and not in use', () => {
    const verdict = expects(
      '552 5.2.2 The account is over quota. See https://support.google.com/mail/?p=OverQuotaPerm - gsmtp',
      'permanent',
      'mailbox-full',
    );
    assert.equal(verdict.notes.length, 1);
  });

  test('550 5.2.2 with a submission quota is the sender’s limit at Microsoft', () => {
    const verdict = expects(
      '550 5.2.2 STOREDRV.Submission.Exception: submission quota exceeded',
      'permanent',
      'rate-limited',
    );
    assert.equal(verdict.provider, 'microsoft-365');
    assert.match(verdict.notes[0]?.en ?? '', /sender/);
  });

  test('554 5.2.2 QuotaExceeded is the mailbox at Microsoft', () => {
    expects(
      '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
      'permanent',
      'mailbox-full',
    );
  });
});

describe('decodeText, the published table, where words and codes differ', () => {
  test('452 4.2.2 Greylisted: the words beat the code', () => {
    const verdict = expects('452 4.2.2 Greylisted', 'temporary', 'greylisted');
    assert.equal(verdict.confidence, 'likely');
    assert.equal(verdict.notes.length, 1);
  });

  test('431 alone is 4.3.1 without dots', () => {
    const verdict = expects('431', 'temporary', 'system-full');
    assert.equal(verdict.confidence, 'likely');
    assert.equal(verdict.page, '/smtp/431');
  });

  test('a refused connection is no reply, and no number of its address is a code', () => {
    const verdict = expects('connect to mx[192.0.2.1]:25: Connection refused', 'temporary', 'network');
    assert.equal(verdict.code, null);
    assert.equal(verdict.page, '/smtp/111');
    const port = expects(
      'connect to mx.b.example[192.0.2.250]:587: Connection refused',
      'temporary',
      'network',
    );
    assert.equal(port.code, null);
  });

  test('214 is a success', () => {
    const verdict = expects('214 2.0.0 This is a help text', 'success', 'delivered');
    assert.equal(verdict.retry.kind, 'none');
  });

  test('550 4.2.2: the conflict is named, the basic code decides the class', () => {
    const verdict = expects('550 4.2.2 full', 'permanent', 'mailbox-full');
    assert.match(verdict.notes[0]?.en ?? '', /contradict/);
  });

  test('a log line of Postfix: phase, host, recipient', () => {
    const verdict = expects(
      'Oct 1 12:00:00 mx postfix/smtp[1]: 4A: to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.1] said: 550 5.1.1 <a@b.example>: no such user (in reply to RCPT TO command))',
      'permanent',
      'user-unknown',
    );
    assert.equal(verdict.recipient, 'a@b.example');
    assert.equal(verdict.phase, 'rcpt');
    assert.equal(verdict.host, 'mx.b.example');
    assert.equal(verdict.page, '/smtp/550/5.1.1');
  });
});

describe('decodeText', () => {
  test('says nothing of text that is about something else', () => {
    for (const text of [
      '',
      ' ',
      'Hello, how are you?',
      'The 500 pages cost 250 euro on 2026-04-22.',
      '192.0.2.250',
    ])
      assert.deepEqual(decodeText(text).verdicts, [], text);
  });

  test('an evidence points at the words that it shows', () => {
    const text =
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  <a@b.example>... User unknown';
    const decoded = decodeText(text);
    assert.equal(decoded.verdicts.length, 1);
    for (const { start, end, text: shown } of decoded.verdicts[0]?.evidence ?? [])
      assert.equal(decoded.text.slice(start, end), shown);
    const kinds = decoded.verdicts[0]?.evidence.map((each) => each.as) ?? [];
    for (const kind of ['recipient', 'action', 'reply', 'status', 'words'])
      assert.ok(kinds.includes(kind as 'reply'), kind);
  });

  test('a failure that the sending server gave up keeps its class and says so', () => {
    const verdict = expects(
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 Mailbox full',
      'temporary',
      'mailbox-full',
    );
    assert.match(verdict.notes[0]?.en ?? '', /given up/);
  });

  test('what happened decides where codes contradict each other', () => {
    expects(
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 450 4.2.2 over quota',
      'permanent',
      'mailbox-full',
    );
    expects(
      'Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota',
      'temporary',
      'mailbox-full',
    );
  });

  test('several replies, one below the other, are told one by one', () => {
    const { verdicts } = decodeText('550 5.1.1 User unknown\n452 4.3.1 Insufficient system storage');
    assert.deepEqual(
      verdicts.map(({ reason }) => reason),
      ['user-unknown', 'system-full'],
    );
  });

  test('the returned message is not read', () => {
    const verdict = only(
      'The following address failed:\n\n<a@b.example>: mailbox is full\n\n------ This is a copy of the message ------\n\nReceived: from x\nFrom: c@d.example\nTo: e@f.example\nSubject: 550 5.1.1 user unknown\n\n550 5.7.1 spam',
    );
    assert.equal(verdict.recipient, 'a@b.example');
    assert.equal(verdict.reason, 'mailbox-full');
  });
});
