/** Quota as policy: facts in, verdict out. Octets and messages. Verdicts bear the names of the replies that say them. */
import type { ReplyName } from '../replies/register.ts';

/** A limit of 0 is no limit. */
export interface Pool {
  readonly usedOctets: number;
  readonly usedMessages: number;
  readonly inflightOctets: number;
  readonly inflightMessages: number;
  readonly limitOctets: number;
  readonly limitMessages: number;
}

export interface QuotaFacts {
  readonly mailbox: Pool;
  readonly domain: Pool;
  readonly server: Pool;
  /** The account's own limit for one message, octets; 0 is none. */
  readonly messageSizeMax: number;
  /** Milliseconds since 1970; `null` when it is not full, or never. */
  readonly fullSince: number | null;
  readonly lastLogin: number | null;
}

export interface QuotaSettings {
  readonly graceShare: number;
  readonly graceMax: number;
  /** A mailbox that is full and unused for longer is refused for good; 0: never. */
  readonly permanentAfterMs: number;
}

export const QUOTA_DEFAULTS: QuotaSettings = {
  graceShare: 0.1,
  graceMax: 10 * 2 ** 20,
  permanentAfterMs: 30 * 24 * 3_600_000,
};

type Room = 'mailbox-full' | 'mailbox-short' | 'mailbox-abandoned' | 'domain-full' | 'storage-full';

/** 'ok', or the name of the reply; with its blank where it has one. */
export type RoomVerdict = 'ok' | Extract<ReplyName, Room> | TooBigForMailbox;

export interface TooBigForMailbox {
  readonly name: Extract<ReplyName, 'message-too-big-for-mailbox'>;
  readonly limit: number;
}

/** What became of a copy at the end of the data. `gone`: the mailbox was removed since RCPT. */
export type Settlement = 'room' | 'mailbox-full' | 'domain-full' | 'server-full' | 'gone';

/**
 * What a mailbox may pass its limit by, once a message has been taken in good faith: octets only. Messages and the pools of
 * domains and of the server are counted to the one.
 */
export function grace(limitOctets: number, settings: QuotaSettings): number {
  return Math.min(Math.floor(limitOctets * settings.graceShare), settings.graceMax);
}

/** The largest message that can ever fit into this mailbox; 0: there is no limit. */
export function largestMessage(facts: Pick<QuotaFacts, 'mailbox' | 'messageSizeMax'>): number {
  const { messageSizeMax, mailbox } = facts;
  if (messageSizeMax === 0) return mailbox.limitOctets;
  return mailbox.limitOctets === 0 ? messageSizeMax : Math.min(messageSizeMax, mailbox.limitOctets);
}

/**
 * RCPT: is there room for one more message, of `declared` octets (`null` or 0: not said)?
 *
 * What is permanent goes first, for it would be as true after any wait: first the mailbox nobody uses (a smaller message would
 * not help), then the message that never fits, even while the mailbox is full today (RFC 1870 §6.2 forbids the retry). Then the
 * mailbox before its domain before the server: the nearer, the likelier its owner can help.
 */
export function judgeRoom(
  facts: QuotaFacts,
  declared: number | null,
  now: number,
  settings: QuotaSettings,
): RoomVerdict {
  const { mailbox, domain, server } = facts;
  const octets = declared ?? 0;
  const full = isFull(mailbox);
  if (full && isAbandoned(facts, now, settings)) return 'mailbox-abandoned';
  const largest = largestMessage(facts);
  if (largest !== 0 && octets > largest) return { name: 'message-too-big-for-mailbox', limit: largest };
  if (full) return 'mailbox-full';
  if (!holds(mailbox, octets, grace(mailbox.limitOctets, settings))) return 'mailbox-short';
  if (isFull(domain) || !holds(domain, octets, 0)) return 'domain-full';
  if (isFull(server) || !holds(server, octets, 0)) return 'storage-full';
  return 'ok';
}

/**
 * The end of the data: do `messages` copies, of `octets` in all, fit into what is stored by now? What is in flight does not
 * count any more: first come, first kept.
 */
export function settles(
  facts: Pick<QuotaFacts, 'mailbox' | 'domain' | 'server'>,
  octets: number,
  messages: number,
  settings: QuotaSettings,
): Settlement {
  const { mailbox, domain, server } = facts;
  if (!fits(mailbox, octets, messages, grace(mailbox.limitOctets, settings))) return 'mailbox-full';
  if (!fits(domain, octets, messages, 0)) return 'domain-full';
  return fits(server, octets, messages, 0) ? 'room' : 'server-full';
}

/** Nothing more fits, by what is stored: the state that `fullSince` tells of. */
export function isStoredFull(pool: Pool): boolean {
  return reached(pool.usedOctets, pool.limitOctets) || reached(pool.usedMessages, pool.limitMessages);
}

function isFull(pool: Pool): boolean {
  return (
    reached(pool.usedOctets + pool.inflightOctets, pool.limitOctets) ||
    reached(pool.usedMessages + pool.inflightMessages, pool.limitMessages)
  );
}

function isAbandoned(facts: QuotaFacts, now: number, { permanentAfterMs }: QuotaSettings): boolean {
  if (permanentAfterMs === 0 || facts.fullSince === null) return false;
  const last = Math.max(facts.fullSince, facts.lastLogin ?? 0);
  return now - last > permanentAfterMs;
}

function holds(pool: Pool, octets: number, beyond: number): boolean {
  return (
    pool.limitOctets === 0 || pool.usedOctets + pool.inflightOctets + octets <= pool.limitOctets + beyond
  );
}

function fits(pool: Pool, octets: number, messages: number, beyond: number): boolean {
  if (pool.limitOctets !== 0 && pool.usedOctets + octets > pool.limitOctets + beyond) return false;
  return pool.limitMessages === 0 || pool.usedMessages + messages <= pool.limitMessages;
}

function reached(figure: number, limit: number): boolean {
  return limit !== 0 && figure >= limit;
}
