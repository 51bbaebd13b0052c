/** From one code to others: see-also, and the comparisons that a person wrote. */
import type { Language } from '../base/language.ts';
import { CATALOGUE, type ComparisonText } from '../replies/catalogue.ts';
import { explain } from '../replies/explain.ts';
import { comparisonPageOf } from '../replies/pages.ts';
import type { Block, Section } from './document.ts';
import { codeLink } from './inlines.ts';
import { speaker } from './words.ts';

export interface CuratedPair {
  readonly codes: readonly [string, string];
  readonly page: string;
  readonly text: ComparisonText['text'];
}

export const CURATED: readonly CuratedPair[] = CATALOGUE.comparisons.map(({ codes, text }) => ({
  codes,
  page: comparisonPageOf(codes[0], codes[1]),
  text,
}));

const BY_PAGE = new Map(CURATED.map((pair) => [pair.page, pair]));

/** The pair of this page, if a person wrote about it. */
export function curatedPair(page: string): CuratedPair | null {
  return BY_PAGE.get(page) ?? null;
}

export function comparisonsWith(code: string): readonly CuratedPair[] {
  return CURATED.filter(({ codes }) => codes.includes(code));
}

export function comparisonEntries(pairs: readonly CuratedPair[], language: Language): Block {
  return {
    kind: 'index',
    entries: pairs.map(({ codes: [a, b], page }) => ({
      link: { kind: 'link', to: page, text: `${a} / ${b}`, isCode: true },
      gist: [explain(a), explain(b)].map((each) => each?.name[language] ?? '').join(' – '),
    })),
  };
}

export function codeEntries(codes: readonly string[], language: Language): Block {
  return {
    kind: 'index',
    entries: codes.flatMap((code) => {
      const found = explain(code);
      return found === null ? [] : [{ link: codeLink(code), gist: found.gist[language] }];
    }),
  };
}

export function relatedSection(codes: readonly string[], language: Language): readonly Section[] {
  if (codes.length === 0) return [];
  return [{ id: 'related', title: speaker(language)('related'), blocks: [codeEntries(codes, language)] }];
}
