/**
 * Two codes side by side: a row for each dimension in which replies can differ, and the one
 * dimension that decides. Built of facts; nothing here takes a sentence apart or sews one on.
 */
import type { Wording } from '../base/language.ts';
import {
  classOf,
  LEGEND,
  type Actor,
  type Connection,
  type Custody,
  type Outcome,
  type Phase,
  type Retry,
  type Scope,
  type Standing,
} from './catalogue.ts';
import { explain, type BasicExplanation, type EnhancedExplanation, type Explanation } from './explain.ts';
import { comparisonPageOf, inOrder } from './pages.ts';

export type DimensionKey =
  | 'class'
  | 'outcome'
  | 'phase'
  | 'scope'
  | 'retry'
  | 'actors'
  | 'connection'
  | 'custody'
  | 'enhanced'
  | 'standing';

export interface Dimension {
  readonly key: DimensionKey;
  readonly label: Wording;
  readonly values: readonly [Wording, Wording];
  readonly same: boolean;
}

/** Which applies when: by one dimension; or one is the reason of the other; or only by meaning. */
export interface Decision {
  readonly by: DimensionKey | 'part' | 'meaning';
  readonly text: Wording;
}

export interface Comparison {
  /** In the order of the page, whatever the order they were asked in. */
  readonly codes: readonly [Explanation, Explanation];
  readonly dimensions: readonly Dimension[];
  readonly decision: Decision;
  /** What the two have in common, or not, in one sentence about the outcome. */
  readonly summary: Wording;
  /** Which applies when, beside `summary`: the moments, or the dimension that tells them apart. */
  readonly which: Wording;
  readonly page: string;
}

/** Null when one is unknown, or both are the same code: that is `explain`. */
export function compare(a: string, b: string): Comparison | null {
  const one = explain(a);
  const two = explain(b);
  if (one === null || two === null || one.code === two.code) return null;
  const swapped = inOrder(one.code, two.code)[0] !== one.code;
  const codes: readonly [Explanation, Explanation] = swapped ? [two, one] : [one, two];
  const facts = [factsOf(codes[0]), factsOf(codes[1])] as const;
  const dimensions = DIMENSIONS.flatMap(({ key, label, value }): readonly Dimension[] => {
    const [x, y] = [value(facts[0]), value(facts[1])];
    return x === null || y === null ? [] : [{ key, label, values: [x, y], same: x.en === y.en }];
  });
  const scene = { codes, facts, dimensions };
  const decision = decide(scene);
  return {
    codes,
    dimensions,
    decision,
    summary: summarise(scene, decision),
    which: tellApart(scene, decision),
    page: comparisonPageOf(one.code, two.code),
  };
}

/** What can be compared of a code; null where it says nothing about that. */
export interface Facts {
  /** Of what class, and what the class is called. */
  readonly class: Wording | null;
  readonly outcome: Outcome | null;
  readonly phases: readonly Phase[] | null;
  readonly scopes: readonly Scope[] | null;
  readonly actors: readonly Actor[] | null;
  readonly retry: Retry | null;
  readonly custody: Custody | null;
  readonly connection: Connection | null;
  readonly enhanced: readonly string[] | null;
  readonly standing: Standing | null;
}

export function factsOf(explanation: Explanation): Facts {
  return explanation.kind === 'basic' ? factsOfBasic(explanation) : factsOfEnhanced(explanation);
}

function factsOfBasic({ row, class: codeClass }: BasicExplanation): Facts {
  const { phases, actors, retry, custody, connection, enhanced, status: standing } = row;
  const outcome = row.class === 'none' ? 'none' : (row.class.charAt(0) as Outcome);
  const scopes = noneIsNull(row.variants.map((variant) => variant.scope));
  return {
    class: codeClass?.name ?? null,
    outcome,
    phases,
    scopes,
    actors,
    retry,
    custody,
    connection,
    enhanced,
    standing,
  };
}

const RETRY_OF_CLASS = { 2: 'none-needed', 4: 'later', 5: 'after-change', X: null } as const;

/** An enhanced code alone says little: its class, and what is known of it together with a basic code. */
function factsOfEnhanced({ class: first, variants }: EnhancedExplanation): Facts {
  const retries = new Set(variants.map((variant) => variant.retry));
  const [only] = retries;
  return {
    class: first === 'X' ? null : (classOf(`${first}yz`)?.name ?? null),
    outcome: first === 'X' ? null : first,
    phases: noneIsNull(variants.flatMap((variant) => variant.phases)),
    scopes: noneIsNull(variants.map((variant) => variant.scope)),
    actors: noneIsNull(variants.flatMap((variant) => variant.actors)),
    retry: retries.size === 1 && only !== undefined ? only : RETRY_OF_CLASS[first],
    custody: first === '4' || first === '5' ? 'sender' : null,
    connection: null,
    enhanced: null,
    standing: null,
  };
}

function noneIsNull<T>(values: readonly T[]): readonly T[] | null {
  return values.length === 0 ? null : [...new Set(values)];
}

interface Measure {
  readonly key: DimensionKey;
  readonly label: Wording;
  readonly value: (facts: Facts) => Wording | null;
}

const NO_ENHANCED: Wording = { en: 'none', ja: 'なし' };

/** In the order of their weight: the first that differs decides, but for the two that say nothing new. */
const DIMENSIONS: readonly Measure[] = [
  {
    key: 'outcome',
    label: { en: 'Outcome', ja: '結果' },
    value: ({ outcome }) => (outcome === null ? null : LEGEND.outcome[outcome]),
  },
  {
    key: 'retry',
    label: { en: 'Sender', ja: '送信側の次の動作' },
    value: ({ retry }) => (retry === null ? null : LEGEND.retry[retry]),
  },
  {
    key: 'scope',
    label: { en: 'Concerns', ja: '対象' },
    value: ({ scopes }) => (scopes === null ? null : listed(inLegendOrder(scopes, LEGEND.scopes), 'or')),
  },
  {
    key: 'actors',
    label: { en: 'Who acts', ja: '対処する人' },
    value: ({ actors }) => (actors === null ? null : listed(inLegendOrder(actors, LEGEND.actorWords), 'and')),
  },
  {
    key: 'connection',
    label: { en: 'Connection', ja: '接続' },
    value: ({ connection }) => (connection === null ? null : LEGEND.connection[connection]),
  },
  {
    key: 'custody',
    label: { en: 'Who has the message', ja: 'メールの所在' },
    value: ({ custody }) => (custody === null ? null : LEGEND.custody[custody]),
  },
  {
    key: 'standing',
    label: { en: 'Standing', ja: '規格上の位置' },
    value: ({ standing }) => (standing === null ? null : LEGEND.status[standing]),
  },
  {
    key: 'phase',
    label: { en: 'Seen', ja: '返る場面' },
    value: ({ phases }) => (phases === null ? null : phaseList(phases)),
  },
  { key: 'class', label: { en: 'Class', ja: 'クラス' }, value: (facts) => facts.class },
  {
    key: 'enhanced',
    label: { en: 'Enhanced codes', ja: '拡張コード' },
    value: ({ enhanced }) => (enhanced === null ? null : codeList(enhanced)),
  },
];

/** These follow from the others: they never decide. */
const FOLLOWS: ReadonlySet<DimensionKey> = new Set(['class', 'enhanced']);

function codeList(codes: readonly string[]): Wording {
  if (codes.length === 0) return NO_ENHANCED;
  const en = codes.join(', ');
  return { en, ja: en };
}

/** After MAIL, RCPT or the final dot. */
export function phaseList(phases: readonly Phase[]): Wording {
  const named = phases.includes('any') ? phases.filter(isNoCommand) : phases.filter(isOnTheWire);
  const commands = inLegendOrder(named, LEGEND.phaseWords);
  if (commands.length === 0) return LEGEND.phaseWords.client;
  const { en } = listed(commands, 'or');
  const ja = commands.map((word) => word.ja).join('・');
  const after = { en: `after ${en}`, ja: /[A-Z]$/.test(ja) ? `${ja} の後` : `${ja}の後` };
  return phases.every(isOnTheWire) ? after : listed([after, LEGEND.phaseWords.client], 'or');
}

/** What "any command" does not say yet. */
function isNoCommand(phase: Phase): boolean {
  return phase === 'any' || phase === 'connect' || phase === 'data-end';
}

function isOnTheWire(phase: Phase): boolean {
  return phase !== 'client';
}

function inLegendOrder<Key extends string>(
  keys: readonly Key[],
  legend: Readonly<Record<Key, Wording>>,
): readonly Wording[] {
  const order = Object.keys(legend);
  return keys.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)).map((key) => legend[key]);
}

/** A, B or C. */
function listed(items: readonly Wording[], word: 'and' | 'or'): Wording {
  const words = items.map((item) => item.en);
  const last = words.pop() ?? '';
  const en = words.length === 0 ? last : `${words.join(', ')} ${word} ${last}`;
  return { en, ja: items.map((item) => item.ja).join('、') };
}

type Pair<T> = readonly [T, T];

/** Two codes, what is known of each, and where they differ. */
interface Scene {
  readonly codes: Pair<Explanation>;
  readonly facts: Pair<Facts>;
  readonly dimensions: readonly Dimension[];
}

function decide({ codes, facts, dimensions }: Scene): Decision {
  const [a, b] = [codes[0].code, codes[1].code];
  if (isPart(codes)) {
    return {
      by: 'part',
      text: {
        en: `They come together: ${a} says what became of the command, ${b} why.`,
        ja: `この 2 つは 1 つの応答に並びます。${a} が結果を、${b} が理由を表します。`,
      },
    };
  }
  const decisive = dimensions.find(({ key, same }) => !same && !FOLLOWS.has(key));
  if (!mayMeet(facts)) {
    const rest = decisive?.key === 'outcome' ? outcomes([a, b], facts) : { en: '', ja: '' };
    return {
      by: 'phase',
      text: {
        en: `What gets ${a} never gets ${b}. ${rest.en}`.trim(),
        ja: `${a} と ${b} が同じ場面で返ることはありません。${rest.ja}`,
      },
    };
  }
  if (decisive === undefined) {
    return {
      by: 'meaning',
      text: {
        en: 'Only the reason differs; all else is the same for both.',
        ja: '違いは理由だけで、ほかの点は同じです。',
      },
    };
  }
  const { key, label, values } = decisive;
  if (key === 'outcome') return { by: key, text: outcomes([a, b], facts) };
  const [x, y] = values;
  return {
    by: key,
    text: {
      en: `${label.en}: ${a} "${x.en}"; ${b} "${y.en}".`,
      ja: `${label.ja}: ${a} は「${x.ja}」、${b} は「${y.ja}」です。`,
    },
  };
}

function summarise({ codes, facts }: Scene, { by, text }: Decision): Wording {
  const [x, y] = [facts[0].outcome, facts[1].outcome];
  if (by === 'part') return text;
  if (x === null || y === null) return ANY_CLASS;
  return x === y ? ALIKE[x] : outcomes([codes[0].code, codes[1].code], facts);
}

const ANY_CLASS: Wording = {
  en: 'An X stands for every class, so only the meanings can be compared.',
  ja: 'X はすべてのクラスを表すため、意味だけを比べます。',
};

const ALIKE: Readonly<Record<Outcome, Wording>> = {
  2: { en: 'Both mean success.', ja: 'どちらも成功を表します。' },
  3: { en: 'After both, the server waits for more input.', ja: 'どちらも続きの入力を待つ応答です。' },
  4: {
    en: 'Both are failures for now: a later try may succeed.',
    ja: 'どちらも一時的な失敗で、後で成功する可能性があります。',
  },
  5: {
    en: 'Both are failures for good: the same again will fail again.',
    ja: 'どちらも恒久的な失敗で、同じ内容で繰り返しても成功しません。',
  },
  none: { en: 'Neither is an SMTP reply.', ja: 'どちらも SMTP の応答ではありません。' },
};

function tellApart({ codes, facts }: Scene, { by, text }: Decision): Wording {
  const [a, b] = [codes[0].code, codes[1].code];
  if (by === 'part') {
    return {
      en: 'There is nothing to choose: one reply carries both.',
      ja: 'どちらかを選ぶものではなく、1 つの応答に両方が入ります。',
    };
  }
  const [x, y] = [wire(facts[0]), wire(facts[1])];
  if (by === 'phase' || !mayMeet(facts)) return momentsOf([a, x], [b, y]);
  const moments = phaseList(common(x, y));
  if (by === 'outcome') {
    return x.length === 0 || y.length === 0
      ? { en: 'The first digit tells them apart.', ja: '最初の数字で見分けます。' }
      : {
          en: `Both can come ${moments.en}; the first digit tells them apart.`,
          ja: `どちらも${spaced(moments.ja)}に返るため、最初の数字で見分けます。`,
        };
  }
  if (x.length === 0 || y.length === 0) return text;
  return {
    en: `Both can come ${moments.en}. ${text.en}`,
    ja: `どちらも${spaced(moments.ja)}に返ります。${text.ja}`,
  };
}

function momentsOf([a, x]: Moments, [b, y]: Moments): Wording {
  if (x.length === 0 && y.length === 0) {
    return {
      en: 'Neither crosses the wire: a client or a report makes them up.',
      ja: 'どちらも通信上の応答ではなく、クライアントや配送報告が表示する番号です。',
    };
  }
  if (x.length > 0 && y.length > 0) {
    const [first, second] = [phaseList(x), phaseList(y)];
    return {
      en: `${a} can come ${first.en}; ${b} can come ${second.en}.`,
      ja: `${a} は${spaced(first.ja)}に返り、${b} は${spaced(second.ja)}に返ります。`,
    };
  }
  const [there, moments, nowhere] = x.length > 0 ? [a, phaseList(x), b] : [b, phaseList(y), a];
  return {
    en: `${there} can come ${moments.en}; ${nowhere} never crosses the wire.`,
    ja: `${there} は${spaced(moments.ja)}に返ります。${nowhere} は通信上の応答ではありません。`,
  };
}

type Moments = readonly [code: string, phases: readonly Phase[]];

/** A space between a Japanese and a Latin letter. */
function spaced(text: string): string {
  return /^[A-Z]/.test(text) ? ` ${text}` : text;
}

function wire({ phases }: Facts): readonly Phase[] {
  return phases?.filter(isOnTheWire) ?? [];
}

function common(x: readonly Phase[], y: readonly Phase[]): readonly Phase[] {
  const both = x.filter((phase) => y.includes(phase));
  if (both.includes('any')) return both;
  if (x.includes('any')) return y;
  return y.includes('any') ? x : both;
}

function outcomes([a, b]: Pair<string>, facts: Pair<Facts>): Wording {
  const [x, y] = [PROSPECTS[facts[0].outcome ?? 'none'], PROSPECTS[facts[1].outcome ?? 'none']];
  return { en: `${a} ${x.en}; ${b} ${y.en}.`, ja: `${a} は${x.ja}、${b} は${y.ja}です。` };
}

const PROSPECTS: Readonly<Record<Outcome, Wording>> = {
  2: { en: 'means done', ja: '成功' },
  3: { en: 'waits for more input', ja: '続きの入力待ち' },
  4: { en: 'may succeed later', ja: '後で成功しうる失敗' },
  5: { en: 'will not succeed unchanged', ja: 'そのままでは成功しない失敗' },
  none: { en: 'is no reply at all', ja: '応答ではない番号' },
};

/** Is one of the two the reason that the other is given for? */
function isPart([first, second]: Pair<Explanation>): boolean {
  if (first.kind !== 'basic' || second.kind !== 'enhanced') return false;
  return second.basic.includes(first.code);
}

/** Is there a moment at which both can come? Yes, too, where too little is known. */
function mayMeet([a, b]: Pair<Facts>): boolean {
  if (a.phases === null || b.phases === null) return true;
  const mine = new Set(a.phases);
  if (b.phases.some((phase) => mine.has(phase))) return true;
  if (mine.has('any')) return b.phases.some(isOnTheWire);
  return b.phases.includes('any') && a.phases.some(isOnTheWire);
}
