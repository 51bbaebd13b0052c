/** S12, S13, S34 to S36 and E4 of the storage rules, for mail of users: who is only full gets it later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done } from '../decisions/house.ts';
import { Desk, STRANGER } from './desk.ts';

const ROUND_MS = 16 * 60_000;

/** An account that has a message and is full of it. */
async function fullAccount(desk: Desk, domain?: string): Promise<string> {
  const address = await desk.house.account({}, domain);
  assert.deepEqual(
    (
      await desk.handIn(STRANGER, {
        to: [address],
        text: `From: a@b.example\r\n\r\n${'first\r\n'.repeat(300)}`,
      })
    ).end,
    ['message-kept'],
  );
  await desk.house.close(address);
  return address;
}

async function empty(desk: Desk, address: string): Promise<void> {
  await done(desk.house.store.removeEntries({ account: (await desk.house.show(address)).id }));
  await desk.house.released(address);
}

test('submission: a full recipient is taken, its copy waits, and arrives when there is room', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const user = await desk.user();
  const [full, free] = [await fullAccount(desk), await house.account()];
  const { recipients, end } = await desk.handIn(user, {
    to: [full, free, 'a@elsewhere.example'],
    mail: { size: 500 },
  });
  assert.deepEqual(recipients, ['recipient-ok', 'recipient-ok', 'recipient-ok']);
  assert.deepEqual(end, ['message-kept']);
  assert.deepEqual(
    desk.last.deliveries.map(({ recipient, state }) => [recipient, state]),
    [
      [full, 'waiting'],
      [free, 'mailbox'],
      ['a@elsewhere.example', 'queued'],
    ],
  );
  assert.equal(desk.last.envelope.origin, 'submission', 'so its sender may be told that it waits');
  assert.equal((await house.show(full)).waitingMessages, 1);
  await empty(desk, full);
  assert.equal((await house.show(full)).usedMessages, 1);
  await house.clock.pass(ROUND_MS);
  assert.equal((await house.show(full)).usedMessages, 1, 'once');
  await house.atRest();
});

test('S34 submission: all recipients are full, before or after the data, and the message is kept', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const user = await desk.user();
  const full = await fullAccount(desk);
  assert.deepEqual((await desk.handIn(user, { to: [full] })).end, ['message-kept']);
  assert.deepEqual(
    desk.last.deliveries.map(({ state }) => state),
    ['waiting'],
  );
  const later = await house.account({ limits: { octets: 0, messages: 1 } });
  const midway = async (): Promise<void> => {
    assert.deepEqual((await desk.handIn(STRANGER, { to: [later], text: 'From: a@b.example\r\n\r\n' })).end, [
      'message-kept',
    ]);
  };
  assert.deepEqual((await desk.handIn(user, { to: [later, full], midway })).end, ['message-kept']);
  assert.deepEqual(
    desk.last.deliveries.map(({ state }) => state),
    ['waiting', 'waiting'],
  );
  for (const address of [full, later]) await empty(desk, address);
  assert.equal((await house.show(full)).usedMessages, 2);
  assert.equal((await house.show(later)).usedMessages, 1);
  await house.atRest();
});

test('submission: the same for a domain that is full, and for an alias with all its members', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const user = await desk.user();
  const domain = 'full.test.example';
  await done(house.store.addDomain(domain));
  const inFullDomain = await fullAccount(desk, domain);
  await done(house.store.setAccount(inFullDomain, { limits: { octets: 0, messages: 0 } }));
  const { usedOctets } = await house.show(inFullDomain);
  await done(house.store.setDomain(domain, { limits: { octets: usedOctets, messages: 0 } }));
  await done(house.store.setAlias('all@test.example', [await fullAccount(desk), await fullAccount(desk)]));
  const { recipients, end } = await desk.handIn(user, { to: [inFullDomain, 'all@test.example'] });
  assert.deepEqual([recipients, end], [['recipient-ok', 'recipient-ok'], ['message-kept']]);
  assert.deepEqual(
    desk.last.deliveries.map(({ state }) => state),
    ['waiting', 'waiting', 'waiting'],
  );
});

test('S12, S13 submission: what can never be delivered is refused at once', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const user = await desk.user();
  const small = await house.account({ limits: { octets: 2000, messages: 0 } });
  const abandoned = await fullAccount(desk);
  house.clock.skip(31 * 24 * 3_600_000);
  const declared = await desk.handIn(user, {
    to: [small, abandoned, 'a@elsewhere.example'],
    mail: { size: 3000 },
  });
  assert.deepEqual(declared.recipients, ['message-too-big-for-mailbox', 'mailbox-abandoned', 'recipient-ok']);
  const text = `From: ${user.login?.address ?? ''}\r\n\r\n${'text\r\n'.repeat(500)}`;
  assert.deepEqual((await desk.handIn(user, { to: [small], text })).end, ['message-too-big-for-mailbox']);
  await house.atRest();
});

test('the server as a whole is full: also users are told so', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const [user, local] = [await desk.user(), await house.account()];
  const midway = async (): Promise<void> => house.store.quota.setServerLimits({ octets: 1, messages: 0 });
  const late = await desk.handIn(user, { to: [local], midway });
  assert.deepEqual(late.end, ['storage-full']);
  await desk.handIn(STRANGER, { to: [local] });
  house.store.quota.setServerLimits({ octets: 0, messages: 0 });
  await house.atRest();
});

test('S34, S35, S36 port 25 and LMTP are as they were: a full recipient is refused at RCPT', async () => {
  for (const protocol of ['smtp', 'lmtp'] as const) {
    await using desk = await Desk.open({ protocol });
    const { house } = desk;
    const address = await house.account();
    const first = await desk.handIn(STRANGER, { to: [address] });
    assert.deepEqual(first.end, [protocol === 'lmtp' ? 'message-delivered' : 'message-kept']);
    await house.close(address);
    assert.deepEqual((await desk.handIn(STRANGER, { to: [address] })).recipients, ['mailbox-full']);
  }
});

test('mail of users that cannot be written is refused, and nothing of it stays: neither held nor counted', async () => {
  await using desk = await Desk.open({ submission: { messagesPerHour: 1 } });
  const { house } = desk;
  const user = await desk.user();
  house.disk.fault = { problem: 'no-space', operation: 'write', where: 'segments' };
  assert.deepEqual(
    (await desk.handIn(user, { to: ['a@elsewhere.example', user.login?.address ?? ''] })).end,
    ['storage-full'],
  );
  house.disk.fault = null;
  await house.atRest();
  assert.deepEqual((await desk.handIn(user, { to: ['a@elsewhere.example'] })).end, ['message-kept']);
});
