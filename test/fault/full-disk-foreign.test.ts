/** Attack 31: a volume that others fill to the last octet. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Ledger } from '../support/ledger.ts';
import { Load } from '../support/load.ts';
import { TestServer } from '../support/server.ts';
import { missing, run } from '../support/tools.ts';
import { Volume } from '../support/volumes.ts';
import { KIB, MIB, refusal, SOON, takesMailAgain, worksWhileFull } from './full-disk.ts';
import { prepare, RECIPIENTS } from './kill-loop.ts';

const skip = missing({ mounts: true, tools: ['mkfs.ext4', 'fallocate'] });

const FOREIGN: readonly (readonly [what: string, make: () => Promise<Volume>])[] = [
  ['a tmpfs', () => Volume.tmpfs('size=64m')],
  ['an ext4', () => Volume.loop('ext4', '64M')],
];

for (const [what, make] of FOREIGN) {
  test(
    `attack 31: others fill ${what} to the last octet: no mail, but looking and deleting; then mail again`,
    { skip, timeout: 60_000 },
    async (t) => {
      await using volume = await make();
      const start = { data: join(volume.path, 'd'), settings: SOON };
      await prepare(start);
      writeFileSync(join(start.data, 'ballast'), Buffer.alloc(MIB));
      await using server = await TestServer.start(start);
      const ledger = new Ledger();
      const load = new Load(server, ledger, {
        name: 'm',
        clients: 5,
        perClient: 20,
        recipients: RECIPIENTS,
        sizes: [10 * KIB],
      });
      await load.ended();
      assert.deepEqual(await ledger.check(server.control), []);
      // At once: who fills it slowly takes what the server gives up in need, too.
      await takeAll(volume, join(volume.path, 'foreign'));
      const heard = await refusal(server);
      t.diagnostic(`${heard}; ${volume.available} octets left`);
      assert.match(heard, /^(?:421 4\.3\.2|452 4\.3\.1)$/);
      await blackened(server);
      await worksWhileFull(server);
      await deletedSoon(server);
      assert.deepEqual(await server.control.messages(), []);
      rmSync(join(volume.path, 'foreign'));
      await takesMailAgain(server);
      assert.equal(await server.terminate(), 0);
    },
  );
}

/** All that is there; where some is kept for the books of the file system, all but that. */
async function takeAll(volume: Volume, path: string): Promise<void> {
  for (let left = volume.available; left > 0; left -= 64 * KIB) {
    const { status } = await run('fallocate', ['-l', String(left), path]);
    if (status === 0) return;
  }
}

/** The volume is looked at each second; at BLACK the ballast is thrown off, and there is room to make room. */
async function blackened(server: TestServer): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const { level, ballastOctets } = await server.control.storage();
    if (level === 'black' && ballastOctets === 0) return;
    await pause(50);
  }
  assert.fail('nobody noticed that the volume is full');
}

/** An index that could not be written is tried again after a moment; until then a deletion is refused, as it cannot be kept. */
async function deletedSoon(server: TestServer): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await server.control.remove({ largerThan: '0' });
      return;
    } catch (error) {
      if (i === 60) throw error;
      await pause(50);
    }
  }
}
