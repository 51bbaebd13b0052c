/** Thousands of sessions that said EHLO and nothing more: what each costs, and whether mail still flows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Contender, type Group, Samples, withContenders } from '../bench.ts';
import { Dialogue, mailData } from '../dialogue.ts';
import { amountText, atMost, type LinePlan } from '../lines.ts';
import { send } from '../load.ts';
import { raiseOpenFiles } from '../machine.ts';
import { percentile } from '../measure.ts';
import { residentMiB } from '../processes.ts';
import { figures } from './rate.ts';

const OPENING_AT_ONCE = 100;
const ADDRESSES = 4; // a client has about 28,000 ports for each address of its own
const WARM_UP_MESSAGES = 2_000;
const MAIL_EVERY_MS = 1_000;
const SPARE_FILES = 500;
const MAIL_DATA = mailData(10 * 1024);

const MEMORY: LinePlan = {
  id: 'memory-idle',
  work: 'resident memory for each idle session',
  unit: 'KiB',
  targets: [atMost(8)],
};
const LATENCY: LinePlan = {
  id: 'latency-idle',
  work: 'p99 of a whole clean mail, from connect to 250, meanwhile',
  unit: 'ms',
  targets: [atMost(500)],
};

export const IDLE_GROUP: Group = {
  lines: [MEMORY, LATENCY],
  measure: async (bench) => {
    const refused = raiseOpenFiles(bench.idleSessions + SPARE_FILES);
    if (refused !== null) throw new Error(refused);
    const memory = new Samples();
    const latency = new Samples();
    const counts: string[] = [];
    await withContenders(bench, async (contenders) => {
      for (const contender of contenders) {
        const sessions = Math.min(bench.idleSessions, contender.peer.sessionsMax ?? Infinity);
        const { kibEach, p99 } = await holdIdle(bench, contender, sessions);
        memory.add(contender.name, kibEach);
        latency.add(contender.name, p99);
        counts.push(`${contender.name} ${sessions.toLocaleString('en-US')}`);
        bench.say(
          `${contender.name}: ${sessions} sessions, ${amountText(kibEach, 'KiB')} each, ${amountText(p99, 'ms')}`,
        );
      }
    });
    const notes = [`sessions: ${counts.join(', ')}`];
    return [
      { ...MEMORY, figures: figures(memory), notes },
      { ...LATENCY, figures: figures(latency), notes: [`a mail each second for ${bench.idleSeconds} s`] },
    ];
  },
};

async function holdIdle(
  bench: Bench,
  contender: Contender,
  sessions: number,
): Promise<{ readonly kibEach: number; readonly p99: number }> {
  await send({ port: contender.port, messages: WARM_UP_MESSAGES, sessions: 20, bytes: 10 * 1024 });
  await contender.settled();
  const before = residentMiB(contender.pid);
  const idle: Dialogue[] = [];
  const waits: number[] = [];
  try {
    while (idle.length < sessions) {
      const batch = Array.from({ length: Math.min(OPENING_AT_ONCE, sessions - idle.length) }, (_, i) =>
        Dialogue.open(contender.port, `127.0.0.${2 + (i % ADDRESSES)}`),
      );
      idle.push(...(await Promise.all(batch)));
    }
    let after = 0;
    for (let second = 0; second < bench.idleSeconds; second++) {
      const start = performance.now();
      waits.push(await cleanMail(contender.port));
      after = Math.max(after, residentMiB(contender.pid));
      await sleep(Math.max(0, MAIL_EVERY_MS - (performance.now() - start)));
    }
    return { kibEach: ((after - before) * 1024) / sessions, p99: percentile(waits, 99) };
  } finally {
    for (const dialogue of idle) dialogue.close();
  }
}

async function cleanMail(port: number): Promise<number> {
  const start = performance.now();
  const dialogue = (await Dialogue.open(port)).impatient();
  await dialogue.mail(MAIL_DATA);
  const took = performance.now() - start;
  await dialogue.say('QUIT\r\n', '221');
  dialogue.close();
  return took;
}
