/** What the frame of a page says in its own words: navigation, the two tools, labels. */
import type { Language, Wording } from '../../base/language.ts';

// prettier-ignore
export const FRAME_WORDS = {
  site:          { en: 'SMTP reply codes', ja: 'SMTP 応答コード' },
  skip:          { en: 'Skip to the text', ja: '本文へ移動' },
  breadcrumb:    { en: 'Where you are', ja: '現在位置' },
  language:      { en: 'Language', ja: '言語' },
  onThisPage:    { en: 'On this page', ja: 'このページの内容' },
  atAGlance:     { en: 'At a glance', ja: '要点' },
  otherForms:    { en: 'This page as', ja: '別の形式' },
  plainText:     { en: 'plain text', ja: 'テキスト' },
  about:         { en: 'Part of Restante, a mail server. Nothing on this page is loaded from elsewhere.', ja: 'メールサーバー Restante の一部です。このページは外部から何も読み込みません。' },

  class:         { en: 'Class', ja: 'クラス' },
  status:        { en: 'Standing', ja: '規格上の位置' },
  retry:         { en: 'Try again?', ja: '再送' },
  actor:         { en: 'Who acts', ja: '対処する人' },
  scope:         { en: 'Concerns', ja: '対象' },

  copy:          { en: 'Copy', ja: 'コピー' },
  copied:        { en: 'Copied', ja: 'コピーしました。' },
  notCopied:     { en: 'Not copied: select the text instead', ja: 'コピーできませんでした。文字列を選択してください。' },
  thisPage:      { en: 'what this page is about', ja: 'このページの応答' },
  dimension:     { en: 'Aspect', ja: '項目' },
  comparison:    { en: 'Same?', ja: '異同' },
  said:          { en: 'said', ja: '応答' },

  search:        { en: 'Search', ja: '検索' },
  searchLabel:   { en: 'Code, words or provider', ja: 'コード・語句・事業者名' },
  searchHint:    { en: '452, 4.2.2, 422, full, gmail', ja: '452、4.2.2、422、満杯、gmail' },
  searchNone:    { en: 'Nothing found. Try the number alone, or one word.', ja: '見つかりませんでした。番号だけ、または 1 語で試してください。' },
  searchFound:   { en: '{count} found', ja: '{count} 件' },
  toIndex:       { en: 'All codes in a list', ja: 'すべてのコードの一覧' },
  needsServer:   { en: 'This tool needs JavaScript from a web server. In this copy, use the list:', ja: 'このツールを使うには、Web サーバーから開いたページと JavaScript が必要です。この保存版では、一覧をご利用ください。' },

  decodeLabel:   { en: 'A reply, a log line, or a whole bounce message', ja: '応答、ログの行、または不達通知の全文' },
  decodeHint:    { en: '452 4.2.2 Mailbox full', ja: '452 4.2.2 Mailbox full' },
  decode:        { en: 'Explain it', ja: '解読する' },
  decodeLocal:   { en: 'Read on this computer: nothing you paste leaves it.', ja: 'この端末の中だけで読み取ります。貼り付けた内容は送信されません。' },
  decodeServer:  { en: 'Without JavaScript the server reads it, and keeps nothing.', ja: 'JavaScript が使えない場合はサーバーが読み取りますが、内容は保存しません。' },
  decodeNone:    { en: 'No reply, status or failure was found in it.', ja: '応答コードや失敗の記述は見つかりませんでした。' },
  decodeFailed:  { en: 'It could not be read.', ja: '読み取れませんでした。' },
  tooBig:        { en: 'That is more than 256 KiB. Paste only the part that tells of the failure.', ja: '256 KiB を超えています。失敗を知らせている部分だけを貼り付けてください。' },
  truncated:     { en: 'Only the first 256 KiB were read.', ja: '先頭の 256 KiB だけを読み取りました。' },
  safeCopy:      { en: 'Copy without addresses, IPs and ids', ja: 'アドレス・IP・ID を伏せてコピー' },
  verdicts:      { en: 'Verdict', ja: '判定' },
  input:         { en: 'What it rests on', ja: '判定の根拠' },
  unnamed:       { en: 'One recipient', ja: '宛先 (記載なし)' },
  temporary:     { en: 'Temporary', ja: '一時的' },
  permanent:     { en: 'Permanent', ja: '恒久的' },
  success:       { en: 'Success', ja: '成功' },
  unknown:       { en: 'Unknown', ja: '不明' },
  certain:       { en: 'certain', ja: '確実' },
  likely:        { en: 'likely', ja: '可能性が高い' },
  guess:         { en: 'a guess', ja: '推測' },
  confidence:    { en: 'Confidence', ja: '確かさ' },
  reason:        { en: 'Reason', ja: '理由' },
  code:          { en: 'Code', ja: 'コード' },
  sender:        { en: 'The sender', ja: '送信側' },
  manager:       { en: 'The server’s manager', ja: '受信側の管理者' },
  readMore:      { en: 'Read more', ja: '詳しく読む' },
} as const satisfies Readonly<Record<string, Wording>>;

export type FrameWord = keyof typeof FRAME_WORDS;

export function frameWord(word: FrameWord, language: Language): string {
  return FRAME_WORDS[word][language];
}
