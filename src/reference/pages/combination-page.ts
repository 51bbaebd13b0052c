/** The page of a reply code with its enhanced code: `/smtp/452/4.2.2`. The most precise there is. */
import type { Language } from '../../base/language.ts';
import { LEGEND, variantOf, type Retry } from '../../replies/catalogue.ts';
import { factsOf } from '../../replies/compare.ts';
import type { BasicExplanation, EnhancedExplanation } from '../../replies/explain.ts';
import { pageOf } from '../../replies/pages.ts';
import type { ReplyName } from '../../replies/register.ts';
import { actorBadges, classBadge, retryBadge, scopeBadge } from '../badges.ts';
import type { Block, Page, Section } from '../document.ts';
import { adviceBlock, adviceOn, factRows, type Advice } from '../enhanced-facts.ts';
import { quotationFacts } from '../facts.ts';
import { hereSection, spokenReplies, type Counts, type SpokenReply } from '../here.ts';
import { codeLink, joined, pairLink, prose, sentencesOf } from '../inlines.ts';
import { quotationsBlock, quotationsOf, type Quotation } from '../quotations.ts';
import { recipientAdvice } from '../recipients.ts';
import { exampleAt, sessionOf, sessionWithRest } from '../session-example.ts';
import { wayOf } from '../way.ts';
import { speaker } from '../words.ts';

/** The two, and what is known of them together. */
interface Pair {
  readonly basic: BasicExplanation;
  readonly enhanced: EnhancedExplanation;
  readonly isConflict: boolean;
  readonly isKnown: boolean;
}

export function combinationPage(
  basic: BasicExplanation,
  enhanced: EnhancedExplanation,
  language: Language,
  counts: Counts | null = null,
): Page {
  const say = speaker(language);
  const [number, status] = [basic.code, enhanced.code];
  const variant = variantOf(number, status);
  const isConflict = number.charAt(0) !== status.charAt(0);
  const isKnown = variant !== null || basic.row.enhanced.includes(status) || enhanced.basic.includes(number);
  const pair: Pair = { basic, enhanced, isConflict, isKnown };
  const gist = (variant?.gist ?? enhanced.gist)[language];
  const name = (variant?.name ?? enhanced.name)[language];
  const advice = adviceFor(pair, language);
  const here = basic.spokenHere.filter((reply: ReplyName) => enhanced.spokenHere.includes(reply));
  const spoken = spokenReplies(here, language, counts);
  const quotations = quotationsOf(`${number} ${status}`);
  const facts = factsFor(pair);
  const [action] = sentencesOf(advice.sender, language);
  return {
    language,
    path: pageOf(number, status),
    title: say('codeTitle', { code: `${number} ${status}`, name }),
    description: joined([gist, ...(action === undefined ? [] : [action])], language),
    heading: {
      code: `${number} ${status}`,
      name,
      gist,
      badges: [
        classBadge(basic.row.class, language),
        retryBadge(facts.retry, language),
        ...actorBadges(facts.actors, language),
        ...facts.scopes.map((scope) => scopeBadge(scope, language)),
      ],
    },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: basic.page, text: number },
      { to: pageOf(number, status), text: `${number} ${status}` },
    ],
    sections: [
      { id: 'what-to-do', title: say('whatToDo'), blocks: [adviceBlock(advice, language)] },
      { id: 'meaning', title: say('meaning'), blocks: meaningOf(pair, language) },
      { id: 'when', title: say('when'), blocks: [wayOf(facts.phases, language)] },
      ...sessionFor(pair, language),
      hereSection(spoken, language),
      ...(quotations.length === 0
        ? []
        : [{ id: 'replies', title: say('real'), blocks: [quotationsBlock(quotations, language)] }]),
      pairSection(pair, language),
    ],
    indexable: isKnown && !isConflict,
    found: true,
    data: dataOf(pair, { spoken, quotations, advice }, language),
  };
}

interface Shown {
  readonly spoken: readonly SpokenReply[];
  readonly quotations: readonly Quotation[];
  readonly advice: Advice;
}

function dataOf(pair: Pair, { spoken, quotations, advice }: Shown, language: Language): object {
  const { basic, enhanced, isConflict, isKnown } = pair;
  const facts = factsFor(pair);
  const variant = variantOf(basic.code, enhanced.code);
  return {
    kind: 'combination',
    code: basic.code,
    status: enhanced.code,
    text: variant?.text[language] ?? null,
    known: isKnown,
    conflict: isConflict,
    retry: { id: facts.retry, text: LEGEND.retry[facts.retry][language] },
    actors: facts.actors.map((id) => ({ id, text: LEGEND.actors[id][language] })),
    scopes: facts.scopes.map((id) => ({ id, text: LEGEND.scopes[id][language] })),
    phases: (facts.phases ?? []).map((id) => ({ id, text: LEGEND.phases[id][language] })),
    advice,
    spokenHere: spoken,
    replies: quotationFacts(quotations, language),
  };
}

/** Where the two have no text together: the enhanced code knows the reason, the reply code the rest. */
function factsFor({ basic, enhanced, isConflict }: Pair): {
  readonly retry: Retry;
  readonly actors: readonly ('sender' | 'manager' | 'recipient' | 'nobody')[];
  readonly scopes: readonly ('host' | 'mailbox' | 'transaction' | 'message')[];
  readonly phases: BasicExplanation['row']['phases'] | null;
} {
  const variant = variantOf(basic.code, enhanced.code);
  if (variant !== null) {
    const { retry, actors, scope, phases } = variant;
    return { retry, actors, scopes: [scope], phases };
  }
  const facts = factsOf(enhanced);
  const retry = basic.row.retry === 'depends' && !isConflict ? (facts.retry ?? 'depends') : basic.row.retry;
  return { retry, actors: facts.actors ?? basic.row.actors, scopes: [], phases: basic.row.phases };
}

function adviceFor({ basic, enhanced }: Pair, language: Language): Advice {
  const variant = variantOf(basic.code, enhanced.code);
  const known = adviceOn(enhanced, language);
  const own = basic.row.text[language];
  const recipient =
    variant?.actors.includes('recipient') === true && enhanced.row !== null
      ? recipientAdvice([enhanced.row.code], language)
      : (known?.recipient ?? null);
  return {
    sender: known?.sender || variant?.text[language] || own.howToFixSender,
    manager: known?.manager || own.howToFixManager,
    recipient,
  };
}

function meaningOf({ basic, enhanced, isConflict, isKnown }: Pair, language: Language): readonly Block[] {
  const say = speaker(language);
  const variant = variantOf(basic.code, enhanced.code);
  const note = enhanced.row?.note?.[language];
  const blanks = { basic: basic.code, status: enhanced.code };
  return [
    ...(isConflict ? [{ kind: 'note' as const, text: [say('conflict', blanks)] }] : []),
    ...(enhanced.classFits
      ? []
      : [{ kind: 'note' as const, text: [say('wrongClass', { code: enhanced.code })] }]),
    ...(isConflict || isKnown ? [] : [{ kind: 'note' as const, text: [say('unusualPair')] }]),
    ...(variant === null ? [] : [{ kind: 'paragraph' as const, text: prose(variant.text[language]) }]),
    ...(note === undefined ? [] : [{ kind: 'note' as const, text: prose(note) }]),
    { kind: 'facts', rows: factRows(enhanced, language) },
  ];
}

/** The case is shown where it comes first in a session. */
function sessionFor(pair: Pair, language: Language): readonly Section[] {
  const { basic, enhanced } = pair;
  const say = speaker(language);
  const row = basic.row;
  const phase = factsFor(pair).phases?.find((each) => each !== 'any' && each !== 'client');
  if (phase === undefined) return [];
  const own = row.example?.reply.startsWith(`${basic.code} ${enhanced.code}`) === true ? row.example : null;
  const command = variantOf(basic.code, enhanced.code) === null ? row.example?.command : undefined;
  const made = exampleAt(phase, `${basic.code} ${enhanced.code} ${enhanced.name.en}`);
  const example = own ?? (command === undefined ? made : { ...made, command });
  const ofRest = phase === 'rcpt' && factsFor(pair).scopes.includes('transaction');
  const lines = ofRest ? sessionWithRest(example) : sessionOf(example);
  return [
    {
      id: 'session',
      title: say('session'),
      blocks: [{ kind: 'dialogue', caption: say('sessionCaption'), lines }],
    },
  ];
}

function pairSection({ basic, enhanced }: Pair, language: Language): Section {
  const others = basic.row.variants
    .filter((variant) => variant.enhanced !== enhanced.code)
    .map((variant) => ({ link: pairLink(basic.code, variant.enhanced), gist: variant.gist[language] }));
  return {
    id: 'related',
    title: speaker(language)('pair'),
    blocks: [
      {
        kind: 'index',
        entries: [
          { link: codeLink(basic.code), gist: basic.gist[language] },
          { link: codeLink(enhanced.code), gist: enhanced.gist[language] },
          ...others,
        ],
      },
    ],
  };
}
