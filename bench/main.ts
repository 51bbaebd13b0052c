/** `npm run bench`: measures this server and its peers in one run, and prints the table. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { freeGiB, isInMemory } from './disk.ts';
import { type Line, verdict } from './lines.ts';
import { describeMachine, onPath } from './machine.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import type { Peer } from './peers/peer.ts';
import { postfix } from './peers/postfix.ts';
import { restante } from './peers/restante.ts';
import { smtpServer } from './peers/smtp-server.ts';
import { smtpSink } from './peers/smtp-sink.ts';
import { json, notes, table, writePerf } from './report.ts';
import { GROUPS } from './rows/all.ts';

const FREE_GIB_MIN = 25;
const PEERS: readonly Peer[] = [restante, smtpSink, postfix, smtpServer];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options | null;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!onPath('smtp-source')) {
    say('bench: the load generator smtp-source is missing. On Debian: apt-get install postfix');
    return 2;
  }
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const folder = dataFolder(options);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })); // also after Ctrl-C
  const peers = presentPeers(options);
  const lines = await measure(options, peers, folder);
  report(options, lines, describeMachine(folder));
  const isReached = lines.every((line) =>
    line.targets.every((target) => verdict(line, target) === 'reached'),
  );
  return isReached ? 0 : 1;
}

function dataFolder({ folder }: Options): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, '.gitignore'), '*\n');
  if (isInMemory(folder))
    say(`bench: ${folder} is in memory, where a sync costs nothing: choose a disk with --dir`);
  if (freeGiB(folder) < FREE_GIB_MIN)
    say(`bench: less than ${FREE_GIB_MIN} GiB free: some rows may fill the disk`);
  const run = mkdtempSync(path.join(folder, 'run-'));
  chmodSync(run, 0o755); // other users' servers work below it: Postfix, smtp-sink
  return run;
}

function presentPeers({ peers }: Options): readonly Peer[] {
  return PEERS.filter((peer) => {
    if (!peers.includes(peer.name)) return false;
    const missing = peer.missing();
    if (missing !== null) say(`bench: without ${peer.name}: ${missing}`);
    return missing === null;
  });
}

async function measure(options: Options, peers: readonly Peer[], folder: string): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const group of GROUPS) {
    const wanted = group.lines.filter(({ id }) => options.lines.has(id));
    const [first] = wanted;
    if (first === undefined) continue;
    say(`${first.work} …`);
    const bench: Bench = {
      peers,
      runs: options.runs,
      seconds: options.seconds,
      storedMessages: options.stored,
      idleSessions: options.idle,
      idleSeconds: options.idleSeconds,
      folder,
      say: (progress) => say(`  ${progress}`),
    };
    try {
      lines.push(...(await group.measure(bench)).filter(({ id }) => options.lines.has(id)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`  not measured: ${why}`);
      lines.push(...wanted.map((plan) => ({ ...plan, figures: new Map(), notes: [`not measured: ${why}`] })));
    }
  }
  return lines;
}

function report(options: Options, lines: readonly Line[], machine: string): void {
  if (options.json) process.stdout.write(json(lines, machine));
  else process.stdout.write(`\n${machine}\n\n${table(lines)}\n${notes(lines)}`);
  if (options.write) writePerf(lines, machine, options.runs);
}
