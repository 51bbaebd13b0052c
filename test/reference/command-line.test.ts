// The reference at the command line: without a server, in both languages, with exit codes that scripts may count on.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { cliHost } from '../../src/app/cli-host.ts';
import { runCli } from '../../src/cli/program.ts';
import { columnsOf } from '../../src/base/columns.ts';
import { pathsOfSite } from '../../src/reference/site.ts';

const FORMS = ['html', 'txt', 'md', 'json'];

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

interface Given {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

async function run(
  args: readonly string[],
  { input = '', environment = { LANG: 'en_GB.UTF-8' } }: Given = {},
) {
  const streams = { out: new Collector(), err: new Collector(), in: Readable.from([Buffer.from(input)]) };
  const before = process.exitCode;
  process.exitCode = undefined;
  const status = await runCli(args, cliHost('0.0.0'), streams, environment);
  process.exitCode = before;
  return { status, out: streams.out.text, err: streams.err.text };
}

const json = async (args: readonly string[], given?: Given): Promise<Record<string, unknown>> =>
  JSON.parse((await run([...args, '--json'], given)).out) as Record<string, unknown>;

test('restante code tells of a code, an enhanced code, and both together', async () => {
  const basic = await run(['code', '452']);
  assert.equal(basic.status, 0);
  assert.match(basic.out, /^452 {2}Insufficient system storage\n=+\n[^]*What to do now\n-+\n/);
  assert.match((await run(['code', 'X.2.2'])).out, /^X\.2\.2 {2}Mailbox full\n/);
  for (const args of [['452', '4.2.2'], ['452 4.2.2'], ['452/4.2.2']]) {
    assert.match((await run(['code', ...args])).out, /^452 4\.2\.2 {2}Mailbox full\n/);
  }
});

test('restante code speaks the language of the environment, or the one that is asked for', async () => {
  assert.match(
    (await run(['code', '452'], { environment: { LANG: 'ja_JP.UTF-8' } })).out,
    /^452 {2}システムの空き容量不足\n/,
  );
  assert.match((await run(['code', '4.2.2', '--lang', 'ja'])).out, /^4\.2\.2 {2}メールボックスが満杯\n/);
});

test('restante code keeps to 80 columns in either language, but for addresses', async () => {
  for (const language of ['en', 'ja']) {
    for (const line of (await run(['code', '452', '--lang', language])).out.split('\n')) {
      // A full stop may hang over the edge by its own width.
      assert.ok(columnsOf(line) <= 82 || line.includes('https://'), line);
    }
  }
});

test('restante code exits with 1 for an unknown code, and still explains its digits', async () => {
  const { status, out } = await run(['code', '457']);
  assert.equal(status, 1);
  assert.match(out, /may succeed later[^]*456/);
  assert.equal((await run(['code', '5.3.1'])).status, 1);
  assert.equal((await run(['code', '../../etc'])).status, 1);
});

test('the commands exit with 2 when they are used wrongly', async () => {
  const wrong = [
    ['code'],
    ['compare', '214'],
    ['compare', '214', '214'],
    ['codes', '--phase', 'nowhere'],
    ['codes', '--class', '9'],
  ];
  for (const args of wrong) assert.equal((await run(args)).status, 2, args.join(' '));
});

test('restante code --json is what the page has', async () => {
  const page = await json(['code', '452']);
  assert.deepEqual(
    [page['code'], page['found'], page['path'], page['language']],
    ['452', true, '/smtp/452', 'en'],
  );
  assert.equal((await json(['code', '457']))['found'], false);
});

test('restante compare tells what differs, whatever the order', async () => {
  const { status, out } = await run(['compare', '452', '214']);
  assert.equal(status, 0);
  assert.match(out, /^214 \/ 452 {2}/);
  assert.match(out, /Main differences/);
  const found = await json(['compare', '214', '452']);
  assert.equal(found['kind'], 'comparison');
  assert.equal((await run(['compare', '214', '999'])).status, 1);
});

const rows = async (...args: readonly string[]): Promise<readonly string[]> =>
  ((await json(['codes', ...args])) as unknown as readonly { code: string }[]).map(({ code }) => code);

test('restante codes lists by moment, by class, and by words', async () => {
  const all = await rows();
  assert.ok(all.includes('452') && all.includes('X.2.2'));
  const help = await rows('--phase', 'help');
  assert.ok(help.includes('214') && !help.includes('354'));
  assert.ok((await rows('--class', '4')).every((code) => code.startsWith('4')));
  const full = await rows('--search', '満杯');
  assert.ok(full.slice(0, 3).includes('452'));
  const none = await run(['codes', '--search', 'zzzzzz']);
  assert.deepEqual([none.status, none.out], [1, 'No code was found.\n']);
});

test('off a terminal there are no escapes, and in the locale C no typographic signs', async () => {
  const { out } = await run(['code', '250'], { environment: { LANG: 'C' } });
  assert.match(out, /^[\n\x20-\x7e]+$/);
});

test('restante decode tells by its exit code what became of the mail', async () => {
  const exits = async (input: string): Promise<number> => (await run(['decode'], { input })).status;
  assert.equal(await exits('452 4.3.1 Insufficient system storage'), 0);
  assert.equal(await exits('550 5.1.1 No such user'), 3);
  assert.equal(await exits('250 2.0.0 OK queued'), 4);
  assert.equal(await exits('nothing to see here'), 1);
  assert.equal((await run(['decode', '/no/such/file'])).status, 2);
});

test('restante decode reads a file, shows its evidence, and gives JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'restante-'));
  try {
    const file = join(folder, 'bounce.txt');
    writeFileSync(
      file,
      'status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 <x@example.com> unknown (in reply to RCPT TO command))',
    );
    const { out } = await run(['decode', file]);
    assert.match(out, /Verdict[^]*Evidence[^]*>>/);
    const found = await json(['decode', file]);
    const [verdict] = found['verdicts'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      [verdict?.['standing'], verdict?.['reason'], verdict?.['code']],
      ['permanent', 'user-unknown', '550'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('restante reference export writes every page in every form, with links that lead to files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'restante-'));
  try {
    const { status, out } = await run(['reference', 'export', folder]);
    assert.equal(status, 0, out);
    for (const language of ['en', 'ja']) {
      for (const path of pathsOfSite()) {
        for (const form of FORMS)
          assert.ok(existsSync(join(folder, `${language}${path}.${form}`)), `${path}.${form}`);
      }
    }
    const missing = new Set<string>();
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const from = new URL(file, 'file:///');
      const links = file.endsWith('.html')
        ? [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:href|src)="([^"#]+)[^"]*"/g)]
        : file.endsWith('.md')
          ? [...readFileSync(join(folder, file), 'utf8').matchAll(/\]\(<([^>#]+)[^>]*>\)/g)]
          : [];
      for (const [, to = ''] of links) {
        const url = new URL(to, from);
        if (url.protocol === 'file:' && !existsSync(join(folder, decodeURIComponent(url.pathname))))
          missing.add(`${file}: ${to}`);
      }
    }
    assert.deepEqual([...missing].slice(0, 10), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('restante reference export says where it cannot write', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'restante-'));
  try {
    writeFileSync(join(folder, 'file'), '');
    const into = join(folder, 'file', 'below');
    const { status, err } = await run(['reference', 'export', into]);
    assert.equal(status, 1);
    assert.ok(err.includes(into), err);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
