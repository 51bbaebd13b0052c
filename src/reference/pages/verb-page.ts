/** The page of a command: `/smtp/verb/help`, out of the table that the session itself asks. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, LEGEND } from '../../replies/catalogue.ts';
import { REGISTER, type ReplyName } from '../../replies/register.ts';
import { isVerb, VERBS, type VerbRow } from '../../smtp/verbs.ts';
import type { Block, Inline, Page, Section, Text } from '../document.ts';
import { hereSection, replyText, spokenReplies, type Counts } from '../here.ts';
import { code, codeLinks, link } from '../inlines.ts';
import { codeEntries } from '../related.ts';
import { OTHER_VERBS, PARAMETER_PURPOSES_JA, STATES, VERB_PURPOSES_JA } from '../verb-words.ts';
import { speaker } from '../words.ts';
import { phasePath } from './phase-page.ts';

export const VERB_NAMES: readonly string[] = [
  ...Object.keys(VERBS),
  ...Object.keys(OTHER_VERBS).filter((verb) => !isVerb(verb)),
];

export function verbPath(verb: string): string {
  return `/smtp/verb/${verb.toLowerCase()}`;
}

/** Null for what is no command. */
export function verbPage(verb: string, language: Language, counts: Counts | null = null): Page | null {
  if (isVerb(verb)) return offered(VERBS[verb], language, counts);
  return Object.hasOwn(OTHER_VERBS, verb) ? notOffered(verb, language) : null;
}

/** What a command is for, in one or two sentences. */
export function purposeOf(verb: string, language: Language): string {
  if (isVerb(verb)) return language === 'ja' ? VERB_PURPOSES_JA[verb] : VERBS[verb].purpose;
  return OTHER_VERBS[verb]?.[language] ?? '';
}

function offered(row: VerbRow, language: Language, counts: Counts | null): Page {
  const { verb, syntax, example, source, replies } = row;
  const say = speaker(language);
  const names = [...new Set(replies)];
  const codes = codesOf(names);
  const spoken = spokenReplies(names, language, counts);
  const facts: { readonly label: string; readonly value: Text }[] = [
    { label: say('syntax'), value: [code(syntax)] },
    { label: say('example'), value: [code(example)] },
    { label: say('definedIn'), value: [sectionLink(source)] },
    { label: say('codes'), value: codeLinks(codes) },
  ];
  return {
    ...frame(verb, language),
    sections: [
      { id: 'form', title: say('syntax'), blocks: [{ kind: 'facts', rows: facts }] },
      ...parametersOf(row, language),
      ...outOfTurnOf(row, language),
      hereSection(spoken, language),
      ...generalSection(verb, language),
    ],
    data: {
      kind: 'verb',
      verb,
      syntax,
      example,
      source,
      purpose: purposeOf(verb, language),
      codes,
      spokenHere: spoken,
    },
  };
}

function notOffered(verb: string, language: Language): Page {
  const say = speaker(language);
  const blanks = { code: replyText('not-implemented') };
  return {
    ...frame(verb, language),
    sections: [
      { id: 'here', title: say('here'), blocks: [{ kind: 'paragraph', text: [say('notOffered', blanks)] }] },
      ...generalSection(verb, language),
    ],
    data: { kind: 'verb', verb, purpose: purposeOf(verb, language), offered: false },
  };
}

function frame(verb: string, language: Language): Omit<Page, 'sections' | 'data'> {
  const say = speaker(language);
  const gist = purposeOf(verb, language);
  return {
    language,
    path: verbPath(verb),
    title: say('verbTitle', { verb }),
    description: gist,
    heading: { code: verb, name: say('verb'), gist, badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: verbPath(verb), text: verb },
    ],
    indexable: false,
    found: true,
  };
}

function codesOf(names: readonly ReplyName[]): readonly string[] {
  return [...new Set(names.map((name) => REGISTER[name].code))].toSorted();
}

function parametersOf({ parameters }: VerbRow, language: Language): readonly Section[] {
  if (parameters.length === 0) return [];
  const say = speaker(language);
  const block: Block = {
    kind: 'table',
    caption: say('parameters'),
    head: [say('parameter'), say('purpose'), say('definedIn')],
    rows: parameters.map(({ form, purpose, source }): readonly Text[] => [
      [code(form)],
      [language === 'ja' ? (PARAMETER_PURPOSES_JA[form] ?? '') : purpose],
      [link(`https://www.rfc-editor.org/rfc/${source.toLowerCase().replace(' ', '')}`, source)],
    ]),
  };
  return [{ id: 'parameters', title: say('parameters'), blocks: [block] }];
}

function outOfTurnOf({ outOfTurn }: VerbRow, language: Language): readonly Section[] {
  const cases = Object.entries(outOfTurn) as readonly (readonly [keyof typeof STATES, ReplyName])[];
  if (cases.length === 0) return [];
  const say = speaker(language);
  const block: Block = {
    kind: 'table',
    caption: say('outOfTurnCaption'),
    head: [say('state'), say('reply')],
    rows: cases.map(([state, name]): readonly Text[] => [[STATES[state][language]], [code(replyText(name))]]),
  };
  return [{ id: 'out-of-turn', title: say('outOfTurn'), blocks: [block] }];
}

/** What other servers may answer: the page of the moment after this command. */
function generalSection(verb: string, language: Language): readonly Section[] {
  const phase = PHASES[verb];
  if (phase === undefined) return [];
  const say = speaker(language);
  const listed = CATALOGUE.commandReplies.find((row) => row.phase === phase);
  const codes = [...(listed?.success ?? []), ...(listed?.intermediate ?? []), ...(listed?.errors ?? [])];
  const more: Inline = link(phasePath(phase), say('phaseTitle', { moment: LEGEND.phases[phase][language] }));
  return [
    {
      id: 'in-general',
      title: say('inGeneral'),
      blocks: [
        ...(codes.length === 0 ? [] : [codeEntries(codes, language)]),
        { kind: 'paragraph', text: [more] },
      ],
    },
  ];
}

// prettier-ignore
const PHASES: Readonly<Record<string, Parameters<typeof phasePath>[0]>> = {
  EHLO: 'ehlo', HELO: 'ehlo', LHLO: 'ehlo', MAIL: 'mail', RCPT: 'rcpt', DATA: 'data', BDAT: 'bdat', RSET: 'rset', NOOP: 'noop',
  HELP: 'help', VRFY: 'vrfy', EXPN: 'expn', QUIT: 'quit', AUTH: 'auth', STARTTLS: 'starttls', ETRN: 'etrn',
};

/** `RFC 5321 §4.1.1.8` → its section. */
function sectionLink(source: string): Inline {
  const [, rfc = '', section = ''] = /^RFC (\d+) §(.+)$/.exec(source) ?? [];
  return link(`https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section}`, source);
}
