/** A secret of this data directory: what is made up for accounts that are not there looks the same after every start. */
import { DiskFailure } from '../world/disk.ts';
import type { Disk } from '../world/disk.ts';
import type { Log } from '../world/log.ts';
import { randomOctets } from '../world/random.ts';
import type { Random } from '../world/random.ts';

const OCTETS = 32;

/** Read, or made. When the disk takes nothing: one that holds until the next start, which only shows who looks very closely. */
export async function loginSecret(
  folder: string,
  { disk, random, log }: { disk: Disk; random: Random; log: Log },
): Promise<Uint8Array> {
  const path = `${folder}/login-secret`;
  const fresh = randomOctets(random, OCTETS);
  try {
    if ((await disk.size(path)) === OCTETS) {
      const file = await disk.open(path, 'read');
      try {
        const kept = new Uint8Array(OCTETS);
        if ((await file.read(kept, 0)) === OCTETS) return kept;
      } finally {
        await file.close();
      }
    }
    await writeWhole(disk, folder, path, fresh);
  } catch (thrown) {
    if (!(thrown instanceof DiskFailure)) throw thrown;
    log.warn('login-secret-not-kept', { error: thrown.message });
  }
  return fresh;
}

/** All of it, or nothing: under another name first. */
async function writeWhole(disk: Disk, folder: string, path: string, octets: Uint8Array): Promise<void> {
  const next = `${path}.new`;
  if ((await disk.size(next)) !== null) await disk.unlink(next);
  const file = await disk.open(next, 'create');
  try {
    await file.write([octets], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(next, path);
  await disk.syncFolder(folder);
}
