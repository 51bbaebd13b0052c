/** `node bench/micro.ts`: the loops that run for every byte and every command, by themselves, without a socket. */
import os from 'node:os';
import { percentile } from './measure.ts';

const RUNS = 7;
const RUN_MS = 250;
const CHUNK_BYTES = 64 * 1024; // what a socket hands over at most
const MIB = 2 ** 20;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

write(`${os.cpus()[0]?.model.trim() ?? ''}, Node ${process.version}, medians of ${RUNS} runs`);
await part('MailDataReceiver', mailData);
await part('LineReceiver', lines);
await part('parseCommand', commands);

/** A part whose module is not there, or has changed its shape, says so and stops nothing. */
async function part(name: string, measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    write(`${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function mailData(): Promise<void> {
  const { MailDataReceiver } = await import('../src/smtp/mail-data.ts');
  const kinds = [
    ['text, lines of 78', `${'X'.repeat(76)}\r\n`],
    ['short lines of 12', `${'X'.repeat(10)}\r\n`],
    ['every line dot-stuffed', `..${'X'.repeat(74)}\r\n`],
    ['lines of 998', `${'X'.repeat(996)}\r\n`],
  ] as const;
  for (const [kind, line] of kinds) {
    const chunk = Buffer.from(line.repeat(Math.floor(CHUNK_BYTES / line.length)), 'latin1');
    const receiver = new MailDataReceiver();
    let octets = 0;
    const seconds = secondsEach(() => receiver.push(chunk, (text) => (octets += text.length)));
    if (octets === 0) throw new Error('it wrote nothing');
    write(
      `MailDataReceiver  ${kind.padEnd(26)}${(chunk.length / MIB / seconds).toFixed(0).padStart(6)} MiB/s`,
    );
  }
}

async function lines(): Promise<void> {
  const { LineReceiver } = await import('../src/smtp/line-receiver.ts');
  const line = 'RCPT TO:<postmaster@localhost>\r\n';
  const chunk = Buffer.from(line, 'latin1');
  const receiver = new LineReceiver();
  let taken = 0;
  const seconds = secondsEach(() => (taken += receiver.take(chunk, 0)?.line.length ?? 0));
  if (taken === 0) throw new Error('it took no line');
  write(`LineReceiver      ${'a line in a chunk'.padEnd(26)}${(seconds * 1e9).toFixed(0).padStart(6)} ns`);
}

async function commands(): Promise<void> {
  const { parseCommand } = await import('../src/smtp/parse-command.ts');
  const profile: Parameters<typeof parseCommand>[2] = {
    protocol: 'smtp',
    tls: 'off',
    auth: 'off',
    host: 'mail.example',
    messageSizeMax: 50 * MIB,
    recipientMax: 1000,
    recipientForbiddenAt: null,
    mailMax: 10_000,
    help: {
      level: 'full',
      showVersion: false,
      version: '0',
      contact: 'postmaster@mail.example',
      referenceUrl: null,
    },
    refusalsReferTo: null,
    timeouts: { command: 300, data: 180, session: 21_600 },
  };
  const said = [
    'EHLO client.example',
    'MAIL FROM:<bench@sender.example>',
    'MAIL FROM:<bench@sender.example> SIZE=10240 BODY=8BITMIME',
    'RCPT TO:<postmaster@localhost>',
    'DATA',
    'NOOP',
  ];
  for (const line of said) {
    let parsed = 0;
    const seconds = secondsEach(
      () => (parsed += typeof parseCommand(line, true, profile) === 'object' ? 1 : 0),
    );
    if (parsed === 0) throw new Error(`it did not parse ${line}`);
    const name = line.length > 36 ? `${line.slice(0, 35)}…` : line;
    write(`parseCommand      ${name.padEnd(38)}${(seconds * 1e9).toFixed(0).padStart(6)} ns`);
  }
}

/** Seconds for one call, the median of some runs; a first run warms up. */
function secondsEach(work: () => void): number {
  const samples: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    let calls = 0;
    const start = performance.now();
    let now = start;
    while (now - start < RUN_MS) {
      for (let i = 0; i < 100; i++) work();
      calls += 100;
      now = performance.now();
    }
    if (run > 0) samples.push((now - start) / 1000 / calls);
  }
  return percentile(samples, 50);
}
