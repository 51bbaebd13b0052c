/** Every page of the reference by its path: what is served, what is exported, and where other spellings lead. */
import type { Language } from '../base/language.ts';
import { basicCode, CATALOGUE, LEGEND, type Phase } from '../replies/catalogue.ts';
import { compare } from '../replies/compare.ts';
import { explain, explainBasicCode, explainEnhancedCode } from '../replies/explain.ts';
import { comparisonPageOf, pageOf } from '../replies/pages.ts';
import type { Page } from './document.ts';
import type { Counts } from './here.ts';
import { codePage } from './pages/code-page.ts';
import { combinationPage } from './pages/combination-page.ts';
import { comparisonPage } from './pages/comparison-page.ts';
import { DECODE_PATH, decodePage } from './pages/decode-page.ts';
import { enhancedPage } from './pages/enhanced-page.ts';
import { GLOSSARY_PATH, glossaryPage } from './pages/glossary-page.ts';
import { INDEX_PATH, indexPage } from './pages/index-page.ts';
import { phasePage, phasePath } from './pages/phase-page.ts';
import { provider, providerPage } from './pages/provider-page.ts';
import { unknownPage } from './pages/unknown-page.ts';
import { VERB_NAMES, verbPage, verbPath } from './pages/verb-page.ts';
import { providerPath } from './quotations.ts';
import { CURATED } from './related.ts';

export type Found = Page | { readonly redirect: string };

export function isRedirect(found: Found): found is { readonly redirect: string } {
  return 'redirect' in found;
}

const PATH_LENGTH_MAX = 200;

/**
 * The page at a path without language, `/smtp/452`; or where it is now. Null for what was never a page of the reference.
 * A code that nobody sends has one all the same, not `found`.
 */
export function pageAt(path: string, language: Language, counts: Counts | null = null): Found | null {
  if (path.length > PATH_LENGTH_MAX) return null;
  const old = /^\/compare\/smtp\/([^/]+)\/?$/i.exec(path)?.[1];
  if (old !== undefined) return ofPair(old, path, language);
  const trimmed = path.replace(/\/$/, '');
  const [first, head, second, third, ...rest] = trimmed.split('/');
  if (first !== '' || head?.toLowerCase() !== 'smtp' || rest.length > 0) return null;
  const page = at(second, third, { path, language, counts });
  if (page === null || isRedirect(page) || page.path === path || !page.found) return page;
  return { redirect: page.path };
}

interface Request {
  readonly path: string;
  readonly language: Language;
  readonly counts: Counts | null;
}

function at(second: string | undefined, third: string | undefined, request: Request): Found | null {
  const { path, language, counts } = request;
  if (second === undefined || second === '') return indexPage(language);
  if (third === undefined) {
    switch (second.toLowerCase()) {
      case 'decode':
        return decodePage(null, language);
      case 'glossary':
        return glossaryPage(language);
      default:
        return ofCode(second, request);
    }
  }
  switch (second.toLowerCase()) {
    case 'compare':
      return ofPair(third, path, language);
    case 'phase':
      return Object.hasOwn(LEGEND.phases, third.toLowerCase())
        ? phasePage(third.toLowerCase() as Phase, language)
        : null;
    case 'verb':
      return verbPage(third.toUpperCase(), language, counts);
    case 'provider': {
      const found = provider(third.toLowerCase());
      return found === null ? null : providerPage(found, language);
    }
    default:
      return ofCombination(second, third, request);
  }
}

function ofCode(asked: string, { language, counts }: Request): Page {
  const found = explain(asked);
  if (found === null) return unknownPage(asked, language);
  return found.kind === 'basic' ? codePage(found, language, counts) : enhancedPage(found, language, counts);
}

function ofCombination(code: string, status: string, { language, counts }: Request): Found {
  const basic = explainBasicCode(code);
  const enhanced = explainEnhancedCode(status);
  if (basic === null) return unknownPage(code, language);
  if (enhanced === null) return unknownPage(status, language);
  if (enhanced.class === 'X') return { redirect: enhanced.page };
  return combinationPage(basic, enhanced, language, counts);
}

/** `214-vs-452`, in any order; and as others write it, `214-help-message-vs-452-insufficient-storage`. */
function ofPair(words: string, path: string, language: Language): Found | null {
  const [a, b, ...rest] = words.split(/-vs-/i).map(codeIn);
  if (a === undefined || b === undefined || rest.length > 0) return null;
  if (a === '' || b === '') return unknownPage(words, language);
  if (a.toUpperCase() === b.toUpperCase()) return { redirect: pageOf(a) };
  const comparison = compare(a, b);
  if (comparison === null) return unknownPage(explain(a) === null ? a : b, language);
  const canonical = comparisonPageOf(a, b);
  return canonical === path ? comparisonPage(comparison, language) : { redirect: canonical };
}

/** The code that a word begins with: `452-insufficient-storage` → `452`; nothing where there is none. */
function codeIn(word: string): string {
  return /^(?:[245x]\.\d{1,3}\.\d{1,3}|\d{3})(?=-|$)/i.exec(word)?.[0] ?? '';
}

/** All pages, in the order of the index: for the export and for site maps. */
export function pathsOfSite(): readonly string[] {
  return [
    INDEX_PATH,
    ...CATALOGUE.basic.map(({ code }) => pageOf(code)),
    ...CATALOGUE.enhanced.flatMap(({ code, classes }) => [
      pageOf(code),
      ...classes.map((first) => pageOf(`${first}${code.slice(1)}`)),
    ]),
    ...combinationPaths(),
    ...CURATED.map(({ page }) => page),
    ...Object.keys(LEGEND.phases).map((phase) => phasePath(phase as Phase)),
    ...VERB_NAMES.map(verbPath),
    ...CATALOGUE.providers.map(({ id }) => providerPath(id)),
    DECODE_PATH,
    GLOSSARY_PATH,
  ];
}

/** Those that the catalogue names, and those that this server or a provider sends. */
function combinationPaths(): readonly string[] {
  const paths = new Set<string>();
  const add = (code: string | null, status: string | null): void => {
    if (code === null || status === null) return;
    // Also those that only a provider sends, whatever the registry says of them.
    if (basicCode(code) === null || explainEnhancedCode(status) === null) return;
    if (code.charAt(0) === status.charAt(0)) paths.add(pageOf(code, status));
  };
  for (const { code, enhanced, variants } of CATALOGUE.basic) {
    for (const status of enhanced) add(code, status);
    // Written about, though no registry may know them: a provider's own numbers.
    for (const variant of variants) paths.add(pageOf(code, variant.enhanced));
  }
  for (const { code, classes, usedByBasic } of CATALOGUE.enhanced) {
    for (const first of classes) {
      for (const used of usedByBasic) add(used, `${first}${code.slice(1)}`);
    }
  }
  for (const { replies } of CATALOGUE.providers) for (const { code, status } of replies) add(code, status);
  return [...paths].toSorted();
}
