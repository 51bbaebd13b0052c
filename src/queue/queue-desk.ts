/** What an operator does with the queue: by criteria, in steps, telling how far it is. */
import type { Instant } from '../base/instant.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { Failure, Meaning } from '../policy/retry.ts';
import type { ManagementFailure } from '../store/management.ts';
import type { BlockedDestination, QueueEntry, QueueQuery, QueueStore } from '../store/queue-store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { errandsOf } from './lane.ts';
import type { Reporter, Told } from './reporter.ts';
import { factsOf } from './settlement.ts';

/** `fail` returns to the sender with a report; `delete` says nothing to anybody. */
export type QueueAct = 'hold' | 'release' | 'retry' | 'fail' | 'delete';

export interface QueueDeskHouse {
  readonly queue: QueueStore;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly log: Log;
  /** Before something is tried again by order. */
  readonly tryAnew: () => void;
}

const PAGE_ENTRIES = 500;
const BY_ORDER = 'returned by the administrator of this server';
const RETURNED: Failure = { type: 'local', text: BY_ORDER };
const RETURNED_MEANING: Meaning = { action: 'fail', cause: 'other', scope: 'message', status: '5.0.0' };

export class QueueDesk {
  readonly #house: QueueDeskHouse;

  constructor(house: QueueDeskHouse) {
    this.#house = house;
  }

  /** How many entries it concerned. What is being sent at this moment may arrive nevertheless. */
  async act(act: QueueAct, query: QueueQuery): Promise<Result<number, ManagementFailure>> {
    const { queue, clock } = this.#house;
    switch (act) {
      case 'hold':
        return ok(await queue.changeQueue(query, { held: true }));
      case 'release':
        return ok(await queue.changeQueue(query, { held: false }));
      case 'retry':
        return ok(await this.#retry(query, clock.now()));
      case 'fail':
        return this.#fail(query);
      case 'delete':
        return queue.removeQueued(query);
    }
  }

  /** The destination of an entry, when it is given up for a while as a whole. */
  async blockOf({ destination }: QueueEntry): Promise<BlockedDestination | null> {
    const [blocked = null] = await this.#house.queue.blocked(destination);
    return blocked;
  }

  /** Due now; and destinations that were given up are asked again. */
  async #retry(query: QueueQuery, now: Instant): Promise<number> {
    const { queue, tryAnew } = this.#house;
    tryAnew();
    const changed = await queue.changeQueue(query, { due: now });
    for (const { destination } of await queue.blocked(query.destination)) {
      const { entries } = await queue.countQueue({ ...query, destination });
      if (entries > 0) await queue.block(destination, null);
    }
    return changed;
  }

  async #fail(query: QueueQuery): Promise<Result<number, ManagementFailure>> {
    const { queue } = this.#house;
    let returned = 0;
    for (;;) {
      // What was returned is gone: the first page is always a new one.
      const { entries } = await queue.listQueue(query, { count: PAGE_ENTRIES });
      if (entries.length === 0) return ok(returned);
      for (const { entries: together } of errandsOf(entries)) {
        const done = await this.#return(together);
        if (!done.ok) return done;
        returned += together.length;
      }
    }
  }

  async #return(entries: readonly QueueEntry[]): Promise<Result<void, ManagementFailure>> {
    const { queue, reporter, log } = this.#house;
    const [first, ...others] = entries.map((entry): Told => ({
      entry,
      fate: { type: 'failed', failure: RETURNED, meaning: RETURNED_MEANING },
    }));
    if (first === undefined) return ok(undefined);
    const told = await reporter.tell([first, ...others]);
    if (!told.ok) return failed(told.failure);
    const settled = await queue.settle(
      entries.map(({ object, ordinal }) => ({ object, ordinal, type: 'done' })),
    );
    if (!settled.ok) return failed(settled.failure);
    for (const entry of entries)
      log.warn('queue-failed', { ...factsOf(entry), cause: 'other', reply: BY_ORDER });
    return ok(undefined);
  }
}
