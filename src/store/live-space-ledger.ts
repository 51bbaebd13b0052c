/**
 * The space ledger that lives: asks its volumes every second, keeps the sums of all holds, and tells when the level changes.
 * Between two samples it counts by itself: what is held, and what landed since the sample was asked for.
 */
import { assert } from '../base/assert.ts';
import { postmasterHold } from '../policy/admission.ts';
import type { HoldRefusal } from '../policy/admission.ts';
import { askRamp, rampPercent, startRamp } from '../policy/ramp.ts';
import type { Ramp } from '../policy/ramp.ts';
import { firstHold, holdOverhead, spaceLines, worse } from '../policy/space.ts';
import type { Level, SpaceSettings } from '../policy/space.ts';
import type { Clock } from '../world/clock.ts';
import type { Volume } from '../world/volume.ts';
import { LiveHold } from './live-hold.ts';
import type { HoldTerms } from './live-hold.ts';
import type {
  Hold,
  HoldRequest,
  LevelChange,
  SpaceLedger,
  SpaceStatus,
  VolumeAlarm,
} from './space-ledger.ts';
import { VOLUME_SILENT_MS, VolumeWatch } from './volume-watch.ts';

export const SAMPLE_EVERY_MS = 1000;

export interface SpaceLedgerOptions {
  /** Where mail data goes: what is held is held here. */
  readonly store: Volume;
  /** Others whose level counts: index, log, queue. Not those on the same file system. */
  readonly others?: ReadonlyMap<string, Volume>;
  readonly clock: Clock;
  readonly settings: SpaceSettings;
}

export class LiveSpaceLedger implements SpaceLedger {
  readonly #clock: Clock;
  readonly #settings: SpaceSettings;
  readonly #store: VolumeWatch;
  readonly #watches: readonly VolumeWatch[];
  readonly #holds = new Set<LiveHold>();
  readonly #heldByClient = new Map<string, number>();
  readonly #levelListeners = new Set<(change: LevelChange) => void>();
  readonly #alarmListeners = new Set<(alarm: VolumeAlarm) => void>();
  #held = 0;
  /** Of all holds, ever; and how much of it the last sample has seen for certain. */
  #landed = 0;
  #landedInSample = 0;
  #reserve = 0;
  #pool: number;
  #ramp: Ramp | null = null;
  #forced: Level | null = null;
  #measured: Level = 'black';
  #level: Level = 'black';
  #started = false;
  #cancelTick: () => void = () => undefined;

  constructor({ store, others, clock, settings }: SpaceLedgerOptions) {
    this.#clock = clock;
    this.#settings = settings;
    this.#store = new VolumeWatch('store', store, clock);
    const more = [...(others ?? [])].map(([name, volume]) => new VolumeWatch(name, volume, clock));
    this.#watches = [this.#store, ...more];
    this.#pool = settings.postmasterPool;
  }

  /** Resolves when each volume was seen once, or has been silent for too long; such a one counts as BLACK until it answers. */
  async start(): Promise<void> {
    const silent = Promise.withResolvers<void>();
    const cancel = this.#clock.after(VOLUME_SILENT_MS, silent.resolve);
    this.#plan();
    await Promise.race([Promise.all(this.#watches.map((watch) => this.#ask(watch))), silent.promise]);
    cancel();
    this.#started = true;
    this.#level = this.#forced ?? this.#measured; // no change, and so no gradual resume
  }

  stop(): void {
    this.#cancelTick();
    this.#cancelTick = () => undefined;
  }

  get level(): Level {
    return this.#level;
  }

  get held(): number {
    return this.#held;
  }

  get reserve(): number {
    return this.#reserve;
  }

  get postmasterPool(): number {
    return this.#pool;
  }

  usable(): number {
    return this.#usableOf(this.#store);
  }

  admits(): boolean {
    const [admitted, next] = askRamp(this.#ramp, this.#clock.elapsed(), this.#settings);
    this.#ramp = next;
    return admitted;
  }

  hold(request: HoldRequest): Hold | HoldRefusal {
    const { client, declared, recipients, lane } = request;
    const settings = this.#settings;
    const postmaster = lane === 'postmaster';
    if (this.#level === 'black' || (this.#level === 'red' && !postmaster)) return 'storage-full';
    const terms: HoldTerms = {
      client,
      lane,
      overhead: holdOverhead(recipients, settings),
      step: postmaster ? settings.postmasterMessageMax : firstHold(null, settings),
      octetsMax: postmaster ? settings.postmasterMessageMax : Number.MAX_SAFE_INTEGER,
    };
    if (declared !== null && declared > terms.octetsMax) return 'storage-full';
    const hold = new LiveHold(terms, this.#books);
    const first = postmaster
      ? postmasterHold(declared, recipients, settings)
      : firstHold(declared, settings) + terms.overhead;
    const refusal = this.#books.take(hold, first);
    if (refusal !== null) return refusal;
    this.#holds.add(hold);
    return hold;
  }

  /** A level for maintenance and tests; `null`: what the volumes say. */
  force(level: Level | null): void {
    this.#forced = level;
    this.#settle(level ?? this.#measured, level === null ? this.#worst() : null);
  }

  /** The returned function ends it. */
  onLevel(listener: (change: LevelChange) => void): () => void {
    this.#levelListeners.add(listener);
    return () => void this.#levelListeners.delete(listener);
  }

  onAlarm(listener: (alarm: VolumeAlarm) => void): () => void {
    this.#alarmListeners.add(listener);
    return () => void this.#alarmListeners.delete(listener);
  }

  status(): SpaceStatus {
    return {
      level: this.#level,
      measured: this.#measured,
      forced: this.#forced,
      admittedPercent: this.#refuses(this.#level)
        ? 0
        : rampPercent(this.#ramp, this.#clock.elapsed(), this.#settings),
      held: this.#held,
      holds: this.#holds.size,
      reserve: this.#reserve,
      // What the pool may still have is no more than there is.
      postmasterPool: Math.min(this.#pool, Math.max(0, this.usable() - this.#reserve)),
      volumes: this.#watches.map((watch) => ({
        name: watch.name,
        level: watch.level,
        size: watch.sample?.size ?? 0,
        available: watch.sample?.available ?? 0,
        usable: this.#usableOf(watch),
        inodes: watch.sample?.inodes ?? 0,
        inodesAvailable: watch.sample?.inodesAvailable ?? 0,
        ageMs: watch.sample === null ? null : watch.ageMs,
      })),
    };
  }

  /** The sums against their parts. Run with each sample: a leak would refuse mail for ever. */
  check(): void {
    let held = 0;
    for (const hold of this.#holds) held += hold.held;
    assert(held === this.#held, `holds are ${held} octets, the ledger says ${this.#held}`);
    let clients = 0;
    for (const octets of this.#heldByClient.values()) clients += octets;
    assert(clients === this.#held, `clients hold ${clients} octets, the ledger says ${this.#held}`);
  }

  /** Asks all volumes now, and not only with the next second. */
  async refresh(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => this.#ask(watch)));
  }

  #plan(): void {
    this.#cancelTick = this.#clock.after(SAMPLE_EVERY_MS, () => {
      this.#plan();
      for (const watch of this.#watches) {
        void this.#ask(watch);
        this.#listenFor(watch);
      }
    });
  }

  async #ask(watch: VolumeWatch): Promise<void> {
    const landed = this.#landed; // what lands from now on, this sample need not have seen
    if (!(await watch.ask())) return;
    if (watch === this.#store) {
      this.#landedInSample = landed;
      this.#reserve = spaceLines(watch.sample?.size ?? 0, this.#settings).black.enter;
      this.check();
    }
    if (watch.silent) this.#listenFor(watch);
    watch.judge(this.#usableOf(watch), this.#settings);
    this.#measured = this.#watches.map((each) => each.level).reduce(worse);
    if (this.#started && this.#forced === null) this.#settle(this.#measured, this.#worst());
  }

  #listenFor(watch: VolumeWatch): void {
    const silent = watch.ageMs > VOLUME_SILENT_MS;
    if (silent === watch.silent) return;
    watch.silent = silent;
    const alarm: VolumeAlarm = {
      volume: watch.name,
      type: silent ? 'silent' : 'recovered',
      silentMs: watch.ageMs,
    };
    for (const listener of this.#alarmListeners) listener(alarm);
  }

  /** The volume that decides, `null` when all are well. */
  #worst(): string | null {
    if (this.#measured === 'green') return null;
    return this.#watches.find((watch) => watch.level === this.#measured)?.name ?? null;
  }

  #settle(to: Level, volume: string | null): void {
    const from = this.#level;
    if (!this.#started || from === to) return;
    this.#level = to;
    const refuses = this.#refuses(to);
    if (refuses) this.#ramp = null;
    else if (this.#refuses(from)) this.#resume();
    if (!refuses) this.#pool = this.#settings.postmasterPool;
    const change: LevelChange = { from, to, forced: this.#forced !== null, volume };
    for (const listener of this.#levelListeners) listener(change);
  }

  /** Ordinary mail, all of it. */
  #refuses(level: Level): boolean {
    return level === 'red' || level === 'black';
  }

  /** Gradually, unless somebody ordered mail to flow. */
  #resume(): void {
    this.#ramp = this.#forced === null ? startRamp(this.#clock.elapsed(), this.#settings) : null;
  }

  #usableOf(watch: VolumeWatch): number {
    if (watch.sample === null) return 0;
    const { size, available } = watch.sample;
    if (size === 0) return Number.MAX_SAFE_INTEGER; // it does not tell
    if (watch !== this.#store) return available;
    return available - this.#held - (this.#landed - this.#landedInSample);
  }

  readonly #books = {
    take: (hold: LiveHold, octets: number): HoldRefusal | null => {
      const { client, lane } = hold.terms;
      const { clientHoldMessages, messageSizeMax } = this.#settings;
      const ofClient = this.#heldByClient.get(client) ?? 0;
      if (lane === 'postmaster' && octets > this.#pool) return 'pool-used-up';
      if (ofClient + octets > clientHoldMessages * messageSizeMax) return 'client-cap';
      if (octets > this.usable() - this.#reserve) return 'storage-full';
      if (lane === 'postmaster') this.#pool -= octets;
      const before = hold.held;
      hold.reserved += octets;
      this.#count(hold, hold.held - before);
      return null;
    },
    land: (hold: LiveHold, octets: number): void => {
      this.#landed += octets - hold.written;
      const before = hold.held;
      hold.written = octets;
      this.#count(hold, hold.held - before);
    },
    give: (hold: LiveHold): void => {
      assert(this.#holds.delete(hold), 'a hold that this ledger does not know');
      // What landed has used the pool up until the level is better; what did not is free again.
      if (hold.terms.lane === 'postmaster') {
        this.#pool = Math.min(this.#settings.postmasterPool, this.#pool + hold.held);
      }
      this.#count(hold, -hold.held);
    },
  };

  #count(hold: LiveHold, octets: number): void {
    this.#held += octets;
    const { client } = hold.terms;
    const ofClient = (this.#heldByClient.get(client) ?? 0) + octets;
    assert(this.#held >= 0 && ofClient >= 0, 'more was given back than was held');
    if (ofClient === 0) this.#heldByClient.delete(client);
    else this.#heldByClient.set(client, ofClient);
  }
}
