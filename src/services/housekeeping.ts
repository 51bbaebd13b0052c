/** What goes on beside the mail: copies that wait for room, and the news of the space ledger. */
import type { AccountId } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';

/** What waits is tried again this often, beside whenever a mailbox shrinks. */
const WAITING_RETRY_MS = 15 * 60_000;
/** A mailbox that is emptied message by message is looked at once, when that is over. */
const SHRUNK_PAUSE_MS = 200;

interface WaitingStore {
  releaseWaiting(account?: AccountId): Promise<number>;
}

/** Delivers copies that waited for a full mailbox as soon as it has room (E4 of the storage rules). */
export class WaitingRoom implements Disposable {
  readonly #store: WaitingStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #cancelRound: () => void;
  #cancelSoon: (() => void) | null = null;
  #shrunk = new Set<AccountId | null>();

  constructor(store: WaitingStore, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#cancelRound = clock.after(WAITING_RETRY_MS, () => this.#round());
  }

  /** This account has room again; `null`: a pool that many draw from has. */
  shrunk(account: AccountId | null): void {
    this.#shrunk.add(account);
    this.#cancelSoon ??= this.#clock.after(SHRUNK_PAUSE_MS, () => {
      const accounts = this.#shrunk;
      this.#shrunk = new Set();
      this.#cancelSoon = null;
      if (accounts.has(null)) return void this.#release();
      for (const each of accounts) if (each !== null) void this.#release(each);
    });
  }

  [Symbol.dispose](): void {
    this.#cancelRound();
    this.#cancelSoon?.();
  }

  #round(): void {
    void this.#release();
    this.#cancelRound = this.#clock.after(WAITING_RETRY_MS, () => this.#round());
  }

  async #release(account?: AccountId): Promise<void> {
    try {
      const delivered = await this.#store.releaseWaiting(account);
      if (delivered > 0) this.#log.info('waiting-delivered', { account: account ?? null, delivered });
    } catch (error) {
      this.#log.error('waiting-failed', { error });
    }
  }
}
