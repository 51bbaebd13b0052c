// Every page of the reference, read as its readers would: in one language, without stammer, the same in all its forms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTINGS } from '../../src/app/settings-table.ts';
import type { Language } from '../../src/base/language.ts';
import type { Page } from '../../src/reference/document.ts';
import { renderHtml } from '../../src/reference/html/html.ts';
import { plain, sentencesOf } from '../../src/reference/inlines.ts';
import { jsonOf, renderJson } from '../../src/reference/json.ts';
import { renderMarkdown } from '../../src/reference/markdown.ts';
import { SETTINGS_OF_REPLIES } from '../../src/reference/settings-of-replies.ts';
import { isRedirect, pageAt, pathsOfSite } from '../../src/reference/site.ts';
import { renderText } from '../../src/reference/text.ts';
import { CATALOGUE } from '../../src/replies/catalogue.ts';
import { ascii, explainBasic } from '../../src/replies/help-lines.ts';
import { comparisonPageOf } from '../../src/replies/pages.ts';
import { proseOf } from './page-text.ts';

const LANGUAGES: readonly Language[] = ['en', 'ja'];
const SHOWN_MAX = 12;

/** Pages of unknown codes and of mixed pairs are pages too. */
// prettier-ignore
const OTHERS = [
  '/smtp/460', '/smtp/999', '/smtp/4.9.9', '/smtp/foo', '/smtp/5.3.1', '/smtp/5.7.606', '/smtp/550/4.2.2', '/smtp/421/4.2.2',
  '/smtp/compare/452-vs-4.2.2', '/smtp/compare/452-vs-5.2.2', '/smtp/compare/4.2.2-vs-x.2.2', '/smtp/compare/450-vs-4.7.1',
];

function page(path: string, language: Language): Page {
  const found = pageAt(path, language);
  assert.ok(found !== null && !isRedirect(found), `${path} has no page`);
  return found;
}

function* everyPage(): Generator<Page> {
  for (const path of [...pathsOfSite(), ...OTHERS])
    for (const language of LANGUAGES) yield page(path, language);
}

const CODES = CATALOGUE.basic.map(({ code }) => code);
const PAIRS = CODES.flatMap((a, i) => CODES.slice(i + 1).map((b) => comparisonPageOf(a, b)));

/** All that is wrong, in one failure: the texts are repaired by reading it. */
function none(wrong: readonly string[]): void {
  const shown = wrong.slice(0, SHOWN_MAX).join('\n');
  assert.equal(wrong.length, 0, `${wrong.length} wrong:\n${shown}`);
}

test('pageAt() gives each page of the site at its own path, once', () => {
  const paths = pathsOfSite();
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) {
    const found = page(path, 'en');
    assert.equal(found.path, path);
    assert.ok(found.found, path);
  }
});

const LATIN_RUN = /(?:[A-Za-z][A-Za-z'’]*[ ,]+){3}[A-Za-z][A-Za-z'’]*/;
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
/** Names stay as they are. */
const NAMES = CATALOGUE.providers.flatMap(({ name }) => [name.en, name.ja]);

test('every page is in one language: no English sentence in Japanese, no kana or kanji in English', () => {
  const wrong: string[] = [];
  for (const each of everyPage()) {
    for (const text of proseOf(each)) {
      const unnamed = NAMES.reduce(
        (rest, name) => (text.includes(name) ? rest.replaceAll(name, '') : rest),
        text,
      );
      const bad = each.language === 'en' ? JAPANESE.test(unnamed) : LATIN_RUN.test(unnamed);
      if (bad) wrong.push(`${each.language}${each.path}: ${text}`);
    }
  }
  none([...new Set(wrong)]);
});

const DOUBLED = /\b([a-z]{2,}) \1\b|。。|、、|(?<!\.)\.\.(?!\.)|\. \./i;

test('no page stammers', () => {
  const wrong: string[] = [];
  for (const each of everyPage()) {
    for (const text of proseOf(each)) {
      if (DOUBLED.test(text) || /\{\w+\}|\[object|\bnull\b(?! (?:sender|MX|reverse))/.test(text)) {
        wrong.push(`${each.language}${each.path}: ${text}`);
      }
    }
  }
  none([...new Set(wrong)]);
});

test('no text of a page is empty', () => {
  const wrong: string[] = [];
  for (const each of everyPage()) {
    const where = `${each.language}${each.path}`;
    for (const { id, title, blocks } of each.sections) {
      if (title === '' || blocks.length === 0) wrong.push(`${where}#${id}`);
      for (const block of blocks) {
        if (block.kind === 'paragraph' || block.kind === 'note') {
          if (plain(block.text) === '') wrong.push(`${where}#${id}: ${block.kind}`);
        }
        if (block.kind === 'advice') {
          for (const reader of block.readers)
            if (plain(reader.text) === '') wrong.push(`${where}#${id}: ${reader.title}`);
        }
        if (block.kind === 'index') {
          for (const { link, gist } of block.entries)
            if (gist === '') wrong.push(`${where}#${id}: ${plain([link])}`);
        }
      }
    }
    if (each.description === '' || each.heading.gist === '') wrong.push(`${where}: gist`);
  }
  none(wrong);
});

/** The sections whose sentences are about the two codes; the rest are tables and links. */
const TOLD = new Set(['confused', 'what', 'which', 'when', 'sender', 'manager']);

test('every pair of basic codes has a page in both languages, on which no sentence stands twice', () => {
  const wrong: string[] = [];
  const mixed = OTHERS.filter((path) => path.includes('-vs-'));
  const curated = pathsOfSite().filter((path) => path.includes('-vs-'));
  const paths = [...new Set([...PAIRS, ...curated, ...mixed])];
  assert.equal(PAIRS.length, 3240);
  for (const path of paths) {
    for (const language of LANGUAGES) {
      const { sections, heading } = page(path, language);
      const texts = sections
        .filter(({ id }) => TOLD.has(id))
        .flatMap(({ blocks }) => blocks)
        .flatMap((block) =>
          block.kind === 'facts'
            ? block.rows.map(({ value }) => plain(value))
            : 'text' in block && typeof block.text !== 'string'
              ? [plain(block.text)]
              : [],
        );
      const seen = new Set<string>();
      for (const sentence of [heading.gist, ...texts].flatMap((text) => sentencesOf(text, language))) {
        if (seen.has(sentence)) wrong.push(`${language}${path}: ${sentence}`);
        seen.add(sentence);
      }
    }
  }
  none(wrong);
});

test('the reverse of a pair leads to it, and a pair with itself to the code', () => {
  for (const path of PAIRS) {
    const [a, b] = path.replace('/smtp/compare/', '').split('-vs-');
    assert.deepEqual(pageAt(`/smtp/compare/${b}-vs-${a}`, 'en'), { redirect: path });
    assert.deepEqual(pageAt(`/smtp/compare/${a}-vs-${a}`, 'en'), { redirect: `/smtp/${a}` });
  }
});

test('pageAt() knows other spellings', () => {
  const led: Readonly<Record<string, string>> = {
    '/compare/smtp/214-help-message-vs-452-insufficient-storage': '/smtp/compare/214-vs-452',
    '/compare/smtp/452-insufficient-storage-vs-214-help-message': '/smtp/compare/214-vs-452',
    '/smtp/452/': '/smtp/452',
    '/SMTP/452': '/smtp/452',
    '/smtp/X.2.2': '/smtp/x.2.2',
    '/smtp/452/x.2.2': '/smtp/x.2.2',
    '/smtp/verb/HELP': '/smtp/verb/help',
    '/smtp/phase/RCPT': '/smtp/phase/rcpt',
  };
  for (const [path, redirect] of Object.entries(led))
    assert.deepEqual(pageAt(path, 'en'), { redirect }, path);
  for (const path of [
    '/',
    '/en/smtp',
    '/smtp/verb/frob',
    '/smtp/provider/none',
    '/smtp/a/b/c',
    '/smtp/compare/214',
  ]) {
    const found = pageAt(path, 'en');
    assert.ok(found === null || (!isRedirect(found) && !found.found), path);
  }
});

test('a code that nobody sends gets a page that explains its digits and names the nearest', () => {
  const found = page('/smtp/459', 'en');
  assert.ok(found.found);
  const unknown = page('/smtp/457', 'en');
  assert.deepEqual([unknown.found, unknown.indexable], [false, false]);
  assert.match(renderText(unknown), /may succeed later[\s\S]*Mail system[\s\S]*456 /);
  const wrong = page('/smtp/5.3.1', 'en');
  assert.equal(wrong.found, false);
  assert.match(wrong.title, /^5\.3\.1 should not exist/);
  assert.match(renderText(wrong), /4\.3\.1/);
});

const squeezed = (text: string): string => text.replaceAll(/\s+/g, '');
// prettier-ignore
const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'", '&#x27;': "'", '&apos;': "'", '&nbsp;': ' ' };
const textOfHtml = (html: string): string =>
  html
    .replace(/^[\s\S]*<main/, '<main')
    .replaceAll(/<(?:wbr|[^>]*)>/g, '')
    .replaceAll(/&(?:\w+|#\w+);/g, (entity) => ENTITIES[entity] ?? entity);

test('HTML, Markdown, plain text and JSON of a page say the same', () => {
  const wrong: string[] = [];
  for (const each of everyPage()) {
    const where = `${each.language}${each.path}`;
    const forms = {
      html: textOfHtml(renderHtml(each, { base: 'served', origin: null, assets: 'assets/x' })),
      md: renderMarkdown(each).replaceAll(/\\([\\`*_[\]<>])/g, '$1'),
      txt: renderText(each),
    };
    for (const [form, written] of Object.entries(forms)) {
      const found = squeezed(written);
      for (const text of saidIn(each)) {
        if (!found.includes(squeezed(text))) wrong.push(`${where} ${form}: ${text}`);
      }
    }
    const json = JSON.parse(renderJson(each)) as Record<string, unknown>;
    assert.deepEqual(json, JSON.parse(JSON.stringify(jsonOf(each))));
    if (json['title'] !== each.title || json['gist'] !== each.heading.gist) wrong.push(`${where} json`);
    const facts = squeezed(JSON.stringify(json).replaceAll('\\"', '"').replaceAll('\\\\', '\\'));
    for (const text of adviceIn(each))
      if (!facts.includes(squeezed(text))) wrong.push(`${where} json: ${text}`);
  }
  none(wrong);
});

/** Paragraphs, advice, names and gists: every form has them in the same words. */
function saidIn({ heading, sections }: Page): readonly string[] {
  const blocks = sections.flatMap((section) => section.blocks);
  return [
    heading.name,
    heading.gist,
    ...sections
      .filter(
        ({ blocks: [first] }) => first !== undefined && first.kind !== 'search' && first.kind !== 'decoder',
      )
      .map(({ title }) => title),
    ...blocks.flatMap((block) => {
      if (block.kind === 'dialogue') return block.lines.map(({ text }) => text);
      if (block.kind === 'index') return block.entries.map(({ gist }) => gist);
      if (block.kind === 'quotations') return block.items.flatMap(({ reply, meaning }) => [reply, meaning]);
      return [];
    }),
    ...wholeTexts(sections),
  ];
}

/** Where a form marks links, the words between them are looked for. */
function wholeTexts(sections: Page['sections']): readonly string[] {
  return sections
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => {
      if (block.kind === 'paragraph' || block.kind === 'note') return block.text;
      if (block.kind === 'advice') return block.readers.flatMap(({ text }) => text);
      return [];
    })
    .filter((inline) => typeof inline === 'string');
}

function adviceIn({ sections }: Page): readonly string[] {
  return sections
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'advice' ? block.readers.slice(0, 2) : []))
    .map(({ text }) => plain(text));
}

test('a page has its code in the title, and a description for lists of results', () => {
  for (const each of everyPage()) {
    const { code } = each.heading;
    const first = code?.split(' / ')[0] ?? '';
    assert.ok(each.title.startsWith(first) || !each.found, each.title);
    assert.ok(each.description.length >= 10, `${each.path}: ${each.description}`);
  }
});

test('only what a person wrote is for search engines: codes, combinations, providers, curated pairs', () => {
  assert.equal(page('/smtp/452', 'en').indexable, true);
  assert.equal(page('/smtp/compare/214-vs-452', 'en').indexable, true);
  assert.equal(page('/smtp/compare/211-vs-452', 'en').indexable, false);
  for (const path of ['/smtp/460', '/smtp/5.3.1', '/smtp/550/4.2.2'])
    assert.equal(page(path, 'en').indexable, false);
});

test('the page of 214 and 452 tells of each what, when, and what to do, then the differences and which applies', () => {
  for (const language of LANGUAGES) {
    const { heading, sections, title } = page('/smtp/compare/214-vs-452', language);
    assert.ok(title !== '' && heading.gist !== '');
    for (const id of ['what', 'when', 'sender', 'manager']) {
      const [block] = sections.find((section) => section.id === id)?.blocks ?? [];
      assert.ok(block?.kind === 'facts', id);
      assert.deepEqual(
        block.rows.slice(0, 2).map(({ label }) => label),
        ['214', '452'],
        `${language} ${id}`,
      );
    }
    const [table] = sections.find(({ id }) => id === 'differences')?.blocks ?? [];
    assert.ok(table?.kind === 'comparison' && table.rows.length >= 8);
    assert.ok(table.rows.some(({ same }) => same) && table.rows.some(({ same }) => !same));
    assert.ok(sections.some(({ id }) => id === 'which'));
  }
});

test('HELP on the wire says what the page says', () => {
  for (const { code, text, variants } of CATALOGUE.basic) {
    const lines = squeezed((explainBasic(code) ?? []).join(' '));
    const told = variants.length > 0 ? variants.map(({ gist }) => gist.en) : [text.en.howToFixSender];
    for (const each of [text.en.description, text.en.whenYouSeeIt, ...told]) {
      assert.ok(lines.includes(squeezed(ascii(each))), `HELP ${code}: ${each}`);
    }
  }
});

/** Paths to wordings that lack a language. */
function untranslated(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  const isWording = typeof record['en'] === 'string' || typeof record['ja'] === 'string';
  if (isWording) return record['en'] && record['ja'] ? [] : [path];
  return Object.entries(record).flatMap(([key, each]) => untranslated(each, `${path}/${key}`));
}

test('no text of the catalogue lacks a language, and one that did would be found', () => {
  none(untranslated(CATALOGUE));
  const whole = JSON.parse(JSON.stringify(CATALOGUE)) as { basic: { gist: { ja?: string } }[] };
  for (const row of whole.basic) {
    const { ja } = row.gist;
    delete row.gist.ja;
    assert.ok(untranslated(whole).length > 0);
    if (ja !== undefined) row.gist.ja = ja;
  }
});

test('the settings named beside replies exist', () => {
  for (const [name, keys] of Object.entries(SETTINGS_OF_REPLIES)) {
    for (const key of keys ?? []) assert.ok(Object.hasOwn(SETTINGS, key), `${name}: ${key}`);
  }
});
