/** What can be said of a number that nobody is known to send: what its digits mean, and which codes are near. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, LEGEND } from '../../replies/catalogue.ts';
import { pageOf } from '../../replies/pages.ts';
import type { Block, Page, Text } from '../document.ts';
import { codeEntries } from '../related.ts';
import { plain } from '../inlines.ts';
import { speaker } from '../words.ts';

const NEAREST_MAX = 8;
const SHOWN_MAX = 20;

interface Digits {
  readonly rows: readonly { readonly label: string; readonly value: Text }[];
  readonly nearest: readonly string[];
}

export function unknownPage(asked: string, language: Language): Page {
  const say = speaker(language);
  const shown = asked.slice(0, SHOWN_MAX).replaceAll(/[^\w.\- ]/g, '');
  const digits = basicDigits(shown, language) ?? enhancedDigits(shown, language);
  const path = pageOf(encodeURIComponent(shown));
  const [name, gist] =
    digits === null ? [say('noCode'), say('noCodeGist')] : [say('unknown'), say('unknownGist')];
  const nearest = digits?.nearest ?? [];
  const facts: readonly Block[] = digits === null ? [] : [{ kind: 'facts', rows: digits.rows }];
  return {
    language,
    path,
    title: digits === null ? name : say('unknownTitle', { code: shown }),
    description: gist,
    heading: { code: shown === '' ? null : shown, name, gist, badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: path, text: shown },
    ],
    sections: [
      ...(facts.length === 0 ? [] : [{ id: 'digits', title: say('digits'), blocks: facts }]),
      ...(nearest.length === 0
        ? []
        : [{ id: 'nearest', title: say('nearest'), blocks: [codeEntries(nearest, language)] }]),
      { id: 'search', title: say('search'), blocks: [{ kind: 'search' }] },
    ],
    indexable: false,
    found: false,
    data: {
      kind: 'unknown',
      asked: shown,
      digits: (digits?.rows ?? []).map(({ label, value }) => ({ label, text: plain(value) })),
      nearest,
    },
  };
}

function classRow(digit: string, label: string, language: Language): Digits['rows'] {
  // SMTP has no 1yz, but the catalogue knows where such numbers come from.
  const found = CATALOGUE.classes.find(
    (each) => each.digit === digit || (digit === '1' && each.id === 'none'),
  );
  if (found === undefined) return [{ label, value: [speaker(language)('noClass')] }];
  return [{ label, value: [found.meaning[language]] }];
}

/** RFC 5321 §4.2.1: the first digit is the outcome, the second the matter. */
function basicDigits(asked: string, language: Language): Digits | null {
  if (!/^\d{3}$/.test(asked)) return null;
  const say = speaker(language);
  const [first, second] = [asked.charAt(0), asked.charAt(1)];
  const category =
    CATALOGUE.categories.find(({ digit }) => digit === second) ??
    CATALOGUE.categories.find(({ id }) => id === 'other');
  return {
    rows: [
      ...classRow(first, say('firstDigit', { digit: first }), language),
      { label: say('secondDigit', { digit: second }), value: [category?.name[language] ?? ''] },
    ],
    nearest: nearestTo(
      Number(asked),
      CATALOGUE.basic.filter(({ code }) => code.startsWith(first)).map(({ code }) => [code, Number(code)]),
    ),
  };
}

/** RFC 3463 §2: the class, the subject, the detail. */
function enhancedDigits(asked: string, language: Language): Digits | null {
  const [, first = '', subject = '', detail = ''] = /^([\dx])\.(\d{1,3})\.(\d{1,3})$/i.exec(asked) ?? [];
  if (first === '') return null;
  const say = speaker(language);
  const known = LEGEND.subjects[subject as keyof typeof LEGEND.subjects];
  const digit = first.toUpperCase();
  const inClass = CATALOGUE.enhanced.filter(
    (row) => row.subject === subject && (digit === 'X' || (row.classes as readonly string[]).includes(digit)),
  );
  return {
    rows: [
      ...(digit === 'X'
        ? []
        : classRow(digit === '3' ? '' : digit, say('firstNumber', { digit: first }), language)),
      ...(known === undefined
        ? []
        : [{ label: say('secondNumber', { digit: subject }), value: [known[language]] }]),
    ],
    nearest: nearestTo(
      Number(detail),
      inClass.map(({ code }) => [`${digit}${code.slice(1)}`, Number(code.split('.')[2])]),
    ),
  };
}

function nearestTo(wanted: number, codes: readonly (readonly [string, number])[]): readonly string[] {
  const near = codes
    .toSorted(([, a], [, b]) => Math.abs(a - wanted) - Math.abs(b - wanted))
    .slice(0, NEAREST_MAX);
  return near.toSorted(([, a], [, b]) => a - b).map(([code]) => code);
}
