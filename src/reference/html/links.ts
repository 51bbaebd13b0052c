/** Where a link leads, from a server's page or from one file to another. */
import type { Language } from '../../base/language.ts';

export interface Place {
  readonly base: 'served' | 'file';
  readonly language: Language;
  /** Of the page that links, without language: `/smtp/452`. */
  readonly path: string;
}

/** `/smtp/452` → `en/smtp/452.html`. Where a page has pages below it, the file stands beside the folder. */
export function fileOf(path: string, language: Language): string {
  return `${language}${path}.html`;
}

/** `to` is a path without language, which may end with `#place`, or an absolute URL. */
export function hrefTo(to: string, place: Place): string {
  return to.startsWith('/') ? hrefIn(place.language, to, place) : to;
}

/** To a page in a language of its own. */
export function hrefIn(language: Language, to: string, place: Place): string {
  const [path = '', anchor] = to.split('#');
  const target = anchor === undefined ? '' : `#${anchor}`;
  if (place.base === 'served') return `/${language}${path}${target}`;
  if (path === place.path && language === place.language && target !== '') return target;
  return `${relative(fileOf(place.path, place.language), fileOf(path, language))}${target}`;
}

/** To a file below the root, `assets/…`. */
export function hrefOfFile(file: string, place: Place): string {
  return place.base === 'served' ? `/${file}` : relative(fileOf(place.path, place.language), file);
}

function relative(from: string, to: string): string {
  const here = from.split('/').slice(0, -1);
  const there = to.split('/');
  let common = 0;
  while (common < here.length && common < there.length - 1 && here[common] === there[common]) common += 1;
  return [...here.slice(common).map(() => '..'), ...there.slice(common)].join('/');
}
