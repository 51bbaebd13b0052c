import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { Dialogue } from './demo-dialogue.ts';
import { Stage } from './demo-stage.ts';
import { Surprise } from './demo-words.ts';

const DEMO = join(import.meta.dirname, 'demo.ts');

/** What must be heard, in this order, whatever stands between. */
const KEY_REPLIES = [
  /C: HELP 214 452\n\s+S: 214-2\.0\.0 /,
  /C: \.\n\s+S: 250 2\.6\.0 OK [0-9a-f-]{36}\n/,
  /C: RCPT TO:<taro@localhost>\n\s+S: 452 4\.2\.2 .*\n\s+C: RCPT TO:<hanako@localhost>\n\s+S: 250 2\.1\.5 /,
  /C: MAIL FROM:<\S+> SIZE=\d+\n\s+S: 452 4\.3\.1 /,
  /C: HELP STATUS\n\s+S: 211-2\.0\.0 Accepting mail: (?!yes)/,
  /\$ \.\/restante mail delete taro@localhost --yes\n/,
  /C: RCPT TO:<taro@localhost>\n(?:.*\n)+?\s+S: 250 2\.6\.0 OK /,
];

suite('npm run demo', { concurrency: true }, () => {
  test('shows and checks every step, in English', async () => {
    const { code, out, err } = await demo(['--fast', '--lang', 'en'], { LC_ALL: 'ja_JP.UTF-8' });
    assert.equal(code, 0, err);
    assert.match(out, /6\. The senders try again/);
    mustShowAll(out);
  });

  test('shows and checks every step, in Japanese', async () => {
    const { code, out, err } = await demo(['--fast'], { LC_ALL: 'ja_JP.UTF-8' });
    assert.equal(code, 0, err);
    assert.match(out, /6\. 送信側の再送/);
    mustShowAll(out);
  });

  test('leaves neither server nor data behind when it is interrupted', async () => {
    const child = spawn(process.execPath, [DEMO, '--fast', '--lang', 'en'], { env: environment() });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('S: 221')) child.kill('SIGINT');
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 130);
    await mustBeGone(out);
  });

  test('refuses an option it does not know with exit code 2', async () => {
    const { code, out, err } = await demo(['--quick'], {});
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /--quick/);
  });
});

test('Dialogue throws a Surprise that names the command and the reply when another code is heard', async () => {
  const server = createServer((socket) => {
    socket.write('220 localhost ESMTP\r\n');
    socket.on('data', () => socket.write('250-2.1.0 OK,\r\n250 2.1.0 that is\r\n'));
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  {
    const stage = new Stage('en', new PassThrough().resume(), true);
    await using dialogue = await Dialogue.open({ port: (server.address() as AddressInfo).port }, stage);
    const { codes } = await dialogue.quietly(() => dialogue.say('MAIL FROM:<>', '452 4.3.1', '250'));
    assert.equal(codes, '250 2.1.0');
    await assert.rejects(
      dialogue.quietly(() => dialogue.say('MAIL FROM:<>', '452 4.3.1')),
      (error) =>
        error instanceof Surprise && /452 4\.3\.1 after MAIL FROM:<>, heard: 250-2/.test(error.message),
    );
  }
  server.close();
  await once(server, 'close');
});

function mustShowAll(out: string): void {
  let rest = out;
  for (const reply of KEY_REPLIES) {
    const found = reply.exec(rest);
    assert.ok(found, `${reply.source} is not in:\n${rest}`);
    rest = rest.slice(found.index + found[0].length);
  }
  assert.equal(out.match(/✓ (?:214 2\.0\.0|250 2\.6\.0|452 4\.2\.2|452 4\.3\.1)/g)?.length, 5);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(out, /\x1b/, 'no colours off a terminal');
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function demo(args: readonly string[], locale: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(process.execPath, [DEMO, ...args], { env: { ...environment(), ...locale } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (said.out !== '') await mustBeGone(said.out);
  return { code, ...said };
}

/** A server of the reader's own, that the demonstration must not touch. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], RESTANTE_DATA: '/nowhere', RESTANTE_SMTP_LISTEN: '127.0.0.1:1' };
}

async function mustBeGone(out: string): Promise<void> {
  const [, port, data = ''] = /127\.0\.0\.1:(\d+)\D*?(\/\S*restante-demo-\w+)/s.exec(out) ?? [];
  assert.notEqual(data, '', out);
  assert.equal(existsSync(data), false, `${data} is still there`);
  // Who was just killed may still be taking leave of the kernel: then the connection is reset.
  assert.match(await answerOf(Number(port)), /ECONNREFUSED|ECONNRESET/);
}

function answerOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', (greeting: Buffer) => {
      resolve(greeting.toString());
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
