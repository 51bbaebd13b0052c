import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carry, type Carried } from '../../../test/support/errands.ts';
import { CLIENT_TIMEOUTS } from '../../delivery/client-timeouts.ts';
import { SimClock } from './clock.ts';
import { type SimEnd, SimNetwork, type SimService, type SimWeather, FAIR_WEATHER } from './network.ts';
import { SimRandom } from './random.ts';

const PORT = 25;
const MAILS = 20;
const HOUR = 3_600_000;

/** Takes mail by the line, as the simplest of servers. */
class Receiver implements SimService {
  readonly #end: SimEnd;
  readonly #taken: string[];
  #unread = '';
  #text: string | null = null;

  constructor(end: SimEnd, taken: string[]) {
    this.#end = end;
    this.#taken = taken;
    end.write('220 sim.example\r\n');
  }

  heard(octets: Uint8Array): void {
    const lines = (this.#unread + Buffer.from(octets).toString()).split('\r\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) this.#hear(line);
  }

  ended(): void {
    this.#unread = '';
  }

  #hear(line: string): void {
    if (this.#text === null) {
      if (line === 'DATA') this.#text = '';
      if (line === 'QUIT') this.#end.end();
      else this.#end.write(line === 'DATA' ? '354 go on\r\n' : '250 ok\r\n');
    } else if (line === '.') {
      this.#taken.push(this.#text);
      this.#text = null;
      this.#end.write('250 2.0.0 taken\r\n');
    } else this.#text += `${line}\n`;
  }
}

async function play(
  seed: number,
  weather: Partial<SimWeather>,
): Promise<Carried & { taken: string[]; ms: number }> {
  const clock = new SimClock();
  const network = new SimNetwork(clock, new SimRandom(seed));
  network.weather = { ...FAIR_WEATHER, ...weather };
  const taken: string[] = [];
  network.serve({ address: '127.0.0.1', port: PORT }, (end) => new Receiver(end, taken));
  const mails = Array.from({ length: MAILS }, (_, i) => ({ text: `Subject: mail ${i}\r\n\r\n` }));
  const random = new SimRandom(seed);
  const options = { clock, network, random, timeouts: CLIENT_TIMEOUTS };
  const running = carry([PORT, PORT, PORT], mails, options);
  const over = running.then(() => true);
  const passing = async (): Promise<false> => {
    await clock.pass(1000);
    return false;
  };
  while (!(await Promise.race([over, passing()]))) assert.ok(clock.elapsed() < 100 * HOUR);
  return { ...(await running), taken, ms: clock.elapsed() };
}

test('SimNetwork carries mail, in simulated time', async () => {
  const { words, end, taken, ms } = await play(1, {});
  assert.deepEqual(words, Array<string>(MAILS).fill('delivered'));
  assert.deepEqual(end, { type: 'finished' });
  assert.equal(taken.length, MAILS);
  assert.ok(ms >= MAILS * 4 * 2 * FAIR_WEATHER.latencyMs, `${ms}`);
});

test('SimNetwork tells the same story for the same seed', async () => {
  const weather = { resets: 0.02, stalls: 0.01, refuses: 0.1, ignores: 0.1 };
  const [a, b] = [await play(7, weather), await play(7, weather)];
  assert.deepEqual([a.words, a.ms, a.taken], [b.words, b.ms, b.taken]);
});

test('in any weather what was delivered has arrived, and what was not is still known', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const weather = { resets: 0.03, stalls: 0.02, refuses: 0.2, ignores: 0.1 };
    const { outcomes, words, taken, log, end } = await play(seed, weather);
    const delivered = words.filter((word) => word === 'delivered').length;
    const where = `seed ${seed}: ${words.join(', ')}`;
    assert.ok(delivered <= taken.length, where);
    // Whatever arrived without being known to have arrived has been warned of.
    const warned = log.filter(({ event }) => event === 'may-be-delivered-twice').length;
    assert.ok(taken.length <= delivered + warned, where);
    for (const word of words) assert.match(word, /^(?:delivered|untried|retry)/, where);
    assert.equal(outcomes.length === MAILS || end.type === 'unreachable', true, where);
    assert.equal(new Set(taken).size, taken.length, where);
  }
});
