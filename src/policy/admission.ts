/**
 * Whether mail is let in, phase by phase, as the disk has room: facts in, verdict out. A verdict is 'ok' or the name of
 * the reply that says it (E2 and E3 of the storage rules: the row is in the comment).
 */
import type { ReplyName } from '../replies/register.ts';
import type { RoomVerdict, Settlement } from './quota.ts';
import { firstHold, holdOverhead } from './space.ts';
import type { Level, Source, SpaceSettings } from './space.ts';

/** What is known of the space. A space ledger is one. */
export interface SpaceView {
  readonly level: Level;
  /** Octets of the store's volume that are neither taken nor held. */
  usable(): number;
  /** Octets of these that are never promised: below, only deleting goes on. */
  readonly reserve: number;
  readonly postmasterPool: number;
  /** Gradual resume: is this MAIL among those admitted? Counts the question. */
  admits(): boolean;
}

/** Ordinary mail, or mail that only postmaster may get. */
export type Lane = 'ordinary' | 'postmaster';

export type HoldRefusal = 'storage-full' | 'client-cap' | 'pool-used-up';

type Named<Name extends ReplyName> = Extract<ReplyName, Name>;

/** Connect: S40, S01. */
export function judgeConnect(
  level: Level,
  stopping: boolean,
): 'ok' | Named<'shutting-down' | 'not-accepting'> {
  if (stopping) return 'shutting-down';
  return level === 'black' ? 'not-accepting' : 'ok';
}

export interface MailFacts {
  /** SIZE=, `null` when it was not said. 0 says nothing either. */
  readonly declared: number | null;
  readonly source: Source;
  /** The queue has its maximum of messages or octets. */
  readonly queueFull: boolean;
}

export type MailVerdict =
  | { readonly name: 'ok'; readonly lane: Lane }
  | { readonly name: Named<'storage-full'> }
  | { readonly name: Named<'message-too-big'>; readonly limit: number };

const STORAGE_FULL: MailVerdict = { name: 'storage-full' };
const ORDINARY: MailVerdict = { name: 'ok', lane: 'ordinary' };
const POSTMASTER: MailVerdict = { name: 'ok', lane: 'postmaster' };

/** MAIL. What is too big for ever is told first, whatever the disk has: RFC 1870 §6.1. */
export function judgeMail(space: SpaceView, mail: MailFacts, settings: SpaceSettings): MailVerdict {
  const declared = mail.declared ?? 0;
  if (declared > settings.messageSizeMax) return { name: 'message-too-big', limit: settings.messageSizeMax }; // S05
  if (mail.queueFull) return STORAGE_FULL; // S37
  if (space.level === 'black') return STORAGE_FULL; // a session from before
  if (space.level === 'red') return postmasterOnly(space, declared, settings);
  const usable = space.usable();
  if (space.level === 'yellow') {
    if (declared === 0 || declared > usable / settings.yellowDivisor[mail.source]) return STORAGE_FULL; // S04
  }
  const needed = firstHold(declared, settings) + holdOverhead(1, settings);
  if (usable - space.reserve < needed) return STORAGE_FULL; // S06
  // Whom the gradual resume does not admit yet finds what RED has for him.
  return space.admits() ? ORDINARY : postmasterOnly(space, declared, settings);
}

/** S03, S03b, S42. */
function postmasterOnly(space: SpaceView, declared: number, settings: SpaceSettings): MailVerdict {
  if (!settings.postmasterLane || declared > settings.postmasterMessageMax) return STORAGE_FULL;
  return space.postmasterPool < postmasterHold(declared, 1, settings) ? STORAGE_FULL : POSTMASTER;
}

/** What one message takes of the pool at first: its size is at most the lane's, and that when it is not said. */
export function postmasterHold(declared: number | null, recipients: number, settings: SpaceSettings): number {
  const octets = declared === null || declared === 0 ? settings.postmasterMessageMax : declared;
  return octets + holdOverhead(recipients, settings);
}

export interface RecipientFacts {
  readonly lane: Lane;
  readonly isPostmaster: boolean;
  readonly declared: number | null;
  /** Accepted in this transaction, without this one. */
  readonly recipients: number;
}

/** RCPT, as far as the volume is concerned: S03b, S21. */
export function judgeRecipient(
  space: SpaceView,
  facts: RecipientFacts,
  settings: SpaceSettings,
): 'ok' | Named<'storage-full'> {
  if (facts.lane === 'postmaster') return facts.isPostmaster ? 'ok' : 'storage-full';
  const needed = firstHold(facts.declared, settings) + holdOverhead(facts.recipients + 1, settings);
  return space.usable() - space.reserve < needed ? 'storage-full' : 'ok';
}

/**
 * RCPT of an alias or a list: as long as one member has room it is taken, and the others are cared for later (S20). When none
 * has, the verdict that leaves most hope is told: a sender who gives up for one member gives up for all of them (S19).
 */
export function judgeMembers(verdicts: readonly [RoomVerdict, ...RoomVerdict[]]): RoomVerdict {
  let best = verdicts[0];
  for (const verdict of verdicts) if (hope(verdict) > hope(best)) best = verdict;
  return best;
}

function hope(verdict: RoomVerdict): number {
  if (typeof verdict !== 'string') return HOPE['message-too-big-for-mailbox'];
  return HOPE[verdict];
}

const HOPE = {
  ok: 6,
  'mailbox-full': 5,
  'mailbox-short': 4,
  'domain-full': 3,
  'storage-full': 2,
  'message-too-big-for-mailbox': 1,
  'mailbox-abandoned': 0,
} as const satisfies Record<'ok' | ReplyNameOf<RoomVerdict>, number>;

type ReplyNameOf<Verdict> = Verdict extends { readonly name: infer Name extends ReplyName }
  ? Name
  : Extract<Verdict, ReplyName>;

/** DATA, the first BDAT, and growth: S23, S29, S39. */
export function judgeHold(refusal: HoldRefusal): Named<'storage-full' | 'slow-down'> {
  return refusal === 'client-cap' ? 'slow-down' : 'storage-full';
}

/** What the whole message turned out to be. */
export interface EndFacts {
  readonly octets: number;
  /** For each recipient the largest message that it can ever get, 0 for no limit. */
  readonly largest: readonly number[];
}

export type EndVerdict =
  | 'ok'
  | { readonly name: Named<'message-too-big' | 'message-too-big-for-mailbox'>; readonly limit: number };

/**
 * End of the data, before anything is settled: S27; and S12 for whoever did not say the size, but only when it is too big for each
 * of them, since one reply speaks for all.
 */
export function judgeSize(
  { octets, largest }: EndFacts,
  settings: Pick<SpaceSettings, 'messageSizeMax'>,
): EndVerdict {
  if (octets > settings.messageSizeMax) return { name: 'message-too-big', limit: settings.messageSizeMax };
  if (largest.length === 0 || largest.some((limit) => limit === 0 || octets <= limit)) return 'ok';
  return { name: 'message-too-big-for-mailbox', limit: Math.max(...largest) };
}

/**
 * SMTP, one reply for all: with one copy that fits, or one that goes out, it is kept, and the others wait (S35); else S34. What a user
 * submits is kept when it only waits, too (E4): a program that hands in mail for a person gives up where a server would try again.
 */
export function judgeSettlements(
  settlements: Iterable<Settlement>,
  { queued, submitted }: Whole = NOT_SUBMITTED,
): 'ok' | SettlementRefusal {
  if (queued > 0) return 'ok';
  let worst: SettlementRefusal | null = null;
  for (const settlement of settlements) {
    const verdict = verdictOf(settlement);
    if (verdict === 'ok' || (submitted && mayWait(settlement))) return 'ok';
    worst = worst === null || worst === verdict ? verdict : mixed(worst, verdict);
  }
  return worst ?? 'ok';
}

/** The whole message beside its local copies. */
export interface Whole {
  /** Copies that go out. */
  readonly queued: number;
  readonly submitted: boolean;
}

const NOT_SUBMITTED: Whole = { queued: 0, submitted: false };

/** Somebody can make room: its owner, or the manager of its domain. */
function mayWait(settlement: Settlement): boolean {
  return settlement === 'mailbox-full' || settlement === 'domain-full';
}

/** RCPT by a user: a mailbox that is only full is taken, and its copy waits; what can never be delivered is refused (S12, S13). */
export function judgeSubmitted(room: RoomVerdict): RoomVerdict {
  return room === 'mailbox-full' || room === 'mailbox-short' || room === 'domain-full' ? 'ok' : room;
}

/** One of several: the nearest to a mailbox, as S34 has it; permanent only when it is so for all. */
function mixed(one: SettlementRefusal, other: SettlementRefusal): SettlementRefusal {
  if (one === 'mailbox-full' || other === 'mailbox-full') return 'mailbox-full';
  return 'storage-full';
}

export type SettlementRefusal = Named<'mailbox-full' | 'domain-full' | 'storage-full' | 'no-such-mailbox'>;

/** LMTP, one reply per recipient: S36. */
export function verdictOf(settlement: Settlement): 'ok' | SettlementRefusal {
  switch (settlement) {
    case 'room':
      return 'ok';
    case 'server-full':
      return 'storage-full';
    case 'gone':
      return 'no-such-mailbox';
    case 'mailbox-full':
    case 'domain-full':
      return settlement;
  }
}
