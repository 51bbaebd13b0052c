/**
 * What the store needs of a disk. `node-disk.ts` is the real one; `sim/disk.ts` can fail, tear and lose power.
 * Every failure is a `DiskFailure`: nobody above this floor knows an error code of an operating system.
 */

export type DiskProblem =
  | 'no-space' //         ENOSPC, EDQUOT, EFBIG
  | 'read-only' //        EROFS, EACCES, EPERM
  | 'out-of-resources' // EMFILE, ENFILE, ENOMEM
  | 'missing' //          ENOENT
  | 'exists' //           EEXIST
  | 'in-use' //           somebody else holds the lock
  | 'io'; //              EIO and whatever has no better name

export class DiskFailure extends Error {
  override name = 'DiskFailure';
  readonly problem: DiskProblem;

  constructor(problem: DiskProblem, what: string, cause?: unknown) {
    super(`${what}: ${problem}`, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/** An open file. Positions are octets from its beginning; there is no current position. */
export interface DiskFile {
  /** Writes all of it, or fails; after a failure any part of it may be in the file. */
  write(views: readonly Uint8Array[], position: number): Promise<void>;
  /** Fills `into` as far as the file goes; how many octets. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Contents and size survive a crash: fdatasync. Not the name: that is `syncFolder`. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface DiskLock {
  release(): Promise<void>;
}

export interface Disk {
  /** `read` and `update` want it to be there, `create` wants it not to be. */
  open(path: string, how: 'read' | 'update' | 'create'): Promise<DiskFile>;
  /** Names, not paths; in no order. */
  list(folder: string): Promise<string[]>;
  /** `null`: there is none. */
  size(path: string): Promise<number | null>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** With those above it; nothing happens when it is there. */
  makeFolder(path: string): Promise<void>;
  /** The names in it survive a crash. */
  syncFolder(path: string): Promise<void>;
  /** Ours alone, until released or until this process ends, however it ends. Else `in-use`, with the holder in the text. */
  lock(path: string): Promise<DiskLock>;
}
