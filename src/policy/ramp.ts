/**
 * Gradual resume after RED: every sender comes back at once, so only a part of the MAIL commands is admitted at first, and
 * more from time to time. A counter decides, not chance: the first one is admitted, and then each tenth.
 */
import type { SpaceSettings } from './space.ts';

export interface Ramp {
  readonly startedAt: number;
  /** In percent of one admission. */
  readonly credit: number;
}

const WHOLE = 100;

export function startRamp(now: number, settings: SpaceSettings): Ramp {
  return { startedAt: now, credit: WHOLE - settings.rampFirst };
}

/** Percent of the MAIL commands that are admitted now. */
export function rampPercent(ramp: Ramp | null, now: number, settings: SpaceSettings): number {
  if (ramp === null || settings.rampStepMs === 0) return WHOLE; // 0: all at once
  const steps = Math.floor((now - ramp.startedAt) / settings.rampStepMs);
  return Math.min(WHOLE, settings.rampFirst + steps * settings.rampStep);
}

/** Is this one admitted? The next ramp is `null` when everything is admitted again. */
export function askRamp(
  ramp: Ramp | null,
  now: number,
  settings: SpaceSettings,
): readonly [admitted: boolean, next: Ramp | null] {
  const percent = rampPercent(ramp, now, settings);
  if (ramp === null || percent >= WHOLE) return [true, null];
  const credit = ramp.credit + percent;
  const admitted = credit >= WHOLE;
  return [admitted, { startedAt: ramp.startedAt, credit: admitted ? credit - WHOLE : credit }];
}
