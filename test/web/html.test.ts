/** What holds for every page: sound HTML, no link into nothing, nothing from elsewhere, light enough. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HtmlValidate } from 'html-validate/node';
import { referenceAssets } from '../../src/http/reference-assets.ts';
import { FIRST_MODULE, ICON, STYLE_SHEET } from '../../src/reference/assets.ts';
import { everyPage } from './site.ts';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'long-title': 'off', // a code, its name and what the page is for
    'no-trailing-whitespace': 'off', // how templates are laid out
    'tel-non-breaking': 'off', // codes are no telephone numbers
  },
});

/** All take a while: CI looks at each, a developer's machine at every seventh. */
const STRIDE = process.env['RESTANTE_TESTS'] === 'all' ? 1 : 7;

test('every page is sound HTML', async () => {
  const wrong: string[] = [];
  for (const [i, { at, html }] of [...everyPage('served')].entries()) {
    if (i % STRIDE !== 0) continue;
    const report = await validator.validateString(html);
    for (const { messages } of report.results)
      for (const { line, ruleId, message } of messages) wrong.push(`${at}:${line} ${ruleId}: ${message}`);
  }
  assert.deepEqual(wrong.slice(0, 20), []);
});

test('every internal link of the export resolves, to a file and to a place in it', () => {
  const pages = new Map([...everyPage('file')].map(({ at, html }) => [at, html]));
  const all = referenceAssets();
  const assets = new Set(all.names().map((name) => `${all.folder}/${name}`));
  assert.deepEqual(
    broken(pages, (at, href) => filed(at, href, assets)),
    [],
  );
});

test('every internal link of the server resolves', () => {
  const pages = new Map([...everyPage('served')].map(({ at, html }) => [at, html]));
  const all = referenceAssets();
  const known = new Set([
    ...all.names().map((name) => `/${all.folder}/${name}`),
    ...[...pages.keys()].flatMap((at) => ['txt', 'md', 'json'].map((twin) => `${at}.${twin}`)),
    // Without a language: the way to choose one.
    ...[...pages.keys()].map((at) => at.replace(/^\/(?:en|ja)/, '')),
    '/en/smtp/search',
    '/ja/smtp/search',
  ]);
  assert.deepEqual(
    broken(pages, (at, href) => filed(at, href, known)),
    [],
  );
});

type Target = { readonly page: string; readonly anchor: string } | null;

/** Null: it leads to something that is no page, and is there. */
function filed(at: string, href: string, others: ReadonlySet<string>): Target {
  const url = new URL(href, `http://site.invalid/${at.replace(/^\//, '')}`);
  const path = at.startsWith('/') ? url.pathname : url.pathname.slice(1);
  if (others.has(path)) return null;
  return { page: path, anchor: decodeURIComponent(url.hash.slice(1)) };
}

function broken(
  pages: ReadonlyMap<string, string>,
  resolve: (at: string, href: string) => Target,
): readonly string[] {
  const ids = new Map<string, ReadonlySet<string>>();
  for (const [at, html] of pages)
    ids.set(at, new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)));
  const wrong = new Set<string>();
  for (const [at, html] of pages) {
    for (const [, href = ''] of html.matchAll(/ (?:href|src|action)="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const target = resolve(at, href.replaceAll('&amp;', '&'));
      if (target === null) continue;
      const places = ids.get(target.page);
      if (places === undefined || (target.anchor !== '' && !places.has(target.anchor)))
        wrong.add(`${at} → ${href}`);
    }
  }
  return [...wrong].slice(0, 20);
}

test('no page loads anything from elsewhere, nor has a style or a script of its own', () => {
  for (const { at, html } of everyPage('served')) {
    const loads = [...html.matchAll(/<(?:link rel="(?:stylesheet|icon)"|script|img|iframe)[^>]*>/g)].map(
      ([tag]) => tag,
    );
    for (const tag of loads) assert.doesNotMatch(tag, /(?:href|src)="(?:https?:)?\/\//, at);
    assert.doesNotMatch(html, / style=| on\w+=|<style/, at);
    assert.doesNotMatch(html, /<script(?! type="module" src="| type="application\/ld\+json">)/, at);
  }
});

const PAGE_OCTETS_MAX = 60 * 1024;
/** The index and the glossary are longer; they stay below it as they are sent. */
const LISTS = /\/smtp(?:\/glossary)?$/;

function weigh(text: string, isList: boolean): number {
  return (isList ? gzipSync(text) : Buffer.from(text)).length;
}

test('a page with its style and its script is of at most 60 KiB', () => {
  const assets = referenceAssets();
  for (const { at, html } of everyPage('served')) {
    const isList = LISTS.test(at);
    const parts = [
      html,
      ...[STYLE_SHEET, FIRST_MODULE, ICON].map((name) => assets.read(name)?.content ?? ''),
    ];
    const octets = parts.reduce((sum, part) => sum + weigh(part, isList), 0);
    assert.ok(octets <= PAGE_OCTETS_MAX, `${at}: ${octets}`);
  }
});
