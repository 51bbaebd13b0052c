/**
 * The catalogue as lines of HELP: English, ASCII, at most 68 columns, each to stand after
 * `214-2.0.0 `. Which page they point to, and how many fit, is for the caller.
 */
import type { Wording } from '../base/language.ts';
import { LEGEND, type Variant } from './catalogue.ts';
import { compare, factsOf, phaseList, type Comparison } from './compare.ts';
import {
  codesOfRegister,
  explainBasicCode,
  explainEnhancedCode,
  type BasicExplanation,
  type EnhancedExplanation,
  type Explanation,
} from './explain.ts';
import { REGISTER, type ReplyName, type Row } from './register.ts';

export const HELP_COLUMNS_MAX = 68;
export const COMPARISON_LINES_MAX = 12;

/** `452` → what it means, when it comes, what to do; null for an unknown code. */
export function explainBasic(code: string): readonly string[] | null {
  const explanation = explainBasicCode(code);
  return explanation === null ? null : linesOfBasic(explanation);
}

/** `4.2.2`, `X.2.2` or `x.2.2`; null for an unknown code. */
export function explainEnhanced(code: string): readonly string[] | null {
  const explanation = explainEnhancedCode(code);
  return explanation === null ? null : linesOfEnhanced(explanation);
}

/** Two codes in at most 12 lines; of a code with itself, what it means; null when one is unknown. */
export function compareCodes(a: string, b: string): readonly string[] | null {
  const comparison = compare(a, b);
  if (comparison !== null) return linesOfComparison(comparison);
  return a.toUpperCase() === b.toUpperCase() ? (explainBasic(a) ?? explainEnhanced(a)) : null;
}

export interface SpokenCode {
  readonly code: string;
  readonly name: string;
  readonly gist: string;
}

/** The codes that this server can send, ascending; `gist` is one line, but may need wrapping. */
export function codesSpoken(): readonly SpokenCode[] {
  return codesOfRegister().flatMap((code) => {
    const row = explainBasicCode(code);
    return row === null ? [] : [{ code, name: ascii(row.name.en), gist: ascii(row.gist.en) }];
  });
}

function linesOfBasic(explanation: BasicExplanation): readonly string[] {
  const { row, class: codeClass } = explanation;
  const long = row.text?.en;
  return [
    ...wrapped(header(explanation)),
    ...(codeClass === null ? [] : wrapped(`${codeClass.name.en} (${codeClass.id}): ${codeClass.meaning.en}`)),
    ...wrapped(long?.description ?? row.gist.en),
    ...wrapped(`Seen: ${long?.whenYouSeeIt ?? `${phaseList(row.phases).en}.`}`),
    ...(row.variants.length > 0
      ? row.variants.flatMap((variant) => linesOfVariant(variant))
      : wrapped(`Sender: ${long?.howToFixSender ?? `${LEGEND.retry[row.retry].en}.`}`)),
    ...(row.note === null ? [] : wrapped(`Note: ${row.note}`)),
    ...linesOfSpoken(explanation.spokenHere),
    ...wrapped(`See also: ${explanation.related.join(' ')}`),
  ];
}

function linesOfEnhanced(explanation: EnhancedExplanation): readonly string[] {
  const { row, subject, basic, variants } = explanation;
  return [
    ...wrapped(header(explanation)),
    ...(subject === null ? [] : wrapped(`About: ${subject.en}`)),
    ...(explanation.classFits
      ? []
      : wrapped(`Wrong class: this meaning exists as ${allowed(explanation)} only.`)),
    ...(row === null ? [] : wrapped(row.gist.en)),
    ...(variants.length > 0 ? [] : linesOfSender(explanation)),
    ...variants.flatMap((variant) => wrapped(variant.text.en)),
    ...(basic.length === 0 ? [] : wrapped(`Seen with: ${basic.join(' ')}`)),
    ...(row?.note === null || row === null ? [] : wrapped(`Note: ${row.note}`)),
    ...explanation.privateMeanings.flatMap(({ provider, gist }) => wrapped(`At ${provider}: ${gist.en}`)),
    ...linesOfSpoken(explanation.spokenHere),
  ];
}

/** At most 12 lines: first the sentences that are only of use go, then the moments. */
function linesOfComparison({ codes, decision }: Comparison): readonly string[] {
  const heads = codes.map((code) => wrapped(header(code)));
  const bodies = codes.map((code) => linesOfGist(code));
  const seen = linesOfSeen(codes);
  const sender = codes.flatMap((code) => (hasVariants(code) ? [] : linesOfSender(code, `${code.code} `)));
  const decisive = wrapped(`Decisive: ${decision.text.en}`);
  const whole = [...codes.flatMap((_, i) => [...(heads[i] ?? []), ...(bodies[i] ?? [])]), ...seen, ...sender];
  if (whole.length + decisive.length <= COMPARISON_LINES_MAX) return [...whole, ...decisive];
  return [...heads.flat(), ...seen, ...sender, ...decisive].slice(0, COMPARISON_LINES_MAX);
}

function header(explanation: Explanation): string {
  const { outcome } = factsOf(explanation);
  const first = explanation.code.charAt(0);
  if (outcome === null) return `${explanation.code} ${explanation.name.en}`;
  const family = explanation.kind === 'basic' ? `${first}yz` : `${first}.y.z`;
  const outcomes = outcome === 'none' ? LEGEND.outcome.none.en : `${LEGEND.outcome[outcome].en} (${family})`;
  return `${explanation.code} ${explanation.name.en}: ${outcomes}`;
}

function linesOfGist(explanation: Explanation): readonly string[] {
  if (hasVariants(explanation)) return explanation.row.variants.flatMap((variant) => linesOfVariant(variant));
  const variants = explanation.kind === 'enhanced' ? explanation.variants : [];
  const gists: readonly Wording[] =
    variants.length > 0 ? variants.map((variant) => variant.gist) : [explanation.gist];
  return gists.flatMap((gist) => wrapped(gist.en, '  '));
}

function hasVariants(explanation: Explanation): explanation is BasicExplanation {
  return explanation.kind === 'basic' && explanation.row.variants.length > 0;
}

function linesOfVariant({ enhanced, gist }: Variant): readonly string[] {
  return wrapped(`${enhanced} ${gist.en}`, '  ');
}

function linesOfSeen(codes: readonly Explanation[]): readonly string[] {
  return codes.flatMap((code) => {
    const { phases } = factsOf(code);
    if (phases !== null) return wrapped(`Seen: ${code.code} ${phaseList(phases).en}`);
    if (code.kind === 'basic' || code.basic.length === 0) return [];
    return wrapped(`Seen: ${code.code} with ${code.basic.join(', ')}`);
  });
}

function linesOfSender(explanation: Explanation, whose = ''): readonly string[] {
  const { retry } = factsOf(explanation);
  return retry === null ? [] : wrapped(`Sender: ${whose}${LEGEND.retry[retry].en}`);
}

function linesOfSpoken(names: readonly ReplyName[]): readonly string[] {
  if (names.length === 0) return ['This server never sends it.'];
  const rows = names.map((name): Row => REGISTER[name]);
  const lines = rows.map(({ code, status, text }) => [code, status ?? '', text].filter(Boolean).join(' '));
  const shown = lines.map((line) => line.replaceAll('{', '<').replaceAll('}', '>'));
  return ['This server sends it as:', ...new Set(shown.flatMap((line) => wrapped(line, '  ')))];
}

function allowed({ row, code }: EnhancedExplanation): string {
  return (row?.classes ?? []).map((first) => `${first}${code.slice(1)}`).join(', ');
}

/** Cut at blanks to the width of a line; what goes on stands two columns in. */
function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of ascii(text).split(' ')) {
    const longer = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (longer.length > HELP_COLUMNS_MAX && line.trim() !== '') {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

// prettier-ignore
const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  '—': '-', '–': '-', '‘': "'", '’': "'", '“': '"', '”': '"', '…': '...', '→': '->', '≤': '<=', '≥': '>=', '×': 'x', '\u00a0': ' ',
};

/** The one place where a text of the catalogue becomes fit for the wire (RFC 5321 §4.2). */
export function ascii(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e]/gu, (sign) => PLAIN_SIGNS[sign] ?? '?');
}
