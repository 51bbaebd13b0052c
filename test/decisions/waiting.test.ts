import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { codes } from '../support/smtp-client.ts';
import { type Way, WAYS } from './decisions.ts';
import { DOMAIN, done, House } from './house.ts';
import { expectReply, Stage } from './play.ts';
import { stillOpen } from './ways.ts';

const ROUND_MS = 16 * 60_000;

interface Waiting {
  readonly full: string;
  readonly free: string;
  readonly id: string;
}

/** An alias of two, of whom one is full: its copy waits. */
async function oneWaits(stage: Stage, from?: string): Promise<Waiting> {
  const { house } = stage;
  const [full, free] = [await stage.fullAccount(), await house.account()];
  const alias = `both-${full}`;
  await done(house.store.setAlias(alias, [full, free]));
  const { id, text } = stage.mail();
  const heard = await stage.send(await stage.open(), {
    to: [alias],
    text,
    ...(from === undefined ? {} : { from }),
  });
  expectReply(heard.recipients[0], 'recipient-ok');
  stage.kept(heard);
  assert.deepEqual(await house.messages(free), [id]);
  await waits(house, full, id);
  return { full, free, id };
}

async function waits(house: House, full: string, id: string): Promise<void> {
  assert.equal((await house.show(full)).waitingMessages, 1);
  assert.ok(!(await house.messages(full)).includes(id));
}

async function arrived(house: House, { full, free, id }: Waiting): Promise<void> {
  for (const address of [full, free]) {
    const ids = await house.messages(address);
    assert.equal(ids.filter((each) => each === id).length, 1, `${address}: once`);
  }
  assert.equal((await house.show(full)).waitingMessages, 0);
  await house.clock.pass(ROUND_MS);
  assert.equal((await house.messages(full)).filter((each) => each === id).length, 1, 'and not again');
  await house.atRest();
}

for (const way of WAYS) {
  test(`alias with one full member: 250, its copy waits, and comes once when messages are deleted, ${way.toUpperCase()}`, async () => {
    await using house = await House.start();
    using stage = new Stage(house, way, 'E4');
    const waiting = await oneWaits(stage);
    await house.clock.pass(ROUND_MS);
    await waits(house, waiting.full, waiting.id);
    await done(house.store.removeEntries({ account: (await house.show(waiting.full)).id }));
    await house.released(waiting.full);
    await arrived(house, waiting);
  });
}

test('its copy comes when the limit of the mailbox is raised; also from the null reverse-path', async () => {
  await using house = await House.start();
  using stage = new Stage(house, 'data', 'E4');
  const waiting = await oneWaits(stage, '');
  await done(house.store.setAccount(waiting.full, { limits: { octets: 100_000, messages: 0 } }));
  await house.released(waiting.full);
  await arrived(house, waiting);
});

test('what waits survives a restart, and comes with the next round', async () => {
  using folder = temporaryFolder();
  let waiting: Waiting;
  {
    await using house = await House.start({ data: folder.path });
    await done(house.store.addDomain(DOMAIN));
    using stage = new Stage(house, 'data', 'E4');
    waiting = await oneWaits(stage);
    // The server ends before it can do anything about it.
    await done(house.store.setAccount(waiting.full, { limits: { octets: 100_000, messages: 0 } }));
  }
  await using house = await House.start({ data: folder.path });
  await waits(house, waiting.full, waiting.id);
  await house.clock.pass(ROUND_MS);
  await house.released(waiting.full);
  await arrived(house, waiting);
});

test('S13 since when a mailbox is full is still known after a restart', async () => {
  using folder = temporaryFolder();
  let full = '';
  {
    await using house = await House.start({ data: folder.path });
    await done(house.store.addDomain(DOMAIN));
    using stage = new Stage(house, 'data', 'S13');
    full = await stage.fullAccount();
  }
  await using house = await House.start({ data: folder.path });
  using stage = new Stage(house, 'data', 'S13');
  const client = await stage.open();
  const fresh = await stage.send(client, { to: [full], text: stage.mail().text });
  expectReply(fresh.recipients[0], 'mailbox-full');
  house.clock.skip(31 * 24 * 3_600_000);
  const late = await stage.send(client, { to: [full], text: stage.mail().text });
  expectReply(late.recipients[0], 'mailbox-abandoned');
  await stillOpen(client);
});

test('a copy that waits does not push aside what has room: a smaller limit holds for it, too', async () => {
  await using house = await House.start();
  using stage = new Stage(house, 'data', 'E4');
  const { full, id } = await oneWaits(stage);
  const { usedOctets } = await house.show(full);
  await done(house.store.setAccount(full, { limits: { octets: usedOctets + 100, messages: 0 } }));
  await house.clock.pass(ROUND_MS);
  await waits(house, full, id);
  await house.atRest();
});

const SILENT = { revealAtRcpt: false };

for (const way of WAYS) {
  test(`revealAtRcpt=false: a full mailbox is accepted at RCPT, and told after the data, ${way.toUpperCase()}`, async () => {
    await using house = await House.start(SILENT);
    using stage = new Stage(house, way, 'P19');
    const [full, free, client] = [await stage.fullAccount(), await house.account(), await stage.open()];
    const alone = await stage.send(client, { to: [full], text: stage.mail().text });
    expectReply(alone.recipients[0], 'recipient-ok');
    expectReply(alone.end[0], 'mailbox-full');
    const nobody = await stage.send(client, { to: ['nobody@test.example'], text: stage.mail().text });
    assert.equal(codes(nobody.recipients[0] ?? alone.mail), '550 5.1.1');
    await stillOpen(client);
    const { id, text } = stage.mail();
    const both = await stage.send(client, { to: [full, free], text });
    assert.deepEqual(both.recipients.map(codes), ['250 2.1.5', '250 2.1.5']);
    assert.deepEqual(both.end.map(codes), way === 'lmtp' ? ['452 4.2.2', '250 2.1.5'] : ['250 2.6.0']);
    assert.deepEqual(await house.messages(free), [id]);
    assert.equal((await house.show(full)).waitingMessages, way === 'lmtp' ? 0 : 1);
    assert.equal((await house.messages(full)).length, 1);
    await house.atRest();
  });
}

/** Between RCPT and the end of the data the account is removed: from then on it is as unknown as any other. */
async function removedMidway(way: Way): Promise<void> {
  await using house = await House.start();
  using stage = new Stage(house, way, 'gone');
  const client = await stage.open();
  const [gone, other] = [await house.account(), await house.account()];
  const midway = async (): Promise<void> => {
    await done(house.store.removeAccount(gone, { withMail: true }));
  };
  const { end } = await stage.send(client, { to: [gone], text: stage.mail().text, midway });
  assert.equal(end.length, 1);
  assert.equal(end[0] === undefined ? null : codes(end[0]), '550 5.1.1');
  await stillOpen(client);
  const again = await stage.send(client, { to: [gone, other], text: stage.mail().text });
  assert.deepEqual(again.recipients.map(codes), ['550 5.1.1', '250 2.1.5']);
  stage.kept(again);
  await house.atRest();
  const { waiting, messages } = await house.store.figures();
  assert.deepEqual({ waiting, messages }, { waiting: 0, messages: 1 });
}

async function oneRemovedMidway(way: Way): Promise<void> {
  await using house = await House.start();
  using stage = new Stage(house, way, 'gone');
  const client = await stage.open();
  const [gone, other] = [await house.account(), await house.account()];
  const { id, text } = stage.mail();
  const midway = async (): Promise<void> => {
    await done(house.store.removeAccount(gone, { withMail: true }));
  };
  const { end } = await stage.send(client, { to: [gone, other], text, midway });
  assert.equal(end.at(-1)?.code, '250');
  assert.deepEqual(await house.messages(other), [id]);
  await house.atRest();
  const { waiting, messages } = await house.store.figures();
  assert.deepEqual({ waiting, messages }, { waiting: 0, messages: 1 }, 'nothing waits for nobody');
}

test('an account removed between RCPT and DATA: 550 5.1.1, and the session goes on', async () => {
  await using house = await House.start();
  using stage = new Stage(house, 'data', 'gone');
  const [client, gone] = [await stage.open(), await house.account()];
  expectReply(await client.say('MAIL FROM:<a@client.example> SIZE=3000'), 'sender-ok');
  expectReply(await client.say(`RCPT TO:<${gone}>`), 'recipient-ok');
  await done(house.store.removeAccount(gone, { withMail: true }));
  expectReply(await client.say('DATA'), 'start-mail-data');
  expectReply(await client.say('Subject: too late\r\n\r\n.'), 'no-such-mailbox');
  await stillOpen(client);
  await house.atRest();
});

for (const way of WAYS) {
  test(`an account removed while its mail comes: 550, nothing is left, and then it is unknown, ${way.toUpperCase()}`, () =>
    removedMidway(way));
  test(`one of two removed while their mail comes: the other gets it, nothing waits for nobody, ${way.toUpperCase()}`, () =>
    oneRemovedMidway(way));
}
