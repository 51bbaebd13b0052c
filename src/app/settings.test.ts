import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSettings, settingRows } from './settings.ts';
import type { LoadedSettings, SettingFault, SettingSources } from './settings.ts';

function load(given: Partial<SettingSources> & { toml?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  try {
    if (given.toml !== undefined) writeFileSync(join(folder, 'mail.toml'), given.toml);
    const file = given.toml === undefined ? null : 'mail.toml';
    return loadSettings({ file, environment: {}, overrides: [], folder, language: 'en', ...given });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function loaded(given: Partial<SettingSources> & { toml?: string }): LoadedSettings {
  const result = load(given);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(given: Partial<SettingSources> & { toml?: string }): readonly SettingFault[] {
  const result = load(given);
  assert.ok(!result.ok);
  return result.failure;
}

test('loadSettings() gives every default, in octets and milliseconds', () => {
  const { settings, shown } = loaded({ folder: '/srv' });
  assert.equal(settings['smtp.messageSizeMax'], 50 * 2 ** 20);
  assert.equal(settings['smtp.commandTimeout'], 300_000);
  assert.equal(settings['smtp.recipientForbiddenAt'], null);
  assert.equal(settings['storage.blackShare'], 0.005);
  assert.deepEqual(settings['smtp.listen'], { host: '127.0.0.1', port: 2525 });
  assert.equal(settings['control.socket'], '/srv/data/control.sock');
  assert.ok(shown.every(({ source, value }) => source === 'default' && value !== undefined));
});

test('loadSettings() lets --set win over the environment, that over the file, that over the default', () => {
  const toml =
    'hostname = "file.example"\ndata = "mail"\n[smtp]\nlisten = "off"\nmailMax = 7\nproxyNetworks = ["10.0.0.0/8", "::1"]\n';
  const environment = { RESTANTE_HOSTNAME: 'env.example', RESTANTE_SMTP_LISTEN: '[::1]:25' };
  const { settings, shown } = loaded({ toml, environment, overrides: ['hostname=set.example'] });
  assert.equal(settings.hostname, 'set.example');
  assert.equal(settings['smtp.mailMax'], 7);
  assert.deepEqual(settings['smtp.proxyNetworks'], ['10.0.0.0/8', '::1/128']);
  assert.deepEqual(settings['smtp.listen'], { host: '::1', port: 25 });
  const sources = Object.fromEntries(shown.map(({ key, source }) => [key, source]));
  assert.equal(sources['hostname'], '--set');
  assert.equal(sources['smtp.listen'], 'RESTANTE_SMTP_LISTEN');
  assert.equal(sources['smtp.mailMax'], 'mail.toml:5');
  assert.equal(sources['quota.mailbox'], 'default');
});

test('loadSettings() lets paths in the file stand on its folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  const file = join(folder, 'restante.toml');
  writeFileSync(file, 'data = "mail"\nlog.file = "-"\n');
  const { settings } = loaded({ file, folder: '/elsewhere' });
  rmSync(folder, { recursive: true });
  assert.equal(settings.data, join(folder, 'mail'));
  assert.equal(settings['control.socket'], join(folder, 'mail/control.sock'));
  assert.equal(settings['log.file'], '-');
});

test('loadSettings() refuses an unknown key with its line and a near one', () => {
  const [fault, ...others] = refused({
    toml: '# a comment\n[smtp]\nlisten = "off"\nmesageSizeMax = "1MB"\n',
  });
  assert.equal(others.length, 0);
  assert.equal(fault?.place, 'mail.toml:4');
  assert.match(fault?.message ?? '', /Did you mean smtp\.messageSizeMax\?/);
  assert.match(refused({ overrides: ['zzzzzzzzzzzzzz=1'] })[0]?.message ?? '', /no such setting\. "restante/);
});

test('loadSettings() tells every wrong value at once, each with its place and what would be right', () => {
  const toml = [
    'quota.mailbox = "lots"',
    '',
    '[smtp]',
    'recipientMax = 99',
    'commandTimeout = 5',
    '[http]',
    'listen = { port = 1 }',
  ].join('\n');
  const faults = refused({ toml });
  assert.deepEqual(
    faults.map(({ place }) => place),
    ['mail.toml:1', 'mail.toml:4', 'mail.toml:5', 'mail.toml:7'],
  );
  assert.match(faults[0]?.message ?? '', /expected a size such as "25MiB".*\("lots"\)/);
  assert.match(faults[1]?.message ?? '', /100 … 100000/);
});

test('loadSettings() says where a file is no TOML, or is not there', () => {
  assert.match(refused({ toml: 'hostname = "a"\ndata = \n' })[0]?.place ?? '', /^mail\.toml:2:/);
  assert.match(refused({ file: 'nowhere.toml' })[0]?.message ?? '', /cannot be read: ENOENT/);
  assert.match(refused({ overrides: ['hostname'] })[0]?.message ?? '', /expected key=value/);
  assert.match(refused({ overrides: ['hostname=-'], language: 'ja' })[0]?.message ?? '', /正しい形/);
});

test('loadSettings() does not reach into what objects inherit', () => {
  for (const key of ['__proto__', 'constructor', 'toString']) {
    assert.equal(refused({ overrides: [`${key}=1`] }).length, 1);
    assert.equal(refused({ toml: `[${key}]\nx = 1\n` }).length, 1);
  }
});

test('settingRows() has a default that is right, and a meaning in both languages, for every setting', () => {
  for (const language of ['en', 'ja'] as const) {
    for (const row of settingRows(language)) assert.ok(row.about.length > 5, row.key);
  }
  loaded({ overrides: settingRows('en').map((row) => `${row.key}=${row.default}`) });
});

test('loadSettings() reads routes and DNS servers, shows them as they are written, and names a wrong one', () => {
  const toml = [
    '[delivery]',
    'routes = ["Example.org smtp://relay.example tls=required", "* lmtp+unix:/run/lmtp"]',
    'tlsRequired = ["*.example.net"]',
    '[dns]',
    'servers = ["192.0.2.53", "[::1]:5353"]',
  ].join('\n');
  const { settings, shown } = loaded({ toml });
  assert.equal(settings['delivery.port'], 25);
  assert.deepEqual(settings['delivery.tlsRequired'], ['.example.net']);
  assert.deepEqual(settings['dns.servers'][1], { address: '::1', port: 5353 });
  assert.equal(settings['delivery.routes'][1]?.target.type, 'socket');
  const value = shown.find(({ key }) => key === 'delivery.routes')?.value;
  assert.equal(value, 'example.org smtp://relay.example:25 tls=required,* lmtp+unix:/run/lmtp');
  assert.equal(loaded({ overrides: [`delivery.routes=${value}`] }).settings['delivery.routes'].length, 2);
  assert.deepEqual(loaded({}).settings['delivery.routes'], []);
  const faults = refused({
    overrides: ['delivery.routes=x smtp://a b', 'dns.servers=dns.example', 'delivery.tlsRequired=a b'],
  });
  assert.equal(faults.length, 3);
  assert.match(faults[0]?.message ?? '', /expected rules such as/);
});
