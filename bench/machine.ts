/** The machine below the figures: what it is, and whether it has what the rows need. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function onPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** One line, without the name of the host: processor, memory, file system, versions. */
export function describeMachine(folder: string): string {
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGiB = Math.round(os.totalmem() / 2 ** 30);
  const fileSystem = output('findmnt', ['-n', '-o', 'FSTYPE', '-T', folder]);
  const postfix = output('postconf', ['-h', 'mail_version']);
  return [
    `${os.availableParallelism()} × ${model}`,
    `${memoryGiB} GiB`,
    `${fileSystem} on a ${diskKind(folder)} disk`,
    `Linux ${os.release()}`,
    `Node ${process.version}`,
    ...(postfix === '' ? [] : [`Postfix ${postfix}`]),
  ].join(', ');
}

function diskKind(folder: string): string {
  const source = output('findmnt', ['-n', '-o', 'SOURCE', '-T', folder]).replace('/dev/', '');
  if (source.startsWith('vd')) return 'virtual';
  return source.startsWith('nvme') ? 'NVMe' : source;
}

function output(file: string, args: readonly string[]): string {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** How many files one process may have open. Node itself raises the soft limit to the hard one. */
export function openFilesMax(): number {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === 'unlimited' ? Infinity : Number(hard ?? 1024);
}

/** Raises the limit for us and the servers we start; returns what to do by hand if that is not allowed. */
export function raiseOpenFiles(wanted: number): string | null {
  if (openFilesMax() >= wanted) return null;
  output('prlimit', ['--pid', `${process.pid}`, `--nofile=${wanted}:${wanted}`]);
  if (openFilesMax() >= wanted) return null;
  return `needs ${wanted} open files, and ${openFilesMax()} are allowed: run \`ulimit -Hn ${wanted}\` as root first, or ask for fewer with --idle`;
}
