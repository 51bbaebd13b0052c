/** What an account may submit within an hour, as policy: an allowance that fills up again all the time. */

export interface SubmissionSettings {
  /** The addresses in `From` and `Sender` must be the submitter's own: RFC 6409 §6.1. */
  readonly checkFrom: boolean;
  /** 0: no limit. */
  readonly messagesPerHour: number;
  readonly recipientsPerHour: number;
}

export const SUBMISSION_DEFAULTS: SubmissionSettings = {
  checkFrom: true,
  messagesPerHour: 1000,
  recipientsPerHour: 10_000,
};

const HOUR_MS = 3_600_000;

/** What was spent and has not filled up again, as of a moment (milliseconds of any clock that only grows). */
export interface Spent {
  readonly amount: number;
  readonly at: number;
}

export const NOTHING_SPENT: Spent = { amount: 0, at: 0 };

export function spentBy(now: number, spent: Spent, perHour: number): number {
  return Math.max(0, spent.amount - ((now - spent.at) / HOUR_MS) * perHour);
}

/** One more: what is spent then, or null when the hour's share is used up. */
export function spendOne(now: number, spent: Spent, perHour: number): Spent | null {
  if (perHour === 0) return NOTHING_SPENT;
  const amount = spentBy(now, spent, perHour) + 1;
  return amount > perHour ? null : { amount, at: now };
}

/** What was spent for nothing comes back. */
export function giveBack(
  now: number,
  { spent, count }: { spent: Spent; count: number },
  perHour: number,
): Spent {
  return perHour === 0
    ? NOTHING_SPENT
    : { amount: Math.max(0, spentBy(now, spent, perHour) - count), at: now };
}

/** The reverse-path, and each author: is this address nobody's but the submitter's? `leadsTo`: every account that gets its mail. */
export function isOwn<Account>(leadsTo: readonly Account[], submitter: Account): boolean {
  return leadsTo.length === 1 && leadsTo[0] === submitter;
}
