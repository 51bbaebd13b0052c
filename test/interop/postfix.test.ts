/** Debian's Postfix as the sender: it understands our limits, and what is full is full for one recipient only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeMail } from '../support/mail.ts';
import { Postfix } from '../support/postfix.ts';
import { TestServer } from '../support/server.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { missing } from '../support/tools.ts';

const RECIPIENTS = Array.from({ length: 150 }, (_, i) => `user${i}@localhost`);
const FULL = 'user77@localhost';
const skip = missing({ root: true, tools: ['postfix', 'postqueue'] });

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await condition()) return;
    await pause(100);
  }
  assert.fail(`not within 15 s: ${what}`);
}

async function submit(postfix: Postfix, id: string): Promise<void> {
  using client = await SmtpClient.open(postfix.port);
  const { recipients, last } = await client.mail({ to: RECIPIENTS, text: makeMail(id, 2048).text });
  assert.ok(recipients.every(({ code }) => code === '250'));
  assert.equal(last.code, '250');
}

test(
  'Postfix passes on 150 recipients with our limit at 100: all arrive; then with one mailbox full, only that one waits',
  { skip, timeout: 90_000 },
  async (t) => {
    await using server = await TestServer.start({ settings: { 'smtp.recipientMax': '100' } });
    for (const address of RECIPIENTS) await server.control.addAccount(address);
    await using postfix = await Postfix.relayingTo(server.port);

    await submit(postfix, 'first');
    await until(
      'all 150 have it',
      async () => (await server.control.messages()).length === RECIPIENTS.length,
    );
    await until('the queue is empty', async () => (await postfix.waiting()).length === 0);
    const addresses = (await server.control.messages()).map(({ address }) => address);
    assert.deepEqual(addresses.toSorted(), RECIPIENTS.toSorted());

    await server.control.setLimits(FULL, { octets: 0, messages: 1 });
    await submit(postfix, 'second');
    await until(
      '149 have the second',
      async () => (await server.control.messages()).length === 2 * RECIPIENTS.length - 1,
    );
    await until('one waits', async () => (await postfix.waiting()).length === 1);
    const [left] = await postfix.waiting();
    assert.equal(left?.address, FULL);
    assert.match(left?.delay_reason ?? '', /452 4\.2\.2/);

    await server.control.setLimits(FULL, { octets: 0, messages: 10 });
    await postfix.flush();
    await until('the last one has it', async () => (await server.control.messages(FULL)).length === 2);
    await until('the queue is empty again', async () => (await postfix.waiting()).length === 0);
    assert.equal((await server.control.messages()).length, 2 * RECIPIENTS.length);
    t.diagnostic(
      `${postfix.log.match(/status=sent/g)?.length ?? 0} deliveries, ${postfix.log.match(/status=deferred/g)?.length ?? 0} deferrals`,
    );
  },
);
