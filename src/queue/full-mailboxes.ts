/**
 * Mailboxes elsewhere that said that they are full, and when each is to be asked again: a hundred messages for one full mailbox cost its
 * server one question a time, not a hundred (D1 of the storage rules).
 */
import type { Instant } from '../base/instant.ts';
import type { RetryState } from '../policy/retry.ts';

/** Beyond this the one that is known longest is forgotten: then it is asked once more than needed. */
const MAILBOXES_MAX = 10_000;

export class FullMailboxes {
  readonly #known = new Map<string, RetryState>();

  /** `null`: ask it. */
  backOff(recipient: string, now: Instant): RetryState | null {
    const retry = this.#known.get(recipient);
    return retry !== undefined && now < retry.due ? retry : null;
  }

  full(recipient: string, retry: RetryState): void {
    this.#known.delete(recipient);
    this.#known.set(recipient, retry);
    const oldest = this.#known.size > MAILBOXES_MAX ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** Somebody wants them asked again. */
  forget(): void {
    this.#known.clear();
  }

  hasRoom(recipient: string): void {
    if (this.#known.size > 0) this.#known.delete(recipient);
  }
}
