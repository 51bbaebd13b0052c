import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk, DiskFile } from '../world/disk.ts';
import { SimClock } from '../world/sim/clock.ts';
import { SegmentReaders } from './segment-readers.ts';

/** Twenty segments, each with its number as its only octet; it knows what is open, and answers late. */
function shelf() {
  const state = { open: 0, opened: 0 };
  const disk = {
    open: async (path: string): Promise<Partial<DiskFile>> => {
      await new Promise(setImmediate);
      state.open++;
      state.opened++;
      let closed = false;
      return {
        read: (into) => {
          assert.ok(!closed, 'it is read while it is open');
          into[0] = Number.parseInt(path.split('/').at(-1) ?? '', 10);
          return Promise.resolve(1);
        },
        close: () => {
          assert.ok(!closed, 'it is closed once');
          closed = true;
          state.open--;
          return Promise.resolve();
        },
      };
    },
  } as unknown as Disk;
  const clock = new SimClock();
  return { state, clock, readers: new SegmentReaders(disk, clock, '/segments') };
}

async function read(readers: SegmentReaders, number: number): Promise<void> {
  const file = await readers.lend(number);
  const octet = new Uint8Array(1);
  await file.read(octet, 0);
  assert.equal(octet[0], number);
  await file.close();
  await file.close();
}

test('SegmentReaders opens a segment once for many readings, and closes it when nobody comes any more', async () => {
  const { state, clock, readers } = shelf();
  for (let i = 0; i < 10; i++) await read(readers, 7);
  assert.deepEqual(state, { open: 1, opened: 1 });
  await clock.pass(1000);
  assert.equal(state.open, 0);
  await read(readers, 7);
  await readers.close();
  assert.deepEqual(state, { open: 0, opened: 2 });
});

test('SegmentReaders lends nothing that is closed, however many ask for however many at once', async () => {
  const { state, readers } = shelf();
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 100 }, (_, i) => read(readers, (i * 7 + round) % 20)));
  assert.ok(state.open <= 9, `${state.open} are open`);
  await readers.close();
  assert.equal(state.open, 0);
});

test('SegmentReaders.forget() lets go of a segment as soon as its last reader does', async () => {
  const { state, readers } = shelf();
  const file = await readers.lend(3);
  await readers.forget(3);
  assert.equal(state.open, 1);
  await file.read(new Uint8Array(1), 0);
  await file.close();
  assert.equal(state.open, 0);
});
