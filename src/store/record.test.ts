import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Instant } from '../base/instant.ts';
import { FIXED_OCTETS, RECORD, frameRecord, readFrame, recordLength } from './record.ts';
import {
  decodeMovedHead,
  decodeNames,
  decodeObjectHead,
  decodeSeals,
  encodeMovedHead,
  encodeNames,
  encodeObjectHead,
  encodeSeals,
} from './record-heads.ts';
import type { ObjectHead } from './record-heads.ts';
import { idOfBytes, newMailObjectId } from './mail-object-id.ts';
import { QUEUE } from './store.ts';
import type { AccountId } from './store.ts';
import { SimRandom } from '../world/sim/random.ts';

/** With the prototype that literals have. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const octets = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const head: fc.Arbitrary<ObjectHead> = record<Omit<ObjectHead, 'uids'>>({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(idOfBytes),
  size: octets,
  envelope: record({
    reversePath: text,
    receivedAt: octets.map((n) => n as Instant),
    envid: fc.option(text),
    ret: fc.constantFrom(null, 'FULL' as const, 'HDRS' as const),
    importKey: fc.option(text),
    body: fc.constantFrom('7BIT' as const, '8BITMIME' as const, 'BINARYMIME' as const),
    smtputf8: fc.boolean(),
    origin: fc.constantFrom('mx' as const, 'submission' as const, 'network' as const, 'internal' as const),
    submitter: fc.option(count.map((n) => n as AccountId)),
  }),
  deliveries: fc.array(
    record({
      account: fc.integer({ min: 1, max: 2 ** 32 - 1 }).map((n) => n as AccountId),
      recipient: text,
      state: fc.constantFrom('mailbox' as const, 'waiting' as const, 'queued' as const),
      notify: fc.option(text),
      orcpt: fc.option(text),
    }),
    { maxLength: 20 },
  ),
}).map((one) => ({
  ...one,
  deliveries: one.deliveries.map((each) => (each.state === 'queued' ? { ...each, account: QUEUE } : each)),
  uids: one.deliveries.map(({ state }, i) => (state === 'mailbox' ? i * 7 + 1 : 0)),
}));

test('decodeObjectHead() reads what encodeObjectHead() wrote', () => {
  fc.assert(
    fc.property(head, (one) => {
      assert.deepEqual(decodeObjectHead(encodeObjectHead(one).subarray(FIXED_OCTETS)), one);
    }),
  );
});

test('decodeMovedHead() reads what encodeMovedHead() wrote', () => {
  fc.assert(
    fc.property(head, octets, fc.boolean(), fc.array(count), (one, object, large, numbers) => {
      const moved = { object, large, ordinals: numbers, head: one };
      assert.deepEqual(decodeMovedHead(encodeMovedHead(moved).subarray(FIXED_OCTETS)), moved);
    }),
  );
});

test('decodeNames() and decodeSeals() read what was written', () => {
  fc.assert(
    fc.property(fc.array(record({ object: octets, ordinal: count })), (names) => {
      assert.deepEqual(decodeNames(encodeNames(names).subarray(FIXED_OCTETS)), names);
      const seals = names.map(({ object, ordinal }) => ({ segment: ordinal, end: object }));
      assert.deepEqual(decodeSeals(encodeSeals(seals).subarray(FIXED_OCTETS)), seals);
    }),
  );
});

const framed = record({
  head: fc.uint8Array({ maxLength: 500 }),
  body: fc.uint8Array({ maxLength: 500 }),
  sequence: octets,
});

function frame({
  head: bytes,
  body,
  sequence,
}: {
  head: Uint8Array;
  body: Uint8Array;
  sequence: number;
}): Buffer {
  const whole = Buffer.concat([Buffer.alloc(FIXED_OCTETS), bytes]);
  frameRecord(whole, { type: RECORD.message, sequence, bodyLength: body.length, bodyCrc: crc32(body) });
  return whole;
}

test('readFrame() reads what frameRecord() wrote, wherever it stands', () => {
  fc.assert(
    fc.property(framed, fc.nat(100), (one, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), frame(one)]);
      const found = readFrame(bytes, before);
      assert.deepEqual(found, {
        type: RECORD.message,
        sequence: one.sequence,
        headLength: one.head.length,
        bodyLength: one.body.length,
        bodyCrc: crc32(one.body),
      });
      assert.equal(recordLength(found), FIXED_OCTETS + one.head.length + one.body.length);
    }),
  );
});

test('readFrame() takes no record of which an octet is wrong or missing', () => {
  fc.assert(
    fc.property(framed, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, where, change) => {
      const bytes = frame(one);
      assert.equal(readFrame(bytes.subarray(0, where % bytes.length)), null);
      const at = where % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ change;
      assert.equal(readFrame(bytes), null);
    }),
  );
});

test('newMailObjectId() is a UUID of version 7 that tells its time (RFC 9562 §5.7)', () => {
  const clock = { now: () => 0x0123_4567_89ab as Instant, elapsed: () => 0, after: () => () => {} };
  const id = newMailObjectId(clock, new SimRandom(1));
  assert.match(id, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('decodeObjectHead() reads a record from before there was a queue', () => {
  // id, size 5, one delivery with UID 7, received at 1000, RET=HDRS, reverse-path, no envid, no key, account 3, recipient, no notify, no orcpt
  const old = Buffer.from(
    '0190f3c1a2b37c4d8e5f0123456789ab' +
      '0000000000001440' +
      '01000000' +
      '07000000' +
      '0000000000408f40' +
      '02' +
      '0300614062' +
      'ffff' +
      'ffff' +
      '03000000' +
      '0300634064' +
      'ffff' +
      'ffff',
    'hex',
  );
  assert.deepEqual(decodeObjectHead(old), {
    id: '0190f3c1-a2b3-7c4d-8e5f-0123456789ab',
    size: 5,
    envelope: {
      reversePath: 'a@b',
      receivedAt: 1000,
      envid: null,
      ret: 'HDRS',
      importKey: null,
      body: '7BIT',
      smtputf8: false,
      origin: 'mx',
      submitter: null,
    },
    deliveries: [{ account: 3, recipient: 'c@d', state: 'mailbox', notify: null, orcpt: null }],
    uids: [7],
  });
});
