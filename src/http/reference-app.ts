/** The reference on the public port: pages in two languages and four forms, their assets, and the API. Loaded when it is first asked for. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Language } from '../base/language.ts';
import type { Page } from '../reference/document.ts';
import { llmsText, robotsText, siteMap, siteMapIndex } from '../reference/listings.ts';
import { unknownPage } from '../reference/pages/unknown-page.ts';
import { isRedirect, pageAt } from '../reference/site.ts';
import type { Log } from '../world/log.ts';
import { addressOf, spelled } from './reference-address.ts';
import type { Address } from './reference-address.ts';
import { Answer, KeptAnswers } from './reference-answers.ts';
import { mountApi } from './reference-api.ts';
import { referenceAssets } from './reference-assets.ts';
import { TYPE_OF_FORM, write } from './reference-forms.ts';
import { isLanguage, preferredForm, preferredLanguage } from './reference-negotiation.ts';
import type { Form } from './reference-negotiation.ts';
import { send } from './reference-send.ts';
import { decodeForm, searchForm } from './reference-tools.ts';

export interface ReferenceView {
  /** `https://mail.example.org`; null when nobody has said. */
  readonly origin: string | null;
  readonly version: string;
  readonly log: Log;
}

/** Nothing from elsewhere, nothing inline, nothing that writes HTML; in no frame; nobody learns where a reader came from. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};
const PAGE_CACHE = 'public, max-age=600';
/** The folder's name changes with what is in it. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';

export function referenceApp(view: ReferenceView): OpenAPIHono {
  const app = new OpenAPIHono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  app.onError((error, c) => {
    // Its text may hold what somebody sent.
    view.log.error('reference-failed', { path: c.req.path, error: error.name });
    return c.json({ problem: { type: 'bug', what: '' } }, 500);
  });
  mountApi(app, view);
  mountListings(app, view);
  const kept = new KeptAnswers();
  app.get('/assets/:folder/:name{.+}', (c) => serveAsset(c, kept));
  app.on('GET', ['/:language{en|ja}/smtp/search', '/smtp/search'], (c) => {
    const language = languageIn(c);
    const found = searchForm(c.req.query('q') ?? '', language);
    c.header('Cache-Control', 'no-store');
    if ('redirect' in found) return c.redirect(`/${language}${found.redirect}`, 302);
    return send(c, new Answer(write(found, 'html', view.origin), TYPE_OF_FORM.html));
  });
  app.post('/:language{en|ja}/smtp/decode', async (c) => {
    c.header('Cache-Control', 'no-store');
    const language = languageIn(c);
    const page = await decodeForm(c.req.raw, language);
    return c.body(write(page.page, 'html', view.origin), page.status, { 'Content-Type': TYPE_OF_FORM.html });
  });
  app.get('*', (c) => servePage(c, view, kept));
  app.notFound((c) => c.json({ problem: { type: 'not-found', what: c.req.path } }, 404));
  return app;
}

function mountListings(app: OpenAPIHono, view: ReferenceView): void {
  const list = (path: string, type: string, make: (origin: string) => string): void => {
    app.get(path, (c) => {
      c.header('Cache-Control', PAGE_CACHE);
      return send(c, new Answer(make(view.origin ?? new URL(c.req.url).origin), type));
    });
  };
  list('/robots.txt', TYPE_OF_FORM.txt, robotsText);
  list('/llms.txt', TYPE_OF_FORM.md, llmsText);
  list('/sitemap.xml', 'application/xml', siteMapIndex);
  list('/sitemap-en.xml', 'application/xml', (origin) => siteMap(origin, 'en'));
  list('/sitemap-ja.xml', 'application/xml', (origin) => siteMap(origin, 'ja'));
}

function serveAsset(c: Context, kept: KeptAnswers): Response {
  const assets = referenceAssets();
  const asset = assets.read(c.req.param('name') ?? '');
  if (asset === null) return c.notFound() as Response;
  // A page that somebody keeps from before an upgrade asks in an older folder.
  const isCurrent = `assets/${c.req.param('folder') ?? ''}` === assets.folder;
  c.header('Cache-Control', isCurrent ? ASSET_CACHE : 'no-cache');
  const key = `asset ${asset.name}`;
  const answer = kept.get(key) ?? new Answer(asset.content, asset.type);
  kept.keep(key, answer);
  return send(c, answer);
}

function servePage(c: Context, view: ReferenceView, kept: KeptAnswers): Response {
  const address = addressOf(c.req.path);
  if (address === null) return c.notFound() as Response;
  const language = address.language ?? languageIn(c);
  if (address.language === null) c.header('Vary', 'Accept-Language', { append: true });
  if (address.path === '') return c.redirect(`/${language}/smtp`, 302);
  if (address.form === null) c.header('Vary', 'Accept', { append: true });
  const form = address.form ?? preferredForm(c.req.header('Accept'));

  const key = `${language} ${form} ${address.path}`;
  const known = kept.get(key);
  const page = known === null ? pageAt(address.path, language) : null;
  if (page !== null && isRedirect(page)) return c.redirect(spelled({ ...address, path: page.redirect }), 301);
  // Old addresses lead to one spelling, whatever the language; then the language is chosen.
  if (address.form === 'html' || spelled(address) !== encodeURI(decodeURI(c.req.path)))
    return c.redirect(spelled({ ...address, form: address.form === 'html' ? null : address.form }), 301);
  if (address.language === null && form === 'html')
    return c.redirect(`/${language}${encodeURI(address.path)}`, 302);

  const answer = known ?? answerWith(page ?? unknownPage('', language), form, view.origin);
  if (known === null && answer.status === 200) kept.keep(key, answer);
  return sendPage(c, { ...address, language }, answer, view);
}

function answerWith(page: Page, form: Form, origin: string | null): Answer {
  return new Answer(write(page, form, origin), TYPE_OF_FORM[form], page.found ? 200 : 404);
}

function sendPage(
  c: Context,
  { language, path }: Address & { readonly language: Language },
  answer: Answer,
  view: ReferenceView,
): Response {
  c.header('Cache-Control', answer.status === 200 ? PAGE_CACHE : 'no-cache');
  c.header('Content-Language', language);
  if (answer.status === 200) {
    const canonical = `${view.origin ?? ''}/${language}${encodeURI(path)}`;
    c.header('Link', `<${canonical}>; rel="canonical"`);
  }
  return send(c, answer);
}

/** Of the address, of `?lang=`, or as the browser likes. */
function languageIn(c: Context): Language {
  const said = [c.req.param('language'), c.req.query('lang')].find(isLanguage);
  return said ?? preferredLanguage(c.req.header('Accept-Language'));
}
