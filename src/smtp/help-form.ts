/** The form of an answer to HELP: lines that fit, not too many, and the last of them a pointer. */
import type { Language } from '../base/language.ts';
import { replyLines, replyLinesInUtf8, type Reply } from '../replies/register.ts';

/** For people on a terminal of 78 columns; `214-2.0.0 ` takes the first ten. */
export const HELP_TEXT_COLUMNS_MAX = 68;
export const HELP_LINES_MAX = 40;

/** `lines`, with the pointer behind them; `page` is where the reference says more, or null. */
export function answer(
  name: 'help' | 'help-status',
  lines: readonly string[],
  page: string | null,
  language: Language = 'en',
): Reply {
  const pointer = pointers('More: HELP TOPICS', page === null ? null : `Page: ${page}`);
  const whole = [...lines.slice(0, HELP_LINES_MAX - pointer.length), ...pointer];
  return language === 'en' ? replyLines(name, whole) : replyLinesInUtf8(name, whole);
}

/** One line if both fit, else two; where to go on comes last. */
export function pointers(more: string, where: string | null): readonly string[] {
  if (where === null) return [more];
  const together = `${more}   ${where}`;
  return together.length <= HELP_TEXT_COLUMNS_MAX ? [together] : [where, more];
}

/** Cut at blanks to the columns of a line; what goes on is indented further. A longer word stays whole. */
export function wrap(text: string, indent = '  '): readonly string[] {
  const lines: string[] = [];
  const words = text.trimStart().split(' ');
  let line = text.slice(0, text.length - text.trimStart().length);
  for (const word of words) {
    if (line.trim() === '') {
      line += word;
    } else if (line.length + 1 + word.length <= HELP_TEXT_COLUMNS_MAX) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}
