/** Debian's Postfix as the peer that we send to: what it says, and what our queue makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Postfix } from '../support/postfix.ts';
import { TestServer } from '../support/server.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { missing } from '../support/tools.ts';

const skip = missing({ root: true, tools: ['postfix', 'postqueue'] });
const SENDER = 'postmaster@localhost';
const MINUTE = 60_000;

interface Queued {
  readonly recipient: string;
  readonly queuedAt: number;
  readonly retry: {
    readonly cause: string;
    readonly attempts: number;
    readonly due: number;
    readonly last: {
      readonly at: number;
      readonly code: string | null;
      readonly status: string;
      readonly phase: string;
    };
  } | null;
}

async function sendingTo(postfix: Postfix): Promise<TestServer> {
  return TestServer.start({
    settings: {
      'smtp.relayNetworks': '127.0.0.0/8',
      'delivery.routes': `peer.example smtp://127.0.0.1:${postfix.port}`,
    },
  });
}

async function send(server: TestServer, to: readonly string[], from = SENDER): Promise<void> {
  using client = await SmtpClient.open(server.port);
  const text = Buffer.from(`From: <${from}>\r\nSubject: to a peer\r\n\r\nhello\r\n`);
  const { last } = await client.mail({ from, to, text });
  assert.equal(last.code, '250');
}

async function queue(server: TestServer): Promise<readonly Queued[]> {
  const { stdout, stderr } = await server.cli('queue', 'list', '--json', '--count', '1000');
  assert.equal(stderr, '');
  return (JSON.parse(stdout) as { entries: Queued[] }).entries;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await isSo()) return;
    await pause(100);
  }
  assert.fail(`not within 15 s: ${what}`);
}

function delivered(postfix: Postfix): readonly string[] {
  return [...postfix.log.matchAll(/to=<([^>]+)>, relay=none.* status=sent/g)].map(([, to = '']) => to);
}

/** What the peer answers, what the queue says of it, and when it goes on; minutes. `null`: it is returned. */
const CASES = {
  'full@peer.example': { says: '452 4.2.2 Mailbox full', cause: 'mailbox-full', minutes: 15 },
  'grey@peer.example': { says: '451 4.7.1 Greylisted, come back later', cause: 'greylisted', minutes: 5 },
  'over@peer.example': { says: '552 5.2.2 Over quota', cause: 'mailbox-full', minutes: 15 },
  'none@peer.example': { says: '550 5.1.1 User unknown', cause: 'no-such-mailbox', minutes: null },
  'busy@peer.example': { says: '421 4.3.2 Too busy, come back', cause: 'peer-busy', minutes: 5 },
} as const;

test(
  'Postfix answers 452, 451, 421, 552 and 550: each recipient goes on as the reply means',
  { skip, timeout: 90_000 },
  async (t) => {
    const recipients = Object.fromEntries(Object.entries(CASES).map(([who, { says }]) => [who, says]));
    await using postfix = await Postfix.receiving({
      recipients,
      senders: { 'disk@localhost': '452 4.3.1 Insufficient system storage' },
    });
    await using server = await sendingTo(postfix);
    await server.control.addAccount('disk@localhost');
    for (const who of Object.keys(CASES)) await send(server, ['a@peer.example', who, 'b@peer.example']);
    await send(server, ['c@peer.example'], 'disk@localhost');
    await until('every one of them was tried', async () => {
      const entries = await queue(server);
      // 421 ends the connection, and with it the turn of those that travelled along.
      return entries.length === 7 && entries.every(({ retry }) => retry !== null);
    });
    const entries = await queue(server);
    for (const [who, { says, cause, minutes }] of Object.entries(CASES)) {
      const entry = entries.find(({ recipient }) => recipient === who);
      t.diagnostic(row(says, entry));
      if (minutes === null) {
        assert.equal(entry, undefined, `${who} was returned`);
        continue;
      }
      assert.ok(entry?.retry, `${who} waits`);
      assert.equal(entry.retry.cause, cause);
      assert.equal(entry.retry.last.code, says.slice(0, 3));
      const wait = (entry.retry.due - entry.retry.last.at) / MINUTE;
      assert.ok(wait >= 0.8 * minutes - 0.01 && wait <= 1.2 * minutes + 0.01, `${who} after ${wait} minutes`);
    }
    const disk = entries.find(({ recipient }) => recipient === 'c@peer.example');
    t.diagnostic(row('452 4.3.1 at MAIL', disk));
    assert.deepEqual([disk?.retry?.cause, disk?.retry?.last.phase], ['peer-full', 'mail']);
    // Those that travelled with them have arrived.
    assert.equal(
      delivered(postfix).filter((to) => /^[ab]@/.test(to)).length,
      2 * (Object.keys(CASES).length - 1),
    );
    assert.equal((await server.control.messages(SENDER)).length, 1, 'one report, of the 550');
  },
);

test(
  'Postfix takes 100 recipients at once: 150 are delivered over one connection',
  { skip, timeout: 60_000 },
  async () => {
    await using postfix = await Postfix.receiving({ recipientMax: 100 });
    await using server = await sendingTo(postfix);
    const to = Array.from({ length: 150 }, (_, i) => `user${i}@peer.example`);
    await send(server, to);
    await until('all have it', async () => delivered(postfix).length === to.length);
    assert.deepEqual(delivered(postfix).toSorted(), to.toSorted());
    assert.deepEqual(await queue(server), []);
    const connections =
      postfix.log.match(/postfix\/smtpd\[\d+\]: connect from (?!.*unknown)\S*127\.0\.0\.1/g) ?? [];
    // One of them was the question whether it listens.
    assert.equal(connections.length, 2, connections.join('\n'));
  },
);

function row(says: string, entry: Queued | undefined): string {
  const retry = entry?.retry;
  if (retry === undefined || retry === null) return `${says.padEnd(42)} returned to the sender`;
  const minutes = Math.round((retry.due - retry.last.at) / MINUTE);
  return `${says.padEnd(42)} ${retry.cause}, at ${retry.last.phase}; again after ${minutes} min`;
}
