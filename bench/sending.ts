/**
 * How fast a queue is sent: messages put into a store, and a server started over it that has one route, to a smtp-sink on loopback. The
 * peer in the same run is smtp-source, which pushes as many into the same sink out of its memory.
 *
 *     node bench/sending.ts --messages 20000 --runs 3
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { QUOTA_DEFAULTS } from '../src/policy/quota.ts';
import { openEmbeddedStore } from '../src/store/embedded-store.ts';
import { MemoryQuotaLedger } from '../src/store/memory-quota-ledger.ts';
import { QUEUE } from '../src/store/store.ts';
import { systemClock } from '../src/world/clock.ts';
import { nodeDisk } from '../src/world/node-disk.ts';
import { systemRandom } from '../src/world/random.ts';

const SIZE = 10 * 1024;
const CONNECTIONS = 20;
const SINK = 22_626;
const HTTP = 22_825;
const FROM = 'postmaster@localhost';
const POLL_MS = 100;
const START_TIMEOUT_MS = 10_000;

process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin`;
const { values } = parseArgs({
  options: { messages: { type: 'string', default: '20000' }, runs: { type: 'string', default: '3' } },
});
const messages = Number(values.messages);
const [ours, theirs]: [number[], number[]] = [[], []];
for (let run = 0; run < Number(values.runs); run++) {
  theirs.push(await pushed());
  ours.push(await sent());
  process.stderr.write(`run ${run + 1}: ours ${last(ours)}/s, smtp-source ${last(theirs)}/s\n`);
}
const ratio = median(ours) / median(theirs);
process.stdout.write(
  `sending ${messages} messages of 10 KiB: ${median(ours)}/s, smtp-source ${median(theirs)}/s, ours ${ratio.toFixed(2)}x\n`,
);

/** Messages a second. */
async function sent(): Promise<number> {
  const data = mkdtempSync(path.join(tmpdir(), 'restante-bench-'));
  const sink = await program('smtp-sink', ['-u', 'root', `127.0.0.1:${SINK}`, '200'], SINK);
  try {
    await fill(data);
    const main = path.join(import.meta.dirname, '../src/app/main.mjs');
    const route = `delivery.routes=* smtp://127.0.0.1:${SINK} tls=off`;
    const flags = ['--max-semi-space-size=4', '--heap-growing-percent=10'];
    const begun = performance.now();
    const server = await program(process.execPath, [...flags, main, 'serve', '--set', route], HTTP, data);
    try {
      while ((await delivered()) < messages) await pause(POLL_MS);
      return rate(begun);
    } finally {
      await ended(server);
    }
  } finally {
    await ended(sink);
    rmSync(data, { recursive: true });
  }
}

async function pushed(): Promise<number> {
  const sink = await program('smtp-sink', ['-u', 'root', `127.0.0.1:${SINK}`, '200'], SINK);
  const begun = performance.now();
  const load = ['-d', '-s', `${CONNECTIONS}`, '-m', `${messages}`, '-l', `${SIZE}`, '-f', FROM];
  await once(spawn('smtp-source', [...load, '-t', 'user@dest.example', `127.0.0.1:${SINK}`]), 'exit');
  const found = rate(begun);
  await ended(sink);
  return found;
}

async function fill(folder: string): Promise<void> {
  const store = await openEmbeddedStore({
    folder,
    disk: nodeDisk,
    clock: systemClock,
    random: systemRandom,
    quota: new MemoryQuotaLedger(systemClock, QUOTA_DEFAULTS),
  });
  const head = `Return-Path: <${FROM}>\r\nFrom: <${FROM}>\r\nSubject: bench\r\n\r\n`;
  const text = Buffer.from(`${head}${`${'x'.repeat(70)}\r\n`.repeat(Math.ceil((SIZE - head.length) / 72))}`);
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < messages) {
      const recipient = `user${next++}@dest.example`;
      const writer = store.begin();
      writer.write(text);
      await writer.flush();
      const kept = await writer.keep(
        {
          reversePath: FROM,
          receivedAt: systemClock.now(),
          envid: null,
          ret: null,
          importKey: null,
          body: '7BIT',
          smtputf8: false,
          origin: 'submission',
          submitter: null,
        },
        [{ account: QUEUE, recipient, state: 'queued', notify: null, orcpt: null }],
      );
      if (!kept.ok) throw new Error(`the store did not keep it: ${kept.failure.type}`);
    }
  };
  await Promise.all(Array.from({ length: 100 }, one));
  await store.close();
}

async function program(
  command: string,
  args: readonly string[],
  port: number,
  data = '',
): Promise<ChildProcess> {
  const off = { RESTANTE_SMTP_LISTEN: 'off', RESTANTE_LMTP_LISTEN: 'off' };
  const none = { RESTANTE_SUBMISSION_LISTEN: 'off', RESTANTE_SUBMISSIONS_LISTEN: 'off' };
  const ports = { ...off, ...none, RESTANTE_HTTP_LISTEN: `127.0.0.1:${HTTP}`, RESTANTE_DATA: data };
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', ...(data === '' ? {} : ports) };
  const child = spawn(command, args, { stdio: 'ignore', env });
  const until = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (performance.now() > until) throw new Error(`${command} does not listen`);
    await pause(10);
  }
  return child;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function delivered(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${HTTP}/metrics`)).text();
  return Number(/^restante_queue_delivered_total (\d+)/m.exec(text)?.[1] ?? 0);
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

function rate(begun: number): number {
  return Math.round((1000 * messages) / (performance.now() - begun));
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

function last(figures: readonly number[]): number {
  return figures.at(-1) ?? 0;
}
