/**
 * Which UID the next message of each mailbox gets. It is given here, in the order of the log, and stands in the record: the
 * index that is built again from the log finds the same. None is given twice, not even one whose record was refused.
 */
import type { BookDump } from './index-protocol.ts';
import { putUid } from './record-heads.ts';
import type { Delivery } from './store.ts';

export class MailboxUids {
  readonly #next = new Map<number, number>();

  constructor({ accounts }: Pick<BookDump, 'accounts'>) {
    for (const { id, nextUid } of accounts) if (nextUid > 1) this.#next.set(id, nextUid);
  }

  /** Ask for it in the same breath in which the record that says it takes its place in the log. */
  take(account: number): number {
    const uid = this.#next.get(account) ?? 1;
    this.#next.set(account, uid + 1);
    return uid;
  }

  /** Into the record of a mail object. What waits has none yet. */
  putInto(record: Buffer, deliveries: readonly Delivery[]): void {
    for (let i = 0; i < deliveries.length; i++) {
      const delivery = deliveries[i];
      if (delivery?.state === 'mailbox') putUid(record, i, this.take(delivery.account));
    }
  }
}
