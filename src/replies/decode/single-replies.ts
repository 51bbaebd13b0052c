/** Several replies pasted one below the other, of no dialogue and with no recipients: each stands for itself. */
import { findReplies } from './reply-finder.ts';
import { type Span, within } from './source.ts';

const REPLY_LINE = /^\s{0,8}[245][0-5]\d(?:[ -]|$)/;

export function singleReplies(pieces: readonly Span[]): readonly Span[] {
  const singles: Span[] = [];
  for (const piece of pieces) {
    for (const reply of findReplies(piece, 100)) {
      const from = piece.text.lastIndexOf('\n', reply.words.start - piece.start) + 1;
      if (REPLY_LINE.test(piece.text.slice(from, from + 16)))
        singles.push(within(piece, reply.words.start - piece.start, reply.words.end - piece.start));
    }
  }
  const refusals = singles.filter(({ text }) => !text.startsWith('2'));
  return refusals.length > 0 ? refusals : singles.slice(0, 1);
}
