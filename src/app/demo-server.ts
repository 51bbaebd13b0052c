/** The throw-away server of the demonstration: the real program as a child process, on data of its own that go with it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Language } from '../base/language.ts';
import { ApiClient } from '../cli/api-client.ts';
import { EXIT } from '../cli/failure.ts';
import { runCli } from '../cli/program.ts';
import { socketTransport } from '../cli/transport.ts';
import { cliHost } from './cli-host.ts';
import { findControl } from './control.ts';
import type { Stage } from './demo-stage.ts';
import { Surprise } from './demo-words.ts';

const HOST = '127.0.0.1';
const STOP_MS = 5000;

export class DemoServer implements AsyncDisposable {
  readonly data: string;
  readonly port: number;
  readonly api: ApiClient;
  readonly #child: ChildProcess;
  readonly #remove: () => void;

  private constructor({ data, child, remove }: Launched, port: number, api: ApiClient) {
    this.data = data;
    this.port = port;
    this.api = api;
    this.#child = child;
    this.#remove = remove;
  }

  static async start(settings: Readonly<Record<string, string>>, stage: Stage): Promise<DemoServer> {
    const launched = launch(settings);
    const { child, data } = launched;
    let said = '';
    const hear = (chunk: Buffer): void => void (said += chunk.toString());
    child.stderr?.on('data', hear);
    child.stdout?.on('data', hear);
    // The first thing it says is that it is up.
    await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
    const socket = await findControl({ data, socket: join(data, 'control.sock') });
    if (socket === null) throw new Surprise(`${stage.say('noStart')}\n${said.trimEnd()}`);
    const api = new ApiClient(socketTransport(socket));
    const { listeners } = await api.call('status');
    const address = listeners.find(({ protocol }) => protocol === 'SMTP')?.address ?? '';
    return new DemoServer(launched, Number(address.slice(address.lastIndexOf(':') + 1)), api);
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Runs `./restante …`, as the stage shows it, on this server. */
  async cli(stage: Stage, ...argv: readonly string[]): Promise<void> {
    const command = `./restante ${argv.join(' ')}`;
    stage.command(command);
    const printed: Buffer[] = [];
    const collect = (): Writable =>
      new Writable({
        write(chunk: Buffer, _, done) {
          printed.push(chunk);
          done();
        },
      });
    const streams = { out: collect(), err: collect(), in: Readable.from([]) };
    const code = await runCli(argv, cliHost(''), streams, { LC_ALL: localeOf(stage.language) });
    stage.printed(Buffer.concat(printed).toString());
    if (code !== EXIT.ok) throw new Surprise(stage.say('cliFailed', { command, code }));
    await stage.beat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    this.#remove();
  }
}

interface Launched {
  readonly data: string;
  readonly child: ChildProcess;
  /** Ends the process, if it still runs, and removes its data. */
  readonly remove: () => void;
}

function launch(settings: Readonly<Record<string, string>>): Launched {
  const data = mkdtempSync(join(tmpdir(), 'restante-demo-'));
  const all = {
    'smtp.listen': `${HOST}:0`,
    'lmtp.listen': 'off',
    'submission.listen': 'off',
    'submissions.listen': 'off',
    'http.listen': 'off',
    'smtp.stopGrace': '1s',
    ...settings,
  };
  // Nothing of the reader's own server is to be touched or to have a say here.
  for (const variable of Object.keys(process.env)) {
    if (variable.startsWith('RESTANTE_')) delete process.env[variable];
  }
  process.env['RESTANTE_DATA'] = data;
  const main = join(import.meta.dirname, 'main.ts');
  const set = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const child = spawn(process.execPath, [main, 'serve', ...set], { stdio: ['ignore', 'pipe', 'pipe'] });
  const remove = (): void => {
    process.off('exit', remove);
    child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.on('exit', remove);
  return { data, child, remove };
}

function localeOf(language: Language): string {
  return language === 'ja' ? 'ja_JP.UTF-8' : 'C.UTF-8';
}
