/** The grain of HTML: what is text is escaped, always; only `Markup` is not. */
import type { Language } from '../../base/language.ts';
import type { Inline, Text } from '../document.ts';
import { hrefTo } from './links.ts';
import type { Place } from './links.ts';

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[] | null;

/** Strings are escaped; null is nothing. How a template is laid out in the source does not matter. */
export function markup(template: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const parts = partsOf(template);
  let text = parts[0] ?? '';
  for (const [i, value] of values.entries()) text += `${written(value)}${parts[i + 1] ?? ''}`;
  return new Markup(text);
}

const PARTS = new WeakMap<TemplateStringsArray, readonly string[]>();

function partsOf(template: TemplateStringsArray): readonly string[] {
  const known = PARTS.get(template);
  if (known !== undefined) return known;
  const parts = template.map((part, i) => {
    const tight = part
      .replaceAll(/>\s*\n\s*</g, '><')
      .replaceAll(/\s*\n\s*/g, '\n')
      .replaceAll(' />', '>');
    return i === template.length - 1 ? tight.trimEnd() : tight;
  });
  PARTS.set(template, parts);
  return parts;
}

function written(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return `${value}`;
  return value.map(({ text }) => text).join('');
}

const SPECIAL = /[&<>"']/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// Controls that HTML forbids, and those that turn the direction of text so that it reads as something else.
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function escape(text: string): string {
  return visible(text).replace(SPECIAL, (character) => ENTITIES[character] ?? '');
}

/** Text in which nothing acts: ESC is shown as `␛`, a control of direction as `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const point = character.charCodeAt(0);
    if (point < 0x20) return String.fromCharCode(0x2400 + point);
    return point === 0x7f ? '\u2421' : `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** What goes over the wire is English in every language, and not for machines to translate. */
export function wire(text: string): Markup {
  // Digits are of no language, and a page may name hundreds of codes.
  if (/^[\dX. /]+$/.test(text)) return markup`<code>${text}</code>`;
  return markup`<code lang="en" translate="no">${text}</code>`;
}

export function inlines(text: Text, place: Place): Markup {
  return new Markup(text.map((inline) => inlineOf(inline, place).text).join(''));
}

const EXTERNAL = new Markup(' rel="external"');

function inlineOf(inline: Inline, place: Place): Markup {
  if (typeof inline === 'string') return markup`${inline}`;
  switch (inline.kind) {
    case 'code':
      return wire(inline.text);
    case 'strong':
      return markup`<strong>${inline.text}</strong>`;
    case 'foreign':
      return markup`<span lang="${inline.language}">${inline.text}</span>`;
    case 'link': {
      const words = inline.isCode === true ? wire(inline.text) : markup`${inline.text}`;
      const isOutside = /^https?:/.test(inline.to);
      return markup`<a href="${hrefTo(inline.to, place)}"${isOutside ? EXTERNAL : null}>${words}</a>`;
    }
  }
}

export const NAME_OF_LANGUAGE: Readonly<Record<Language, string>> = { en: 'English', ja: '日本語' };
export const LANGUAGES = ['en', 'ja'] as const satisfies readonly Language[];
