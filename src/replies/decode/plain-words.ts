/** A piece of text as the rules on words want it: one line, one unit for each unit of the original, so that places stay. */
import type { Span } from './source.ts';

const REPEATED_CODE = /(?<=\n[\s>]{0,8})[245]\d\d[- ](?:[245]\.\d{1,3}\.\d{1,3})?/g;

export function plainWords(piece: Span): Span {
  const text = piece.text
    .replace(REPEATED_CODE, (found) => ' '.repeat(found.length))
    // The host of a link may say something (of a blocklist), its path says it of everything.
    .replace(/(?<=https?:\/\/[^\s/]{1,255})\/[^\s)>\]]{1,400}/gi, (found) => ' '.repeat(found.length))
    .replace(/[\n\t_]/g, ' ')
    // An address or a path is no word: `<spam@b.example>`.
    .replace(/[^\s<>()[\]",:;]{1,120}@[A-Za-z0-9.-]{1,255}/g, (found) => '@'.padEnd(found.length, '.'));
  return { start: piece.start, end: piece.end, text };
}
