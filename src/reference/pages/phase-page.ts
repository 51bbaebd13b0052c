/** The page of a moment in a session: `/smtp/phase/rcpt`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, LEGEND, repliesIn, type Phase } from '../../replies/catalogue.ts';
import type { Page, Section, Text } from '../document.ts';
import { referenceFacts } from '../facts.ts';
import { codeEntries } from '../related.ts';
import { referenceLink } from '../sources.ts';
import { wayOf } from '../way.ts';
import { speaker, type Word } from '../words.ts';

export function phasePath(phase: Phase): string {
  return `/smtp/phase/${phase}`;
}

export function phasePage(phase: Phase, language: Language): Page {
  const say = speaker(language);
  const listed = repliesIn(phase);
  const named = LEGEND.phases[phase][language];
  const groups: readonly (readonly [Word, readonly string[]])[] = [
    ['success', listed?.success ?? []],
    ['intermediate', listed?.intermediate ?? []],
    ['errors', listed?.errors ?? []],
    ['alwaysPossible', listed?.alwaysPossible ?? []],
  ];
  const told = new Set(groups.flatMap(([, codes]) => codes));
  const also = CATALOGUE.basic
    .filter((row) => row.phases.includes(phase) && !told.has(row.code))
    .map(({ code }) => code);
  const title = say('phaseTitle', { moment: named });
  return {
    language,
    path: phasePath(phase),
    title,
    description: say('phaseGist'),
    heading: { code: null, name: title, gist: say('phaseGist'), badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: phasePath(phase), text: LEGEND.phaseWords[phase][language] },
    ],
    sections: [
      { id: 'when', title: say('when'), blocks: [wayOf([phase], language)] },
      ...groups.flatMap(([word, codes]) => sectionOf(word, codes, language)),
      ...sectionOf('alsoHere', also, language),
      ...referencesOf(listed?.refs ?? [], language),
    ],
    indexable: false,
    found: true,
    data: {
      kind: 'phase',
      phase,
      text: named,
      ...Object.fromEntries(groups),
      also,
      references: referenceFacts(listed?.refs ?? [], language),
    },
  };
}

function sectionOf(word: Word, codes: readonly string[], language: Language): readonly Section[] {
  if (codes.length === 0) return [];
  return [{ id: word.toLowerCase(), title: speaker(language)(word), blocks: [codeEntries(codes, language)] }];
}

function referencesOf(refs: Parameters<typeof referenceFacts>[0], language: Language): readonly Section[] {
  if (refs.length === 0) return [];
  const say = speaker(language);
  const items = refs.map((reference): Text => [referenceLink(reference, say)]);
  return [{ id: 'references', title: say('references'), blocks: [{ kind: 'list', items }] }];
}
