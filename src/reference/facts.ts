/** The facts of a row in the words of one language: for the page's tables and for its JSON twin. */
import type { Language } from '../base/language.ts';
import { LEGEND, type BasicCode, type Variant } from '../replies/catalogue.ts';
import type { Reference } from '../replies/catalogue.ts';
import { pageOf } from '../replies/pages.ts';
import { plain } from './inlines.ts';
import type { Quotation } from './quotations.ts';
import { wholeReply } from './quotations.ts';
import { referenceLink } from './sources.ts';
import { speaker } from './words.ts';

export interface Named {
  readonly id: string;
  readonly text: string;
}

/** The keys of a legend, each with its text. */
export function named<Key extends string>(
  keys: readonly Key[],
  legend: Readonly<Record<Key, Readonly<Record<Language, string>>>>,
  language: Language,
): readonly Named[] {
  return keys.map((id) => ({ id, text: legend[id][language] }));
}

export function variantFacts(variant: Variant, basic: string, language: Language): object {
  const { enhanced, scope, phases, actors, retry, name, gist, text } = variant;
  return {
    code: basic,
    status: enhanced,
    name: name[language],
    gist: gist[language],
    text: text[language],
    scope: { id: scope, text: LEGEND.scopes[scope][language] },
    phases: named(phases, LEGEND.phases, language),
    actors: named(actors, LEGEND.actors, language),
    retry: { id: retry, text: LEGEND.retry[retry][language] },
    page: pageOf(basic, enhanced),
  };
}

export function basicFacts(row: BasicCode, language: Language): object {
  const { phases, actors, retry, custody, connection, status, variants } = row;
  return {
    code: row.code,
    class: row.class,
    category: row.category,
    name: row.name[language],
    gist: row.gist[language],
    standing: { id: status, text: LEGEND.status[status][language] },
    phases: named(phases, LEGEND.phases, language),
    actors: named(actors, LEGEND.actors, language),
    retry: { id: retry, text: LEGEND.retry[retry][language] },
    custody: { id: custody, text: LEGEND.custody[custody][language] },
    connection: { id: connection, text: LEGEND.connection[connection][language] },
    ...row.text[language],
    note: row.note?.[language] ?? null,
    seenAt: row.seenAt.map((seen) => seen[language]),
    enhanced: row.enhanced,
    registryEnhanced: row.registryEnhanced,
    variants: variants.map((variant) => variantFacts(variant, row.code, language)),
    example: row.example,
    references: referenceFacts(row.refs, language),
  };
}

export function referenceFacts(refs: readonly Reference[], language: Language): readonly object[] {
  const say = speaker(language);
  return refs.map((reference) => {
    const found = referenceLink(reference, say);
    const url = typeof found !== 'string' && found.kind === 'link' ? found.to : null;
    return { text: plain([found]), url };
  });
}

export function quotationFacts(quotations: readonly Quotation[], language: Language): readonly object[] {
  return quotations.map(({ provider, reply }) => ({
    provider: provider.id,
    code: reply.code,
    status: reply.status,
    reply: wholeReply(reply),
    meaning: reply.meaning[language],
    toDo: reply.toDo[language],
    source: reply.source,
    seen: reply.seen,
  }));
}
