/** A page as HTML: well-formed, without a style or a script of its own, complete without JavaScript. */
import type { Badge, Page } from '../document.ts';
import { classOfDigits, codesOf, sectionOf } from './blocks.ts';
import { headOf } from './head.ts';
import { fileOf, hrefIn, hrefTo } from './links.ts';
import type { Place } from './links.ts';
import { markup, LANGUAGES, Markup, NAME_OF_LANGUAGE } from './text.ts';
import { smallSearchForm } from './tools.ts';
import { frameWord } from './words.ts';

export interface HtmlOptions {
  /** `served`: links as the server knows them, `/en/smtp/452`. `file`: from file to file, `../smtp/452.markup`, on a disk or on any host. */
  readonly base: 'served' | 'file';
  /** `https://mail.example.org`, without a slash at its end; null when nobody knows. */
  readonly origin: string | null;
  /** `Assets.folder`. */
  readonly assets: string;
  /** Which other forms of the page lie beside it; without it: all when served, none from files. */
  readonly twins?: readonly Twin[];
}

export type Twin = 'txt' | 'md' | 'json';

export function renderHtml(page: Page, options: HtmlOptions): string {
  const place: Place = { base: options.base, language: page.language, path: page.path };
  const hasSearch = page.sections.some(({ blocks }) => blocks.some(({ kind }) => kind === 'search'));
  const written = markup`<!DOCTYPE html>
    <html lang="${page.language}" data-class="${accentOf(page)}">
      ${headOf(page, place, options)}
      <body>
        <a class="skip" href="#the-page">${frameWord('skip', page.language)}</a>
        <header class="top">
          <a class="home" href="${hrefTo('/smtp', place)}">${frameWord('site', page.language)}</a>
          ${hasSearch ? null : smallSearchForm(place)}${languageSwitch(page, place)}
        </header>
        ${breadcrumbOf(page, place)}
        <main id="the-page">
          ${headingOf(page)}${contentsOf(page)}${page.sections.map((section) => sectionOf(section, place))}
        </main>
        ${footOf(page, place, options)}
      </body>
    </html> `;
  return written.text;
}

function accentOf({ heading: { badges, code } }: Page): string {
  const badge = badges.find(({ kind }) => kind === 'class');
  return badge?.value ?? classOfDigits(code?.includes('/') === true ? '' : (code ?? ''));
}

function languageSwitch(page: Page, place: Place): Markup {
  const items = LANGUAGES.map((language) => {
    const name = NAME_OF_LANGUAGE[language];
    if (language === page.language)
      return markup`<li><span lang="${language}" aria-current="true">${name}</span></li>`;
    return markup`<li><a lang="${language}" hreflang="${language}" rel="alternate" href="${hrefIn(language, page.path, place)}">${name}</a></li>`;
  });
  return markup`<nav class="languages" aria-label="${frameWord('language', page.language)}">
    <ul>
      ${items}
    </ul>
  </nav> `;
}

function breadcrumbOf({ breadcrumb, language, heading }: Page, place: Place): Markup | null {
  if (breadcrumb.length === 0) return null;
  const items = breadcrumb.map(({ to, text }) =>
    to === place.path
      ? markup`<li><span aria-current="page">${text}</span></li>`
      : markup`<li><a href="${hrefTo(to, place)}">${text}</a></li>`,
  );
  const hasSelf = breadcrumb.some(({ to }) => to === place.path);
  const self = hasSelf
    ? null
    : markup`<li><span aria-current="page">${heading.code ?? heading.name}</span></li>`;
  return markup`<nav class="breadcrumb" aria-label="${frameWord('breadcrumb', language)}">
    <ol>
      ${items}${self}
    </ol>
  </nav> `;
}

function headingOf({ heading, language }: Page): Markup {
  const { code, name, gist, badges } = heading;
  const codes = code === null ? null : markup`<span class="codes">${codesOf(code)}</span>`;
  return markup`<header class="head">
    <h1>${codes} <span class="name">${name}</span></h1>
    ${gist === '' ? null : markup`<p class="gist">${gist}</p> `}${badges.length === 0 ? null : glance(badges, language)}
  </header> `;
}

const GLANCE = ['retry', 'actor', 'scope', 'class', 'status'] as const;

/** What one wants to know first, first: whether to try again, and who has to act. */
function glance(badges: readonly Badge[], language: Page['language']): Markup {
  const rows = GLANCE.flatMap((kind) => {
    const own = badges.filter((badge) => badge.kind === kind);
    const [first] = own;
    if (first === undefined) return [];
    const values = own.map(({ value, text }) => markup`<dd data-value="${value}">${capital(text)}</dd>`);
    return [
      markup`<div class="${kind}">
        <dt>${frameWord(kind, language)}</dt>
        ${values}
      </div> `,
    ];
  });
  return markup`<dl class="glance">${rows}</dl> `;
}

/** These stand alone here, and elsewhere in a line of others. */
function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Short pages need no table of contents. */
const CONTENTS_MIN = 4;

function contentsOf({ sections, language }: Page): Markup | null {
  if (sections.length < CONTENTS_MIN) return null;
  const items = sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`);
  const name = frameWord('onThisPage', language);
  return markup`<nav class="contents" aria-label="${name}">
    <p aria-hidden="true">${name}</p>
    <ol>
      ${items}
    </ol>
  </nav> `;
}

const NAME_OF_TWIN = { txt: null, md: 'Markdown', json: 'JSON' } as const;

function footOf(page: Page, place: Place, options: HtmlOptions): Markup {
  const { language } = page;
  const twins =
    options.twins ?? (options.base === 'served' && page.found ? (['txt', 'md', 'json'] as const) : []);
  const links = twins.map(
    (twin) =>
      markup`<li>
        <a href="${twinOf(twin, place)}">${NAME_OF_TWIN[twin] ?? frameWord('plainText', language)}</a>
      </li>`,
  );
  const forms =
    links.length === 0
      ? null
      : markup`<nav aria-label="${frameWord('otherForms', language)}">
          <p aria-hidden="true">${frameWord('otherForms', language)}</p>
          <ul>
            ${links}
          </ul>
        </nav> `;
  return markup`<footer>
    ${forms}
    <p>${frameWord('about', language)}</p>
  </footer> `;
}

/** It stands beside the page: `/en/smtp/452.txt`. */
function twinOf(twin: Twin, { base, language, path }: Place): string {
  if (base === 'served') return `/${language}${path}.${twin}`;
  return `${fileOf(path, language).split('/').at(-1)?.replace(/html$/, '') ?? ''}${twin}`;
}
