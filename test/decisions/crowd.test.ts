import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeMail, type TestMail } from '../support/mail.ts';
import { codes, type SmtpClient } from '../support/smtp-client.ts';
import { type Way, WAYS } from './decisions.ts';
import { done, House } from './house.ts';
import { type Heard, openIn, send } from './ways.ts';

const SENDERS = 200;
const ROOM_FOR = 10;
const OCTETS = 6000;
/** They all come from one address, and hold more than one client may. */
const SETTINGS = { quota: { graceShare: 0.01 }, space: { clientHoldMessages: SENDERS } };

interface Sender {
  readonly way: Way;
  readonly client: SmtpClient;
  readonly mail: TestMail;
}

async function crowd(house: House): Promise<readonly Sender[]> {
  return Promise.all(
    Array.from({ length: SENDERS }, async (_, i): Promise<Sender> => {
      const way = WAYS[i % WAYS.length] ?? 'data';
      return { way, client: await openIn(way, house.ports), mail: makeMail(`crowd-${i}`, OCTETS) };
    }),
  );
}

/** What became of the message as a whole. */
function verdict({ recipients, data, end }: Heard): string {
  const [recipient] = recipients;
  return codes(recipient?.code === '250' ? (end[0] ?? data) : (recipient ?? data));
}

/** A mailbox in which ten of these have room, and eleven not even with grace. */
async function mailbox(house: House): Promise<{ address: string; limit: number }> {
  const address = await house.account();
  const probe = await openIn('data', house.ports);
  await send(probe, 'data', { to: [address], text: makeMail('probe', OCTETS).text });
  probe[Symbol.dispose]();
  const { id, usedOctets } = await house.show(address);
  await done(house.store.removeEntries({ account: id }));
  const limit = Math.round((ROOM_FOR + 0.5) * usedOctets);
  await done(house.store.setAccount(address, { limits: { octets: limit, messages: 0 } }));
  return { address, limit };
}

/** Nobody is told who the recipient is before all have asked. */
function askedTogether(house: House): void {
  const { directory } = house;
  let missing = SENDERS;
  const all = Promise.withResolvers<void>();
  house.directory = {
    resolvePostmaster: () => directory.resolvePostmaster(),
    async resolve(asked) {
      if (--missing === 0) all.resolve();
      await all.promise;
      return directory.resolve(asked);
    },
  };
}

describe('200 senders at once to a mailbox with room for 10', () => {
  for (const together of [false, true]) {
    test(`10 kept, the others 452 4.2.2, nothing lost or doubled after their retries${together ? ', all past RCPT before any data' : ''}`, async () => {
      await using house = await House.start(SETTINGS);
      const { address, limit } = await mailbox(house);
      const senders = await crowd(house);
      if (together) askedTogether(house);
      const verdicts = await Promise.all(
        senders.map(async ({ way, client, mail }) =>
          verdict(await send(client, way, { to: [address], text: mail.text })),
        ),
      );
      house.directory = house.store.directory;
      const kept = senders.filter((_, i) => verdicts[i]?.startsWith('250'));
      assert.equal(kept.length, ROOM_FOR);
      assert.deepEqual(new Set(verdicts.filter((each) => !each.startsWith('250'))), new Set(['452 4.2.2']));
      const { usedOctets, usedMessages } = await house.show(address);
      assert.ok(usedOctets <= limit * 1.01, `${usedOctets} of ${limit}`);
      assert.equal(usedMessages, ROOM_FOR);
      assert.deepEqual(
        (await house.messages(address)).toSorted(),
        kept.map(({ mail }) => mail.id).toSorted(),
      );
      await house.atRest();

      await done(house.store.setAccount(address, { limits: { octets: 0, messages: 0 } }));
      const refused = senders.filter((sender) => !kept.includes(sender));
      const again = await Promise.all(
        refused.map(async ({ way, client, mail }) => {
          await client.say('RSET');
          return verdict(await send(client, way, { to: [address], text: mail.text }));
        }),
      );
      assert.ok(again.every((each) => each.startsWith('250')));
      const ids = senders.map(({ mail }) => mail.id);
      assert.deepEqual((await house.messages(address)).toSorted(), ids.toSorted(), 'each of them once');
      for (const { client } of senders) client[Symbol.dispose]();
      await house.atRest();
    });
  }
});
