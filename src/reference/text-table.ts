/** A table in columns of text. Where the terminal is too narrow for that, each row is a paragraph of its own. */
import { columnsOf, padded, wrap } from '../base/columns.ts';

const GAP = 2;
const COLUMN_MIN = 10;

export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  spacing: 'airy' | 'tight' = 'airy',
): readonly string[] {
  const natural = head.map((title, i) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[i] ?? ''))),
  );
  const widths = fit(natural, columns - GAP * (head.length - 1));
  if (widths === null) return stacked(head, rows, columns);
  const written = (cells: readonly string[]): readonly string[] => {
    const wrapped = cells.map((cell, i) => wrap(cell, widths[i] ?? 0));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, y) =>
      wrapped
        .map((lines, i) => padded(lines[y] ?? '', widths[i] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  const body = rows.map(written);
  const tall = spacing === 'airy' && body.some((lines) => lines.length > 1);
  const rule = widths.map((width) => '-'.repeat(width)).join(' '.repeat(GAP));
  const lines = body.flatMap((each, i) => (tall && i > 0 ? ['', ...each] : each));
  return [...written(head), rule, ...lines];
}

/** Narrow columns keep their width, the wide ones share what is left; null when that is too little. */
function fit(natural: readonly number[], room: number): readonly number[] | null {
  let left = room;
  let wide = natural.length;
  const widths = natural.map(() => 0);
  for (const { width, i } of natural
    .map((each, at) => ({ width: each, i: at }))
    .toSorted((a, b) => a.width - b.width)) {
    const share = Math.floor(left / wide);
    if (width > share && share < COLUMN_MIN) return null;
    widths[i] = Math.min(width, share);
    left -= Math.min(width, share);
    wide--;
  }
  return widths;
}

function stacked(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  return rows.flatMap((row, y) => [
    ...(y === 0 ? [] : ['']),
    ...row.flatMap((cell, i) => {
      const title = head[i] ?? '';
      const label = title === '' ? '' : `${title}: `;
      return wrap(
        `${label}${cell}`,
        columns,
        i === 0 ? { first: '', rest: '  ' } : { first: '  ', rest: '    ' },
      );
    }),
  ]);
}
