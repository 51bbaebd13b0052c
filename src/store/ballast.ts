/**
 * Room that was taken in good times to be given back in bad ones: deleting mail needs some, too. Made in the background, only
 * when the level is GREEN; thrown off when the volumes say BLACK, or by order; made again after a while of GREEN.
 */
import type { Level } from '../policy/space.ts';
import type { Clock } from '../world/clock.ts';
import type { PaddingFile } from '../world/padding-file.ts';
import type { LevelChange } from './space-ledger.ts';

export const BALLAST_SHARE_MAX = 0.02; // of the volume
export const BALLAST_AGAIN_MS = 10 * 60_000;
/** After the start: a server that lives for a moment, as in tests, writes none. */
export const BALLAST_FIRST_MS = 60_000;
/** Between two pieces, for the disk has better things to do. */
export const BALLAST_PIECE_MS = 20;

/** What it watches. A space ledger is one. */
export interface BallastWatch {
  readonly level: Level;
  onLevel(listener: (change: LevelChange) => void): () => void;
  status(): { readonly volumes: readonly { readonly size: number }[] };
}

export interface BallastOptions {
  readonly file: PaddingFile;
  /** 0: none is made. */
  readonly octets: number;
  readonly clock: Clock;
  readonly watch: BallastWatch;
}

export class Ballast {
  readonly #options: BallastOptions;
  #unlisten: () => void = () => undefined;
  #cancel: () => void = () => undefined;
  /** The piece that is being written, or the removal: one at a time. */
  #busy: Promise<unknown> = Promise.resolve();
  /** Grows with each end, so that whoever waited for a piece sees that he is not wanted any more. */
  #turn = 0;

  constructor(options: BallastOptions) {
    this.#options = options;
  }

  /** On the disk now. */
  get octets(): number {
    return this.#options.file.octets;
  }

  /** What it shall have: the first volume is the store's. */
  get target(): number {
    const size = this.#options.watch.status().volumes[0]?.size ?? 0;
    return Math.floor(Math.min(this.#options.octets, BALLAST_SHARE_MAX * size));
  }

  async start(): Promise<void> {
    const { file, watch } = this.#options;
    await file.find();
    this.#unlisten = watch.onLevel((change) => this.#heed(change));
    if (this.#options.octets === 0) await this.#drop();
    else if (watch.level === 'green') this.#plan(BALLAST_FIRST_MS);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.#cancel();
    this.#turn++;
    await this.#busy;
  }

  /** By order. Octets given back. It is made again later, when all is well. */
  async release(): Promise<number> {
    const octets = await this.#drop();
    if (this.#options.watch.level === 'green') this.#plan(BALLAST_AGAIN_MS);
    return octets;
  }

  #heed({ to, forced }: LevelChange): void {
    this.#cancel();
    if (to === 'green') this.#plan(BALLAST_AGAIN_MS);
    else if (to === 'black' && !forced) void this.#drop(); // a forced level has no need of room
  }

  #plan(ms: number): void {
    this.#cancel();
    if (this.#options.octets === 0) return;
    this.#cancel = this.#options.clock.after(ms, () => void this.#grow());
  }

  async #grow(): Promise<void> {
    const { file, watch } = this.#options;
    const { target } = this;
    const turn = this.#turn;
    if (watch.level !== 'green' || file.octets >= target) return;
    const grown = file.grow(target);
    this.#busy = grown;
    const well = await grown;
    if (turn === this.#turn) this.#plan(well ? BALLAST_PIECE_MS : BALLAST_AGAIN_MS);
  }

  async #drop(): Promise<number> {
    this.#cancel();
    this.#turn++;
    const dropped = this.#busy.then(() => this.#options.file.remove());
    this.#busy = dropped;
    return dropped;
  }
}
