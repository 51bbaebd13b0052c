/** Every page of the reference as HTML, for the tests that look at all of them. */
import { referenceAssets } from '../../src/http/reference-assets.ts';
import type { Page } from '../../src/reference/document.ts';
import { fileOf } from '../../src/reference/html/links.ts';
import { LANGUAGES } from '../../src/reference/html/text.ts';
import { renderHtml } from '../../src/reference/html/html.ts';
import { isRedirect, pageAt, pathsOfSite } from '../../src/reference/site.ts';

export interface Written {
  /** `/en/smtp/452`, or `en/smtp/452.html`. */
  readonly at: string;
  readonly page: Page;
  readonly html: string;
}

export function* everyPage(base: 'served' | 'file'): Iterable<Written> {
  const assets = referenceAssets().folder;
  for (const path of pathsOfSite()) {
    for (const language of LANGUAGES) {
      const page = pageAt(path, language);
      if (page === null || isRedirect(page)) throw new Error(`${path} is no page`);
      const at = base === 'served' ? `/${language}${path}` : fileOf(path, language);
      yield { at, page, html: renderHtml(page, { base, origin: null, assets }) };
    }
  }
}

/** One path of each kind of page, the last one not found. */
export const KINDS = [
  '/smtp',
  '/smtp/452',
  '/smtp/4.2.2',
  '/smtp/x.2.2',
  '/smtp/452/4.2.2',
  '/smtp/compare/214-vs-452',
  '/smtp/phase/rcpt',
  '/smtp/verb/help',
  '/smtp/provider/gmail',
  '/smtp/decode',
  '/smtp/glossary',
  '/smtp/457',
] as const;
