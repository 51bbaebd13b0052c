import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import fc from 'fast-check';
import { peerText } from './log.ts';
import { LogFile } from './log-file.ts';
import { pinoLog } from './pino-log.ts';

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'log-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

async function until(so: () => boolean): Promise<void> {
  for (let tries = 0; !so(); tries++) {
    assert.ok(tries < 500, 'it did not come to pass');
    await after(5);
  }
}

test('peerText() cuts, and leaves no control or direction mark as it is', () => {
  assert.equal(peerText('plain 日本語 é 😀'), 'plain 日本語 é 😀');
  assert.equal(peerText('a\r\nb\x1b[31m'), 'a\\x0d\\x0ab\\x1b[31m');
  assert.equal(peerText('\u202egpj.exe\u2028'), '\\u202egpj.exe\\u2028');
  assert.equal(peerText('x'.repeat(1_000_000), 10), `${'x'.repeat(10)}…(1000000)`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Cc}|\p{Cs}|\p{Zl}/u.test(peerText(text))),
  );
});

test('pinoLog() writes one JSON line per event, with its fields, whatever is in them', async () => {
  using at = folder();
  const file = join(at.path, 'deep/restante.log');
  const to = new LogFile({ file, sizeMax: 1e6, files: 2 });
  const log = pinoLog(to, 'info');
  log.debug('not this');
  log.info('transaction', { client: 'a\nb', size: 5 });
  log.warn('plain');
  await until(() => readFileSync(file, 'utf8').split('\n').length === 3);
  const [first = '', second = ''] = readFileSync(file, 'utf8').split('\n');
  const { time, ...rest } = JSON.parse(first) as Record<string, unknown>;
  assert.deepEqual(rest, { level: 'info', event: 'transaction', client: 'a\nb', size: 5 });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal((JSON.parse(second) as { event: string }).event, 'plain');
});

test('LogFile turns over by size, keeps so many files, and loses no line', async () => {
  using at = folder();
  const file = join(at.path, 'x.log');
  const log = new LogFile({ file, sizeMax: 1000, files: 3 });
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 12; n++) log.write(`${round} ${'y'.repeat(97)}\n`);
    await until(() => readFileSync(file, 'utf8').split(`${round} `).length === 13);
  }
  assert.deepEqual(readdirSync(at.path).toSorted(), ['x.log', 'x.log.1', 'x.log.2']);
  assert.equal(readFileSync(`${file}.2`, 'utf8').split('\n').length, 13);
  assert.match(readFileSync(`${file}.2`, 'utf8'), /^2 y/);
});

test('LogFile.reopen() leaves a file that was moved away', async () => {
  using at = folder();
  const file = join(at.path, 'x.log');
  const log = new LogFile({ file, sizeMax: 1e6, files: 3 });
  log.write('old\n');
  await until(() => readFileSync(file, 'utf8') === 'old\n');
  renameSync(file, `${file}.away`);
  log.reopen();
  log.write('new\n');
  await until(() => existsSync(file) && readFileSync(file, 'utf8') === 'new\n');
  assert.equal(readFileSync(`${file}.away`, 'utf8'), 'old\n');
});

test(
  'LogFile drops and counts what a full disk does not take, and does not throw',
  { skip: process.platform !== 'linux' },
  async () => {
    using at = folder();
    symlinkSync('/dev/full', join(at.path, 'x.log'));
    const log = new LogFile({ file: join(at.path, 'x.log'), sizeMax: 1e6, files: 3 });
    for (let n = 0; n < 100; n++) log.write(`${'z'.repeat(100_000)}\n`);
    await until(() => log.dropped > 60);
    log.flushSync();
  },
);
