/** The lines as a table for people, as JSON for programs, and in docs/perf.md for the next reader. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { amountText, figureText, type Line, ratio, targetText, verdict } from './lines.ts';
import { PEER_NAMES, PEER_TITLES, type PeerName } from './peers/peer.ts';

const PERF = path.join(import.meta.dirname, '..', 'docs', 'perf.md');
const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

const HEADING = ['Work', ...PEER_NAMES.map((name) => PEER_TITLES[name]), 'Must reach', 'Reached'];

/** A table in Markdown that is also aligned for the terminal. */
export function table(lines: readonly Line[]): string {
  const rows = [HEADING, ...lines.map(cells)];
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [...rows.slice(0, 1), rule, ...rows.slice(1)]
    .map((row) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |\n`)
    .join('');
}

function cells(line: Line): readonly string[] {
  return [
    line.work,
    ...PEER_NAMES.map((name) => cell(line, name)),
    line.targets.map((target) => targetText(target, line.unit)).join(', ') || '–',
    line.targets.map((target) => verdict(line, target)).join(', ') || '–',
  ];
}

function cell(line: Line, name: PeerName): string {
  const figure = line.figures.get(name);
  if (figure === undefined) return '–';
  const text = figureText(figure, line.unit);
  const times = name === 'restante' ? null : ratio(line, name);
  return times === null ? text : `${text} (ours ${amountText(times, '×')})`;
}

export function notes(lines: readonly Line[]): string {
  return lines
    .filter((line) => line.notes.length > 0)
    .map((line) => `- ${line.work}: ${line.notes.join('; ')}.\n`)
    .join('');
}

export function json(lines: readonly Line[], machine: string): string {
  const rows = lines.map((line) => ({
    id: line.id,
    work: line.work,
    unit: line.unit,
    figures: Object.fromEntries(line.figures),
    ratios: Object.fromEntries(PEER_NAMES.map((name) => [name, ratio(line, name)])),
    targets: line.targets.map((target) => ({ ...target, verdict: verdict(line, target) })),
    notes: line.notes,
  }));
  return `${JSON.stringify({ machine, rows }, null, 2)}\n`;
}

/** Puts the table between the two marks of docs/perf.md; rows of an earlier run that were not run now go. */
export function writePerf(lines: readonly Line[], machine: string, runs: number): void {
  const page = readFileSync(PERF, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${PERF} has not the marks ${BEGIN} and ${END}`);
  const day = new Date().toISOString().slice(0, 10);
  const head = `Measured on ${day}: ${machine}. Medians of ${runs} interleaved runs; ± is half the range.`;
  const block = `${BEGIN}\n\n${head}\n\n${table(lines)}\n${notes(lines)}\n`;
  writeFileSync(PERF, page.slice(0, begin) + block + page.slice(end));
}
