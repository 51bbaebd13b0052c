/**
 * The level in time: samples in, level out. A level is entered at once and left only after the figure stood above the
 * higher line for the whole dwell time, so that nothing flaps around one line.
 */
import { inodeLines, spaceLines, worse } from './space.ts';
import type { Level, Line, Lines, SpaceSettings } from './space.ts';

/** One volume now. A `size` or `inodes` of 0: the file system does not say. */
export interface VolumeFacts {
  readonly size: number;
  /** Available, less what sessions hold of it. */
  readonly usable: number;
  readonly inodes: number;
  readonly inodesAvailable: number;
}

/** One line's memory. */
interface Latch {
  readonly on: boolean;
  /** Since when the figure has been above the line to leave; `null`: it is not. */
  readonly clearSince: number | null;
}

interface Gauge {
  readonly yellow: Latch;
  readonly red: Latch;
  readonly black: Latch;
}

/** What is remembered of one volume. */
export interface VolumeLevel {
  readonly level: Level;
  readonly octets: Gauge;
  readonly inodes: Gauge;
}

const OFF: Latch = { on: false, clearSince: null };
const CALM: Gauge = { yellow: OFF, red: OFF, black: OFF };

/** Before the first sample. */
export const UNSEEN: VolumeLevel = { level: 'green', octets: CALM, inodes: CALM };

/** One sample later. `now` is in milliseconds of a clock that only grows. */
export function stepVolume(
  before: VolumeLevel,
  facts: VolumeFacts,
  now: number,
  settings: SpaceSettings,
): VolumeLevel {
  // Some file systems (of FUSE, of containers) tell nothing: what does not fit shows when it is written.
  const octets =
    facts.size === 0
      ? CALM
      : stepGauge(before.octets, facts.usable, lapse(spaceLines(facts.size, settings), now, settings));
  const inodes =
    facts.inodes === 0
      ? CALM
      : stepGauge(
          before.inodes,
          facts.inodesAvailable,
          lapse(inodeLines(facts.inodes, settings), now, settings),
        );
  return { level: worse(levelOfGauge(octets), levelOfGauge(inodes)), octets, inodes };
}

interface Lapse {
  readonly lines: Lines;
  readonly now: number;
  readonly dwellMs: number;
}

function lapse(lines: Lines, now: number, settings: SpaceSettings): Lapse {
  return { lines, now, dwellMs: settings.dwellMs };
}

function stepGauge(before: Gauge, figure: number, { lines, now, dwellMs }: Lapse): Gauge {
  const latch = (was: Latch, line: Line): Latch => {
    if (figure < line.enter) return { on: true, clearSince: null };
    if (!was.on) return OFF;
    if (figure <= line.leave) return { on: true, clearSince: null };
    const clearSince = was.clearSince ?? now;
    return now - clearSince >= dwellMs ? OFF : { on: true, clearSince };
  };
  return {
    yellow: latch(before.yellow, lines.yellow),
    red: latch(before.red, lines.red),
    black: latch(before.black, lines.black),
  };
}

function levelOfGauge(gauge: Gauge): Level {
  if (gauge.black.on) return 'black';
  if (gauge.red.on) return 'red';
  return gauge.yellow.on ? 'yellow' : 'green';
}
