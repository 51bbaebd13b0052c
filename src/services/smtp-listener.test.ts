// The end of a listener as its clients see it, on a real store and real sockets; the clock is moved by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { House } from '../../test/decisions/house.ts';
import { makeMail } from '../../test/support/mail.ts';
import { codes, dotStuffed, SmtpClient } from '../../test/support/smtp-client.ts';

const GRACE_MS = 5000;
const SHUTTING_DOWN = '421 4.3.2';

async function hello(house: House): Promise<SmtpClient> {
  const client = await SmtpClient.connect(house.ports.smtp);
  await client.reply();
  await client.say('EHLO client.example');
  return client;
}

/** In the middle of its data. */
async function halfway(house: House, text: Buffer): Promise<SmtpClient> {
  const client = await hello(house);
  const to = await house.account();
  for (const line of ['MAIL FROM:<a@client.example>', `RCPT TO:<${to}>`, 'DATA']) await client.say(line);
  client.write(dotStuffed(text).subarray(0, text.length >> 1));
  while (house.space.held === 0) await turn();
  return client;
}

test('stop() resolves at once after a session that has ended with QUIT', async () => {
  await using house = await House.start();
  using client = await hello(house);
  assert.equal((await client.say('QUIT')).code, '221');
  await client.untilClosed();
  await house.server.stop(GRACE_MS); // nobody moves the clock
  assert.equal(house.clock.elapsed(), 0);
});

test('stop() tells an idle session 421 4.3.2, and does not wait for the grace', async () => {
  await using house = await House.start();
  using client = await hello(house);
  await house.server.stop(GRACE_MS);
  assert.deepEqual((await client.untilClosed()).map(codes), [SHUTTING_DOWN]);
  assert.equal(house.clock.elapsed(), 0);
});

test('stop() lets a transaction under way be completed within the grace, then says 421 4.3.2', async () => {
  await using house = await House.start();
  const { text } = makeMail('completed', 2000);
  using client = await halfway(house, text);
  const stopped = house.server.stop(GRACE_MS);
  client.write(dotStuffed(text).subarray(text.length >> 1));
  assert.deepEqual((await client.untilClosed()).map(codes), ['250 2.6.0', SHUTTING_DOWN]);
  await stopped;
  assert.equal(house.clock.elapsed(), 0);
});

test('stop() cuts a transaction that outlasts the grace with 421 4.3.2, and keeps nothing of it', async () => {
  await using house = await House.start();
  using client = await halfway(house, makeMail('late', 2000).text);
  await house.stop(GRACE_MS);
  assert.deepEqual((await client.untilClosed()).map(codes), [SHUTTING_DOWN]);
  const elapsed = house.clock.elapsed();
  assert.ok(elapsed >= GRACE_MS && elapsed < 2 * GRACE_MS, `${elapsed} ms`);
  assert.equal((await house.store.figures()).messages, 0);
});

test('a mailbox removed between RCPT and DATA, or in the data, is an ordinary refusal', async () => {
  await using house = await House.start();
  using client = await hello(house);
  for (const when of ['DATA', 'its end']) {
    const to = await house.account();
    for (const line of ['MAIL FROM:<a@client.example>', `RCPT TO:<${to}>`]) await client.say(line);
    const remove = async (): Promise<void> =>
      assert.ok((await house.store.removeAccount(to, { withMail: true })).ok);
    if (when === 'DATA') await remove();
    assert.equal((await client.say('DATA')).code, '354', when);
    if (when !== 'DATA') await remove();
    client.write(dotStuffed(makeMail(`gone${when.length}`, 2000).text));
    assert.equal(codes(await client.reply()), '550 5.1.1', when);
    assert.equal(codes(await client.say(`RCPT TO:<${to}>`)), '503 5.5.1');
  }
  await house.atRest();
  assert.deepEqual(house.alarms, []);
});
