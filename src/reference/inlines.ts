/** How running text is made: codes become links to their pages, and what goes over the wire is marked as such. */
import type { Language, Wording } from '../base/language.ts';
import { basicCode, enhancedCode, statusParts } from '../replies/catalogue.ts';
import { pageOf } from '../replies/pages.ts';
import type { Block, Inline, Text } from './document.ts';

export function code(text: string): Inline {
  return { kind: 'code', text };
}

export function link(to: string, text: string): Inline {
  return { kind: 'link', to, text };
}

/** A code, linked to its page where it has one. */
export function codeLink(text: string): Inline {
  return hasPage(text) ? { kind: 'link', to: pageOf(text), text, isCode: true } : code(text);
}

/** A reply's two codes, linked to the page of the combination. */
export function pairLink(basic: string, status: string): Inline {
  return { kind: 'link', to: pageOf(basic, status), text: `${basic} ${status}`, isCode: true };
}

/** Codes one after the other. */
export function codeLinks(codes: readonly string[]): Text {
  return codes.flatMap((each, i): Text => (i === 0 ? [codeLink(each)] : [' ', codeLink(each)]));
}

/** Is it known, and of a class that its meaning allows? */
function hasPage(text: string): boolean {
  const parts = statusParts(text);
  if (parts === null) return basicCode(text) !== null;
  const row = enhancedCode(text);
  return row !== null && (parts.class === 'X' || row.classes.includes(parts.class));
}

// Not in the section of an RFC: `RFC 5321 4.5.3.1.10`, `section 4.2.2`.
const MENTION = /(RFC \d+,? (?:section )?§?|section |§)?(?<![\d.])([245X]\.\d{1,3}\.\d{1,3})(?!\.?\d)/g;

/** A reply quoted in a Japanese sentence: English, as on the wire. */
const QUOTED = /(?:[2-5]\d\d |[245]\.\d+\.\d+ )*[A-Za-z][A-Za-z'’]*(?: [A-Za-z'’()]+){3,}/g;
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** A text of the catalogue: links where it names an enhanced code, and in Japanese a mark on what is quoted from the wire. */
export function prose(text: string): Text {
  if (!JAPANESE.test(text)) return linked(text);
  const pieces: Inline[] = [];
  let at = 0;
  for (const { 0: quoted, index } of text.matchAll(QUOTED)) {
    pieces.push(...linked(text.slice(at, index)), code(quoted));
    at = index + quoted.length;
  }
  return [...pieces, ...linked(text.slice(at))];
}

function linked(text: string): Text {
  const pieces: Inline[] = [];
  let at = 0;
  for (const found of text.matchAll(MENTION)) {
    const [whole, before, mentioned = ''] = found;
    if (before !== undefined || !hasPage(mentioned)) continue;
    if (found.index > at) pieces.push(text.slice(at, found.index));
    pieces.push(codeLink(mentioned));
    at = found.index + whole.length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}

export function paragraph(text: string): Block {
  return { kind: 'paragraph', text: prose(text) };
}

/** What a text says without its form. */
export function plain(text: Text): string {
  return text.map((inline) => (typeof inline === 'string' ? inline : inline.text)).join('');
}

/** Words in a row: `a, b`, `a、b`. */
export function listed(words: readonly Wording[], language: Language): string {
  return words.map((word) => word[language]).join(language === 'ja' ? '、' : ', ');
}

/** Sentences of a text, whole, with their full stops. (`!` is in the name of a provider.) */
export function sentencesOf(text: string, language: Language): readonly string[] {
  const parts = language === 'ja' ? text.split(/(?<=。)/u) : text.split(/(?<=[.?]) +(?=[A-Z0-9"'(<])/);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Sentences back to a text. */
export function joined(sentences: readonly string[], language: Language): string {
  return sentences.join(language === 'ja' ? '' : ' ');
}
