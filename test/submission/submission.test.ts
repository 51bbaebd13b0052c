/** RFC 6409: what users hand in, from whom, and what is done to it. Attack 9. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Directory } from '../../src/store/store.ts';
import { done, SIZE_MAX } from '../decisions/house.ts';
import { type Answered, Desk, type HandedIn, STRANGER } from './desk.ts';

const OUT = 'user@elsewhere.example';

test('attack 9: the reverse-path must be of the submitter, and lead to nobody else', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const [mine, other] = [await house.account(), await house.account()];
  await done(house.store.setAlias('me@test.example', [mine]));
  await done(house.store.setAlias('team@test.example', [mine, other]));
  await done(house.store.setAlias('chain@test.example', ['me@test.example']));
  const user = await desk.user(mine);
  const mail = async (from: string): Promise<string> =>
    (await desk.handIn(user, { from, to: [OUT], text: `From: ${mine}\r\n\r\n` })).mail;
  for (const own of [
    mine,
    mine.toUpperCase(),
    mine.replace('@', '+tag@'),
    'me@test.example',
    'chain@test.example',
    '',
  ])
    assert.equal(await mail(own), 'sender-ok', own);
  for (const not of [
    other,
    'team@test.example',
    'nobody@test.example',
    'postmaster@test.example',
    'a@elsewhere.example',
    `"${mine}"@elsewhere.example`,
    `${mine.replace('@', '%')}@elsewhere.example`,
    'user1@[192.0.2.1]',
  ])
    assert.equal(await mail(not), 'sender-not-yours', not);
  assert.equal(desk.kept.length, 6);
  await done(house.store.setAccount(mine, { state: 'disabled' }));
  assert.equal(await mail(mine), 'sender-not-yours', 'since the login the account was switched off');
  await house.atRest();
});

test('a login is held to its own addresses on port 25, too', async () => {
  await using desk = await Desk.open({ protocol: 'smtp' });
  const user = await desk.user();
  assert.equal((await desk.handIn(user, { from: 'a@b.example', to: [OUT] })).mail, 'sender-not-yours');
  assert.deepEqual((await desk.handIn(user, { to: [OUT] })).end, ['message-kept']);
  assert.equal(desk.last.envelope.origin, 'submission');
});

test('attack 9: each address in From, and the one in Sender, must be of the submitter', async () => {
  await using desk = await Desk.open();
  const user = await desk.user();
  const own = user.login?.address ?? '';
  const end = async (header: string): Promise<readonly string[]> =>
    (await desk.handIn(user, { to: [OUT], text: `${header}\r\n\r\ntext\r\n` })).end;
  for (const right of [
    `From: ${own}`,
    `From: "ceo@bank.example" <${own.replace('@', '+x@')}>`,
    `From: A <${own}>, B\r\n <${own}>`,
    `Sender: ${own}\r\nFrom: ${own}\r\nReply-To: a@elsewhere.example`,
  ])
    assert.deepEqual(await end(right), ['message-kept'], right);
  for (const wrong of [
    'From: ceo@bank.example',
    `From: ${own}, ceo@bank.example`,
    `From: "${own}" <ceo@bank.example>`,
    `From: ceo@bank.example (${own})`,
    `Sender: ${own}\r\nFrom: ceo@bank.example`,
    `Sender: ceo@bank.example\r\nFrom: ${own}`,
  ])
    assert.deepEqual(await end(wrong), ['from-not-yours'], wrong);
  for (const malformed of [
    'Subject: x',
    `From: ${own}\r\nFrom: ceo@bank.example`,
    `From: ${own} ceo@bank.example`,
    'From: nobody:;',
    `From: ${own}\r\nHello there`,
  ])
    assert.deepEqual(await end(malformed), ['header-malformed'], malformed);
  const { wires } = await desk.handIn(user, { to: [OUT], text: 'Subject: x\r\n\r\n' });
  assert.deepEqual(wires, ['550 5.6.0 Header section: no From\r\n']);
  await desk.house.atRest();
});

test('submission.checkFrom=false: From may be of anybody, the reverse-path not', async () => {
  await using desk = await Desk.open({ submission: { checkFrom: false } });
  const user = await desk.user();
  const text = 'From: ceo@bank.example\r\n\r\n';
  assert.deepEqual((await desk.handIn(user, { to: [OUT], text })).end, ['message-kept']);
  assert.equal(
    (await desk.handIn(user, { from: 'ceo@bank.example', to: [OUT], text })).mail,
    'sender-not-yours',
  );
  assert.deepEqual((await desk.handIn(user, { to: [OUT], text: `${text.trim()}\r\n${text}` })).end, [
    'header-malformed',
  ]);
});

for (const how of ['data', 'chunks'] as const) {
  for (const piece of [1, 7, 10_000]) {
    test(`what is missing is added, Bcc is removed, all else is as it came: ${how}, ${piece} octets at once`, async () => {
      await using desk = await Desk.open();
      const user = await desk.user();
      const own = user.login?.address ?? '';
      const head = `Subject: =?utf-8?q?=E2=82=AC?=\r\nBCC: secret@elsewhere.example,\r\n more@elsewhere.example\r\nFrom: ${own}\r\n`;
      const body = '\r\n.Bcc: not a field\r\n\xe9\0\r\n';
      assert.deepEqual((await desk.handIn(user, { to: [OUT], text: head + body, how, piece })).end, [
        'message-kept',
      ]);
      const { text } = desk.last;
      const id = /with ESMTPSA id (\S+)/.exec(text)?.[1] ?? '';
      const rest = text.slice(text.indexOf('Subject:'));
      assert.equal(
        rest,
        `Subject: =?utf-8?q?=E2=82=AC?=\r\nFrom: ${own}\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n` +
          `Message-ID: <${id}@mail.test.example>\r\n${body}`,
      );
      const whole = rest.replace('\r\n.Bcc', '\r\nBcc');
      assert.deepEqual((await desk.handIn(user, { to: [own], text: whole, how, piece })).end, [
        'message-kept',
      ]);
      assert.equal(desk.last.text.slice(desk.last.text.indexOf('Subject:')), whole);
      await desk.house.atRest(); // what is counted of the mailbox is what was stored, without the Bcc
    });
  }
}

test('the trace field says that it was submitted, and not by whom; the log says it', async () => {
  await using desk = await Desk.open();
  const user = await desk.user();
  const login = user.login?.address ?? '';
  await desk.handIn(user, { from: '', to: [OUT], text: `From: ${login.replace('@', '+secret@')}\r\n\r\n` });
  const { text, envelope } = desk.last;
  assert.match(
    text,
    /^Return-Path: <>\r\nReceived: from client\.example \(\[192\.0\.2\.7\]\)\r\n\tby mail\.test\.example with ESMTPSA id /,
  );
  assert.doesNotMatch(text, new RegExp(RegExp.escape(login)));
  assert.equal(envelope.submitter, user.login?.account);
  const [line] = desk.logged.filter(({ event }) => event === 'message');
  assert.deepEqual(
    [line?.fields['login'], line?.fields['tls'], line?.fields['protocol']],
    [login, true, 'submission'],
  );
});

test('submission.messagesPerHour and recipientsPerHour: 450 4.7.1, and again when time has passed', async () => {
  await using desk = await Desk.open({ submission: { messagesPerHour: 3, recipientsPerHour: 6 } });
  const [user, other] = [await desk.user(), await desk.user()];
  const send = (message: Partial<HandedIn> = {}): Promise<Answered> =>
    desk.handIn(user, { to: [OUT], ...message });
  // What comes to nothing costs nothing.
  for (let i = 0; i < 10; i++) {
    assert.deepEqual((await send({ text: 'From: ceo@bank.example\r\n\r\n' })).end, ['from-not-yours']);
    assert.deepEqual((await send({ to: ['nobody@test.example'] })).recipients, ['no-such-mailbox']);
    assert.equal((await send({ from: 'ceo@bank.example' })).mail, 'sender-not-yours');
  }
  for (let i = 0; i < 3; i++) assert.deepEqual((await send()).end, ['message-kept']);
  assert.equal((await send()).mail, 'submission-rate');
  assert.deepEqual(
    (await desk.handIn(other, { to: [OUT] })).end,
    ['message-kept'],
    'others are not concerned',
  );
  await desk.house.clock.pass(20 * 60_000);
  const to = ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', 'e@x.example', 'f@x.example'];
  const many = await send({ to });
  assert.equal(
    many.recipients.filter((name) => name === 'recipient-ok').length,
    5,
    '6, less the 3 before, and the 2 of 20 minutes',
  );
  assert.equal(many.recipients.at(-1), 'submission-rate');
  assert.deepEqual(many.end, ['message-kept'], 'those that were taken are sent');
  assert.equal(
    (await desk.handIn(STRANGER, { to: [await desk.house.account()] })).mail,
    'sender-ok',
    'no login, no limit',
  );
});

test('the directory answers late, or not at all: sender and authors are judged then', async () => {
  await using desk = await Desk.open();
  const { house } = desk;
  const user = await desk.user();
  const { directory } = house.store;
  const late = (answer: Directory['resolve']): Directory => ({
    resolve: async (mailbox) => answer(mailbox),
    resolvePostmaster: () => directory.resolvePostmaster(),
  });
  house.directory = late((mailbox) => directory.resolve(mailbox));
  assert.deepEqual((await desk.handIn(user, { to: [OUT] })).end, ['message-kept']);
  assert.equal((await desk.handIn(user, { from: 'a@b.example', to: [OUT] })).mail, 'sender-not-yours');
  house.directory = late(() => {
    throw new Error('gone');
  });
  assert.equal((await desk.handIn(user, { to: [OUT] })).mail, 'cannot-check-mailbox');
  await house.atRest();
});

test('what is in flight is held against the account, not against the address that many share', async () => {
  await using desk = await Desk.open({ space: { clientHoldMessages: 1 } });
  const [user, other] = [await desk.user(), await desk.user()];
  const mail = { size: 0.75 * SIZE_MAX };
  const midway = async (): Promise<void> => {
    const elsewhere = { ...user, address: '203.0.113.5' };
    assert.deepEqual((await desk.handIn(elsewhere, { to: [OUT], mail })).end, ['slow-down']);
    assert.deepEqual((await desk.handIn(other, { to: [OUT], mail })).end, ['message-kept']);
  };
  assert.deepEqual((await desk.handIn(user, { to: [OUT], mail, midway })).end, ['message-kept']);
  assert.equal(desk.kept.length, 2);
  await desk.house.atRest();
});
