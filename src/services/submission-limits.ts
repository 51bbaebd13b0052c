/** What each account has submitted lately, in memory: one small record for each that submits, and none for those that have rested. */
import {
  giveBack,
  NOTHING_SPENT,
  spendOne,
  type Spent,
  spentBy,
  type SubmissionSettings,
} from '../policy/submission.ts';
import type { AccountId } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';

interface Account {
  messages: Spent;
  recipients: Spent;
}

/** Records between two looks for those that are as good as none. */
const SWEEP_EVERY = 1024;

export class SubmissionLimits {
  readonly #settings: SubmissionSettings;
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #accounts = new Map<AccountId, Account>();
  #untilSweep = SWEEP_EVERY;

  constructor(settings: SubmissionSettings, clock: Pick<Clock, 'elapsed'>) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** False: this account has had its share of the hour. */
  take(account: AccountId, what: keyof Account): boolean {
    const perHour = this.#perHour(what);
    if (perHour === 0) return true;
    const record = this.#record(account);
    const spent = spendOne(this.#clock.elapsed(), record[what], perHour);
    if (spent === null) return false;
    record[what] = spent;
    return true;
  }

  /** So many were taken and not used. */
  giveBack(account: AccountId, what: keyof Account, count: number): void {
    const record = this.#accounts.get(account);
    if (record === undefined || count === 0) return;
    record[what] = giveBack(this.#clock.elapsed(), { spent: record[what], count }, this.#perHour(what));
  }

  #record(account: AccountId): Account {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    if (--this.#untilSweep === 0) this.#sweep();
    const made = { messages: NOTHING_SPENT, recipients: NOTHING_SPENT };
    this.#accounts.set(account, made);
    return made;
  }

  #sweep(): void {
    this.#untilSweep = SWEEP_EVERY;
    const now = this.#clock.elapsed();
    for (const [account, { messages, recipients }] of this.#accounts) {
      const rested =
        spentBy(now, messages, this.#settings.messagesPerHour) === 0 &&
        spentBy(now, recipients, this.#settings.recipientsPerHour) === 0;
      if (rested) this.#accounts.delete(account);
    }
  }

  #perHour(what: keyof Account): number {
    return what === 'messages' ? this.#settings.messagesPerHour : this.#settings.recipientsPerHour;
  }
}
