import assert from 'node:assert/strict';
import { KIB, MIB } from '../../src/policy/space.ts';
import type { DiskProblem } from '../../src/world/disk.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import type { Fault } from './faulty-disk.ts';
import { done } from './house.ts';
import { decide, expectReply, type Scenario, type Stage } from './play.ts';
import { type Heard, stillOpen } from './ways.ts';

const SMALL_MAX = 64 * KIB;
/** Comes in several pieces, each written while the next one comes. */
const LARGE = 3 * MIB;
/** Has a file of its own. */
const LARGE_ENOUGH = 1.25 * MIB;
/** A mailbox in which one such message has room, and a second one not even with grace. */
const ONE = 6000;
const ROOM_FOR_ONE = { limits: { octets: 10_000, messages: 0 } };

/** What can fail when a message is kept: a small one goes into the log, a large one has a file of its own, too. */
// prettier-ignore
const FAILURES: readonly (Omit<Fault, 'problem'> & { readonly octets: number; readonly what: string })[] = [
  { what: 'log, write',               octets: 2000,         operation: 'write',       where: '/segments/' },
  { what: 'log, sync',                octets: 2000,         operation: 'sync',        where: '/segments/' },
  { what: 'large, sync',              octets: LARGE_ENOUGH, operation: 'sync',        where: '/large/' },
  { what: 'large, close',             octets: LARGE_ENOUGH, operation: 'close',       where: '/large/' },
  { what: 'large, sync of its name',  octets: LARGE_ENOUGH, operation: 'sync-folder', where: '/large' },
  { what: 'large, write to the log',  octets: LARGE_ENOUGH, operation: 'write',       where: '/segments/' },
  { what: 'large, sync of the log',   octets: LARGE_ENOUGH, operation: 'sync',        where: '/segments/' },
];

decide('end', {
  S24: [
    { play: (stage) => faultWhileReceiving(stage, 'write') },
    { with: 'no inode for its file', play: (stage) => faultWhileReceiving(stage, 'open') },
  ],
  S27: [{ options: { messageSizeMax: SMALL_MAX }, play: tooBig }],
  S28: [{ play: biggerThanSaid }],
  S29: [{ play: cannotGrow }],
  S30: failuresOf('no-space', 'storage-full'),
  S31: failuresOf('io', 'local-error'),
  S32: failuresOf('read-only', 'misconfigured'),
  S33: [
    { with: 'too many sessions', options: { connections: { max: 3 } }, play: tooManySessions },
    ...failuresOf('out-of-resources', 'out-of-resources'),
  ],
  S34: [
    { play: allFullAfterData },
    { with: 'too big for a mailbox that said no limit', play: tooBigForMailbox },
  ],
  S35: [{ play: someFullAfterData }],
  S36: [{ play: exactInLmtp }, { with: 'the server is full', play: serverFullInLmtp }],
} satisfies Record<string, readonly Scenario[]>);

type Refusal = Parameters<typeof expectReply>[1];

/** Every one of the replies to the data; there is one. */
function refused({ data, end }: Heard, name: Refusal): void {
  assert.ok(data.code === '354' || data.code === '250', data.wire);
  assert.ok(end.length > 0);
  for (const each of end) expectReply(each, name);
}

async function faultWhileReceiving(stage: Stage, operation: 'write' | 'open'): Promise<number> {
  const { house } = stage;
  const [to, other, client] = [await house.account(), await house.account(), await stage.open()];
  const { id, text } = stage.mail(LARGE);
  house.disk.fault = { problem: 'no-space', operation, where: '/large' };
  refused(await stage.send(client, { to: [to, other], text }), 'storage-full');
  await stillOpen(client);
  await house.atRest();
  house.disk.fault = null;
  stage.kept(await stage.send(client, { to: [to, other], text }));
  for (const address of [to, other]) assert.deepEqual(await house.messages(address), [id]);
  return 2;
}

async function tooBig(stage: Stage): Promise<number> {
  const [to, client] = [await stage.house.account(), await stage.open()];
  for (const parameters of ['', ' SIZE=100']) {
    const { text } = stage.mail(SMALL_MAX + 2 * KIB);
    refused(await stage.send(client, { to: [to], text, parameters }), 'message-too-big');
  }
  await stillOpen(client);
  return 0;
}

async function biggerThanSaid(stage: Stage): Promise<number> {
  const [to, client] = [await stage.house.account(), await stage.open()];
  const sent: string[] = [];
  for (const octets of [4000, LARGE]) {
    const { id, text } = stage.mail(octets);
    stage.kept(await stage.send(client, { to: [to], text, parameters: ' SIZE=100' }));
    sent.push(id);
  }
  assert.deepEqual(await stage.house.messages(to), sent);
  return 2;
}

async function cannotGrow(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const midway = async (): Promise<void> => {
    house.volume.available = house.space.reserve + house.space.held;
    await house.space.refresh();
  };
  refused(
    await stage.send(client, { to: [to], text: stage.mail(6 * MIB).text, parameters: ' SIZE=1000', midway }),
    'storage-full',
  );
  await stillOpen(client);
  return 0;
}

function failuresOf(problem: DiskProblem, name: Refusal): Scenario[] {
  return FAILURES.map(({ what, octets, operation, where }) => ({
    with: what,
    play: (stage) => keepingFails(stage, { problem, operation, where }, { octets, name }),
  }));
}

async function keepingFails(
  stage: Stage,
  fault: Fault,
  { octets, name }: { octets: number; name: Refusal },
): Promise<number> {
  const { house } = stage;
  const [to, other, client] = [await house.account(), await house.account(), await stage.open()];
  const { id, text } = stage.mail(octets);
  const { struck } = house.disk;
  house.alarms.length = 0;
  house.disk.fault = fault;
  refused(await stage.send(client, { to: [to, other], text }), name);
  assert.ok(house.disk.struck > struck, 'it struck');
  assert.ok(house.alarms.includes('not-kept'), `alarms: ${house.alarms.join()}`);
  await stillOpen(client);
  for (const address of [to, other]) assert.equal((await house.show(address)).usedMessages, 0);
  house.disk.fault = null;
  await house.clock.pass(1000);
  assert.deepEqual(await house.messages(to), []);
  await house.atRest();
  // All is well again without anybody's help, and the retry comes once.
  stage.kept(await stage.send(client, { to: [to, other], text }));
  for (const address of [to, other]) assert.deepEqual(await house.messages(address), [id]);
  return 2;
}

async function tooManySessions(stage: Stage): Promise<number> {
  const { house, way } = stage;
  const port = way === 'lmtp' ? house.ports.lmtp : house.ports.smtp;
  const there = [await stage.open(), await stage.open(), await stage.open()];
  const client = stage.adopt(await SmtpClient.connect(port));
  const replies = await client.untilClosed();
  assert.equal(replies.length, 1);
  expectReply(replies[0], 'no-more-sessions');
  for (const session of there) {
    await stillOpen(session);
    expectReply(await session.say('QUIT'), 'closing');
    await session.untilClosed();
  }
  // Whoever went has made room.
  await stillOpen(await stage.open());
  return 0;
}

async function allFullAfterData(stage: Stage): Promise<number> {
  const { house } = stage;
  const [one, other] = [await house.account(ROOM_FOR_ONE), await house.account(ROOM_FOR_ONE)];
  const client = await stage.open();
  const midway = async (): Promise<void> => {
    await stage.deliver(one, ONE);
    await stage.deliver(other, ONE);
  };
  const heard = await stage.send(client, { to: [one, other], text: stage.mail(ONE).text, midway });
  for (const recipient of heard.recipients) expectReply(recipient, 'recipient-ok');
  refused(heard, 'mailbox-full');
  for (const address of [one, other]) assert.equal((await house.messages(address)).length, 1);
  await stillOpen(client);
  return 0;
}

async function tooBigForMailbox(stage: Stage): Promise<number> {
  const [to, client] = [await stage.house.account(ROOM_FOR_ONE), await stage.open()];
  const heard = await stage.send(client, { to: [to], text: stage.mail(11_000).text });
  refused(heard, 'message-too-big-for-mailbox');
  await stillOpen(client);
  return 0;
}

async function someFullAfterData(stage: Stage): Promise<number> {
  const { house } = stage;
  const [free, full] = [await house.account(), await house.account(ROOM_FOR_ONE)];
  const client = await stage.open();
  let first = '';
  const midway = async (): Promise<void> => {
    first = await stage.deliver(full, ONE);
  };
  const { id, text } = stage.mail(ONE);
  stage.kept(await stage.send(client, { to: [full, free], text, midway }));
  assert.deepEqual(await house.messages(free), [id]);
  assert.deepEqual(await house.messages(full), [first]);
  assert.equal((await house.show(full)).waitingMessages, 1);
  await stillOpen(client);
  return 2;
}

async function exactInLmtp(stage: Stage): Promise<number> {
  const { house } = stage;
  const domain = 'short.test.example';
  await done(house.store.addDomain(domain));
  const free = await house.account();
  const full = await house.account(ROOM_FOR_ONE);
  const inFullDomain = await house.account({}, domain);
  const client = await stage.open();
  const midway = async (): Promise<void> => {
    await stage.deliver(full, ONE);
    await stage.deliver(inFullDomain, ONE);
    const { usedOctets } = await house.show(inFullDomain);
    await done(house.store.setDomain(domain, { limits: { octets: usedOctets, messages: 0 } }));
  };
  const { id, text } = stage.mail(ONE);
  const to = [full, free, inFullDomain, free.replace('@', '+again@'), full];
  const { recipients, end } = await stage.send(client, { to, text, midway });
  assert.deepEqual(recipients.map(codes), Array(5).fill('250 2.1.5'));
  const names: Refusal[] = [
    'mailbox-full',
    'message-delivered',
    'domain-full',
    'message-delivered',
    'mailbox-full',
  ];
  assert.equal(end.length, names.length, 'one reply for each recipient, in their order');
  for (const [i, name] of names.entries()) expectReply(end[i], name);
  assert.deepEqual(await house.messages(free), [id], 'one copy, however many ways lead there');
  assert.equal((await house.messages(full)).length, 1);
  assert.equal((await house.show(full)).waitingMessages, 0, 'who was told 452 keeps it');
  assert.equal((await house.show(inFullDomain)).waitingMessages, 0);
  await stillOpen(client);
  return 1;
}

async function serverFullInLmtp(stage: Stage): Promise<number> {
  const { house } = stage;
  const to = [await house.account(), await house.account()];
  const client = await stage.open();
  const midway = async (): Promise<void> => {
    const octets = house.store.quota.serverPool.usedOctets + 100;
    house.store.quota.setServerLimits({ octets, messages: 0 });
  };
  const { end } = await stage.send(client, { to, text: stage.mail().text, midway });
  house.store.quota.setServerLimits({ octets: 0, messages: 0 });
  assert.equal(end.length, 2);
  for (const each of end) expectReply(each, 'storage-full');
  await stillOpen(client);
  return 0;
}
