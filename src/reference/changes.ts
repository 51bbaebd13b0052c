/** What changed on a page, and when: for readers who come back, and for search engines. */
import type { Language } from '../base/language.ts';
import { CATALOGUE, type Change } from '../replies/catalogue.ts';
import type { Section } from './document.ts';
import { speaker } from './words.ts';

/** The changes that touched a page of these codes; without codes, a page of another kind. The newest first. */
function changesOf(codes: readonly string[]): readonly Change[] {
  return CATALOGUE.changes.filter(
    (change) => change.codes.length === 0 || codes.some((code) => change.codes.includes(code)),
  );
}

/** `2026-11-23`: the last change of a page. */
export function changedOn(codes: readonly string[]): string | null {
  return changesOf(codes)[0]?.date ?? null;
}

export function changesSection(codes: readonly string[], language: Language): Section {
  const items = changesOf(codes).map(({ date, text }) => [`${date}: ${text[language]}`]);
  return { id: 'changes', title: speaker(language)('changes'), blocks: [{ kind: 'list', items }] };
}
