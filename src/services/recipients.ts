/**
 * The accepted recipients of a transaction, and the copies that come of them: one for each account, however many ways lead there,
 * and one for each address that is elsewhere.
 */
import { writeMailbox } from '../address/mailbox.ts';
import { deliveredToField } from '../message/trace.ts';
import type { Settlement } from '../policy/quota.ts';
import type { ForwardPath, Notify, RecipientParameters } from '../smtp/command.ts';
import { type AccountId, type Delivery, QUEUE, type Target } from '../store/store.ts';

export interface AcceptedRecipient {
  readonly parameters: RecipientParameters;
  /** None: the address is elsewhere, and its copy goes out. */
  readonly targets: readonly Target[];
}

export class Recipients {
  readonly #accepted: AcceptedRecipient[] = [];
  /** By account: the recipient whose address its copy bears. The first one that led there. */
  readonly #copies = new Map<AccountId, RecipientParameters>();
  /** By address, in one spelling. */
  readonly #queued = new Map<string, RecipientParameters>();

  add(recipient: AcceptedRecipient): void {
    this.#accepted.push(recipient);
    if (recipient.targets.length === 0) {
      const address = addressOf(recipient.parameters.forwardPath);
      if (!this.#queued.has(address)) this.#queued.set(address, recipient.parameters);
    }
    for (const { account } of recipient.targets) {
      if (!this.#copies.has(account)) this.#copies.set(account, recipient.parameters);
    }
  }

  get accepted(): readonly AcceptedRecipient[] {
    return this.#accepted;
  }

  /** Copies that go out. */
  get queued(): number {
    return this.#queued.size;
  }

  /** Of our own. */
  get accounts(): AccountId[] {
    return [...this.#copies.keys()];
  }

  /** What the copy of each account has beside the mail object, in octets: its Delivered-To. */
  own(): Map<AccountId, number> {
    const own = new Map<AccountId, number>();
    for (const [account, { forwardPath }] of this.#copies) {
      own.set(account, octetsIn(deliveredToField(addressOf(forwardPath))));
    }
    return own;
  }

  /**
   * The copies to keep once room was settled: into the mailboxes with room; for the full ones, waiting; and those that go out. A
   * full account of a recipient that gets nothing at all is left out when `exact`: LMTP says so to that recipient alone.
   */
  deliveries(settled: ReadonlyMap<AccountId, Settlement>, exact: boolean): Delivery[] {
    const wanted = new Set(
      this.#accepted
        .filter((recipient) => !exact || hasRoom(recipient, settled))
        .flatMap((recipient) => recipient.targets.map((target) => target.account)),
    );
    const deliveries: Delivery[] = [];
    for (const [account, parameters] of this.#copies) {
      if (!wanted.has(account)) continue;
      deliveries.push({
        account,
        recipient: addressOf(parameters.forwardPath),
        state: settled.get(account) === 'room' ? 'mailbox' : 'waiting',
        notify: writeNotify(parameters.notify),
        orcpt: parameters.orcpt,
      });
    }
    for (const [recipient, { notify, orcpt }] of this.#queued) {
      deliveries.push({ account: QUEUE, recipient, state: 'queued', notify: writeNotify(notify), orcpt });
    }
    return deliveries;
  }
}

/** At least one of the mailboxes behind this recipient has room. */
export function hasRoom(recipient: AcceptedRecipient, settled: ReadonlyMap<AccountId, Settlement>): boolean {
  return recipient.targets.some((target) => settled.get(target.account) === 'room');
}

export function addressOf(path: ForwardPath): string {
  return path === 'postmaster' ? path : writeMailbox(path);
}

/** An address may have UTF-8 in it: RFC 6531 §3.3. */
function octetsIn(text: string): number {
  return Buffer.byteLength(text);
}

function writeNotify(notify: Notify | null): string | null {
  return notify === null || notify === 'NEVER' ? notify : notify.join(',');
}
