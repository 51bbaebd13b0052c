/** Memory while 50 sessions send 25 MiB each: mail data must pass through, not gather. */
import { type Group, Samples, withContenders } from '../bench.ts';
import { settleDisk } from '../disk.ts';
import { amountText, atMost, type LinePlan } from '../lines.ts';
import { send } from '../load.ts';
import { residentMiB, residentPeakMiB } from '../processes.ts';
import { figures } from './rate.ts';

const SESSIONS = 50;
const BYTES = 25 * 2 ** 20 - 2048; // with its header fields it stays below 25 MiB
const SAMPLE_MS = 200;

const LARGE: LinePlan = {
  id: 'memory-large',
  work: 'resident memory, 50 sessions send 25 MiB each at once',
  unit: 'MiB',
  targets: [atMost(300)],
};

export const LARGE_GROUP: Group = {
  lines: [LARGE],
  measure: async (bench) => {
    const peak = new Samples();
    const notes: string[] = [];
    await withContenders(bench, async (contenders) => {
      for (const contender of contenders) {
        settleDisk(bench.folder);
        let seen = 0;
        const sampler = setInterval(() => (seen = Math.max(seen, residentMiB(contender.pid))), SAMPLE_MS);
        const load = { port: contender.port, sessions: SESSIONS, messages: SESSIONS, bytes: BYTES };
        const seconds = await send(load).finally(() => clearInterval(sampler));
        const mib = contender.peer.oneProcess ? residentPeakMiB(contender.pid) : seen;
        peak.add(contender.name, mib);
        bench.say(`${contender.name} ${amountText(mib, 'MiB')} in ${amountText(seconds, 's')}`);
        if (contender.name === 'restante') notes.push(`ours took ${amountText(seconds, 's')}`);
        await contender.settled();
        await contender.empty();
      }
    });
    return [{ ...LARGE, figures: figures(peak), notes }];
  },
};
