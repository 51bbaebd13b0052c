/** The disk below the data folder: how long one fdatasync takes, and a quiet start for each run. */
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { percentile } from './measure.ts';

const APPEND_BYTES = 10 * 1024;
const APPENDS = 200;

/** Milliseconds, the median of 200: append 10 KiB to a file, and time its fdatasync. */
export function fdatasyncMs(folder: string): number {
  const file = path.join(folder, 'fdatasync.probe');
  const fd = openSync(file, 'w');
  const bytes = Buffer.alloc(APPEND_BYTES, 'X');
  const samples: number[] = [];
  for (let i = 0; i < APPENDS; i++) {
    writeSync(fd, bytes);
    const start = performance.now();
    fdatasyncSync(fd);
    samples.push(performance.now() - start);
  }
  closeSync(fd);
  rmSync(file);
  return percentile(samples, 50);
}

/** Writes out what the run before has left dirty, lest this run pays for it. */
export function settleDisk(folder: string): void {
  execFileSync('sync', ['-f', folder]);
}

export function freeGiB(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 2 ** 30;
}

const TMPFS_MAGIC = 0x01021994;

/** On a file system in memory every fdatasync is free, and every figure here a lie. */
export function isInMemory(folder: string): boolean {
  return statfsSync(folder).type === TMPFS_MAGIC;
}
