/** A small part of a volume, filled by mail until it is refused: when all of it was deleted mail flows again by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeMail } from '../support/mail.ts';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';

const OCTETS = 512 * 1024; // small enough to lie in a segment, not in a file of its own
const SIZE = ` SIZE=${OCTETS}`;
const TO = 'anna@localhost';
const MESSAGES_MAX = 200;
const AGAIN_MS = 8000;

/** The segments are as they come; only the waiting is short. */
const SETTINGS = {
  'storage.capacity': '48MiB',
  'storage.dwell': '1s',
  'storage.rampEvery': '0',
  'quota.mailbox': '0',
};

test(
  'storage.capacity=48MiB, filled until 452 4.3.1: after deleting, mail is accepted within seconds',
  { timeout: 60_000 },
  async (t) => {
    await using server = await TestServer.start({ settings: SETTINGS });
    await server.control.addAccount(TO);
    using client = await SmtpClient.connect(server.port);
    await client.reply();
    await client.say('EHLO client.example');
    let kept = 0;
    for (let last = ''; last !== '452 4.3.1'; kept++) {
      assert.ok(kept < MESSAGES_MAX, `never full, but ${last}`);
      const outcome = await client.mail({
        to: [TO],
        text: makeMail(`fill${kept}`, OCTETS).text,
        parameters: SIZE,
      });
      last = codes(outcome.last);
      if (last === '452 4.3.1') break;
      assert.equal(last, '250 2.6.0');
      await pause(20);
    }
    assert.ok(kept > 40, `${kept} kept`);

    // It looks every second; whoever says the size is let in under YELLOW.
    for (let level = ''; level !== 'red' && level !== 'black';) {
      await pause(50);
      level = (await server.control.storage()).level;
    }
    const began = performance.now();
    assert.equal((await server.control.remove({ largerThan: '0' })).messages, kept);
    for (let heard = ''; heard !== '250 2.6.0';) {
      const ms = performance.now() - began;
      const shown = await server.control.storage();
      assert.ok(ms < AGAIN_MS, `${heard} after ${ms} ms; ${JSON.stringify(shown)}`);
      await pause(50);
      heard = codes(
        (await client.mail({ to: [TO], text: makeMail('again', OCTETS).text, parameters: SIZE })).last,
      );
    }
    t.diagnostic(`${kept} kept; accepted again after ${Math.round(performance.now() - began)} ms`);
  },
);
