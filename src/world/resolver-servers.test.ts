import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDnsServer, serversIn, systemServers, writeDnsServer } from './resolver-servers.ts';
import { SimClock } from './sim/clock.ts';

test('parseDnsServer() takes addresses with and without a port, and nothing else', () => {
  for (const [text, written] of [
    ['192.0.2.53', '192.0.2.53:53'],
    ['127.0.0.1:5353', '127.0.0.1:5353'],
    ['2001:db8::53', '[2001:db8::53]:53'],
    ['[::1]:5353', '[::1]:5353'],
    ['[::1]', '[::1]:53'],
  ] as const) {
    const server = parseDnsServer(text);
    assert.ok(server !== null, text);
    assert.equal(writeDnsServer(server), written);
  }
  for (const text of [
    '',
    'dns.example',
    '192.0.2.256',
    '[192.0.2.1]:53',
    '::1:99999:1:1:1:1:1:1:1',
    '1.2.3.4:0',
    '1.2.3.4:65536',
  ])
    assert.equal(parseDnsServer(text), null, text);
});

test('serversIn() reads at most three servers, and falls back on this machine', () => {
  const content =
    '# one\nnameserver 192.0.2.1\nsearch example\n nameserver 2001:db8::1 \nnameserver bad\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n';
  assert.deepEqual(serversIn(content).map(writeDnsServer), [
    '192.0.2.1:53',
    '[2001:db8::1]:53',
    '192.0.2.3:53',
  ]);
  assert.deepEqual(serversIn('').map(writeDnsServer), ['127.0.0.1:53']);
});

test('systemServers() reads the file again after a minute, and keeps what it knows when it is gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'resolv-'));
  const file = join(folder, 'resolv.conf');
  const clock = new SimClock();
  const servers = systemServers(clock, file);
  const now = (): string => servers().map(writeDnsServer).join(' ');
  try {
    writeFileSync(file, 'nameserver 192.0.2.1\n');
    assert.equal(now(), '192.0.2.1:53');
    writeFileSync(file, 'nameserver 192.0.2.2\n');
    assert.equal(now(), '192.0.2.1:53');
    clock.advance(60_000);
    assert.equal(now(), '192.0.2.2:53');
    rmSync(file);
    clock.advance(60_000);
    assert.equal(now(), '192.0.2.2:53');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
