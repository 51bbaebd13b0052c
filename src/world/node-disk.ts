/** The real disk: node:fs by callbacks, so that the hot path makes one promise for a call and nothing else. */
import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  mkdir,
  open,
  read,
  readdir,
  readFileSync,
  rename,
  stat,
  unlink,
  writeFileSync,
  writev,
  writevSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DiskFailure } from './disk.ts';
import type { Disk, DiskFile, DiskLock, DiskProblem } from './disk.ts';

/** Linux takes at most this many views in one writev (IOV_MAX). */
const VIEWS_PER_WRITE_MAX = 1024;

/**
 * Octets that are written in the turn of the loop in which they come: what waits for the disk is the sync, and going to a thread and
 * back twice instead of once makes a whole turn of a busy loop more. More than this is a copy worth a thread.
 */
const WRITE_AT_ONCE_MAX = 1024 * 1024;

const HOW = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const;

const PROBLEMS = new Map<string, DiskProblem>([
  ['ENOSPC', 'no-space'],
  ['EDQUOT', 'no-space'],
  ['EFBIG', 'no-space'],
  ['EROFS', 'read-only'],
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EMFILE', 'out-of-resources'],
  ['ENFILE', 'out-of-resources'],
  ['ENOMEM', 'out-of-resources'],
  ['ENOENT', 'missing'],
  ['EEXIST', 'exists'],
]);

export const nodeDisk: Disk = {
  async open(path, how) {
    const descriptor = await call<number>(path, (done) => open(path, HOW[how], 0o600, done));
    return new NodeFile(path, descriptor);
  },
  list: (folder) => call<string[]>(folder, (done) => readdir(folder, done)),
  async size(path) {
    try {
      return await call<number>(path, (done) => stat(path, (error, found) => done(error, found?.size)));
    } catch (failure) {
      if (failure instanceof DiskFailure && failure.problem === 'missing') return null;
      throw failure;
    }
  },
  unlink: (path) => call<void>(path, (done) => unlink(path, done)),
  rename: (from, to) => call<void>(from, (done) => rename(from, to, done)),
  async makeFolder(path) {
    await call<unknown>(path, (done) => mkdir(path, { recursive: true, mode: 0o700 }, done));
  },
  async syncFolder(path) {
    const descriptor = await call<number>(path, (done) => open(path, constants.O_RDONLY, done));
    try {
      await call<void>(path, (done) => fsync(descriptor, done));
    } finally {
      await call<void>(path, (done) => close(descriptor, done));
    }
  },
  lock: async (path) => takeLock(path),
};

class NodeFile implements DiskFile {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  async write(views: readonly Uint8Array[], position: number): Promise<void> {
    let [left, at] = [views.slice(), position];
    while (left.length > 0) {
      const some = left.length > VIEWS_PER_WRITE_MAX ? left.slice(0, VIEWS_PER_WRITE_MAX) : left;
      const written =
        octetsOf(some) <= WRITE_AT_ONCE_MAX
          ? this.#writeAtOnce(some, at)
          : await call<number>(this.#path, (done) => writev(this.#descriptor, some, at, done));
      at += written;
      left = without(left, written);
    }
  }

  /** Into memory of the kernel: a copy, that a thread would not make cheaper. */
  #writeAtOnce(views: readonly Uint8Array[], position: number): number {
    try {
      return writevSync(this.#descriptor, views, position);
    } catch (error) {
      throw failureOf(this.#path, error as NodeJS.ErrnoException);
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const [offset, length] = [filled, into.length - filled];
      const got = await call<number>(this.#path, (done) =>
        read(this.#descriptor, into, offset, length, position + offset, done),
      );
      if (got === 0) break;
      filled += got;
    }
    return filled;
  }

  sync(): Promise<void> {
    return call<void>(this.#path, (done) => fdatasync(this.#descriptor, done));
  }

  truncate(size: number): Promise<void> {
    return call<void>(this.#path, (done) => ftruncate(this.#descriptor, size, done));
  }

  size(): Promise<number> {
    return call<number>(this.#path, (done) =>
      fstat(this.#descriptor, (error, found) => done(error, found?.size)),
    );
  }

  close(): Promise<void> {
    return call<void>(this.#path, (done) => close(this.#descriptor, done));
  }
}

function octetsOf(views: readonly Uint8Array[]): number {
  let octets = 0;
  for (const view of views) octets += view.length;
  return octets;
}

/** What is left of the views after `octets` of them. */
function without(views: readonly Uint8Array[], octets: number): Uint8Array[] {
  let gone = octets;
  for (let i = 0; i < views.length; i++) {
    const view = views[i];
    if (view === undefined) break;
    if (view.length > gone) return [view.subarray(gone), ...views.slice(i + 1)];
    gone -= view.length;
  }
  return [];
}

/** A SQLite database that nobody ever writes: its exclusive lock is the kernel's, and ends with the process. */
function takeLock(path: string): DiskLock {
  const holderFile = `${path}.pid`;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    throw lockFailure(path, holderFile, cause);
  }
  try {
    writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // Only for the text of an error: on a full disk we go on without.
  }
  const held = database;
  return {
    async release() {
      if (held.isOpen) held.close();
    },
  };
}

function lockFailure(path: string, holderFile: string, cause: unknown): DiskFailure {
  const SQLITE_BUSY = 5;
  const errcode = cause instanceof Error && 'errcode' in cause ? cause.errcode : null;
  if (errcode !== SQLITE_BUSY) return new DiskFailure(errcode === 14 ? 'read-only' : 'io', path, cause);
  let holder = 'another process';
  try {
    holder = `process ${readFileSync(holderFile, 'utf8').trim()}`;
  } catch {
    // It could not write its number.
  }
  return new DiskFailure('in-use', `${path} is held by ${holder}`, cause);
}

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

function call<T>(path: string, start: (done: Done<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    start((error, value) => {
      if (error !== null) reject(failureOf(path, error));
      else resolve(value as T);
    });
  });
}

function failureOf(path: string, error: NodeJS.ErrnoException): DiskFailure {
  return new DiskFailure(PROBLEMS.get(error.code ?? '') ?? 'io', `${error.syscall ?? 'disk'} ${path}`, error);
}
