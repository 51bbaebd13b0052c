/**
 * What the world knows of SMTP replies: the facts and texts of `catalogue/*.json`, typed.
 *
 * This is about all codes that anybody sends; what this server says is in the register. Codes are
 * strings: nobody adds them. `catalogue.test.ts` holds the data against these types.
 */
import type { Language, Wording } from '../base/language.ts';
import basic1 from './catalogue/basic-1yz.json' with { type: 'json' };
import basic2 from './catalogue/basic-2yz.json' with { type: 'json' };
import basic3 from './catalogue/basic-3yz.json' with { type: 'json' };
import basic4 from './catalogue/basic-4yz.json' with { type: 'json' };
import basic5 from './catalogue/basic-5yz.json' with { type: 'json' };
import changes from './catalogue/changes.json' with { type: 'json' };
import comparisons from './catalogue/comparisons.json' with { type: 'json' };
import enhanced from './catalogue/enhanced.json' with { type: 'json' };
import glossary from './catalogue/glossary.json' with { type: 'json' };
import legend from './catalogue/legend.json' with { type: 'json' };
import phases from './catalogue/phases.json' with { type: 'json' };
import providerMeanings from './catalogue/provider-meanings.json' with { type: 'json' };
import providers from './catalogue/providers.json' with { type: 'json' };
import unregistered from './catalogue/unregistered.json' with { type: 'json' };

export type ClassId = '2yz' | '3yz' | '4yz' | '5yz' | 'none';
export type CategoryId = 'x0z' | 'x1z' | 'x2z' | 'x3z' | 'x4z' | 'x5z' | 'other';
export type Phase =
  | 'client'
  | 'connect'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'data-end'
  | 'bdat'
  | 'rset'
  | 'vrfy'
  | 'expn'
  | 'help'
  | 'noop'
  | 'quit'
  | 'etrn'
  | 'atrn'
  | 'any';
export type Actor = 'sender' | 'manager' | 'recipient' | 'nobody';
export type Retry =
  | 'none-needed'
  | 'continue'
  | 'later'
  | 'at-once'
  | 'later-or-at-once'
  | 'after-change'
  | 'never'
  | 'depends';
export type Standing = 'standard' | 'extension' | 'registry' | 'historic' | 'draft' | 'wild' | 'not-smtp';
export type Subject = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7';
export type Scope = 'host' | 'mailbox' | 'transaction' | 'message';
/** What becomes of the connection after the reply. */
export type Connection = 'open' | 'closes' | 'may-close' | 'none';
/** Who has the message after the reply. */
export type Custody = 'receiver' | 'sender' | 'none';
export type Outcome = '2' | '3' | '4' | '5' | 'none';
export type StatusClass = '2' | '4' | '5';

export interface CodeClass {
  readonly id: ClassId;
  readonly digit: string | null;
  readonly name: Wording;
  readonly meaning: Wording;
}

export interface Category {
  readonly id: CategoryId;
  readonly digit: string | null;
  readonly name: Wording;
}

/** Either an RFC, with its section where one is known, or a draft. */
export interface Reference {
  readonly rfc: string | null;
  readonly draft: string | null;
  readonly section: string | null;
}

/** What a basic code means together with one enhanced code. */
export interface Variant {
  readonly enhanced: string;
  readonly scope: Scope;
  readonly phases: readonly Phase[];
  readonly actors: readonly Actor[];
  readonly retry: Retry;
  readonly name: Wording;
  readonly gist: Wording;
  readonly text: Wording;
}

export interface LongText {
  readonly description: string;
  readonly whenYouSeeIt: string;
  readonly howToFixSender: string;
  readonly howToFixManager: string;
}

export interface BasicCode {
  readonly code: string;
  readonly class: ClassId;
  readonly category: CategoryId;
  readonly name: Wording;
  readonly gist: Wording;
  readonly status: Standing;
  readonly phases: readonly Phase[];
  readonly actors: readonly Actor[];
  readonly retry: Retry;
  readonly custody: Custody;
  readonly connection: Connection;
  readonly refs: readonly Reference[];
  /** What is sensible, or seen, with the code; `registryEnhanced` is what the registry pairs with it. */
  readonly enhanced: readonly string[];
  readonly registryEnhanced: readonly string[];
  readonly related: readonly string[];
  readonly seenAt: readonly Wording[];
  readonly note: Wording | null;
  readonly example: { readonly command: string; readonly reply: string } | null;
  readonly text: Readonly<Record<Language, LongText>>;
  readonly variants: readonly Variant[];
}

/** A row of the registry of enhanced codes: `X.2.2`, whatever its class. */
export interface EnhancedCode {
  readonly code: string;
  readonly subject: Subject;
  readonly classes: readonly StatusClass[];
  readonly name: Wording;
  readonly gist: Wording;
  readonly associated: readonly string[];
  readonly usedByBasic: readonly string[];
  readonly refs: readonly Reference[];
  readonly deprecated: boolean;
  readonly note: Wording | null;
  readonly toDo: { readonly sender: Wording; readonly manager: Wording };
  /** Why a class is not among `classes`; null where all that make sense are. */
  readonly whyNotClass: Wording | null;
}

/** A number that one provider made up; the last part may be a range, as in `5.7.606-649`. */
export interface UnregisteredCode {
  readonly code: string;
  readonly seenAt: string;
  readonly gist: Wording;
}

/** A registered number to which one provider gives a meaning of its own. */
export interface ProviderMeaning {
  readonly provider: string;
  readonly codes: readonly string[];
  readonly gist: Wording;
}

/** Who receives mail, or makes a server that does, and what it is known to answer. */
export interface Provider {
  /** As in a path: `gmail`, `docomo`. */
  readonly id: string;
  readonly name: Wording;
  readonly kind: 'provider' | 'server' | 'filter';
  /** What the reader should know of its replies as a whole. */
  readonly gist: Wording;
  /** Suffixes of its host names: `google.com`. */
  readonly hosts: readonly string[];
  /** Words that only its replies have: `gsmtp`. */
  readonly signatures: readonly string[];
  readonly replies: readonly ProviderReply[];
}

export interface ProviderReply {
  readonly code: string | null;
  readonly status: string | null;
  /** A short quotation, as it is on the wire. */
  readonly text: string;
  readonly meaning: Wording;
  readonly toDo: Wording;
  /** A page or a file that shows it; `seen` is the date of the copy that was read, where it is known. */
  readonly source: string;
  readonly seen: string | null;
}

/** What people confuse, told by a person: in the order of the page. */
export interface ComparisonText {
  readonly codes: readonly [string, string];
  readonly text: Wording;
}

/** One term, the same everywhere; `kana` is how it is read, for the search. */
export interface Term {
  readonly id: string;
  readonly term: Wording;
  readonly kana: string;
  readonly meaning: Wording;
  /** Other words that readers type: `over quota`, `容量オーバー`. */
  readonly also: readonly string[];
  readonly codes: readonly string[];
}

/** What became different, for who reads again. */
export interface Change {
  /** `2026-11-23` */
  readonly date: string;
  /** Basic and enhanced codes whose pages it touched; none: all. */
  readonly codes: readonly string[];
  readonly text: Wording;
}

export interface PhaseReplies {
  readonly phase: Phase;
  readonly success: readonly string[];
  readonly intermediate: readonly string[];
  readonly errors: readonly string[];
  readonly alwaysPossible: readonly string[];
  readonly refs: readonly Reference[];
}

export interface Legend {
  readonly phases: Readonly<Record<Phase, Wording>>;
  /** One word for each phase, to stand in a list (after MAIL, RCPT or the final dot), in that order. */
  readonly phaseWords: Readonly<Record<Phase, Wording>>;
  readonly actors: Readonly<Record<Actor, Wording>>;
  readonly actorWords: Readonly<Record<Actor, Wording>>;
  readonly retry: Readonly<Record<Retry, Wording>>;
  readonly status: Readonly<Record<Standing, Wording>>;
  readonly subjects: Readonly<Record<Subject, Wording>>;
  readonly scopes: Readonly<Record<Scope, Wording>>;
  readonly connection: Readonly<Record<Connection, Wording>>;
  readonly custody: Readonly<Record<Custody, Wording>>;
  readonly outcome: Readonly<Record<Outcome, Wording>>;
}

interface Catalogue {
  readonly classes: readonly CodeClass[];
  readonly categories: readonly Category[];
  readonly legend: Legend;
  readonly basic: readonly BasicCode[];
  readonly enhanced: readonly EnhancedCode[];
  readonly enhancedUnregistered: readonly UnregisteredCode[];
  readonly providerMeanings: readonly ProviderMeaning[];
  readonly commandReplies: readonly PhaseReplies[];
  readonly providers: readonly Provider[];
  readonly comparisons: readonly ComparisonText[];
  readonly glossary: readonly Term[];
  /** The newest first. */
  readonly changes: readonly Change[];
}

export const CATALOGUE = {
  ...legend,
  basic: [...basic1, ...basic2, ...basic3, ...basic4, ...basic5],
  enhanced,
  enhancedUnregistered: unregistered,
  providerMeanings,
  commandReplies: phases,
  providers,
  comparisons,
  glossary,
  changes,
} as unknown as Catalogue;
export const LEGEND = CATALOGUE.legend;

const CLASSES = new Map(CATALOGUE.classes.map((row) => [row.id, row]));
const BASIC = new Map(CATALOGUE.basic.map((row) => [row.code, row]));
const ENHANCED = new Map(CATALOGUE.enhanced.map((row) => [row.code, row]));

/** `452` → its row; null when nobody is known to send it. */
export function basicCode(code: string): BasicCode | null {
  return BASIC.get(code) ?? null;
}

/** `4.2.2`, `X.2.2`, `x.2.2` → the row of X.2.2; null when it is not registered. */
export function enhancedCode(code: string): EnhancedCode | null {
  const parts = statusParts(code);
  return parts === null ? null : (ENHANCED.get(`X.${parts.subject}.${parts.detail}`) ?? null);
}

/** What `452` means when it comes with `4.2.2`, where that has a text of its own. */
export function variantOf(code: string, status: string): Variant | null {
  return basicCode(code)?.variants.find((variant) => variant.enhanced === status) ?? null;
}

export function classOf(id: ClassId): CodeClass | null {
  return CLASSES.get(id) ?? null;
}

/** What can be answered in one phase, as the RFCs list it. */
export function repliesIn(phase: string): PhaseReplies | null {
  return CATALOGUE.commandReplies.find((row) => row.phase === phase) ?? null;
}

/** What single providers mean by an enhanced code, apart from the registry. */
export function privateMeanings(
  code: string,
): readonly { readonly provider: string; readonly gist: Wording }[] {
  const ownNumbers = CATALOGUE.enhancedUnregistered
    .filter((row) => isWithin(code, row.code))
    .map(({ seenAt, gist }) => ({ provider: seenAt, gist }));
  const overloaded = CATALOGUE.providerMeanings
    .filter((row) => row.codes.includes(code))
    .map(({ provider, gist }) => ({ provider, gist }));
  return [...ownNumbers, ...overloaded];
}

export interface StatusParts {
  readonly class: StatusClass | 'X';
  readonly subject: string;
  readonly detail: string;
}

/** RFC 3463 §2: three numbers, no leading zeros; an X stands for any class. */
export function statusParts(code: string): StatusParts | null {
  const found = /^([245X])\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/i.exec(code);
  if (found === null) return null;
  const [, first = '', subject = '', detail = ''] = found;
  return { class: first.toUpperCase() as StatusClass | 'X', subject, detail };
}

function isWithin(code: string, range: string): boolean {
  const [first = '', last] = range.split('-');
  if (last === undefined) return code === first;
  const wanted = statusParts(code);
  const lowest = statusParts(first);
  if (wanted === null || lowest === null) return false;
  const detail = Number(wanted.detail);
  return (
    wanted.class === lowest.class &&
    wanted.subject === lowest.subject &&
    Number(lowest.detail) <= detail &&
    detail <= Number(last)
  );
}
