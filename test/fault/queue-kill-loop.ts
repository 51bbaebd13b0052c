/**
 * Kills the server with SIGKILL at random moments while it takes mail in and sends it on, again and again. When the queue is empty at the
 * end, every recipient has its message: once, but for what the peer had said 250 to when the server died.
 * As a program: node test/fault/queue-kill-loop.ts --rounds 1000
 */
import assert from 'node:assert/strict';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../support/folder.ts';
import { makeMail } from '../support/mail.ts';
import { type ServerOptions, TestServer } from '../support/server.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type Acceptance, QueueSink } from './queue-sink.ts';

export interface QueueKillOptions {
  readonly rounds: number;
  /** Behind this round the data are again what they were before it: to see that it is noticed. */
  readonly turnBackAt?: number;
  readonly told?: (line: string) => void;
}

export interface QueueKillReport {
  readonly rounds: number;
  /** Messages that the server said 250 to, and their recipients. */
  readonly messages: number;
  readonly recipients: number;
  readonly returned: number;
  /** Transactions that a kill made it repeat, and what they came to. */
  readonly repeated: number;
  readonly deliveredTwice: number;
  /** Recipients whose failure was told twice. */
  readonly toldTwice: number;
  /** Connections that were open at the kills: there cannot be more repetitions. */
  readonly openAtKills: number;
  /** Entries in the queue when it started again, each round. */
  readonly queued: readonly number[];
  readonly connections: number;
  readonly drainMs: number;
  readonly faults: readonly string[];
}

interface Sent {
  readonly to: readonly string[];
  fate: 'unanswered' | 'kept' | 'refused';
}

const CLIENTS = 6;
const DOMAINS = 4;
const RECIPIENTS_MAX = 8;
const SIZES = [1000, 1000, 1000, 4000, 20_000, 1000, 1000, 300_000];
const LOAD_MS_MIN = 40;
const LOAD_MS_MAX = 500;
/** For enough to happen that can be undone. */
const TURN_BACK_MS = 1500;
const KILL_AT_START_EVERY = 6;
const START_MS_MAX = 400;
/** With more than this in the queue no more is put in. */
const QUEUED_MAX = 1500;
/** At the end it is given up when nothing was sent for so long. */
const PATIENCE_MS = 30_000;

export async function queueKillLoop(options: QueueKillOptions): Promise<QueueKillReport> {
  const { rounds, turnBackAt, told = () => {} } = options;
  using folder = temporaryFolder();
  await using sink = await QueueSink.listen();
  const data = `${folder.path}/d`;
  const start: ServerOptions = {
    data,
    settings: {
      'smtp.relayNetworks': '127.0.0.0/8',
      'delivery.routes': `* smtp://127.0.0.1:${sink.port}`,
      'delivery.connectionMaxPerDestination': '5',
    },
  };
  const sent = new Map<string, Sent>();
  const openAt: number[] = [];
  const queued: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (round % KILL_AT_START_EVERY === 0) await killedAtStart(start, sink, openAt);
    if (round === turnBackAt) cpSync(data, `${data}.before`, { recursive: true });
    await using server = await TestServer.start(start);
    queued.push(await entriesOf(server));
    const loads = Array.from({ length: (queued.at(-1) ?? 0) > QUEUED_MAX ? 0 : CLIENTS }, (_, client) =>
      load(server, sent, `${round}.${client}`),
    );
    await pause(LOAD_MS_MIN + Math.random() * (LOAD_MS_MAX - LOAD_MS_MIN));
    if (round === turnBackAt) await pause(TURN_BACK_MS);
    await killed(() => server.kill(), sink, openAt);
    await Promise.all(loads);
    if (round === turnBackAt) turnBack(data);
    if (round % 25 === 0) told(`${round} kills, ${sent.size} messages sent, ${queued.at(-1)} queued`);
  }
  const began = performance.now();
  const left = await drained(start);
  const drainMs = performance.now() - began;
  const { connections } = sink;
  if (left > 0) sink.faults.push(`${left} entries are not sent`);
  return { rounds, queued, drainMs, connections, ...balance(sent, sink, openAt) };
}

/** Until nothing is left; the sender's reports travel, too. How much is left all the same. */
async function drained(start: ServerOptions): Promise<number> {
  await using server = await TestServer.start(start);
  let left = await entriesOf(server);
  for (let since = performance.now(); left > 0 && performance.now() - since < PATIENCE_MS;) {
    await pause(50);
    const entries = await entriesOf(server);
    if (entries !== left) since = performance.now();
    left = entries;
  }
  assert.equal(await server.terminate(), 0, 'SIGTERM ends it');
  return left;
}

async function entriesOf({ control }: TestServer): Promise<number> {
  return (await control.order<{ entries: number }>('GET', '/queue/figures')).entries;
}

function turnBack(data: string): void {
  rmSync(data, { recursive: true });
  renameSync(`${data}.before`, data);
}

/** What was said on a connection at that moment is heard before anything else is. */
async function killed(kill: () => Promise<void>, sink: QueueSink, openAt: number[]): Promise<void> {
  const { open } = sink;
  await kill();
  openAt[sink.round] = Math.max(open, sink.open);
  await sink.left();
  sink.round++;
}

async function killedAtStart(start: ServerOptions, sink: QueueSink, openAt: number[]): Promise<void> {
  const starting = TestServer.start(start).catch(() => null);
  await pause(Math.random() * START_MS_MAX);
  await killed(
    async () => {
      TestServer.killStarting();
      await (await starting)?.kill();
    },
    sink,
    openAt,
  );
}

/** One client, until the server is gone. */
async function load(server: TestServer, sent: Map<string, Sent>, name: string): Promise<void> {
  for (let n = 0; server.running; n++) {
    try {
      using client = await SmtpClient.open(server.port);
      for (; server.running; n++) await send(client, sent, `${name}.${n}`);
    } catch {
      await pause(2); // cut off: nothing was answered
    }
  }
}

async function send(client: SmtpClient, sent: Map<string, Sent>, id: string): Promise<void> {
  const { text } = makeMail(id, SIZES[Math.floor(Math.random() * SIZES.length)] ?? 1000);
  const to = Array.from({ length: 1 + Math.floor(Math.random() * RECIPIENTS_MAX) }, (_, i) => {
    const kind = Math.random() < 0.05 ? 'no' : 'yes';
    return `${kind}.${id}.${i}@d${Math.floor(Math.random() * DOMAINS)}.example`;
  });
  const mail: Sent = { to, fate: 'unanswered' };
  sent.set(id, mail);
  const { last, recipients } = await client.mail({ to, text });
  mail.fate = last.code === '250' && recipients.every(({ code }) => code === '250') ? 'kept' : 'refused';
}

type Balance = Omit<QueueKillReport, 'rounds' | 'queued' | 'drainMs' | 'connections'>;

function balance(sent: ReadonlyMap<string, Sent>, sink: QueueSink, openAt: readonly number[]): Balance {
  const faults = [...sink.faults];
  const repeated = new Set<Acceptance>();
  let [messages, recipients, returned, deliveredTwice, toldTwice] = [0, 0, 0, 0, 0];
  for (const [id, { to, fate }] of sent) {
    if (fate === 'kept') messages++;
    const there = to.filter((one) => isThere(id, one, sink)).length;
    if (fate === 'refused' && there > 0) faults.push(`${id} was refused, and arrived`);
    if (fate === 'unanswered' && there !== 0 && there !== to.length)
      faults.push(`${id}: nothing was answered, and ${there} of ${to.length} arrived`);
    for (const recipient of to) {
      const key = `${id} ${recipient}`;
      const times = sink.accepted.get(key) ?? [];
      const reports = sink.returned.get(recipient)?.size ?? 0;
      if (fate === 'kept') recipients++;
      if (fate === 'kept' && times.length + reports === 0) faults.push(`${key}: lost`);
      if (reports > 0) returned++;
      toldTwice += Math.max(0, reports - 1);
      if (times.length > 0 && reports > 0) faults.push(`${key}: delivered, and returned`);
      deliveredTwice += Math.max(0, times.length - 1);
      for (const before of times.slice(0, -1)) {
        if (before.known) faults.push(`${key}: sent again though the reply to it was settled`);
        repeated.add(before);
      }
    }
  }
  for (const [round, transactions] of Map.groupBy(repeated, (one) => one.round)) {
    const most = openAt[round] ?? 0;
    if (transactions.length > most)
      faults.push(`kill ${round}: ${transactions.length} transactions repeated, of ${most} connections`);
  }
  const openAtKills = openAt.reduce((sum, open) => sum + open, 0);
  if (toldTwice > 0) faults.push(`${toldTwice} recipients told twice that it failed`);
  const twice = { repeated: repeated.size, deliveredTwice, toldTwice };
  return { messages, recipients, returned, ...twice, openAtKills, faults };
}

function isThere(id: string, recipient: string, { accepted, returned }: QueueSink): boolean {
  return accepted.has(`${id} ${recipient}`) || returned.has(recipient);
}

export function queueKillSummary(report: QueueKillReport): string {
  const { rounds, messages, recipients, returned, repeated, deliveredTwice, openAtKills } = report;
  const { toldTwice, queued, connections, drainMs, faults } = report;
  const sorted = queued.toSorted((a, b) => a - b);
  return [
    `${rounds} kills, ${messages} messages acknowledged to ${recipients} recipients, ${returned} of whom were returned; ${faults.length} faults;`,
    `${repeated} transactions repeated (${deliveredTwice} recipients twice, ${toldTwice} told twice that it failed), ${openAtKills} connections were open at the kills;`,
    `queued at the starts: median ${sorted[sorted.length >> 1] ?? 0}, most ${sorted.at(-1) ?? 0}; ${connections} connections; drained in ${(drainMs / 1000).toFixed(1)} s`,
    ...faults.slice(0, 20),
  ].join('\n  ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1000' } } });
  const report = await queueKillLoop({ rounds: Number(values.rounds), told: print });
  print(queueKillSummary(report));
  process.exitCode = report.faults.length > 0 ? 1 : 0;
}
