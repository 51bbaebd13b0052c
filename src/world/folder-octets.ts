/** What a folder takes of its file system, with all it holds: blocks, not lengths. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK = 512; // st_blocks is counted in these, whatever the file system's own are
const AT_ONCE = 32;

/** Files that come and go meanwhile are counted or not: the figure is of some moment in between. */
export async function folderOctets(folder: string): Promise<number> {
  let octets = 0;
  const paths = [folder];
  while (paths.length > 0) {
    const found = await Promise.all(paths.splice(-AT_ONCE).map(look));
    for (const { blocks, inside } of found) {
      octets += blocks * BLOCK;
      for (const path of inside) paths.push(path);
    }
  }
  return octets;
}

interface Found {
  readonly blocks: number;
  readonly inside: readonly string[];
}

async function look(path: string): Promise<Found> {
  try {
    const stats = await lstat(path);
    const names = stats.isDirectory() ? await readdir(path) : [];
    return { blocks: stats.blocks, inside: names.map((name) => join(path, name)) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { blocks: 0, inside: [] };
    throw error;
  }
}
