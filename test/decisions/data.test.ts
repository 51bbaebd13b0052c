import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KIB, MIB } from '../../src/policy/space.ts';
import { codes, expectCode, type SmtpClient } from '../support/smtp-client.ts';
import { House, SIZE_MAX } from './house.ts';
import { decide, expectReply, type Scenario, Stage } from './play.ts';
import { stillOpen } from './ways.ts';

const SMALL_MAX = 64 * KIB;

decide('data', {
  S22: [{ play: noValidRecipients }],
  S23: [
    { play: (stage) => refusedAtData(stage, () => stage.house.sink('red')) },
    { with: 'BLACK', play: (stage) => refusedAtData(stage, async () => stage.house.space.force('black')) },
    { with: 'told after the data', options: { refuseAtData: false }, play: refusedAfterData },
  ],
  S25: [{ play: chunkFails }],
  S26: [
    { with: 'twice the maximum', options: { messageSizeMax: SMALL_MAX }, play: discardsTooMuch },
    { with: '10 minutes', play: discardsTooLong },
  ],
  S39: [
    { options: { space: { clientHoldMessages: 1 } }, play: clientHoldsEnough },
    { with: 'as it grows', options: { space: { clientHoldMessages: 1 } }, play: clientGrowsTooMuch },
  ],
} satisfies Record<string, readonly Scenario[]>);

async function noValidRecipients(stage: Stage): Promise<number> {
  const to = await stage.house.account();
  const client = await stage.open();
  const nobody = ['nobody@test.example', 'somebody@elsewhere.example'];
  const { mail, recipients, data } = await stage.send(client, { to: nobody, text: stage.mail().text });
  expectReply(mail, 'sender-ok');
  assert.deepEqual(recipients.map(codes), ['550 5.1.1', '550 5.7.1']);
  expectReply(data, 'no-valid-recipients');
  // The transaction is still there: a recipient that is accepted makes it whole.
  expectReply(await client.say(`RCPT TO:<${to}>`), 'recipient-ok');
  const { id, text } = stage.mail();
  client.write(`BDAT ${text.length} LAST\r\n`);
  client.write(text);
  assert.equal((await client.reply()).code, '250');
  assert.deepEqual(await stage.house.messages(to), [id]);
  await stillOpen(client);
  return 1;
}

/** Between RCPT and DATA, or for who pipelines: while the recipient is looked up. */
function beforeData(house: House, happens: () => Promise<void>): void {
  const { directory } = house;
  house.directory = {
    resolvePostmaster: () => directory.resolvePostmaster(),
    async resolve(mailbox) {
      await happens();
      return directory.resolve(mailbox);
    },
  };
}

async function refusedAtData(stage: Stage, happens: () => Promise<void>): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  beforeData(house, happens);
  const heard = await stage.send(client, { to: [to], text: stage.mail().text });
  expectReply(heard.recipients[0], 'recipient-ok');
  expectReply(heard.data, 'storage-full');
  assert.deepEqual(heard.end, [], 'no 354, and no data');
  await house.atRest();
  house.directory = house.store.directory;
  const next = await client.say(`RCPT TO:<${to}>`);
  assert.equal(next.code, '503', 'the transaction is over');
  await stillOpen(client);
  await house.recover();
  const { id, text } = stage.mail();
  stage.kept(await stage.send(client, { to: [to], text }));
  assert.deepEqual(await house.messages(to), [id]);
  return 1;
}

async function refusedAfterData(stage: Stage): Promise<number> {
  const { house, way } = stage;
  const [to, other, client] = [await house.account(), await house.account(), await stage.open()];
  beforeData(house, () => house.sink('red'));
  const heard = await stage.send(client, { to: [to, other], text: stage.mail().text });
  // A chunk brings its data with it: there is no 354 to be withheld.
  if (way === 'bdat') {
    expectReply(heard.data, 'storage-full');
  } else {
    expectReply(heard.data, 'start-mail-data');
    assert.equal(heard.end.length, way === 'lmtp' ? 2 : 1);
    for (const each of heard.end) expectReply(each, 'storage-full');
  }
  await stillOpen(client);
  return 0;
}

async function chunkFails(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const large = stage.mail(6 * MIB);
  house.disk.fault = { problem: 'no-space', operation: 'write', where: '/large/' };
  const { data } = await stage.send(client, { to: [to], text: large.text });
  expectReply(data, 'storage-full');
  assert.ok(house.disk.struck > 0);
  await house.atRest();
  for (const line of ['BDAT 10', 'BDAT 0', 'BDAT 10 LAST']) {
    client.write(`${line}\r\n${line.includes('10') ? 'NOOP\r\nNOOP' : ''}`);
    expectReply(await client.reply(), 'chunk-refused');
  }
  await stillOpen(client);
  house.disk.fault = null;
  stage.kept(await stage.send(client, { to: [to], text: large.text }));
  assert.deepEqual(await house.messages(to), [large.id]);
  return 1;
}

/** 354 was said, and the mail data is refused from now on. */
async function refusedInside(stage: Stage): Promise<SmtpClient> {
  const { house, way } = stage;
  const to = await house.account();
  const client = await stage.open();
  const envelope = [`MAIL FROM:<a@client.example>`, `RCPT TO:<${to}>`, 'DATA'];
  if (way === 'pipelined') client.write(`${envelope.join('\r\n')}\r\n`);
  for (const line of envelope) {
    if (way !== 'pipelined') client.write(`${line}\r\n`);
    expectCode(await client.reply(), line === 'DATA' ? '354' : '250');
  }
  return client;
}

async function discardsTooMuch(stage: Stage): Promise<number> {
  const client = await refusedInside(stage);
  const line = `${'x'.repeat(1022)}\r\n`;
  for (let sent = 0; sent <= 2 * SMALL_MAX; sent += line.length) client.write(line);
  client.write(line);
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], 'discard-limit');
  return 0;
}

/** Never too slow, and never at an end. */
async function discardsTooLong(stage: Stage): Promise<number> {
  const { house } = stage;
  const client = await refusedInside(stage);
  const piece = `${'x'.repeat(998)}\r\n`.repeat(30);
  client.write(piece.repeat(Math.ceil((SIZE_MAX + MIB) / piece.length)));
  while (house.space.held > 0) await pause(5); // From here on it is refused.
  for (let minute = 0; minute < 10; minute++) {
    assert.equal(await client.replyOrSilence(10), 'silent', `minute ${minute}`);
    client.write(piece);
    await house.clock.pass(60_000);
  }
  client.write(piece);
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], 'discard-limit');
  return 0;
}

test('S26 a chunk of more than twice the maximum, BDAT: 552 5.3.4 at once, and the connection closes', async () => {
  await using house = await House.start({ messageSizeMax: SMALL_MAX });
  using stage = new Stage(house, 'bdat', 'S26');
  const client = await stage.open();
  expectCode(await client.say('MAIL FROM:<a@client.example>'), '250');
  expectCode(await client.say(`RCPT TO:<${await house.account()}>`), '250');
  client.write(`BDAT ${2 * SMALL_MAX + 1}\r\n${'x'.repeat(100)}`);
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], 'message-too-big');
  await house.atRest();
});

async function clientHoldsEnough(stage: Stage): Promise<number> {
  const to = await stage.house.account();
  const [other, client] = [await stage.open(), await stage.open()];
  const midway = async (): Promise<void> => {
    const { recipients, data, end } = await stage.send(client, { to: [to], text: stage.mail().text });
    expectReply(recipients[0], 'recipient-ok');
    expectReply(data, 'slow-down');
    assert.deepEqual(end, []);
  };
  const parameters = ` SIZE=${SIZE_MAX - 10 * KIB}`;
  stage.kept(await stage.send(other, { to: [to], text: stage.mail().text, parameters, midway }));
  await stillOpen(client);
  stage.kept(await stage.send(client, { to: [to], text: stage.mail().text }));
  return 2;
}

/** It said little, and brings more than it may hold beside the other. */
async function clientGrowsTooMuch(stage: Stage): Promise<number> {
  const to = await stage.house.account();
  const [other, client] = [await stage.open(), await stage.open()];
  const midway = async (): Promise<void> => {
    const text = stage.mail(3 * MIB).text.subarray(0, 64 * 3 * 16_000);
    const { data, end } = await stage.send(client, { to: [to], text, parameters: ' SIZE=1000' });
    expectReply(end[0] ?? data, 'slow-down');
  };
  const parameters = ` SIZE=${SIZE_MAX - 600 * KIB}`;
  stage.kept(await stage.send(other, { to: [to], text: stage.mail().text, parameters, midway }));
  await stillOpen(client);
  return 1;
}
