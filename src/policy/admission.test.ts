import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  judgeConnect,
  judgeHold,
  judgeMail,
  judgeMembers,
  judgeRecipient,
  judgeSettlements,
  judgeSize,
  judgeSubmitted,
  postmasterHold,
  verdictOf,
} from './admission.ts';
import type { MailFacts, MailVerdict, SpaceView } from './admission.ts';
import type { RoomVerdict, Settlement } from './quota.ts';
import { GIB, KIB, LEVELS, MIB, SPACE_DEFAULTS } from './space.ts';
import type { Level, SpaceSettings } from './space.ts';

const S = SPACE_DEFAULTS;
const PLENTY = 10 * GIB;

interface Sight {
  readonly level: Level;
  readonly usable: number;
  readonly reserve: number;
  readonly postmasterPool: number;
  readonly admitted: boolean;
}

function space(change: Partial<Sight> = {}): SpaceView {
  const sight = {
    level: 'green' as const,
    usable: PLENTY,
    reserve: 128 * MIB,
    postmasterPool: 16 * MIB,
    admitted: true,
    ...change,
  };
  return { ...sight, usable: () => sight.usable, admits: () => sight.admitted };
}

test('judgeConnect() S01 closes the door when BLACK, S40 when stopping, S02 at no other level', () => {
  assert.deepEqual(
    LEVELS.map((level) => judgeConnect(level, false)),
    ['ok', 'ok', 'ok', 'not-accepting'],
  );
  assert.deepEqual(
    LEVELS.map((level) => judgeConnect(level, true)),
    LEVELS.map(() => 'shutting-down'),
  );
});

const ORDINARY: MailVerdict = { name: 'ok', lane: 'ordinary' };
const POSTMASTER: MailVerdict = { name: 'ok', lane: 'postmaster' };
const FULL: MailVerdict = { name: 'storage-full' };
const TOO_BIG: MailVerdict = { name: 'message-too-big', limit: 50 * MIB };

const mail = (declared: number | null, change: Partial<MailFacts> = {}): MailFacts => ({
  declared,
  source: 'mx',
  queueFull: false,
  ...change,
});
const tight = (declared: number): number => declared + 9 * KIB + 128 * MIB;

// prettier-ignore
const MAILS: readonly (readonly [what: string, sight: Partial<Sight>, mail: MailFacts, verdict: MailVerdict, settings?: Partial<SpaceSettings>])[] = [
  ['S09 nothing declared, GREEN',            {},                                    mail(null),                 ORDINARY],
  ['S09 SIZE=0, GREEN',                      {},                                    mail(0),                    ORDINARY],
  ['the maximum itself',                     {},                                    mail(50 * MIB),             ORDINARY],
  ['S05 above the maximum',                  {},                                    mail(50 * MIB + 1),         TOO_BIG],
  ['S05 before S03',                         { level: 'red' },                      mail(50 * MIB + 1),         TOO_BIG],
  ['S05 in BLACK',                           { level: 'black' },                    mail(50 * MIB + 1),         TOO_BIG],
  ['S05 before S37',                         {},                                    mail(50 * MIB + 1, { queueFull: true }), TOO_BIG],
  ['S37 the queue is full',                  {},                                    mail(1, { queueFull: true }), FULL],
  ['S03 RED, too big for postmaster',        { level: 'red' },                      mail(256 * KIB + 1),        FULL],
  ['S03 RED, lane off, small',               { level: 'red' },                      mail(1),                    FULL, { postmasterLane: false }],
  ['S03 RED, lane off, undeclared',          { level: 'red' },                      mail(null),                 FULL, { postmasterLane: false }],
  ['S03b RED, 256 KiB',                      { level: 'red' },                      mail(256 * KIB),            POSTMASTER],
  ['S03b RED, undeclared',                   { level: 'red' },                      mail(null),                 POSTMASTER],
  ['S03b RED, SIZE=0',                       { level: 'red' },                      mail(0),                    POSTMASTER],
  ['S42 the pool is used up, undeclared',    { level: 'red', postmasterPool: 264 * KIB }, mail(null),           FULL],
  ['S42 the pool has just enough',           { level: 'red', postmasterPool: 265 * KIB }, mail(null),           POSTMASTER],
  ['S42 the pool is used up, small',         { level: 'red', postmasterPool: 9 * KIB }, mail(1),                FULL],
  ['BLACK, a session from before',           { level: 'black' },                    mail(1),                    FULL],
  ['S04 YELLOW, undeclared',                 { level: 'yellow', usable: GIB },      mail(null),                 FULL],
  ['S04 YELLOW, SIZE=0',                     { level: 'yellow', usable: GIB },      mail(0),                    FULL],
  ['S04 YELLOW, a sixteenth and one',        { level: 'yellow', usable: 160 * MIB }, mail(10 * MIB + 1),        FULL],
  ['YELLOW, a sixteenth',                    { level: 'yellow', usable: 160 * MIB }, mail(10 * MIB),            ORDINARY],
  ['YELLOW, submission, an eighth',          { level: 'yellow', usable: 160 * MIB }, mail(20 * MIB, { source: 'submission' }), ORDINARY],
  ['S04 YELLOW, submission, more',           { level: 'yellow', usable: 160 * MIB }, mail(20 * MIB + 1, { source: 'submission' }), FULL],
  ['S06 one octet short',                    { usable: tight(5 * MIB) - 1 },        mail(5 * MIB),              FULL],
  ['S06 just enough',                        { usable: tight(5 * MIB) },            mail(5 * MIB),              ORDINARY],
  ['S06 undeclared counts as 1 MiB',         { usable: tight(MIB) - 1 },            mail(null),                 FULL],
  ['S06 in YELLOW',                          { level: 'yellow', usable: tight(MIB) - 1 }, mail(MIB),            FULL],
  ['not admitted yet, small: as in RED',     { admitted: false },                   mail(null),                 POSTMASTER],
  ['not admitted yet, big: as in RED',       { admitted: false },                   mail(MIB),                  FULL],
];

for (const [what, sight, facts, verdict, settings] of MAILS) {
  test(`judgeMail() ${what}`, () => {
    assert.deepEqual(judgeMail(space(sight), facts, { ...S, ...settings }), verdict);
  });
}

test('judgeMail() asks for admission only when nothing else refuses', () => {
  let asked = 0;
  const counting = (sight: Partial<Sight>): SpaceView => ({ ...space(sight), admits: () => ++asked > 0 });
  judgeMail(counting({ level: 'red' }), mail(null), S);
  judgeMail(counting({ usable: 0 }), mail(1), S);
  judgeMail(counting({}), mail(51 * MIB), S);
  assert.equal(asked, 0);
  judgeMail(counting({}), mail(1), S);
  assert.equal(asked, 1);
});

test('postmasterHold() takes the size, or the largest of the lane', () => {
  assert.deepEqual(
    [postmasterHold(1, 1, S), postmasterHold(null, 1, S), postmasterHold(0, 2, S)],
    [9 * KIB + 1, 265 * KIB, 266 * KIB],
  );
});

// prettier-ignore
const RECIPIENTS = [
  ['S03b postmaster',          { lane: 'postmaster', isPostmaster: true,  declared: null, recipients: 0 },  0,                               'ok'],
  ['S03b anybody else',        { lane: 'postmaster', isPostmaster: false, declared: null, recipients: 0 },  PLENTY,                          'storage-full'],
  ['room for a copy',          { lane: 'ordinary',   isPostmaster: false, declared: 100,  recipients: 99 }, 128 * MIB + 108 * KIB + 100,     'ok'],
  ['S21 no room for a copy',   { lane: 'ordinary',   isPostmaster: false, declared: 100,  recipients: 99 }, 128 * MIB + 108 * KIB + 99,      'storage-full'],
  ['S21 holds for postmaster', { lane: 'ordinary',   isPostmaster: true,  declared: null, recipients: 0 },  128 * MIB,                       'storage-full'],
] as const;

for (const [what, facts, usable, verdict] of RECIPIENTS) {
  test(`judgeRecipient() ${what}`, () => {
    assert.equal(judgeRecipient(space({ usable }), facts, S), verdict);
  });
}

const BIG: RoomVerdict = { name: 'message-too-big-for-mailbox', limit: 5 };
// prettier-ignore
const LISTS: readonly (readonly [what: string, members: readonly [RoomVerdict, ...RoomVerdict[]], verdict: RoomVerdict])[] = [
  ['an account alone',                  ['mailbox-short'],                                    'mailbox-short'],
  ['S19 every member is full',          ['mailbox-full', 'mailbox-full'],                     'mailbox-full'],
  ['S20 one has room',                  ['mailbox-full', BIG, 'ok', 'mailbox-abandoned'],     'ok'],
  ['transient before permanent',        ['mailbox-abandoned', BIG, 'storage-full'],           'storage-full'],
  ['a mailbox before its domain',       ['storage-full', 'domain-full', 'mailbox-short'],     'mailbox-short'],
  ['full before short',                 ['mailbox-short', 'mailbox-full'],                    'mailbox-full'],
  ['too big for all who are in use',    ['mailbox-abandoned', BIG],                           BIG],
];

for (const [what, members, verdict] of LISTS) {
  test(`judgeMembers() ${what}`, () => {
    assert.deepEqual(judgeMembers(members), verdict);
  });
}

test('judgeHold() S23, S29: 452 for the disk; S39: never 452 for a client that holds too much', () => {
  assert.equal(judgeHold('storage-full'), 'storage-full');
  assert.equal(judgeHold('pool-used-up'), 'storage-full');
  assert.equal(judgeHold('client-cap'), 'slow-down');
});

test('judgeSize() S27: above the fixed maximum', () => {
  assert.equal(judgeSize({ octets: 50 * MIB, largest: [0] }, S), 'ok');
  assert.deepEqual(judgeSize({ octets: 50 * MIB + 1, largest: [10] }, S), TOO_BIG);
});

test('judgeSize() S12 at the end: only when it is too big for each recipient', () => {
  assert.deepEqual(judgeSize({ octets: 11, largest: [5, 10] }, S), {
    name: 'message-too-big-for-mailbox',
    limit: 10,
  });
  assert.equal(judgeSize({ octets: 11, largest: [5, 11] }, S), 'ok');
  assert.equal(judgeSize({ octets: 11, largest: [5, 0] }, S), 'ok');
  assert.equal(judgeSize({ octets: 11, largest: [] }, S), 'ok');
});

// prettier-ignore
const SETTLEMENTS: readonly (readonly [settlements: readonly Settlement[], verdict: string])[] = [
  [['room'],                                   'ok'],
  [['mailbox-full', 'room', 'server-full'],    'ok'], // S35
  [['mailbox-full', 'mailbox-full'],           'mailbox-full'], // S34
  [['domain-full'],                            'domain-full'],
  [['server-full', 'server-full'],             'storage-full'],
  [['domain-full', 'mailbox-full'],            'mailbox-full'],
  [['mailbox-full', 'server-full'],            'mailbox-full'],
  [['domain-full', 'server-full'],             'storage-full'],
  [['gone', 'gone'],                           'no-such-mailbox'],
  [['gone', 'room'],                           'ok'],
  [['gone', 'mailbox-full'],                   'mailbox-full'],
  [['gone', 'domain-full'],                    'storage-full'],
  [[],                                         'ok'],
];

for (const [settlements, verdict] of SETTLEMENTS) {
  test(`judgeSettlements() ${settlements.join(', ') || 'nothing'}: ${verdict}`, () => {
    assert.equal(judgeSettlements(settlements), verdict);
  });
}

test('judgeSettlements() keeps what a user submits when it only waits, but not when the server is full or the mailbox gone', () => {
  const submitted = { queued: 0, submitted: true };
  assert.equal(judgeSettlements(['mailbox-full', 'domain-full'], submitted), 'ok');
  assert.equal(judgeSettlements(['server-full', 'mailbox-full'], submitted), 'ok');
  assert.equal(judgeSettlements(['server-full', 'gone'], submitted), 'storage-full');
  assert.equal(judgeSettlements(['gone'], submitted), 'no-such-mailbox');
});

test('judgeSettlements() keeps a message of which something goes out', () => {
  for (const submitted of [false, true]) {
    assert.equal(judgeSettlements(['mailbox-full', 'server-full'], { queued: 1, submitted }), 'ok');
    assert.equal(judgeSettlements([], { queued: 1, submitted }), 'ok');
  }
});

test('judgeSubmitted() takes a mailbox that is only full, and refuses what never fits', () => {
  for (const room of ['ok', 'mailbox-full', 'mailbox-short', 'domain-full'] as const)
    assert.equal(judgeSubmitted(room), 'ok', room);
  for (const room of ['mailbox-abandoned', 'storage-full'] as const) assert.equal(judgeSubmitted(room), room);
  const tooBig = { name: 'message-too-big-for-mailbox', limit: 10 } as const;
  assert.deepEqual(judgeSubmitted(tooBig), tooBig);
});

test('verdictOf() S36: each recipient of LMTP has a reply of its own', () => {
  const all: readonly Settlement[] = ['room', 'mailbox-full', 'domain-full', 'server-full', 'gone'];
  assert.deepEqual(all.map(verdictOf), [
    'ok',
    'mailbox-full',
    'domain-full',
    'storage-full',
    'no-such-mailbox',
  ]);
});
