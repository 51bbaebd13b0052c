/** Carries mail to one destination. The contract between who schedules (queue-runner.ts) and who speaks SMTP. */
import type { Failure, Meaning } from '../policy/retry.ts';
import type { HeardReply } from '../replies/heard-reply.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import type { QueueName } from '../store/store.ts';

/** One mail object and those of its recipients that travel together: same object, same destination. */
export interface Errand {
  readonly entries: readonly [QueueEntry, ...QueueEntry[]];
}

export type RecipientOutcome = QueueName &
  (
    | {
        readonly type: 'delivered';
        readonly host: string;
        readonly reply: HeardReply;
        /** The peer announced DSN and was told what this recipient wants: it reports, not we (RFC 3461 §5.2.2). */
        readonly reports: boolean;
        /** A final delivery (LMTP), not a relay. */
        readonly final: boolean;
      }
    /** `meaning.action` is never `next-transaction` or `next-host` here: the carrier has tried these. */
    | { readonly type: 'failed'; readonly failure: Failure; readonly meaning: Meaning }
    /** Not tried: give it to another connection. */
    | { readonly type: 'untried' }
  );

/** Where a connection gets its work. */
export interface ErrandSource {
  /** The next one, or `null`: say QUIT. A promise may wait a while for work; the connection stays open meanwhile. */
  next(): Errand | null | Promise<Errand | null>;
  /** Once for each errand, with one outcome for each of its entries; awaited before the next errand is asked for when it is a promise. */
  report(errand: Errand, outcomes: readonly RecipientOutcome[]): void | Promise<void>;
}

/** How a run of one connection ended. */
export type CarryEnd =
  /** The source had no more. */
  | { readonly type: 'finished' }
  /** No host of the destination could be used, or the last one sent us away: the destination as a whole is to wait, or to fail. */
  | { readonly type: 'unreachable'; readonly failure: Failure; readonly meaning: Meaning };

export interface Carrier {
  /** One connection at a time: call it several times for more. Never rejects. Stops between two errands when `signal` says so. */
  carry(destination: string, source: ErrandSource, signal: AbortSignal): Promise<CarryEnd>;
}
