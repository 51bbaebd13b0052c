// The command line over a data directory, with and without a server; servers are processes of their own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { runCli } from '../cli/program.ts';
import { cliHost } from './cli-host.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const QUIET = { LANG: 'C', LC_ALL: '', LC_MESSAGES: '' };

/** What a command wrote. */
class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

class Box implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'restante-'));
  readonly data = join(this.folder, 'data');
  #server: ChildProcess | null = null;
  smtp = '';
  http = '';

  get #globals(): readonly string[] {
    const off = ['smtp', 'lmtp', 'submission', 'submissions', 'http'].map(
      (name) => `--set=${name}.listen=127.0.0.1:0`,
    );
    return [MAIN, `--set=data=${this.data}`, '--set=smtp.stopGrace=2s', ...off];
  }

  /** A server has been there. */
  static async withData(): Promise<Box> {
    const box = new Box();
    await box.serve();
    await box.stop('SIGTERM');
    return box;
  }

  /** In this process: the same code as `main.ts`, without the half second that a process takes to begin. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const out = new Collector();
    const err = new Collector();
    const argv = [...this.#globals.slice(1), ...args];
    const streams = { out, err, in: process.stdin };
    const status = await runCli(argv, cliHost('0.0.0'), streams, { ...QUIET, ...env });
    return { status, stdout: out.text, stderr: err.text };
  }

  /** As its users do. */
  spawn(...args: readonly string[]) {
    const env = { ...process.env, ...QUIET };
    const options = { encoding: 'utf8', env, cwd: this.folder, timeout: 30_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [...this.#globals, ...args], options);
    return { status, stdout, stderr };
  }

  /** The result; fails when the command did. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { status, stdout, stderr } = await this.run(['--json', ...args]);
    assert.equal(status, 0, stderr);
    return stdout === '' ? null : JSON.parse(stdout);
  }

  async serve(): Promise<string> {
    const server = spawn(process.execPath, [...this.#globals, 'serve'], {
      env: { ...process.env, ...QUIET },
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#server = server;
    let said = '';
    for await (const chunk of server.stdout) {
      said += String(chunk);
      if (said.includes('Ctrl+C')) break;
    }
    this.smtp = /SMTP on (\S+)/.exec(said)?.[1] ?? '';
    this.http = /HTTP on (\S+)/.exec(said)?.[1] ?? '';
    return said;
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const server = this.#server;
    if (server === null) return null;
    this.#server = null;
    const ended = once(server, 'exit');
    server.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Speaks a dialogue: each line when the reply before it has come; the last reply. */
async function say(address: string, lines: readonly string[]): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  let heard = '';
  let next = 0;
  for await (const chunk of socket) {
    heard += String(chunk);
    if (!/(?:^|\n)\d{3}(?: [^\n]*)?\r\n$/.test(heard)) continue;
    const line = lines[next++];
    if (line === undefined) break;
    socket.write(`${line}\r\n`);
  }
  socket.destroy();
  return heard.trimEnd().split('\r\n').at(-1) ?? '';
}

function deliver(address: string, text: string): Promise<string> {
  const envelope = ['EHLO test.example', 'MAIL FROM:<a@b.example>', 'RCPT TO:<postmaster@localhost>', 'DATA'];
  return say(address, [...envelope, `${text.replaceAll(/^\./gm, '..')}\r\n.`]);
}

const TEXTS = [
  'Subject: one\r\n\r\nFrom here\r\n>From there\r\n>>From everywhere',
  'Subject: =?utf-8?q?two?=\r\n\r\n.\r\n\r\nFrom \r\n\r\n',
  `Subject: big\r\n\r\n${'From 日本\r\n'.repeat(40_000)}end`,
];

test('restante works without a server: it opens the data itself', async () => {
  await using box = await Box.withData();
  assert.deepEqual(
    ((await box.json('account', 'list')) as { address: string }[]).map(({ address }) => address),
    ['postmaster@localhost'],
  );
  await box.json('domain', 'add', 'example.org', '--quota', '1GiB');
  await box.json('account', 'add', 'anna@example.org', '--quota', '1MB', '--max-messages', '10');
  const anna = (await box.json('account', 'show', 'anna@example.org')) as { effectiveLimits: unknown };
  assert.deepEqual(anna.effectiveLimits, { octets: 1_000_000, messages: 10 });
  await box.json('alias', 'add', 'all@example.org', 'anna@example.org', 'postmaster@localhost');
  await box.json('alias', 'remove', 'all@example.org', 'postmaster@localhost');
  assert.deepEqual(await box.json('alias', 'list'), [
    { address: 'all@example.org', members: ['anna@example.org'] },
  ]);
  await box.json('quota', 'set', 'anna@example.org', 'default');
  assert.equal(((await box.json('status')) as { running: boolean }).running, false);
});

test('restante ends with the exit codes that its help documents', async () => {
  await using box = await Box.withData();
  const code = async (...args: string[]) => (await box.run(args)).status;
  assert.equal(await code('help'), 0);
  assert.equal(box.spawn('account', 'show', 'nobody@localhost').status, 3);
  assert.equal(await code('nonsense'), 2);
  assert.equal(await code('account', 'add', 'x@localhost', '--quota', 'lots'), 2);
  assert.equal(await code('mail', 'delete'), 2);
  assert.equal(await code('--set', 'smtp.listn=off', 'status'), 2);
  assert.equal(await code('account', 'show', 'nobody@localhost'), 3);
  assert.equal(await code('account', 'add', 'postmaster@localhost'), 5);
  const { stderr } = await box.run(['--json', 'account', 'show', 'nobody@localhost']);
  assert.deepEqual((JSON.parse(stderr) as { error: { type: string } }).error.type, 'not-found');
});

test('restante makes no data directory without a server, and says what to do instead', async () => {
  await using box = new Box();
  for (const args of [
    ['mail', 'list'],
    ['account', 'add', 'x@localhost'],
    ['domain', 'add', 'example.org'],
  ]) {
    const { status, stderr } = await box.run(args);
    assert.equal(status, 4);
    assert.ok(stderr.includes(box.data), stderr);
    assert.match(stderr, /restante serve.*--set data=.*RESTANTE_DATA/);
  }
  assert.deepEqual(readdirSync(box.folder), []);
  assert.match((await box.run(['--lang', 'ja', 'mail', 'list'])).stderr, /データがありません/);
});

test('quota show compares in one unit, storage show is storage status, and one message is one message', async () => {
  await using box = new Box();
  await box.serve();
  await box.json('account', 'set', 'postmaster@localhost', '--quota', '1MB');
  assert.match(await deliver(box.smtp, `Subject: x\r\n\r\n${'x'.repeat(70)}`), /^250 /);
  const shown = (await box.run(['quota', 'show', 'postmaster@localhost'])).stdout;
  assert.match(shown, /USED +0\.00 MB \(\d+ B\)/);
  assert.match(shown, /LIMIT +1\.00 MB \(1000000 B\)/);
  assert.match(shown, /USED SHARE +0%/);
  const ja = (await box.run(['--lang', 'ja', 'quota', 'status', 'postmaster@localhost'])).stdout;
  assert.match(ja, /使用率/);
  assert.match((await box.run(['storage', 'show'])).stdout, /mail admitted +100%/);
  await box.json('storage', 'force', 'red');
  assert.match((await box.run(['storage', 'status'])).stdout, /mail admitted +0%/);
  assert.match((await box.run(['mail', 'delete', '--all', '--yes'])).stdout, /^1 message deleted, /);
  assert.match((await box.run(['mail', 'delete', '--all', '--yes'])).stdout, /^0 messages deleted, /);
});

test('restante speaks Japanese where the locale does, or where it is told to', async () => {
  await using box = await Box.withData();
  assert.match((await box.run(['help'], { LANG: 'ja_JP.UTF-8' })).stdout, /使い方:/);
  assert.match(
    (await box.run(['--lang', 'ja', 'account', 'show', 'x@localhost'])).stderr,
    /見つかりません: x@localhost/,
  );
  const refusals = [
    [['account', 'ad'], 'restante: ad というコマンドはありません。「add」のことでしょうか。'],
    [['status', '--jso'], 'restante: --jso というオプションはありません。「--json」のことでしょうか。'],
    [['account', 'add'], 'restante: address を指定してください。'],
    [['quota', 'show', 'a', 'b'], 'restante: show の引数が多すぎます。'],
    [
      ['account', 'add', 'x@localhost', '--quota', 'lots'],
      'restante: --quota <size>: 値 "lots" は正しくありません。1MB や 1MiB のようなサイズを指定してください。',
    ],
    [['storage', 'force', 'x'], 'restante: green、yellow、red、black、off のいずれかを指定してください。'],
  ] as const;
  for (const [args, said] of refusals) {
    assert.equal((await box.run(['--lang', 'ja', ...args])).stderr, `${said}\n`);
  }
});

test('a served mailbox is listed, exported and imported byte for byte, however often', async () => {
  await using box = new Box();
  const said = await box.serve();
  assert.match(said, /First start: .*postmaster@localhost/);
  for (const text of TEXTS) assert.match(await deliver(box.smtp, text), /^250 /);
  const list = (await box.run(['--json', 'mail', 'list', 'postmaster@localhost'])).stdout
    .trimEnd()
    .split('\n');
  assert.equal(list.length, TEXTS.length);
  const read = async (address: string, uid: number) =>
    (await box.run(['mail', 'show', address, String(uid)])).stdout;
  const originals = await Promise.all(TEXTS.map((_, n) => read('postmaster@localhost', n + 1)));
  for (const [n, text] of TEXTS.entries())
    assert.ok(originals[n]?.endsWith(`${text}\r\n`), `message ${n + 1}`);

  const mbox = join(box.folder, 'all.mbox');
  const maildir = join(box.folder, 'all');
  const octets = originals.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const whole = { messages: TEXTS.length, octets, skipped: 0 };
  assert.deepEqual(await box.json('mail', 'export', 'postmaster@localhost', '--mbox', mbox), whole);
  assert.deepEqual(await box.json('mail', 'export', 'postmaster@localhost', '--maildir', maildir), whole);
  const again = (await box.json('mail', 'export', 'postmaster@localhost', '--maildir', maildir)) as {
    skipped: number;
  };
  assert.equal(again.skipped, TEXTS.length);
  assert.deepEqual(readdirSync(join(maildir, 'tmp')), []);
  const files = readdirSync(join(maildir, 'new')).map((name) =>
    readFileSync(join(maildir, 'new', name), 'utf8'),
  );
  assert.deepEqual(files.toSorted(), originals.toSorted());

  for (const [kind, place] of [
    ['--mbox', mbox],
    ['--maildir', maildir],
  ] as const) {
    const address = `copy${kind}@localhost`;
    await box.json('account', 'add', address);
    const first = (await box.json('mail', 'import', kind, place, '--into', address)) as { messages: number };
    assert.equal(first.messages, TEXTS.length);
    const second = (await box.json('mail', 'import', kind, place, '--into', address)) as object;
    assert.deepEqual(second, { messages: 0, octets: 0, skipped: TEXTS.length });
    const copies = await Promise.all(TEXTS.map((_, n) => read(address, n + 1)));
    assert.deepEqual(copies.toSorted(), originals.toSorted());
  }
  assert.deepEqual(((await box.json('quota', 'recount')) as { mended: unknown }).mended, []);
});

test('mail delete removes what its criteria name, and a dry run removes nothing', async () => {
  await using box = new Box();
  const mbox = join(box.folder, 'old.mbox');
  const old = [
    'From a@b Thu Jan  1 00:00:00 2015',
    'Subject: old',
    '',
    'x',
    '',
    'From a@b x',
    'Subject: new',
    '',
    'y',
    '',
  ];
  writeFileSync(mbox, old.join('\n'));
  await box.serve();
  await box.json('mail', 'import', '--mbox', mbox, '--into', 'postmaster@localhost');
  const count = async () =>
    ((await box.json('status')) as { figures: { messages: number } }).figures.messages;
  assert.equal(await count(), 2);
  const dry = (await box.json('mail', 'delete', '--older', '365d', '--dry-run')) as { messages: number };
  assert.equal(dry.messages, 1);
  assert.equal(await count(), 2);
  await box.json('mail', 'delete', '--older', '365d');
  assert.equal(await count(), 1);
  assert.match(
    (await box.run(['mail', 'show', 'postmaster@localhost', '2'])).stdout,
    /Subject: new\r\n\r\ny\r\n$/,
  );
  await box.json('mail', 'delete', '--all', '--yes');
  assert.equal(await count(), 0);
});

test('serve stops on SIGTERM when its work is done, and keeps what it had', async () => {
  await using box = new Box();
  await box.serve();
  assert.match(await deliver(box.smtp, 'Subject: kept\r\n\r\nx'), /^250 /);
  assert.equal(statSync(join(box.data, 'control.sock')).mode & 0o777, 0o600);
  assert.equal(await box.stop('SIGTERM'), 0);
  assert.deepEqual(
    readdirSync(box.data).filter((name) => name.startsWith('control')),
    [],
  );
  assert.match((await box.run(['mail', 'show', 'postmaster@localhost', '1'])).stdout, /Subject: kept/);
  const log = readFileSync(join(box.data, 'log/restante.log'), 'utf8');
  assert.match(log, /"event":"started"[\s\S]*"event":"stopping"/);
});

test('serve goes on where a kill -9 ended it', async () => {
  await using box = new Box();
  await box.serve();
  assert.match(await deliver(box.smtp, 'Subject: kept\r\n\r\nx'), /^250 /);
  await box.stop('SIGKILL');
  assert.match(await box.serve(), /is running/);
  assert.match((await box.run(['mail', 'show', 'postmaster@localhost', '1'])).stdout, /Subject: kept/);
});

test('serve says which setting has a port that is taken, and that data is held', async () => {
  await using box = new Box();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const refused = box.spawn(`--set=http.listen=127.0.0.1:${port}`, 'serve');
  taken.close();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, new RegExp(`http\\.listen: 127\\.0\\.0\\.1:${port} is in use already`));
  await box.serve();
  const second = box.spawn('serve');
  assert.equal(second.status, 4);
  assert.match(second.stderr, /in use by another process/);
  const unwritable = box.spawn('--set=data=/proc/none', 'serve');
  assert.equal(unwritable.status, 1);
  assert.match(unwritable.stderr, /\/proc\/none/);
});

test('/health and /metrics tell the level and what was said', async () => {
  await using box = new Box();
  await box.serve();
  await deliver(box.smtp, 'Subject: x\r\n\r\nx');
  const health = async () => {
    const answer = await fetch(`http://${box.http}/health`);
    return [answer.status, ((await answer.json()) as { status: string }).status];
  };
  assert.deepEqual(await health(), [200, 'ok']);
  await box.json('storage', 'force', 'red');
  assert.deepEqual(await health(), [200, 'degraded']);
  await box.json('storage', 'force', 'black');
  assert.deepEqual(await health(), [503, 'down']);
  assert.match(await say(box.smtp, []), /^421 4\.3\.2 /);
  await box.json('storage', 'force', 'off');
  const metrics = await (await fetch(`http://${box.http}/metrics`)).text();
  assert.match(
    metrics,
    /restante_smtp_replies_total\{reply="message-kept",code="250",enhanced="2\.6\.0"\} 1/,
  );
  assert.match(metrics, /restante_smtp_refused_total\{code="421",enhanced="4\.3\.2"\} 1/);
  assert.match(metrics, /restante_batch_sync_seconds_count [1-9]/);
});
