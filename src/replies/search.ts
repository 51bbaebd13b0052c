/**
 * Finds codes by what people type: numbers with or without their dots, names, gists, words of either language, texts of
 * providers. It knows nothing of the catalogue, only the list it is given, and so it runs in a page as well.
 */
import type { Wording } from '../base/language.ts';

export interface SearchEntry {
  /** `452`, or a family `X.2.2`; empty for what is no code. */
  readonly code: string;
  /** The classes of a family, the most common first: `45`. */
  readonly classes: string;
  readonly path: string;
  readonly name: Wording;
  readonly gist: Wording;
  /** What people call it, in any language, with how it is read: between bars. */
  readonly words: string;
  /** What else it can be found by: texts of providers, RFC numbers. */
  readonly texts: string;
}

export interface SearchHit {
  /** With its class, where the query or common use says which: `4.2.2`. */
  readonly code: string;
  readonly path: string;
  readonly name: Wording;
  readonly gist: Wording;
  /** The query is this very code. */
  readonly isExact: boolean;
  readonly score: number;
}

export const SEARCH_QUERY_MAX = 200;
const HITS_MAX = 20;

/** The best first. */
export function search(entries: readonly SearchEntry[], query: string, max = HITS_MAX): readonly SearchHit[] {
  const wanted = fold(query.slice(0, SEARCH_QUERY_MAX)).trim();
  if (wanted === '') return [];
  const numbers = numbersIn(wanted);
  const tokens = wanted.split(/[\s、,]+/).filter((token) => token !== '');
  const hits = entries.flatMap((entry): readonly SearchHit[] => {
    const byNumber = numbers.length > 0 ? bestNumber(entry, numbers) : null;
    if (byNumber !== null) return [hitOf(entry, byNumber)];
    const score = scoreOf(entry, tokens);
    return score === 0 ? [] : [hitOf(entry, { code: common(entry), score, isExact: false })];
  });
  const best = hits.toSorted((a, b) => b.score - a.score).slice(0, max);
  const both = together(best, numbers);
  return both === null ? best : [both, ...best].slice(0, max);
}

/** NFKC, small letters, katakana as hiragana: what is compared. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u30a1-\u30f6]/g, (kana) => String.fromCodePoint((kana.codePointAt(0) ?? 0) - 0x60));
}

interface Found {
  readonly code: string;
  readonly score: number;
  readonly isExact: boolean;
}

function hitOf({ path, classes, name, gist }: SearchEntry, { code, score, isExact }: Found): SearchHit {
  const own = classes === '' || code === '' ? path : `/smtp/${code.toLowerCase()}`;
  return { code, path: own, name, gist, isExact, score };
}

/** The codes that a query may mean, each with how surely. */
interface Meant {
  readonly code: string;
  readonly score: number;
}

/** `422` is 422, or 4.2.2 without its dots; `5.22` is 5.2.2; `#5.1.1` comes from qmail; `45` begins codes. */
function numbersIn(wanted: string): readonly Meant[] {
  return wanted.split(/[\s:;,()[\]]+/).flatMap((token): readonly Meant[] => {
    const found = /^#?([x\d][x\d.]*)$/.exec(token)?.[1];
    if (found === undefined || found.length > 9) return [];
    const spelled = found.replaceAll(/\.+$/g, '');
    if (/^\d{3}$/.test(spelled)) {
      return [
        { code: spelled, score: 1000 },
        { code: spelled.replaceAll(/\B/g, '.'), score: 900 },
      ];
    }
    if (/^[245x]\.\d{1,3}\.\d{1,3}$/.test(spelled)) return [{ code: spelled, score: 1000 }];
    const digits = spelled.replaceAll('.', '');
    if (
      /^[245x]\d{2,4}$/.test(digits) &&
      (spelled.includes('.') || digits.startsWith('x') || digits.length > 4)
    ) {
      return [{ code: `${digits.charAt(0)}.${digits.charAt(1)}.${digits.slice(2)}`, score: 950 }];
    }
    return /^[1-5]\d?$/.test(spelled) || /^[245x]\.\d{1,2}$/.test(spelled)
      ? [{ code: `${spelled}*`, score: 500 }]
      : [];
  });
}

function bestNumber(entry: SearchEntry, numbers: readonly Meant[]): Found | null {
  let best: Found | null = null;
  for (const { code, score } of numbers) {
    const found = codeMeant(entry, code);
    if (found !== null && score > (best?.score ?? 0)) best = { code: found, score, isExact: score >= 900 };
  }
  return best;
}

function codeMeant({ code, classes }: SearchEntry, wanted: string): string | null {
  if (code === '') return null;
  if (wanted.endsWith('*')) {
    const start = wanted.slice(0, -1);
    if (classes === '') return code.startsWith(start) ? code : null;
    const [first = ''] = start;
    return start.length > 1 && isOf(classes, first) && code.slice(1).startsWith(start.slice(1))
      ? `${first.toUpperCase()}${code.slice(1)}`
      : null;
  }
  if (classes === '') return code === wanted ? code : null;
  const first = wanted.charAt(0);
  return wanted.slice(1) === code.slice(1) && isOf(classes, first)
    ? `${first.toUpperCase()}${code.slice(1)}`
    : null;
}

function isOf(classes: string, first: string): boolean {
  return first === 'x' || classes.includes(first);
}

function common({ code, classes }: SearchEntry): string {
  return classes === '' ? code : `${classes.charAt(0)}${code.slice(1)}`;
}

/** A reply code and an enhanced code in one query: the page of the two comes first. */
function together(hits: readonly SearchHit[], numbers: readonly Meant[]): SearchHit | null {
  const sure = hits.filter(({ code, isExact }) => isExact && numbers.some((each) => each.code === code));
  const basic = sure.find(({ code }) => /^\d{3}$/.test(code));
  const status = sure.find(({ code, score }) => /^[245]\./.test(code) && score >= 1000);
  if (basic === undefined || status === undefined) return null;
  return {
    ...status,
    code: `${basic.code} ${status.code}`,
    path: `/smtp/${basic.code}/${status.code}`,
    score: status.score + 1,
  };
}

interface Folded {
  readonly names: readonly string[];
  readonly gists: string;
  readonly words: readonly string[];
  readonly texts: string;
}

const FOLDED = new WeakMap<SearchEntry, Folded>();

function folded(entry: SearchEntry): Folded {
  const known = FOLDED.get(entry);
  if (known !== undefined) return known;
  const { name, gist, words, texts } = entry;
  const made: Folded = {
    names: [fold(name.en), fold(name.ja)],
    gists: `${fold(gist.en)}|${fold(gist.ja)}`,
    words: fold(words).split('|'),
    texts: fold(texts),
  };
  FOLDED.set(entry, made);
  return made;
}

/** Every word of the query has to be somewhere. */
function scoreOf(entry: SearchEntry, tokens: readonly string[]): number {
  const { names, gists, words, texts } = folded(entry);
  const whole = tokens.join(' ');
  let sum = words.includes(whole) ? 100 : 0;
  for (const token of tokens) {
    const score = Math.max(
      words.includes(token) ? 100 - words.indexOf(token) : 0,
      names.includes(token) ? 90 : 0,
      names.some((name) => name.startsWith(token)) ? 60 : 0,
      names.some((name) => name.includes(token)) ? 50 : 0,
      words.some((word) => word.includes(token)) ? 40 : 0,
      gists.includes(token) ? 20 : 0,
      texts.includes(token) ? 10 : 0,
    );
    if (score === 0) return 0;
    sum += score;
  }
  return sum;
}
