/** The same through real sockets: relaying for a listed network, in each way to send a message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WAYS } from '../decisions/decisions.ts';
import { House } from '../decisions/house.ts';
import { expectReply, Stage } from '../decisions/play.ts';
import { stillOpen } from '../decisions/ways.ts';

for (const way of WAYS) {
  test(`a listed network relays in ${way.toUpperCase()}${way === 'lmtp' ? ': never' : ''}; the queue full, only that recipient is refused`, async () => {
    await using house = await House.start({ relayNetworks: ['127.0.0.1'] });
    using stage = new Stage(house, way, 'relay');
    const [local, client] = [await house.account(), await stage.open()];
    const to = [local, 'a@elsewhere.example', 'b@elsewhere.example'];
    const { text } = stage.mail();
    const sent = await stage.send(client, { to, text });
    expectReply(sent.recipients[0], 'recipient-ok');
    for (const each of sent.recipients.slice(1))
      expectReply(each, way === 'lmtp' ? 'relaying-denied' : 'recipient-ok');
    stage.kept(sent);
    assert.equal(house.tally.deliveriesQueued, way === 'lmtp' ? 0 : 2);
    house.queue.left = 1;
    const more = await stage.send(client, { to, text: stage.mail().text });
    expectReply(more.recipients[2], way === 'lmtp' ? 'relaying-denied' : 'storage-full');
    await stillOpen(client);
    assert.equal(house.tally.deliveriesQueued, way === 'lmtp' ? 0 : 3);
    assert.equal((await house.show(local)).usedMessages, 2);
    await house.atRest();
  });
}

test('attack 8: a stranger is refused at RCPT, and nothing comes of it', async () => {
  await using house = await House.start({ relayNetworks: ['127.0.0.2'] });
  using stage = new Stage(house, 'data', 'relay');
  const client = await stage.open();
  const { recipients, data } = await stage.send(client, {
    to: ['a@elsewhere.example'],
    text: stage.mail().text,
  });
  expectReply(recipients[0], 'relaying-denied');
  expectReply(data, 'no-valid-recipients');
  await stillOpen(client);
  await house.atRest();
});
