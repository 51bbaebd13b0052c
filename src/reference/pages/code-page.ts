/** The page of a basic code: `/smtp/452`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, LEGEND, type BasicCode } from '../../replies/catalogue.ts';
import type { BasicExplanation } from '../../replies/explain.ts';
import { actorBadges, classBadge, retryBadge, standingBadge } from '../badges.ts';
import { changesSection } from '../changes.ts';
import type { Block, Page, Section, Text } from '../document.ts';
import { basicFacts, quotationFacts } from '../facts.ts';
import { hereSection, spokenReplies, type Counts } from '../here.ts';
import { codeLinks, listed, pairLink, paragraph, prose, sentencesOf } from '../inlines.ts';
import { quotationsBlock, quotationsOf } from '../quotations.ts';
import { recipientAdvice } from '../recipients.ts';
import { comparisonEntries, comparisonsWith, relatedSection } from '../related.ts';
import { exampleOf, sessionOf } from '../session-example.ts';
import { referenceLink } from '../sources.ts';
import { wayOf } from '../way.ts';
import { speaker } from '../words.ts';

export function codePage(
  explanation: BasicExplanation,
  language: Language,
  counts: Counts | null = null,
): Page {
  const { code: number, row, related, page } = explanation;
  const say = speaker(language);
  const [name, gist] = [row.name[language], row.gist[language]];
  const spoken = spokenReplies(explanation.spokenHere, language, counts);
  const quotations = quotationsOf(number);
  const comparisons = comparisonsWith(number);
  const [action] = sentencesOf(row.text[language].howToFixSender, language);
  return {
    language,
    path: page,
    title: say('codeTitle', { code: number, name }),
    description: [gist, ...(action === undefined ? [] : [action])].join(language === 'ja' ? '' : ' '),
    heading: {
      code: number,
      name,
      gist,
      badges: [
        classBadge(row.class, language),
        standingBadge(row.status, language),
        retryBadge(row.retry, language),
        ...actorBadges(row.actors, language),
      ],
    },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: page, text: number },
    ],
    sections: [
      { id: 'what-to-do', title: say('whatToDo'), blocks: [adviceOf(row, language)] },
      { id: 'meaning', title: say('meaning'), blocks: meaningOf(explanation, language) },
      ...(row.variants.length === 0 ? [] : [variantsOf(row, language)]),
      { id: 'when', title: say('when'), blocks: whenOf(row, language) },
      ...sessionSection(row, language),
      hereSection(spoken, language),
      ...(quotations.length === 0
        ? []
        : [{ id: 'replies', title: say('real'), blocks: [quotationsBlock(quotations, language)] }]),
      ...relatedSection(related, language),
      ...(comparisons.length === 0
        ? []
        : [
            {
              id: 'comparisons',
              title: say('comparisons'),
              blocks: [comparisonEntries(comparisons, language)],
            },
          ]),
      referencesOf(row, language),
      changesSection([number], language),
    ],
    indexable: true,
    found: true,
    data: {
      kind: 'code',
      ...basicFacts(row, language),
      related,
      comparisons: comparisons.map(({ page: path }) => path),
      spokenHere: spoken,
      replies: quotationFacts(quotations, language),
    },
  };
}

function adviceOf(row: BasicCode, language: Language): Block {
  const say = speaker(language);
  const { howToFixSender, howToFixManager } = row.text[language];
  const families = row.enhanced.map((status) => `X${status.slice(1)}`);
  return {
    kind: 'advice',
    readers: [
      { title: say('ifSender'), text: prose(howToFixSender) },
      { title: say('ifManager'), text: prose(howToFixManager) },
      ...(row.actors.includes('recipient')
        ? [{ title: say('ifRecipient'), text: prose(recipientAdvice(families, language)) }]
        : []),
    ],
  };
}

function meaningOf({ row, class: codeClass }: BasicExplanation, language: Language): readonly Block[] {
  const say = speaker(language);
  const category = CATALOGUE.categories.find(({ id }) => id === row.category);
  const facts: { readonly label: string; readonly value: Text }[] = [
    ...(codeClass === null ? [] : [{ label: say('class'), value: [codeClass.meaning[language]] }]),
    ...(category === undefined ? [] : [{ label: say('category'), value: [category.name[language]] }]),
    { label: say('retry'), value: [LEGEND.retry[row.retry][language]] },
    {
      label: say('actors'),
      value: [
        listed(
          row.actors.map((actor) => LEGEND.actors[actor]),
          language,
        ),
      ],
    },
    { label: say('connection'), value: [LEGEND.connection[row.connection][language]] },
    { label: say('custody'), value: [LEGEND.custody[row.custody][language]] },
    ...(row.enhanced.length === 0 ? [] : [{ label: say('enhancedCodes'), value: codeLinks(row.enhanced) }]),
    ...(row.registryEnhanced.length === 0
      ? []
      : [{ label: say('registered'), value: codeLinks(row.registryEnhanced) }]),
  ];
  return [
    paragraph(row.text[language].description),
    ...(row.note === null ? [] : [{ kind: 'note' as const, text: prose(row.note[language]) }]),
    { kind: 'facts', rows: facts },
  ];
}

function variantsOf(row: BasicCode, language: Language): Section {
  const say = speaker(language);
  return {
    id: 'variants',
    title: say('variants'),
    blocks: [
      {
        kind: 'table',
        caption: say('variantsCaption'),
        head: [say('reply'), say('meaning'), say('scope'), say('phaseLabel'), say('actors'), say('retry')],
        rows: row.variants.map(({ enhanced, gist, scope, phases, actors, retry }) => [
          [pairLink(row.code, enhanced)],
          prose(gist[language]),
          [LEGEND.scopes[scope][language]],
          [
            listed(
              phases.map((phase) => LEGEND.phaseWords[phase]),
              language,
            ),
          ],
          [
            listed(
              actors.map((actor) => LEGEND.actorWords[actor]),
              language,
            ),
          ],
          [LEGEND.retry[retry][language]],
        ]),
      },
    ],
  };
}

function whenOf(row: BasicCode, language: Language): readonly Block[] {
  const say = speaker(language);
  const seen = row.seenAt.map((each) => prose(each[language]));
  return [
    paragraph(row.text[language].whenYouSeeIt),
    wayOf(row.phases, language),
    ...(seen.length === 0
      ? []
      : [
          { kind: 'paragraph' as const, text: [{ kind: 'strong' as const, text: say('alsoSeen') }] },
          { kind: 'list' as const, items: seen },
        ]),
  ];
}

function sessionSection(row: BasicCode, language: Language): readonly Section[] {
  const say = speaker(language);
  const example = exampleOf(row);
  if (example === null) return [];
  const lines = sessionOf(example);
  return [
    {
      id: 'session',
      title: say('session'),
      blocks: [{ kind: 'dialogue', caption: say('sessionCaption'), lines }],
    },
  ];
}

function referencesOf(row: BasicCode, language: Language): Section {
  const say = speaker(language);
  const items = row.refs.map((reference): Text => [referenceLink(reference, say)]);
  const none: Block = { kind: 'paragraph', text: [say('noReference')] };
  return {
    id: 'references',
    title: say('references'),
    blocks: [items.length === 0 ? none : { kind: 'list', items }],
  };
}
