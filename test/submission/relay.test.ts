/** Who gets mail carried out of here: attack 8, and RFC 5321 §3.6.2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUEUE } from '../../src/store/store.ts';
import { done } from '../decisions/house.ts';
import { Desk, STRANGER } from './desk.ts';

const LISTED = '198.51.100.9';
const FRIEND = { ...STRANGER, address: LISTED };
const OUT = 'user@elsewhere.example';

/** What testers of open relays try; the parser refuses some more. */
const RELAY_FORMS: readonly (readonly [from: string, to: string])[] = [
  ['a@b.example', OUT],
  ['', OUT],
  ['postmaster@test.example', OUT],
  ['user@[127.0.0.1]', OUT],
  ['user1@test.example', 'user%elsewhere.example@test.example'],
  ['user1@test.example', 'user%elsewhere.example@[127.0.0.1]'],
  ['user1@test.example', '"user@elsewhere.example"@test.example'],
  ['user1@test.example', '"user@elsewhere.example"@[127.0.0.1]'],
  ['user1@test.example', '"user@test.example"@elsewhere.example'],
  ['user1@test.example', '"user%elsewhere.example"@test.example'],
  ['user1@test.example', 'elsewhere.example!user@test.example'],
  ['user1@test.example', 'elsewhere.example!user@[127.0.0.1]'],
  ['user1@test.example', '@test.example:user@elsewhere.example'],
  ['user1@test.example', 'user@[192.0.2.1]'],
  ['user1@test.example', 'user@[IPv6:2001:db8::1]'],
  ['user1@test.example', 'user@test.example.elsewhere.example'],
  ['', 'user%elsewhere.example@test.example'],
];

for (const protocol of ['smtp', 'submission', 'lmtp'] as const) {
  test(`attack 8: no form of address makes ${protocol} carry mail of a stranger`, async () => {
    await using desk = await Desk.open({ protocol });
    await desk.house.account();
    for (const [from, to] of RELAY_FORMS) {
      const { recipients } = await desk.handIn(STRANGER, { from, to: [to] });
      assert.match(recipients.join(), /^(?:relaying-denied|no-such-mailbox)$/, to);
    }
    assert.deepEqual(desk.kept, []);
    await desk.house.atRest();
  });
}

test('a listed network relays, and only that network', async () => {
  await using desk = await Desk.open({ protocol: 'smtp', relayNetworks: [LISTED] });
  const local = await desk.house.account();
  const { recipients, end } = await desk.handIn(FRIEND, {
    from: 'anybody@any.example',
    to: [local, OUT, 'User@Elsewhere.Example', 'user@ELSEWHERE.example', '"a@b"@c.example'],
    rcpt: { notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;first@elsewhere.example' },
    mail: { body: '8BITMIME', smtputf8: true, ret: 'HDRS', envid: 'QQ1' },
  });
  assert.deepEqual(new Set(recipients), new Set(['recipient-ok']));
  assert.deepEqual(end, ['message-kept']);
  const { envelope, deliveries, text } = desk.last;
  assert.deepEqual(
    { ...envelope, receivedAt: 0 },
    {
      reversePath: 'anybody@any.example',
      receivedAt: 0,
      envid: 'QQ1',
      ret: 'HDRS',
      importKey: null,
      body: '8BITMIME',
      smtputf8: true,
      origin: 'network',
      submitter: null,
    },
  );
  const queued = deliveries.filter(({ state }) => state === 'queued');
  assert.deepEqual(
    queued.map(({ recipient }) => recipient),
    // One address is one copy: a domain knows no case, a local-part does.
    [OUT, 'User@elsewhere.example', '"a@b"@c.example'],
  );
  for (const each of queued)
    assert.deepEqual(
      [each.account, each.notify, each.orcpt],
      [QUEUE, 'SUCCESS,DELAY', 'rfc822;first@elsewhere.example'],
    );
  assert.deepEqual(deliveries.filter(({ state }) => state === 'mailbox').length, 1);
  assert.match(text, /\tby mail\.test\.example with UTF8SMTP id /);
  assert.match(text, /\r\n\r\ntext\r\n$/);
  assert.doesNotMatch(text, /^Message-ID:/m, 'mail of a server is left as it is');
  assert.equal(desk.house.tally.deliveriesQueued, 3);

  const bounce = await desk.handIn(FRIEND, { from: '', to: [OUT] });
  assert.deepEqual([bounce.end, desk.last.envelope.reversePath], [['message-kept'], '']);
  assert.deepEqual((await desk.handIn(STRANGER, { to: [OUT] })).recipients, ['relaying-denied']);
  await desk.house.atRest();
});

test('LMTP delivers, and is never a way out: also for who may relay', async () => {
  await using desk = await Desk.open({ protocol: 'lmtp', relayNetworks: [LISTED] });
  const local = await desk.house.account();
  const { recipients, end } = await desk.handIn(FRIEND, { to: [local, OUT] });
  assert.deepEqual([recipients, end], [['recipient-ok', 'relaying-denied'], ['message-delivered']]);
  assert.equal(desk.last.envelope.origin, 'mx');
});

test('an address literal of this host is this host, and no relay (RFC 5321 §4.1.3)', async () => {
  await using desk = await Desk.open({ protocol: 'smtp' });
  await desk.house.store.addDomain('mail.test.example');
  const here = await desk.house.account({}, 'mail.test.example');
  const postmaster = await desk.house.postmaster();
  const local = here.replace(/@.*/, '@[127.0.0.1]');
  const to = [local, 'Postmaster@[127.0.0.1]', 'nobody@[127.0.0.1]', 'user@[192.0.2.1]'];
  const { recipients } = await desk.handIn(STRANGER, { to });
  assert.deepEqual(recipients, ['recipient-ok', 'recipient-ok', 'no-such-mailbox', 'relaying-denied']);
  for (const address of [here, postmaster]) assert.equal((await desk.house.show(address)).usedMessages, 1);
});

test('101 trace fields: mail that goes in circles is not sent on another time (attack 22)', async () => {
  await using desk = await Desk.open({ protocol: 'smtp', relayNetworks: [LISTED] });
  const hop = 'Received: from a by b; Mon, 23 Nov 2026 18:00:00 +0000\r\n';
  const text = (hops: number): string => `${hop.repeat(hops)}From: a@b.example\r\n\r\ntext\r\n`;
  assert.deepEqual((await desk.handIn(FRIEND, { to: [OUT], text: text(101) })).end, ['mail-loop']);
  assert.deepEqual((await desk.handIn(FRIEND, { to: [OUT], text: text(100) })).end, ['message-kept']);
  await desk.house.atRest();
});

test('S37 a full queue: refused at MAIL where users submit, elsewhere at the recipients that would go out', async () => {
  await using desk = await Desk.open({ relayNetworks: [LISTED] });
  const user = await desk.user();
  const own = user.login?.address ?? '';
  desk.house.queue.left = 2;
  assert.deepEqual(
    (await desk.handIn(user, { to: ['a@x.example', 'b@x.example', 'c@x.example', own] })).recipients,
    ['recipient-ok', 'recipient-ok', 'storage-full', 'recipient-ok'],
  );
  desk.house.queue.left = 0;
  assert.equal((await desk.handIn(user, { to: [own] })).mail, 'storage-full');
  await using port25 = await Desk.open({ protocol: 'smtp', relayNetworks: [LISTED] });
  const local = await port25.house.account();
  port25.house.queue.left = 0;
  const { recipients, end } = await port25.handIn(FRIEND, { to: [local, OUT] });
  assert.deepEqual([recipients, end], [['recipient-ok', 'storage-full'], ['message-kept']]);
});

test('under RED the postmaster lane is for our own postmaster, not for that of others', async () => {
  await using desk = await Desk.open({ protocol: 'smtp', relayNetworks: [LISTED] });
  const postmaster = await desk.house.postmaster();
  await desk.house.sink('red');
  const { recipients } = await desk.handIn(FRIEND, { to: ['postmaster@elsewhere.example', postmaster] });
  assert.deepEqual(recipients, ['storage-full', 'recipient-ok']);
  await desk.house.recover();
});

test('what goes out takes room of nobody: all recipients full or none, the copies that go out are kept', async () => {
  await using desk = await Desk.open({ protocol: 'smtp', relayNetworks: [LISTED] });
  const full = await desk.house.account();
  const midway = async (): Promise<void> => {
    await done(desk.house.store.setAccount(full, { limits: { octets: 1, messages: 0 } }));
  };
  const { recipients, end } = await desk.handIn(FRIEND, { to: [full, OUT], midway });
  assert.deepEqual([recipients, end], [['recipient-ok', 'recipient-ok'], ['message-kept']]);
  assert.deepEqual(desk.last.deliveries.map(({ state }) => state).toSorted(), ['queued', 'waiting']);
  const out = await desk.handIn(FRIEND, { to: [OUT], text: `From: a@b\r\n\r\n${'text\r\n'.repeat(10_000)}` });
  assert.deepEqual(out.end, ['message-kept']);
  const { usedOctets, usedMessages } = desk.house.store.quota.serverPool;
  const { usedOctets: ofFull } = await desk.house.show(full);
  assert.deepEqual([usedOctets, usedMessages, ofFull], [0, 0, 0]);
  await desk.house.atRest();
});
