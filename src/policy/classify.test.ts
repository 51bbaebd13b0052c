import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyReceiver } from '../replies/heard-reply.ts';
import { classify, withPatience } from './classify.ts';
import type { Failure, Phase } from './retry.ts';

const FIRST = { index: 0, acceptedBefore: 0 };
const LATER = { index: 50, acceptedBefore: 50 };

function said(phase: Phase, wire: string): Failure {
  const [reply] = new ReplyReceiver().take(new TextEncoder().encode(`${wire}\r\n`));
  assert.ok(reply !== undefined);
  return { type: 'replied', phase, host: 'mx.example[192.0.2.1]', reply };
}

/** Phase, what the peer says, where the RCPT stood, and then: action, cause, scope, status. */
// prettier-ignore
const TABLE: readonly (readonly [Phase, string, typeof FIRST, string])[] = [
  // Three events share 452.
  ['rcpt',        '452 4.5.3 Too many recipients',           LATER, 'next-transaction too-many-recipients message 4.5.3'],
  ['rcpt',        '452 Too many recipients',                 LATER, 'next-transaction too-many-recipients message 4.5.3'],
  ['rcpt',        '552 Too many recipients',                 LATER, 'next-transaction too-many-recipients message 4.5.3'],
  ['rcpt',        '452 4.2.2 Mailbox full, try again later', LATER, 'retry mailbox-full mailbox 4.2.2'],
  ['rcpt',        '452 4.2.2 Mailbox full, try again later', FIRST, 'retry mailbox-full mailbox 4.2.2'],
  ['rcpt',        '452 4.3.1 Insufficient system storage',   LATER, 'next-host peer-full host 4.3.1'],
  ['mail',        '452 4.3.1 Insufficient system storage',   FIRST, 'next-host peer-full host 4.3.1'],
  ['mail',        '452 Space shortage, please try later',    FIRST, 'next-host peer-full host 4.3.1'],
  ['mail',        '452 4.4.5 Insufficient disk space',       FIRST, 'next-host peer-busy host 4.4.5'],
  // Of the first RCPT it cannot be the number.
  ['rcpt',        '452 4.5.3 Too many recipients',           FIRST, 'retry too-many-recipients mailbox 4.5.3'],
  ['rcpt',        '452 try later',                           FIRST, 'retry mailbox-full mailbox 4.2.2'],
  ['rcpt',        '552 5.2.2 Mailbox full',                  LATER, 'fail mailbox-full message 5.2.2'],
  ['rcpt',        '554 5.2.2 mailbox full',                  LATER, 'fail mailbox-full message 5.2.2'],
  ['rcpt',        '552 5.2.3 Message too big',               LATER, 'fail message-too-big message 5.2.3'],
  ['mail',        '552 5.3.4 Message too big',               FIRST, 'fail message-too-big message 5.3.4'],
  ['mail',        '552 too big',                             FIRST, 'fail message-too-big message 5.0.0'],
  ['rcpt',        '550 5.1.1 No such mailbox',               FIRST, 'fail no-such-mailbox message 5.1.1'],
  ['rcpt',        '450 4.7.1 Greylisted, come back',         FIRST, 'retry greylisted mailbox 4.7.1'],
  ['rcpt',        '451 4.7.1 Try again later',               FIRST, 'retry greylisted mailbox 4.7.1'],
  ['mail',        '451 4.7.0 Too many messages',             FIRST, 'retry rate-limited message 4.7.0'],
  ['rcpt',        '421 4.3.2 Closing',                       LATER, 'next-host peer-busy host 4.3.2'],
  ['end-of-data', '452 4.2.2 Mailbox full',                  LATER, 'retry mailbox-full message 4.2.2'],
  ['end-of-data', '554 5.7.1 Refused',                       FIRST, 'fail policy message 5.7.1'],
  // Odd ones of the field.
  ['rcpt',        '452 4.1.1 Mailbox over quota',            FIRST, 'retry mailbox-full mailbox 4.1.1'],
  ['rcpt',        '450 4.1.1 Unverified address',            FIRST, 'retry no-such-mailbox mailbox 4.1.1'],
  ['rcpt',        '455 4.5.3 Too many recipients',           LATER, 'next-transaction too-many-recipients message 4.5.3'],
  ['rcpt',        '451 4.5.3 Too many recipients',           LATER, 'next-transaction too-many-recipients message 4.5.3'],
  ['rcpt',        '452 4.5.3 Rate limit exceeded',           FIRST, 'retry rate-limited mailbox 4.5.3'],
  ['mail',        '452 4.5.3 Too many messages sent',        FIRST, 'retry rate-limited message 4.5.3'],
  ['rcpt',        '450 4.2.1 The user is receiving mail at too fast a rate', FIRST, 'retry rate-limited mailbox 4.2.1'],
  ['end-of-data', '421 4.7.0 Unusual rate of mail',          FIRST, 'next-host rate-limited host 4.7.0'],
  ['rcpt',        '432 4.3.2 Thread limit exceeded',         FIRST, 'next-host peer-busy host 4.3.2'],
  ['rcpt',        '552 quota exceeded',                      FIRST, 'fail mailbox-full message 5.0.0'],
  ['rcpt',        '552 5.1.1 Mailbox delivery failure',      FIRST, 'fail no-such-mailbox message 5.1.1'],
  ['end-of-data', '552 5.2.2 Mailbox full',                  FIRST, 'fail mailbox-full message 5.2.2'],
  ['rcpt',        '550 5.5.3 Too many recipients',           LATER, 'fail too-many-recipients message 5.5.3'],
  ['rcpt',        '550 mailbox unavailable',                 FIRST, 'fail no-such-mailbox message 5.0.0'],
  ['end-of-data', '451 queue file write error',              FIRST, 'retry other message 4.0.0'],
  ['mail',        '421 4.3.0 Temporary Error',               FIRST, 'next-host peer-busy host 4.3.0'],
  ['rcpt',        '556 no mail here',                        FIRST, 'fail no-mail message 5.0.0'],
  // Nonsense.
  ['data',        '503 Bad sequence of commands',            FIRST, 'next-host other host 4.5.0'],
  ['rcpt',        '503 5.5.1 MAIL first',                    LATER, 'next-host other host 4.5.0'],
  ['mail',        '500 5.5.2 Syntax error',                  FIRST, 'fail other message 5.5.2'],
  // Before MAIL nobody is refused.
  ['greeting',    '554 5.7.1 No service for you',            FIRST, 'next-host policy host 4.3.0'],
  ['greeting',    '521 This host takes no mail',             FIRST, 'fail no-mail host 5.1.10'],
  ['hello',       '550 5.1.1 nonsense',                      FIRST, 'next-host no-such-mailbox host 4.3.0'],
  ['mail',        'HTTP/1.1 400 Bad Request',                FIRST, 'next-host other host 4.5.0'],
  ['end-of-data', '354 again',                               FIRST, 'next-host other host 4.5.0'],
];

for (const [phase, wire, place, expected] of TABLE) {
  test(`classify: ${phase} at ${place.index}: ${wire}`, () => {
    const { action, cause, scope, status } = classify(said(phase, wire), place);
    assert.equal(`${action} ${cause} ${scope} ${status}`, expected);
  });
}

test('classify: a reply that was lost is not a host that was not reached', () => {
  const lost: Failure = { type: 'network', phase: 'end-of-data', host: 'h', error: 'reset' };
  assert.equal(classify(lost, FIRST).cause, 'reply-lost');
  assert.equal(classify(lost, FIRST).action, 'retry');
  const refused: Failure = { type: 'network', phase: 'connect', host: 'h', error: 'refused' };
  assert.deepEqual(classify(refused, FIRST), {
    action: 'next-host',
    cause: 'peer-unreachable',
    scope: 'host',
    status: '4.4.1',
  });
});

test('classify: a null MX and a loop are for ever, a silent DNS is not', () => {
  assert.equal(route('null-mx'), 'fail 5.1.10');
  assert.equal(route('loop'), 'fail 5.4.6');
  assert.equal(route('no-such-domain'), 'fail 5.1.2');
  assert.equal(route('dns-timeout'), 'retry 4.4.3');
});

function route(error: Extract<Failure, { type: 'route' }>['error']): string {
  const { action, status } = classify({ type: 'route', error, text: '' }, FIRST);
  return `${action} ${status}`;
}

test('withPatience() asks a mailbox full for good again for a while, and nothing else', () => {
  const HOUR = 3_600_000;
  const full = classify(said('rcpt', '552 5.2.2 Mailbox full'), FIRST);
  const unknown = classify(said('rcpt', '550 5.1.1 No such mailbox'), FIRST);
  assert.equal(withPatience(full, 23 * HOUR, 24 * HOUR).action, 'retry');
  assert.equal(withPatience(full, 23 * HOUR, 24 * HOUR).status, '4.2.2');
  assert.equal(withPatience(full, 24 * HOUR, 24 * HOUR), full);
  assert.equal(withPatience(full, 0, 0), full);
  assert.equal(withPatience(unknown, 0, 24 * HOUR), unknown);
});
