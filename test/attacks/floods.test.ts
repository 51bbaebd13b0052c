/** Attacks 13 to 16: too many, too slow, too much. The server's memory stays flat, and clean mail goes on meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { growthDuring } from '../support/memory.ts';
import { makeMail } from '../support/mail.ts';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';

const MIB = 2 ** 20;
const IDLE = 1500;
const DRIPPING = 100;
const TO = ['postmaster@localhost'] as const;

/** One clean mail on a connection of its own; how long it took. */
async function cleanMail(server: TestServer, id: string): Promise<number> {
  const began = performance.now();
  using client = await SmtpClient.open(server.port);
  const { last } = await client.mail({ to: TO, text: makeMail(id, 1024).text });
  assert.equal(last.code, '250', last.wire);
  return performance.now() - began;
}

test('attack 13: idle and dripping connections by the thousand do not keep clean mail waiting', async (t) => {
  await using server = await TestServer.start({ settings: { 'smtp.connectionMaxPerNetwork': '20000' } });
  const clients: SmtpClient[] = [];
  const times: number[] = [];
  const growth = await growthDuring(server, async () => {
    try {
      for (let i = 0; i < IDLE + DRIPPING; i += 100)
        clients.push(
          ...(await Promise.all(Array.from({ length: 100 }, () => SmtpClient.connect(server.port)))),
        );
      for (let round = 0; round < 30; round++) {
        for (const client of clients.slice(0, DRIPPING)) client.write('E');
        times.push(await cleanMail(server, `clean${round}`));
        await pause(30);
      }
      assert.ok(clients.every((client) => !client.isClosed));
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  });
  const worst = Math.max(...times);
  t.diagnostic(
    `worst clean mail ${worst.toFixed(0)} ms; ${(growth / clients.length / 1024).toFixed(1)} KiB a connection`,
  );
  assert.ok(worst < 500, `a clean mail took ${worst} ms`);
  assert.ok(growth / clients.length < 32 * 1024, `${growth / clients.length} octets a connection`);
});

test('attack 13: who says nothing, or drips, or sends no data after 354, hears 421 4.4.2', async () => {
  await using server = await TestServer.start({
    settings: { 'smtp.commandTimeout': '2s', 'smtp.dataTimeout': '2s' },
  });
  using idle = await SmtpClient.connect(server.port);
  using dripping = await SmtpClient.connect(server.port);
  using silent = await SmtpClient.open(server.port);
  using slow = await SmtpClient.open(server.port);
  for (const client of [silent, slow]) {
    await client.say('MAIL FROM:<a@b.example>');
    await client.say('RCPT TO:<postmaster@localhost>');
    assert.equal((await client.say('DATA')).code, '354');
  }
  const drip = setInterval(() => {
    if (!dripping.isClosed) dripping.write('N');
    if (!slow.isClosed) slow.write('x');
  }, 200);
  try {
    for (const client of [idle, dripping]) {
      const heard = (await client.untilClosed()).map(codes);
      assert.deepEqual(heard, ['220', '421 4.4.2']);
    }
    for (const client of [silent, slow])
      assert.deepEqual((await client.untilClosed()).map(codes), ['421 4.4.2']);
  } finally {
    clearInterval(drip);
  }
  assert.equal((await server.control.messages()).length, 0);
  assert.equal((await server.control.storage()).held, 0);
});

test('attack 13: a network has its number of connections, and the next one hears 421 4.7.0', async () => {
  await using server = await TestServer.start({ settings: { 'smtp.connectionMaxPerNetwork': '5' } });
  const clients = await Promise.all(Array.from({ length: 5 }, () => SmtpClient.open(server.port)));
  using sixth = await SmtpClient.connect(server.port);
  assert.deepEqual((await sixth.untilClosed()).map(codes), ['421 4.7.0']);
  await clients[0]?.say('QUIT');
  await clients[0]?.untilClosed();
  await pause(50);
  using next = await SmtpClient.open(server.port);
  assert.equal((await next.say('NOOP')).code, '250');
  for (const client of clients) client[Symbol.dispose]();
});

test('attack 14: who sends commands without end and reads no reply is not read either', async () => {
  await using server = await TestServer.start();
  const growth = await growthDuring(server, async () => {
    using client = await SmtpClient.open(server.port);
    client.socket.pause();
    client.write(Buffer.alloc(64 * MIB, 'NOOP\r\n'));
    await pause(2000);
    // Most of it must still wait on our side.
    assert.ok(client.socket.writableLength > 32 * MIB, `${client.socket.writableLength} octets left unread`);
    assert.ok((await cleanMail(server, 'clean')) < 500);
  });
  assert.ok(growth < 32 * MIB, `the server grew by ${growth}`);
});

test('attack 14: 100,000 RSET in one write get 100,000 replies, one each', async () => {
  await using server = await TestServer.start();
  using client = await SmtpClient.open(server.port);
  const heard = { replies: 0 };
  client.socket
    .removeAllListeners('data')
    .on('data', (chunk: Buffer) => (heard.replies += chunk.toString('latin1').split('\r\n').length - 1));
  client.write('RSET\r\n'.repeat(100_000));
  for (let i = 0; i < 200 && heard.replies < 100_000; i++) await pause(50);
  assert.equal(heard.replies, 100_000);
});

test('attack 14: 100,000 lines of junk end with 421 4.7.0 after few', async () => {
  await using server = await TestServer.start({ settings: { 'smtp.errorMax': '4' } });
  using client = await SmtpClient.open(server.port);
  client.write('JUNK junk\r\n'.repeat(100_000));
  const heard = (await client.untilClosed()).map(codes);
  assert.equal(heard.at(-1), '421 4.7.0');
  assert.ok(heard.length <= 5, `${heard.length} replies`);
  assert.ok((await cleanMail(server, 'clean')) < 500);
});

const SMALL = { 'smtp.messageSizeMax': '4MiB' } as const;
const BIT = Buffer.alloc(64 * 1024, 'a');

/** Writes as fast as it is read, until it is enough or the server has closed. */
async function pour(client: SmtpClient, octets: number, bit: Buffer = BIT): Promise<void> {
  for (let sent = 0; sent < octets && !client.isClosed; sent += bit.length) {
    if (!client.socket.write(bit))
      await Promise.race([new Promise((resolve) => client.socket.once('drain', resolve)), closing(client)]);
  }
}

function closing(client: SmtpClient): Promise<void> {
  return new Promise((resolve) => {
    if (client.isClosed) resolve();
    else client.socket.once('close', () => resolve()).once('end', () => resolve());
  });
}

async function dataOpened(server: TestServer): Promise<SmtpClient> {
  const client = await SmtpClient.open(server.port);
  await client.say('MAIL FROM:<a@b.example>');
  await client.say(`RCPT TO:<${TO[0]}>`);
  assert.equal((await client.say('DATA')).code, '354');
  return client;
}

test('attack 15: a command line without end is 500, then the connection closes; memory stays flat', async () => {
  await using server = await TestServer.start({ settings: SMALL });
  const growth = await growthDuring(server, async () => {
    using client = await SmtpClient.open(server.port);
    await pour(client, 64 * MIB);
    assert.deepEqual((await client.untilClosed()).map(codes), ['500 5.5.2']);
  });
  assert.ok(growth < 24 * MIB, `the server grew by ${growth}`);
  using client = await SmtpClient.open(server.port);
  for (const line of ['NOOP', 'MAIL FROM:<a@b.example>', 'HELP', 'ZZZZ'])
    assert.equal(codes(await client.say(`${line} ${'a'.repeat(12_000)}`)), '500 5.5.2', line);
  assert.equal((await client.say('NOOP')).code, '250');
});

test('attack 15: a text line too long is 550 5.6.0 at the dot, and the next mail works', async () => {
  await using server = await TestServer.start({ settings: SMALL });
  using client = await dataOpened(server);
  client.write('Subject: x\r\n\r\n');
  await pour(client, 2 * MIB);
  client.write('\r\n.\r\n');
  assert.equal(codes(await client.reply()), '550 5.6.0');
  assert.equal((await client.mail({ to: TO, text: makeMail('next', 1024).text })).last.code, '250');
  assert.equal((await server.control.messages()).length, 1);
});

test('attack 15: a body without end is dropped up to a bound, then 421; memory and disk stay flat', async () => {
  await using server = await TestServer.start({ settings: SMALL });
  const growth = await growthDuring(server, async () => {
    using client = await dataOpened(server);
    client.write('Subject: x\r\n\r\n');
    await pour(client, 64 * MIB, Buffer.alloc(64 * 1024, `${'a'.repeat(62)}\r\n`));
    assert.deepEqual((await client.untilClosed()).map(codes), ['421 4.3.2']);
  });
  assert.ok(growth < 32 * MIB, `the server grew by ${growth}`);
  assert.ok((await cleanMail(server, 'clean')) < 500);
  assert.equal((await server.control.messages()).length, 1);
  assert.equal((await server.control.storage()).held, 0);
});

test('attack 16: header fields without end, or one field without end, are 552 5.3.4', async () => {
  await using server = await TestServer.start({ settings: SMALL });
  const fields = Buffer.alloc(63 * 1024, 'X-A: b\r\n');
  const folded = Buffer.alloc(64 * 1024, ` ${'a'.repeat(61)}\r\n`);
  for (const bit of [fields, folded]) {
    const growth = await growthDuring(server, async () => {
      using client = await dataOpened(server);
      client.write('X-Field: begins\r\n');
      await pour(client, 3 * MIB, bit);
      client.write('\r\ntext\r\n.\r\n');
      assert.equal(codes(await client.reply()), '552 5.3.4');
      assert.equal((await client.mail({ to: TO, text: makeMail('next', 1024).text })).last.code, '250');
    });
    assert.ok(growth < 24 * MIB, `the server grew by ${growth}`);
  }
  assert.equal((await server.control.messages()).length, 2);
});
