import assert from 'node:assert/strict';
import { MIB } from '../../src/policy/space.ts';
import { codes } from '../support/smtp-client.ts';
import { DOMAIN, done, type House } from './house.ts';
import { decide, expectReply, type Scenario, type Stage } from './play.ts';
import { stillOpen } from './ways.ts';

const MONTH_MS = 31 * 24 * 3_600_000;

decide('rcpt', {
  S10: [
    { play: (stage) => refusedBesides(stage, 'mailbox-full', () => stage.fullAccount()) },
    { with: 'messages', play: (stage) => refusedBesides(stage, 'mailbox-full', () => fullOfMessages(stage)) },
    { with: 'what is on its way', play: fullOfWhatComes },
  ],
  S11: [{ play: notEnoughRoom }],
  S12: [
    { play: (stage) => neverFits(stage, { limits: { octets: 5000, messages: 0 } }) },
    { with: 'its own limit for a message', play: (stage) => neverFits(stage, { messageSizeMax: 5000 }) },
  ],
  S13: [
    { play: (stage) => refusedBesides(stage, 'mailbox-abandoned', () => abandoned(stage)) },
    {
      with: 'not when there was a login',
      play: (stage) => refusedBesides(stage, 'mailbox-full', () => visited(stage)),
    },
    {
      with: 'not when that is off',
      options: { quota: { permanentAfterMs: 0 } },
      play: (stage) => refusedBesides(stage, 'mailbox-full', () => abandoned(stage)),
    },
  ],
  S14: [{ play: (stage) => refusedBesides(stage, 'domain-full', () => inFullDomain(stage)) }],
  S15: [
    {
      play: (stage) =>
        refusedBesides(stage, 'mailbox-disabled', () => stage.house.account({ state: 'disabled' })),
    },
    {
      with: 'for now',
      play: (stage) =>
        refusedBesides(stage, 'mailbox-disabled-now', () => stage.house.account({ state: 'disabled-now' })),
    },
  ],
  S16: [
    { with: 'it fails', play: directoryFails },
    { with: 'it is silent', play: directoryIsSilent },
  ],
  S17: [{ options: { recipientMax: 100 }, play: tooManyRecipients }],
  S18: [{ options: { recipientForbiddenAt: 3 }, play: recipientsForbidden }],
  S19: [
    {
      play: (stage) =>
        refusedBesides(stage, 'mailbox-full', () => aliasOf(stage.house, stage.fullAccount.bind(stage), 2)),
    },
  ],
  S20: [{ play: someMembersFull }],
  S21: [{ options: { messageSizeMax: 300 * MIB }, play: noRoomForThisRecipient }],
} satisfies Record<string, readonly Scenario[]>);

type Refusal = Parameters<typeof expectReply>[1];

/** This recipient is refused, the one before and the one after are kept, and get their mail. */
async function refusedBesides(stage: Stage, name: Refusal, prepare: () => Promise<string>): Promise<number> {
  const { house } = stage;
  const [one, refused, other] = [await house.account(), await prepare(), await house.account()];
  const { usedMessages } = await shown(house, refused);
  const client = await stage.open();
  for (let times = 1; times <= 2; times++) {
    const { id, text } = stage.mail();
    const heard = await stage.send(client, { to: [one, refused, other], text, parameters: ' SIZE=2000' });
    expectReply(heard.recipients[0], 'recipient-ok');
    expectReply(heard.recipients[1], name);
    expectReply(heard.recipients[2], 'recipient-ok');
    stage.kept(heard);
    assert.equal((await house.messages(one)).at(-1), id);
    assert.equal((await house.messages(other)).at(-1), id);
  }
  assert.equal(
    (await shown(house, refused)).usedMessages,
    usedMessages,
    'nothing came to the one that was refused',
  );
  await stillOpen(client);
  return 4;
}

/** Of an alias, which has no figures: none. */
async function shown(house: House, address: string): Promise<{ usedMessages: number }> {
  const found = await house.store.showAccount(address);
  return found.ok ? found.value : { usedMessages: 0 };
}

async function fullOfMessages(stage: Stage): Promise<string> {
  const address = await stage.house.account({ limits: { octets: 0, messages: 2 } });
  await stage.deliver(address);
  await stage.deliver(address);
  return address;
}

async function fullOfWhatComes(stage: Stage): Promise<number> {
  const to = await stage.house.account({ limits: { octets: 10_000, messages: 0 } });
  const [coming, client] = [await stage.open(), await stage.open()];
  const { id, text } = stage.mail();
  const midway = async (): Promise<void> => {
    const heard = await stage.send(client, { to: [to], text: stage.mail().text });
    expectReply(heard.recipients[0], 'mailbox-full');
    expectReply(heard.data, 'no-valid-recipients');
  };
  stage.kept(await stage.send(coming, { to: [to], text, parameters: ' SIZE=10000', midway }));
  await stillOpen(client);
  // What was said to come did not: there is room again.
  const next = stage.mail();
  stage.kept(await stage.send(client, { to: [to], text: next.text }));
  assert.deepEqual(await stage.house.messages(to), [id, next.id]);
  return 2;
}

async function notEnoughRoom(stage: Stage): Promise<number> {
  const { house } = stage;
  const to = await house.account({ limits: { octets: 10_000, messages: 0 } });
  await stage.deliver(to, 3000);
  const { usedOctets } = await house.show(to);
  const client = await stage.open();
  const most = 11_000 - usedOctets; // a tenth of grace
  const heard = await stage.send(client, {
    to: [to],
    text: stage.mail().text,
    parameters: ` SIZE=${most + 1}`,
  });
  expectReply(heard.recipients[0], 'mailbox-short');
  expectReply(heard.data, 'no-valid-recipients');
  await stillOpen(client);
  stage.kept(await stage.send(client, { to: [to], text: stage.mail().text, parameters: ` SIZE=${most}` }));
  return 1;
}

async function neverFits(stage: Stage, change: Parameters<House['account']>[0]): Promise<number> {
  const to = await stage.house.account(change);
  const client = await stage.open();
  const { recipients, data } = await stage.send(client, {
    to: [to],
    text: stage.mail().text,
    parameters: ' SIZE=5001',
  });
  expectReply(recipients[0], 'message-too-big-for-mailbox');
  assert.match(recipients[0]?.wire ?? '', /limit 5000 octets/);
  expectReply(data, 'no-valid-recipients');
  await stillOpen(client);
  stage.kept(await stage.send(client, { to: [to], text: stage.mail().text, parameters: ' SIZE=5000' }));
  return 1;
}

async function abandoned(stage: Stage): Promise<string> {
  const address = await stage.fullAccount();
  stage.house.clock.skip(MONTH_MS);
  return address;
}

async function visited(stage: Stage): Promise<string> {
  const address = await abandoned(stage);
  stage.house.store.quota.loggedIn((await stage.house.show(address)).id);
  return address;
}

async function inFullDomain(stage: Stage): Promise<string> {
  const { store } = stage.house;
  const domain = `${stage.way}.test.example`;
  await done(store.addDomain(domain));
  const address = await stage.house.account({}, domain);
  await stage.deliver(address);
  const { usedOctets } = await stage.house.show(address);
  await done(store.setDomain(domain, { limits: { octets: usedOctets, messages: 0 } }));
  return address;
}

function gone(): Promise<never> {
  return Promise.reject(new Error('the directory is gone'));
}

async function directoryFails(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  house.directory = { resolve: gone, resolvePostmaster: gone };
  const { recipients, data } = await stage.send(client, { to: [to, 'postmaster'], text: stage.mail().text });
  for (const recipient of recipients) expectReply(recipient, 'cannot-check-mailbox');
  expectReply(data, 'no-valid-recipients');
  await stillOpen(client);
  return 0;
}

async function directoryIsSilent(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<never>();
  const hang = (): Promise<never> => {
    asked.resolve();
    return answer.promise;
  };
  house.directory = { resolve: hang, resolvePostmaster: hang };
  const sending = stage.send(client, { to: [to], text: stage.mail().text });
  await asked.promise;
  await house.clock.pass(30_000);
  const { recipients } = await sending;
  expectReply(recipients[0], 'cannot-check-mailbox');
  await stillOpen(client);
  answer.reject(new Error('too late')); // and nobody minds
  await stillOpen(client);
  return 0;
}

async function tooManyRecipients(stage: Stage): Promise<number> {
  const { house } = stage;
  const account = await house.account();
  const all = Array.from({ length: 102 }, (_, i) => account.replace('@', `+${i}@`));
  const client = await stage.open();
  const heard = await stage.send(client, { to: all, text: stage.mail().text });
  for (const recipient of heard.recipients.slice(0, 100)) expectReply(recipient, 'recipient-ok');
  for (const recipient of heard.recipients.slice(100)) expectReply(recipient, 'too-many-recipients');
  stage.kept(heard);
  // The rest at once: RFC 5321 §4.5.3.1.10.
  const rest = await stage.send(client, { to: all.slice(100), text: stage.mail().text });
  assert.deepEqual(rest.recipients.map(codes), ['250 2.1.5', '250 2.1.5']);
  stage.kept(rest);
  assert.equal((await house.messages(account)).length, 2, 'one copy for each account and transaction');
  return 2;
}

async function recipientsForbidden(stage: Stage): Promise<number> {
  const { house } = stage;
  const to = await Promise.all([1, 2, 3, 4].map(() => house.account()));
  const client = await stage.open();
  const heard = await stage.send(client, { to, text: stage.mail().text });
  assert.deepEqual(heard.recipients.slice(0, 3).map(codes), ['250 2.1.5', '250 2.1.5', '250 2.1.5']);
  expectReply(heard.recipients[3], 'recipients-forbidden');
  stage.kept(heard);
  return 3;
}

let aliases = 0;

async function aliasOf(house: House, makeMember: () => Promise<string>, count: number): Promise<string> {
  const members: string[] = [];
  for (let i = 0; i < count; i++) members.push(await makeMember());
  const address = `alias${++aliases}@${DOMAIN}`;
  await done(house.store.setAlias(address, members));
  return address;
}

async function someMembersFull(stage: Stage): Promise<number> {
  const { house } = stage;
  const [full, free] = [await stage.fullAccount(), await house.account()];
  const members = [full, free];
  const alias = await aliasOf(house, async () => members.shift() ?? '', 2);
  const client = await stage.open();
  const { id, text } = stage.mail();
  const heard = await stage.send(client, { to: [alias], text });
  expectReply(heard.recipients[0], 'recipient-ok');
  stage.kept(heard);
  assert.deepEqual(await house.messages(free), [id]);
  const waiting = await house.show(full);
  assert.equal(waiting.waitingMessages, 1);
  assert.equal(waiting.usedMessages, 1);
  return 2;
}

/** So much was there at MAIL; while the recipient is looked up it is gone. */
async function noRoomForThisRecipient(stage: Stage): Promise<number> {
  const { house } = stage;
  const [to, client] = [await house.account(), await stage.open()];
  const { directory } = house;
  house.directory = {
    resolvePostmaster: () => directory.resolvePostmaster(),
    async resolve(mailbox) {
      await house.sink('yellow');
      return directory.resolve(mailbox);
    },
  };
  const heard = await stage.send(client, {
    to: [to],
    text: stage.mail().text,
    parameters: ` SIZE=${290 * MIB}`,
  });
  expectReply(heard.mail, 'sender-ok');
  expectReply(heard.recipients[0], 'storage-full');
  expectReply(heard.data, 'no-valid-recipients');
  await stillOpen(client);
  return 0;
}
