/** Attacks 3, 6, 24 and 25: peers that talk before their turn, miscount their chunks, or speak another protocol. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import { emptyStore, storedMail } from '../support/store-view.ts';

const MESSAGE_SIZE_MAX = 1024 * 1024;
const server = await TestServer.start({
  settings: { 'smtp.messageSizeMax': '1MiB', 'smtp.errorMax': '1000' },
});
after(() => server[Symbol.asyncDispose]());

const MAIL = 'MAIL FROM:<sender@client.example>\r\nRCPT TO:<postmaster@localhost>\r\n';

async function transactionOpened(): Promise<SmtpClient> {
  const client = await SmtpClient.open(server.port);
  client.write(MAIL);
  assert.deepEqual([codes(await client.reply()), codes(await client.reply())], ['250 2.1.0', '250 2.1.5']);
  return client;
}

test('attack 3: a peer that talks before the greeting is refused, and nothing it said is done', async () => {
  // The server stands still while the peer connects and talks: so what it says is there first, for certain.
  process.kill(server.pid, 'SIGSTOP');
  const connecting = SmtpClient.connect(server.port);
  try {
    using client = await connecting;
    client.write(`EHLO client.example\r\n${MAIL}BDAT 5 LAST\r\nx\r\n\r\n`);
    await pause(20);
    process.kill(server.pid, 'SIGCONT');
    assert.deepEqual((await client.untilClosed()).map(codes), ['554 5.5.0']);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 3: mail data that does not wait for 354 is refused, and not read as commands', async () => {
  using client = await transactionOpened();
  client.write(`DATA\r\nSubject: early\r\n\r\nRSET\r\n.\r\n${MAIL}DATA\r\nSubject: second\r\n\r\n.\r\n`);
  assert.deepEqual((await client.untilClosed()).map(codes), ['503 5.5.1']);
  assert.deepEqual(await storedMail(server), []);
});

test('attack 3: commands behind DATA that is refused are not mail data', async () => {
  using client = await SmtpClient.open(server.port);
  client.write('DATA\r\nNOOP\r\nMAIL FROM:<>\r\nDATA\r\nQUIT\r\n');
  const heard = (await client.untilClosed()).map(codes);
  assert.deepEqual(heard, ['503 5.5.1', '250 2.0.0', '250 2.1.0', '503 5.5.1', '221 2.0.0']);
});

test('attack 6: BDAT with a size that is none, or is too big to be', async () => {
  for (const size of [
    '-1',
    '+1',
    '1.5',
    '0x10',
    '',
    'LAST',
    '99999999999999999999999',
    '1 2',
    '1 LAST LAST',
    ' 1',
  ]) {
    using client = await transactionOpened();
    assert.equal(codes(await client.say(`BDAT ${size}`)), '501 5.5.4', size);
    assert.equal(codes(await client.say('NOOP')), '250 2.0.0');
  }
  using client = await transactionOpened();
  const heard = await client.say('BDAT 99999999999999');
  assert.equal(codes(heard), '552 5.3.4');
  assert.deepEqual(await client.untilClosed(), []);
});

test('attack 6: a chunk over the limit is swallowed whole, then refused; the next mail works', async () => {
  using client = await transactionOpened();
  const size = MESSAGE_SIZE_MAX + 1000;
  client.write(`BDAT ${size} LAST\r\n`);
  client.write(Buffer.alloc(size, 'QUIT\r\n'));
  assert.equal(codes(await client.reply()), '552 5.3.4');
  const { last } = await client.mail({
    to: ['postmaster@localhost'],
    text: Buffer.from('Subject: next\r\n\r\n'),
    how: 'bdat',
  });
  assert.equal(codes(last), '250 2.6.0');
  await emptyStore(server);
});

test('attack 6: an empty last chunk ends the mail; BDAT 0 alone does not', async () => {
  using client = await transactionOpened();
  client.write('BDAT 0\r\n');
  assert.equal(codes(await client.reply()), '250 2.0.0');
  client.write('BDAT 7\r\nA: b\r\n\rBDAT 1\r\n\nBDAT 0 LAST\r\n');
  const heard = [await client.reply(), await client.reply(), await client.reply()].map(codes);
  assert.deepEqual(heard, ['250 2.0.0', '250 2.0.0', '250 2.6.0']);
  const stored = await storedMail(server);
  assert.ok(stored[0]?.text.endsWith('A: b\r\n\r\n'));
  await emptyStore(server);
});

test('attack 6: BDAT, then DATA: 503, and the mail can go on with BDAT', async () => {
  using client = await transactionOpened();
  client.write('BDAT 4\r\nA: b');
  assert.equal(codes(await client.reply()), '250 2.0.0');
  assert.equal(codes(await client.say('DATA')), '503 5.5.1');
  assert.equal(codes(await client.say('RCPT TO:<postmaster@localhost>')), '503 5.5.1');
  client.write('BDAT 4 LAST\r\n\r\n\r\n');
  assert.equal(codes(await client.reply()), '250 2.6.0');
  await emptyStore(server);
});

test('attack 6: what looks like RSET inside a chunk is text', async () => {
  using client = await transactionOpened();
  client.write('BDAT 22 LAST\r\nA: b\r\n\r\nRSET\r\nQUIT\r\n\r\nNOOP\r\n');
  assert.deepEqual([codes(await client.reply())], ['250 2.6.0']);
  const stored = await storedMail(server);
  assert.ok(stored[0]?.text.includes('\r\nRSET\r\nQUIT\r\n'));
  await emptyStore(server);
});

test('attack 6: RSET between chunks forgets them; BDAT out of turn swallows its octets', async () => {
  using client = await transactionOpened();
  client.write('BDAT 6\r\nA: b\r\nRSET\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n');
  const heard = [await client.reply(), await client.reply(), await client.reply(), await client.reply()].map(
    codes,
  );
  assert.deepEqual(heard, ['250 2.0.0', '250 2.0.0', '503 5.5.1', '250 2.0.0']);
  assert.deepEqual(await storedMail(server), []);
});

test('attack 6: a chunk cut by the end of the connection leaves nothing', async () => {
  for (const size of [100, MESSAGE_SIZE_MAX]) {
    const client = await transactionOpened();
    client.write(`BDAT ${size} LAST\r\n`);
    client.write(Buffer.alloc(size - 1, 'abcdef\r\n'));
    client.socket.end();
    assert.deepEqual(await client.untilClosed(), []);
  }
  assert.deepEqual(await storedMail(server), []);
  await heldNothing();
});

test('attack 24: the PROXY header of an unlisted peer is no command and changes nothing', async () => {
  for (const header of [
    'PROXY TCP4 192.0.2.1 127.0.0.1 4321 25\r\n',
    'PROXY UNKNOWN\r\n',
    `PROXY ${'A'.repeat(400)}\r\n`,
  ]) {
    using client = await SmtpClient.connect(server.port);
    assert.equal((await client.reply()).code, '220');
    client.write(header);
    assert.deepEqual((await client.untilClosed()).map(codes), ['550 5.7.0'], header);
  }
  // Version 2 is binary, made so that it is no command of any text protocol.
  using binary = await SmtpClient.connect(server.port);
  assert.equal((await binary.reply()).code, '220');
  binary.write(
    Buffer.concat([
      Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
      Buffer.from([0x21, 0x11, 0, 12, 192, 0, 2, 1, 127, 0, 0, 1, 16, 225, 0, 25]),
    ]),
  );
  const heard = await binary.untilClosed();
  assert.ok(heard.every(({ code }) => code.startsWith('5')));
  assert.doesNotMatch(server.log, /192\.0\.2\.1"/);
});

test('attack 24: XCLIENT and XFORWARD are not commands here', async () => {
  using client = await SmtpClient.open(server.port);
  assert.match((await client.say('XCLIENT ADDR=192.0.2.1 NAME=trusted.example')).code, /^50[02]$/);
  assert.match((await client.say('XFORWARD ADDR=192.0.2.1')).code, /^50[02]$/);
  await client.mail({ to: ['postmaster@localhost'], text: Buffer.from('A: b\r\n\r\n') });
  const stored = await storedMail(server);
  assert.match(stored[0]?.text ?? '', /\[127\.0\.0\.1\]/);
  await emptyStore(server);
});

test('attack 25: HTTP, and TLS on the plain port, close the connection; mail in a POST is not obeyed', async () => {
  const mail = `EHLO client.example\r\n${MAIL}BDAT 5 LAST\r\nx\r\n\r\n`;
  for (const opening of [
    'GET / HTTP/1.1',
    'POST /mail HTTP/1.1',
    'CONNECT localhost:25 HTTP/1.1',
    'PUT / HTTP/1.0',
    'OPTIONS * HTTP/1.1',
  ]) {
    using client = await SmtpClient.connect(server.port);
    assert.equal((await client.reply()).code, '220');
    client.write(`${opening}\r\nHost: localhost\r\nContent-Length: 200\r\n\r\n${mail}`);
    assert.deepEqual((await client.untilClosed()).map(codes), ['554 5.5.1'], opening);
  }
  using fields = await SmtpClient.connect(server.port);
  assert.equal((await fields.reply()).code, '220');
  fields.write(`Host: localhost\r\n${mail}`);
  assert.deepEqual((await fields.untilClosed()).map(codes), ['554 5.5.1']);
  using tls = await SmtpClient.connect(server.port);
  assert.equal((await tls.reply()).code, '220');
  tls.write(
    Buffer.from([
      0x16,
      0x03,
      0x01,
      0x00,
      0x2e,
      0x01,
      0x00,
      0x00,
      0x2a,
      0x03,
      0x03,
      ...Array.from({ length: 38 }, (_, i) => i),
    ]),
  );
  const heard = await tls.untilClosed();
  assert.ok(heard.every(({ code }) => code === '554'));
  assert.deepEqual(await storedMail(server), []);
});

async function heldNothing(): Promise<void> {
  for (let i = 0; i < 40; i++) {
    if ((await server.control.storage()).held === 0) return;
    await pause(25);
  }
  assert.fail('a reservation outlived its session');
}
