/** The head of a page: what browsers, search engines and other programs read. */
import { FIRST_MODULE, ICON, STYLE_SHEET } from '../assets.ts';
import type { Page } from '../document.ts';
import { hrefIn, hrefOfFile } from './links.ts';
import type { Place } from './links.ts';
import { markup, LANGUAGES, Markup } from './text.ts';
import { frameWord } from './words.ts';
import type { HtmlOptions } from './html.ts';

export function headOf(page: Page, place: Place, options: HtmlOptions): Markup {
  const { assets } = options;
  const robots = page.indexable && page.found ? null : markup`<meta name="robots" content="noindex" /> `;
  return markup`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${page.title}</title>
    <meta name="description" content="${page.description}" />
    <meta name="color-scheme" content="light dark" />
    ${robots}${page.found ? addresses(page, place, options) : null}
    <link rel="stylesheet" href="${hrefOfFile(`${assets}/${STYLE_SHEET}`, place)}" />
    <link rel="icon" type="image/svg+xml" href="${hrefOfFile(`${assets}/${ICON}`, place)}" />
    <script type="module" src="${hrefOfFile(`${assets}/${FIRST_MODULE}`, place)}"></script>
    ${structured(page, options)}
  </head> `;
}

/** The page's own address and those of its twins; in files without a host they are relative. */
function addresses(page: Page, place: Place, { origin }: HtmlOptions): Markup {
  const at = (language: (typeof LANGUAGES)[number]): string =>
    origin === null ? hrefIn(language, page.path, place) : `${origin}/${language}${page.path}`;
  // Without a language the server asks the browser; a copy of files cannot.
  const any = place.base === 'served' ? `${origin ?? ''}${page.path}` : at('en');
  const twins = LANGUAGES.map(
    (language) => markup`<link rel="alternate" hreflang="${language}" href="${at(language)}" /> `,
  );
  return markup`<link rel="canonical" href="${at(page.language)}" />
    ${twins}<link rel="alternate" hreflang="x-default" href="${any}" /> `;
}

/** A code is a term of a set of terms. (`application/ld+json` is data: no policy has to allow it.) */
function structured(page: Page, { origin }: HtmlOptions): Markup | null {
  const { code, name, gist } = page.heading;
  if (code === null || code.includes('/') || !page.found) return null;
  const home = `${origin ?? ''}/${page.language}`;
  const term = {
    '@context': 'https://schema.org',
    '@type': 'DefinedTerm',
    termCode: code,
    name: `${code} ${name}`,
    description: gist,
    inLanguage: page.language,
    url: `${home}${page.path}`,
    inDefinedTermSet: {
      '@type': 'DefinedTermSet',
      name: frameWord('site', page.language),
      url: `${home}/smtp`,
    },
  };
  const json = JSON.stringify(term).replaceAll('<', String.raw`\u003c`);
  return new Markup(`<script type="application/ld+json">${json}</script>\n`);
}
