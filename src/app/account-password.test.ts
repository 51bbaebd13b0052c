// Passwords by the command line, of a running server.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, test } from 'node:test';
import { TestServer } from '../../test/support/server.ts';
import { runCli } from '../cli/program.ts';
import { cliHost } from './cli-host.ts';

const server = await TestServer.start();
after(() => server[Symbol.asyncDispose]());
await server.control.addAccount('ann@localhost');

/** What a command wrote. */
class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function run(args: readonly string[], input = '', language = 'C') {
  const [out, err] = [new Collector(), new Collector()];
  const streams = { out, err, in: Readable.from(input === '' ? [] : [Buffer.from(input)]) };
  const argv = [`--set=data=${server.data}`, 'account', ...args];
  const status = await runCli(argv, cliHost('0.0.0'), streams, { LC_ALL: language });
  return { status, stdout: out.text, stderr: err.text };
}

interface Shown {
  readonly hasPassword: boolean;
  readonly appPasswords: readonly { readonly name: string; readonly lastUse: number | null }[];
}

async function shown(): Promise<Shown> {
  const { status, stdout } = await run(['show', 'ann@localhost', '--json']);
  assert.equal(status, 0);
  return JSON.parse(stdout) as Shown;
}

test('account password --stdin takes the first line, and says only that it is set', async () => {
  assert.equal((await shown()).hasPassword, false);
  const set = await run(['password', 'Ann@localhost', '--stdin'], 'correct horse\r\nbattery\n');
  assert.deepEqual(set, { status: 0, stdout: 'The password of ann@localhost is set.\n', stderr: '' });
  assert.equal((await shown()).hasPassword, true);
  const table = await run(['show', 'ann@localhost']);
  assert.match(table.stdout, /PASSWORD +set\n.*APPLICATION PASSWORDS +0\n.*LAST LOGIN +–/s);
});

test('account password says what is wrong with a password, and the way out, in both languages', async () => {
  const weak = await run(['password', 'ann@localhost', '--stdin'], 'short\n');
  assert.equal(weak.status, 5);
  assert.match(weak.stderr, /8 characters or more\. --generate/);
  const ja = await run(['password', 'ann@localhost', '--stdin'], 'ANN@localhost', 'ja_JP.UTF-8');
  assert.match(ja.stderr, /アドレスやその一部をパスワードにすることはできません/);
  const json = await run(['password', 'ann@localhost', '--stdin', '--json'], 'short\n');
  assert.equal((JSON.parse(json.stderr) as { error: { type: string } }).error.type, 'weak-password');
  assert.match((await run(['password', 'ann@localhost', '--stdin'])).stderr, /first line/);
  const nobody = await run(['password', 'ann@localhost']);
  assert.equal(nobody.status, 2);
  assert.match(nobody.stderr, /no terminal to ask on.*--stdin.*--generate/);
  assert.equal((await run(['password', 'ann@localhost', '--stdin', '--remove'])).status, 2);
  assert.equal((await run(['password', 'nobody@localhost', '--stdin'], 'correct horse')).status, 3);
  assert.equal((await shown()).hasPassword, true);
});

test('account password --generate shows the password alone on standard output, --remove takes it away', async () => {
  const made = await run(['password', 'ann@localhost', '--generate']);
  assert.match(made.stdout, /^(?:[a-z0-9]{4}-){5}[a-z0-9]{4}\n$/);
  assert.match(made.stderr, /shown only now/);
  const json = await run(['password', 'ann@localhost', '--generate', '--json']);
  assert.match((JSON.parse(json.stdout) as { password: string }).password, /^[a-z0-9-]{29}$/);
  assert.equal((await run(['password', 'ann@localhost', '--remove'])).status, 0);
  assert.equal((await shown()).hasPassword, false);
  const again = await run(['password', 'ann@localhost', '--remove']);
  assert.deepEqual([again.status, again.stderr], [3, 'restante: ann@localhost has no password.\n']);
});

test('account app-password adds, lists and removes', async () => {
  const none = await run(['app-password', 'list', 'ann@localhost']);
  assert.equal(none.stdout, 'ann@localhost has no application passwords.\n');
  const made = await run(['app-password', 'add', 'ann@localhost', 'My phone']);
  assert.match(made.stdout, /^(?:[a-z0-9]{4}-){5}[a-z0-9]{4}\n$/);
  assert.match(made.stderr, /"My phone".*The user name is ann@localhost/);
  const again = await run(['app-password', 'add', 'ann@localhost', 'My phone']);
  assert.equal(again.status, 5);
  assert.match(again.stderr, /already: remove it first/);
  const bad = await run(['app-password', 'add', 'ann@localhost', ' phone ']);
  assert.match(bad.stderr, /cannot be used: 1 to 64 characters/);
  const table = await run(['app-password', 'list', 'ann@localhost']);
  assert.match(table.stdout, /^NAME +CREATED +LAST USE\nMy phone +\d{4}-\d\d-\d\d [\d:]{8} +–\n$/);
  const json = await run(['app-password', 'list', 'ann@localhost', '--json']);
  assert.deepEqual(
    (JSON.parse(json.stdout) as Shown['appPasswords']).map(({ name, lastUse }) => [name, lastUse]),
    [['My phone', null]],
  );
  const other = await run(['app-password', 'remove', 'ann@localhost', 'phone']);
  assert.deepEqual(
    [other.status, other.stderr.includes('restante account app-password list ann@localhost')],
    [3, true],
  );
  assert.equal((await run(['app-password', 'remove', 'ann@localhost', 'My phone'])).status, 0);
  assert.deepEqual((await shown()).appPasswords, []);
});

test('no password is in the log, in the data or in any answer but the one', async () => {
  const secret = 'correct horse battery';
  await run(['password', 'ann@localhost', '--stdin'], secret);
  await server.control.ask('PUT', '/accounts/ann@localhost/password', { password: secret, more: true });
  const answers = await Promise.all(
    ['/accounts/ann@localhost', '/accounts', '/openapi.json'].map((path) => server.control.ask('GET', path)),
  );
  const files = readdirSync(server.data, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'));
  const everything = [...answers.map(({ body }) => body.toString()), ...files].join('\n');
  assert.ok(everything.includes('storedKey'));
  assert.ok(!everything.includes(secret));
  assert.ok(!answers.some(({ body }) => body.toString().includes('storedKey')));
});
