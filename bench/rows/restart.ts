/** A big store: memory while it is filled over SMTP, and how soon mail is accepted again after kill -9. */
import { type Bench, freshFolder, type Group } from '../bench.ts';
import { Dialogue, mailData } from '../dialogue.ts';
import { amountText, atMost, type LinePlan } from '../lines.ts';
import { send } from '../load.ts';
import { figure } from '../measure.ts';
import type { Instance, Peer } from '../peers/peer.ts';
import { residentMiB } from '../processes.ts';

const SESSIONS = 100;
const BYTES = 1024;
const STEPS = 20;
const STEP_OF_FIRST_LOOK = 2; // by then the heap has its size
const MAIL_DATA = mailData(BYTES);

const FLAT: LinePlan = {
  id: 'memory-flat',
  work: 'resident memory at the end of the filling, against a tenth of the way',
  unit: '×',
  targets: [atMost(1.2)],
};
const RESTART: LinePlan = {
  id: 'restart',
  work: 'from the start after kill -9 to the first message accepted',
  unit: 's',
  targets: [atMost(2)],
};

export const RESTART_GROUP: Group = {
  lines: [FLAT, RESTART],
  measure: async (bench) => {
    const peer = bench.peers.find(({ name }) => name === 'restante');
    if (peer === undefined)
      return [FLAT, RESTART].map((plan) => ({ ...plan, figures: new Map(), notes: [] }));
    const folder = freshFolder(bench, peer.name);
    let instance = await peer.start(folder);
    try {
      const [early, late] = await fill(bench, instance);
      const seconds: number[] = [];
      for (let run = 0; run < bench.runs; run++) {
        await killUnderLoad(instance);
        const start = performance.now();
        instance = await restarted(peer, folder);
        seconds.push((performance.now() - start) / 1000);
        bench.say(`run ${run + 1}: accepts again after ${amountText(seconds.at(-1) ?? NaN, 's')}`);
      }
      const stored = `${bench.storedMessages.toLocaleString('en-US')} messages of 1 KiB stored`;
      const memory = `${amountText(early, 'MiB')}, then ${amountText(late, 'MiB')}`;
      return [
        { ...FLAT, figures: new Map([['restante', figure([late / early])]]), notes: [stored, memory] },
        {
          ...RESTART,
          figures: new Map([['restante', figure(seconds)]]),
          notes: [stored, 'killed under load'],
        },
      ];
    } finally {
      await instance.stop('SIGKILL');
    }
  },
};

async function fill(bench: Bench, { port, pid }: Instance): Promise<readonly [early: number, late: number]> {
  const messages = Math.ceil(bench.storedMessages / STEPS);
  let early = 0;
  for (let step = 1; step <= STEPS; step++) {
    const seconds = await send({ port, messages, sessions: Math.min(SESSIONS, messages), bytes: BYTES });
    const resident = residentMiB(pid);
    if (step <= STEP_OF_FIRST_LOOK) early = resident;
    const rate = amountText(messages / seconds, '/s');
    bench.say(`stored ${messages * step}: ${rate}, ${amountText(resident, 'MiB')}`);
  }
  return [early, residentMiB(pid)];
}

/** Kills it in the middle of its work, so that the index is behind the segments as far as it may be. */
async function killUnderLoad({ port, stop }: Instance): Promise<void> {
  const load = send({ port, messages: 1_000_000, sessions: SESSIONS, bytes: BYTES });
  const cut = load.then(
    () => false,
    () => true,
  );
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await stop('SIGKILL');
  if (!(await cut)) throw new Error('smtp-source did not notice the kill');
}

async function restarted(peer: Peer, folder: string): Promise<Instance> {
  const instance = await peer.start(folder);
  const dialogue = (await Dialogue.open(instance.port)).impatient();
  await dialogue.mail(MAIL_DATA);
  dialogue.close();
  return instance;
}
