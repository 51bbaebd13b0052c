/** The real disk, with a switch: what a scripted operation must fail with, the operating system has said. */
import {
  type Disk,
  DiskFailure,
  type DiskFile,
  type DiskLock,
  type DiskProblem,
} from '../../src/world/disk.ts';
import { nodeDisk } from '../../src/world/node-disk.ts';
import type { DiskOperation } from '../../src/world/sim/disk.ts';

export interface Fault {
  readonly problem: DiskProblem;
  readonly operation: DiskOperation;
  /** A part of the path. */
  readonly where: string;
}

export class FaultyDisk implements Disk {
  fault: Fault | null = null;
  /** How often a fault struck. */
  struck = 0;

  async open(path: string, how: 'read' | 'update' | 'create'): Promise<DiskFile> {
    this.operate('open', path);
    return new FaultyFile(this, path, await nodeDisk.open(path, how));
  }

  async list(path: string): Promise<string[]> {
    this.operate('list', path);
    return nodeDisk.list(path);
  }

  async size(path: string): Promise<number | null> {
    this.operate('size', path);
    return nodeDisk.size(path);
  }

  async unlink(path: string): Promise<void> {
    this.operate('unlink', path);
    return nodeDisk.unlink(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.operate('rename', from);
    return nodeDisk.rename(from, to);
  }

  async makeFolder(path: string): Promise<void> {
    this.operate('make-folder', path);
    return nodeDisk.makeFolder(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.operate('sync-folder', path);
    return nodeDisk.syncFolder(path);
  }

  lock(path: string): Promise<DiskLock> {
    return nodeDisk.lock(path);
  }

  operate(operation: DiskOperation, path: string): void {
    const { fault } = this;
    if (fault === null || fault.operation !== operation || !path.includes(fault.where)) return;
    this.struck++;
    throw new DiskFailure(fault.problem, `${operation} ${path}`);
  }
}

class FaultyFile implements DiskFile {
  readonly #disk: FaultyDisk;
  readonly #path: string;
  readonly #file: DiskFile;

  constructor(disk: FaultyDisk, path: string, file: DiskFile) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
  }

  /** A disk that is full takes a part of what it is given. */
  async write(views: readonly Uint8Array[], position: number): Promise<void> {
    try {
      this.#disk.operate('write', this.#path);
    } catch (failure) {
      await this.#file.write(views.slice(0, views.length >> 1), position);
      throw failure;
    }
    return this.#file.write(views, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    this.#disk.operate('read', this.#path);
    return this.#file.read(into, position);
  }

  async sync(): Promise<void> {
    this.#disk.operate('sync', this.#path);
    return this.#file.sync();
  }

  async truncate(size: number): Promise<void> {
    this.#disk.operate('truncate', this.#path);
    return this.#file.truncate(size);
  }

  async size(): Promise<number> {
    this.#disk.operate('size', this.#path);
    return this.#file.size();
  }

  /** Also a failing close closes, as it does in Linux. */
  async close(): Promise<void> {
    await this.#file.close();
    this.#disk.operate('close', this.#path);
  }
}
