/** What went wrong, and what it means. */
import { classify } from '../policy/classify.ts';
import type { Failure, Meaning } from '../policy/retry.ts';

export interface Trouble {
  readonly failure: Failure;
  readonly meaning: Meaning;
}

/** Of a failure that is not a reply to one of several RCPTs. */
export function troubleOf(failure: Failure): Trouble {
  return { failure, meaning: classify(failure, { index: 0, acceptedBefore: 0 }) };
}
