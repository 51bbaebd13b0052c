/** What the disk has left, what sessions hold of it, and the level that follows: E1 of the storage rules. */
import type { HoldRefusal, Lane, SpaceView } from '../policy/admission.ts';
import type { Level } from '../policy/space.ts';

export interface Hold {
  /** `octets` have been received in all: grows in steps when needed. False: no room for it, and `refusal` says which. */
  cover(octets: number): boolean;
  /** Why it could not grow, `null` as long as it could. */
  readonly refusal: HoldRefusal | null;
  /** `octets` in all are on the disk, and so no longer held but used. */
  landed(octets: number): void;
  /** Idempotent. */
  release(): void;
}

export interface HoldRequest {
  /** Whose share it is counted in: an address, or a network. */
  readonly client: string;
  readonly declared: number | null;
  readonly recipients: number;
  readonly lane: Lane;
}

/** What sessions need of it. `level`, `usable()`, `reserve`, `admits()` and `postmasterPool` are those of the view. */
export interface SpaceLedger extends SpaceView {
  /** Octets reserved and not yet written, over all sessions. */
  readonly held: number;
  /** Takes the hold of E1 for one message. */
  hold(request: HoldRequest): Hold | HoldRefusal;
}

export interface LevelChange {
  readonly from: Level;
  readonly to: Level;
  readonly forced: boolean;
  /** The volume that decided, or `null`: none did (forced, or all well again). */
  readonly volume: string | null;
}

/** A volume has not answered for a while; what it said last still counts. `recovered`: it answers again. */
export interface VolumeAlarm {
  readonly volume: string;
  readonly type: 'silent' | 'recovered';
  readonly silentMs: number;
}

export interface VolumeStatus {
  readonly name: string;
  readonly level: Level;
  readonly size: number;
  readonly available: number;
  /** Available, less what is held and what was written since. */
  readonly usable: number;
  readonly inodes: number;
  readonly inodesAvailable: number;
  /** How old the figures are; `null`: there are none yet. */
  readonly ageMs: number | null;
}

export interface SpaceStatus {
  readonly level: Level;
  /** What the volumes say, whatever is forced. */
  readonly measured: Level;
  readonly forced: Level | null;
  /** Percent of ordinary MAIL admitted: 100 when all are, 0 under RED and BLACK. */
  readonly admittedPercent: number;
  readonly held: number;
  readonly holds: number;
  readonly reserve: number;
  /** Never more than is usable. */
  readonly postmasterPool: number;
  readonly volumes: readonly VolumeStatus[];
}
