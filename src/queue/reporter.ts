/** Reports to senders (RFC 3461, RFC 3464): the contract between who decides that something is to be said and who says it. */
import type { Result } from '../base/result.ts';
import type { Failure, Meaning, RetryState } from '../policy/retry.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import type { StoreFailure } from '../store/store.ts';

/** What became of one recipient of a message. */
export type Fate =
  | { readonly type: 'failed'; readonly failure: Failure; readonly meaning: Meaning }
  /** Five days have passed; `retry` of its last attempt, `null`: there was none, or it waits for a full local mailbox. */
  | { readonly type: 'expired'; readonly retry: RetryState | null }
  | { readonly type: 'delayed'; readonly retry: RetryState | null; readonly expiresAt: number }
  /** To a peer that does not report itself: RFC 3461 §5.2.2. */
  | { readonly type: 'relayed'; readonly host: string }
  | { readonly type: 'delivered'; readonly host: string }
  /** To the members of a list, each on its own now: RFC 3461 §5.2.7. */
  | { readonly type: 'expanded' };

export interface Told {
  readonly entry: QueueEntry;
  readonly fate: Fate;
}

export interface Reporter {
  /**
   * All recipients are of one mail object. Sends the reports that are owed, one message for each kind of fate, and none where none is
   * owed (NOTIFY, null reverse-path, forged senders); what could not be reported is logged and, when it failed, kept for the
   * postmaster. Durable when it resolves, and doing it again after a crash sends nothing twice.
   */
  tell(told: readonly [Told, ...Told[]]): Promise<Result<void, StoreFailure>>;
}
