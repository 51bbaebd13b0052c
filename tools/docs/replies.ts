/** docs/reference/replies.md: every reply that the server speaks, in one language. */
import type { Language, Wording } from '../../src/base/language.ts';
import { CATALOGUE, type CodeClass } from '../../src/replies/catalogue.ts';
import { REGISTER, type ReplyName, type Row } from '../../src/replies/register.ts';
import { REGISTER_EN } from '../../src/replies/register-en.ts';
import { REGISTER_JA } from '../../src/replies/register-ja.ts';

const WORDS = {
  title: { en: 'The replies of this server', ja: 'このサーバーの応答' },
  made: {
    en: 'Made by `npm run docs` from `src/replies/`. Do not edit.',
    ja: '`npm run docs` が `src/replies/` から生成します。直接編集しないでください。',
  },
  intro: {
    en: 'No other reply reaches a client. A word in braces stands for what is filled in; over the wire all texts are English.',
    ja: 'これ以外の応答がクライアントに届くことはありません。波括弧の語には値が入ります。通信上の応答文はすべて英語です。',
  },
  head: {
    en: '| Name | Code | Status | Text | What it means, what to do | Source |',
    ja: '| 名前 | 応答コード | 拡張コード | 応答文 | 意味と対処 | 出典 |',
  },
} as const satisfies Record<string, Wording>;

const MEANINGS = { en: REGISTER_EN, ja: REGISTER_JA };
const ROWS = Object.entries(REGISTER) as readonly (readonly [ReplyName, Row])[];

export function repliesIn(language: Language): string {
  const sections = CATALOGUE.classes.flatMap((codeClass) => section(codeClass, language));
  const { title, made, intro } = WORDS;
  return [`# ${title[language]}`, '', made[language], '', intro[language], '', ...sections].join('\n');
}

function section(codeClass: CodeClass, language: Language): readonly string[] {
  const rows = ROWS.filter(([, row]) => row.code.startsWith(codeClass.digit ?? 'none'));
  if (rows.length === 0) return [];
  return [
    `## ${codeClass.id} ${codeClass.name[language]}`,
    '',
    codeClass.meaning[language],
    '',
    WORDS.head[language],
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(([name, row]) => tableRow(name, row, language)),
    '',
  ];
}

function tableRow(name: ReplyName, row: Row, language: Language): string {
  const meaning = MEANINGS[language][name];
  const cells = [name, row.code, row.status ?? '–', `\`${row.text}\``, meaning, row.source];
  return `| ${cells.join(' | ')} |`;
}
