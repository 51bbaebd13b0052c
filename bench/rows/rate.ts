/** Messages a second under smtp-source; under the first load also CPU time and memory. */
import { type Bench, type Contender, type Group, Samples, withContenders } from '../bench.ts';
import { settleDisk } from '../disk.ts';
import { amountText, atLeast, atMost, type Line, type LinePlan, type Target } from '../lines.ts';
import { type Load, send } from '../load.ts';
import { calibrate, figure, type Figure, interleave, percentile } from '../measure.ts';
import type { PeerName } from '../peers/peer.ts';
import { cpuSeconds, residentMiB, residentPeakMiB } from '../processes.ts';

const BYTES_PER_RUN_MAX = 1.5 * 2 ** 30;

type Shape = Pick<Load, 'sessions' | 'bytes' | 'reconnect'>;

const KIB = 1024;
const MIB = 1024 * KIB;

function rate(id: string, work: string, shape: Shape, targets: readonly Target[]): Group {
  const plan: LinePlan = { id, work, unit: '/s', targets };
  return { lines: [plan], measure: async (bench) => [rateLine(plan, await measureShape(bench, shape))] };
}

const FIRST_LOAD: Shape = { sessions: 100, bytes: 10 * KIB };
const FIRST_RATE: LinePlan = {
  id: '10k-100',
  work: '10 KiB, 100 sessions, many messages a session',
  unit: '/s',
  targets: [atLeast(1, 'smtp-sink'), atLeast(15, 'postfix'), atLeast(5, 'smtp-server')],
};
const CPU: LinePlan = {
  id: 'cpu',
  work: 'server CPU time per 1,000 messages of 10 KiB, 100 sessions',
  unit: 'CPU s',
  targets: [atMost(0.15)],
};
const MEMORY: LinePlan = {
  id: 'memory',
  work: 'resident memory, 10 KiB, 100 sessions',
  unit: 'MiB',
  targets: [atMost(150)],
};

export const RATE_GROUPS: readonly Group[] = [
  {
    lines: [FIRST_RATE, CPU, MEMORY],
    measure: async (bench) => {
      const measured = await measureShape(bench, FIRST_LOAD);
      return [
        rateLine(FIRST_RATE, measured),
        { ...CPU, figures: figures(measured.cpu), notes: ['Postfix: until all is delivered'] },
        {
          ...MEMORY,
          figures: figures(measured.memory),
          notes: ['peak; Postfix: sum of the PSS of its processes'],
        },
      ];
    },
  },
  rate('1k-20', '1 KiB, 20 sessions, many messages a session', { sessions: 20, bytes: KIB }, [
    atLeast(0.45, 'smtp-sink'),
    atLeast(9, 'postfix'),
  ]),
  rate('10k-1', '10 KiB, 1 session, many messages', { sessions: 1, bytes: 10 * KIB }, [
    atLeast(0.5, 'smtp-sink'),
    atLeast(2.2, 'postfix'),
  ]),
  rate(
    '10k-20-reconnect',
    '10 KiB, 20 sessions, one message a connection',
    { sessions: 20, bytes: 10 * KIB, reconnect: true },
    [atLeast(0.7, 'smtp-sink'), atLeast(5, 'postfix')],
  ),
  rate('100k-20', '100 KiB, 20 sessions', { sessions: 20, bytes: 100 * KIB }, [
    atLeast(1.4, 'smtp-sink'),
    atLeast(5, 'postfix'),
  ]),
  rate('5m-4', '5 MiB, 4 sessions', { sessions: 4, bytes: 5 * MIB }, [
    atLeast(1.2, 'smtp-sink'),
    atLeast(1.5, 'postfix'),
  ]),
];

interface Measured {
  readonly accepted: Samples;
  readonly delivered: Samples;
  readonly cpu: Samples;
  readonly memory: Samples;
}

async function measureShape(bench: Bench, shape: Shape): Promise<Measured> {
  const measured: Measured = {
    accepted: new Samples(),
    delivered: new Samples(),
    cpu: new Samples(),
    memory: new Samples(),
  };
  await withContenders(bench, async (contenders) => {
    const counts = new Map<PeerName, number>();
    for (const contender of contenders) {
      counts.set(contender.name, await warmUp(bench, contender, shape));
      await contender.settled();
    }
    await interleave(contenders, bench.runs, async (contender, round) => {
      const messages = counts.get(contender.name) ?? 1;
      await contender.empty();
      settleDisk(bench.folder);
      const cpuBefore = cpuSeconds(contender.pid);
      const start = performance.now();
      const seconds = await send({ ...shape, port: contender.port, messages });
      if (!contender.peer.oneProcess) measured.memory.add(contender.name, residentMiB(contender.pid));
      await contender.settled();
      const untilDelivered = (performance.now() - start) / 1000;
      measured.accepted.add(contender.name, messages / seconds);
      measured.delivered.add(contender.name, messages / untilDelivered);
      measured.cpu.add(contender.name, ((cpuSeconds(contender.pid) - cpuBefore) / messages) * 1000);
      bench.say(`run ${round + 1}: ${contender.name} ${amountText(messages / seconds, '/s')}`);
    });
    for (const { name, peer, pid } of contenders) {
      if (peer.oneProcess) measured.memory.add(name, residentPeakMiB(pid));
    }
  });
  return measured;
}

async function warmUp(bench: Bench, contender: Contender, shape: Shape): Promise<number> {
  settleDisk(bench.folder);
  const count = await calibrate((messages) => send({ ...shape, port: contender.port, messages }), {
    seconds: bench.seconds,
    first: Math.max(shape.sessions * 2, 20),
    most: Math.max(shape.sessions * 2, Math.floor(BYTES_PER_RUN_MAX / shape.bytes)),
  });
  bench.say(`warm-up: ${contender.name} gets ${count} messages a run`);
  return count;
}

function rateLine(plan: LinePlan, { accepted, delivered }: Measured): Line {
  return { ...plan, figures: figures(accepted), notes: deliveryNotes(accepted, delivered) };
}

/** Postfix's figure in the table is its better one: what it has accepted. We have delivered at our 250. */
function deliveryNotes(accepted: Samples, delivered: Samples): readonly string[] {
  if (delivered.of('postfix').length === 0) return [];
  const postfix = percentile(delivered.of('postfix'), 50);
  const ours = percentile(accepted.of('restante'), 50);
  const times = Number.isNaN(ours) ? '' : ` (ours ${amountText(ours / postfix, '×')})`;
  return [`Postfix accepts at the figure above, and delivers at ${amountText(postfix, '/s')}${times}`];
}

export function figures(samples: Samples): ReadonlyMap<PeerName, Figure> {
  return new Map([...samples.all].map(([name, values]) => [name, figure(values)]));
}
