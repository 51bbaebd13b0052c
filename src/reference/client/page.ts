/** What the tools know of the page that they are in, and how they write into it: elements and text, never HTML. */
import type { Language } from '../../base/language.ts';
import { frameWord } from '../html/words.ts';
import type { FrameWord } from '../html/words.ts';

export const LANGUAGE: Language = document.documentElement.lang === 'ja' ? 'ja' : 'en';

export function word(name: FrameWord): string {
  return frameWord(name, LANGUAGE);
}

/** Beside `assets/`: where the pages are. */
const ROOT = new URL('../../../../', import.meta.url);

/** In a copy of files each page is one. */
const ENDING =
  document.querySelector<HTMLAnchorElement>('a.home')?.pathname.endsWith('.html') === true ? '.html' : '';

export function hrefTo(to: string): string {
  if (!to.startsWith('/')) return to;
  const [path = '', anchor] = to.split('#');
  return new URL(`${LANGUAGE}${path}${ENDING}${anchor === undefined ? '' : `#${anchor}`}`, ROOT).href;
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function wire(text: string): HTMLElement {
  return element('code', { lang: 'en', translate: 'no' }, text);
}
