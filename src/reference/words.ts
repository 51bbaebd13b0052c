/** The reference's own words, apart from the catalogue: headings, labels, the few sentences that stand alone. Blanks take codes, names and numbers only. */
import type { Language, Wording } from '../base/language.ts';

// prettier-ignore
export const WORDS = {
  reference:        { en: 'SMTP reply codes', ja: 'SMTP 応答コード' },
  codeTitle:        { en: '{code} {name} – what to do', ja: '{code} {name} – 意味と対処' },
  comparisonTitle:  { en: '{a} and {b}: what differs', ja: '{a} と {b} の違い' },
  both:             { en: 'Both', ja: '両方' },
  same:             { en: 'same', ja: '同じ' },
  different:        { en: 'different', ja: '異なる' },
  none:             { en: 'none', ja: 'なし' },
  phaseLabel:       { en: 'When', ja: '場面' },

  // What to do, for each reader.
  whatToDo:         { en: 'What to do now', ja: '今すべきこと' },
  ifSender:         { en: 'I sent the mail', ja: 'メールを送った人' },
  ifManager:        { en: 'I manage the server', ja: 'サーバーの管理者' },
  ifRecipient:      { en: 'I am the recipient', ja: 'メールの受信者' },

  // A code's page.
  meaning:          { en: 'What it means', ja: '意味' },
  variants:         { en: 'What it means with an enhanced code', ja: '拡張コードごとの意味' },
  variantsCaption:  { en: 'The enhanced code decides', ja: '判断の決め手は拡張コード' },
  when:             { en: 'When you see it', ja: '返る場面' },
  session:          { en: 'Example session', ja: 'セッションの例' },
  sessionCaption:   { en: 'C: is the client, S: the server', ja: 'C: はクライアント、S: はサーバー' },
  here:             { en: 'On this server', ja: 'このサーバーでは' },
  hereCaption:      { en: 'Replies of Restante with this code', ja: 'この番号を持つ Restante の応答' },
  hereNever:        { en: 'This server never sends it.', ja: 'このサーバーがこの番号を返すことはありません。' },
  reply:            { en: 'Reply', ja: '応答' },
  meansHere:        { en: 'Meaning here', ja: 'ここでの意味' },
  settings:         { en: 'Settings', ja: '設定' },
  decisions:        { en: 'Decisions', ja: '判定表の行' },
  changes:          { en: 'Changes of this page', ja: 'このページの更新履歴' },
  lastDay:          { en: 'Last 24 h', ja: '過去 24 時間' },
  real:             { en: 'Real replies', ja: '実際の応答例' },
  more:             { en: 'More at {name}', ja: '{name} の応答をすべて見る' },
  privateMeanings:  { en: 'What some providers mean by it', ja: '独自の意味で使う事業者' },
  provider:         { en: 'Provider', ja: '事業者' },
  seen:             { en: 'seen {date}', ja: '{date} 確認' },
  source:           { en: 'source', ja: '出典' },
  related:          { en: 'Related codes', ja: '関連するコード' },
  comparisons:      { en: 'Comparisons', ja: 'よく比べるコード' },
  references:       { en: 'Standards', ja: '規格' },
  section:          { en: 'RFC {rfc}, section {section}', ja: 'RFC {rfc} §{section}' },
  rfc:              { en: 'RFC {rfc}', ja: 'RFC {rfc}' },
  draft:            { en: 'Internet-Draft: {draft}', ja: '草案: {draft}' },
  registry:         { en: 'IANA registry of enhanced codes', ja: 'IANA の拡張コード登録簿' },
  noReference:      { en: 'No standard defines this number.', ja: 'この番号を定めた規格はありません。' },

  // Labels of facts.
  class:            { en: 'Class', ja: 'クラス' },
  category:         { en: 'Category', ja: '分類' },
  standing:         { en: 'Standing', ja: '規格上の位置' },
  retry:            { en: 'Try again', ja: '再送' },
  actors:           { en: 'Who acts', ja: '対処する人' },
  connection:       { en: 'Connection', ja: '接続' },
  custody:          { en: 'Who has the message', ja: 'メールの所在' },
  scope:            { en: 'Concerns', ja: '対象' },
  code:             { en: 'Code', ja: 'コード' },
  name:             { en: 'Name', ja: '名前' },
  enhancedCodes:    { en: 'Enhanced codes', ja: '拡張コード' },
  registered:       { en: 'Paired in the registry', ja: '登録簿での組み合わせ' },
  alsoSeen:         { en: 'Also seen', ja: '実例' },
  subject:          { en: 'Subject', ja: '主題' },
  basicCodes:       { en: 'Comes with', ja: '一緒に返るコード' },
  classes:          { en: 'Allowed classes', ja: '使えるクラス' },
  deprecated:       { en: 'Deprecated: do not use it in new software.', ja: '非推奨です。新しいソフトウェアでは使わないでください。' },

  // Where in the dialogue.
  way:              { en: 'Where in the session it can come', ja: 'セッションのどこで返るか' },
  wayText:          { en: 'Where it can come: {moments}.', ja: '返る場面: {moments}。' },
  wayNowhere:       { en: 'It never crosses the wire: a client, a gateway or a report prints it.', ja: '通信上の応答ではありません。クライアント、ゲートウェイ、配送報告などが表示する番号です。' },
  wayUnknown:       { en: 'Where it comes depends on the basic code before it.', ja: '返る場面は、前に付く応答コードによって変わります。' },
  seenWith:         { en: 'It comes with {codes}.', ja: '一緒に返るコード: {codes}。' },

  decodeHere:       { en: 'Give the text of a bounce to the command: restante decode', ja: '不達通知の文面は、次のコマンドで解読できます: restante decode' },

  // An enhanced code, alone or after a basic one.
  family:           { en: 'Family', ja: '系列' },
  inRegistry:       { en: 'in the IANA registry', ja: 'IANA 登録簿に記載' },
  notInRegistry:    { en: 'not in the IANA registry', ja: 'IANA 登録簿に記載なし' },
  wrongClass:       { en: 'There is no {code}: this meaning does not exist in that class.', ja: '{code} という拡張コードは存在しません。この意味は、このクラスでは使われません。' },
  wrongTitle:       { en: '{code} should not exist', ja: '{code} – 存在しない拡張コード' },
  useInstead:       { en: 'What exists', ja: '正しい拡張コード' },
  nothingToDo:      { en: 'Nothing. It reports a success.', ja: '対処は不要です。成功の報告です。' },
  byClass:          { en: 'By class', ja: 'クラスごとの意味' },
  withBasic:        { en: 'With a reply code', ja: '応答コードとの組み合わせ' },
  pair:             { en: 'The two codes', ja: '2 つのコード' },
  conflict:         { en: 'The two contradict each other. Whether to try again is decided by {basic}; {status} tells the reason.', ja: '2 つのコードが矛盾しています。再送するかどうかは {basic} で決まり、{status} は理由を示します。' },
  unusualPair:      { en: 'The two are not known to come together, but nothing forbids it.', ja: '一緒に返る例は知られていませんが、規格では禁止されていません。' },

  // A phase, a verb, a provider.
  phases:           { en: 'By moment', ja: '場面から探す' },
  success:          { en: 'Success', ja: '成功' },
  intermediate:     { en: 'Go on', ja: '続行' },
  errors:           { en: 'Failure', ja: '失敗' },
  alwaysPossible:   { en: 'Possible at any command', ja: 'どのコマンドでもありうるもの' },
  alsoHere:         { en: 'Also seen here', ja: 'ほかに見られるもの' },
  phaseTitle:       { en: 'Replies: {moment}', ja: '応答の一覧: {moment}' },
  phaseGist:        { en: 'What a server can answer here, by the standards and in practice.', ja: 'この場面でサーバーが返しうる応答を、規格と実例の両方から示します。' },
  verbs:            { en: 'By command', ja: 'コマンドから探す' },
  verb:             { en: 'Command', ja: 'コマンド' },
  verbTitle:        { en: '{verb}: its form and its replies', ja: '{verb} の書式と応答' },
  syntax:           { en: 'Form', ja: '書式' },
  example:          { en: 'Example', ja: '例' },
  parameters:       { en: 'Parameters', ja: 'パラメーター' },
  parameter:        { en: 'Parameter', ja: 'パラメーター' },
  purpose:          { en: 'Purpose', ja: '用途' },
  definedIn:        { en: 'Defined in', ja: '規定' },
  outOfTurn:        { en: 'Out of turn', ja: '順序の誤り' },
  outOfTurnCaption: { en: 'When it may not be said, and the answer', ja: '使えない場面と、そのときの応答' },
  state:            { en: 'State', ja: '状態' },
  repliesHere:      { en: 'Replies of this server', ja: 'このサーバーの応答' },
  inGeneral:        { en: 'In general', ja: '一般に' },
  notOffered:       { en: 'This server does not offer it and answers with {code}.', ja: 'このサーバーでは使えません。{code} を返します。' },
  providers:        { en: 'By provider and server', ja: '事業者・サーバーから探す' },
  providerTitle:    { en: '{name}: its SMTP replies', ja: '{name} の SMTP 応答' },
  about:            { en: 'About', ja: '概要' },
  hosts:            { en: 'Host names', ja: 'ホスト名' },
  signatures:       { en: 'Known by', ja: '応答文の特徴' },
  kindProvider:     { en: 'mail provider', ja: 'メール事業者' },
  kindServer:       { en: 'mail server software', ja: 'メールサーバーのソフトウェア' },
  kindFilter:       { en: 'filter', ja: 'フィルター' },
  kind:             { en: 'Kind', ja: '種類' },
  toDo:             { en: 'What to do', ja: '対処' },

  // The index.
  indexGist:        { en: 'What a mail server’s answer means, and what to do about it.', ja: 'メールサーバーの応答の意味と、取るべき対処を調べられます。' },
  search:           { en: 'Search', ja: '検索' },
  byClassTitle:     { en: 'Reply codes', ja: '応答コード' },
  bySubject:        { en: 'Enhanced codes', ja: '拡張コード' },
  byCategory:       { en: 'By category', ja: '分類から探す' },
  byActor:          { en: 'By who must act', ja: '対処する人から探す' },
  curatedPairs:     { en: 'Codes that are easily confused', ja: '混同しやすいコード' },
  tools:            { en: 'Tools', ja: 'ツール' },
  glossary:         { en: 'Glossary', ja: '用語集' },
  glossaryGist:     { en: 'One term for one thing, the same on every page.', ja: 'この資料で使う用語を、両方の言語で示します。' },
  english:          { en: 'In English', ja: '英語' },
  japanese:         { en: 'In Japanese', ja: '日本語' },
  alsoCalled:       { en: 'Also', ja: '別の言い方' },
  codes:            { en: 'Codes', ja: 'コード' },

  // The decoder.
  decoder:          { en: 'Read a bounce', ja: '不達通知の解読' },
  decoderGist:      { en: 'Paste a reply, a line of a log or a whole bounce message: what happened, who acts, when to try again.', ja: '応答、ログの行、不達通知の全文のいずれかを貼り付けると、原因、対処する人、再送の時期が分かります。' },
  decoderPrivate:   { en: 'Nothing that is pasted is kept.', ja: '貼り付けた内容は保存しません。' },
  nothingFound:     { en: 'No reply code and no known failure was found in this text.', ja: 'この文面からは、応答コードも既知の障害も見つかりませんでした。' },
  truncated:        { en: 'The text was too long; only its beginning was read.', ja: '文面が長すぎるため、先頭だけを解読しました。' },
  verdict:          { en: 'Verdict', ja: '判定' },
  verdictFor:       { en: 'Verdict for {recipient}', ja: '{recipient} についての判定' },
  recipient:        { en: 'Recipient', ja: '宛先' },
  result:           { en: 'Result', ja: '結果' },
  reason:           { en: 'Reason', ja: '理由' },
  host:             { en: 'Said by', ja: '応答したホスト' },
  confidence:       { en: 'Confidence', ja: '確かさ' },
  evidence:         { en: 'Evidence', ja: '根拠' },
  evidenceCaption:  { en: 'The text, with what the verdict rests on', ja: '文面と、判定の根拠になった箇所' },
  exactPage:        { en: 'More on this', ja: '詳しい説明' },

  // No such code.
  unknown:          { en: 'Unknown code', ja: '未知のコード' },
  unknownTitle:     { en: '{code}: no such code is known', ja: '{code} というコードは知られていません' },
  unknownGist:      { en: 'Nobody is known to send this number. Its digits still say something.', ja: 'この番号を返すサーバーは知られていませんが、桁の値から分かることがあります。' },
  noCode:           { en: 'This is not a reply code', ja: '応答コードではありません' },
  noCodeGist:       { en: 'A reply code has three digits, 2 to 5 first; an enhanced code is three numbers with dots, such as 4.2.2.', ja: '応答コードは 2〜5 で始まる 3 桁の数字、拡張コードは 4.2.2 のように点で区切った 3 つの数字です。' },
  nearest:          { en: 'The nearest codes', ja: '近いコード' },
  firstDigit:       { en: 'First digit {digit}', ja: '1 桁目の {digit}' },
  secondDigit:      { en: 'Second digit {digit}', ja: '2 桁目の {digit}' },
  firstNumber:      { en: 'First number {digit}', ja: '1 番目の数字 {digit}' },
  secondNumber:     { en: 'Second number {digit}', ja: '2 番目の数字 {digit}' },
  noClass:          { en: 'SMTP has no such class.', ja: 'SMTP にこのクラスはありません。' },
  digits:           { en: 'What the digits say', ja: '桁の値から分かること' },

  // A comparison.
  oneByOne:         { en: 'What they are', ja: 'それぞれの意味' },
  whenEach:         { en: 'When you see them', ja: '返る場面' },
  fixSender:        { en: 'What the sender does', ja: '送信側の対処' },
  fixManager:       { en: 'What the server’s manager does', ja: '受信側の管理者の対処' },
  differences:      { en: 'Main differences', ja: '主な違い' },
  which:            { en: 'Which applies when', ja: '見分け方' },
  confused:         { en: 'Why they are confused', ja: '混同しやすい点' },
  alone:            { en: 'Each alone', ja: 'それぞれの詳しい説明' },
} as const satisfies Record<string, Wording>;

export type Word = keyof typeof WORDS;
export type Say = (word: Word, blanks?: Readonly<Record<string, string | number>>) => string;

const SPEAKERS: Readonly<Record<Language, Say>> = { en: speakerOf('en'), ja: speakerOf('ja') };

export function speaker(language: Language): Say {
  return SPEAKERS[language];
}

function speakerOf(language: Language): Say {
  return (word, blanks = {}) =>
    WORDS[word][language].replaceAll(/\{(\w+)\}/g, (blank, name: string) => String(blanks[name] ?? blank));
}
