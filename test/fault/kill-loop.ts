/**
 * Kills the server with SIGKILL at random moments under load, again and again, and looks whether it kept its word each time.
 * As a program: node test/fault/kill-loop.ts --rounds 1000
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { strayFiles } from '../support/data-directory.ts';
import { temporaryFolder } from '../support/folder.ts';
import { Ledger } from '../support/ledger.ts';
import { deleteAll, deleteSome, Load, MIXED_SIZES } from '../support/load.ts';
import { TestServer, type ServerOptions } from '../support/server.ts';

export interface KillLoopOptions {
  readonly rounds: number;
  readonly clients?: number;
  /** A module loaded before the server. */
  readonly preload?: string;
  readonly told?: (line: string) => void;
  /** Stop at the first round with faults. */
  readonly untilFault?: boolean;
}

export interface LoopReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly faults: readonly string[];
  /** From the start of the process after a kill to its 220, each round. */
  readonly readyMs: readonly number[];
}

export const RECIPIENTS = [
  'postmaster@localhost',
  'one@localhost',
  'two@localhost',
  'three@localhost',
] as const;
/** How long the load lasts before the kill. */
const LOAD_MS_MIN = 40;
const LOAD_MS_MAX = 500;
/** One round in so many, the server is killed while it starts, too. */
const KILL_AT_START_EVERY = 6;
const START_MS_MAX = 400;
const COPIES_MAX = 1500;

export async function killLoop(options: KillLoopOptions): Promise<LoopReport> {
  const { rounds, preload, told = () => {}, untilFault = false } = options;
  using folder = temporaryFolder();
  const start: ServerOptions = { data: `${folder.path}/d`, ...(preload === undefined ? {} : { preload }) };
  await prepare(start);
  const ledger = new Ledger();
  const [faults, readyMs] = [[] as string[], [] as number[]];
  let acknowledged = 0;
  for (let round = 1; round <= rounds + 1; round++) {
    if (round % KILL_AT_START_EVERY === 0) await killedAtStart(start);
    await using server = await TestServer.start(start);
    if (round > 1) readyMs.push(server.readyMs);
    const found = await inspect(server, ledger);
    faults.push(...found.map((fault) => `after kill ${round - 1}: ${fault}`));
    if (round > rounds || (untilFault && faults.length > 0)) {
      const code = await server.terminate();
      if (code !== 0) faults.push(`SIGTERM ended the server with ${code}`);
      break;
    }
    acknowledged += await load(server, ledger, { ...options, round });
    if (round % 25 === 0) told(`${round} kills, ${acknowledged} acknowledged, ${faults.length} faults`);
  }
  return { rounds: readyMs.length, acknowledged, faults, readyMs };
}

export async function prepare(start: ServerOptions): Promise<void> {
  await using server = await TestServer.start(start);
  for (const address of RECIPIENTS.slice(1)) await server.control.addAccount(address);
  await server.terminate();
}

/** Everything that must hold after a crash, of a server at rest. */
export async function inspect(server: TestServer, ledger: Ledger): Promise<readonly string[]> {
  const faults = [...(await ledger.check(server.control))];
  for (const name of await strayFiles(server.data, server.control)) faults.push(`left behind: ${name}`);
  const { mended } = await server.control.recount();
  for (const wrong of mended) faults.push(`quota differs from what is stored: ${JSON.stringify(wrong)}`);
  for (const { address, waitingMessages } of await server.control.accounts()) {
    if (waitingMessages !== 0) faults.push(`${address}: ${waitingMessages} wait, and there is room`);
  }
  const { held } = await server.control.storage();
  if (held !== 0) faults.push(`${held} octets held by nobody`);
  if (ledger.copies.length > COPIES_MAX) await deleteAll(server, ledger);
  ledger.prune();
  return faults;
}

async function load(
  server: TestServer,
  ledger: Ledger,
  { clients = 20, round }: KillLoopOptions & { round: number },
): Promise<number> {
  const before = ledger.kept;
  const mail = new Load(server, ledger, {
    name: `r${round}`,
    clients,
    recipients: RECIPIENTS,
    sizes: MIXED_SIZES,
  });
  const deleting = round % 2 === 0 ? deleteSome(server, ledger, 10) : Promise.resolve();
  await pause(LOAD_MS_MIN + Math.random() * (LOAD_MS_MAX - LOAD_MS_MIN));
  await server.kill();
  await Promise.all([mail.ended(), deleting]);
  return ledger.kept - before;
}

/** A crash while the traces of the last crash are being mended. */
async function killedAtStart(start: ServerOptions): Promise<void> {
  const starting = TestServer.start(start).catch(() => null);
  await pause(Math.random() * START_MS_MAX);
  TestServer.killStarting();
  await (await starting)?.kill();
}

export function summary({ rounds, acknowledged, faults, readyMs }: LoopReport, what: string): string {
  const sorted = readyMs.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0];
  const head = `${rounds} ${what}, ${acknowledged} acknowledged, ${faults.length} faults; start to 220: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`;
  return [head, ...faults.slice(0, 20)].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '1000' }, clients: { type: 'string', default: '20' } },
  });
  const report = await killLoop({
    rounds: Number(values.rounds),
    clients: Number(values.clients),
    told: print,
  });
  print(summary(report, 'kills'));
  process.exitCode = report.faults.length > 0 ? 1 : 0;
}
