/** The real server over TLS among clients that break off, stall and flood at random: it goes on, forgets them, and stays small. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { TestServer } from '../support/server.ts';
import { expectCode, SmtpClient } from '../support/smtp-client.ts';
import { base64, logIn } from './secure-house.ts';

const MIB = 2 ** 20;
const NAME = 'ann@localhost';
const SECRET = 'Zauberwort 7391 unter der Lampe';
const ROUNDS = 25;
const AT_ONCE = 24;
const SETTINGS = {
  'smtp.errorMax': '10000',
  'smtp.connectionMaxPerNetwork': '10000',
  'smtp.connectionMax': '10000',
};

/** What is said in TLS, and then the connection ends in some way. */
const SAID = [
  '',
  'EHLO c.example\r\n',
  'EHLO c.example\r\nAUTH PLAIN\r\n',
  `EHLO c.example\r\nAUTH PLAIN ${base64(`\0${NAME}\0wrong`)}\r\n`,
  `EHLO c.example\r\nAUTH PLAIN ${base64(`\0${NAME}\0${SECRET}`)}\r\nMAIL FROM:<${NAME}>\r\nRCPT TO:<${NAME}>\r\nBDAT 100000\r\nhalf of it`,
  `EHLO c.example\r\nAUTH PLAIN ${base64(`\0${NAME}\0${SECRET}`)}\r\nMAIL FROM:<${NAME}>\r\nRCPT TO:<${NAME}>\r\nDATA\r\nFrom: <${NAME}>\r\n\r\nhalf`,
  'EHLO c.example\r\nSTARTTLS\r\n',
  'NOOP\r\n'.repeat(20_000),
  'x'.repeat(200_000),
];

function endSomehow(sockets: readonly [Socket, ...Socket[]]): void {
  const socket = sockets[randomInt(sockets.length)] ?? sockets[0];
  switch (randomInt(4)) {
    case 0:
      socket.end(); // close_notify
      break;
    case 1:
      socket.destroy();
      break;
    case 2:
      if (sockets.length === 1) socket.resetAndDestroy(); // a socket under TLS cannot
      else socket.destroy();
      break;
    default:
      socket.pause(); // and nothing more, for a while
  }
}

/** Something happens within the handshake, or behind it. */
async function disturb(server: TestServer): Promise<void> {
  const isImplicit = randomInt(2) === 0;
  const socket = connect(isImplicit ? server.submissionsPort : server.submissionPort, '127.0.0.1');
  socket.on('error', () => {});
  const all: [Socket, ...Socket[]] = [socket];
  if (!isImplicit) {
    socket.write('EHLO c.example\r\nSTARTTLS\r\n');
    await new Promise<void>((resolve) => {
      let heard = '';
      const hear = (chunk: Buffer): void => {
        heard += chunk.toString();
        if (!heard.includes('220 2.0.0')) return;
        socket.off('data', hear);
        resolve();
      };
      socket.on('data', hear);
      setTimeout(resolve, 2000);
    });
  }
  switch (randomInt(3)) {
    case 0:
      socket.write(randomBytes(randomInt(1, 5000)));
      break;
    case 1: {
      socket.write(Buffer.from([22, 3, 1, randomInt(256), randomInt(256), randomInt(4)]));
      break;
    }
    default: {
      const secured = connectTls({ socket, rejectUnauthorized: false });
      secured.on('error', () => {});
      all.push(secured);
      secured.write(SAID[randomInt(SAID.length)] ?? '');
    }
  }
  await pause(randomInt(30));
  endSomehow(all);
  await pause(randomInt(30));
  for (const each of all) each.destroy();
}

test('attacks 4, 6 and 12: a server among clients that break TLS off anywhere goes on, and nothing of them stays', async () => {
  await using server = await TestServer.start({ settings: SETTINGS });
  await server.control.addAccount(NAME);
  await server.control.order('PUT', `/accounts/${encodeURIComponent(NAME)}/password`, { password: SECRET });
  const files = (): number => readdirSync(`/proc/${server.pid}/fd`).length;
  const enter = async (): Promise<void> => {
    using client = await SmtpClient.connectTls(server.submissionsPort);
    await client.reply();
    await client.say('EHLO c.example');
    expectCode(await logIn(client, 'SCRAM-SHA-256-PLUS', { name: NAME, password: SECRET }), '235');
  };
  await enter();
  await disturbAll(server, 3);
  await pause(200);
  const [memory, open] = [server.residentOctets, files()];
  await disturbAll(server, ROUNDS);
  await enter();
  const until = performance.now() + 10_000;
  while (files() > open + 5 && performance.now() < until) await pause(20);
  assert.ok(files() <= open + 5, `${files()} files are open, ${open} before`);
  assert.ok(server.residentOctets - memory < 120 * MIB, `${(server.residentOctets - memory) / MIB} MiB`);
  assert.equal((await server.control.messages(NAME)).length, 0, 'no half of a mail');
  assert.equal(await server.terminate(), 0);
  assert.doesNotMatch(server.log + server.said, /uncaught|unhandled|"level":"fatal"|session-failed|Bug/i);
  assert.ok(!server.log.includes(SECRET) && !server.log.includes(base64(`\0${NAME}\0${SECRET}`)));
});

async function disturbAll(server: TestServer, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++)
    await Promise.all(Array.from({ length: AT_ONCE }, () => disturb(server)));
}
