/** When to try again, by cause: one table, and the arithmetic of it (RFC 5321 §4.5.4.1). Chance comes in as a number. */
import type { Instant } from '../base/instant.ts';
import type { Cause, LastWords, Meaning, RetryState, Scope } from './retry.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** RFC 5321 §4.5.4.1: at least four to five days. */
export const QUEUE_LIFETIME_MS = 5 * DAY;
/** The first news to the sender. */
export const DELAY_NOTICE_AFTER_MS = 4 * HOUR;

/** A wait may be so much shorter or longer than the table says, so that those who failed together do not return together. */
const JITTER = 0.2;

/** A destination that is back after days is found within an hour or so: one probe is cheap. */
const PROBE_EVERY_MAX_MS = HOUR;

interface Schedule {
  /** The first waits, milliseconds; behind them the last one, doubled up to `cap`. */
  readonly waits: readonly [number, ...number[]];
  readonly cap: number;
}

const USUAL: Schedule = { waits: [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR], cap: 4 * HOUR };

// prettier-ignore
const SCHEDULES: Partial<Record<Cause, Schedule>> = {
  'mailbox-full':        { waits: [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR], cap: 6 * HOUR },
  'too-many-recipients': { waits: [5 * MINUTE, 30 * MINUTE], cap: 2 * HOUR },
  greylisted:            { waits: [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE], cap: 4 * HOUR }, // most lists want 5 minutes
  'rate-limited':        { waits: [10 * MINUTE, 30 * MINUTE, HOUR], cap: 4 * HOUR },
  'peer-full':           { waits: [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR], cap: 3 * HOUR },
  tls:                   { waits: [30 * MINUTE, HOUR], cap: 6 * HOUR },
  auth:                  { waits: [30 * MINUTE, HOUR], cap: 6 * HOUR },
  local:                 { waits: [MINUTE, 5 * MINUTE, 15 * MINUTE], cap: HOUR },
};

/** The wait after so many failed attempts for this cause, of which this one is the last; before jitter. */
export function waitAfter(cause: Cause, attempts: number): number {
  const { waits, cap } = SCHEDULES[cause] ?? USUAL;
  const listed = waits[attempts - 1];
  if (listed !== undefined) return listed;
  const last = waits.at(-1) ?? waits[0];
  // Beyond so many doublings any of them is at its cap.
  return Math.min(cap, last * 2 ** Math.min(attempts - waits.length, 20));
}

/**
 * How an entry stands after an attempt that failed. `chance` from 0 to 1. Another cause begins at the head of its own schedule: a
 * mailbox that is full now says nothing of how long its host was away.
 */
export function scheduleNext(
  meaning: Meaning,
  before: RetryState | null,
  { now, last, chance }: { readonly now: Instant; readonly last: LastWords; readonly chance: number },
): RetryState {
  const { cause, scope } = meaning;
  const inARow = before?.cause === cause ? before.inARow + 1 : 1;
  const due = (now + jittered(waitAfter(cause, inARow), chance)) as Instant;
  return { attempts: (before?.attempts ?? 0) + 1, inARow, cause, scope, due, last };
}

/** How long a whole destination is left alone after so many runs in a row that reached nobody; then one probe finds out. */
export function destinationBackoff(failures: number, cause: Cause, chance: number): number {
  return jittered(Math.min(waitAfter(cause, Math.max(1, failures)), PROBE_EVERY_MAX_MS), chance);
}

/** When an entry is given up. */
export function expiresAt(queuedAt: Instant, lifetimeMs = QUEUE_LIFETIME_MS): Instant {
  return (queuedAt + lifetimeMs) as Instant;
}

/** When its sender hears for the first time that it is late. */
export function delayNoticeAt(queuedAt: Instant, afterMs = DELAY_NOTICE_AFTER_MS): Instant {
  return (queuedAt + afterMs) as Instant;
}

/** Why an entry is due when it is: the facts, for those who say it in words. */
export interface WhyThen {
  readonly cause: Cause;
  readonly scope: Scope;
  /** The n-th wait in a row for this cause. */
  readonly step: number;
  /** What the table says of this step, and of the next; the due time differs from it by the jitter. */
  readonly waitMs: number;
  readonly nextWaitMs: number;
  /** It waits no longer than this between two attempts. */
  readonly longestWaitMs: number;
  /** The longest wait is reached: it stays at this. */
  readonly steady: boolean;
}

export function whyThen({ cause, scope, inARow }: RetryState): WhyThen {
  const waitMs = waitAfter(cause, inARow);
  const nextWaitMs = waitAfter(cause, inARow + 1);
  const longestWaitMs = (SCHEDULES[cause] ?? USUAL).cap;
  return { cause, scope, step: inARow, waitMs, nextWaitMs, longestWaitMs, steady: waitMs === longestWaitMs };
}

function jittered(wait: number, chance: number): number {
  return Math.round(wait * (1 - JITTER + 2 * JITTER * chance));
}
