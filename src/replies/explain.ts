/**
 * What one code means: facts first, in every language at once. How they are laid out (lines of
 * HELP, a page, a terminal) is for others.
 */
import type { Wording } from '../base/language.ts';
import {
  basicCode,
  CATALOGUE,
  classOf,
  enhancedCode,
  LEGEND,
  privateMeanings,
  statusParts,
  type BasicCode,
  type CodeClass,
  type EnhancedCode,
  type StatusClass,
  type Variant,
} from './catalogue.ts';
import { pageOf } from './pages.ts';
import { REGISTER, type ReplyName, type Row } from './register.ts';

export interface BasicExplanation {
  readonly kind: 'basic';
  readonly code: string;
  readonly name: Wording;
  readonly gist: Wording;
  readonly class: CodeClass | null;
  readonly row: BasicCode;
  /** The row's own see-also, then the codes that name it in theirs. */
  readonly related: readonly string[];
  /** The replies of this server that have this code. */
  readonly spokenHere: readonly ReplyName[];
  readonly page: string;
}

export interface EnhancedExplanation {
  readonly kind: 'enhanced';
  /** As it was asked for, with a capital X. */
  readonly code: string;
  readonly name: Wording;
  readonly gist: Wording;
  readonly class: StatusClass | 'X';
  readonly subject: Wording | null;
  /** Null when only a provider knows the number. */
  readonly row: EnhancedCode | null;
  /** False for a class that the meaning does not allow: there is no 5.3.1. */
  readonly classFits: boolean;
  /** The basic codes that are seen with it, and what the two mean together. */
  readonly basic: readonly string[];
  readonly variants: readonly Variant[];
  readonly privateMeanings: readonly { readonly provider: string; readonly gist: Wording }[];
  readonly spokenHere: readonly ReplyName[];
  readonly page: string;
}

export type Explanation = BasicExplanation | EnhancedExplanation;

/** `452`, `4.2.2`, `x.2.2`; null for what nobody is known to send. */
export function explain(code: string): Explanation | null {
  return explainBasicCode(code) ?? explainEnhancedCode(code);
}

export function explainBasicCode(code: string): BasicExplanation | null {
  const row = basicCode(code);
  if (row === null) return null;
  return {
    kind: 'basic',
    code,
    name: row.name,
    gist: row.gist,
    class: classOf(row.class),
    row,
    related: [...new Set([...row.related, ...(NAMED_BY.get(code) ?? [])])],
    spokenHere: SPOKEN.get(code) ?? [],
    page: pageOf(code),
  };
}

const PRIVATE_NAME: Wording = { en: 'Not in the registry', ja: '登録簿にない番号' };

export function explainEnhancedCode(asked: string): EnhancedExplanation | null {
  const code = asked.toUpperCase();
  const parts = statusParts(code);
  if (parts === null) return null;
  const row = enhancedCode(code);
  const meanings = privateMeanings(code);
  const gist = row?.gist ?? meanings[0]?.gist;
  if (gist === undefined) return null;
  const family = parts.class === 'X';
  const basic = row?.usedByBasic.filter((used) => family || used.startsWith(parts.class)) ?? [];
  return {
    kind: 'enhanced',
    code,
    name: row?.name ?? PRIVATE_NAME,
    gist,
    class: parts.class,
    subject: LEGEND.subjects[parts.subject as keyof typeof LEGEND.subjects] ?? null,
    row,
    classFits: parts.class === 'X' || row === null || row.classes.includes(parts.class),
    basic,
    variants: basic.flatMap((used) => variantsOf(used, code)),
    privateMeanings: meanings,
    spokenHere: SPOKEN.get(code) ?? [],
    page: pageOf(code),
  };
}

/** Every code that a reply of this server has, ascending. */
export function codesOfRegister(): readonly string[] {
  return [...new Set(Object.values(REGISTER).map((row) => row.code))].toSorted();
}

function variantsOf(basic: string, code: string): readonly Variant[] {
  const variants = basicCode(basic)?.variants ?? [];
  return variants.filter(({ enhanced }) => enhanced === code || isFamily(enhanced, code));
}

/** Is 4.2.2 of the family X.2.2? */
function isFamily(status: string, family: string): boolean {
  return `X${status.slice(1)}` === family;
}

/** Which codes name a code in their see-also. */
const NAMED_BY = new Map<string, readonly string[]>();
/** The replies of this server by code, by enhanced code, and by its family. */
const SPOKEN = new Map<string, readonly ReplyName[]>();

for (const { code, related } of CATALOGUE.basic) for (const other of related) add(NAMED_BY, other, code);
for (const [name, { code, status }] of Object.entries(REGISTER) as readonly (readonly [ReplyName, Row])[]) {
  add(SPOKEN, code, name);
  if (status === null) continue;
  add(SPOKEN, status, name);
  add(SPOKEN, `X${status.slice(1)}`, name);
}

function add<Value>(map: Map<string, readonly Value[]>, key: string, value: Value): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
