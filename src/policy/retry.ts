/**
 * What can go wrong with an attempt to deliver, what it can mean, and how far a recipient has come: the words that
 * `classify.ts` and `retry-schedule.ts` speak.
 */
import type { Instant } from '../base/instant.ts';
import type { HeardReply } from '../replies/heard-reply.ts';

/** Where in an attempt something happened. `end-of-data` is the reply to the final dot, or to BDAT LAST. */
export type Phase =
  | 'route'
  | 'connect'
  | 'greeting'
  | 'hello'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'end-of-data';

/** Why an entry is still in the queue, or was returned. Stable for scripts, metrics and texts. */
// prettier-ignore
export const CAUSES = [
  'mailbox-full', //         4.2.2
  'peer-full', //            4.3.1, 452 at MAIL
  'too-many-recipients', //  4.5.3: the rest at once, in another transaction
  'greylisted',
  'rate-limited',
  'peer-busy', //            421, 4.3.2, 4.4.5
  'peer-unreachable', //     refused, timed out, reset before the final dot
  'reply-lost', //           the connection ended after the final dot, before its reply: it may have arrived
  'dns',
  'tls',
  'auth', //                 the next hop wants a password, or does not like ours
  'policy', //               refused for what it is, or for who we are
  'no-such-mailbox',
  'mailbox-disabled',
  'no-such-domain',
  'no-mail', //              null MX, 521, 556: RFC 7505, RFC 7504
  'message-too-big',
  'not-supported', //        SMTPUTF8, 8BITMIME or what else the peer cannot take
  'loop',
  'local', //                our own disk or program
  'other',
] as const;
export type Cause = (typeof CAUSES)[number];

/** What went wrong in one attempt, for one recipient. `host`: the peer as `name[address]`, '' before there was one. */
export type Failure =
  | { readonly type: 'replied'; readonly phase: Phase; readonly host: string; readonly reply: HeardReply }
  | {
      readonly type: 'network';
      readonly phase: Phase;
      readonly host: string;
      readonly error: 'refused' | 'unreachable' | 'timeout' | 'closed' | 'reset';
    }
  | {
      readonly type: 'route';
      /** `null-mx`: RFC 7505. `loop`: the best MX is ourselves. */
      readonly error: 'no-such-domain' | 'null-mx' | 'no-address' | 'loop' | 'dns-timeout' | 'dns-failure';
      readonly text: string;
    }
  | { readonly type: 'tls'; readonly host: string; readonly text: string }
  | {
      readonly type: 'unsupported';
      readonly host: string;
      readonly what: 'smtputf8' | '8bitmime' | 'binarymime' | 'size';
    }
  | { readonly type: 'local'; readonly text: string };

/** Who else is concerned: the mailbox alone, this message, the host, or the whole destination. */
export type Scope = 'mailbox' | 'message' | 'host' | 'destination';

export interface Meaning {
  /**
   * `retry`: later, by the schedule of the cause. `next-host`: the other MX hosts first, then later. `next-transaction`: at once,
   * in a new transaction on the same connection (RFC 5321 §4.5.3.1.10). `fail`: never.
   */
  readonly action: 'retry' | 'next-host' | 'next-transaction' | 'fail';
  readonly cause: Cause;
  readonly scope: Scope;
  /** What a report says: the peer's enhanced code, or the one that fits (RFC 3463). */
  readonly status: string;
}

/** What happened at the last attempt, kept with the entry: safe to print. */
export interface LastWords {
  readonly at: Instant;
  readonly phase: Phase;
  readonly host: string;
  /** The reply, when a peer replied: code, status, text. */
  readonly code: string | null;
  readonly status: string;
  /** The peer's words, or ours when nobody spoke (`connection refused`). */
  readonly text: string;
}

/** How far an entry has come. Kept beside the log: losing it means to try at once. */
export interface RetryState {
  readonly attempts: number;
  /** The last so many attempts failed for the same cause. */
  readonly inARow: number;
  readonly cause: Cause;
  readonly scope: Scope;
  /** Not tried before. */
  readonly due: Instant;
  readonly last: LastWords;
}
