/**
 * The catalogue as lines of HELP: at most 68 columns, each to stand after `214-2.0.0 `; in English they are ASCII. Which page
 * they point to, and how many fit, is for the caller.
 */
import { wrap } from '../base/columns.ts';
import type { Language, Wording } from '../base/language.ts';
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
export function explainBasic(code: string, language: Language = 'en'): readonly string[] | null {
  const explanation = explainBasicCode(code);
  return explanation === null ? null : linesOfBasic(explanation, language);
}

/** `4.2.2`, `X.2.2` or `x.2.2`; null for an unknown code. */
export function explainEnhanced(code: string, language: Language = 'en'): readonly string[] | null {
  const explanation = explainEnhancedCode(code);
  return explanation === null ? null : linesOfEnhanced(explanation, language);
}

/** Two codes in at most 12 lines; of a code with itself, what it means; null when one is unknown. */
export function compareCodes(a: string, b: string, language: Language = 'en'): readonly string[] | null {
  const comparison = compare(a, b);
  if (comparison !== null) return linesOfComparison(comparison, language);
  if (a.toUpperCase() !== b.toUpperCase()) return null;
  return explainBasic(a, language) ?? explainEnhanced(a, language);
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

/** What stands before a value. */
const LABELS = {
  seen: { en: 'Seen', ja: '返る場面' },
  seenWith: { en: 'Seen with', ja: '一緒に使われるコード' },
  sender: { en: 'Sender', ja: '送信側' },
  note: { en: 'Note', ja: '注意' },
  about: { en: 'About', ja: '対象' },
  at: { en: 'At {who}', ja: '{who} での意味' },
  also: { en: 'See also', ja: '関連コード' },
  decisive: { en: 'Decisive', ja: '決め手' },
  exists: {
    en: 'Wrong class, this meaning exists only as',
    ja: 'クラスの誤り。この意味があるのは次のコードだけです',
  },
  spoken: { en: 'This server sends it as', ja: 'このサーバーの応答' },
  never: { en: 'This server never sends it.', ja: 'このサーバーは返しません。' },
} as const satisfies Record<string, Wording>;

function linesOfBasic(explanation: BasicExplanation, language: Language): readonly string[] {
  const { row, class: codeClass } = explanation;
  const long = row.text[language];
  const family =
    codeClass === null ? '' : `${codeClass.name[language]} (${codeClass.id}): ${codeClass.meaning[language]}`;
  return [
    ...wrapped(header(explanation, language), language),
    ...(family === '' ? [] : wrapped(family, language)),
    ...wrapped(long.description, language),
    ...labelled('seen', long.whenYouSeeIt, language),
    ...(row.variants.length > 0
      ? row.variants.flatMap((variant) => linesOfVariant(variant, language))
      : labelled('sender', long.howToFixSender, language)),
    ...(row.note === null ? [] : labelled('note', row.note[language], language)),
    ...linesOfSpoken(explanation.spokenHere, language),
    ...labelled('also', explanation.related.join(' '), language),
  ];
}

function linesOfEnhanced(explanation: EnhancedExplanation, language: Language): readonly string[] {
  const { row, subject, basic, variants, privateMeanings } = explanation;
  return [
    ...wrapped(header(explanation, language), language),
    ...(subject === null ? [] : labelled('about', subject[language], language)),
    ...(explanation.classFits ? [] : labelled('exists', allowed(explanation), language)),
    ...(row === null ? [] : wrapped(row.gist[language], language)),
    ...(variants.length > 0 ? [] : linesOfSender(explanation, language)),
    ...variants.flatMap((variant) => wrapped(variant.text[language], language)),
    ...(basic.length === 0 ? [] : labelled('seenWith', basic.join(' '), language)),
    ...(row?.note === null || row === null ? [] : labelled('note', row.note[language], language)),
    ...privateMeanings.flatMap(({ provider, gist }) =>
      wrapped(`${LABELS.at[language].replace('{who}', provider)}: ${gist[language]}`, language),
    ),
    ...linesOfSpoken(explanation.spokenHere, language),
  ];
}

/** At most 12 lines: where the cases do not fit, the gist of the code stands for them; then the moments go. */
function linesOfComparison({ codes, decision }: Comparison, language: Language): readonly string[] {
  const heads = codes.map((code) => wrapped(header(code, language), language));
  const bodies = codes.map((code) => linesOfGist(code, language));
  const seen = linesOfSeen(codes, language);
  const sender = codes.flatMap((code) =>
    hasVariants(code) ? [] : linesOfSender(code, language, `${code.code} `),
  );
  const decisive = labelled('decisive', decision.text[language], language);
  const whole = [...codes.flatMap((_, i) => [...(heads[i] ?? []), ...(bodies[i] ?? [])]), ...seen, ...sender];
  if (whole.length + decisive.length <= COMPARISON_LINES_MAX) return [...whole, ...decisive];
  const brief = codes.flatMap((code, i) => [
    ...(heads[i] ?? []),
    ...wrapped(code.gist[language], language, '  '),
  ]);
  for (const lines of [[...brief, ...seen], brief, heads.flat()])
    if (lines.length + decisive.length <= COMPARISON_LINES_MAX) return [...lines, ...decisive];
  return [...heads.flat(), ...decisive].slice(0, COMPARISON_LINES_MAX);
}

function header(explanation: Explanation, language: Language): string {
  const { outcome } = factsOf(explanation);
  const first = explanation.code.charAt(0);
  const name = `${explanation.code} ${explanation.name[language]}`;
  if (outcome === null) return name;
  const family = explanation.kind === 'basic' ? `${first}yz` : `${first}.y.z`;
  const outcomes =
    outcome === 'none' ? LEGEND.outcome.none[language] : `${LEGEND.outcome[outcome][language]} (${family})`;
  return `${name}: ${outcomes}`;
}

function linesOfGist(explanation: Explanation, language: Language): readonly string[] {
  if (hasVariants(explanation))
    return explanation.row.variants.flatMap((variant) => linesOfVariant(variant, language));
  const variants = explanation.kind === 'enhanced' ? explanation.variants : [];
  const gists: readonly Wording[] =
    variants.length > 0 ? variants.map((variant) => variant.gist) : [explanation.gist];
  return gists.flatMap((gist) => wrapped(gist[language], language, '  '));
}

function hasVariants(explanation: Explanation): explanation is BasicExplanation {
  return explanation.kind === 'basic' && explanation.row.variants.length > 0;
}

function linesOfVariant({ enhanced, gist }: Variant, language: Language): readonly string[] {
  return wrapped(`${enhanced} ${gist[language]}`, language, '  ');
}

function linesOfSeen(codes: readonly Explanation[], language: Language): readonly string[] {
  return codes.flatMap((code) => {
    const { phases } = factsOf(code);
    if (phases !== null) return labelled('seen', `${code.code} ${phaseList(phases)[language]}`, language);
    if (code.kind === 'basic' || code.basic.length === 0) return [];
    return labelled('seenWith', `${code.code}: ${code.basic.join(', ')}`, language);
  });
}

function linesOfSender(explanation: Explanation, language: Language, whose = ''): readonly string[] {
  const { retry } = factsOf(explanation);
  return retry === null ? [] : labelled('sender', `${whose}${LEGEND.retry[retry][language]}`, language);
}

function linesOfSpoken(names: readonly ReplyName[], language: Language): readonly string[] {
  if (names.length === 0) return wrapped(LABELS.never[language], language);
  const rows = names.map((name): Row => REGISTER[name]);
  const lines = rows.map(({ code, status, text }) => [code, status ?? '', text].filter(Boolean).join(' '));
  const shown = lines.map((line) => line.replaceAll('{', '<').replaceAll('}', '>'));
  const said = new Set(shown.flatMap((line) => wrapped(line, language, '  ')));
  return [`${LABELS.spoken[language]}:`, ...said];
}

function allowed({ row, code }: EnhancedExplanation): string {
  return (row?.classes ?? []).map((first) => `${first}${code.slice(1)}`).join(', ');
}

function labelled(label: keyof typeof LABELS, text: string, language: Language): readonly string[] {
  return wrapped(`${LABELS[label][language]}: ${text}`, language);
}

/** Cut to the width of a line; what goes on stands two columns further in. */
function wrapped(text: string, language: Language, indent = ''): readonly string[] {
  const fit = language === 'en' ? ascii(text) : text;
  return wrap(fit, HELP_COLUMNS_MAX, { first: indent, rest: `${indent}  ` });
}

// prettier-ignore
const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  '—': '-', '–': '-', '‘': "'", '’': "'", '“': '"', '”': '"', '…': '...', '→': '->', '≤': '<=', '≥': '>=', '×': 'x', '\u00a0': ' ',
};

/** The one place where a text of the catalogue becomes fit for the wire (RFC 5321 §4.2). */
export function ascii(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e]/gu, (sign) => PLAIN_SIGNS[sign] ?? '?');
}
