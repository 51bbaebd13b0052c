import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CappedVolume } from './capped-volume.ts';
import { folderOctets } from './folder-octets.ts';
import { nodeVolumes, NodeVolume } from './node-volume.ts';
import { PaddingFile } from './padding-file.ts';
import { SimVolume } from './sim/volume.ts';

const MIB = 2 ** 20;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volume-'));
});

after(async () => {
  await rm(folder, { recursive: true });
});

test('NodeVolume: sample() tells what the file system has for us', async () => {
  const { bsize, blocks } = await statfs(folder);
  const sample = await new NodeVolume(folder).sample();
  assert.equal(sample.size, bsize * blocks);
  assert.ok(sample.available > 0 && sample.available <= sample.size);
  assert.ok(sample.inodesAvailable <= sample.inodes);
  await assert.rejects(new NodeVolume(join(folder, 'missing')).sample());
});

test('nodeVolumes() has one for each file system, under the first name', async () => {
  await mkdir(join(folder, 'log'));
  const volumes = await nodeVolumes({ store: folder, log: join(folder, 'log'), proc: '/proc' });
  assert.deepEqual([...volumes.keys()], ['store', 'proc']);
});

test('folderOctets() counts the blocks of all that is inside', async () => {
  const root = join(folder, 'tree');
  await mkdir(join(root, 'deep', 'deeper'), { recursive: true });
  const empty = await folderOctets(root);
  const file = new PaddingFile(join(root, 'deep', 'deeper', 'file'));
  await file.grow(MIB);
  for (let i = 0; i < 100; i++) await writeFile(join(root, 'deep', `${i}`), '');
  const full = await folderOctets(root);
  assert.ok(full - empty >= MIB && full - empty < 1.2 * MIB, `${full - empty}`);
  assert.equal(await folderOctets(join(root, 'missing')), 0);
});

test('folderOctets() fails when it cannot look', async () => {
  await assert.rejects(folderOctets('/proc/self/\0'));
});

test('CappedVolume: sample() is the smaller of what there is and what may be used', async () => {
  const inner = new SimVolume(1000 * MIB, 500 * MIB);
  const sampled = async (capacity: number, used: number): Promise<number[]> => {
    const { size, available } = await new CappedVolume(inner, capacity, () => Promise.resolve(used)).sample();
    return [size / MIB, available / MIB];
  };
  assert.deepEqual(await sampled(64 * MIB, 10 * MIB), [64, 54]);
  assert.deepEqual(await sampled(64 * MIB, 70 * MIB), [64, 0]);
  assert.deepEqual(await sampled(800 * MIB, 100 * MIB), [800, 500]);
  assert.deepEqual(await sampled(2000 * MIB, 0), [1000, 500]);
  inner.size = 0;
  assert.deepEqual(await sampled(64 * MIB, 10 * MIB), [64, 54]);
});

test('PaddingFile grows by pieces of 1 MiB, is found again, and goes', async () => {
  const path = join(folder, 'padding');
  const file = new PaddingFile(path);
  await file.find();
  assert.equal(file.octets, 0);
  assert.equal(await file.grow(2.5 * MIB), true);
  assert.equal(file.octets, MIB);
  const again = new PaddingFile(path);
  await again.find();
  assert.equal(again.octets, MIB);
  await again.grow(2.5 * MIB);
  await again.grow(2.5 * MIB);
  assert.equal(again.octets, 2.5 * MIB);
  assert.ok((await folderOctets(path)) >= 2.5 * MIB);
  assert.equal(await again.remove(), 2.5 * MIB);
  assert.equal(await folderOctets(path), 0);
  assert.equal(await again.remove(), 0);
});

test('PaddingFile: grow() and remove() say when it would not go', async () => {
  assert.equal(await new PaddingFile(join(folder, 'missing', 'file')).grow(MIB), false);
  assert.equal(await new PaddingFile(folder).remove(), 0);
});
