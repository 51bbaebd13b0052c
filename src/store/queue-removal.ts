/**
 * Entries that are over leave the queue through the log. Whoever comes while a record is on its way shares the next one: a server that
 * delivers much writes few of them.
 */
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { RECORD } from './record.ts';
import { encodeNames } from './record-heads.ts';
import type { DeliveryName } from './record-heads.ts';
import { bareRecord } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { StoreFailure } from './store.ts';

/** Entries in one record. */
const NAMES_MAX = 10_000;
/** When a full disk has got some room: longer than the log waits by itself before it tries again. */
const TRY_AGAIN_MS = 200;
const TRIES_WITH_ROOM = 5;

interface Leaving {
  readonly names: readonly DeliveryName[];
  readonly resolve: (result: Result<void, StoreFailure>) => void;
  readonly reject: (thrown: unknown) => void;
}

export class QueueRemoval {
  readonly #core: StoreCore;
  #leaving: Leaving[] = [];
  #running = false;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Resolves when it survives a crash. Names of what is not in the queue any more are passed over. */
  remove(names: readonly DeliveryName[]): Promise<Result<void, StoreFailure>> {
    return new Promise((resolve, reject) => {
      this.#leaving.push({ names, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#leaving.length > 0) {
      const together = this.#take();
      try {
        const result = await this.#written(together.flatMap(({ names }) => names));
        for (const { resolve } of together) resolve(result);
      } catch (thrown) {
        for (const { reject } of together) reject(thrown);
      }
    }
    this.#running = false;
  }

  #take(): Leaving[] {
    let [count, names] = [0, 0];
    for (const one of this.#leaving) {
      names += one.names.length;
      if (count > 0 && names > NAMES_MAX) break;
      count++;
    }
    return this.#leaving.splice(0, count);
  }

  /** It makes room, and needs a little of it first. */
  async #written(names: readonly DeliveryName[]): Promise<Result<void, StoreFailure>> {
    const { clock, makeRoom } = this.#core;
    let written = await this.#write(names);
    if (written.ok || written.failure.type !== 'no-space' || !(await makeRoom())) return written;
    for (let tries = 0; tries < TRIES_WITH_ROOM && !written.ok; tries++) {
      await new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));
      written = await this.#write(names);
    }
    return written;
  }

  /** In turn: a copy that waited may be in its mailbox by now, and must stay there. */
  #write(names: readonly DeliveryName[]): Promise<Result<void, StoreFailure>> {
    const { turn, index, commit } = this.#core;
    return turn.run(async () => {
      const known = await index.ask('queueKnown', { names });
      if (!known.ok) return known;
      if (known.value.length === 0) return ok(undefined);
      return commit.append(bareRecord(RECORD.removed, encodeNames(known.value)));
    });
  }
}
