/** What the store counts on, of the real disk and of the simulated one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskFailure } from './disk.ts';
import type { Disk, DiskProblem } from './disk.ts';
import { nodeDisk } from './node-disk.ts';
import { Crash, SimDisk } from './sim/disk.ts';

const KINDS: readonly (readonly [
  name: string,
  make: () => { disk: Disk; folder: string; done: () => void },
])[] = [
  [
    'nodeDisk',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'restante-disk-'));
      return { disk: nodeDisk, folder, done: () => rmSync(folder, { recursive: true }) };
    },
  ],
  ['SimDisk', () => ({ disk: new SimDisk(), folder: '', done: () => {} })],
];

for (const [name, make] of KINDS) {
  const check = (criterion: string, act: (disk: Disk, folder: string) => Promise<void>): void => {
    test(`${name} ${criterion}`, async () => {
      const { disk, folder, done } = make();
      try {
        await disk.makeFolder(`${folder}/a/b`);
        await act(disk, `${folder}/a/b`);
      } finally {
        done();
      }
    });
  };

  check('reads back views that were written at a position', async (disk, folder) => {
    const file = await disk.open(`${folder}/f`, 'create');
    const views = Array.from({ length: 1500 }, (_, i) => Buffer.from(`${i},`)); // more than one writev takes
    await file.write(views, 0);
    await file.write([Buffer.from('XYZ')], 2);
    await file.sync();
    const whole = Buffer.concat(views);
    whole.write('XYZ', 2);
    const into = Buffer.alloc(whole.length + 10);
    assert.equal(await file.read(into, 0), whole.length);
    assert.ok(into.subarray(0, whole.length).equals(whole));
    assert.equal(await file.read(Buffer.alloc(5), whole.length), 0);
    assert.equal(await file.size(), whole.length);
    await file.truncate(4);
    assert.equal(await disk.size(`${folder}/f`), 4);
    await file.close();
  });

  check('lists, renames and unlinks', async (disk, folder) => {
    for (const one of ['x', 'y']) await (await disk.open(`${folder}/${one}`, 'create')).close();
    await disk.rename(`${folder}/x`, `${folder}/z`);
    assert.deepEqual((await disk.list(folder)).toSorted(), ['y', 'z']);
    await disk.unlink(`${folder}/y`);
    await disk.syncFolder(folder);
    assert.deepEqual(await disk.list(folder), ['z']);
    assert.equal(await disk.size(`${folder}/y`), null);
  });

  check('reads on in a file that was unlinked', async (disk, folder) => {
    const file = await disk.open(`${folder}/f`, 'create');
    await file.write([Buffer.from('still here')], 0);
    await disk.unlink(`${folder}/f`);
    const into = Buffer.alloc(10);
    assert.equal(await file.read(into, 0), 10);
    assert.equal(into.toString(), 'still here');
    await file.close();
  });

  check('says what is missing, what exists, what is in use', async (disk, folder) => {
    await assert.rejects(disk.open(`${folder}/f`, 'read'), problem('missing'));
    await assert.rejects(disk.unlink(`${folder}/f`), problem('missing'));
    await (await disk.open(`${folder}/f`, 'create')).close();
    await assert.rejects(disk.open(`${folder}/f`, 'create'), problem('exists'));
    await disk.makeFolder(folder);
    const lock = await disk.lock(`${folder}/lock`);
    await assert.rejects(disk.lock(`${folder}/lock`), problem('in-use'));
    await lock.release();
    await (await disk.lock(`${folder}/lock`)).release();
  });
}

function problem(wanted: DiskProblem): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof DiskFailure && thrown.problem === wanted;
}

test('SimDisk keeps contents and names apart: each survives only when it was synced', async () => {
  const disk = new SimDisk();
  await disk.makeFolder('a');
  await disk.syncFolder('');
  for (const name of ['both', 'content', 'name']) {
    const file = await disk.open(`a/${name}`, 'create');
    await file.write([Buffer.from(name)], 0);
    if (name !== 'name') await file.sync();
    if (name === 'both') await disk.syncFolder('a');
  }
  const found = disk.reboot();
  assert.deepEqual(await found.list('a'), ['both']);
  assert.equal(await found.size('a/both'), 4);
  const lucky = disk.reboot({}, () => true);
  assert.deepEqual((await lucky.list('a')).toSorted(), ['both', 'content', 'name']);
  assert.equal(await lucky.size('a/name'), 4);
});

test('SimDisk tears what was not synced, sector by sector', async () => {
  const disk = new SimDisk();
  const file = await disk.open('f', 'create');
  await disk.syncFolder('');
  await file.write([Buffer.alloc(2048, 1)], 0);
  let asked = 0;
  const found = disk.reboot({}, () => asked++ % 2 === 1);
  const bytes = Buffer.alloc(2048);
  const size = await (await found.open('f', 'read')).read(bytes, 0);
  assert.equal(size, 2048);
  assert.deepEqual([bytes[0], bytes[512], bytes[1024], bytes[1536]], [0, 1, 0, 1]);
});

test('SimDisk does nothing after the power went', async () => {
  const disk = new SimDisk({ crashAt: 1 });
  await disk.makeFolder('a');
  await assert.rejects(disk.list('a'), Crash);
  await assert.rejects(disk.list('a'), Crash);
});
