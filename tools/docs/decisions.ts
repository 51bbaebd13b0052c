/** docs/reference/decisions.md: what is said when storage is short, row by row, in one language. */
import type { Language, Wording } from '../../src/base/language.ts';
import { REGISTER, type ReplyName, type Row } from '../../src/replies/register.ts';
import { type Decision, DECISIONS } from '../../test/decisions/decisions.ts';

const WORDS = {
  title: { en: 'Decisions about storage', ja: '保存容量に関する判断' },
  made: {
    en: 'Made by `npm run docs` from `test/decisions/decisions.ts`, which the tests play row by row. Do not edit.',
    ja: '`npm run docs` が `test/decisions/decisions.ts` から生成します。同じ表の各行をテストが実行します。直接編集しないでください。',
  },
  intro: {
    en: 'What this server says when there is no room, or might be none. A transient refusal (4yz) leaves nothing behind: the sender keeps the message and tries again. The levels GREEN, YELLOW, RED and BLACK tell how much room the volumes have. Unless it says so, a refusal leaves the connection open.',
    ja: '空き容量がないとき、または足りなくなりそうなときの応答です。一時的な拒否 (4yz) では、サーバーには何も残りません。送信側がメールを保持して再送します。GREEN、YELLOW、RED、BLACK はボリュームの空き容量の段階です。特に記載がなければ、拒否しても接続は閉じません。',
  },
  head: {
    en: '| Row | Situation | When | Reply | Text |',
    ja: '| 行 | 状況 | 場面 | 応答 | 応答文 |',
  },
  usual: { en: 'as usual', ja: '通常どおり' },
  closes: { en: 'the connection closes', ja: '接続を閉じます' },
} as const satisfies Record<string, Wording>;

const ROWS: readonly (readonly [string, Decision])[] = Object.entries(DECISIONS);

export function decisionsIn(language: Language): string {
  const { title, made, intro, head } = WORDS;
  return [
    `# ${title[language]}`,
    '',
    made[language],
    '',
    intro[language],
    '',
    head[language],
    '| --- | --- | --- | --- | --- |',
    ...ROWS.map(([id, decision]) => tableRow(id, decision, language)),
    '',
  ].join('\n');
}

function tableRow(id: string, decision: Decision, language: Language): string {
  const { situation, phase, replies, closes } = decision;
  const codes = replies.map(codesOf);
  if (codes.length === 0) codes.push(WORDS.usual[language]);
  if (closes === true) codes.push(WORDS.closes[language]);
  const texts = replies.map((name) => `\`${REGISTER[name].text}\``);
  return `| ${[id, situation[language], phase[language], codes.join('<br>'), texts.join('<br>') || '–'].join(' | ')} |`;
}

function codesOf(name: ReplyName): string {
  const { code, status }: Row = REGISTER[name];
  return status === null ? code : `${code} ${status}`;
}
