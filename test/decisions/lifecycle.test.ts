import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Level, LEVELS, MIB } from '../../src/policy/space.ts';
import type { ReplyName } from '../../src/replies/register.ts';
import { dotStuffed, expectCode, type SmtpClient } from '../support/smtp-client.ts';
import { House } from './house.ts';
import { decide, expectCodes, expectReply, type Scenario, Stage } from './play.ts';

const GRACE_MS = 5000;

const PHASES = ['after MAIL', 'after RCPT', 'in the data'] as const;
type Phase = (typeof PHASES)[number];

decide('lifecycle', {
  S40: [
    { with: 'between transactions', alone: true, play: stopsIdle },
    { with: 'the transaction is completed first', alone: true, play: stopsAfterMail },
    { with: 'the transaction is given up', alone: true, play: stopsAfterRset },
    { with: 'the grace is over', alone: true, play: stopsLate },
  ],
  S41: [{ play: answersAtAnyLevel }],
  S43: PHASES.flatMap((phase) =>
    endingsOf(phase).map((ending): Scenario => ({
      with: `${ending}, ${phase}`,
      play: (stage) => leaves(stage, phase, ending),
    })),
  ),
} satisfies Record<string, readonly Scenario[]>);

type Ending = 'RSET' | 'EHLO' | 'QUIT' | 'end of the connection' | 'reset of the connection' | 'time-out';

/** In the data of DATA there are no commands. */
function endingsOf(phase: Phase): readonly Ending[] {
  const commands: Ending[] = phase === 'in the data' ? [] : ['RSET', 'EHLO', 'QUIT'];
  return [...commands, 'end of the connection', 'reset of the connection', 'time-out'];
}

/** A transaction that has come so far. In the data: half of a large message, in the middle of what it came in. */
async function begun(stage: Stage, phase: Phase): Promise<SmtpClient> {
  const { house, way } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const lines = ['MAIL FROM:<a@client.example> SIZE=5000000', `RCPT TO:<${to}>`].slice(
    0,
    phase === 'after MAIL' ? 1 : 2,
  );
  if (phase === 'in the data' && way !== 'bdat') lines.push('DATA');
  if (way === 'pipelined') client.write(`${lines.join('\r\n')}\r\n`);
  for (const line of lines) {
    if (way !== 'pipelined') client.write(`${line}\r\n`);
    expectCode(await client.reply(), line === 'DATA' ? '354' : '250');
  }
  if (phase !== 'in the data') return client;
  const { text } = stage.mail(5 * MIB);
  if (way === 'bdat') client.write(`BDAT ${text.length}\r\n`);
  client.write(dotStuffed(text).subarray(0, text.length >> 1));
  while (house.space.held === 0) await pause(1);
  assert.ok(house.store.quota.serverPool.inflightOctets >= 5_000_000);
  return client;
}

async function leaves(stage: Stage, phase: Phase, ending: Ending): Promise<number> {
  const { house } = stage;
  const client = await begun(stage, phase);
  switch (ending) {
    case 'RSET':
      expectReply(await client.say('RSET'), 'completed');
      break;
    case 'EHLO':
      expectCode(await client.say(stage.way === 'lmtp' ? 'LHLO again.example' : 'EHLO again.example'), '250');
      break;
    case 'QUIT':
      expectReply(await client.say('QUIT'), 'closing');
      assert.deepEqual(await client.untilClosed(), []);
      break;
    case 'end of the connection':
      client.socket.end();
      break;
    case 'reset of the connection':
      client.socket.resetAndDestroy();
      break;
    case 'time-out': {
      // While the server itself writes, no time runs against its peer: so in steps.
      for (let i = 0; i < 40 && !client.isClosed; i++) {
        await house.clock.pass(31_000);
        await pause(2);
      }
      const replies = await client.untilClosed();
      assert.equal(replies.length, 1);
      expectReply(replies[0], phase === 'in the data' ? 'too-slow' : 'timed-out');
      break;
    }
  }
  if (ending === 'RSET' || ending === 'EHLO')
    expectReply(await client.say('RCPT TO:<postmaster>'), 'mail-first');
  await house.atRest();
  return 0;
}

test('S43 RSET, EHLO, QUIT between two chunks, BDAT', async (t) => {
  await using house = await House.start();
  for (const command of ['RSET', 'EHLO again.example', 'QUIT']) {
    await t.test(command, async () => {
      using stage = new Stage(house, 'bdat', 'S43');
      const client = await begun(stage, 'after RCPT');
      const { text } = stage.mail(3 * MIB);
      client.write(`BDAT ${text.length}\r\n`);
      client.write(text);
      expectReply(await client.reply(), 'chunk-received');
      assert.ok(house.space.held > 0);
      expectCode(await client.say(command), command === 'QUIT' ? '221' : '250');
      await house.atRest();
      assert.equal((await house.store.figures()).messages, 0);
    });
  }
});

async function answersAtAnyLevel(stage: Stage): Promise<number> {
  const { house, way } = stage;
  const hello = way === 'lmtp' ? 'LHLO client.example' : 'EHLO client.example';
  // prettier-ignore
  const dialogue: readonly (readonly [line: string, answer: ReplyName])[] = [
    ['HELP', 'help'], ['HELP STATUS', 'help-status'], ['HELP 452', 'help'], ['NOOP', 'completed'], ['RSET', 'completed'],
    ['VRFY postmaster', 'cannot-verify'], [hello, 'hello'], ['QUIT', 'closing'],
  ];
  for (const level of LEVELS) {
    const client = await stage.open(); // before BLACK, where nobody comes in
    await at(house, level);
    if (way === 'pipelined') client.write(dialogue.map(([line]) => `${line}\r\n`).join(''));
    for (const [line, answer] of dialogue) {
      if (way !== 'pipelined') client.write(`${line}\r\n`);
      expectCodes(await client.reply(), answer);
    }
    assert.deepEqual(await client.untilClosed(), []);
    await house.recover();
  }
  return 0;
}

async function at(house: House, level: Level): Promise<void> {
  if (level !== 'green') await house.sink(level);
}

async function stopsIdle(stage: Stage): Promise<number> {
  const { house, way } = stage;
  const sessions = [await stage.open(), await stage.open()];
  const port = way === 'lmtp' ? house.ports.lmtp : house.ports.smtp;
  const stopped = house.stop(GRACE_MS);
  for (const client of sessions) await onlyHears(client, 'shutting-down');
  await stopped;
  assert.ok(house.clock.elapsed() < GRACE_MS, 'nobody was waited for');
  const late = connect(port, '127.0.0.1');
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
  return 0;
}

async function onlyHears(client: SmtpClient, name: ReplyName): Promise<void> {
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], name);
}

async function stopsAfterMail(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const { id, text } = stage.mail();
  let stopped = Promise.resolve();
  const midway = async (): Promise<void> => {
    while (house.space.held === 0) await pause(1);
    stopped = house.stop(60_000);
  };
  stage.kept(await stage.send(client, { to: [to], text, midway }));
  await onlyHears(client, 'shutting-down');
  await stopped;
  assert.ok(house.clock.elapsed() < 60_000);
  assert.deepEqual(await house.messages(to), [id]);
  return 1;
}

async function stopsAfterRset(stage: Stage): Promise<number> {
  const { house } = stage;
  const client = await begun(stage, 'after RCPT');
  const stopped = house.stop(60_000);
  expectReply(await client.say('NOOP'), 'completed');
  expectReply(await client.say('RSET'), 'completed');
  await onlyHears(client, 'shutting-down');
  await stopped;
  assert.ok(house.clock.elapsed() < 60_000);
  return 0;
}

async function stopsLate(stage: Stage): Promise<number> {
  const { house } = stage;
  const sessions = [
    await begun(stage, 'after MAIL'),
    await begun(stage, 'after RCPT'),
    await begun(stage, 'in the data'),
  ];
  const stopped = house.stop(GRACE_MS);
  for (const client of sessions) await onlyHears(client, 'shutting-down');
  await stopped;
  assert.ok(house.clock.elapsed() >= GRACE_MS);
  return 0;
}
