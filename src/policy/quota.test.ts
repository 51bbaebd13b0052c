import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grace, isStoredFull, judgeRoom, largestMessage, QUOTA_DEFAULTS, settles } from './quota.ts';
import type { Pool, QuotaFacts, RoomVerdict, Settlement } from './quota.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;
const NOW = 1_000 * DAY;
const EMPTY: Pool = {
  usedOctets: 0,
  usedMessages: 0,
  inflightOctets: 0,
  inflightMessages: 0,
  limitOctets: 0,
  limitMessages: 0,
};
const FULL: Pool = { ...EMPTY, usedOctets: 100, limitOctets: 100 };
const ROOM: Pool = { ...EMPTY, limitOctets: 1000 };

function facts(change: Partial<QuotaFacts> = {}): QuotaFacts {
  return {
    mailbox: EMPTY,
    domain: EMPTY,
    server: EMPTY,
    messageSizeMax: 0,
    fullSince: null,
    lastLogin: null,
    ...change,
  };
}

test('grace() is a tenth of the limit, and 10 MiB at most', () => {
  const grown = [0, 9, 1000, 50 * MIB, 100 * MIB, 10_000 * MIB].map((limit) => grace(limit, QUOTA_DEFAULTS));
  assert.deepEqual(grown, [0, 0, 100, 5 * MIB, 10 * MIB, 10 * MIB]);
});

function largest(messageSizeMax: number, limitOctets: number): number {
  return largestMessage({ messageSizeMax, mailbox: { ...EMPTY, limitOctets } });
}

test('largestMessage() is the smaller of the two limits, 0 being none', () => {
  assert.deepEqual(
    [largest(0, 0), largest(5, 0), largest(0, 7), largest(5, 7), largest(7, 5)],
    [0, 5, 7, 5, 5],
  );
});

const TOO_BIG = (limit: number): RoomVerdict => ({ name: 'message-too-big-for-mailbox', limit });
const ABANDONED = { mailbox: FULL, fullSince: NOW - 31 * DAY };

// prettier-ignore
const ROOMS: readonly (readonly [what: string, facts: QuotaFacts, declared: number | null, verdict: RoomVerdict])[] = [
  ['no limits at all',                        facts(),                                                                        10 ** 12, 'ok'],
  ['nothing declared, room',                  facts({ mailbox: ROOM }),                                                       null, 'ok'],
  ['S10: used reaches the limit',             facts({ mailbox: FULL }),                                                       null, 'mailbox-full'],
  ['S10: used and in flight reach the limit', facts({ mailbox: { ...ROOM, usedOctets: 600, inflightOctets: 400 } }),          1, 'mailbox-full'],
  ['one octet short of S10',                  facts({ mailbox: { ...ROOM, usedOctets: 600, inflightOctets: 399 } }),          1, 'ok'],
  ['S10: messages reach the limit',           facts({ mailbox: { ...EMPTY, usedMessages: 2, inflightMessages: 1, limitMessages: 3 } }), null, 'mailbox-full'],
  ['one message short of S10',                facts({ mailbox: { ...EMPTY, usedMessages: 1, inflightMessages: 1, limitMessages: 3 } }), null, 'ok'],
  ['S11: beyond limit and grace',             facts({ mailbox: { ...ROOM, usedOctets: 500 } }),                               601, 'mailbox-short'],
  ['S11: just within grace',                  facts({ mailbox: { ...ROOM, usedOctets: 500 } }),                               600, 'ok'],
  ['S11: what is in flight counts',           facts({ mailbox: { ...ROOM, usedOctets: 400, inflightOctets: 100 } }),          601, 'mailbox-short'],
  ['S12: larger than the whole mailbox',      facts({ mailbox: ROOM }),                                                       1001, TOO_BIG(1000)],
  ['S12: as large as the whole mailbox',      facts({ mailbox: ROOM }),                                                       1000, 'ok'],
  ['S12: larger than its message limit',      facts({ mailbox: ROOM, messageSizeMax: 10 }),                                   11, TOO_BIG(10)],
  ['S12: message limit without a quota',      facts({ messageSizeMax: 10 }),                                                  11, TOO_BIG(10)],
  ['S12 before S10',                          facts({ mailbox: FULL }),                                                       101, TOO_BIG(100)],
  ['S13: full and unused for 31 days',        facts(ABANDONED),                                                               null, 'mailbox-abandoned'],
  ['S13 before S12',                          facts(ABANDONED),                                                               101, 'mailbox-abandoned'],
  ['S13 not yet: full for 30 days sharp',     facts({ mailbox: FULL, fullSince: NOW - 30 * DAY }),                            null, 'mailbox-full'],
  ['S13 not: somebody logged in',             facts({ ...ABANDONED, lastLogin: NOW - 29 * DAY }),                             null, 'mailbox-full'],
  ['S13: the login was long ago',             facts({ ...ABANDONED, lastLogin: NOW - 40 * DAY }),                             null, 'mailbox-abandoned'],
  ['S13 not: it has room by now',             facts({ mailbox: ROOM, fullSince: NOW - 31 * DAY }),                            null, 'ok'],
  ['S14: the domain is full',                 facts({ domain: FULL }),                                                        null, 'domain-full'],
  ['S14: the domain has not enough',          facts({ domain: ROOM }),                                                        1001, 'domain-full'],
  ['S14: no grace for a domain',              facts({ domain: { ...ROOM, usedOctets: 500 } }),                                501, 'domain-full'],
  ['S14: messages of the domain',             facts({ domain: { ...EMPTY, usedMessages: 1, limitMessages: 1 } }),             null, 'domain-full'],
  ['the server is full',                      facts({ server: FULL }),                                                        null, 'storage-full'],
  ['the server has not enough',               facts({ server: ROOM }),                                                        1001, 'storage-full'],
  ['S10 before S14 before the server',        facts({ mailbox: FULL, domain: FULL, server: FULL }),                           null, 'mailbox-full'],
  ['S11 before S14',                          facts({ mailbox: { ...ROOM, usedOctets: 500 }, domain: FULL }),                 601, 'mailbox-short'],
  ['S14 before the server',                   facts({ domain: FULL, server: FULL }),                                          null, 'domain-full'],
];

for (const [what, given, declared, verdict] of ROOMS) {
  test(`judgeRoom() ${what}`, () => {
    assert.deepEqual(judgeRoom(given, declared, NOW, QUOTA_DEFAULTS), verdict);
  });
}

test('judgeRoom() never gives up a mailbox when permanentAfter is 0', () => {
  const never = { ...QUOTA_DEFAULTS, permanentAfterMs: 0 };
  assert.equal(judgeRoom(facts(ABANDONED), null, NOW, never), 'mailbox-full');
});

// prettier-ignore
const ENDS: readonly (readonly [what: string, facts: QuotaFacts, octets: number, messages: number, settlement: Settlement])[] = [
  ['no limits',                         facts(),                                                                      10 ** 12, 1, 'room'],
  ['within limit and grace',            facts({ mailbox: { ...ROOM, usedOctets: 500 } }),                             600, 1, 'room'],
  ['beyond limit and grace',            facts({ mailbox: { ...ROOM, usedOctets: 500 } }),                             601, 1, 'mailbox-full'],
  ['what is in flight does not count',  facts({ mailbox: { ...ROOM, inflightOctets: 5000, inflightMessages: 9 } }),   900, 1, 'room'],
  ['the last message',                  facts({ mailbox: { ...EMPTY, usedMessages: 2, limitMessages: 3 } }),          1, 1, 'room'],
  ['two for one place',                 facts({ mailbox: { ...EMPTY, usedMessages: 2, limitMessages: 3 } }),          2, 2, 'mailbox-full'],
  ['the domain has no grace',           facts({ domain: ROOM }),                                                      1001, 1, 'domain-full'],
  ['the server has no grace',           facts({ server: ROOM }),                                                      1001, 1, 'server-full'],
  ['the nearest is told',               facts({ mailbox: FULL, domain: FULL, server: FULL }),                         11, 1, 'mailbox-full'],
];

for (const [what, given, octets, messages, settlement] of ENDS) {
  test(`settles() ${what}`, () => {
    const taken = settles(given, octets, messages, QUOTA_DEFAULTS);
    assert.equal(taken, settlement);
  });
}

test('isStoredFull() goes by what is stored', () => {
  assert.equal(isStoredFull(FULL), true);
  assert.equal(isStoredFull({ ...ROOM, inflightOctets: 5000 }), false);
  assert.equal(isStoredFull({ ...EMPTY, usedMessages: 3, limitMessages: 3 }), true);
  assert.equal(isStoredFull(EMPTY), false);
});
