/** What the queue asks of the index. The questions that change something change only what is not in the log. */
import type { RetryState } from '../policy/retry.ts';
import type { DeliveryName } from './record-heads.ts';
import type { QueueFigures, QueueQuery } from './queue-store.ts';

export interface QueueRow extends DeliveryName {
  readonly id: Uint8Array;
  /** `null`: it goes out. */
  readonly account: number | null;
  readonly destination: string;
  readonly recipient: string;
  readonly notify: string | null;
  readonly orcpt: string | null;
  readonly size: number;
  readonly reversePath: string;
  /** The rest of the envelope, as `envelopeText` wrote it. */
  readonly envelope: string;
  readonly queuedAt: number;
  readonly due: number;
  readonly retry: string | null;
  readonly held: boolean;
  readonly noticed: boolean;
}

export interface BlockedRow {
  readonly destination: string;
  readonly until: number;
  readonly retry: string;
  readonly entries: number;
}

/** `Object id` split off its ordinal; `free`: only what nobody has claimed. */
export interface QueueFilter extends Omit<QueueQuery, 'id' | 'local'> {
  readonly object?: { readonly id: string; readonly ordinal: number | null };
  readonly free?: boolean;
}

export interface QueueScan {
  readonly from: 'queue' | 'waiting';
  readonly after: DeliveryName;
  readonly filter: QueueFilter;
  /** Rows at most. 0: only the sums. */
  readonly count: number;
}

export interface QueueScanPage {
  readonly rows: readonly QueueRow[];
  readonly entries: number;
  readonly octets: number;
  /** Where to go on; `null`: that was all. */
  readonly next: DeliveryName | null;
}

export interface QueueDeferral extends DeliveryName {
  readonly due: number;
  readonly cause: string;
  readonly retry: string;
}

export interface QueueMark {
  readonly held?: boolean;
  readonly due?: number;
  readonly noticed?: true;
}

export interface QueueAnswers {
  queueReady: {
    ask: { now: number; count: number; except: readonly string[] };
    answer: readonly { readonly destination: string; readonly due: number }[];
  };
  queueNext: { ask: { now: number }; answer: number | null };
  queueClaim: {
    ask: { destination: string; now: number; until: number; count: number };
    answer: readonly QueueRow[];
  };
  /** Destinations that have something to be tried again. */
  queueSettle: {
    ask: { deferred: readonly QueueDeferral[]; free: readonly DeliveryName[] };
    answer: readonly string[];
  };
  queueBlock: {
    ask: { destination: string; blocked: { readonly until: number; readonly retry: RetryState } | null };
    answer: null;
  };
  queueBlocked: { ask: { destination: string | null }; answer: readonly BlockedRow[] };
  queueOverdue: {
    ask: { what: 'notice' | 'end'; before: number; count: number };
    answer: readonly QueueRow[];
  };
  queueScan: { ask: QueueScan; answer: QueueScanPage };
  /** How many were changed, and destinations that have something to be tried for it. */
  queueMark: {
    ask: { names: readonly DeliveryName[]; mark: QueueMark };
    answer: { readonly changed: number; readonly freed: readonly string[] };
  };
  /** Those that nobody has claimed are leased for good: they are to be removed. Of copies that wait: those that still do. */
  queueSeize: { ask: { names: readonly DeliveryName[] }; answer: readonly DeliveryName[] };
  /** Which of these are entries, or copies that wait, still. */
  queueKnown: { ask: { names: readonly DeliveryName[] }; answer: readonly DeliveryName[] };
  queueFigures: { ask: null; answer: QueueFigures };
  /** Where an object lies; `null`: it is gone. */
  objectPlace: { ask: { object: number }; answer: ObjectSpot | null };
}

/** Where an object lies. */
export interface ObjectSpot {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
  readonly size: number;
  readonly large: boolean;
  readonly id: Uint8Array;
}
