/** Imports: what has come under a key is not kept again under it. */
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { deliveredToField } from '../message/trace.ts';
import { ID_OCTETS, idOfBytes } from './mail-object-id.ts';
import { FIXED_OCTETS } from './record.ts';
import type { LogRecord } from './segment-log.ts';
import { appendObject } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { Delivery, StoreFailure } from './store.ts';

export class Imports {
  readonly #core: StoreCore;
  /** On their way into the log, by their key. */
  readonly #underWay = new Map<string, Promise<Result<void, StoreFailure>>>();

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Is it there, or on its way? */
  async known(key: string): Promise<boolean> {
    if (this.#underWay.has(key)) return true;
    const known = await this.#core.index.ask('importKnown', { key });
    return known.ok && known.value; // When it cannot be told now, `keep` refuses.
  }

  async keep(
    record: LogRecord,
    key: string,
    deliveries: readonly Delivery[],
    size: number,
  ): Promise<Result<void, StoreFailure>> {
    const { book, index, quota, large } = this.#core;
    // Another with this key may be on its way: whether it arrives decides what becomes of this one.
    const before = this.#underWay.get(key);
    if (before !== undefined && !(await before).ok) return this.keep(record, key, deliveries, size);
    const known = before !== undefined ? ok(true) : await index.ask('importKnown', { key });
    if (!known.ok) return known;
    if (!known.value) {
      if (this.#underWay.has(key)) return this.keep(record, key, deliveries, size);
      const keeping = appendObject(this.#core, record, deliveries).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, keeping);
      return keeping;
    }
    // It is there already: what was counted for it is given back.
    for (const { account, state, recipient } of deliveries) {
      if (state === 'mailbox' && book.accountById(account) !== null)
        quota.freed(account, size + Buffer.byteLength(deliveredToField(recipient)), 1);
    }
    if (record.bodyLength === 0)
      await large.unlink(idOfBytes(record.head.subarray(FIXED_OCTETS, FIXED_OCTETS + ID_OCTETS)));
    return ok(undefined);
  }
}
