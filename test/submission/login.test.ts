// Users hand in mail over TLS: real sockets, real certificates, a real password, and what the mailbox holds in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { Certificates } from '../../src/services/certificates.ts';
import { done, House, type HouseOptions } from '../decisions/house.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ScramClient } from '../support/sasl-client.ts';
import { codes, expectCode, type HeardReply, SmtpClient } from '../support/smtp-client.ts';

const PASSWORD = 'correct horse battery';

type Mechanism = 'PLAIN' | 'SCRAM-SHA-256-PLUS';

interface Office extends AsyncDisposable {
  readonly house: House;
  readonly user: string;
}

/** A house with TLS, and a user who has a password. */
async function office(options: HouseOptions = {}): Promise<Office> {
  const folder = temporaryFolder();
  const settings = { places: [], folder: folder.path, host: 'mail.test.example' };
  const tls: HouseOptions['tls'] = (clock, log) => Certificates.open(settings, clock, log);
  const house = await House.start({ tls, authenticator: 'passwords', ...options });
  folder[Symbol.dispose](); // it has been read
  const user = await house.account();
  await done(house.store.setPassword(user, PASSWORD));
  return { house, user, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

async function overStarttls(house: House): Promise<SmtpClient> {
  const plain = await SmtpClient.open(house.ports.submission);
  assert.equal(codes(await plain.say('STARTTLS')), '220 2.0.0');
  return SmtpClient.connectTls(plain.socket);
}

async function overImplicit(house: House): Promise<SmtpClient> {
  const client = await SmtpClient.connectTls(house.ports.submissions);
  expectCode(await client.reply(), '220');
  return client;
}

async function logIn(client: SmtpClient, mechanism: Mechanism, name: string): Promise<HeardReply> {
  if (mechanism === 'PLAIN') return client.say(`AUTH PLAIN ${base64(`\0${name}\0${PASSWORD}`)}`);
  assert.ok(client.socket instanceof TLSSocket);
  const binding = client.socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  const login = new ScramClient({ name, password: PASSWORD, flag: 'p=tls-exporter', binding });
  const first = await client.say(`AUTH ${mechanism} ${base64(login.first())}`);
  const final = await client.say(base64(login.final(challengeOf(first))));
  login.hear(challengeOf(final));
  return client.say('');
}

function challengeOf(heard: HeardReply): Buffer {
  expectCode(heard, '334');
  return Buffer.from(heard.lines[0] ?? '', 'base64');
}

function base64(octets: string | Buffer): string {
  return Buffer.from(octets).toString('base64');
}

/** The only message of a mailbox. */
async function onlyMessage(house: House, address: string): Promise<string> {
  const { id: account } = await house.show(address);
  const { entries } = await house.store.listEntries({ account }, { count: 10 });
  const [entry, ...more] = entries;
  assert.ok(entry !== undefined && more.length === 0, `${entries.length} messages`);
  const chunks = await Array.fromAsync(await done(house.store.readEntry(account, entry.uid)));
  return Buffer.concat(chunks).toString();
}

const WAYS_IN = { STARTTLS: overStarttls, 'implicit TLS': overImplicit };

for (const [way, enter] of Object.entries(WAYS_IN)) {
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256-PLUS'] as const) {
    test(`mail over ${way} behind ${mechanism} is delivered, and its Received says ESMTPSA`, async () => {
      await using place = await office();
      const { house, user } = place;
      const to = await house.account();
      using client = await enter(house);
      const hello = await client.say('EHLO client.example');
      assert.ok(hello.lines.includes('AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN'));
      assert.ok(!hello.lines.includes('STARTTLS'));
      assert.equal(codes(await client.say(`MAIL FROM:<${user}>`)), '530 5.7.0');
      assert.equal(codes(await logIn(client, mechanism, user)), '235 2.7.0');
      assert.equal(codes(await client.say('AUTH PLAIN')), '503 5.5.1');
      const text = Buffer.from(`From: <${user}>\r\nSubject: hello\r\n\r\ntext\r\n`);
      expectCode((await client.mail({ from: user, to: [to], text })).last, '250');
      const kept = await onlyMessage(house, to);
      assert.match(
        kept,
        /\r\nReceived: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mail\.test\.example with ESMTPSA id /,
      );
      assert.match(kept, /\r\nMessage-ID: <[^>]+@mail\.test\.example>\r\n/i);
      assert.equal(codes(await client.say(`MAIL FROM:<${to}>`)), '553 5.7.1');
      await client.say('QUIT');
      await client.untilClosed();
      await house.atRest();
    });
  }
}

test('WITH says UTF8SMTPSA when SMTPUTF8 was said, and ESMTPA on a listed network in clear', async () => {
  await using place = await office({ plainAuthNetworks: ['127.0.0.1'] });
  const { house, user } = place;
  const text = Buffer.from(`From: <${user}>\r\n\r\ntext\r\n`);
  const [first, second] = [await house.account(), await house.account()];
  using secured = await overImplicit(house);
  await secured.say('EHLO client.example');
  await logIn(secured, 'PLAIN', user);
  expectCode((await secured.mail({ from: user, to: [first], text, parameters: ' SMTPUTF8' })).last, '250');
  assert.match(await onlyMessage(house, first), / with UTF8SMTPSA id /);
  using clear = await SmtpClient.open(house.ports.submission);
  assert.equal(codes(await logIn(clear, 'PLAIN', user)), '235 2.7.0');
  expectCode((await clear.mail({ from: user, to: [second], text })).last, '250');
  assert.match(await onlyMessage(house, second), / with ESMTPA id /);
});

test('port 25 takes STARTTLS, says ESMTPS, and has no AUTH there either', async () => {
  await using place = await office();
  const { house } = place;
  const to = await house.account();
  using plain = await SmtpClient.open(house.ports.smtp);
  expectCode(await plain.say('STARTTLS'), '220');
  using client = await SmtpClient.connectTls(plain.socket);
  assert.equal(codes(await client.say('MAIL FROM:<a@client.example>')), '503 5.5.1'); // the hello is forgotten
  const hello = await client.say('EHLO client.example');
  assert.ok(!hello.lines.some((line) => line.startsWith('AUTH')));
  assert.equal(codes(await client.say('AUTH PLAIN')), '502 5.5.1');
  const text = Buffer.from('From: <a@client.example>\r\n\r\ntext\r\n');
  expectCode((await client.mail({ to: [to], text })).last, '250');
  assert.match(await onlyMessage(house, to), / with ESMTPS id /);
});

test('AUTH in clear is not offered, and refused before the password is looked at', async () => {
  await using place = await office();
  const { house, user } = place;
  using client = await SmtpClient.connect(house.ports.submission);
  await client.reply();
  const hello = await client.say('EHLO client.example');
  assert.ok(hello.lines.includes('STARTTLS') && !hello.lines.some((line) => line.startsWith('AUTH')));
  assert.equal(codes(await logIn(client, 'PLAIN', user)), '538 5.7.11');
  assert.equal(codes(await client.say(`MAIL FROM:<${user}>`)), '530 5.7.0');
});

test('attack: what is pipelined behind STARTTLS is never obeyed, in clear or in TLS', async () => {
  await using place = await office();
  const { house, user } = place;
  for (const behind of [`MAIL FROM:<${user}>\r\n`, 'RSET', '\x16\x03\x01']) {
    using client = await SmtpClient.open(house.ports.submission);
    client.write(`STARTTLS\r\n${behind}`);
    assert.deepEqual((await client.untilClosed()).map(codes), ['554 5.5.0']);
  }
  // Later than the 220, and still in clear: it is no handshake, and no command.
  using late = await SmtpClient.open(house.ports.submission);
  expectCode(await late.say('STARTTLS'), '220');
  late.write('NOOP\r\nQUIT\r\n');
  assert.deepEqual(await late.untilClosed(), []);
  await house.atRest();
});

test('what stands before STARTTLS in one packet is answered first', async () => {
  await using place = await office();
  const { house } = place;
  using plain = await SmtpClient.connect(house.ports.submission);
  await plain.reply();
  plain.write('EHLO client.example\r\nNOOP\r\nSTARTTLS\r\n');
  const heard = [await plain.reply(), await plain.reply(), await plain.reply()];
  assert.deepEqual(
    heard.map(({ code }) => code),
    ['250', '250', '220'],
  );
  using client = await SmtpClient.connectTls(plain.socket);
  expectCode(await client.say('EHLO client.example'), '250');
});

test('stop() in the middle of a handshake says nothing in clear', async () => {
  await using place = await office();
  const { house } = place;
  using client = await SmtpClient.open(house.ports.submission);
  expectCode(await client.say('STARTTLS'), '220');
  await house.stop(1000);
  assert.deepEqual(await client.untilClosed(), []);
});

test('lines of a login without end are refused; three failures end the session', async () => {
  await using place = await office({ plainAuthNetworks: ['127.0.0.1'] });
  const { house } = place;
  using client = await SmtpClient.open(house.ports.submission);
  assert.equal(codes(await client.say(`AUTH PLAIN ${'A'.repeat(20_000)}`)), '500 5.5.6');
  for (const said of ['A'.repeat(900_000), '*']) {
    expectCode(await client.say('AUTH PLAIN'), '334');
    expectCode(await client.say(said), said === '*' ? '501' : '500');
  }
  expectCode(await client.say('AUTH PLAIN'), '334');
  client.write('*\r\n');
  assert.deepEqual((await client.untilClosed()).map(codes), ['421 4.7.0']);
  using endless = await SmtpClient.open(house.ports.submission);
  expectCode(await endless.say('AUTH PLAIN'), '334');
  endless.write(Buffer.alloc(3_000_000, 0x41));
  assert.deepEqual((await endless.untilClosed()).map(codes), ['500 5.5.6']);
});
