/** The real server as a child process: started, looked at, killed, started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atExit } from './at-exit.ts';
import { Control } from './control.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { run, type Ran, TOOL_ENVIRONMENT } from './tools.ts';

export const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src/app/main.mjs');
const START_TIMEOUT_MS = 30_000;
const SAID_MAX = 256 * 1024;

export interface ServerOptions {
  /** An existing data directory; without it, one of its own that goes with the server. */
  readonly data?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** A module that is loaded before the server: a saboteur. */
  readonly preload?: string;
  /** A command in front of the server's, such as `prlimit --nofile=64 --`. */
  readonly wrap?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export class TestServer implements AsyncDisposable {
  readonly data: string;
  readonly port: number;
  readonly lmtpPort: number;
  readonly submissionPort: number;
  readonly submissionsPort: number;
  readonly control: Control;
  /** From the start of the process to its 220. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | NodeJS.Signals>;
  readonly #said: { text: string };
  readonly #folder: Folder | null;

  private constructor(started: Started, readyMs: number) {
    this.data = started.data;
    this.port = started.port;
    this.lmtpPort = started.lmtpPort;
    this.submissionPort = started.submissionPort;
    this.submissionsPort = started.submissionsPort;
    this.#child = started.child;
    this.#ended = started.ended;
    this.#said = started.said;
    this.#folder = started.folder;
    this.control = new Control(join(this.data, 'control.sock'));
    this.readyMs = readyMs;
  }

  /** Resolves when the server has greeted, and takes orders. */
  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const began = performance.now();
    const started = await launch(options);
    starting.add(started.child);
    try {
      await greeted(started);
    } catch (error) {
      started.child.kill('SIGKILL');
      await started.ended;
      started.folder?.[Symbol.dispose]();
      throw error;
    } finally {
      starting.delete(started.child);
    }
    const readyMs = performance.now() - began;
    await controlled(started);
    return new TestServer(started, readyMs);
  }

  /** Kills whatever has been started and has not greeted yet. */
  static killStarting(): void {
    for (const child of starting) child.kill('SIGKILL');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it printed. */
  get said(): string {
    return this.#said.text;
  }

  get log(): string {
    return readFileSync(join(this.data, 'log/restante.log'), 'utf8');
  }

  /** Octets of memory that are its own now: without pages of files that the kernel may drop. */
  get residentOctets(): number {
    const found = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(found?.[1] ?? 0) * 1024;
  }

  /** `kill -9`, and the process is gone when this resolves. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    this.control[Symbol.dispose]();
  }

  /** Stands still, in all its threads, until it is killed. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Asks it to end, as a service manager does; its exit code, or the signal that ended it. */
  async terminate(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    const late = pause(30_000, 'late' as const, { ref: false });
    const ended = await Promise.race([this.#ended, late]);
    if (ended === 'late') throw new Error(`the server did not end within 30 s of SIGTERM\n${this.said}`);
    this.control[Symbol.dispose]();
    return ended;
  }

  /** The command line, on this server's data. */
  cli(...args: readonly string[]): Promise<Ran> {
    return run(process.execPath, [MAIN, ...args], { env: { RESTANTE_DATA: this.data } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.kill();
    this.#folder?.[Symbol.dispose]();
  }
}

const starting = new Set<ChildProcess>();

interface Started {
  readonly data: string;
  readonly folder: Folder | null;
  readonly port: number;
  readonly lmtpPort: number;
  readonly submissionPort: number;
  readonly submissionsPort: number;
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly said: { text: string };
}

async function launch({
  data,
  settings = {},
  preload,
  wrap = [],
  env = {},
}: ServerOptions): Promise<Started> {
  const folder = data === undefined ? temporaryFolder() : null;
  const home = data ?? join(folder?.path ?? '', 'd');
  const [port, lmtpPort] = [await freePort(), await freePort()];
  const [submissionPort, submissionsPort] = [await freePort(), await freePort()];
  const words = [
    ...wrap,
    process.execPath,
    ...(preload === undefined ? [] : ['--import', preload]),
    MAIN,
    'serve',
    ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
  const [command = process.execPath, ...args] = words;
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...TOOL_ENVIRONMENT,
      NODE_OPTIONS: '',
      RESTANTE_DATA: home,
      RESTANTE_HOSTNAME: 'localhost',
      RESTANTE_SMTP_LISTEN: `127.0.0.1:${port}`,
      RESTANTE_LMTP_LISTEN: `127.0.0.1:${lmtpPort}`,
      RESTANTE_SUBMISSION_LISTEN: `127.0.0.1:${submissionPort}`,
      RESTANTE_SUBMISSIONS_LISTEN: `127.0.0.1:${submissionsPort}`,
      RESTANTE_HTTP_LISTEN: 'off',
      ...env,
    },
  });
  const forget = atExit(() => child.kill('SIGKILL'));
  const said = { text: '' };
  const hear = (chunk: Buffer): void => {
    said.text = (said.text + chunk.toString()).slice(-SAID_MAX);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    forget();
    return code ?? signal ?? 0;
  });
  const ports = { port, lmtpPort, submissionPort, submissionsPort };
  return { data: home, folder, ...ports, child, ended, said };
}

async function greeted({ child, port, said }: Started): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended at its start (${child.exitCode ?? child.signalCode})\n${said.text}`);
    if (await greets(port)) return;
    if (performance.now() > until) throw new Error(`no greeting within ${START_TIMEOUT_MS} ms\n${said.text}`);
    await pause(5);
  }
}

/** Mail is taken first, and orders a moment later. */
async function controlled({ data, child, said }: Started): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await connects(join(data, 'control.sock'))) return;
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > until)
      throw new Error(`no control socket\n${said.text}`);
    await pause(5);
  }
}

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Does somebody say 220 there? A 421 is a greeting too: it listens, and is full. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      socket.end('QUIT\r\n');
      resolve(text.startsWith('220') || text.startsWith('421'));
    });
    socket.once('close', () => resolve(false));
    socket.once('error', () => resolve(false));
  });
}

const PORT_FIRST = 12_000;
const PORTS = 18_000;
let lastPort = PORT_FIRST + ((process.pid * 97) % PORTS);

/** A port below those that the kernel gives to clients, so that it is still free when the server takes it. */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort = PORT_FIRST + ((lastPort + 1 - PORT_FIRST) % PORTS);
    if (await canListen(lastPort)) return lastPort;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
