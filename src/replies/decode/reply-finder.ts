/** Finds replies and enhanced codes in running text, and no other number: not in addresses, dates, sizes, ports or ids. */
import { type Span, within } from './source.ts';
import { PSEUDO_CODES } from './statuses.ts';

export interface FoundReply {
  readonly code: Span;
  readonly status: Span | null;
  /** From the code to the end of the reply. */
  readonly words: Span;
}

/** In UTF-16 units: the part of a reply that is read. */
const REPLY_READ_MAX = 800;
const CODE = /(?<![\w.@/+-])[245]\d\d(?![\w.@/]\w|\d)/g;
const STATUS = /(?<![\w.@-])[245]\.\d{1,3}\.\d{1,3}(?![\w@]|\.\w|-[a-z])/gi;
/** What may stand before a code that is one. */
const LEAD =
  /(?:^|[:;'"(#<>=[|,{\u300c\uff1a]|\b(?:smtp|code|error|status|reply|response|answered?|server|returned|reason|said|errors|got|with|was|rejected|esmtp|\.\.\.))[\s>*<#-]{0,12}$/i;
/** Here begins what a server said. */
const BEGIN =
  /(?:^[\s>*<-]{0,12}|(?:said|smtp|reason|response|error|server|returned|answer\w{0,3}|reply|diagnostic(?:-code)?)\s?[:;=]\s{0,4}['"(]?|<<< ?|stat="?|: )$/i;
const SUCCESSES = new Set('200 211 214 220 221 235 250 251 252 253'.split(' '));
const UNIT =
  /^\s{0,2}(?:octets?|bytes?|messages?|mails?|seconds?|secs?|minutes?|mins?|hours?|days?|[kmg]i?b\b|recipients?|times|%|,\d{3}|users?|connections|million)/i;

/** The replies of one piece, as many as `limit`. */
export function findReplies(piece: Span, limit = 12): readonly FoundReply[] {
  const codes = codesOf(piece);
  const replies: FoundReply[] = [];
  for (let index = 0; index < codes.length && replies.length < limit;) {
    const code = codes[index];
    if (code === undefined) break;
    // Lines of one reply repeat its code: `452-4.2.2 …` and `452 4.2.2 …`.
    let next = index + 1;
    while (codes[next]?.text === code.text) next += 1;
    const end = Math.min(endOfReply(piece, code, codes[next]), code.start + REPLY_READ_MAX);
    const words = within(piece, code.start - piece.start, Math.max(end, code.end) - piece.start);
    replies.push({ code, status: statusAfter(words), words });
    index = next;
  }
  return replies;
}

/** The first enhanced code of a piece. */
export function findStatus(piece: Span): Span | null {
  STATUS.lastIndex = 0;
  for (let found = STATUS.exec(piece.text); found !== null; found = STATUS.exec(piece.text)) {
    const before = piece.text.slice(Math.max(0, found.index - 24), found.index);
    if (
      /(?:version|release|\bv|sendmail|postfix|exim|qmail|smtpsvc|server|mailer|build)[\s(/:]{0,3}$/i.test(
        before,
      )
    )
      continue;
    return within(piece, found.index, found.index + found[0].length);
  }
  return null;
}

function codesOf(piece: Span): readonly Span[] {
  const codes: Span[] = [];
  CODE.lastIndex = 0;
  for (
    let found = CODE.exec(piece.text);
    found !== null && codes.length < 200;
    found = CODE.exec(piece.text)
  ) {
    const end = found.index + 3;
    if (isCode(piece.text, found.index, end)) codes.push(within(piece, found.index, end));
  }
  return codes;
}

function isCode(text: string, start: number, end: number): boolean {
  // Only codes that some gateways made up have a second digit above 5.
  if (/^.[6-9]/.test(text.slice(start, end)) && PSEUDO_CODES[text.slice(start, end)] === undefined)
    return false;
  // A success is one of a few numbers; `status 255` of a program is none.
  if (text.charAt(start) === '2' && !SUCCESSES.has(text.slice(start, end))) return false;
  const after = text.slice(end, end + 40);
  if (/^(?:[\s-]{1,20}|\s?[([]?#|: ?)#?[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)/.test(after)) return true;
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const lead = text.slice(Math.max(line, start - 40), start);
  // A port: `mx.example[192.0.2.1]:587: Connection refused`.
  if (/[\w\]]:$/.test(lead) && !/(?:said|error|smtp|reason|response):$/i.test(lead)) return false;
  if (!/^(?:[\s\-'":;,.()\]}#<|]|$)/.test(after)) return false;
  if (BEGIN.test(lead)) return !/^\s{0,2}(?:octets|bytes|seconds|minutes|hours|days|[kmg]i?b\b)/i.test(after);
  return LEAD.test(lead) && !UNIT.test(after);
}

/** The enhanced code that belongs to the reply: near its beginning, or at its end as qmail writes it. */
function statusAfter(words: Span): Span | null {
  return findStatus(words);
}

function endOfReply(piece: Span, code: Span, next: Span | undefined): number {
  const from = code.start - piece.start;
  const paragraph = piece.text.indexOf('\n\n', from);
  const end = paragraph < 0 ? piece.end : piece.start + paragraph;
  return next === undefined ? end : Math.min(end, next.start);
}
