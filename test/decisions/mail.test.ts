import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMail } from '../../src/policy/admission.ts';
import { KIB, type Level, MIB, SPACE_DEFAULTS } from '../../src/policy/space.ts';
import { codes, type HeardReply, SmtpClient } from '../support/smtp-client.ts';
import { AVAILABLE, SIZE_MAX } from './house.ts';
import { decide, expectCodes, expectReply, type Scenario, type Stage } from './play.ts';
import { stillOpen } from './ways.ts';

const RED = (stage: Stage): Promise<void> => stage.house.sink('red');

decide('mail', {
  S01: [{ play: refusedAtConnection }],
  S02: [{ play: greetedAsAlways }],
  S03: [
    { play: refusedAtMail('storage-full', [` SIZE=${256 * KIB + 1}`, ` SIZE=${SIZE_MAX}`], RED) },
    {
      with: 'postmaster lane off',
      options: { space: { postmasterLane: false } },
      play: refusedAtMail('storage-full', ['', ' SIZE=0', ' SIZE=100', ` SIZE=${MIB}`], RED),
    },
    { with: 'again and again, to many', options: { errorMax: 20 }, play: refusedPatiently },
  ],
  S03b: [{ play: onlyPostmaster }, { with: 'more than its SIZE', play: postmasterGetsTooMuch }],
  S04: [
    {
      options: { messageSizeMax: 64 * MIB },
      play: refusedAtMail('storage-full', ['', ' SIZE=0', ` SIZE=${AVAILABLE.yellow / 16 + 1}`], (stage) =>
        stage.house.sink('yellow'),
      ),
    },
    { with: 'and what is within it is kept', play: keptWith([' SIZE=3000'], 'yellow') },
  ],
  S05: [
    { play: refusedAtMail('message-too-big', [` SIZE=${SIZE_MAX + 1}`, ` SIZE=${'9'.repeat(20)}`]) },
    { with: 'at level RED', play: refusedAtMail('message-too-big', [` SIZE=${SIZE_MAX + 1}`], RED) },
  ],
  S06: [
    {
      options: { messageSizeMax: 2 * AVAILABLE.green },
      play: refusedAtMail('storage-full', [
        ` SIZE=${AVAILABLE.green}`,
        ` SIZE=${AVAILABLE.green - 50 * MIB}`,
      ]),
    },
    {
      with: 'because of what others hold',
      options: { messageSizeMax: AVAILABLE.green },
      play: refusedForOthers,
    },
  ],
  S07: [
    {
      play: refusedAtMail('bad-size', [
        ' SIZE=many',
        ' SIZE=-1',
        ' SIZE=1.5',
        ` SIZE=${'0'.repeat(20)}1`,
        ' SIZE=1 SIZE=1',
      ]),
    },
  ],
  S08: [{ play: sizeAfterHelo }],
  S09: [{ play: keptWith(['', ' SIZE=0'], 'green') }],
  S37: [],
  S38: [
    {
      play: refusedAtMail('storage-full', [` SIZE=${MIB}`], async ({ house }) => {
        house.logVolume.available = AVAILABLE.red;
        await house.space.refresh();
        assert.equal(house.space.status().volumes[1]?.level, 'red');
      }),
    },
  ],
  S42: [{ options: { space: { postmasterPool: 266 * KIB } }, play: poolHeld }],
} satisfies Record<string, readonly Scenario[]>);

test('S37 queue full (the verdict alone; test/submission plays it)', () => {
  const space = {
    level: 'green',
    usable: () => AVAILABLE.green,
    reserve: 0,
    postmasterPool: MIB,
    admits: () => true,
  } as const;
  const mail = { declared: 100, source: 'mx', queueFull: true } as const;
  assert.deepEqual(judgeMail(space, mail, SPACE_DEFAULTS), { name: 'storage-full' });
  assert.deepEqual(judgeMail(space, { ...mail, queueFull: false }, SPACE_DEFAULTS), {
    name: 'ok',
    lane: 'ordinary',
  });
});

async function refusedAtConnection(stage: Stage): Promise<number> {
  const { house, way } = stage;
  const there = await stage.open();
  await house.sink('black');
  const client = stage.adopt(await SmtpClient.connect(way === 'lmtp' ? house.ports.lmtp : house.ports.smtp));
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], 'not-accepting');
  // Who came before may stay, and finds no room.
  expectReply(await there.say('MAIL FROM:<a@client.example> SIZE=100'), 'storage-full');
  await stillOpen(there);
  return 0;
}

async function greetedAsAlways(stage: Stage): Promise<number> {
  const { house, way } = stage;
  await house.sink('red');
  const client = stage.adopt(await SmtpClient.connect(way === 'lmtp' ? house.ports.lmtp : house.ports.smtp));
  expectReply(await client.reply(), way === 'lmtp' ? 'greeting-lmtp' : 'greeting');
  const hello = await client.say(way === 'lmtp' ? 'LHLO client.example' : 'EHLO client.example');
  expectCodes(hello, 'hello');
  assert.ok(hello.lines.includes(`SIZE ${SIZE_MAX}`), 'SIZE is a fixed maximum: RFC 1870 §4');
  await stillOpen(client);
  return 0;
}

/** MAIL is refused with this, no transaction is begun, and the session goes on. */
function refusedAtMail(
  name: 'storage-full' | 'message-too-big' | 'bad-size',
  parameters: readonly string[],
  prepare: (stage: Stage) => Promise<void> = async () => {},
): Scenario['play'] {
  return async (stage) => {
    const to = [await stage.house.account()];
    const client = await stage.open();
    await prepare(stage);
    for (const parameter of parameters) {
      const heard = await stage.send(client, { to, text: stage.mail().text, parameters: parameter });
      expectReply(heard.mail, name);
      notBegun([...heard.recipients, heard.data]);
      assert.deepEqual(heard.end, []);
    }
    await stillOpen(client);
    return 0;
  };
}

/** Whoever sends his commands in groups hears many refusals of one shortage, and is not closed for them. */
async function refusedPatiently(stage: Stage): Promise<number> {
  const account = await stage.house.account();
  const to = Array.from({ length: 50 }, (_, i) => account.replace('@', `+${i}@`));
  const client = await stage.open();
  await stage.house.sink('red');
  for (let times = 0; times < 4; times++) {
    const heard = await stage.send(client, { to, text: stage.mail().text, parameters: ` SIZE=${MIB}` });
    expectReply(heard.mail, 'storage-full');
    notBegun([...heard.recipients, heard.data]);
    const lane = await stage.send(client, { to, text: stage.mail().text });
    for (const recipient of lane.recipients) expectReply(recipient, 'storage-full');
    expectReply(lane.data, 'no-valid-recipients');
    await stillOpen(client);
  }
  return 0;
}

function notBegun(replies: readonly HeardReply[]): void {
  for (const heard of replies) expectReply(heard, 'mail-first');
}

function keptWith(parameters: readonly string[], level: Level): Scenario['play'] {
  return async (stage) => {
    const to = await stage.house.account();
    const client = await stage.open();
    await stage.house.sink(level);
    const sent: string[] = [];
    for (const parameter of parameters) {
      const { id, text } = stage.mail();
      const heard = await stage.send(client, { to: [to], text, parameters: parameter });
      expectReply(heard.mail, 'sender-ok');
      stage.kept(heard);
      sent.push(id);
    }
    assert.deepEqual(await stage.house.messages(to), sent);
    await stillOpen(client);
    return sent.length;
  };
}

async function onlyPostmaster(stage: Stage): Promise<number> {
  const { house } = stage;
  const [other, postmaster] = [await house.account(), await house.postmaster()];
  const client = await stage.open();
  await house.sink('red');
  const had = await house.messages(postmaster);
  const kept: string[] = [];
  for (const parameters of ['', ` SIZE=${256 * KIB}`]) {
    const { id, text } = stage.mail();
    const to = [other, postmaster, 'Postmaster', other];
    const heard = await stage.send(client, { to, text, parameters });
    expectReply(heard.mail, 'sender-ok');
    assert.deepEqual(heard.recipients.map(codes), ['452 4.3.1', '250 2.1.5', '250 2.1.5', '452 4.3.1']);
    expectReply(heard.recipients[0], 'storage-full');
    stage.kept(heard);
    kept.push(id);
  }
  assert.deepEqual((await house.messages(postmaster)).slice(had.length), kept, 'one copy each');
  assert.deepEqual(await house.messages(other), []);
  await stillOpen(client);
  return kept.length;
}

async function postmasterGetsTooMuch(stage: Stage): Promise<number> {
  const postmaster = await stage.house.postmaster();
  const client = await stage.open();
  await stage.house.sink('red');
  const { text } = stage.mail(300 * KIB);
  const { recipients, end } = await stage.send(client, { to: [postmaster], text, parameters: ' SIZE=1000' });
  expectReply(recipients[0], 'recipient-ok');
  expectReply(end[0], 'storage-full');
  await stillOpen(client);
  return 0;
}

/** Another session has said that much more comes than there is room for two times. */
async function refusedForOthers(stage: Stage): Promise<number> {
  const to = await stage.house.account();
  const [other, client] = [await stage.open(), await stage.open()];
  const parameters = ` SIZE=${AVAILABLE.green / 2}`;
  const first = stage.mail();
  const midway = async (): Promise<void> => {
    const heard = await stage.send(client, { to: [to], text: stage.mail().text, parameters });
    expectReply(heard.mail, 'storage-full');
  };
  stage.kept(await stage.send(other, { to: [to], text: first.text, parameters, midway }));
  const again = stage.mail();
  stage.kept(await stage.send(client, { to: [to], text: again.text, parameters }));
  assert.deepEqual(await stage.house.messages(to), [first.id, again.id]);
  return 2;
}

async function sizeAfterHelo(stage: Stage): Promise<number> {
  const to = await stage.house.account();
  const client = stage.adopt(await SmtpClient.open(stage.house.ports.smtp, 'HELO client.example'));
  const heard = await stage.send(client, { to: [to], text: stage.mail().text, parameters: ' SIZE=100' });
  expectReply(heard.mail, 'size-needs-ehlo');
  notBegun([...heard.recipients, heard.data]);
  const { id, text } = stage.mail();
  expectReply((await stage.send(client, { to: [to], text })).end[0], 'message-kept');
  assert.deepEqual(await stage.house.messages(to), [id]);
  return 1;
}

async function poolHeld(stage: Stage): Promise<number> {
  const { house } = stage;
  const postmaster = await house.postmaster();
  const [other, client] = [await stage.open(), await stage.open()];
  await house.sink('red');
  const text = stage.mail().text;
  const midway = async (): Promise<void> => {
    for (const parameters of ['', ' SIZE=100', ` SIZE=${MIB}`]) {
      const heard = await stage.send(client, { to: [postmaster], text: stage.mail().text, parameters });
      expectReply(heard.mail, 'storage-full');
      notBegun([...heard.recipients, heard.data]);
    }
  };
  stage.kept(await stage.send(other, { to: [postmaster], text, midway }));
  await stillOpen(client);
  return 1;
}
