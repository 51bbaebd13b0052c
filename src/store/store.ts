/**
 * The store as the floors above see it. Nothing here knows of SQLite or of segments: a second
 * implementation stands on other ground and passes the same contract test.
 */
import type { Mailbox } from '../address/mailbox.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { Brand } from '../base/brand.ts';
import type { Instant } from '../base/instant.ts';
import type { Result } from '../base/result.ts';
import type { QuotaLedger } from './quota-ledger.ts';

/** UUIDv7, made by the caller's floor: time-ordered. */
export type MailObjectId = Brand<string, 'MailObjectId'>;
export type AccountId = Brand<number, 'AccountId'>;

/** Why the world did not do what was asked of the store. */
export type StoreFailure =
  | { readonly type: 'no-space' } //          ENOSPC, EDQUOT, EFBIG, database full
  | { readonly type: 'io' } //                EIO and whatever has no better name
  | { readonly type: 'read-only' } //         EROFS, EACCES, EPERM
  | { readonly type: 'out-of-resources' }; // EMFILE, ENFILE, ENOMEM

/** In the place of an account: the copy goes out. */
export const QUEUE = 0 as AccountId;

/** Where one recipient's copy goes. */
export interface Target {
  readonly account: AccountId;
}

export type Resolution =
  | { readonly type: 'deliver'; readonly targets: readonly [Target, ...Target[]] }
  | { readonly type: 'no-such-domain' }
  | { readonly type: 'no-such-mailbox' }
  | { readonly type: 'disabled'; readonly temporary: boolean };

/** Domains, accounts, aliases, lists, catch-all, subaddresses: who an address is. */
export interface Directory {
  /** Case-insensitive for our own local-parts; `user+tag` is `user`; postmaster exists in every domain. */
  resolve(mailbox: Mailbox): Awaitable<Resolution>;
  /** `RCPT TO:<postmaster>` without a domain. */
  resolvePostmaster(): Awaitable<Resolution>;
}

/** One copy of a mail object, for one account. */
export interface Delivery {
  readonly account: AccountId;
  /** Delivered-To: the forward-path as it was given, `local@domain`. */
  readonly recipient: string;
  /**
   * `mailbox`: into INBOX now. `waiting`: kept for an account that is full, until it shrinks. `queued`: goes out; its account
   * is `QUEUE`, and `recipient` is where to.
   */
  readonly state: 'mailbox' | 'waiting' | 'queued';
  /** RFC 3461, kept with the recipient; `null` when nothing was said. */
  readonly notify: string | null;
  readonly orcpt: string | null;
}

/** What is kept of the envelope with the mail object. */
export interface KeptEnvelope {
  /** `local@domain`, or '' for the null reverse-path. */
  readonly reversePath: string;
  readonly receivedAt: Instant;
  readonly envid: string | null;
  readonly ret: 'FULL' | 'HDRS' | null;
  /** Makes an import idempotent: a key that is already there is not stored again. `null` for mail. */
  readonly importKey: string | null;
  /** BODY= and SMTPUTF8 of MAIL: what the next hop must be able to take. */
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME';
  readonly smtputf8: boolean;
  /**
   * Where it came from, and so who may be sent a report: `submission` of somebody logged in, `network` a listed one, `internal`
   * our own; of `mx` nobody knows whether the reverse-path is forged, so it gets none (RFC 5321 §6.2).
   */
  readonly origin: 'submission' | 'network' | 'internal' | 'mx';
  /** Who was logged in. */
  readonly submitter: AccountId | null;
}

/** Names one entry of the queue for ever: the object, and the number of the delivery in its record. */
export interface QueueName {
  readonly object: number;
  readonly ordinal: number;
}

/** A mail object on its way in. Discarded before `keep`, it leaves nothing behind. */
export interface MailObjectWriter {
  readonly id: MailObjectId;
  /** Octets written so far. */
  readonly size: number;
  /** Octets of these that take room on the disk already. */
  readonly landed: number;
  /** Takes a view, and keeps none: the caller may use the memory again at once. Never fails: a failure shows at `flush` or `keep`. */
  write(text: Uint8Array): void;
  /** `null`: write on. A promise: wait, the disk or the budget of memory is behind (back-pressure). */
  flush(): Promise<void> | null;
  /** The failure so far, if any: more data may be dropped. */
  readonly failure: StoreFailure | null;
  /**
   * Resolves when the object and all its deliveries survive a crash. Only then may 250 be said: RFC 5321 §6.1. What is `settled`
   * leaves the queue with it, in one record: of a report and the entries that it tells of, a crash leaves both or neither. Only
   * entries that go out, never a copy that waits: that one may be in its mailbox by now.
   */
  keep(
    envelope: KeptEnvelope,
    deliveries: readonly [Delivery, ...Delivery[]],
    settled?: readonly QueueName[],
  ): Promise<Result<void, StoreFailure>>;
  /** Idempotent; does nothing after `keep`. */
  discard(): void;
}

/** What the services need of the store. What management needs stands in `management.ts`. */
export interface MailStore {
  readonly directory: Directory;
  readonly quota: QuotaLedger;
  begin(): MailObjectWriter;
}
