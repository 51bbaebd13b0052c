/**
 * A disk that is really full (attack 31): small file systems, filled by real clients. What was acknowledged is there after a kill,
 * what makes room goes on, and mail flows again without a restart.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from '../support/folder.ts';
import { Ledger } from '../support/ledger.ts';
import { deleteAll, Load } from '../support/load.ts';
import { makeMail } from '../support/mail.ts';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import type { Volume } from '../support/volumes.ts';
import { prepare, RECIPIENTS } from './kill-loop.ts';

export const KIB = 1024;
export const MIB = 2 ** 20;

/** A volume that is left soon after it has room, so that a test need not wait. */
export const SOON = {
  'storage.dwell': '1s',
  'store.segmentSize': '4MiB',
  'smtp.messageSizeMax': '4MiB',
  'quota.mailbox': '0',
} as const;
/** No line at all: the volume is written until it says ENOSPC itself. */
export const NO_LINES = {
  ...SOON,
  'storage.yellowFloor': '0',
  'storage.yellowShare': '0%',
  'storage.yellowLeaveFloor': '0',
  'storage.yellowLeaveShare': '0%',
  'storage.redFloor': '0',
  'storage.redShare': '0%',
  'storage.blackFloor': '0',
  'storage.blackShare': '0%',
  'storage.drainReserve': '0',
  'storage.ballast': '1MiB',
} as const;

export interface Filling {
  readonly volume: Volume;
  readonly settings: Readonly<Record<string, string>>;
  readonly sizes: readonly number[];
}

export async function filledAndEmptied(
  t: TestContext,
  volume: Volume,
  { settings, sizes }: Filling,
): Promise<void> {
  const start = { data: join(volume.path, 'd'), settings };
  await prepare(start);
  // As it is after a minute of good times: room for what makes room.
  writeFileSync(join(start.data, 'ballast'), Buffer.alloc(MIB));
  const ledger = new Ledger();
  {
    await using server = await TestServer.start(start);
    await fill(t, server, ledger, sizes);
    await worksWhileFull(server);
    await server.kill();
  }
  await using server = await TestServer.start(start);
  assert.deepEqual(await ledger.check(server.control), [], 'after the disk was full, and a kill');
  const before = volume.available;
  await deleteAll(server, ledger);
  await takesMailAgain(server);
  t.diagnostic(`${before} octets left when it was full`);
  assert.deepEqual((await server.control.recount()).mended, []);
}

/** Clients send until all they hear is 452 4.3.1. */
async function fill(
  t: TestContext,
  server: TestServer,
  ledger: Ledger,
  sizes: readonly number[],
): Promise<void> {
  const wires = new Map<string, number>();
  const refusals = (wire: string): void => void wires.set(wire, (wires.get(wire) ?? 0) + 1);
  let before = -1;
  for (let round = 0; round < 60 && ledger.kept > before; round++) {
    before = ledger.kept;
    const load = new Load(server, ledger, {
      name: `f${round}`,
      clients: 10,
      perClient: 20,
      recipients: RECIPIENTS,
      sizes,
      refusals,
    });
    await load.ended();
  }
  t.diagnostic(`${ledger.kept} acknowledged; ${JSON.stringify([...wires])}`);
  assert.equal(ledger.kept, before, 'it was never full');
  assert.ok(ledger.kept > 10, `${ledger.kept} acknowledged`);
  for (const wire of wires.keys()) assert.match(wire, /^(?:452 4\.3\.1|421 4\.3\.2) /);
  assert.ok([...wires.keys()].some((wire) => wire.startsWith('452 4.3.1')));
}

/** Looking, exporting, deleting. */
export async function worksWhileFull(server: TestServer): Promise<void> {
  using elsewhere = temporaryFolder();
  const box = join(elsewhere.path, 'box');
  const listed = await server.cli('mail', 'list', '--json');
  assert.equal(listed.status, 0, listed.stderr);
  const exported = await server.cli('mail', 'export', '--mbox', box);
  assert.equal(exported.status, 0, exported.stderr);
  const messages = await server.control.messages();
  assert.equal(readFileSync(box, 'latin1').match(/^From /gm)?.length, messages.length);
}

export async function takesMailAgain(server: TestServer): Promise<void> {
  const heard = new Set<string>();
  for (let i = 0; i < 300; i++) {
    using client = await SmtpClient.connect(server.port);
    const greeting = await client.reply();
    heard.add(codes(greeting));
    if (greeting.code === '220') {
      await client.say('EHLO client.example');
      const { last } = await client.mail({ to: [RECIPIENTS[1]], text: makeMail(`again${i}`, 10 * KIB).text });
      heard.add(codes(last));
      if (last.code === '250') return;
    }
    await pause(50);
  }
  assert.fail(
    `after everything was deleted mail is still refused: ${[...heard].join(', ')}; ${JSON.stringify(await server.control.storage())}`,
  );
}

/** What a client is told as soon as the server has noticed. */
export async function refusal(server: TestServer): Promise<string> {
  for (let i = 0; i < 100; i++) {
    using client = await SmtpClient.connect(server.port);
    const greeting = await client.reply();
    if (greeting.code === '421') return codes(greeting);
    await client.say('EHLO client.example');
    const { last } = await client.mail({ to: [RECIPIENTS[1]], text: makeMail(`full${i}`, KIB).text });
    if (last.code !== '250') return codes(last);
    await pause(50);
  }
  return 'nothing';
}
