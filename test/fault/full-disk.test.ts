/** Attack 31: small volumes, filled by real clients up to the line where mail is refused. */
import { test } from 'node:test';
import { missing } from '../support/tools.ts';
import { Volume } from '../support/volumes.ts';
import { type Filling, filledAndEmptied, KIB, SOON } from './full-disk.ts';

const skip = missing({ mounts: true, tools: ['mkfs.ext4'] });

const VOLUMES: readonly (readonly [what: string, make: () => Promise<Filling>])[] = [
  [
    'a tmpfs of 64 MiB',
    async () => ({ volume: await Volume.tmpfs('size=64m'), settings: SOON, sizes: [10 * KIB, 100 * KIB] }),
  ],
  [
    'an ext4 of 64 MiB',
    async () => ({ volume: await Volume.loop('ext4', '64M'), settings: SOON, sizes: [10 * KIB, 100 * KIB] }),
  ],
  [
    'a tmpfs of few inodes',
    async () => ({
      volume: await Volume.tmpfs('size=400m,nr_inodes=100'),
      settings: SOON,
      sizes: [1200 * KIB],
    }),
  ],
];

for (const [what, make] of VOLUMES) {
  test(
    `attack 31: ${what}, filled until 452 4.3.1, keeps every promise and takes mail again`,
    { skip, timeout: 60_000 },
    async (t) => {
      const filling = await make();
      await using volume = filling.volume;
      await filledAndEmptied(t, volume, filling);
    },
  );
}
