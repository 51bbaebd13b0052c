/**
 * A disk in memory that keeps only what was synced. Names live by folder, contents by file, and each is made
 * durable on its own. It can lose power before any operation, fail any operation, and tear what was not synced.
 */
import { DiskFailure } from '../disk.ts';
import type { Disk, DiskFile, DiskLock, DiskProblem } from '../disk.ts';

/** The machine lost power. Nothing after it happens. */
export class Crash extends Error {
  override name = 'Crash';
}

export type DiskOperation =
  | 'open'
  | 'write'
  | 'read'
  | 'sync'
  | 'truncate'
  | 'unlink'
  | 'rename'
  | 'make-folder'
  | 'sync-folder'
  | 'list'
  | 'size'
  | 'close';

export interface SimDiskOptions {
  /** Loses power before this operation, counted from 0. */
  readonly crashAt?: number;
  /** Says whether the `n`th operation fails, and how. A failing write leaves half of itself. */
  readonly fail?: (n: number, operation: DiskOperation, path: string) => DiskProblem | null;
  /** A disk that lies: sync does nothing. To see that tests notice. */
  readonly ignoreSync?: boolean;
}

/** Writes are torn at the borders of sectors. */
const SECTOR = 512;

type Pending =
  | { readonly type: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly size: number };

interface SimContent {
  bytes: Uint8Array;
  durable: Uint8Array;
  pending: Pending[];
}

interface SimFolder {
  names: Map<string, SimContent | SimFolder>;
  durable: Map<string, SimContent | SimFolder>;
  pending: { name: string; item: SimContent | SimFolder | null }[];
}

export class SimDisk implements Disk {
  operations = 0;
  crashed = false;
  readonly #options: SimDiskOptions;
  readonly #locks = new Set<string>();
  #root: SimFolder = folderOf(new Map());

  constructor(options: SimDiskOptions = {}) {
    this.#options = options;
  }

  /** Pulls the plug now. */
  crash(): void {
    this.crashed = true;
  }

  /**
   * The disk as the next boot finds it. `survives` is asked for each sector and each name that was not synced;
   * by default none does.
   */
  reboot(options: SimDiskOptions = {}, survives: () => boolean = () => false): SimDisk {
    this.crashed = true;
    const disk = new SimDisk(options);
    disk.#root = survivor(this.#root, survives, new Map()) as SimFolder;
    return disk;
  }

  async open(path: string, how: 'read' | 'update' | 'create'): Promise<DiskFile> {
    this.#operate('open', path);
    const [folder, name] = this.#place(path);
    const there = folder.names.get(name);
    if (how === 'create') {
      if (there !== undefined) throw new DiskFailure('exists', path);
      const content: SimContent = { bytes: new Uint8Array(), durable: new Uint8Array(), pending: [] };
      folder.names.set(name, content);
      folder.pending.push({ name, item: content });
      return new SimFile(this, path, content);
    }
    if (there === undefined || !('bytes' in there)) throw new DiskFailure('missing', path);
    return new SimFile(this, path, there);
  }

  async list(path: string): Promise<string[]> {
    this.#operate('list', path);
    return [...this.#folder(path).names.keys()];
  }

  async size(path: string): Promise<number | null> {
    this.#operate('size', path);
    let there: SimContent | SimFolder = this.#root;
    for (const part of partsOf(path)) {
      const next: SimContent | SimFolder | undefined = 'bytes' in there ? undefined : there.names.get(part);
      if (next === undefined) return null;
      there = next;
    }
    return 'bytes' in there ? there.bytes.length : 0;
  }

  async unlink(path: string): Promise<void> {
    this.#operate('unlink', path);
    const [folder, name] = this.#place(path);
    if (!folder.names.delete(name)) throw new DiskFailure('missing', path);
    folder.pending.push({ name, item: null });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#operate('rename', from);
    const [folder, name] = this.#place(from);
    const item = folder.names.get(name);
    if (item === undefined) throw new DiskFailure('missing', from);
    const [target, newName] = this.#place(to);
    folder.names.delete(name);
    folder.pending.push({ name, item: null });
    target.names.set(newName, item);
    target.pending.push({ name: newName, item });
  }

  async makeFolder(path: string): Promise<void> {
    this.#operate('make-folder', path);
    let folder = this.#root;
    for (const part of partsOf(path)) {
      let next = folder.names.get(part);
      if (next === undefined) {
        next = folderOf(new Map());
        folder.names.set(part, next);
        folder.pending.push({ name: part, item: next });
      }
      if ('bytes' in next) throw new DiskFailure('exists', path);
      folder = next;
    }
  }

  async syncFolder(path: string): Promise<void> {
    this.#operate('sync-folder', path);
    const folder = this.#folder(path);
    if (this.#options.ignoreSync === true) return;
    folder.durable = new Map(folder.names);
    folder.pending = [];
  }

  async lock(path: string): Promise<DiskLock> {
    if (this.#locks.has(path)) throw new DiskFailure('in-use', path);
    this.#locks.add(path);
    return {
      release: async () => {
        this.#locks.delete(path);
      },
    };
  }

  /** For `SimFile`: counts an operation, and fails it when its time has come. */
  operate(operation: DiskOperation, path: string): void {
    this.#operate(operation, path);
  }

  get ignoresSync(): boolean {
    return this.#options.ignoreSync === true;
  }

  #operate(operation: DiskOperation, path: string): void {
    if (this.crashed || this.operations === this.#options.crashAt) {
      this.crashed = true;
      throw new Crash();
    }
    const problem = this.#options.fail?.(this.operations, operation, path) ?? null;
    this.operations++;
    if (problem !== null) throw new DiskFailure(problem, `${operation} ${path}`);
  }

  #place(path: string): [folder: SimFolder, name: string] {
    const parts = partsOf(path);
    const name = parts.pop() ?? '';
    return [this.#folder(parts.join('/')), name];
  }

  #folder(path: string): SimFolder {
    let folder = this.#root;
    for (const part of partsOf(path)) {
      const next = folder.names.get(part);
      if (next === undefined || 'bytes' in next) throw new DiskFailure('missing', path);
      folder = next;
    }
    return folder;
  }
}

class SimFile implements DiskFile {
  readonly #disk: SimDisk;
  readonly #path: string;
  readonly #content: SimContent;

  constructor(disk: SimDisk, path: string, content: SimContent) {
    this.#disk = disk;
    this.#path = path;
    this.#content = content;
  }

  async write(views: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = joined(views);
    await Promise.resolve(); // A disk is never done at once.
    const powered = !this.#disk.crashed;
    try {
      this.#disk.operate('write', this.#path);
    } catch (failure) {
      if (failure instanceof DiskFailure) this.#put(bytes.subarray(0, bytes.length >> 1), position);
      else if (powered) this.#content.pending.push({ type: 'write', position, bytes }); // Under way when the power went.
      throw failure;
    }
    this.#put(bytes, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    this.#disk.operate('read', this.#path);
    const found = this.#content.bytes.subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  async sync(): Promise<void> {
    const content = this.#content;
    const [bytes, upTo] = [content.bytes, content.pending.length]; // What is written while it runs is not covered.
    await Promise.resolve();
    this.#disk.operate('sync', this.#path);
    if (this.#disk.ignoresSync) return;
    content.durable = bytes;
    content.pending.splice(0, upTo);
  }

  async truncate(size: number): Promise<void> {
    this.#disk.operate('truncate', this.#path);
    this.#content.bytes = sized(this.#content.bytes, size);
    this.#content.pending.push({ type: 'truncate', size });
  }

  async size(): Promise<number> {
    this.#disk.operate('size', this.#path);
    return this.#content.bytes.length;
  }

  async close(): Promise<void> {
    this.#disk.operate('close', this.#path);
  }

  #put(bytes: Uint8Array, position: number): void {
    this.#content.bytes = overwritten(this.#content.bytes, bytes, position);
    this.#content.pending.push({ type: 'write', position, bytes });
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function folderOf(names: Map<string, SimContent | SimFolder>): SimFolder {
  return { names, durable: new Map(names), pending: [] };
}

function survivor(
  item: SimContent | SimFolder,
  survives: () => boolean,
  done: Map<unknown, SimContent | SimFolder>,
): SimContent | SimFolder {
  const before = done.get(item);
  if (before !== undefined) return before;
  if ('bytes' in item) {
    const bytes = torn(item, survives);
    const content: SimContent = { bytes, durable: bytes, pending: [] };
    done.set(item, content);
    return content;
  }
  const names = new Map(item.durable);
  for (const { name, item: put } of item.pending) {
    if (!survives()) continue;
    if (put === null) names.delete(name);
    else names.set(name, put);
  }
  const folder = folderOf(new Map());
  done.set(item, folder);
  for (const [name, one] of names) folder.names.set(name, survivor(one, survives, done));
  folder.durable = new Map(folder.names);
  return folder;
}

/** Any of the sectors written since the last sync may be there, in any combination. */
function torn(content: SimContent, survives: () => boolean): Uint8Array {
  let bytes = content.durable;
  for (const change of content.pending) {
    if (change.type === 'truncate') {
      if (survives()) bytes = sized(bytes, change.size);
      continue;
    }
    for (let at = 0; at < change.bytes.length;) {
      const end = Math.min(change.bytes.length, at + SECTOR - ((change.position + at) % SECTOR));
      if (survives()) bytes = overwritten(bytes, change.bytes.subarray(at, end), change.position + at);
      at = end;
    }
  }
  return bytes;
}

function overwritten(bytes: Uint8Array, by: Uint8Array, position: number): Uint8Array {
  const whole = sized(bytes, Math.max(bytes.length, position + by.length));
  whole.set(by, position);
  return whole;
}

/** A copy of that size, with zeroes behind. */
function sized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

function joined(views: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(views.reduce((sum, view) => sum + view.length, 0));
  let at = 0;
  for (const view of views) {
    all.set(view, at);
    at += view.length;
  }
  return all;
}
