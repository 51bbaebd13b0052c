/**
 * The books of a simulated week: what was promised to senders, what peers took, what the client heard of it, what the store has as done,
 * and what senders were told. Whatever does not agree is a fault.
 */
import { createHash } from 'node:crypto';

/** One process from its start to its end. */
export interface Era {
  readonly number: number;
  endedAt: number | null;
}

/** A transaction that a peer said 250 to. */
interface Acceptance {
  readonly number: number;
  readonly era: Era;
  readonly at: number;
  /** The client has had the reply. */
  heard: boolean;
}

interface Fate {
  readonly message: string;
  readonly postedAt: number;
  readonly acceptances: { readonly of: Acceptance; crashed: boolean }[];
  /** The store has it that this is over. */
  done: boolean;
  /** Reports that said it failed. */
  readonly returned: Set<string>;
  queued: number;
}

interface Posted {
  readonly digest: string;
  promised: boolean;
}

export interface Doubled {
  replyLost: number;
  crash: number;
}

/** For what is under way, and clocks that look once a minute. */
const LATE_MS = 90 * 60_000;
/** What travelled when the process ended, and what the peer did with it a little later. */
const CRASH_WINDOW_MS = 15 * 60_000;

export class WeekBooks {
  readonly faults: string[] = [];
  /** By `message recipient`. */
  readonly #fates = new Map<string, Fate>();
  readonly #posted = new Map<string, Posted>();
  readonly #acceptances = new Map<number, Acceptance>();
  readonly #reports = new Set<string>();
  delayNotices = 0;

  posting(message: string, recipients: readonly string[], text: string, now: number): void {
    this.#posted.set(message, { digest: digestOf(text), promised: false });
    for (const recipient of recipients)
      this.#fates.set(`${message} ${recipient}`, {
        message,
        postedAt: now,
        acceptances: [],
        done: false,
        returned: new Set(),
        queued: 0,
      });
  }

  promised(message: string): void {
    const posted = this.#posted.get(message);
    if (posted !== undefined) posted.promised = true;
  }

  /** What a peer says 250 to; the number is to stand in its reply. */
  accepted(text: string, recipients: readonly string[], era: Era, now: number): number {
    const acceptance: Acceptance = { number: this.#acceptances.size + 1, era, at: now, heard: false };
    this.#acceptances.set(acceptance.number, acceptance);
    const message = /^Subject: (m\d+)\r$/m.exec(text.slice(0, 500))?.[1];
    if (message === undefined) {
      this.report(text);
      return acceptance.number;
    }
    if (this.#posted.get(message)?.digest !== digestOf(text)) this.faults.push(`${message} arrived changed`);
    for (const recipient of recipients) {
      const fate = this.#fates.get(`${message} ${recipient}`);
      if (fate === undefined)
        this.faults.push(`${message} went to ${recipient}, who is none of its recipients`);
      else fate.acceptances.push({ of: acceptance, crashed: false });
    }
    return acceptance.number;
  }

  heard(number: number): void {
    const acceptance = this.#acceptances.get(number);
    if (acceptance !== undefined) acceptance.heard = true;
  }

  done(key: string): void {
    const fate = this.#fates.get(key);
    if (fate !== undefined) fate.done = true;
  }

  /** What the store does not have by now may be done again, for nobody knows of it any more. */
  eraEnded(era: Era, now: number, connections: number): void {
    era.endedAt = now;
    const repeated = new Set<string>();
    for (const [key, fate] of this.#fates) {
      if (fate.done) continue;
      for (const one of fate.acceptances) {
        if (one.of.era !== era) continue;
        one.crashed = true;
        if (one.of.heard) repeated.add(`${fate.message} to ${key.slice(key.indexOf('@') + 1)}`);
      }
    }
    // A connection takes no other errand before the last one is settled; it may be several transactions.
    if (repeated.size > connections)
      this.faults.push(`not settled at a crash, of ${connections} connections: ${[...repeated].join(', ')}`);
  }

  /** A delivery status notification that arrived somewhere. */
  report(text: string): void {
    const id = /^Message-ID: <([^>]+)>/im.exec(text)?.[1];
    const message = /^Original-Envelope-Id: (\S+)/m.exec(text)?.[1];
    if (id === undefined || message === undefined) return void this.faults.push(`mail from nowhere: ${text}`);
    if (this.#reports.has(id)) return;
    this.#reports.add(id);
    const recipients = /^Final-Recipient: rfc822; ?(\S+)\r\nAction: (\S+)/gm;
    for (const { 1: recipient = '', 2: action } of text.matchAll(recipients)) {
      const fate = this.#fates.get(`${message} ${recipient}`);
      if (fate === undefined) this.faults.push(`a report of ${message} names ${recipient}`);
      else if (action === 'failed') fate.returned.add(id);
      else if (action === 'delayed') this.delayNotices++;
      else this.faults.push(`a report that nobody asked for: ${action}`);
    }
  }

  queued(key: string): void {
    const fate = this.#fates.get(key);
    if (fate === undefined) this.faults.push(`the queue has ${key}, which nobody posted`);
    else fate.queued++;
  }

  /** At the end, when reports are read and the queue is counted. */
  balance(now: number, lifetimeMs: number): WeekBalance {
    const sums = new Sums();
    const unpromised = Map.groupBy(
      [...this.#fates].filter(([, { message }]) => this.#posted.get(message)?.promised !== true),
      ([, { message }]) => message,
    );
    for (const [message, fates] of unpromised) {
      const there = fates.filter(([, fate]) => isAnywhere(fate)).length;
      if (there !== 0 && there !== fates.length)
        this.faults.push(`${message} was not promised, and ${there} of ${fates.length} are there`);
    }
    for (const [key, fate] of this.#fates) {
      sums.add(fate);
      for (const fault of faultsOf(fate, now, lifetimeMs)) this.faults.push(`${key}: ${fault}`);
      if (this.#posted.get(fate.message)?.promised === true) {
        sums.promised++;
        if (!isAnywhere(fate)) this.faults.push(`${key}: lost`);
      }
    }
    return sums;
  }
}

export interface WeekBalance {
  /** Recipients. */
  readonly promised: number;
  readonly delivered: number;
  readonly returned: number;
  readonly queued: number;
  /** Deliveries of what had been delivered, by why it was done again. */
  readonly doubled: Doubled;
  /** Reports of what had been reported, and returned though a lost reply had hidden that it was delivered. */
  readonly toldTwice: number;
  readonly returnedThoughDelivered: number;
}

class Sums implements WeekBalance {
  promised = 0;
  delivered = 0;
  returned = 0;
  queued = 0;
  doubled: Doubled = { replyLost: 0, crash: 0 };
  toldTwice = 0;
  returnedThoughDelivered = 0;

  add({ acceptances, returned, queued }: Fate): void {
    if (acceptances.length > 0) this.delivered++;
    else if (returned.size > 0) this.returned++;
    else if (queued > 0) this.queued++;
    if (returned.size > 1) this.toldTwice += returned.size - 1;
    if (acceptances.length > 0 && returned.size > 0) this.returnedThoughDelivered++;
    for (const one of acceptances.slice(0, -1)) {
      const why = excuseOf(one);
      if (why !== null) this.doubled[why]++;
    }
  }
}

/** Why the client could not know that it was delivered; `null`: it knew. */
function excuseOf({ of, crashed }: Fate['acceptances'][number]): keyof Doubled | null {
  if (of.heard) return crashed ? 'crash' : null;
  const { endedAt } = of.era;
  return endedAt !== null && Math.abs(of.at - endedAt) < CRASH_WINDOW_MS ? 'crash' : 'replyLost';
}

function faultsOf(fate: Fate, now: number, lifetimeMs: number): readonly string[] {
  const faults: string[] = [];
  const known = fate.acceptances.findIndex((one) => excuseOf(one) === null);
  if (known >= 0) {
    const after = fate.acceptances.length - known - 1;
    if (after > 0) faults.push(`delivered ${after} times more after the peer had said 250`);
    if (fate.returned.size > 0) faults.push('returned, and delivered');
    if (fate.queued > 0) faults.push('queued, and delivered');
  }
  if (fate.queued > 1) faults.push(`${fate.queued} times in the queue`);
  if (fate.queued > 0 && fate.done) faults.push('queued, and done');
  if (fate.queued > 0 && fate.returned.size > 0) faults.push('queued, and returned');
  if (fate.queued > 0 && now - fate.postedAt > lifetimeMs + LATE_MS) faults.push('queued for too long');
  return faults;
}

function isAnywhere({ acceptances, returned, queued }: Fate): boolean {
  return acceptances.length > 0 || returned.size > 0 || queued > 0;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
