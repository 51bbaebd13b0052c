/**
 * How long a client waits for the 250 after its final dot, when 100 of them send without a pause.
 *
 * Most of them are smtp-source's. Only a few are ours, and timed: were all of them ours, the waits in this
 * process would be longer than those for the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, type Group, Samples, withContenders } from '../bench.ts';
import { Dialogue, mailData } from '../dialogue.ts';
import { fdatasyncMs, settleDisk } from '../disk.ts';
import { amountText, atMost, type LinePlan } from '../lines.ts';
import { send } from '../load.ts';
import { interleave, percentile } from '../measure.ts';
import { figures } from './rate.ts';

const SESSIONS = 100;
const TIMED_SESSIONS = 8;
const BYTES = 10 * 1024;
const RAMP_MS = 500;
const MESSAGES_WITHOUT_END = 100_000_000;
const MAIL_DATA = mailData(BYTES);

const LATENCY: LinePlan = {
  id: 'latency',
  work: 'p99 from the final dot to its 250, 10 KiB, 100 sessions',
  unit: '× fdatasync',
  targets: [atMost(25)],
};

export const LATENCY_GROUP: Group = {
  lines: [LATENCY],
  measure: async (bench) => {
    const p50 = new Samples();
    const p99 = new Samples();
    const syncs: number[] = [];
    await withContenders(bench, async (contenders) => {
      for (const contender of contenders) await waits(contender, bench.seconds);
      await interleave(contenders, bench.runs, async (contender, round) => {
        await contender.settled();
        await contender.empty();
        settleDisk(bench.folder);
        const syncMs = fdatasyncMs(bench.folder);
        const waitsMs = await waits(contender, bench.seconds);
        syncs.push(syncMs);
        p50.add(contender.name, percentile(waitsMs, 50));
        p99.add(contender.name, percentile(waitsMs, 99));
        const [median, worst] = [50, 99].map((percent) => amountText(percentile(waitsMs, percent), 'ms'));
        bench.say(
          `run ${round + 1}: ${contender.name} p50 ${median} p99 ${worst} (${waitsMs.length} samples), fdatasync ${amountText(syncMs, 'ms')}`,
        );
      });
    });
    const syncMs = percentile(syncs, 50);
    const inSyncs = new Samples();
    for (const [name, values] of p99.all) for (const value of values) inSyncs.add(name, value / syncMs);
    const notes = [`one fdatasync ${amountText(syncMs, 'ms')}`];
    for (const [name, values] of p99.all) {
      const pair = [percentile(p50.of(name), 50), percentile(values, 50)];
      notes.push(`${name} p50 and p99 ${pair.map((value) => amountText(value, 'ms')).join(' and ')}`);
    }
    return [{ ...LATENCY, figures: figures(inSyncs), notes }];
  },
};

async function waits({ port }: Contender, seconds: number): Promise<readonly number[]> {
  const stop = new AbortController();
  const load = { port, sessions: SESSIONS - TIMED_SESSIONS, messages: MESSAGES_WITHOUT_END, bytes: BYTES };
  const isStopped = send({ ...load, signal: stop.signal }).then(
    () => false,
    (error: unknown) => {
      if (stop.signal.aborted) return true;
      throw error;
    },
  );
  const timed = timedWaits(port, seconds).finally(() => stop.abort());
  const [waitsMs] = await Promise.all([timed, isStopped]);
  return waitsMs;
}

async function timedWaits(port: number, seconds: number): Promise<readonly number[]> {
  await sleep(RAMP_MS);
  const sessions = Array.from({ length: TIMED_SESSIONS }, async () =>
    (await Dialogue.open(port)).impatient(),
  );
  const dialogues = await Promise.all(sessions);
  const waitsMs: number[] = [];
  const until = performance.now() + seconds * 1000;
  const sendUntilThen = async (dialogue: Dialogue): Promise<void> => {
    while (performance.now() < until) waitsMs.push(await dialogue.mail(MAIL_DATA));
    dialogue.close();
  };
  await Promise.all(dialogues.map(sendUntilThen));
  return waitsMs;
}
