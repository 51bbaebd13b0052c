/**
 * Used and in-flight octets and messages of accounts, domains and the whole server, in memory and exact:
 * what is coming is counted in flight from 354 on; at the end of the data what fits becomes used at once.
 */
import type { QuotaFacts, Settlement } from '../policy/quota.ts';
import type { AccountId } from './store.ts';

/** What one transaction has in flight. Released in `finally`, whatever happened. */
export interface QuotaLease {
  /** The message has now this many octets; raises what is in flight when it passes what was declared. */
  grow(octets: number): void;
  /**
   * The message is whole: for each account asked for, is there room within limit and grace (and in its domain, and on the server)?
   * Those with room become `used` at once, so that no other transaction can take the same room.
   * `own` is what an account's copies have beside `octets` for each (Return-Path, Delivered-To), summed over its copies: what is
   * counted here must be what is counted when the entry is deleted.
   */
  settle(octets: number, own?: ReadonlyMap<AccountId, number>): ReadonlyMap<AccountId, Settlement>;
  /** The store did not keep it: what `settle` had counted is taken back. Idempotent. */
  revoke(): void;
  /** Nothing is in flight any more. Idempotent. */
  release(): void;
}

export interface QuotaLedger {
  /** A live view: read it before the next await. */
  facts(account: AccountId): QuotaFacts;
  /**
   * Raises the in-flight figures for each account by `declared` octets (0 when unknown) and one message.
   * An account that is named twice gets two copies: they find room together or not at all.
   */
  lease(accounts: readonly AccountId[], declared: number | null): QuotaLease;
}
