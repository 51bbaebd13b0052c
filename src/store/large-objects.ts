/** Mail objects that have a file of their own: made, synced with their folder, swept. */
import { DiskFailure } from '../world/disk.ts';
import type { Disk, DiskFile } from '../world/disk.ts';
import type { MailObjectId } from './store.ts';

const NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function largePath(folder: string, id: string): string {
  return `${folder}/${id}`;
}

export class LargeObjects {
  readonly #disk: Disk;
  readonly #folder: string;
  #syncing: Promise<void> | null = null;
  #nextSync: Promise<void> | null = null;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  create(id: MailObjectId): Promise<DiskFile> {
    return this.#disk.open(largePath(this.#folder, id), 'create');
  }

  open(id: string): Promise<DiskFile> {
    return this.#disk.open(largePath(this.#folder, id), 'read');
  }

  async unlink(id: string): Promise<void> {
    try {
      await this.#disk.unlink(largePath(this.#folder, id));
    } catch (thrown) {
      if (!(thrown instanceof DiskFailure)) throw thrown; // The sweep of the next start takes it.
    }
  }

  /** The names made so far survive a crash. Those who come while one sync runs share the next. */
  syncNames(): Promise<void> {
    if (this.#syncing === null) return this.#startSync();
    this.#nextSync ??= this.#after(this.#syncing);
    return this.#nextSync;
  }

  async #after(running: Promise<void>): Promise<void> {
    await running.catch(() => {}); // Whoever waits for that one hears of it.
    this.#nextSync = null;
    await this.#startSync();
  }

  #startSync(): Promise<void> {
    const sync = this.#disk.syncFolder(this.#folder).finally(() => {
      if (this.#syncing === sync) this.#syncing = null;
    });
    this.#syncing = sync;
    return sync;
  }

  /** All names that may be ours. */
  async names(): Promise<string[]> {
    return (await this.#disk.list(this.#folder)).filter((name) => NAME.test(name));
  }
}
