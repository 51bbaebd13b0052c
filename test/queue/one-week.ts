/**
 * A week of sending, played from a seed: clock, network, DNS, disk and chance are simulated, all else is real. Peers are full, busy,
 * away, moody; the weather is what it is; the process crashes now and then. At the end the books must balance.
 * As a program: node test/queue/one-week.ts --seed 1 --days 7 --messages 500 --weeks 20
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import type { EmbeddedStore } from '../../src/store/embedded-store.ts';
import { type Delivery, QUEUE } from '../../src/store/store.ts';
import { SimClock } from '../../src/world/sim/clock.ts';
import { SimDisk } from '../../src/world/sim/disk.ts';
import { FAIR_WEATHER, SimNetwork } from '../../src/world/sim/network.ts';
import { SimRandom } from '../../src/world/sim/random.ts';
import { SimResolver } from '../../src/world/sim/resolver.ts';
import { IndexShelf } from '../fault/store-world.ts';
import { type Era, type WeekBalance, WeekBooks } from './week-books.ts';
import { HOSTNAME, keyOf, Life, type Sabotage, TERMS } from './week-life.ts';
import { HOUR, PeerTalk, type PeerWorld } from './week-peers.ts';
import { HOME, type Place, type PlaceHost, PLACES } from './week-places.ts';

export interface WeekOptions {
  readonly seed: number;
  readonly days: number;
  readonly messages: number;
  readonly sabotage?: Sabotage;
}

export interface WeekReport extends WeekBalance, WeekOptions {
  readonly faults: readonly string[];
  readonly crashes: number;
  readonly restarts: number;
  readonly connections: number;
  readonly delayNotices: number;
  readonly realMs: number;
}

interface Posting {
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const MINUTE = 60_000;
const LOCAL_SENDERS = [`ann@${HOSTNAME}`, `bob@${HOSTNAME}`];
const SENDERS = [...LOCAL_SENDERS, `carol@${HOME}`];
const MAILBOXES = Array.from({ length: 26 }, (_, i) => String.fromCharCode(0x61 + i)); // a to z
/** Messages come in within this part of the time. */
const POSTING_PART = 0.6;
const WEATHER_EVERY = 3 * HOUR;
const CRASH_EVERY = 12 * HOUR;
const GRACE_MS = 30_000;

export async function oneWeek(options: WeekOptions): Promise<WeekReport> {
  const began = performance.now();
  using shelf = new IndexShelf();
  const week = new Week(options, shelf);
  const balance = await week.play();
  return { ...options, ...balance, ...week.figures, realMs: performance.now() - began };
}

class Week {
  readonly #options: WeekOptions;
  readonly #shelf: IndexShelf;
  readonly #random: SimRandom;
  readonly #clock = new SimClock();
  readonly #network: SimNetwork;
  readonly #resolver = new SimResolver();
  readonly #books = new WeekBooks();
  #era: Era = { number: 0, endedAt: null };
  #life: Life | null = null;
  #crashes = 0;
  #restarts = 0;
  #ending = false;

  constructor(options: WeekOptions, shelf: IndexShelf) {
    this.#options = options;
    this.#shelf = shelf;
    this.#random = new SimRandom(options.seed);
    this.#network = new SimNetwork(this.#clock, new SimRandom(options.seed + 1));
  }

  get figures(): Pick<WeekReport, 'faults' | 'crashes' | 'restarts' | 'connections' | 'delayNotices'> {
    const { faults, delayNotices } = this.#books;
    const { connections } = this.#network;
    return { faults, delayNotices, connections, crashes: this.#crashes, restarts: this.#restarts };
  }

  async play(): Promise<WeekBalance> {
    const end = this.#options.days * 24 * HOUR;
    for (const place of PLACES) this.#open(place);
    this.#plan(end);
    let life = await this.#start(new SimDisk(), this.#shelf.fresh());
    while (this.#clock.elapsed() < end || life.dead || this.#ending) {
      if (life.dead) life = await this.#startAgain(life);
      else await this.#clock.pass(MINUTE, () => life.rest());
    }
    life.spare();
    assert.ok(life.store !== null);
    await this.#read(life.store);
    const balance = this.#books.balance(this.#clock.elapsed(), TERMS.lifetimeMs);
    life.die();
    return balance;
  }

  // ── The process ──

  async #start(disk: SimDisk, indexPath: string): Promise<Life> {
    this.#era = { number: this.#era.number + 1, endedAt: null };
    const { seed, sabotage } = this.#options;
    const life = new Life({
      clock: this.#clock,
      network: this.#network,
      resolver: this.#resolver,
      books: this.#books,
      disk,
      indexPath,
      era: this.#era,
      seed: seed * 1000 + this.#era.number,
      ...(sabotage === undefined ? {} : { sabotage }),
    });
    this.#life = life;
    const beginning = life.begin();
    beginning.catch(() => {});
    for (let tries = 0; life.store === null && !life.dead; tries++) {
      if (tries > 1000) await beginning;
      await this.#clock.pass(100, () => life.rest());
    }
    const { store } = life;
    if (store !== null && !life.dead && (await store.listDomains()).length === 0) {
      await store.addDomain(HOSTNAME);
      for (const address of LOCAL_SENDERS) await store.addAccount(address);
    }
    return life;
  }

  /** After a while, on what the disk has kept; the index may be lost with what was not. */
  async #startAgain(dead: Life): Promise<Life> {
    const random = this.#random;
    const kept = random.next();
    const survives = (): boolean => random.next() < (kept < 0.3 ? 0 : kept < 0.6 ? 1 : 0.5);
    const disk = dead.disk.reboot({}, survives);
    const index = random.next() < 0.15 ? this.#shelf.fresh() : this.#shelf.copy(dead.indexPath);
    await this.#clock.pass(1000 + random.below(20 * MINUTE));
    const life = await this.#start(disk, index);
    if (random.next() < 0.1) life.dieWithin(random.below(60));
    return life;
  }

  #crash(): void {
    const life = this.#life;
    if (life === null || life.dead || this.#ending) return;
    const kind = this.#random.below(8);
    if (kind === 0) {
      this.#restarts++;
      this.#ending = true;
      void this.#end(life);
      return;
    }
    this.#crashes++;
    if (kind === 1) life.die();
    else if (kind <= 4) life.dieWithin(this.#random.below(40));
    else life.dieAtReply();
  }

  async #end(life: Life): Promise<void> {
    await life.end(GRACE_MS);
    this.#ending = false;
  }

  // ── The world ──

  #plan(end: number): void {
    const { messages } = this.#options;
    for (let i = 0; i < messages; i++) {
      const posting = this.#write(`m${i}`);
      const at = MINUTE + this.#random.next() ** 2 * end * POSTING_PART;
      this.#clock.after(at, () => void this.#post(posting));
    }
    for (let at = 0; at < end; at += WEATHER_EVERY) this.#clock.after(at, () => this.#turnWeather());
    for (let at = this.#nextCrash(); at < end; at += this.#nextCrash())
      this.#clock.after(at, () => this.#crash());
  }

  #nextCrash(): number {
    return -Math.log(1 - this.#random.next()) * CRASH_EVERY;
  }

  #turnWeather(): void {
    const bad = this.#random.next() < 0.3;
    const latencyMs = 5 + this.#random.below(100);
    this.#network.weather = bad
      ? { latencyMs, refuses: 0.15, ignores: 0.05, resets: 0.02, stalls: 0.01 }
      : { ...FAIR_WEATHER, latencyMs, resets: 0.001 };
  }

  #open({ domain, zone, dnsFails, hosts }: Place): void {
    this.#resolver.set(domain, zone);
    if (dnsFails !== undefined) {
      const [from, until] = dnsFails;
      this.#clock.after(from * HOUR, () => this.#resolver.set(domain, { ...zone, fault: 'timeout' }));
      this.#clock.after(until * HOUR, () => this.#resolver.set(domain, zone));
    }
    for (const host of hosts) this.#listen(host);
  }

  #listen({ name, address, temper, away = [] }: PlaceHost): void {
    this.#resolver.set(name, { a: [address] });
    const at = { address, port: 25 };
    const mood = temper();
    const come = (): void =>
      this.#network.serve(at, (end) => new PeerTalk(end, mood, this.#peerWorld(this.#era)));
    come();
    for (const [from, until] of away) {
      this.#clock.after(from * HOUR, () => this.#network.serve(at, null));
      this.#clock.after(until * HOUR, come);
    }
  }

  #peerWorld(era: Era): PeerWorld {
    return {
      random: this.#random,
      now: () => this.#clock.elapsed(),
      after: (ms, act) => void this.#clock.after(ms, act),
      take: ({ recipients, text }) =>
        `250 2.0.0 taken as #${this.#books.accepted(text, recipients, era, this.#clock.elapsed())}`,
    };
  }

  // ── The mail ──

  #write(name: string): Posting {
    const random = this.#random;
    const from = SENDERS[random.below(SENDERS.length)] ?? '';
    const chance = random.next();
    const count = 1 + (chance < 0.6 ? random.below(3) : chance < 0.9 ? random.below(20) : random.below(60));
    const domains = Array.from(
      { length: 1 + random.below(4) },
      () => PLACES[random.below(PLACES.length)]?.domain,
    );
    const to = new Set<string>();
    for (let i = 0; to.size < count; i++) {
      const mailbox = MAILBOXES[random.below(MAILBOXES.length)];
      to.add(`${mailbox}${i < 20 ? '' : random.below(4)}@${domains[random.below(domains.length)]}`);
    }
    const octets = random.next() < 0.05 ? 70_000 + random.below(100_000) : random.below(3000);
    const lines = `${name} and nothing else\r\n.. and a dot\r\n.\r\n`.repeat(1 + octets / 40);
    return {
      name,
      from,
      to: [...to],
      text: `From: <${from}>\r\nSubject: ${name}\r\nMessage-ID: <${name}@${HOSTNAME}>\r\n\r\n${lines}`,
    };
  }

  /** As a session does it; who finds no server comes again. */
  async #post(posting: Posting): Promise<void> {
    const life = this.#life;
    const store = life?.store ?? null;
    if (life === null || store === null || life.dead || this.#ending) {
      this.#clock.after(5 * MINUTE, () => void this.#post(posting));
      return;
    }
    const { name, from, to, text } = posting;
    this.#books.posting(name, to, text, this.#clock.elapsed());
    const writer = store.begin();
    writer.write(Buffer.from(`Return-Path: <${from}>\r\n${text}`));
    await writer.flush();
    const [first = '', ...others] = to;
    const kept = await writer.keep(
      {
        reversePath: from,
        receivedAt: this.#clock.now(),
        envid: name,
        ret: null,
        importKey: null,
        body: '7BIT',
        smtputf8: false,
        origin: from.endsWith(HOME) ? 'network' : 'submission',
        submitter: null,
      },
      [delivery(first), ...others.map(delivery)],
    );
    if (life.dead) return;
    assert.ok(kept.ok, JSON.stringify(kept));
    this.#books.promised(name);
  }

  /** What is in the mailboxes of senders, and in the queue. */
  async #read(store: EmbeddedStore): Promise<void> {
    const { entries, next } = await store.listEntries({}, { count: 100_000 });
    assert.equal(next, null);
    for (const { account, uid } of entries) {
      const text = await store.readEntry(account, uid);
      assert.ok(text.ok);
      this.#books.report(await textOf(text.value));
    }
    for (let after: string | undefined; ;) {
      const page = await store.queue.listQueue(
        {},
        { count: 1000, ...(after === undefined ? {} : { after }) },
      );
      for (const entry of page.entries) {
        if (entry.envelope.reversePath !== '') {
          this.#books.queued(keyOf(entry));
          continue;
        }
        const text = await store.queue.readQueued(entry);
        assert.ok(text.ok);
        this.#books.report(await textOf(text.value.chunks));
      }
      if (page.next === null) return;
      after = page.next;
    }
  }
}

function delivery(recipient: string): Delivery {
  return { account: QUEUE, recipient, state: 'queued', notify: null, orcpt: null };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

export function weekSummary(report: WeekReport): string {
  const { seed, days, messages, promised, delivered, returned, queued, doubled, faults } = report;
  const { toldTwice, returnedThoughDelivered, crashes, restarts, connections, delayNotices, realMs } = report;
  return [
    `seed ${seed}: ${days} days, ${messages} messages, ${promised} recipients promised: ${delivered} delivered, ${returned} returned, ${queued} queued;`,
    `delivered again: ${doubled.replyLost} after a lost reply, ${doubled.crash} after a crash; told twice: ${toldTwice}; returned though delivered: ${returnedThoughDelivered};`,
    `${crashes} crashes, ${restarts} restarts, ${connections} connections, ${delayNotices} told of delay; ${(realMs / 1000).toFixed(1)} s; ${faults.length} faults`,
    ...faults.slice(0, 20),
  ].join('\n  ');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      days: { type: 'string', default: '7' },
      messages: { type: 'string', default: '500' },
      /** With this seed and those behind it. */
      weeks: { type: 'string', default: '1' },
    },
  });
  for (let n = 0; n < Number(values.weeks); n++) {
    const seed = Number(values.seed) + n;
    const report = await oneWeek({ seed, days: Number(values.days), messages: Number(values.messages) });
    process.stdout.write(`${weekSummary(report)}\n`);
    if (report.faults.length > 0) process.exitCode = 1;
  }
}
