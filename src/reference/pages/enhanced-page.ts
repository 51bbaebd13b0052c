/** The page of an enhanced code: `/smtp/4.2.2`; of its family, `/smtp/x.2.2`; and of one that should not exist, `/smtp/5.3.1`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, classOf, LEGEND } from '../../replies/catalogue.ts';
import { factsOf } from '../../replies/compare.ts';
import type { EnhancedExplanation } from '../../replies/explain.ts';
import { pageOf } from '../../replies/pages.ts';
import { actorBadges, classBadge, retryBadge } from '../badges.ts';
import type { Badge, Block, Page, Section } from '../document.ts';
import {
  adviceBlock,
  adviceOn,
  combinations,
  factRows,
  familyOf,
  members,
  privateSection,
  referencesOf,
} from '../enhanced-facts.ts';
import { named, quotationFacts, referenceFacts, variantFacts } from '../facts.ts';
import { changesSection } from '../changes.ts';
import { hereSection, spokenReplies, type Counts } from '../here.ts';
import { codeLink, joined, prose, sentencesOf } from '../inlines.ts';
import { quotationsBlock, quotationsOf } from '../quotations.ts';
import { comparisonEntries, comparisonsWith } from '../related.ts';
import { wayOf } from '../way.ts';
import { speaker } from '../words.ts';

export function enhancedPage(
  explanation: EnhancedExplanation,
  language: Language,
  counts: Counts | null = null,
): Page {
  const { code, row, classFits, page } = explanation;
  const say = speaker(language);
  const [name, gist] = [explanation.name[language], explanation.gist[language]];
  const spoken = spokenReplies(explanation.spokenHere, language, counts);
  const quotations = classFits ? quotationsOf(code) : [];
  const comparisons = comparisonsWith(code);
  const advice = adviceOn(explanation, language);
  const [action] = sentencesOf(advice?.sender ?? '', language);
  const wrong = say('wrongClass', { code });
  return {
    language,
    path: page,
    title: classFits ? say('codeTitle', { code, name }) : say('wrongTitle', { code }),
    description: joined([classFits ? gist : wrong, ...(action === undefined ? [] : [action])], language),
    heading: { code, name, gist: classFits ? gist : wrong, badges: badgesOf(explanation, language) },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      ...(row === null || explanation.class === 'X' ? [] : [{ to: pageOf(row.code), text: row.code }]),
      { to: page, text: code },
    ],
    sections: [
      ...(classFits ? [] : [insteadOf(explanation, language)]),
      ...(advice === null || !classFits
        ? []
        : [{ id: 'what-to-do', title: say('whatToDo'), blocks: [adviceBlock(advice, language)] }]),
      { id: 'meaning', title: say('meaning'), blocks: meaningOf(explanation, language) },
      ...(explanation.class === 'X' ? [classesOf(explanation, language)] : []),
      ...combinations(explanation, language),
      ...privateSection(explanation, language),
      ...(classFits && row !== null
        ? [{ id: 'when', title: say('when'), blocks: [wayOf(factsOf(explanation).phases, language)] }]
        : []),
      hereSection(spoken, language),
      ...(quotations.length === 0
        ? []
        : [{ id: 'replies', title: say('real'), blocks: [quotationsBlock(quotations, language)] }]),
      ...neighbours(explanation, language),
      ...(comparisons.length === 0
        ? []
        : [
            {
              id: 'comparisons',
              title: say('comparisons'),
              blocks: [comparisonEntries(comparisons, language)],
            },
          ]),
      referencesOf(explanation, language),
      changesSection([explanation.code], language),
    ],
    indexable: classFits && row !== null,
    found: classFits,
    data: {
      kind: explanation.class === 'X' ? 'family' : 'enhanced',
      ...enhancedFacts(explanation, language),
      advice,
      spokenHere: spoken,
      replies: quotationFacts(quotations, language),
    },
  };
}

export function enhancedFacts(explanation: EnhancedExplanation, language: Language): object {
  const { code, row, subject, classFits, basic, variants, privateMeanings } = explanation;
  const { retry, actors, phases } = factsOf(explanation);
  return {
    code,
    class: explanation.class,
    classFits,
    family: row === null ? null : row.code,
    classes: row?.classes ?? [],
    whyNotClass: row?.whyNotClass?.[language] ?? null,
    subject: subject?.[language] ?? null,
    name: explanation.name[language],
    gist: explanation.gist[language],
    note: row?.note?.[language] ?? null,
    deprecated: row?.deprecated ?? false,
    basic,
    registryBasic: row?.associated ?? [],
    retry: retry === null ? null : { id: retry, text: LEGEND.retry[retry][language] },
    actors: named(actors ?? [], LEGEND.actors, language),
    phases: named(phases ?? [], LEGEND.phases, language),
    variants: variants.map((variant) =>
      variantFacts(
        variant,
        basic.find((used) => used.startsWith(variant.enhanced.charAt(0))) ?? '',
        language,
      ),
    ),
    privateMeanings: privateMeanings.map(({ provider, gist }) => ({ provider, gist: gist[language] })),
    references: referenceFacts(row?.refs ?? [], language),
  };
}

function badgesOf(explanation: EnhancedExplanation, language: Language): readonly Badge[] {
  const { class: first, row, classFits } = explanation;
  const { retry, actors } = factsOf(explanation);
  const word = row === null ? 'notInRegistry' : 'inRegistry';
  return [
    ...(first === 'X' ? [] : [classBadge(`${first}yz`, language)]),
    { kind: 'status', value: row === null ? 'wild' : 'standard', text: speaker(language)(word) },
    ...(retry === null || !classFits ? [] : [retryBadge(retry, language)]),
    ...actorBadges(actors ?? [], language),
  ];
}

function insteadOf(explanation: EnhancedExplanation, language: Language): Section {
  const why = explanation.row?.whyNotClass?.[language];
  return {
    id: 'instead',
    title: speaker(language)('useInstead'),
    blocks: [
      ...(why === undefined ? [] : [{ kind: 'paragraph' as const, text: prose(why) }]),
      {
        kind: 'index',
        entries: members(explanation).map((member) => ({
          link: codeLink(member),
          gist: explanation.gist[language],
        })),
      },
    ],
  };
}

function meaningOf(explanation: EnhancedExplanation, language: Language): readonly Block[] {
  const { row, classFits } = explanation;
  const say = speaker(language);
  const why = row?.whyNotClass;
  // With several, each has its page: the gists are in the list of combinations.
  const variants = explanation.class === 'X' || explanation.variants.length > 1 ? [] : explanation.variants;
  return [
    ...variants.map((variant): Block => ({ kind: 'paragraph', text: prose(variant.text[language]) })),
    ...(row?.note === null || row === null
      ? []
      : [{ kind: 'note' as const, text: prose(row.note[language]) }]),
    ...(row?.deprecated === true ? [{ kind: 'note' as const, text: [say('deprecated')] }] : []),
    ...(why === null || why === undefined || !classFits
      ? []
      : [{ kind: 'note' as const, text: prose(why[language]) }]),
    { kind: 'facts', rows: factRows(explanation, language) },
  ];
}

/** What the family means as 2, 4, 5. */
function classesOf(explanation: EnhancedExplanation, language: Language): Section {
  return {
    id: 'classes',
    title: speaker(language)('byClass'),
    blocks: [
      {
        kind: 'index',
        entries: members(explanation).map((member) => {
          const id = `${member.charAt(0)}yz` as '2yz' | '4yz' | '5yz';
          return { link: codeLink(member), gist: classOf(id)?.meaning[language] ?? '' };
        }),
      },
    ],
  };
}

const NEIGHBOURS_MAX = 12;

/** Others on the same subject, in the same class. */
function neighbours(
  { code, row, class: first }: EnhancedExplanation,
  language: Language,
): readonly Section[] {
  if (row === null) return [];
  const others = CATALOGUE.enhanced.filter(
    (other) =>
      other.subject === row.subject &&
      other.code !== familyOf(code) &&
      (first === 'X' || other.classes.includes(first)),
  );
  if (others.length === 0) return [];
  const at = Number(row.code.split('.')[2]);
  const distance = (other: { readonly code: string }): number =>
    Math.abs(Number(other.code.split('.')[2]) - at);
  const near = others
    .toSorted((a, b) => distance(a) - distance(b))
    .slice(0, NEIGHBOURS_MAX)
    .toSorted((a, b) => CATALOGUE.enhanced.indexOf(a) - CATALOGUE.enhanced.indexOf(b));
  const entries = near.map((other) => ({
    link: codeLink(`${first}${other.code.slice(1)}`),
    gist: other.name[language],
  }));
  return [{ id: 'related', title: speaker(language)('related'), blocks: [{ kind: 'index', entries }] }];
}
