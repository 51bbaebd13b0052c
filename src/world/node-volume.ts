/** The real volume: what statfs tells of the file system that a path is on. */
import { stat, statfs } from 'node:fs/promises';
import type { Volume, VolumeSample } from './volume.ts';

export class NodeVolume implements Volume {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async sample(): Promise<VolumeSample> {
    const { frsize, bsize, blocks, bavail, files, ffree } = await statfs(this.path);
    const unit = frsize > 0 ? frsize : bsize; // FUSE counts in fragments, which need not be blocks
    return { size: blocks * unit, available: bavail * unit, inodes: files, inodesAvailable: ffree };
  }
}

/** One volume for each file system among these folders, under the name that is given first. */
export async function nodeVolumes(
  folders: Readonly<Record<string, string>>,
): Promise<Map<string, NodeVolume>> {
  const volumes = new Map<string, NodeVolume>();
  const devices = new Set<number>();
  for (const [name, path] of Object.entries(folders)) {
    const { dev } = await stat(path);
    if (devices.has(dev)) continue;
    devices.add(dev);
    volumes.set(name, new NodeVolume(path));
  }
  return volumes;
}
