/** Attacks 17 to 19, 22 and 30: recipients, sizes, loops, and reservations as a weapon. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeMail } from '../support/mail.ts';
import { TestServer } from '../support/server.ts';
import { codes, type HeardReply, SmtpClient } from '../support/smtp-client.ts';
import { emptyStore, storedMail } from '../support/store-view.ts';

const MIB = 2 ** 20;
const MESSAGE_SIZE_MAX = 4 * MIB;
const server = await TestServer.start({
  settings: {
    'smtp.messageSizeMax': '4MiB',
    'smtp.recipientMax': '100',
    'smtp.mailMax': '3000',
    'smtp.errorMax': '1000',
  },
});
after(() => server[Symbol.asyncDispose]());
await server.control.addAccount('one@localhost');

const TEXT = makeMail('plain', 1024).text;

test('attack 17: recipients beyond the limit are told to come back; those accepted get their mail', async () => {
  using client = await SmtpClient.open(server.port);
  await client.say('MAIL FROM:<a@b.example>');
  const heard: HeardReply[] = [];
  for (let i = 0; i < 1001; i++) client.write(`RCPT TO:<one+${i}@localhost>\r\n`);
  for (let i = 0; i < 1001; i++) heard.push(await client.reply());
  assert.ok(heard.slice(0, 100).every(({ code }) => code === '250'));
  assert.deepEqual([...new Set(heard.slice(100).map(codes))], ['452 4.5.3']);
  assert.equal((await client.say('DATA')).code, '354');
  client.write('Subject: many\r\n\r\n.\r\n');
  assert.equal((await client.reply()).code, '250');
  const stored = await server.control.messages('one@localhost');
  assert.ok(stored.length >= 1 && stored.length <= 100, `${stored.length} copies`);
  await emptyStore(server);
});

test('attack 17: transactions without end on one connection are 421 4.7.0', async () => {
  using client = await SmtpClient.open(server.port);
  client.write('MAIL FROM:<a@b.example>\r\nRSET\r\n'.repeat(3001));
  const heard = await client.untilClosed();
  assert.equal(heard.length, 6001);
  const last = heard.at(-1);
  assert.equal(last === undefined ? '' : codes(last), '421 4.7.0');
});

test('attack 18: SIZE that is a lie, or no number', async () => {
  using client = await SmtpClient.open(server.port);
  const refused = {
    '-1': '501 5.5.4',
    '1e3': '501 5.5.4',
    '': '501 5.5.4',
    '0x10': '501 5.5.4',
    '123456789012345678901': '501 5.5.4',
  };
  for (const [size, expected] of Object.entries(refused))
    assert.equal(codes(await client.say(`MAIL FROM:<a@b.example> SIZE=${size}`)), expected, size);
  assert.equal(codes(await client.say('MAIL FROM:<a@b.example> SIZE=1 SIZE=2')), '501 5.5.4');
  for (const size of [MESSAGE_SIZE_MAX + 1, '99999999999999999999'])
    assert.equal(codes(await client.say(`MAIL FROM:<a@b.example> SIZE=${size}`)), '552 5.3.4');
  assert.equal(
    (await client.mail({ to: ['one@localhost'], text: TEXT, parameters: ' SIZE=0' })).last.code,
    '250',
  );
  await emptyStore(server);
});

test('attack 18: a body over the limit is swallowed, then 552 5.3.4, whatever SIZE said; the next mail works', async () => {
  const tooBig = makeMail('big', MESSAGE_SIZE_MAX + 4096).text;
  for (const parameters of ['', ' SIZE=10', ' SIZE=0']) {
    using client = await SmtpClient.open(server.port);
    assert.equal(
      codes((await client.mail({ to: ['one@localhost'], text: tooBig, parameters })).last),
      '552 5.3.4',
    );
    assert.equal(
      (await client.mail({ to: ['one@localhost'], text: TEXT, parameters: ' SIZE=10' })).last.code,
      '250',
    );
  }
  assert.equal((await server.control.messages()).length, 3);
  await emptyStore(server);
});

test('attack 19: MIME bombs are stored octet by octet as they came, and nobody opens them', async () => {
  const parts = Array.from(
    { length: 10_000 },
    (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`,
  ).join('');
  const boundaries = '--b\r\n'.repeat(200_000);
  const words = `Subject: ${'=?utf-8?q?a?=\r\n '.repeat(4000)}x\r\n\r\n`;
  const comments = `From: ${'('.repeat(400)}${')'.repeat(400)}\r\n ${'\\"'.repeat(400)} <a@b.example>\r\n\r\ntext\r\n`;
  for (const text of [
    `Content-Type: multipart/mixed; boundary=b0\r\n\r\n${parts}`,
    `A: b\r\n\r\n${boundaries}`,
    words,
    comments,
  ]) {
    using client = await SmtpClient.open(server.port);
    const began = performance.now();
    assert.equal(
      (await client.mail({ to: ['one@localhost'], text: Buffer.from(text, 'latin1') })).last.code,
      '250',
    );
    assert.ok(performance.now() - began < 3000, 'it took its time');
    const [stored] = await storedMail(server, 'one@localhost');
    assert.ok(stored?.text.endsWith(text), 'not what came');
    await emptyStore(server);
  }
});

test('attack 19: deep comments and quotes in an address are 501, at once', async () => {
  using client = await SmtpClient.open(server.port);
  for (const path of [
    `${'('.repeat(200)}a@b.example`,
    `a${'(c)'.repeat(60)}@b.example`,
    `"${'\\"'.repeat(120)}@b.example`,
    `${'@a,'.repeat(60)}:x@b`,
  ])
    assert.equal(codes(await client.say(`MAIL FROM:<${path}>`)), '501 5.1.7', path);
});

test('attack 22: mail with more than a hundred trace fields goes in circles: 554 5.4.6', async () => {
  const hop = 'Received: from a.example by b.example; Mon, 1 Jan 2024 00:00:00 +0000\r\n';
  using client = await SmtpClient.open(server.port);
  const looped = await client.mail({
    to: ['one@localhost'],
    text: Buffer.from(`${hop.repeat(101)}\r\ntext\r\n`),
  });
  assert.equal(codes(looped.last), '554 5.4.6');
  const fine = await client.mail({
    to: ['one@localhost'],
    text: Buffer.from(`${hop.repeat(99)}\r\n${hop.repeat(10)}`),
  });
  assert.equal(fine.last.code, '250');
  await emptyStore(server);
});

test('attack 30: what one client can hold without sending is bounded, goes back, and others have their room', async () => {
  const attackers: SmtpClient[] = [];
  let refused = 0;
  try {
    for (let i = 0; i < 100; i++) {
      const client = await SmtpClient.open(server.port);
      attackers.push(client);
      await client.say(`MAIL FROM:<a@b.example> SIZE=${MESSAGE_SIZE_MAX}`);
      await client.say('RCPT TO:<one@localhost>');
      const heard = await client.say('DATA');
      if (heard.code !== '354') {
        // It is this client that has too much, and not the disk that has too little.
        assert.equal(codes(heard), '451 4.7.0');
        refused++;
      }
    }
    assert.ok(refused > 0, 'every one of them could hold');
    const { held } = await server.control.storage();
    assert.ok(held <= 10 * MESSAGE_SIZE_MAX, `${held} held`);
    using other = await SmtpClient.open(server.port, 'EHLO other.example', '127.0.0.77');
    assert.equal((await other.mail({ to: ['one@localhost'], text: TEXT })).last.code, '250');
  } finally {
    for (const client of attackers) client[Symbol.dispose]();
  }
  for (let i = 0; i < 40 && (await server.control.storage()).held > 0; i++) await pause(25);
  assert.equal((await server.control.storage()).held, 0);
  await emptyStore(server);
});

test('attack 30: a full mailbox refuses for itself only; postmaster and the others take mail', async () => {
  await server.control.addAccount('full@localhost', { octets: 0, messages: 3 });
  using client = await SmtpClient.open(server.port);
  for (let i = 0; i < 6; i++) await client.mail({ to: ['full@localhost'], text: TEXT });
  const { recipients, last } = await client.mail({
    to: ['full@localhost', 'one@localhost', 'postmaster@localhost'],
    text: TEXT,
  });
  assert.deepEqual(recipients.map(codes), ['452 4.2.2', '250 2.1.5', '250 2.1.5']);
  assert.equal(last.code, '250');
  await emptyStore(server);
});
