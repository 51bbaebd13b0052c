// TLS and logins from end to end: real sockets and certificates, a real password, and what the mailbox holds in the end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ConnectionOptions, TLSSocket } from 'node:tls';
import type { House } from '../decisions/house.ts';
import { codes, expectCode, SmtpClient } from '../support/smtp-client.ts';
import { EXPIRED } from '../support/test-certificates.ts';
import {
  base64,
  challengeOf,
  exporterOf,
  logIn,
  onlyMessage,
  PASSWORD,
  putCertificate,
  secureHouse,
} from './secure-house.ts';
import { ScramClient } from '../support/sasl-client.ts';

const LOOK_EVERY_MS = 10_000;

async function starttls(port: number, options: ConnectionOptions = {}): Promise<SmtpClient> {
  const plain = await SmtpClient.open(port, 'EHLO before.example');
  assert.equal(codes(await plain.say('STARTTLS')), '220 2.0.0');
  return SmtpClient.connectTls(plain.socket, options);
}

async function implicit(port: number, options: ConnectionOptions = {}): Promise<SmtpClient> {
  const client = await SmtpClient.connectTls(port, options);
  expectCode(await client.reply(), '220');
  return client;
}

function enter(house: House, way: string, options: ConnectionOptions = {}): Promise<SmtpClient> {
  return way === 'STARTTLS'
    ? starttls(house.ports.submission, options)
    : implicit(house.ports.submissions, options);
}

function secured({ socket }: SmtpClient): TLSSocket {
  assert.ok(socket instanceof TLSSocket);
  return socket;
}

for (const way of ['STARTTLS', 'implicit TLS']) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${way}, ${version}: every mechanism lets the user in, and the mail arrives with ESMTPSA`, async () => {
      await using place = await secureHouse();
      const { house, user, authority } = place;
      const trusting = { ca: authority.ca, servername: 'mail.test.example', rejectUnauthorized: true };
      const plus = version === 'TLSv1.3' ? ['SCRAM-SHA-256-PLUS'] : [];
      for (const mechanism of [...plus, 'SCRAM-SHA-256', 'PLAIN', 'LOGIN']) {
        const to = await house.account();
        using client = await enter(house, way, { ...trusting, minVersion: version, maxVersion: version });
        assert.equal(secured(client).getProtocol(), version);
        const hello = await client.say('EHLO after.example');
        assert.ok(hello.lines.includes(['AUTH', ...plus, 'SCRAM-SHA-256', 'PLAIN', 'LOGIN'].join(' ')));
        assert.ok(!hello.lines.includes('STARTTLS'));
        assert.equal(codes(await client.say(`MAIL FROM:<${user}>`)), '530 5.7.0');
        assert.equal(codes(await logIn(client, mechanism, { name: user })), '235 2.7.0', mechanism);
        const text = Buffer.from(`From: <${user}>\r\nSubject: ${mechanism}\r\n\r\ntext\r\n`);
        expectCode((await client.mail({ from: user, to: [to], text })).last, '250');
        const kept = await onlyMessage(house, to);
        assert.match(
          kept,
          /\r\nReceived: from after\.example \(\[127\.0\.0\.1\]\)\r\n\tby mail\.test\.example with ESMTPSA id /,
        );
        assert.doesNotMatch(kept, /before\.example/);
        expectCode(await client.say('QUIT'), '221');
        await client.untilClosed();
      }
      await house.atRest();
    });
  }
}

test('channel binding: another channel, a downgraded flag, and -PLUS below TLS 1.3 let nobody in', async () => {
  await using place = await secureHouse();
  const { house, user } = place;
  using other = await implicit(house.ports.submissions);
  const foreign = exporterOf(other);
  using client = await implicit(house.ports.submissions);
  await client.say('EHLO client.example');
  for (const { mechanism, ...binding } of [
    { mechanism: 'SCRAM-SHA-256-PLUS', flag: 'p=tls-exporter', binding: foreign }, // somebody is in between
    { mechanism: 'SCRAM-SHA-256', flag: 'y' }, // "you do not offer -PLUS": but we did
  ]) {
    const login = new ScramClient({ name: user, password: PASSWORD, ...binding });
    const first = await client.say(`AUTH ${mechanism} ${base64(login.first())}`);
    if (first.code === '334') expectCode(await client.say(base64(login.final(challengeOf(first)))), '535');
    else expectCode(first, '535');
  }
  using old = await implicit(house.ports.submissions, { maxVersion: 'TLSv1.2' });
  await old.say('EHLO client.example');
  const login = new ScramClient({ name: user, password: PASSWORD, flag: 'p=tls-exporter' });
  assert.equal(codes(await old.say(`AUTH SCRAM-SHA-256-PLUS ${base64(login.first())}`)), '504 5.5.4');
});

test('in clear AUTH is neither offered nor taken, and nobody sends', async () => {
  await using place = await secureHouse();
  const { house, user } = place;
  using client = await SmtpClient.connect(house.ports.submission);
  await client.reply();
  const hello = await client.say('EHLO client.example');
  assert.ok(hello.lines.includes('STARTTLS') && !hello.lines.some((line) => line.startsWith('AUTH')));
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS', 'NONSENSE'])
    assert.equal(codes(await client.say(`AUTH ${mechanism}`)), '538 5.7.11', mechanism);
  assert.equal(codes(await client.say(`MAIL FROM:<${user}>`)), '530 5.7.0');
});

test('a session is resumed, over STARTTLS and implicit TLS, and logs in anew', async () => {
  await using place = await secureHouse();
  const { house, user } = place;
  for (const way of ['STARTTLS', 'implicit TLS']) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      using first = await enter(house, way, { maxVersion });
      const tickets: Buffer[] = [];
      secured(first).on('session', (ticket) => void tickets.push(ticket));
      await first.say('EHLO client.example');
      expectCode(await logIn(first, 'PLAIN', { name: user }), '235');
      const session = tickets.at(-1) ?? secured(first).getSession();
      using again = await enter(house, way, { maxVersion, ...(session === undefined ? {} : { session }) });
      assert.ok(secured(again).isSessionReused(), `${way}, ${maxVersion}`);
      await again.say('EHLO client.example');
      assert.equal(codes(await again.say(`MAIL FROM:<${user}>`)), '530 5.7.0', 'a ticket is no login');
      expectCode(await logIn(again, 'SCRAM-SHA-256', { name: user }), '235');
    }
  }
});

test('TLS 1.1 is refused, and the next client is served', async () => {
  await using place = await secureHouse();
  const { house } = place;
  const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
  await assert.rejects(implicit(house.ports.submissions, old), /version|alert|reset|ECONNRESET/i);
  await assert.rejects(starttls(house.ports.submission, old), /version|alert|reset|ECONNRESET/i);
  using next = await implicit(house.ports.submissions);
  expectCode(await next.say('EHLO client.example'), '250');
});

/** The name in the certificate that is shown to who asks for `servername`. */
async function shown(port: number, servername: string): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subjectaltname;
  socket.destroy();
  return name;
}

test('SNI picks the certificate, and whoever names no host of ours gets the first', async () => {
  await using place = await secureHouse({}, ['mail.test.example', 'smtp.other.example', '*.wild.example']);
  const port = place.house.ports.submissions;
  for (const [servername, name] of [
    ['mail.test.example', 'mail.test.example'],
    ['smtp.other.example', 'smtp.other.example'],
    ['SMTP.Other.Example', 'smtp.other.example'],
    ['a.wild.example', '*.wild.example'],
    ['a.b.wild.example', 'mail.test.example'],
    ['unknown.example', 'mail.test.example'],
    ['x'.repeat(200), 'mail.test.example'],
    ['__proto__', 'mail.test.example'],
  ] as const)
    assert.equal(await shown(port, servername), `DNS:${name}`, servername);
  using client = await starttls(place.house.ports.smtp, { servername: 'smtp.other.example' });
  assert.equal(secured(client).getPeerCertificate().subjectaltname, 'DNS:smtp.other.example');
});

test('a certificate that was replaced is served within seconds, broken files are not, and sessions go on', async () => {
  await using place = await secureHouse();
  const { house, authority, user } = place;
  const file = place.places.get('mail.test.example') ?? assert.fail();
  const port = house.ports.submissions;
  using before = await implicit(port);
  putCertificate(file, await authority.sign('renewed.example'));
  await looked(house, async () => (await shown(port, 'mail.test.example')) === 'DNS:renewed.example');
  writeFileSync(file.certificate, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  await looked(house, () => house.alarms.includes('certificate-not-read'));
  assert.equal(await shown(port, 'mail.test.example'), 'DNS:renewed.example');
  putCertificate(file, await authority.sign('ended.example', EXPIRED));
  await looked(house, async () => (await shown(port, 'mail.test.example')) === 'DNS:ended.example');
  assert.ok(house.alarms.includes('certificate-warning'));
  expectCode(await before.say('EHLO client.example'), '250');
  expectCode(await logIn(before, 'SCRAM-SHA-256-PLUS', { name: user }), '235');
});

/** Lets the server look at its files until it is so. */
async function looked(house: House, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 5000;
  while (!(await isSo())) {
    assert.ok(performance.now() < until, 'it never is');
    await house.clock.pass(LOOK_EVERY_MS);
    await pause(5);
  }
}
