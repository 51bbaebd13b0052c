/** What a client would like: in which language, in which form. */
import type { Language } from '../base/language.ts';

export type Form = 'html' | 'txt' | 'md' | 'json';

const FORM_OF_TYPE: Readonly<Record<string, Form>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/json': 'json',
  '*/*': 'html',
};

/** The first of those that it likes best; HTML where it likes all, or nothing that there is. RFC 9110 §12.5.1. */
export function preferredForm(accept: string | undefined): Form {
  for (const { value } of preferences(accept)) {
    const form = FORM_OF_TYPE[value];
    if (form !== undefined) return form;
  }
  return 'html';
}

/** `ja-JP` is Japanese; who reads neither language gets English. RFC 9110 §12.5.4. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  for (const { value } of preferences(acceptLanguage)) {
    const [primary] = value.split('-');
    if (primary === 'ja' || primary === 'en') return primary;
    if (primary === '*') return 'en';
  }
  return 'en';
}

export function isLanguage(word: string | undefined): word is Language {
  return word === 'en' || word === 'ja';
}

/** Browsers list a dozen; more is no preference but an attack. */
const PREFERENCES_MAX = 50;

function preferences(header = ''): readonly { readonly value: string; readonly weight: number }[] {
  return header
    .split(',', PREFERENCES_MAX)
    .map((item) => {
      const [value = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? '1');
      return { value, weight: Number.isNaN(weight) ? 0 : weight };
    })
    .filter(({ value, weight }) => value !== '' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
}
