import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIB, MIB } from '../../src/policy/space.ts';
import type { LevelChange } from '../../src/store/space-ledger.ts';
import { codes } from '../support/smtp-client.ts';
import { AVAILABLE, done, House } from './house.ts';
import { expectReply, Stage } from './play.ts';
import { openIn } from './ways.ts';

/** Where RED begins on this volume: a fifth of it. */
const RED_BEGINS = 200 * MIB;
const FLAPS = 300;
/** More than the postmaster lane takes. */
const ORDINARY = `MAIL FROM:<a@client.example> SIZE=${300 * KIB}`;

test('usable oscillates around RED each second for 5 minutes: 2 changes of the level at most, and replies as it says', async () => {
  await using house = await House.start();
  const changes: LevelChange[] = [];
  house.space.onLevel((change) => changes.push(change));
  using client = await openIn('data', house.ports);
  for (let second = 0; second < FLAPS; second++) {
    house.volume.available = RED_BEGINS * (second % 2 === 0 ? 1.01 : 0.99);
    await house.clock.pass(1000);
    const red = house.space.level === 'red';
    assert.equal(red || second < 3, true, `second ${second}: ${house.space.level}`);
    const heard = await client.say(ORDINARY);
    if (red) expectReply(heard, 'storage-full');
    else expectReply(await client.say('RSET'), 'completed');
  }
  assert.ok(changes.length <= 2, `${changes.length} changes`);
});

test('after RED mail is admitted step by step: a tenth of the MAIL commands, and a tenth more every 30 s', async () => {
  await using house = await House.start();
  using client = await openIn('data', house.ports);
  await house.sink('red');
  house.volume.available = AVAILABLE.green;
  while (house.space.level === 'red') await house.clock.pass(1000);
  const waited = house.clock.elapsed();
  assert.ok(waited >= 60_000, `after ${waited} ms`);
  for (let tenths = 1; tenths <= 10; tenths++) {
    let admitted = 0;
    for (let i = 0; i < 10; i++) {
      const heard = await client.say(ORDINARY);
      if (heard.code === '250') admitted++;
      else expectReply(heard, 'storage-full');
      assert.equal((await client.say('RSET')).code, '250');
    }
    assert.equal(admitted, tenths, `at ${tenths * 10} %`);
    await house.clock.pass(30_000);
  }
});

test('an operator forces RED and lets go of it', async () => {
  await using house = await House.start();
  using client = await openIn('data', house.ports);
  house.space.force('red');
  expectReply(await client.say(ORDINARY), 'storage-full');
  house.space.force(null);
  house.space.force('green');
  assert.equal(codes(await client.say(ORDINARY)), '250 2.1.0');
});

test('at RED, and at BLACK, messages are read and deleted, and what waited is delivered', async () => {
  await using house = await House.start();
  using stage = new Stage(house, 'data', 'E2');
  for (const level of ['red', 'black'] as const) {
    const full = await stage.fullAccount();
    const [had] = await house.messages(full);
    const free = await house.account();
    const alias = `both-${full}`;
    await done(house.store.setAlias(alias, [full, free]));
    const { id, text } = stage.mail();
    stage.kept(await stage.send(await stage.open(), { to: [alias], text }));
    await house.sink(level);
    assert.deepEqual(await house.messages(full), [had]);
    const { id: account } = await house.show(full);
    assert.equal((await done(house.store.removeEntries({ account }))).messages, 1);
    await house.released(full);
    assert.deepEqual(await house.messages(full), [id]);
    await house.recover();
  }
  await house.atRest();
});
