// TLS as clients of the listeners meet it: a real store, real sockets, clients of node:tls.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type ConnectionOptions } from 'node:tls';
import { House, type HouseOptions } from '../../test/decisions/house.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { makeMail } from '../../test/support/mail.ts';
import { codes, SmtpClient } from '../../test/support/smtp-client.ts';
import { Certificates } from './certificates.ts';
import { HANDSHAKE_TIMEOUT_MS } from './handshakes.ts';

/** A house with TLS, and a certificate of its own. */
async function secureHouse(options: HouseOptions = {}): Promise<House> {
  const folder = temporaryFolder();
  try {
    const settings = { places: [], folder: folder.path, host: 'mail.test.example' };
    return await House.start({
      tls: (clock, log) => Certificates.open(settings, clock, log),
      ...options,
    });
  } finally {
    folder[Symbol.dispose](); // it has been read
  }
}

async function implicit(house: House, options: ConnectionOptions = {}): Promise<SmtpClient> {
  return SmtpClient.connectTls(house.ports.submissions, options);
}

async function passing(house: House, isDone: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 5000;
  while (!isDone()) {
    assert.ok(performance.now() < until, what);
    await turn();
  }
  assert.ok(house.server.listener('submissions') !== null);
}

test('submissions shakes hands before it greets, and takes commands then', async () => {
  await using house = await secureHouse();
  using client = await implicit(house);
  assert.equal(codes(await client.reply()), '220');
  assert.equal((await client.say('EHLO client.example')).code, '250');
  assert.equal((await client.say('QUIT')).code, '221');
  await client.untilClosed();
  await house.atRest();
});

test('submissions is not spoken without certificates; the other listeners are', async () => {
  await using house = await House.start();
  assert.equal(house.server.listener('submissions'), null);
  assert.ok(house.ports.submission > 0 && house.ports.smtp > 0);
});

test('submissions takes a PROXY header before the handshake', async () => {
  await using house = await secureHouse({ listen: { proxyNetworks: ['127.0.0.1'] } });
  const plain = connect(house.ports.submissions, '127.0.0.1');
  plain.write('PROXY TCP4 192.0.2.7 192.0.2.1 1000 465\r\n');
  using client = await SmtpClient.connectTls(plain);
  assert.equal(codes(await client.reply()), '220');
});

test('submissions cuts a peer that says nothing after 30 s, without a word, and forgets it', async () => {
  await using house = await secureHouse({ connections: { max: 1 } });
  using silent = await SmtpClient.connect(house.ports.submissions);
  await passing(house, () => house.clock.pending > 2, 'no deadline was set');
  using refused = await SmtpClient.connect(house.ports.submissions);
  assert.deepEqual(await refused.untilClosed(), []); // the silent one counts
  await house.clock.pass(HANDSHAKE_TIMEOUT_MS);
  assert.deepEqual(await silent.untilClosed(), []);
  using next = await implicit(house);
  assert.equal(codes(await next.reply()), '220');
});

test('submissions drops garbage and plain SMTP without a word, and serves others meanwhile', async () => {
  await using house = await secureHouse();
  for (const said of ['EHLO client.example\r\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\0\x05nonse']) {
    using garbage = await SmtpClient.connect(house.ports.submissions);
    let heard = 0;
    garbage.socket.on('data', (chunk: Buffer) => (heard = chunk[0] ?? 0));
    garbage.write(said);
    while (!garbage.isClosed) await turn();
    assert.ok(heard === 0 || heard === 0x15, 'nothing, or an alert of TLS');
  }
  using client = await implicit(house);
  assert.equal(codes(await client.reply()), '220');
});

test('stop() tells a session over TLS 421 4.3.2, and cuts handshakes at once', async () => {
  await using house = await secureHouse();
  using client = await implicit(house);
  await client.reply();
  using silent = await SmtpClient.connect(house.ports.submissions);
  await passing(house, () => house.tally.sessionsOpen === 1, 'no session');
  await house.server.stop(5000);
  assert.deepEqual((await client.untilClosed()).map(codes), ['421 4.3.2']);
  assert.deepEqual(await silent.untilClosed(), []);
  assert.equal(house.clock.elapsed(), 0);
});

test('a storm of handshakes takes turns with plain mail', async () => {
  await using house = await secureHouse();
  const to = await house.account();
  using plain = await SmtpClient.open(house.ports.smtp);
  const storm = Array.from({ length: 100 }, () => implicit(house));
  const delivered = plain.mail({ to: [to], text: makeMail('in the storm', 2000).text });
  const clients = await Promise.all(storm);
  assert.equal((await delivered).last.code, '250');
  for (const client of clients) {
    assert.equal(codes(await client.reply()), '220');
    client[Symbol.dispose]();
  }
});
