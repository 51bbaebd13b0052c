/** Starts and stops the servers under test, and reads from /proc what they cost. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS = 60_000;
const STOP_MS = 30_000;

export interface Program {
  readonly pid: number;
  readonly alive: () => boolean;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** The last lines it wrote, for the message of an error. */
  readonly lastWords: () => string;
}

const running = new Map<number, NodeJS.Signals>();
process.on('exit', () => {
  for (const [pid, signal] of running) process.kill(pid, signal);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130)); // so that the handler above runs
}

export interface Start {
  readonly file: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It has children, which it takes along on SIGTERM, and only as the leader of a group of its own. */
  readonly isGroup?: boolean;
}

export async function start({ file, args, log, env, isGroup = false }: Start): Promise<Program> {
  const output = openSync(log, 'a');
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    detached: isGroup,
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const failure = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new Error(`cannot start ${file}`, { cause: failure });
  }
  running.set(pid, isGroup ? 'SIGTERM' : 'SIGKILL');
  let alive = true;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      alive = false;
      running.delete(pid);
      resolve();
    });
  });
  return {
    pid,
    alive: () => alive,
    lastWords: () => readFileSync(log, 'utf8').split('\n').slice(-12).join('\n').trim(),
    stop: async (signal = 'SIGTERM') => {
      if (!alive) return;
      child.kill(signal);
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(force);
    },
  };
}

/** Waits for the greeting of RFC 5321 §4.2: a listening port is not yet a server. */
export async function greeted(program: Program, port: number): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await greetedOnce(port))) {
    if (!program.alive()) throw new Error(`it ended before it listened:\n${program.lastWords()}`);
    if (performance.now() > deadline) throw new Error(`no greeting:\n${program.lastWords()}`);
    await sleep(5);
  }
}

function greetedOnce(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.once('data', (data: Buffer) => {
      resolve(data.toString('latin1').startsWith('220'));
      socket.end('QUIT\r\n');
      socket.resume();
    });
    socket.on('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of a process with all its threads, its living descendants, and those that have died. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const member of family(pid)) {
    const [, , , , , , , , , , , user, system, deadUser, deadSystem] = statOf(member);
    ticks += Number(user ?? 0) + Number(system ?? 0) + Number(deadUser ?? 0) + Number(deadSystem ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/**
 * Memory in MiB: of one process all that is resident; of a family the proportional share (PSS), for
 * else what its members share would be counted many times.
 */
export function residentMiB(pid: number): number {
  const members = family(pid);
  if (members.length === 1) return kibOf(pid, 'status', 'VmRSS') / 1024;
  return members.reduce((sum, member) => sum + kibOf(member, 'smaps_rollup', 'Pss'), 0) / 1024;
}

/** The most that one process ever had resident. */
export function residentPeakMiB(pid: number): number {
  return kibOf(pid, 'status', 'VmHWM') / 1024;
}

function kibOf(pid: number, file: string, field: string): number {
  const text = readProc(`/proc/${pid}/${file}`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** The fields of /proc/PID/stat after the name, which may hold anything: the first is the state. */
function statOf(pid: number): readonly string[] {
  const text = readProc(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function family(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))[1] ?? 0);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [Number(name)]);
    else siblings.push(Number(name));
  }
  const members = [pid];
  for (const member of members) members.push(...(children.get(member) ?? [])); // grows while it is walked
  return members;
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
