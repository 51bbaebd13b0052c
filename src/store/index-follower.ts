/** Hears from the index what became of the log. */
import type { Log } from '../world/log.ts';
import type { Compaction } from './compaction.ts';
import type { Effect } from './index-protocol.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId, StoreFailure } from './store.ts';

export class IndexFollower {
  readonly #log: Log;
  readonly #quota: MemoryQuotaLedger;
  #core: StoreCore | null = null;
  #compaction: Compaction | null = null;
  /** Who sends. */
  onQueued: (destinations: readonly string[]) => void = () => {};
  #unlinking: Promise<void> = Promise.resolve();

  constructor(log: Log, quota: MemoryQuotaLedger) {
    this.#log = log;
    this.#quota = quota;
  }

  attach(core: StoreCore, compaction: Compaction): void {
    this.#core = core;
    this.#compaction = compaction;
  }

  effects(effects: readonly Effect[]): void {
    const core = this.#core;
    if (core === null) return; // Replayed: the ledger is filled afterwards, files are swept.
    for (const { type, accounts, large } of effects) {
      if (type !== 'removed') continue;
      for (const { account, octets, messages } of accounts) {
        if (core.book.accountById(account) !== null)
          this.#quota.freed(account as AccountId, octets, messages);
      }
      const unlinked = large.map((hex) => core.large.unlink(idOfBytes(Buffer.from(hex, 'hex'))));
      if (unlinked.length > 0) this.#after(unlinked);
      this.#compaction?.lookSoon();
    }
  }

  queued(destinations: readonly string[]): void {
    this.onQueued(destinations);
  }

  dead(): void {
    this.#compaction?.dead();
  }

  stuck(failure: StoreFailure, text: string): void {
    this.#log.error('index-stuck', { failure: failure.type, text });
  }

  #after(unlinked: readonly Promise<void>[]): void {
    this.#unlinking = allOf([this.#unlinking, ...unlinked]);
    this.#unlinking.catch(() => {}); // Whoever waits for it hears of it.
  }

  async reclaimed(): Promise<void> {
    await this.#unlinking;
    await this.#compaction?.settled();
  }
}

/** Keeps nothing of what they come to: one follows the other as long as the server runs. */
async function allOf(some: readonly Promise<void>[]): Promise<void> {
  await Promise.all(some);
}
