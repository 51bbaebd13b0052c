// All sockets read into the same memory: what one peer said must not turn into what the next one says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { House } from '../../test/decisions/house.ts';
import { makeMail } from '../../test/support/mail.ts';
import { SmtpClient } from '../../test/support/smtp-client.ts';
import { Peer } from './peer.ts';

const CLIENTS = 20;

async function twoPeers(
  accepted: Peer[],
): Promise<{ readonly clients: Socket[]; readonly stop: (this: void) => Promise<void> }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    accepted.push(new Peer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  for (let i = 1; i <= 2; i++) {
    clients.push(connect(port, '127.0.0.1'));
    while (accepted.length < i) await turn();
  }
  return {
    clients,
    stop: async () => {
      for (const one of [...clients, ...accepted.map(({ socket }) => socket)]) one.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('Peer keeps what came while nobody read, whatever others say meanwhile', async () => {
  const accepted: Peer[] = [];
  const { clients, stop } = await twoPeers(accepted);
  try {
    const [one, other] = accepted;
    assert.ok(one !== undefined && other !== undefined);
    clients[0]?.write('first');
    while (!one.hasUnread) await turn();
    clients[1]?.write('other');
    assert.equal((await other.read())?.toString(), 'other');
    assert.equal((await one.read())?.toString(), 'first');
    clients[0]?.end('last');
    assert.equal((await one.read())?.toString(), 'last');
    assert.equal(await one.read(), null);
  } finally {
    await stop();
  }
});

test('SmtpSession keeps what was pipelined behind a mail object while that is kept, and others send', async () => {
  await using house = await House.start();
  const to = await house.account();
  const sent: string[] = [];
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => SmtpClient.connect(house.ports.smtp)),
  );
  try {
    await Promise.all(
      clients.map(async (client, i) => {
        await client.reply();
        await client.say('EHLO client.example');
        const mails = [1, 2, 3].map((n) => makeMail(`${i}-${n}`, 3000));
        sent.push(...mails.map(({ id }) => id));
        client.write(Buffer.concat(mails.map(({ text }) => transaction(to, text))));
        for (let replies = 0; replies < 3 * mails.length; replies++)
          assert.equal((await client.reply()).code, '250');
      }),
    );
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  assert.deepEqual((await house.messages(to)).toSorted(), sent.toSorted()); // each of them whole
});

/** All of it at once: RFC 3030 §4.2. */
function transaction(to: string, text: Buffer): Buffer {
  const head = `MAIL FROM:<a@client.example>\r\nRCPT TO:<${to}>\r\nBDAT ${text.length} LAST\r\n`;
  return Buffer.concat([Buffer.from(head), text]);
}
