/** Programs of the machine that tests use, and what happens where one is missing. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps some tools where only root looks. */
const PATH = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].join(delimiter);
export const TOOL_ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, PATH, LC_ALL: 'C.UTF-8' };

export interface Needs {
  readonly tools?: readonly string[];
  /** The right to mount file systems. */
  readonly mounts?: boolean;
  /** Nothing but to be root. */
  readonly root?: boolean;
}

/**
 * For the `skip` of a test: false when all is there, else what is missing, in one line. Where RESTANTE_TESTS=all (CI sets it)
 * a skip is a failure.
 */
export function missing(needs: Needs): string | false {
  const absent = (needs.tools ?? []).filter((tool) => !hasTool(tool));
  const lacks = [
    ...(absent.length > 0 ? [`not installed: ${absent.join(', ')}`] : []),
    ...(needs.mounts === true && !canMount() ? ['no right to mount file systems (needs root)'] : []),
    ...(needs.root === true && process.getuid?.() !== 0 ? ['needs root'] : []),
  ].join('; ');
  if (lacks === '') return false;
  if (process.env['RESTANTE_TESTS'] === 'all')
    throw new Error(`RESTANTE_TESTS=all, and a test cannot run: ${lacks}`);
  return lacks;
}

function hasTool(tool: string): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

let mountable: boolean | null = null;

function canMount(): boolean {
  if (mountable === null) {
    const probe =
      'd=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs "$d" && umount "$d"; s=$?; rmdir "$d"; exit $s';
    mountable =
      process.getuid?.() === 0 && spawnSync('sh', ['-c', probe], { env: TOOL_ENVIRONMENT }).status === 0;
  }
  return mountable;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a program to its end, whatever it says. */
export function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input, timeoutMs = 30_000, env = {}, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      env: { ...TOOL_ENVIRONMENT, ...env },
      timeout: timeoutMs,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
    child.stdin?.on('error', () => {}); // it may end before it has read all
    child.stdin?.end(input);
  });
}

/** Runs a program that must succeed; its output. */
export async function must(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(tool, args, options);
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}
