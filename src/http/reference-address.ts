/** What a URL of the reference asks for. */
import type { Language } from '../base/language.ts';
import { isLanguage } from './reference-negotiation.ts';
import type { Form } from './reference-negotiation.ts';

export interface Address {
  /** Null: as the browser likes. */
  readonly language: Language | null;
  /** Without language and form: `/smtp/452`; empty for the way in. */
  readonly path: string;
  /** Null: as the client likes. */
  readonly form: Form | null;
}

/** Null for what cannot be a page. */
export function addressOf(path: string): Address | null {
  const plain = decoded(path)?.replace(/\/$/, '');
  if (plain === undefined) return null;
  const [, word = '', rest = ''] = /^\/(en|ja)(?=\/|$)(.*)$/i.exec(plain) ?? ['', '', plain];
  const language = word.toLowerCase();
  const [, stem = '', ending] = /^(.*?)(?:\.(html|txt|md|json))?$/is.exec(rest) ?? [];
  return {
    language: isLanguage(language) ? language : null,
    path: stem,
    form: (ending?.toLowerCase() as Form | undefined) ?? null,
  };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** `/en/smtp/452.txt`: what the address says, in its one spelling. Pages have no ending. */
export function spelled({ language, path, form }: Address): string {
  const prefix = language === null ? '' : `/${language}`;
  const ending = form === null || form === 'html' ? '' : `.${form}`;
  return `${prefix}${encodeURI(path)}${ending}`;
}
