/** The command line of the bench. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PEER_NAMES, type PeerName } from './peers/peer.ts';
import { GROUPS, LINE_IDS } from './rows/all.ts';

export interface Options {
  readonly lines: ReadonlySet<string>;
  readonly peers: readonly PeerName[];
  readonly runs: number;
  readonly seconds: number;
  readonly stored: number;
  readonly idle: number;
  readonly idleSeconds: number;
  readonly folder: string;
  readonly json: boolean;
  readonly write: boolean;
}

const FULL = { runs: 5, seconds: 4, stored: 1_000_000, idle: 15_000, idleSeconds: 60 };
const QUICK = { runs: 3, seconds: 1, stored: 20_000, idle: 2_000, idleSeconds: 10 };

export const HELP = `Usage: npm run bench -- [options]

Measures this server and its peers in the same run, interleaved, and prints the table.

  --rows A,B      only these rows (ids below)
  --peers A,B     only these servers: ${PEER_NAMES.join(', ')}
  --runs N        timed runs of each (${FULL.runs}; --quick: ${QUICK.runs})
  --seconds N     how long a timed run shall take (${FULL.seconds}; --quick: ${QUICK.seconds})
  --stored N      messages stored before kill -9 (${FULL.stored}; --quick: ${QUICK.stored})
  --idle N        idle sessions (${FULL.idle}; --quick: ${QUICK.idle})
  --quick         a first impression, in about a fifth of the time
  --dir DIR       where the servers keep their data, on a real disk (.bench below the repository)
  --json          prints JSON instead of the table
  --write         also writes the table into docs/perf.md
  --help          this

Rows:
${GROUPS.flatMap(({ lines }) => lines.map(({ id, work }) => `  ${id.padEnd(18)}${work}`)).join('\n')}

The load comes from smtp-source, of Debian's package postfix; the Postfix peer runs as root only.
Exit status: 0 all targets reached, 1 some missed or not measured, 2 it could not run.
`;

/** Throws an Error that says what is wrong; null: they asked for help. */
export function parseOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      peers: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      stored: { type: 'string' },
      idle: { type: 'string' },
      dir: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const preset = values.quick ? QUICK : FULL;
  return {
    lines: new Set(chosen(values.rows, LINE_IDS, 'row')),
    peers: chosen(values.peers, PEER_NAMES, 'peer'),
    runs: count(values.runs, preset.runs, 'runs'),
    seconds: count(values.seconds, preset.seconds, 'seconds'),
    stored: count(values.stored, preset.stored, 'stored'),
    idle: count(values.idle, preset.idle, 'idle'),
    idleSeconds: preset.idleSeconds,
    folder: path.resolve(values.dir ?? path.join(import.meta.dirname, '..', '.bench')),
    json: values.json,
    write: values.write,
  };
}

function chosen<T extends string>(list: string | undefined, all: readonly T[], what: string): readonly T[] {
  if (list === undefined) return all;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`no such ${what}: ${unknown}; there are: ${all.join(', ')}`);
  return all.filter((known) => names.includes(known));
}

function count(text: string | undefined, otherwise: number, name: string): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} wants a number from 1, not ${text}`);
  return Number(text);
}
