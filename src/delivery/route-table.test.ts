import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRoutePattern, parseRouteRule, RouteTable, writeRouteRule } from './route-table.ts';
import type { RouteRule } from './route-table.ts';

function rule(text: string): RouteRule {
  const parsed = parseRouteRule(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

test('parseRouteRule() reads what writeRouteRule() writes', () => {
  for (const text of [
    'example.org smtp://relay.example:25',
    'example.org smtp://192.0.2.1:2525 tls=off',
    '.example.org smtp://[2001:db8::1]:25 tls=required',
    '* smtps://relay.example:465 user=me@example.org password-file=/etc/restante/relay',
    '* smtp://relay.example:587 tls=off user=me password-file=/run/secret',
    'lists.example lmtp://127.0.0.1:24',
    'lists.example lmtp+unix:/run/dovecot/lmtp',
    '[192.0.2.7] smtp://relay.example:25',
    'strict.example mx tls=required',
  ])
    assert.equal(writeRouteRule(rule(text)), text);
});

test('parseRouteRule() knows ports, names in other scripts, and spaces', () => {
  assert.equal(
    writeRouteRule(rule('  例え.JP \t smtp://Relay.Example  ')),
    'xn--r8jz45g.jp smtp://relay.example:25',
  );
  assert.equal(
    writeRouteRule(rule('*.example.org smtps://relay.example')),
    '.example.org smtps://relay.example:465',
  );
});

test('parseRouteRule() refuses what has no meaning, or would say a password in the clear', () => {
  for (const text of [
    '',
    'example.org',
    'example.org relay.example',
    'example.org http://relay.example',
    'example.org smtp://',
    'example.org smtp://relay.example:0',
    'example.org smtp://relay.example:65536',
    'example.org smtp://relay.example/path',
    'example.org smtp://user:secret@relay.example',
    'example.org smtp://1.2.3:25',
    'example.org smtp://[::1:25',
    'example.org smtp://[1.2.3.4]:25',
    'example.org lmtp://relay.example', // RFC 2033 §5
    'example.org lmtp://relay.example:25',
    'example.org lmtp+unix:relative',
    `example.org lmtp+unix:/${'a'.repeat(200)}`,
    'example.org lmtp+unix:/run/lmtp tls=required',
    'exa mple smtp://relay.example',
    'example.org smtp://relay.example tls=maybe',
    'example.org smtp://relay.example tls=off tls=off',
    'example.org smtp://relay.example colour=red',
    'example.org smtp://relay.example user=me',
    'example.org smtp://relay.example password-file=/run/secret',
    'example.org smtp://relay.example user=me password-file=secret',
    'example.org smtp://relay.example tls=opportunistic user=me password-file=/run/secret',
    'example.org mx user=me password-file=/run/secret',
    'example.org smtps://relay.example tls=off',
    '-x.example smtp://relay.example',
  ])
    assert.equal(parseRouteRule(text), null, text);
});

test('parseRouteRule() survives any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseRoutePattern(text);
      const parsed = parseRouteRule(`* ${text}`);
      if (parsed !== null) assert.deepEqual(parseRouteRule(writeRouteRule(parsed)), parsed);
    }),
  );
});

test('RouteTable.find() takes the rule that names the domain most closely', () => {
  const table = new RouteTable([
    rule('* smtp://all.example'),
    rule('.example.org smtp://below.example'),
    rule('.deep.example.org smtp://deep.example'),
    rule('example.org smtp://exact.example'),
    rule('example.net smtp://first.example'),
    rule('example.net smtp://second.example'),
  ]);
  for (const [domain, host] of [
    ['example.org', 'exact.example'],
    ['a.example.org', 'below.example'],
    ['a.deep.example.org', 'deep.example'],
    ['deep.example.org', 'below.example'],
    ['notexample.org', 'all.example'],
    ['[192.0.2.1]', 'all.example'],
    ['example.net', 'second.example'],
  ] as const) {
    const { target } = table.find(domain);
    assert.equal(target.type === 'host' && target.host, host, domain);
  }
  assert.equal(new RouteTable().find('example.org').target.type, 'mx');
});

test('RouteTable.find() settles TLS: as the rule says, else required for passwords, smtps and listed domains', () => {
  const table = new RouteTable(
    [
      rule('off.strict.example smtp://relay.example tls=off'),
      rule('login.example smtp://relay.example user=me password-file=/run/secret'),
      rule('smtps.example smtps://relay.example'),
      rule('socket.strict.example lmtp+unix:/run/lmtp'),
      rule('named.example mx tls=required'),
      rule('host.strict.example smtp://relay.example'),
    ],
    ['.strict.example', 'listed.example'],
  );
  for (const [domain, tls] of [
    ['plain.example', 'opportunistic'],
    ['listed.example', 'required'],
    ['a.listed.example', 'opportunistic'],
    ['a.strict.example', 'required'],
    ['host.strict.example', 'required'],
    ['off.strict.example', 'off'],
    ['socket.strict.example', 'off'],
    ['login.example', 'required'],
    ['smtps.example', 'required'],
    ['named.example', 'required'],
  ] as const)
    assert.equal(table.find(domain).tls, tls, domain);
});
