/** The six acts of the demonstration. Each throws a `Surprise` when the server does not answer as it should. */
import { setTimeout as wait } from 'node:timers/promises';
import { aboutOctets } from '../base/quantity.ts';
import type { Level } from '../policy/space.ts';
import { systemClock } from '../world/clock.ts';
import { Dialogue } from './demo-dialogue.ts';
import type { DemoServer } from './demo-server.ts';
import type { Stage } from './demo-stage.ts';
import { Surprise } from './demo-words.ts';

const CAPACITY_MIB = 48;
/** The only settings that are not as the server comes: a disk so small that a minute fills it, and waiting in seconds. */
export const SETTINGS = {
  'storage.capacity': `${CAPACITY_MIB}MiB`,
  'storage.dwell': '1s',
  'storage.rampEvery': '4s',
  'storage.rampStep': '90%',
};

const TARO = 'taro@localhost';
const HANAKO = 'hanako@localhost';
const LETTER_OCTETS = 10 * 1024;
const PARCEL_OCTETS = 512 * 1024;
const MESSAGES_MAX = 500;
/** From here on slowly: the server looks at its disk every second, and its last room is not to be filled meanwhile. */
const SLOW_BELOW_OCTETS = 0.32 * CAPACITY_MIB * 2 ** 20;
const SLOW_MS = 120;
const LEVEL_TIMEOUT_MS = 15_000;
const LEVEL_LOOK_MS = 100;

export async function play(server: DemoServer, stage: Stage): Promise<void> {
  const { say } = stage;
  stage.title(say('title'));
  stage.tell(say('stage', { address: server.address, data: server.data }));
  const set = Object.entries(SETTINGS).map(([key, value]) => `--set ${key}=${value}`);
  stage.command(['./restante serve', ...set].join(' \\\n       '));
  stage.tell(say('people'));
  await server.cli(stage, 'account', 'add', TARO, '--quota', '64KiB');
  await server.cli(stage, 'account', 'add', HANAKO);
  const proofs = [
    [await showHelp(server, stage), say('sumHelp')],
    [await acceptMail(server, stage), say('sumMail')],
    [await fillMailbox(server, stage), say('sumQuota')],
    [await fillDisk(server, stage), say('sumDisk')],
    [await retry(server, stage), say('sumRetry')],
  ] as const;
  await stage.begin(say('sumTitle'));
  for (const [codes, text] of proofs) stage.proven(`${codes.padEnd(11)}${text}`);
  stage.tell(say('next'));
}

async function showHelp(server: DemoServer, stage: Stage): Promise<string> {
  await stage.begin(stage.say('helpTitle'));
  stage.tell(stage.say('help'));
  await using dialogue = await Dialogue.open(server, stage);
  await dialogue.say('HELP', '214 2.0.0');
  stage.tell(stage.say('helpCodes'));
  const { codes } = await dialogue.say('HELP 214 452', '214 2.0.0');
  await dialogue.say('QUIT', '221');
  return codes;
}

async function acceptMail(server: DemoServer, stage: Stage): Promise<string> {
  await stage.begin(stage.say('mailTitle'));
  stage.tell(stage.say('mail'));
  const text = firstMail();
  await using dialogue = await Dialogue.open(server, stage);
  await dialogue.hello();
  await dialogue.say('MAIL FROM:<noriko@client.example> BODY=8BITMIME', '250 2.1.0');
  await dialogue.rcptTo(HANAKO, '250 2.1.5');
  await dialogue.data(text);
  await dialogue.say('QUIT', '221');
  stage.tell(stage.say('stored'));
  await server.cli(stage, 'mail', 'show', HANAKO, '1');
  await mustHold(server, stage, text);
  stage.gap();
  stage.proven(stage.say('same', { octets: text.length }));
  return '250 2.6.0';
}

async function fillMailbox(server: DemoServer, stage: Stage): Promise<string> {
  await stage.begin(stage.say('quotaTitle'));
  stage.tell(stage.say('quota'));
  const text = filler('Letter', LETTER_OCTETS);
  await using dialogue = await Dialogue.open(server, stage);
  await dialogue.helloAgain();
  await dialogue.send({ to: [TARO], text });
  // Sending is done when the mailbox is full, which is seen as a sender sees it.
  const count = await dialogue.quietly(async () => {
    for (let sent = 0; sent < MESSAGES_MAX; sent++) {
      await dialogue.mailFrom(text, '250 2.1.0');
      const { codes } = await dialogue.rcptTo(TARO, '250 2.1.5', '452 4.2.2');
      if (codes.startsWith('452')) {
        await dialogue.say('RSET', '250');
        return sent;
      }
      await dialogue.data(text);
    }
    throw new Surprise(stage.say('neverFull', { count: MESSAGES_MAX }));
  });
  stage.aside(stage.say('repeated', { count, octets: aboutOctets(text.length) }));
  stage.tell(stage.say('quotaFull'));
  await dialogue.mailFrom(text, '250 2.1.0');
  const { codes } = await dialogue.rcptTo(TARO, '452 4.2.2');
  await dialogue.rcptTo(HANAKO, '250 2.1.5');
  await dialogue.data(text);
  await dialogue.say('QUIT', '221');
  stage.tell(stage.say('quotaKept'));
  await server.cli(stage, 'account', 'list');
  await mustHold(server, stage, text);
  return codes;
}

async function fillDisk(server: DemoServer, stage: Stage): Promise<string> {
  await stage.begin(stage.say('diskTitle'));
  stage.tell(stage.say('disk', { capacity: `${CAPACITY_MIB} MiB` }));
  const text = filler('Parcel', PARCEL_OCTETS);
  await using dialogue = await Dialogue.open(server, stage);
  await dialogue.helloAgain();
  await dialogue.send({ to: [HANAKO], text });
  const count = await dialogue.quietly(async () => {
    for (let sent = 0; sent < MESSAGES_MAX; sent++) {
      const { usableOctets } = await server.api.call('status');
      if (usableOctets < SLOW_BELOW_OCTETS) await wait(SLOW_MS);
      const { codes } = await dialogue.mailFrom(text, '250 2.1.0', '452 4.3.1');
      if (codes.startsWith('452')) return sent;
      await dialogue.rcptTo(HANAKO, '250 2.1.5');
      await dialogue.data(text);
    }
    throw new Surprise(stage.say('neverFull', { count: MESSAGES_MAX }));
  });
  stage.aside(stage.say('repeated', { count, octets: aboutOctets(text.length) }));
  await untilLevel(server, stage, ['red', 'black']);
  stage.tell(stage.say('diskFull'));
  const { codes } = await dialogue.mailFrom(text, '452 4.3.1');
  stage.tell(stage.say('diskWhy'));
  const { lines } = await dialogue.say('HELP STATUS', '211');
  if (!/accepting mail: (?!yes)/i.test(lines.join('\n'))) throw new Surprise(stage.say('noWhy'));
  await dialogue.say('QUIT', '221');
  return codes;
}

/** Acts five and six. */
async function retry(server: DemoServer, stage: Stage): Promise<string> {
  await stage.begin(stage.say('roomTitle'));
  stage.tell(stage.say('room'));
  await server.cli(stage, 'mail', 'delete', TARO, '--yes');
  await server.cli(stage, 'mail', 'delete', HANAKO, '--larger', '100KiB', '--yes');
  const { waited, level } = await untilLevel(server, stage, ['green', 'yellow']);
  stage.tell(stage.say('dwell', { waited, level: level.toUpperCase() }));

  await stage.begin(stage.say('retryTitle'));
  stage.tell(stage.say('retryDisk'));
  const parcel = filler('Parcel', PARCEL_OCTETS);
  const letter = filler('Letter', LETTER_OCTETS);
  await using dialogue = await Dialogue.open(server, stage);
  await dialogue.helloAgain();
  await dialogue.send({ to: [HANAKO], text: parcel });
  stage.tell(stage.say('retryRamp'));
  await dialogue.mailFrom(parcel, '452 4.3.1');
  stage.tell(stage.say('rampOver', { waited: await untilAllAdmitted(server, stage) }));
  await dialogue.send({ to: [HANAKO], text: parcel });
  stage.tell(stage.say('retryQuota'));
  await dialogue.send({ to: [TARO], text: letter });
  await dialogue.say('QUIT', '221');
  return '250 2.6.0';
}

/** Waits until the server has seen how its disk is; how many seconds that took. */
async function untilLevel(
  server: DemoServer,
  stage: Stage,
  levels: readonly Level[],
): Promise<{ readonly waited: string; readonly level: Level }> {
  const began = systemClock.elapsed();
  for (;;) {
    const { level } = await server.api.call('status');
    const ms = systemClock.elapsed() - began;
    if (levels.includes(level)) return { waited: seconds(ms), level };
    if (ms > LEVEL_TIMEOUT_MS)
      throw new Surprise(stage.say('otherLevel', { expected: levels.join(', '), level }));
    await wait(LEVEL_LOOK_MS);
  }
}

async function untilAllAdmitted(server: DemoServer, stage: Stage): Promise<string> {
  const began = systemClock.elapsed();
  for (;;) {
    const { admittedPercent, level } = await server.api.call('storage');
    const ms = systemClock.elapsed() - began;
    if (admittedPercent === 100) return seconds(ms);
    if (ms > LEVEL_TIMEOUT_MS) throw new Surprise(stage.say('otherLevel', { expected: '100%', level }));
    await wait(LEVEL_LOOK_MS);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

/** The newest mail of hanako ends with the very octets that were sent. */
async function mustHold(server: DemoServer, stage: Stage, text: Buffer): Promise<void> {
  let newest = 0;
  for await (const { uid } of server.api.messages({ address: HANAKO })) newest = Math.max(newest, uid);
  const stored = Buffer.concat(await Array.fromAsync(await server.api.readMessage(HANAKO, newest)));
  if (!stored.subarray(-text.length).equals(text)) throw new Surprise(stage.say('otherText'));
}

function firstMail(): Buffer {
  return Buffer.from(
    [
      'From: Noriko <noriko@client.example>',
      'To: Hanako <hanako@localhost>',
      'Subject: First mail',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      'Konnichiwa! こんにちは。',
      '.A line that begins with a dot arrives with it.',
      '',
    ].join('\r\n'),
  );
}

function filler(subject: string, octets: number): Buffer {
  const head = `From: Noriko <noriko@client.example>\r\nSubject: ${subject}\r\n\r\n`;
  const line = `${'0123456789'.repeat(6)}ab\r\n`;
  const body = line.repeat(Math.floor((octets - head.length) / line.length));
  return Buffer.from(head + body, 'latin1');
}
