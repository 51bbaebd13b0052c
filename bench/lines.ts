/** What the bench prints: lines of figures, with the targets they must reach. */
import { PEER_TITLES, type PeerName } from './peers/peer.ts';
import { spreadPercent, type Figure } from './measure.ts';

export type Unit = '/s' | 'MiB' | 'KiB' | 's' | 'ms' | 'CPU s' | '× fdatasync' | '×';

export type Target =
  | { readonly type: 'at-least'; readonly times: number; readonly of: PeerName }
  | { readonly type: 'at-most'; readonly value: number };

/** A line before it is measured: one can ask for it by its id. */
export interface LinePlan {
  readonly id: string;
  readonly work: string;
  readonly unit: Unit;
  readonly targets: readonly Target[];
}

export interface Line extends LinePlan {
  readonly figures: ReadonlyMap<PeerName, Figure>;
  readonly notes: readonly string[];
}

export const atLeast = (times: number, of: PeerName): Target => ({ type: 'at-least', times, of });
export const atMost = (value: number): Target => ({ type: 'at-most', value });

/** The figure with its unit and how far the runs were apart: `11,034/s ±3 %`. */
export function figureText(figure: Figure, unit: Unit): string {
  const spread = figure.samples.length > 1 ? ` ±${Math.ceil(spreadPercent(figure))} %` : '';
  return `${amountText(figure.median, unit)}${spread}`;
}

export function amountText(value: number, unit: Unit): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  const number = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  if (unit === '/s') return `${number}/s`;
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
}

/** Ours divided by the peer's; null when one of the two is not there. */
export function ratio(line: Line, peer: PeerName): number | null {
  const ours = line.figures.get('restante');
  const theirs = line.figures.get(peer);
  return ours === undefined || theirs === undefined ? null : ours.median / theirs.median;
}

export function targetText(target: Target, unit: Unit): string {
  if (target.type === 'at-least') return `≥ ${target.times} × ${PEER_TITLES[target.of]}`;
  return `≤ ${unit === '×' ? `${target.value}×` : `${target.value} ${unit}`}`;
}

export type Verdict = 'reached' | 'missed' | 'not measured';

export function verdict(line: Line, target: Target): Verdict {
  if (target.type === 'at-most') {
    const ours = line.figures.get('restante');
    if (ours === undefined) return 'not measured';
    return ours.median <= target.value ? 'reached' : 'missed';
  }
  const times = ratio(line, target.of);
  if (times === null) return 'not measured';
  return times >= target.times ? 'reached' : 'missed';
}
