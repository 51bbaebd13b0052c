/** The text to read: capped, with plain line ends and without control characters, and cut into lines. */

/** In UTF-16 units. What is longer is not read. */
export const DECODE_INPUT_MAX = 256 * 1024;
/** A line is read up to here, in UTF-16 units: whatever a rule does costs at most this much for a line. */
export const LINE_READ_MAX = 2000;

/** A stretch of the text, `end` exclusive; `text` is what stands there. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Source {
  readonly text: string;
  readonly truncated: boolean;
  readonly lines: readonly Span[];
}

export function readSource(input: string): Source {
  const truncated = input.length > DECODE_INPUT_MAX;
  const text = input
    .slice(0, DECODE_INPUT_MAX)
    .replace(/\r\n?/g, '\n')
    // Escapes of terminals and the like are no part of a reply.
    // oxlint-disable-next-line no-control-regex
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, ' ')
    // Quotation marks as word processors and Exchange write them; one unit for one, so that places stay.
    .replace(/[‘’‛`´]/g, "'")
    .replace(/\u00a0|\u3000/g, ' ');
  return { text, truncated, lines: linesOf(text) };
}

export function spanOf(source: Source, start: number, end: number): Span {
  return { start, end, text: source.text.slice(start, end) };
}

/** A part of a span, told by its place inside. */
export function within(span: Span, from: number, to: number): Span {
  return { start: span.start + from, end: span.start + to, text: span.text.slice(from, to) };
}

function linesOf(text: string): readonly Span[] {
  const lines: Span[] = [];
  for (let start = 0; start <= text.length;) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found;
    const end = Math.min(next, start + LINE_READ_MAX);
    lines.push({ start, end, text: text.slice(start, end) });
    start = next + 1;
  }
  return lines;
}
