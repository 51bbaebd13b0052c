/** Where the reference has the page of a code. Names are never part of a path: they may change. */
import { statusParts } from './catalogue.ts';

/** `/smtp/452`, `/smtp/4.2.2`, `/smtp/x.2.2`, or of two together `/smtp/452/4.2.2`. */
export function pageOf(code: string, status?: string): string {
  return ['/smtp', code, ...(status === undefined ? [] : [status])].join('/').toLowerCase();
}

/** `/smtp/compare/214-vs-452`: one page a pair, whatever the order it is asked for. */
export function comparisonPageOf(a: string, b: string): string {
  const [first, second] = inOrder(a, b);
  return `/smtp/compare/${first}-vs-${second}`.toLowerCase();
}

/** The order of a pair: basic codes before enhanced ones, each by its numbers, X last. */
export function inOrder(a: string, b: string): readonly [string, string] {
  return rank(a) <= rank(b) ? [a, b] : [b, a];
}

function rank(code: string): number {
  const parts = statusParts(code);
  if (parts === null) return Number(code);
  const first = parts.class === 'X' ? 9 : Number(parts.class);
  return first * 1_000_000 + Number(parts.subject) * 1_000 + Number(parts.detail);
}
