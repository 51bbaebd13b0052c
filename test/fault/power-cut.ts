/**
 * Cuts the power of a file system under load, again and again: whatever was not synced is gone. Then the journal is replayed, the
 * server starts again, and everything it acknowledged must be there. Needs root, for it mounts ext4 and xfs on loop devices.
 * As a program: node test/fault/power-cut.ts --cuts 25
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { Ledger } from '../support/ledger.ts';
import { deleteSome, Load, MIXED_SIZES } from '../support/load.ts';
import { TestServer, type ServerOptions } from '../support/server.ts';
import { Volume } from '../support/volumes.ts';
import { inspect, type LoopReport, prepare, RECIPIENTS, summary } from './kill-loop.ts';

export type FileSystem = 'ext4' | 'xfs';

export interface PowerCutOptions {
  readonly fileSystem: FileSystem;
  readonly cuts: number;
  readonly preload?: string;
  readonly untilFault?: boolean;
}

const LOAD_MS_MIN = 150;
const LOAD_MS_MAX = 700;
/** mkfs.xfs makes none below 300 MB. */
const VOLUME_SIZE = '900M';
/** On so small a volume the floors of a real one would refuse all mail. */
const SETTINGS = { 'storage.ballast': '0', 'quota.mailbox': '0', 'smtp.messageSizeMax': '10MiB' } as const;

export async function powerCuts(options: PowerCutOptions): Promise<LoopReport> {
  const { fileSystem, cuts, preload, untilFault = false } = options;
  await using volume = await Volume.loop(fileSystem, VOLUME_SIZE);
  const start: ServerOptions = {
    data: `${volume.path}/d`,
    settings: SETTINGS,
    ...(preload === undefined ? {} : { preload }),
  };
  // The accounts are made by an honest server: what is cut is mail.
  await prepare({ ...start, settings: SETTINGS });
  const ledger = new Ledger();
  const [faults, readyMs] = [[] as string[], [] as number[]];
  let acknowledged = 0;
  for (let cut = 1; cut <= cuts + 1; cut++) {
    await using server = await TestServer.start(start);
    if (cut > 1) readyMs.push(server.readyMs);
    faults.push(
      ...(await inspect(server, ledger)).map((fault) => `${fileSystem}, after cut ${cut - 1}: ${fault}`),
    );
    if (cut > cuts || (untilFault && faults.length > 0)) {
      await server.terminate();
      break;
    }
    const before = ledger.kept;
    const load = new Load(server, ledger, {
      name: `c${cut}`,
      clients: 20,
      recipients: RECIPIENTS,
      sizes: MIXED_SIZES,
    });
    const deleting = cut % 2 === 0 ? deleteSome(server, ledger, 10) : Promise.resolve();
    await pause(LOAD_MS_MIN + Math.random() * (LOAD_MS_MAX - LOAD_MS_MIN));
    // With the power the processor goes, too. While it stands still nothing more is said; that matters, for ext4 has been seen to let
    // an fdatasync succeed that was under way when the shutdown came, though what it was to keep is gone.
    ledger.powerIsGone();
    server.freeze();
    await volume.cutPower();
    await server.kill();
    await Promise.all([load.ended(), deleting]);
    acknowledged += ledger.kept - before;
    await volume.repower();
  }
  return { rounds: readyMs.length, acknowledged, faults, readyMs };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { cuts: { type: 'string', default: '25' } } });
  for (const fileSystem of ['ext4', 'xfs'] as const) {
    const report = await powerCuts({ fileSystem, cuts: Number(values.cuts) });
    process.stdout.write(`${summary(report, `power cuts on ${fileSystem}`)}\n`);
    if (report.faults.length > 0) process.exitCode = 1;
  }
}
