/** How full the queue is, known well enough at any moment without asking the store: S37 of the storage rules. */
import type { QueueFigures, QueueStore } from '../store/queue-store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';

/** 0: no limit. */
export interface QueueLimits {
  readonly entriesMax: number;
  readonly octetsMax: number;
}

const EVERY_MS = 1000;
const NOTHING: QueueFigures = {
  entries: 0,
  octets: 0,
  held: 0,
  leased: 0,
  destinations: 0,
  oldest: null,
  byCause: [],
};

export class QueueMeter implements Disposable {
  readonly #queue: Pick<QueueStore, 'queueFigures'>;
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  readonly #log: Log;
  #figures: QueueFigures = NOTHING;
  /** Entries that were let in since the store was asked; some of them may be counted there already. */
  #since = 0;
  #cancel: () => void = () => {};
  #over = false;

  private constructor(queue: Pick<QueueStore, 'queueFigures'>, limits: QueueLimits, clock: Clock, log: Log) {
    this.#queue = queue;
    this.#limits = limits;
    this.#clock = clock;
    this.#log = log;
  }

  static async start(
    queue: Pick<QueueStore, 'queueFigures'>,
    limits: QueueLimits,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ): Promise<QueueMeter> {
    const meter = new QueueMeter(queue, limits, clock, log);
    await meter.#ask();
    return meter;
  }

  /** As they were a second ago. */
  get figures(): QueueFigures {
    return this.#figures;
  }

  get full(): boolean {
    return !this.#hasRoom(1);
  }

  /** Whether so many entries more have room; if so they are counted. */
  room(count: number): boolean {
    if (!this.#hasRoom(count)) return false;
    this.#since += count;
    return true;
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#cancel();
  }

  #hasRoom(count: number): boolean {
    const { entriesMax, octetsMax } = this.#limits;
    if (octetsMax > 0 && this.#figures.octets >= octetsMax) return false;
    return entriesMax === 0 || this.#figures.entries + this.#since + count <= entriesMax;
  }

  async #ask(): Promise<void> {
    try {
      const admitted = this.#since;
      this.#figures = await this.#queue.queueFigures();
      this.#since -= admitted;
    } catch (error) {
      this.#log.warn('queue-not-counted', { error });
    }
    if (!this.#over) this.#cancel = this.#clock.after(EVERY_MS, () => void this.#ask());
  }
}
