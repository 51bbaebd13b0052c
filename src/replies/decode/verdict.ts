/** What the decoder says of a failure report: one verdict for each recipient, and the lines that it rests on. */
import type { Wording } from '../../base/language.ts';
import type { Actor, Phase } from '../catalogue.ts';
import type { Reason } from './reasons.ts';

/** What became of one recipient. */
export type Standing = 'temporary' | 'permanent' | 'success' | 'unknown';

export type Confidence = 'certain' | 'likely' | 'guess';

/** A stretch of the text that was read (after MIME was undone), in UTF-16 units, `end` exclusive. */
export interface Evidence {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What it was taken for. */
  readonly as: 'reply' | 'status' | 'action' | 'words' | 'provider' | 'phase' | 'recipient' | 'host';
}

/** When to try again, as `spec` rows of retry policy know it: never a number that was not in the text or the rules. */
export interface RetryAdvice {
  readonly kind: 'none' | 'at-once' | 'later' | 'after-change' | 'never';
  readonly text: Wording;
}

export interface RecipientVerdict {
  /** As it stands in the text; null when none is named. */
  readonly recipient: string | null;
  readonly standing: Standing;
  readonly reason: Reason;
  /** The reply that decided; null for failures without one (time-out, DNS). */
  readonly code: string | null;
  readonly status: string | null;
  readonly phase: Phase | null;
  /** Id of a provider or server of the catalogue, or null. */
  readonly provider: string | null;
  /** Host that said it, where it is named. */
  readonly host: string | null;
  readonly actors: readonly Actor[];
  readonly retry: RetryAdvice;
  /** One sentence that says it all. */
  readonly summary: Wording;
  readonly sender: Wording;
  readonly manager: Wording;
  /** Contradictions and private meanings that the reader should know of. */
  readonly notes: readonly Wording[];
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** Path of the most precise page: `/smtp/452/4.2.2`; null when none fits. */
  readonly page: string | null;
}

export interface Decoded {
  /** What the evidence points into. */
  readonly text: string;
  /** True when the input was longer than `DECODE_INPUT_MAX` and the rest was not read. */
  readonly truncated: boolean;
  /** Empty when nothing was found. */
  readonly verdicts: readonly RecipientVerdict[];
}
