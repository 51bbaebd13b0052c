/** What the parts of the embedded store share. */
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { Log } from '../world/log.ts';
import type { AddressBook } from './address-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { IndexClient } from './index-client.ts';
import type { BookChange, Effect } from './index-protocol.ts';
import type { LargeObjects } from './large-objects.ts';
import type { MailboxUids } from './mailbox-uids.ts';
import type { Limits } from './management.ts';
import type { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { RECORD } from './record.ts';
import type { RecordType } from './record.ts';
import { encodeJson, encodeNames } from './record-heads.ts';
import type { DeliveryName } from './record-heads.ts';
import type { SegmentReaders } from './segment-readers.ts';
import type { LogRecord, SegmentLog } from './segment-log.ts';
import type { Delivery, StoreFailure } from './store.ts';
import type { Turn } from './turn.ts';

export interface StorePlaces {
  readonly segments: string;
  readonly large: string;
}

export interface StoreCore {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly places: StorePlaces;
  readonly segments: SegmentLog;
  readonly readers: SegmentReaders;
  readonly commit: GroupCommit;
  readonly index: IndexClient;
  readonly book: AddressBook;
  readonly uids: MailboxUids;
  readonly quota: MemoryQuotaLedger;
  readonly large: LargeObjects;
  /** Whoever names deliveries in a record holds it from the question which there are until they are changed. */
  readonly turn: Turn;
  readonly accountLimits: Limits;
  /** Resolves when files and segments that nobody needs any more are gone. */
  readonly reclaimed: () => Promise<void>;
  /** Gives up what was put by for a full disk. False: there was nothing. */
  readonly makeRoom: () => Promise<boolean>;
}

/** A record without a body. */
export function bareRecord(type: RecordType, head: Buffer): LogRecord {
  return { type, head, body: [], bodyLength: 0, bodyCrc: 0, sequence: 0 };
}

/** A mail object takes its place in the log, and its copies their UIDs. */
export function appendObject(
  { commit, uids }: StoreCore,
  record: LogRecord,
  deliveries: readonly Delivery[],
): Promise<Result<void, StoreFailure>> {
  uids.putInto(record.head, deliveries);
  return commit.append(record);
}

/**
 * Writes a change of the book into the log; only then does it hold. `also` happens in the same breath: nobody finds an account in
 * the book that the ledger does not know. Call it in turn.
 */
export async function changeBook(
  core: StoreCore,
  change: BookChange,
  also: () => void = () => {},
): Promise<Result<LogRecord, StoreFailure>> {
  const record = bareRecord(RECORD.book, encodeJson(change));
  const kept = await core.commit.append(record);
  if (!kept.ok) return kept;
  core.book.change(change);
  also();
  return ok(record);
}

/** Writes which deliveries are gone, and waits for what came of it. Call it in turn. */
export async function removeDeliveries(
  core: StoreCore,
  names: readonly DeliveryName[],
): Promise<Result<Effect, StoreFailure>> {
  const record = bareRecord(RECORD.removed, encodeNames(names));
  const kept = await core.commit.append(record);
  if (!kept.ok) return failed(kept.failure);
  return core.index.effectOf(record.sequence);
}

export function effectiveLimits(
  core: Pick<StoreCore, 'book' | 'accountLimits'>,
  address: string,
  own: Limits | null,
): Limits {
  return (
    own ??
    core.book.domains.get(address.slice(address.lastIndexOf('@') + 1))?.accountLimits ??
    core.accountLimits
  );
}
