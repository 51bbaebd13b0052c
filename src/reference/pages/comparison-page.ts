/** The page of a pair: `/smtp/compare/214-vs-452`. Any two codes have one; those a person wrote about are for search engines too. */
import type { Language } from '../../base/language.ts';
import { LEGEND } from '../../replies/catalogue.ts';
import { factsOf, phaseList, type Comparison, type DimensionKey } from '../../replies/compare.ts';
import type { Explanation } from '../../replies/explain.ts';
import type { Badge, Block, Page, Section, Text } from '../document.ts';
import { codeLink, joined, pairLink, paragraph, prose, sentencesOf } from '../inlines.ts';
import { comparisonEntries, comparisonsWith, curatedPair } from '../related.ts';
import { retryBadge } from '../badges.ts';
import { speaker } from '../words.ts';

/** What a pair page tells of each of the two. */
interface Told {
  readonly what: string;
  readonly when: string;
  readonly sender: string;
  readonly manager: string;
}

export function comparisonPage(comparison: Comparison, language: Language): Page {
  const { codes, dimensions, summary, which, page } = comparison;
  const say = speaker(language);
  const [a, b] = [codes[0].code, codes[1].code];
  const told = [toldOf(codes[0], language), toldOf(codes[1], language)] as const;
  const curated = curatedPair(page);
  const names = codes.map(({ name }) => name[language]);
  const part = (id: string, title: string, key: keyof Told): Section => ({
    id,
    title,
    blocks: [sideBySide([a, b], [told[0][key], told[1][key]], language)],
  });
  return {
    language,
    path: page,
    title: say('comparisonTitle', { a: `${a} ${names[0] ?? ''}`, b: `${b} ${names[1] ?? ''}` }),
    description: joined([summary[language], which[language]], language),
    heading: {
      code: `${a} / ${b}`,
      name: names.join(' – '),
      gist: summary[language],
      badges: badgesOf(codes, language),
    },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: page, text: `${a} / ${b}` },
    ],
    sections: [
      ...(curated === null
        ? []
        : [{ id: 'confused', title: say('confused'), blocks: [paragraph(curated.text[language])] }]),
      part('what', say('oneByOne'), 'what'),
      { id: 'which', title: say('which'), blocks: whichOf(comparison, language) },
      { id: 'differences', title: say('differences'), blocks: [differencesOf(comparison, language)] },
      part('when', say('whenEach'), 'when'),
      part('sender', say('fixSender'), 'sender'),
      part('manager', say('fixManager'), 'manager'),
      ...othersOf(page, [a, b], language),
    ],
    indexable: curated !== null,
    found: true,
    data: {
      kind: 'comparison',
      codes: codes.map((each, i) => ({
        code: each.code,
        name: each.name[language],
        gist: each.gist[language],
        page: each.page,
        ...told[i],
      })),
      summary: summary[language],
      curated: curated?.text[language] ?? null,
      differences: inOrder(dimensions).map(({ key, label, values, same }) => ({
        key,
        label: label[language],
        values: values.map((value) => value[language]),
        same,
      })),
      decision: { by: comparison.decision.by, text: which[language] },
    },
  };
}

function toldOf(explanation: Explanation, language: Language): Told {
  if (explanation.kind === 'basic') {
    const { description, whenYouSeeIt, howToFixSender, howToFixManager } = explanation.row.text[language];
    return { what: description, when: whenYouSeeIt, sender: howToFixSender, manager: howToFixManager };
  }
  const { row, gist, basic } = explanation;
  const { phases } = factsOf(explanation);
  const say = speaker(language);
  const moments =
    phases === null ? say('wayUnknown') : say('wayText', { moments: phaseList(phases)[language] });
  return {
    what: joined(
      [gist[language], ...(row?.note === null || row === null ? [] : [row.note[language]])],
      language,
    ),
    when:
      basic.length === 0
        ? moments
        : joined([moments, say('seenWith', { codes: basic.join(', ') })], language),
    sender: row?.toDo.sender[language] ?? '',
    manager: row?.toDo.manager[language] ?? '',
  };
}

/** One row each; what holds for both in the same words stands once. */
function sideBySide(
  [a, b]: readonly [string, string],
  [x, y]: readonly [string, string],
  language: Language,
): Block {
  const [mine, other] = [sentencesOf(x, language), sentencesOf(y, language)];
  const shared = mine.filter((sentence) => other.includes(sentence));
  const rest = (all: readonly string[]): string =>
    joined(
      all.filter((sentence) => !shared.includes(sentence)),
      language,
    );
  const rows: readonly (readonly [string, string])[] = [
    [a, rest(mine)],
    [b, rest(other)],
    [speaker(language)('both'), joined(shared, language)],
  ];
  return {
    kind: 'facts',
    rows: rows.filter(([, text]) => text !== '').map(([label, text]) => ({ label, value: prose(text) })),
  };
}

/** As people ask for them; `compare` gives them by weight. */
// prettier-ignore
const ORDER: readonly DimensionKey[] = ['class', 'outcome', 'phase', 'scope', 'actors', 'retry', 'custody', 'connection', 'enhanced', 'standing'];

function inOrder(dimensions: Comparison['dimensions']): Comparison['dimensions'] {
  return dimensions.toSorted((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key));
}

function differencesOf({ codes, dimensions }: Comparison, language: Language): Block {
  const say = speaker(language);
  const head = codes.map((each): Text => [codeLink(each.code)]);
  return {
    kind: 'comparison',
    caption: say('differences'),
    head: [head[0] ?? [], head[1] ?? []],
    rows: inOrder(dimensions).map(({ label, values, same }) => ({
      label: label[language],
      values: [values[0][language], values[1][language]],
      same,
      verdict: say(same ? 'same' : 'different'),
    })),
  };
}

function whichOf({ codes, decision, which }: Comparison, language: Language): readonly Block[] {
  const [first, second] = codes;
  const together =
    decision.by === 'part' && second.kind === 'enhanced' && second.class !== 'X'
      ? [{ kind: 'paragraph' as const, text: [pairLink(first.code, second.code)] }]
      : [];
  return [paragraph(which[language]), ...together];
}

function badgesOf(codes: Comparison['codes'], language: Language): readonly Badge[] {
  return codes.flatMap((each) => {
    const { retry } = factsOf(each);
    if (retry === null) return [];
    const text = `${each.code}: ${LEGEND.retry[retry][language]}`;
    return [{ ...retryBadge(retry, language), text }];
  });
}

function othersOf(page: string, codes: readonly string[], language: Language): readonly Section[] {
  const pairs = codes.flatMap(comparisonsWith).filter((pair) => pair.page !== page);
  if (pairs.length === 0) return [];
  return [
    {
      id: 'comparisons',
      title: speaker(language)('comparisons'),
      blocks: [comparisonEntries([...new Set(pairs)], language)],
    },
  ];
}
