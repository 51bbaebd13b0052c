/** What commands and their parameters are for, in Japanese; the verb table has the English, for HELP. */
import type { Verb } from '../smtp/verbs.ts';

// prettier-ignore
export const VERB_PURPOSES_JA = {
  EHLO: '名乗り、サーバーが提供する拡張機能を尋ねます。トランザクションの途中であれば破棄されます。',
  HELO: '拡張機能を使わずに名乗ります。トランザクションの途中であれば破棄されます。',
  LHLO: 'LMTP での EHLO です。名乗り、サーバーが提供する拡張機能を尋ねます。',
  MAIL: 'トランザクションを始めます。配送できなかった場合の通知は、ここで示した差出人に届きます。<> を指定すると通知は送られません。',
  RCPT: '宛先を 1 つ指定します。宛先の数だけ繰り返します。拒否されるのはその宛先だけです。',
  DATA: 'メールの送信を始めます。354 が返ったらメールデータを送り、ドットだけの行で終えます。',
  BDAT: 'メールデータを、指定したオクテット数だけ送ります。終わりのドットは不要です。',
  RSET: '差出人、宛先、送信済みのデータを破棄し、トランザクションを取り消します。',
  NOOP: '何もせず、応答だけを求めます。',
  HELP: '今使えるコマンドを示し、コマンドや応答コードを説明します。',
  VRFY: 'メールボックスの有無を尋ねます。このサーバーでは答えません。RCPT で確かめてください。',
  EXPN: 'メーリングリストのメンバーを尋ねます。このサーバーでは答えません。',
  XLANG: '応答文に添える説明の言語を選びます (このサーバー独自のコマンドです)。',
  STARTTLS: 'TLS による暗号化を始めます。応答が返るまで何も送らず、暗号化の後で EHLO からやり直してください。',
  AUTH: '利用者を認証します。334 が返るたびに base64 の行を 1 つ送ります。* だけの行を送ると中止します。',
  QUIT: 'セッションを終えます。完了していないトランザクションは破棄されます。',
} satisfies Readonly<Record<Verb, string>>;

// prettier-ignore
export const PARAMETER_PURPOSES_JA: Readonly<Record<string, string>> = {
  'SIZE=<octets>':                 'メールの大きさを伝えます。大きすぎる場合、サーバーは早い段階で断れます。',
  'BODY=7BIT|8BITMIME|BINARYMIME': '本文に含まれるオクテットの種類を伝えます。',
  SMTPUTF8:                        'アドレスやヘッダーフィールドに UTF-8 を使います。',
  'RET=FULL|HDRS':                 '配送できなかった場合に、メール全体とヘッダーのどちらを返すかを指定します。',
  'ENVID=<xtext>':                 '通知に記載される、送信側が付ける識別子です。',
  'AUTH=<>|<xtext>':              '最初にメールを渡した利用者を伝えます。このサーバーでは判断に使いません。',
  'NOTIFY=NEVER|SUCCESS,FAILURE,DELAY': '必要な通知の種類を指定します。',
  'ORCPT=<type>;<xtext>':          '最初に指定された (転送される前の) 宛先を伝えます。',
};

/** Verbs of the standards that a server may not offer. */
// prettier-ignore
export const OTHER_VERBS: Readonly<Record<string, { readonly en: string; readonly ja: string; readonly rfc: string; readonly phase: string }>> = {
  ETRN:     { en: 'Asks for waiting mail.',  ja: 'サーバーで待機中のメールの配送を求めます。',         rfc: '1985', phase: 'etrn' },
};

/** How a session stands when a command is out of turn. */
// prettier-ignore
export const STATES = {
  greeted:    { en: 'before the hello',              ja: 'EHLO などの挨拶の前' },
  ready:      { en: 'before MAIL',                   ja: 'MAIL の前' },
  mail:       { en: 'after MAIL, before RCPT',       ja: 'MAIL の後、RCPT の前' },
  recipients: { en: 'after a recipient was accepted', ja: '宛先が受け付けられた後' },
  chunks:     { en: 'while BDAT is under way',       ja: 'BDAT の途中' },
  refused:    { en: 'after BDAT was refused',        ja: 'BDAT が拒否された後' },
} as const;
