/** How wide a text is on a terminal, and where its lines may break. A wide letter takes two columns (Unicode, UAX 11). */

/** East Asian wide and full-width, and signs that terminals draw wide. */
// prettier-ignore
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xa960, 0xa97f],
  [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x1f300, 0x1f64f], [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

export function columnsOf(text: string): number {
  let columns = 0;
  for (const sign of text) columns += columnsOfSign(sign.codePointAt(0) ?? 0);
  return columns;
}

function columnsOfSign(point: number): number {
  if (point < 0x300) return 1;
  if (point <= 0x36f || (point >= 0x200b && point <= 0x200f) || (point >= 0xfe00 && point <= 0xfe0f))
    return 0;
  return isWide(point) ? 2 : 1;
}

function isWide(point: number): boolean {
  return WIDE.some(([first, last]) => point >= first && point <= last);
}

export interface Indent {
  readonly first: string;
  readonly rest: string;
}

const NO_INDENT: Indent = { first: '', rest: '' };

// Signs that may not begin a line, and those that may not end one (JIS X 4051).
const NOT_FIRST = /^[、。，．・：；？！」』）］｝〉》】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々%)\],.:;!?]/u;
const NOT_LAST = /[「『（［｛〈《【(]$/u;

/** Cut at blanks, and between Japanese letters where a line may end. A word longer than the width is cut anywhere, but not an address. */
export function wrap(text: string, columns: number, indent: Indent = NO_INDENT): readonly string[] {
  const lines: string[] = [];
  let line = indent.first;
  let width = columnsOf(line);
  let empty = true;
  for (const piece of piecesOf(text)) {
    const wide = columnsOf(piece);
    if (!empty && width + columnsOf(piece.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = indent.rest;
      width = columnsOf(line);
      empty = true;
    }
    if (empty && piece.trim() === '') continue;
    line += piece;
    width += wide;
    empty = false;
    while (width > columns && columnsOf(line.trimEnd()) > columns && !/https?:/.test(piece)) {
      const [head, tail] = cut(line.trimEnd(), columns);
      if (tail === '' || columnsOf(indent.rest) + 2 > columns) break;
      lines.push(head);
      line = indent.rest + tail;
      width = columnsOf(line);
    }
  }
  return empty && lines.length > 0 ? lines : [...lines, line.trimEnd()];
}

/** The stretches between which a line may break; a blank stays with what is before it. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let before = '';
  for (const sign of text) {
    const mayBreak = before === ' ' ? sign !== ' ' : piece !== '' && breaksBetween(before, sign);
    if (mayBreak) {
      pieces.push(piece);
      piece = '';
    }
    piece += sign;
    before = sign;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

function breaksBetween(before: string, after: string): boolean {
  if (after === ' ' || NOT_FIRST.test(after) || NOT_LAST.test(before)) return false;
  return isWide(before.codePointAt(0) ?? 0) || isWide(after.codePointAt(0) ?? 0);
}

function cut(line: string, columns: number): readonly [string, string] {
  let width = 0;
  let at = 0;
  for (const sign of line) {
    width += columnsOfSign(sign.codePointAt(0) ?? 0);
    if (width > columns) break;
    at += sign.length;
  }
  return [line.slice(0, at), line.slice(at)];
}

/** Blanks on the right, up to a width. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
