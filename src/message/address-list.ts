/**
 * The addresses that a field like `From` names: RFC 5322 §3.4, groups of RFC 6854 with it. Strict where readers differ: what two
 * programs could take for two different authors is no list at all. One pass.
 */
import { type Mailbox, parseMailbox } from '../address/mailbox.ts';

export const ADDRESSES_MAX = 100;

const NOT_IN_PHRASE = /[()<>[\]:;@\\,"\p{Cc}]/u;

/** What stands between two commas. */
interface Member {
  /** Outside of angle brackets; quoted strings as `""` when they can only be a name. */
  text: string;
  /** The same with its quoted strings, for an address without angle brackets. */
  whole: string;
  angle: string | null;
}

/** The addresses in the text behind the colon (folded or not), or null when it is not of this form. */
export function parseAddressList(body: string): readonly Mailbox[] | null {
  const text = body.replaceAll(/\r\n(?=[ \t])/g, '').trim();
  const found: Mailbox[] = [];
  let member: Member = { text: '', whole: '', angle: null };
  let inGroup = false;
  let groupEnded = false;
  for (let i = 0; i <= text.length; i++) {
    const letter = text[i];
    if (letter === undefined || letter === ',' || (letter === ';' && inGroup)) {
      if (!take(member, found, groupEnded)) return null;
      member = { text: '', whole: '', angle: null };
      groupEnded = letter === ';';
      if (groupEnded) inGroup = false;
    } else if (letter === '"') {
      const end = endOfQuoted(text, i);
      if (end < 0 || member.angle !== null) return null;
      member.text += '""';
      member.whole += text.slice(i, end + 1);
      i = end;
    } else if (letter === '(') {
      i = endOfComment(text, i);
      if (i < 0) return null;
      member.text += ' ';
      member.whole += ' ';
    } else if (letter === '<') {
      const end = endOfAngle(text, i);
      if (end < 0 || member.angle !== null) return null;
      member.angle = text.slice(i + 1, end);
      i = end;
    } else if (letter === ':' && !member.whole.includes('[')) {
      if (inGroup || member.angle !== null || !isPhrase(member.text) || member.text.trim() === '')
        return null;
      inGroup = true;
      member = { text: '', whole: '', angle: null };
    } else {
      if (member.angle !== null && letter !== ' ' && letter !== '\t') return null;
      member.text += letter;
      member.whole += letter;
    }
  }
  return inGroup ? null : found;
}

/** Nothing between two commas is nothing: obs-mbox-list of RFC 5322 §4.4. */
function take({ text, whole, angle }: Member, found: Mailbox[], nothingMore: boolean): boolean {
  if (angle === null && whole.trim() === '') return true;
  if (nothingMore || found.length === ADDRESSES_MAX) return false;
  if (angle !== null && !isPhrase(text)) return false;
  const mailbox = parseMailbox((angle ?? whole).trim());
  if (mailbox === null) return false;
  found.push(mailbox);
  return true;
}

/** A name before an address: words and quoted strings; also with the dots of obs-phrase, which everybody writes. */
function isPhrase(text: string): boolean {
  return !NOT_IN_PHRASE.test(text.replaceAll('""', '').replaceAll('\t', ' '));
}

function endOfQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}

/** Comments nest: RFC 5322 §3.2.2. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function endOfAngle(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '"') {
      i = endOfQuoted(text, i);
      if (i < 0) return -1;
    } else if (text[i] === '>') return i;
  }
  return -1;
}
