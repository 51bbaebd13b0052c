/** What the pages of an enhanced code and of a combination share. */
import type { Language } from '../base/language.ts';
import { CATALOGUE, LEGEND, type StatusClass } from '../replies/catalogue.ts';
import { factsOf } from '../replies/compare.ts';
import type { EnhancedExplanation } from '../replies/explain.ts';
import type { Block, Section, Text } from './document.ts';
import { codeLink, codeLinks, link, listed, pairLink, prose } from './inlines.ts';
import { recipientAdvice } from './recipients.ts';
import { REGISTRY_URL, referenceLink } from './sources.ts';
import { speaker } from './words.ts';

export interface Advice {
  readonly sender: string;
  readonly manager: string;
  /** Null where it is not the recipient's matter. */
  readonly recipient: string | null;
}

/** Null where nobody knows more than the provider says. A success needs nothing done. */
export function adviceOn(
  { row, class: first, variants }: EnhancedExplanation,
  language: Language,
): Advice | null {
  const say = speaker(language);
  if (first === '2') return { sender: say('nothingToDo'), manager: say('nothingToDo'), recipient: null };
  if (row === null) return null;
  const isRecipients =
    row.code.startsWith('X.2.') || variants.some(({ actors }) => actors.includes('recipient'));
  return {
    sender: row.toDo.sender[language],
    manager: row.toDo.manager[language],
    recipient: isRecipients ? recipientAdvice([row.code], language) : null,
  };
}

export function adviceBlock({ sender, manager, recipient }: Advice, language: Language): Block {
  const say = speaker(language);
  return {
    kind: 'advice',
    readers: [
      { title: say('ifSender'), text: prose(sender) },
      { title: say('ifManager'), text: prose(manager) },
      ...(recipient === null ? [] : [{ title: say('ifRecipient'), text: prose(recipient) }]),
    ],
  };
}

/** The codes of the family that exist: `4.2.2`, `5.2.2`. */
export function members({ row, code }: EnhancedExplanation): readonly string[] {
  return (row?.classes ?? []).map((first: StatusClass) => `${first}${code.slice(1)}`);
}

export function familyOf(code: string): string {
  return `X${code.slice(1)}`;
}

export function factRows(
  explanation: EnhancedExplanation,
  language: Language,
): readonly { readonly label: string; readonly value: Text }[] {
  const { code, class: first, subject, row, basic } = explanation;
  const say = speaker(language);
  const { retry, actors } = factsOf(explanation);
  const codeClass = CATALOGUE.classes.find(({ digit }) => digit === first);
  return [
    ...(codeClass === undefined ? [] : [{ label: say('class'), value: [codeClass.meaning[language]] }]),
    ...(subject === null ? [] : [{ label: say('subject'), value: [subject[language]] }]),
    ...(row === null || first === 'X' ? [] : [{ label: say('family'), value: [codeLink(familyOf(code))] }]),
    ...(row === null ? [] : [{ label: say('classes'), value: codeLinks(members(explanation)) }]),
    ...(retry === null ? [] : [{ label: say('retry'), value: [LEGEND.retry[retry][language]] }]),
    ...(actors === null
      ? []
      : [
          {
            label: say('actors'),
            value: [
              listed(
                actors.map((actor) => LEGEND.actors[actor]),
                language,
              ),
            ],
          },
        ]),
    ...(basic.length === 0 ? [] : [{ label: say('basicCodes'), value: codeLinks(basic) }]),
    ...(row === null || row.associated.length === 0
      ? []
      : [{ label: say('registered'), value: codeLinks(row.associated) }]),
  ];
}

/** The reply codes it comes with, and what the two mean together. */
export function combinations(
  { code, class: first, row, variants, basic }: EnhancedExplanation,
  language: Language,
): readonly Section[] {
  const say = speaker(language);
  const entries = basic.flatMap((used) => {
    const statuses = first === 'X' ? (row?.classes ?? []).map((each) => `${each}${code.slice(1)}`) : [code];
    return statuses
      .filter((status) => status.startsWith(used.charAt(0)))
      .map((status) => {
        const basicRow = CATALOGUE.basic.find((each) => each.code === used);
        const variant = basicRow?.variants.find(({ enhanced }) => enhanced === status);
        const gist = variants.includes(variant as (typeof variants)[number]) ? variant?.gist : basicRow?.name;
        return { link: pairLink(used, status), gist: gist?.[language] ?? '' };
      });
  });
  if (entries.length === 0) return [];
  return [{ id: 'combinations', title: say('withBasic'), blocks: [{ kind: 'index', entries }] }];
}

export function privateSection(
  { privateMeanings }: EnhancedExplanation,
  language: Language,
): readonly Section[] {
  if (privateMeanings.length === 0) return [];
  const say = speaker(language);
  return [
    {
      id: 'private',
      title: say('privateMeanings'),
      blocks: [
        {
          kind: 'facts',
          rows: privateMeanings.map(({ provider, gist }) => ({
            label: provider,
            value: prose(gist[language]),
          })),
        },
      ],
    },
  ];
}

export function referencesOf({ row }: EnhancedExplanation, language: Language): Section {
  const say = speaker(language);
  const items: Text[] = (row?.refs ?? []).map((reference) => [referenceLink(reference, say)]);
  const block: Block =
    row === null
      ? { kind: 'paragraph', text: [say('noReference')] }
      : { kind: 'list', items: [...items, [link(REGISTRY_URL, say('registry'))]] };
  return { id: 'references', title: say('references'), blocks: [block] };
}
