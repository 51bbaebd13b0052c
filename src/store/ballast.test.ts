import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { GIB, MIB, SPACE_DEFAULTS } from '../policy/space.ts';
import { PaddingFile } from '../world/padding-file.ts';
import { SimClock } from '../world/sim/clock.ts';
import { SimVolume } from '../world/sim/volume.ts';
import { Ballast, BALLAST_AGAIN_MS, BALLAST_FIRST_MS, BALLAST_PIECE_MS } from './ballast.ts';
import { LiveSpaceLedger } from './live-space-ledger.ts';

interface Stage {
  readonly clock: SimClock;
  readonly volume: SimVolume;
  readonly ledger: LiveSpaceLedger;
  readonly ballast: Ballast;
  readonly path: string;
}

async function staged(t: TestContext, { octets = 3 * MIB, size = GIB }): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-'));
  const path = join(folder, 'ballast');
  const clock = new SimClock();
  const volume = new SimVolume(size);
  const ledger = new LiveSpaceLedger({ store: volume, clock, settings: SPACE_DEFAULTS });
  await ledger.start();
  const ballast = new Ballast({ file: new PaddingFile(path), octets, clock, watch: ledger });
  await ballast.start();
  t.after(async () => {
    await ballast.stop();
    ledger.stop();
    await rm(folder, { recursive: true });
  });
  return { clock, volume, ledger, ballast, path };
}

/** However slow the disk is: a test that hangs says so. */
const UNTIL_MS = 20_000;

/** Real files take real turns of the event loop: simulated time waits for them. */
async function until(stage: Stage, so: () => boolean): Promise<void> {
  for (const end = performance.now() + UNTIL_MS; !so() && performance.now() < end;) {
    await stage.clock.pass(BALLAST_PIECE_MS);
  }
  assert.ok(so(), 'never came so');
}

test('Ballast is made a minute after the start, piece by piece', async (t) => {
  const stage = await staged(t, {});
  await stage.clock.pass(BALLAST_FIRST_MS - 1);
  assert.equal(stage.ballast.octets, 0);
  await until(stage, () => stage.ballast.octets === 3 * MIB);
  const { size, blocks } = await stat(stage.path);
  assert.equal(size, 3 * MIB);
  assert.ok(blocks * 512 >= 3 * MIB);
});

test('Ballast is at most 2 % of the volume', async (t) => {
  const stage = await staged(t, { octets: 128 * MIB, size: 64 * MIB });
  assert.equal(stage.ballast.target, Math.floor(0.02 * 64 * MIB));
  await stage.clock.pass(BALLAST_FIRST_MS);
  await until(stage, () => stage.ballast.octets === stage.ballast.target);
});

test('Ballast is thrown off at BLACK, and made again after ten minutes of GREEN', async (t) => {
  const stage = await staged(t, {});
  await stage.clock.pass(BALLAST_FIRST_MS);
  await until(stage, () => stage.ballast.octets === 3 * MIB);
  stage.volume.available = 0;
  await until(stage, () => stage.ballast.octets === 0);
  await assert.rejects(stat(stage.path));
  stage.volume.available = GIB;
  await until(stage, () => stage.ledger.level === 'green');
  await stage.clock.pass(BALLAST_AGAIN_MS - 1000);
  assert.equal(stage.ballast.octets, 0);
  await until(stage, () => stage.ballast.octets === 3 * MIB);
});

test('Ballast is not thrown off for a level that is only forced, nor grown under one', async (t) => {
  const stage = await staged(t, {});
  stage.ledger.force('black');
  await stage.clock.pass(BALLAST_AGAIN_MS);
  assert.equal(stage.ballast.octets, 0);
  stage.ledger.force(null);
  await stage.clock.pass(BALLAST_AGAIN_MS);
  await until(stage, () => stage.ballast.octets === 3 * MIB);
  stage.ledger.force('black');
  await stage.clock.pass(1000);
  assert.equal(stage.ballast.octets, 3 * MIB);
});

test('release() gives it back by order, and stops one that is being made', async (t) => {
  const stage = await staged(t, {});
  await stage.clock.pass(BALLAST_FIRST_MS);
  await until(stage, () => stage.ballast.octets > 0);
  assert.ok((await stage.ballast.release()) >= MIB);
  await stage.clock.pass(BALLAST_AGAIN_MS - 1000);
  assert.equal(stage.ballast.octets, 0);
  await until(stage, () => stage.ballast.octets === 3 * MIB);
  assert.equal(await stage.ballast.release(), 3 * MIB);
});

test('Ballast of 0 octets: none is made, and an old one goes', async (t) => {
  const stage = await staged(t, { octets: 0 });
  await new PaddingFile(stage.path).grow(MIB);
  const none = new Ballast({
    file: new PaddingFile(stage.path),
    octets: 0,
    clock: stage.clock,
    watch: stage.ledger,
  });
  await none.start();
  await assert.rejects(stat(stage.path));
  await stage.clock.pass(BALLAST_AGAIN_MS);
  assert.equal(none.octets, 0);
  await none.stop();
});
