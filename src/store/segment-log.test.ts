import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { SimDisk } from '../world/sim/disk.ts';
import type { SimDiskOptions } from '../world/sim/disk.ts';
import { FIXED_OCTETS, RECORD, readFrame } from './record.ts';
import { replay } from './replay.ts';
import { SegmentLog } from './segment-log.ts';
import type { LogRecord } from './segment-log.ts';

const FOLDER = '/log';
const clock = { now: () => 0 as never, elapsed: () => performance.now(), after: () => () => {} };

async function makeLog(options: SimDiskOptions = {}): Promise<{ disk: SimDisk; log: SegmentLog }> {
  const disk = new SimDisk(options);
  await disk.makeFolder(FOLDER);
  await disk.syncFolder('/');
  const end = { segment: null, nextNumber: 1, nextSequence: 1, seals: [] };
  return { disk, log: await SegmentLog.open({ disk, clock, folder: FOLDER, segmentOctets: 2000 }, end) };
}

function recordOf(text: string): LogRecord {
  const body = Buffer.from(text);
  const head = Buffer.concat([Buffer.alloc(FIXED_OCTETS), Buffer.from(text.slice(0, 1))]);
  return {
    type: RECORD.message,
    head,
    body: [body],
    bodyLength: body.length,
    bodyCrc: crc32(body),
    sequence: 0,
  };
}

/** The first letters of what a start finds. */
async function found(
  disk: SimDisk,
): Promise<{ letters: string; nextSequence: number; segments: readonly number[] }> {
  let letters = '';
  const replayed = await replay({
    disk,
    folder: FOLDER,
    largeFolder: FOLDER,
    applied: null,
    follow: ({ heads }) => {
      for (const head of heads) {
        if (readFrame(head)?.type === RECORD.message) letters += head.subarray(FIXED_OCTETS).toString();
      }
    },
    damaged: (segment) => assert.fail(`segment ${segment} is damaged`),
  });
  return { letters, nextSequence: replayed.end.nextSequence, segments: replayed.segments };
}

test('SegmentLog.commit() never writes again to a file whose sync failed, and what was in it does not come back', async () => {
  let syncs = 0;
  const { disk, log } = await makeLog({
    fail: (_, operation) => (operation === 'sync' && ++syncs === 2 ? 'io' : null),
  });
  const first = await log.commit([recordOf('a')]);
  const second = await log.commit([recordOf('b')]);
  const third = await log.commit([recordOf('c')]);
  assert.ok(first.ok && !second.ok && third.ok);
  assert.deepEqual(second.failure, { type: 'io' });
  assert.notEqual(third.value.segment, first.value.segment);
  assert.equal((await found(disk.reboot())).letters, 'ac');
  assert.equal((await found(disk.reboot({}, () => true))).letters, 'ac');
});

test('SegmentLog.commit() goes on in the same segment after a full disk', async () => {
  let writes = 0;
  const { disk, log } = await makeLog({
    fail: (_, operation) => (operation === 'write' && ++writes === 2 ? 'no-space' : null),
  });
  const first = await log.commit([recordOf('a')]);
  assert.deepEqual(await log.commit([recordOf('b'.repeat(900))]), {
    ok: false,
    failure: { type: 'no-space' },
  });
  const third = await log.commit([recordOf('c')]);
  assert.ok(first.ok && third.ok);
  assert.equal(third.value.segment, first.value.segment);
  assert.equal((await found(disk.reboot())).letters, 'ac');
});

test('SegmentLog prepares the next segment before it is needed', async () => {
  const { disk, log } = await makeLog();
  await log.commit([recordOf('a'.repeat(1200))]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await disk.list(FOLDER)).length, 2);
  const { operations } = disk;
  await log.commit([recordOf('b'.repeat(1200))]);
  assert.ok(disk.operations - operations <= 5, 'no more than closing, writing, syncing, and the one after');
  assert.equal((await found(disk.reboot())).letters, 'ab');
});

test('replay() cuts off a torn end, and gives no sequence twice', async () => {
  const { disk, log } = await makeLog();
  await log.commit([recordOf('a'), recordOf('b')]);
  const file = await disk.open(`${FOLDER}/00000001.seg`, 'update');
  const whole = await file.size();
  await log.commit([recordOf('c'), recordOf('d')]);
  await file.write([Buffer.from([0xff])], whole + FIXED_OCTETS); // in the head of c; d behind it is whole
  await file.sync();
  const after = disk.reboot();
  const { letters, nextSequence } = await found(after);
  assert.equal(letters, 'ab');
  assert.equal(await after.size(`${FOLDER}/00000001.seg`), whole);
  assert.equal(nextSequence, 4);
});

test('replay() takes away segments that were prepared and never used', async () => {
  const { disk, log } = await makeLog();
  await log.commit([recordOf('a'.repeat(1200))]);
  await new Promise((resolve) => setImmediate(resolve));
  const after = disk.reboot();
  assert.deepEqual((await found(after)).segments, [1]);
  assert.deepEqual(await after.list(FOLDER), ['00000001.seg']);
});
