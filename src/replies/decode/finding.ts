/** What the layouts find before anything is judged: a recipient and the pieces of text that speak of it. */
import type { Span } from './source.ts';

/** What the sending server did, whatever the reply was. */
export interface Fate {
  readonly kind: 'delivered' | 'delayed' | 'failed';
  readonly span: Span;
}

export interface Finding {
  readonly recipient: Span | null;
  /** `Action` of a delivery status notification, or the like in a log line. */
  readonly fate: Fate | null;
  /** `Status` of a delivery status notification, or `dsn=` of a log line. */
  readonly status: Span | null;
  /** Host that answered. */
  readonly host: Span | null;
  /** The words of the server, most telling first: replies are looked for in these. */
  readonly pieces: readonly Span[];
}

/** What is known of the text as a whole. */
export interface Surroundings {
  /** A report of mail that came back: a failure without a code is final there. */
  readonly isBounce: boolean;
  /** A warning only: the sending server goes on trying. */
  readonly isDelay: boolean;
  /** Text that may speak of the same recipient; asked where the finding itself says nothing. */
  readonly pieces: readonly Span[];
}
