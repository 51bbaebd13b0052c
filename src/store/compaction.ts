/**
 * Gives dead space back: segments without a live octet are unlinked at once; of those that are mostly dead, what lives is
 * carried to the end of the log, a little at a time, so that mail does not wait for it.
 */
import { GiveBack, isWorth } from './give-back.ts';
import type { SegmentRow } from './index-protocol.ts';
import { FIXED_OCTETS, RECORD } from './record.ts';
import { decodeMovedHead, decodeObjectHead, encodeMovedHead, encodeNames, stateOf } from './record-heads.ts';
import type { ObjectHead } from './record-heads.ts';
import type { ScannedRecord } from './segment-scan.ts';
import { scanSegment } from './segment-scan.ts';
import { segmentPath } from './segment-log.ts';
import type { LogRecord } from './segment-log.ts';
import { bareRecord } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { Delivery } from './store.ts';
import { Turn } from './turn.ts';

/** A segment with less live than this share is compacted in the background; with more, when room is short. */
const LIVE_SHARE_MIN = 0.5;
const LIVE_SHARE_MIN_WHEN_SHORT = 0.8;
/** By order, one is worth the trouble from this share of dead octets on. */
const DEAD_SHARE_WORTH = 0.05;
/** Carried at once. */
const STEP_OCTETS = 2 ** 20;
/** Between two steps in the background: at most some 10 MiB a second. */
const STEP_PAUSE_MS = 100;
const STEP_PAUSE_WHEN_SHORT_MS = 10;
/** From a deletion to the look whether something is to be compacted. */
const LOOK_AFTER_MS = 5000;
const LOOK_WHEN_SHORT_MS = 500;
/** In the background the segment that grows is ended early for so many dead octets only; or so few, when room is short. */
const ROLL_OCTETS = 2 ** 20;
const ROLL_WHEN_SHORT_OCTETS = 64 * 1024;

interface Candidate {
  /** Its name in the index. */
  readonly object: number;
  readonly position: number;
  readonly large: boolean;
  readonly head: ObjectHead;
  /** Numbers of the deliveries in `head`. */
  readonly ordinals: readonly number[];
  readonly body: Buffer;
  /** As it was written: what the disk has spoilt stays known as spoilt. */
  readonly bodyCrc: number;
}

/** What compaction asks before it begins. */
export interface CompactionView {
  /** Something more urgent goes on: in the background it stands still meanwhile. */
  paused(): boolean;
  /** The volume has little room left: what is dead is worth more than the trouble. */
  short(): boolean;
}

/** How much trouble it takes. */
interface Effort {
  /** Segments with less live than this share. */
  readonly liveShare: number;
  readonly pauseMs: number;
  /** Dead octets for which the segment that grows is ended early. */
  readonly rollOctets: number;
}

const IN_BACKGROUND: Effort = {
  liveShare: LIVE_SHARE_MIN,
  pauseMs: STEP_PAUSE_MS,
  rollOctets: ROLL_OCTETS,
};
const WHEN_SHORT: Effort = {
  liveShare: LIVE_SHARE_MIN_WHEN_SHORT,
  pauseMs: STEP_PAUSE_WHEN_SHORT_MS,
  rollOctets: ROLL_WHEN_SHORT_OCTETS,
};
const BY_ORDER: Effort = { liveShare: 1 - DEAD_SHARE_WORTH, pauseMs: 0, rollOctets: FIXED_OCTETS * 4 };

export class Compaction {
  readonly #core: StoreCore;
  readonly #view: CompactionView;
  /** Compaction may take its time; unlinking what is dead does not wait for it. */
  readonly #compacting = new Turn();
  readonly #reclaiming = new Turn();
  readonly #giveBack: GiveBack;
  #cancelLook: (() => void) | null = null;
  /** Ends the pause under way. */
  #endPause: () => void = () => {};
  #closed = false;

  constructor(core: StoreCore, view: CompactionView) {
    this.#core = core;
    this.#view = view;
    this.#giveBack = new GiveBack(core);
  }

  /** Resolves when everything that is dead by now is gone. */
  async settled(): Promise<void> {
    await this.#reclaiming.run(async () => {});
  }

  /** Something has nothing alive in it. */
  dead(): void {
    this.#quietly(this.#reclaim());
    this.lookSoon();
  }

  lookSoon(ms = this.#view.short() ? LOOK_WHEN_SHORT_MS : LOOK_AFTER_MS): void {
    if (this.#closed) return;
    this.#cancelLook ??= this.#core.clock.after(ms, () => {
      this.#cancelLook = null;
      this.#look();
    });
  }

  /** Room became short: what could wait until now is looked for at once. */
  roomIsShort(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
    this.lookSoon();
  }

  /** Now, and all that is worth it. Octets given back, also by what was unlinked beside it. */
  compactNow(): Promise<number> {
    return this.#compacting.run(async () => {
      const before = this.#giveBack.octets;
      const { carried } = await this.#compact(BY_ORDER);
      return Math.max(0, this.#giveBack.octets - before - carried);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook?.();
    this.#endPause();
    await this.#compacting.run(async () => {});
    await this.settled();
  }

  /** Nobody waits for it: what goes wrong is logged, and tried again the next time. */
  #quietly(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.#core.log.error('compaction-failed', { error: String(thrown) }));
  }

  #look(): void {
    if (this.#view.paused()) return this.lookSoon();
    const effort = this.#view.short() ? WHEN_SHORT : IN_BACKGROUND;
    this.#quietly(
      this.#compacting.run(async () => {
        // A disk that is full may have room for it later.
        if (!(await this.#compact(effort)).done) this.lookSoon(LOOK_AFTER_MS);
      }),
    );
  }

  /** The segment that grows cannot go; when most of it is dead, it grows no more. False: the disk did not let us. */
  async #rollIfDead(effort: Effort): Promise<boolean> {
    const { segments, commit } = this.#core;
    const [active] = await this.#giveBack.rows(({ number }) => number === segments.activeNumber);
    if (this.#closed || active === undefined) return true;
    const { live, octets, cost } = active;
    if (!isWorth(active, effort.liveShare) || octets - live - cost < effort.rollOctets) return true;
    segments.roll();
    const { ok } = await commit.append(bareRecord(RECORD.removed, encodeNames([])));
    return ok;
  }

  /** `carried`: octets that were alive, and are elsewhere now. */
  async #compact(effort: Effort): Promise<{ readonly done: boolean; readonly carried: number }> {
    let done = await this.#rollIfDead(effort);
    let carried = 0;
    await this.#reclaim();
    // A dead one is given back, or not worth it.
    const isMostlyDead = ({ live, octets }: SegmentRow): boolean =>
      live > 0 && live <= octets * effort.liveShare;
    for (const row of await this.#giveBack.rows(isMostlyDead)) {
      if (this.#closed || row.number === this.#core.segments.activeNumber) break;
      if (!isWorth(row, effort.liveShare)) continue;
      done = await this.#carry(row, effort.pauseMs);
      if (!done) break;
      carried += row.live;
      await this.#reclaim();
    }
    return { done: done || this.#closed, carried };
  }

  #reclaim(): Promise<void> {
    return this.#reclaiming.run(() => this.#giveBack.dead());
  }

  async #carry(row: SegmentRow, pauseMs: number): Promise<boolean> {
    const { disk, places } = this.#core;
    const file = await disk.open(segmentPath(places.segments, row.number), 'read');
    try {
      let step: Candidate[] = [];
      let octets = 0;
      // To the end of the file: the index does not count what it was not told of. What is left over behind a seal is dead.
      for await (const record of scanSegment(file, { from: 0, end: Infinity, after: 0, sealed: true })) {
        const candidate = candidateOf(record);
        if (candidate === null) continue;
        step.push(candidate);
        octets += candidate.body.length + record.head.length;
        if (octets < STEP_OCTETS) continue;
        if (!(await this.#carryStep(row.number, step))) return false;
        if (pauseMs > 0 && !this.#closed) await this.#pause(pauseMs);
        if (this.#closed) return false;
        [step, octets] = [[], 0];
      }
      return step.length === 0 || (await this.#carryStep(row.number, step));
    } finally {
      await file.close();
    }
  }

  /** In turn: nothing of what is carried may be deleted between the question whether it lives and its place in the log. */
  #carryStep(segment: number, candidates: readonly Candidate[]): Promise<boolean> {
    const { commit, index, turn } = this.#core;
    return turn.run(async () => {
      const objects = candidates.map(({ object, position }) => ({ object, position }));
      const alive = await index.ask('alive', { segment, objects });
      if (!alive.ok) return false;
      const records = candidates.flatMap(
        (candidate, i) => movedRecord(candidate, alive.value[i] ?? null) ?? [],
      );
      const kept = await Promise.all(records.map((record) => commit.append(record)));
      return kept.every(({ ok }) => ok);
    });
  }

  async #pause(ms: number): Promise<void> {
    do {
      await new Promise<void>((resolve) => {
        const cancel = this.#core.clock.after(ms, resolve);
        this.#endPause = () => {
          cancel();
          resolve();
        };
      });
    } while (this.#view.paused() && !this.#closed);
  }
}

/** What in a segment may be alive. */
function candidateOf({ frame, position, head, body }: ScannedRecord): Candidate | null {
  const bytes = Buffer.from(head.subarray(FIXED_OCTETS));
  if (frame.type === RECORD.moved) {
    const { object, large, ordinals, head: moved } = decodeMovedHead(bytes);
    return {
      object,
      position,
      large,
      head: moved,
      ordinals,
      body: Buffer.from(body),
      bodyCrc: frame.bodyCrc,
    };
  }
  if (frame.type !== RECORD.message && frame.type !== RECORD.large) return null;
  const first = decodeObjectHead(bytes);
  return {
    object: frame.sequence,
    position,
    large: frame.type === RECORD.large,
    head: first,
    ordinals: first.deliveries.map((_, ordinal) => ordinal),
    body: Buffer.from(body),
    bodyCrc: frame.bodyCrc,
  };
}

/** `uids` by ordinal, as the index has them now; `null`: dead, or elsewhere. */
function movedRecord(
  { object, large, head, ordinals, body, bodyCrc }: Candidate,
  uids: readonly number[] | null,
): LogRecord | null {
  if (uids === null) return null;
  const kept: { ordinal: number; uid: number; delivery: Delivery }[] = [];
  for (const [i, ordinal] of ordinals.entries()) {
    const [uid, delivery] = [uids[ordinal] ?? -1, head.deliveries[i]];
    if (uid < 0 || delivery === undefined) continue;
    kept.push({ ordinal, uid, delivery: { ...delivery, state: stateOf(delivery.account, uid) } });
  }
  const moved = {
    object,
    large,
    ordinals: kept.map(({ ordinal }) => ordinal),
    head: { ...head, deliveries: kept.map(({ delivery }) => delivery), uids: kept.map(({ uid }) => uid) },
  };
  const parts = body.length === 0 ? [] : [body];
  return {
    type: RECORD.moved,
    head: encodeMovedHead(moved),
    body: parts,
    bodyLength: body.length,
    bodyCrc,
    sequence: 0,
  };
}
