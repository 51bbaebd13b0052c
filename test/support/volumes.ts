/** Small file systems of a test's own: tmpfs, and ext4 or xfs on a loop device. For root only. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { must, TOOL_ENVIRONMENT } from './tools.ts';

export class Volume implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #home: Folder;
  readonly #mount: readonly string[];
  #forget: () => void = () => {};

  private constructor(home: Folder, mount: readonly string[]) {
    this.#home = home;
    this.#mount = mount;
    this.path = join(home.path, 'v');
    mkdirSync(this.path);
  }

  static async tmpfs(options: string): Promise<Volume> {
    const volume = new Volume(temporaryFolder(), ['-t', 'tmpfs', '-o', options, 'tmpfs']);
    await volume.#attach();
    return volume;
  }

  static async loop(kind: 'ext4' | 'xfs', size: string): Promise<Volume> {
    const home = temporaryFolder();
    const image = join(home.path, 'image');
    await must('truncate', ['-s', size, image]);
    await must(`mkfs.${kind}`, kind === 'ext4' ? ['-q', '-m', '0', image] : ['-q', image]);
    const volume = new Volume(home, ['-o', 'loop', image]);
    await volume.#attach();
    return volume;
  }

  /** Octets that can still be written. */
  get available(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  get inodesAvailable(): number {
    return statfsSync(this.path).ffree;
  }

  /** The power goes: what was not synced is gone, and every later call fails. Then comes `repower`. */
  async cutPower(): Promise<void> {
    await must('xfs_io', ['-x', '-c', 'shutdown', this.path]);
  }

  /** Unmounts and mounts again, which replays the journal. Nobody may have a file open here. */
  async repower(): Promise<void> {
    await this.#detach();
    await this.#attach();
  }

  async #attach(): Promise<void> {
    await must('mount', [...this.#mount, this.path]);
    this.#forget = atExit(() => spawnSync('umount', ['-l', this.path], { env: TOOL_ENVIRONMENT }));
  }

  async #detach(): Promise<void> {
    await must('umount', [this.path]);
    this.#forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detach();
    rmSync(this.path, { recursive: true });
    this.#home[Symbol.dispose]();
  }
}
