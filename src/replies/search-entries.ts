/** What the search looks through: every code of the catalogue, with the words that people use for it. Made once. */
import { CATALOGUE, statusParts, type EnhancedCode, type StatusClass } from './catalogue.ts';
import { pageOf } from './pages.ts';
import type { SearchEntry } from './search.ts';

/** What people type rather than a name, the commonest first; more comes from the glossary. */
// prettier-ignore
const CALLED: Readonly<Record<string, readonly string[]>> = {
  '452':    ['full', 'quota', 'storage', '満杯', '容量', 'ようりょう', 'まんぱい', 'バウンス', 'bounce', '容量不足', '容量オーバー', '空き容量', '不達'],
  'X.2.2':  ['full', 'quota', 'mailbox full', 'over quota', '満杯', '容量', 'ようりょう', 'まんぱい', 'バウンス', 'bounce', '容量超過', '容量オーバー', 'メールボックス'],
  'X.3.1':  ['disk full', 'storage', '容量不足', 'ディスク'],
  '552':    ['quota exceeded', 'too big', 'size', 'サイズ', '容量超過', '大きすぎる'],
  '550':    ['bounce', 'user unknown', 'バウンス', '不達', '宛先不明', 'あてさきふめい'],
  'X.1.1':  ['user unknown', 'no such user', '宛先不明', 'あてさきふめい', '存在しない'],
  'X.5.3':  ['too many recipients', '宛先過多', '宛先が多すぎる'],
  '450':    ['greylisting', 'グレイリスト'],
  '451':    ['greylisting', 'local error', 'グレイリスト'],
  '421':    ['too many connections', 'rate limit', '接続数', '流量制限'],
  '554':    ['spam', 'blocklist', 'blacklist', 'spamhaus', 'ブラックリスト', '迷惑メール', 'めいわくめーる'],
  'X.7.1':  ['relay denied', 'policy', 'spam', '中継拒否', '迷惑メール', 'めいわくめーる'],
  '535':    ['password', 'login', 'auth', 'パスワード', 'ログイン', '認証', 'にんしょう'],
  'X.7.8':  ['password', 'login', 'パスワード', 'ログイン', '認証', 'にんしょう'],
  '530':    ['auth required', 'starttls', '認証', 'にんしょう'],
  'X.7.23': ['spf'],
  'X.7.20': ['dkim'],
  'X.7.26': ['dmarc', 'spf dkim'],
  'X.7.25': ['reverse dns', 'ptr', 'rdns', '逆引き', 'ぎゃくびき'],
  'X.3.4':  ['message too big', 'size', 'サイズ', '大きすぎる'],
  'X.4.6':  ['loop', 'ループ'],
  '214':    ['help', 'ヘルプ'],
};

let made: readonly SearchEntry[] | null = null;

/** Made when it is first asked for: a server that nobody searches need not. */
export function searchEntries(): readonly SearchEntry[] {
  return (made ??= entries());
}

const entries = (): readonly SearchEntry[] => [
  ...CATALOGUE.basic.map((row): SearchEntry => ({
    code: row.code,
    classes: '',
    path: pageOf(row.code),
    name: row.name,
    gist: row.gist,
    words: wordsOf(row.code),
    texts: [textsOf(row.code), rfcs(row.refs)].join('|'),
  })),
  ...CATALOGUE.enhanced.map((row): SearchEntry => ({
    code: row.code,
    classes: classesOf(row).join(''),
    path: pageOf(row.code),
    name: row.name,
    gist: row.gist,
    words: wordsOf(row.code),
    texts: [textsOf(row.code), rfcs(row.refs)].join('|'),
  })),
  ...CATALOGUE.providers.map(({ id, name, gist, hosts, signatures }): SearchEntry => ({
    code: '',
    classes: '',
    path: `/smtp/provider/${id}`,
    name,
    gist,
    words: [id, ...hosts].join('|'),
    texts: signatures.join('|'),
  })),
];

/** A full mailbox is a failure for now, whatever else is sent: RFC 3463 §3.3. */
const PREFERRED: Readonly<Record<string, StatusClass>> = { 'X.2.2': '4' };

/** The class that it has with the most reply codes comes first. */
function classesOf({ code, classes, usedByBasic }: EnhancedCode): readonly StatusClass[] {
  const used = (first: StatusClass): number =>
    PREFERRED[code] === first ? Infinity : usedByBasic.filter((each) => each.startsWith(first)).length;
  return classes.toSorted((a, b) => used(b) - used(a));
}

function wordsOf(code: string): string {
  const terms = CATALOGUE.glossary.filter(({ codes }) =>
    codes.some((each) => each === code || familyOf(each) === code),
  );
  const words = terms.flatMap(({ term, kana, also }) => [term.en, term.ja, kana, ...also]);
  return [...new Set([...(CALLED[code] ?? []), ...words])].join('|');
}

const TEXT_OCTETS_MAX = 120;
const TEXTS_MAX = 12;

/** What providers say with it: the beginnings are enough to find it by. */
function textsOf(code: string): string {
  const texts = CATALOGUE.providers.flatMap(({ replies }) =>
    replies
      .filter((reply) => (code.startsWith('X') ? familyOf(reply.status ?? '') === code : reply.code === code))
      .map(({ text }) => text.slice(0, TEXT_OCTETS_MAX)),
  );
  return texts.slice(0, TEXTS_MAX).join('|');
}

function rfcs(refs: readonly { readonly rfc: string | null }[]): string {
  return [...new Set(refs.flatMap(({ rfc }) => (rfc === null ? [] : [`rfc${rfc} rfc ${rfc}`])))].join('|');
}

function familyOf(code: string): string {
  const parts = statusParts(code);
  return parts === null ? '' : `X.${parts.subject}.${parts.detail}`;
}
