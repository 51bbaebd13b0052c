/**
 * Space as policy: from the size of a volume to the lines of its levels, and from a figure to a level.
 * The order in time (hysteresis, gradual resume) stands in `space-level.ts` and `ramp.ts`.
 */

/** The worst last. */
export const LEVELS = ['green', 'yellow', 'red', 'black'] as const;
export type Level = (typeof LEVELS)[number];

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** Octets and milliseconds; a share is of 1. A floor of `null` is ours, and bends to small volumes; any other is the operator's, and stands. */
export interface SpaceSettings {
  readonly messageSizeMax: number;
  readonly yellowFloor: number | null;
  readonly yellowLeaveFloor: number | null;
  readonly redFloor: number | null;
  readonly blackFloor: number | null;
  readonly yellowShare: number;
  readonly yellowLeaveShare: number;
  readonly redShare: number;
  readonly blackShare: number;
  /** How much of a small volume our own floors may be. */
  readonly floorShareMax: Readonly<Record<Bad, number>>;
  /** What is left free for whatever makes room: deleting, compacting, delivering. */
  readonly drainReserve: number;
  readonly leaveFactor: number;
  readonly dwellMs: number;
  readonly inodeShares: Readonly<Record<Bad, number>>;
  /** Gradual resume after RED, in percent of the MAIL commands. */
  readonly rampFirst: number;
  readonly rampStep: number;
  readonly rampStepMs: number;
  readonly postmasterLane: boolean;
  readonly postmasterPool: number;
  readonly postmasterMessageMax: number;
  /** What one client may hold, in messages of the largest size. */
  readonly clientHoldMessages: number;
  readonly holdStep: number;
  readonly holdBase: number;
  readonly holdPerRecipient: number;
  /** Under YELLOW a message may have this part of what is usable: 16 is a sixteenth. */
  readonly yellowDivisor: Readonly<Record<Source, number>>;
}

/** Where mail comes from: other servers, or our own people (authenticated). */
export type Source = 'mx' | 'submission';

/** The levels that begin below a line. */
export type Bad = Exclude<Level, 'green'>;

export const SPACE_DEFAULTS: SpaceSettings = {
  messageSizeMax: 50 * MIB,
  yellowFloor: null,
  yellowLeaveFloor: null,
  redFloor: null,
  blackFloor: null,
  yellowShare: 0.1,
  yellowLeaveShare: 0.12,
  redShare: 0.05,
  blackShare: 0.005,
  floorShareMax: { yellow: 0.3, red: 0.2, black: 0.05 },
  drainReserve: 256 * MIB,
  leaveFactor: 1.25,
  dwellMs: 60_000,
  inodeShares: { yellow: 0.1, red: 0.03, black: 0.005 },
  rampFirst: 10,
  rampStep: 10,
  rampStepMs: 30_000,
  postmasterLane: true,
  postmasterPool: 16 * MIB,
  postmasterMessageMax: 256 * KIB,
  clientHoldMessages: 8,
  holdStep: MIB,
  holdBase: 8 * KIB,
  holdPerRecipient: KIB,
  yellowDivisor: { mx: 16, submission: 8 },
};

const YELLOW_FLOOR = 2 * GIB;
const RED_FLOOR = GIB;
const BLACK_FLOOR = 128 * MIB;
const RED_MESSAGES = 1.5; // messages of the largest size that RED leaves room for

/** A level begins below `enter`, and is left above `leave`. */
export interface Line {
  readonly enter: number;
  readonly leave: number;
}

export type Lines = Readonly<Record<Bad, Line>>;

/**
 * The lines of a volume of `size` octets.
 *
 * Deviates: our own floors are at most a share of the volume (30, 20 and 5 %). Taken as absolute figures they would keep a
 * small volume (a container, 64 MiB in a test) BLACK for ever. Over 6.7 GiB, with the default message size, nothing changes.
 */
export function spaceLines(size: number, settings: SpaceSettings): Lines {
  const { leaveFactor, floorShareMax: most } = settings;
  const ourRed = Math.max(RED_FLOOR, RED_MESSAGES * settings.messageSizeMax + settings.drainReserve);
  const yellowFloor = settings.yellowFloor ?? Math.min(YELLOW_FLOOR, most.yellow * size);
  const redFloor = settings.redFloor ?? Math.min(ourRed, most.red * size);
  const blackFloor = settings.blackFloor ?? Math.min(BLACK_FLOOR, most.black * size);

  const yellow = Math.max(yellowFloor, settings.yellowShare * size);
  const yellowLeave = settings.yellowLeaveFloor ?? leaveFactor * yellowFloor;
  const red = Math.max(redFloor, settings.redShare * size);
  const black = Math.max(blackFloor, settings.blackShare * size);
  return {
    yellow: { enter: yellow, leave: Math.max(yellowLeave, settings.yellowLeaveShare * size, yellow) },
    red: { enter: red, leave: leaveFactor * red },
    black: { enter: black, leave: Math.max(red, black) },
  };
}

/** The same for inodes; `total` is 0 where a file system has no fixed number of them. */
export function inodeLines(total: number, settings: SpaceSettings): Lines {
  const line = (share: number): Line => ({
    enter: share * total,
    leave: settings.leaveFactor * share * total,
  });
  const { yellow, red, black } = settings.inodeShares;
  return { yellow: line(yellow), red: line(red), black: line(black) };
}

/** The level of a figure at first sight, without a past. */
export function levelOf(available: number, lines: Lines): Level {
  if (available < lines.black.enter) return 'black';
  if (available < lines.red.enter) return 'red';
  return available < lines.yellow.enter ? 'yellow' : 'green';
}

export function worse(one: Level, other: Level): Level {
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other;
}

/** What a message takes beside its own octets: envelope, trace fields, index. */
export function holdOverhead(recipients: number, settings: SpaceSettings): number {
  return settings.holdBase + settings.holdPerRecipient * recipients;
}

/** What is held for a message at first. RFC 1870 §6.1: no size, or 0, says nothing. */
export function firstHold(declared: number | null, settings: SpaceSettings): number {
  return declared === null || declared === 0
    ? Math.min(settings.holdStep, settings.messageSizeMax)
    : declared;
}
