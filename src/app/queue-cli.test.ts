// The outgoing queue by the command line: a running server, a peer on a real socket, and the log of both.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Readable, Writable } from 'node:stream';
import { after, test } from 'node:test';
import { HostilePeer } from '../../test/support/hostile-peer.ts';
import { TestServer } from '../../test/support/server.ts';
import { SmtpClient } from '../../test/support/smtp-client.ts';
import { runCli } from '../cli/program.ts';
import { cliHost } from './cli-host.ts';

const FULL = 'full@peer.example';
let isFull = true;
const peer = await HostilePeer.listen({
  answer: (line) =>
    isFull && line.startsWith('RCPT TO:<full') ? '452 4.2.2 Mailbox full, sorry\r\n' : undefined,
});
const server = await TestServer.start({
  settings: {
    'smtp.relayNetworks': '127.0.0.0/8',
    'delivery.routes': `peer.example smtp://127.0.0.1:${peer.port},dead.example smtp://127.0.0.1:1`,
  },
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await peer[Symbol.asyncDispose]();
});

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function run(...args: readonly string[]) {
  const [out, err] = [new Collector(), new Collector()];
  const streams = { out, err, in: Readable.from([]) };
  const status = await runCli([`--set=data=${server.data}`, ...args], cliHost('0.0.0'), streams, {
    LC_ALL: 'C',
  });
  return { status, stdout: out.text, stderr: err.text };
}

interface Listed {
  readonly entries: readonly {
    readonly id: string;
    readonly recipient: string;
    readonly held: boolean;
    readonly retry: { readonly cause: string; readonly attempts: number } | null;
  }[];
}

async function listed(...args: readonly string[]): Promise<Listed['entries']> {
  const { status, stdout } = await run('queue', 'list', '--json', ...args);
  assert.equal(status, 0);
  return (JSON.parse(stdout) as Listed).entries;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await isSo()) return;
    await pause(50);
  }
  assert.fail(`not within 10 s: ${what}`);
}

async function send(to: readonly string[], messageId: string): Promise<void> {
  using client = await SmtpClient.open(server.port);
  const text = Buffer.from(`From: <postmaster@localhost>\r\nMessage-ID: <${messageId}>\r\n\r\nhello\r\n`);
  const { last } = await client.mail({ from: 'postmaster@localhost', to, text });
  assert.equal(last.code, '250');
}

test('queue list, explain and trace say what happened, what it means, when next and why then', async () => {
  await send([FULL, 'ok@peer.example'], 'one@test');
  await until('one is deferred', async () => (await listed('--cause', 'mailbox-full')).length === 1);
  const [entry, ...others] = await listed();
  assert.ok(entry !== undefined && others.length === 0);
  assert.deepEqual([entry.recipient, entry.retry?.attempts], [FULL, 1]);
  const table = await run('queue', 'list', '--domain', 'peer.example');
  assert.match(table.stdout, /full@peer\.example +1 +1\d min.*the mailbox is full/);
  const { stdout } = await run('queue', 'explain', entry.id);
  assert.match(stdout, /said: 452 4\.2\.2 Mailbox full, sorry/);
  assert.match(stdout, /Next try: .* \(in 1\d min/);
  assert.match(
    stdout,
    /the same reason 1 time in a row, after which we wait about 15 min; after the next about 30 min/,
  );
  const ja = await run('--lang', 'ja', 'queue', 'explain', entry.id);
  assert.match(ja.stdout, /宛先のメールボックスが満杯です/);
  const missing = await run('queue', 'explain', entry.id.replace(/^./, 'f'));
  assert.equal(missing.status, 3);
  await until('the log is written', async () =>
    (await run('trace', 'one@test')).stdout.includes('delivered'),
  );
  const trace = await run('trace', '<one@test>');
  assert.match(
    trace.stdout,
    /accepted from 127\.0\.0\.1.*\n.*not yet \(mailbox-full\).*452 Mailbox full, sorry/,
  );
  assert.match(trace.stdout, /ok@peer\.example: delivered to/);
});

test('queue hold, release and retry do what they say, and --dry-run does not', async () => {
  const dry = await run('queue', 'hold', '--recipient', FULL, '--dry-run');
  assert.match(dry.stdout, /It would concern 1 recipient/);
  assert.equal((await listed())[0]?.held, false);
  assert.equal((await run('queue', 'hold', '--recipient', FULL)).stdout, '1 recipient done.\n');
  assert.equal((await listed('--held')).length, 1);
  isFull = false;
  await run('queue', 'retry', '--recipient', FULL);
  assert.equal((await listed()).length, 1);
  await run('queue', 'release', '--recipient', FULL);
  await run('queue', 'flush', 'peer.example');
  await until('it is delivered', async () => (await listed()).length === 0);
  assert.equal(peer.received.length, 2);
  isFull = true;
});

test('queue fail returns to the sender, delete does not; neither without saying which', async () => {
  const none = await run('queue', 'delete');
  assert.equal(none.status, 2);
  assert.match(none.stderr, /--all/);
  assert.equal((await run('queue', 'list', '--cause', 'hunger')).status, 2);
  await send([FULL], 'two@test');
  await send([FULL], 'three@test');
  await until('both are there', async () => (await listed('--cause', 'mailbox-full')).length === 2);
  const [two, three] = await listed();
  assert.ok(two !== undefined && three !== undefined);
  assert.equal((await run('queue', 'fail', two.id, '--yes')).status, 0);
  assert.equal((await run('queue', 'delete', three.id, '--yes')).status, 0);
  assert.deepEqual(await listed(), []);
  const mail = await server.control.messages('postmaster@localhost');
  assert.equal(mail.length, 1);
});

test('queue status names a destination that does not answer', async () => {
  await send(['x@dead.example'], 'four@test');
  await until('it is left alone', async () => (await run('queue', 'status')).stdout.includes('left alone'));
  const { stdout } = await run('queue', 'status');
  assert.match(stdout, /dead\.example, left alone until .* +1; their server does not answer/);
  const list = await run('queue', 'list');
  assert.match(list.stdout, /x@dead\.example +0 +\d min.*their server does not answer/);
});
