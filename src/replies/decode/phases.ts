/** In which phase of the session it happened, from the words that servers use for it. */
import type { Phase } from '../catalogue.ts';
import { type Span, within } from './source.ts';

// prettier-ignore
const PHASES: readonly (readonly [phase: Phase, words: RegExp])[] = [
  ['data-end', /\bend of (?:the )?(?:data|message)\b|\bend-of-data\b|\bafter (?:end of )?(?:the )?(?:message )?(?:body|content)s?\b|\bafter (?:pipelined )?(?:sending )?data\b|\bstate=\.|\bmessage content\b(?= rejected)/i],
  ['rcpt', /\bin (?:reply|response) to (?:the )?rcpt\b|\b(?:after|during|at|to) (?:pipelined )?(?:sending )?(?:the )?rcpt\b|>>> ?rcpt to\b|\brcpt to:? ?<|\brcpt (?:command|failed|rejected|error)/i],
  ['mail', /\bin (?:reply|response) to (?:the )?mail\b|\b(?:after|during|at|to) (?:pipelined )?(?:sending )?(?:the )?mail from\b|>>> ?mail from\b|\bmail from command\b|\bmail from:? ?</i],
  ['data', /\bin (?:reply|response) to (?:the )?data\b|\b(?:at|to) (?:the )?data\b|>>> ?data\b|\bdata command\b/i],
  ['ehlo', /\bin (?:reply|response) to (?:the )?(?:ehlo|helo)\b|\b(?:after|during|at|to) (?:the )?(?:ehlo|helo)\b|>>> ?(?:ehlo|helo)\b|\b(?:ehlo|helo) command\b/i],
  ['starttls', /\bin (?:reply|response) to (?:the )?starttls\b|\b(?:after|during) starttls\b|>>> ?starttls\b/i],
  ['auth', /\bin (?:reply|response) to (?:the )?auth\b|\b(?:after|during) auth\b|>>> ?auth\b/i],
  ['connect', /\binitial connection\b|\bgreeting\b|\brefused to talk to me\b|\bwhile receiving the initial\b|\bconnected to \S{1,80} but (?:greeting|connection)\b/i],
];

export function findPhase(piece: Span): { readonly phase: Phase; readonly span: Span } | null {
  for (const [phase, words] of PHASES) {
    const found = words.exec(piece.text);
    if (found !== null) return { phase, span: within(piece, found.index, found.index + found[0].length) };
  }
  return null;
}
