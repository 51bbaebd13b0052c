/** What the demonstration tells around the dialogue. What goes over the wire is not here: that comes from the server. */
import type { Words } from '../cli/words.ts';

export const WORDS = {
  usage: {
    en: `Shows what Restante does, on a throw-away server that is removed at the end.

Usage: npm run demo -- [options]

Options:
  --fast         without pauses
  --lang <en|ja> the language; else LC_ALL, LC_MESSAGES, LANG say
  -h, --help     show this help

Exit code: 0 when every reply was the expected one, else 1; 2 for wrong options.`,
    ja: `使い捨てのサーバーで Restante の動きをお見せします。サーバーは最後に片付けます。

使い方: npm run demo -- [オプション]

オプション:
  --fast         間を置かずに進めます
  --lang <en|ja> 言語を指定します。省略時は LC_ALL、LC_MESSAGES、LANG に従います
  -h, --help     このヘルプを表示します

終了コード: すべての応答が期待どおりなら 0、そうでなければ 1、オプションの誤りは 2。`,
  },
  badLanguage: { en: '--lang takes en or ja', ja: '--lang には en または ja を指定してください。' },

  title: {
    en: 'Restante: it keeps what it accepts, and explains what it refuses.',
    ja: 'Restante: 受け取ったものは失わず、断るときは理由を説明するメールサーバーです。',
  },
  stage: {
    en: 'A real server is running for this: SMTP on {address}, data in {data}.\nEach "S:" below is what it said on that socket. It is removed at the end.\nIts settings are the usual ones, but for a tiny disk, and seconds in place of minutes:',
    ja: 'このために本物のサーバーを動かしています。SMTP: {address}、データ: {data}\n以下の「S:」はすべて、このソケットでサーバーが返した行です。サーバーもデータも最後に片付けます。\n設定は既定値のままですが、ディスクはごく小さくし、待ち時間は分単位から秒単位に縮めています:',
  },
  people: {
    en: 'Two people get a mailbox; one of them a very small one.',
    ja: '2 人分のメールボックスを作ります。片方はごく小さなものです。',
  },

  helpTitle: { en: 'It explains itself: HELP', ja: 'サーバーが自分を説明する: HELP' },
  help: {
    en: 'Whoever writes or runs a mail client can ask, right in the session, before even saying EHLO.',
    ja: 'メールクライアントを作る人も運用する人も、セッションの中で質問できます。EHLO の前でも構いません。',
  },
  helpCodes: { en: 'What is the difference between two replies?', ja: '2 つの応答は何が違うのでしょうか。' },

  mailTitle: { en: 'A mail is accepted, and kept: 250', ja: 'メールを受け取り、保存する: 250' },
  mail: {
    en: 'The 250 after the final dot comes only when the mail is safe on the disk. Its id is in it.',
    ja: '最後のドットに対する 250 は、メールがディスクに確実に書かれてから返ります。メールの ID も含まれています。',
  },
  stored: {
    en: 'In the mailbox, below the trace fields of the server, it is as it was sent:',
    ja: 'メールボックスには、サーバーが付けたトレース情報の下に、送ったとおりの内容が入っています。',
  },
  same: {
    en: 'All {octets} octets that were sent are there, byte for byte.',
    ja: '送った {octets} オクテットが 1 バイトも違わずに保存されています。',
  },

  quotaTitle: { en: 'A full mailbox: 452 4.2.2 at RCPT', ja: 'メールボックスが満杯: RCPT で 452 4.2.2' },
  quota: {
    en: 'Mail comes in for taro, whose mailbox holds 64 KiB.',
    ja: '容量 64 KiB の taro のメールボックスに、メールが届き続けます。',
  },
  quotaFull: {
    en: 'The next one has two recipients. One mailbox is full; the other recipient shall not suffer from it.',
    ja: '次のメールの宛先は 2 つです。片方のメールボックスが満杯でも、もう片方には届きます。',
  },
  quotaKept: {
    en: 'The sender keeps the copy for taro, and tries again later. The one for hanako is stored.',
    ja: '送信側は taro 宛ての分を保持し、後で再送します。hanako 宛ての分は保存されました。',
  },

  diskTitle: { en: 'A full disk: 452 4.3.1 at MAIL', ja: 'ディスクが満杯: MAIL で 452 4.3.1' },
  disk: {
    en: 'The server treats its disk as one of {capacity} (storage.capacity). Mail for hanako fills it.',
    ja: 'サーバーはディスクを {capacity} とみなしています (storage.capacity)。hanako 宛てのメールで埋めていきます。',
  },
  diskFull: {
    en: 'Too little is left: the server says so at MAIL, before any data is sent, and while it still has room to work.',
    ja: '残りがわずかになりました。サーバーは、自分が作業するための空きがあるうちに、メールデータが送られる前の MAIL の時点で断ります。',
  },
  diskWhy: { en: 'Why? It can be asked.', ja: '理由は HELP で尋ねられます。' },

  roomTitle: { en: 'Room is made', ja: '空きを作る' },
  room: {
    en: 'The operator deletes mail from both mailboxes.',
    ja: '管理者が 2 つのメールボックスのメールを削除します。',
  },
  dwell: {
    en: 'There must be room for a moment before mail is taken again: {waited} s, then the level is {level}.',
    ja: '空きがしばらく続くことを確かめてから受信を再開します。{waited} 秒後、段階は {level} になりました。',
  },

  retryTitle: { en: 'The senders try again: 250', ja: '送信側の再送: 250' },
  retryDisk: { en: 'What got 452 4.3.1 is sent again.', ja: '452 4.3.1 で断られたメールを再送します。' },
  retryRamp: {
    en: 'All senders come back at the same moment, so only a part of them is let in at first.',
    ja: '送信側が一斉に再送してくるので、最初は一部だけを受け付けます。',
  },
  rampOver: {
    en: '{waited} s later everybody is let in.',
    ja: '{waited} 秒後、すべて受け付けるようになりました。',
  },
  retryQuota: {
    en: 'What got 452 4.2.2 is sent again, to taro.',
    ja: '452 4.2.2 で断られたメールを taro に再送します。',
  },

  mailDataHere: { en: '({octets} of mail data)', ja: '(メールデータ {octets})' },
  asAbove: { en: '… {count} lines as above …', ja: '… 上と同じ {count} 行 …' },
  repeated: {
    en: '… {count} messages of {octets}, all 250 …',
    ja: '… {octets} のメール {count} 通、すべて 250 …',
  },

  sumTitle: { en: 'Shown, and checked', ja: '確認できたこと' },
  sumHelp: { en: 'HELP explains commands and replies', ja: 'HELP がコマンドと応答を説明する' },
  sumMail: { en: 'a mail accepted, and stored byte for byte', ja: 'メールを受け取り、そのまま保存する' },
  sumQuota: {
    en: 'mailbox full at RCPT, the other recipient served',
    ja: '満杯のメールボックスは RCPT で断り、ほかの宛先には届ける',
  },
  sumDisk: {
    en: 'disk full at MAIL, HELP STATUS says why',
    ja: 'ディスクが満杯なら MAIL で断り、HELP STATUS が理由を示す',
  },
  sumRetry: { en: 'room made, both retries accepted', ja: '空きを作ると、どちらの再送も受け取る' },
  next: { en: 'Your own server: npm start', ja: '自分のサーバーを動かす: npm start' },

  surprise: { en: 'demo: {act}: {what}', ja: 'demo: {act}: {what}' },
  otherReply: {
    en: 'expected {expected} after {after}, heard: {heard}',
    ja: '{after} の後に {expected} を期待しましたが、届いた応答は次のとおりです: {heard}',
  },
  otherText: {
    en: 'the mail in the mailbox is not the one that was sent',
    ja: 'メールボックスのメールが送ったものと違います。',
  },
  otherLevel: {
    en: 'expected the storage level {expected}, it is still {level}',
    ja: '段階が {expected} になるはずが、{level} のままです。',
  },
  neverFull: { en: 'no 452 after {count} messages', ja: '{count} 通送っても 452 が返りません。' },
  noWhy: {
    en: 'HELP STATUS does not say that storage is short',
    ja: 'HELP STATUS が容量不足を示していません。',
  },
  noStart: { en: 'the server did not start', ja: 'サーバーが起動しませんでした。' },
  silent: {
    en: 'no reply within {seconds} s after {after}',
    ja: '{after} の後、{seconds} 秒以内に応答がありません。',
  },
  closed: { en: 'the connection ended after {after}', ja: '{after} の後に接続が切れました。' },
  cliFailed: { en: '{command}: exit code {code}', ja: '{command}: 終了コード {code}' },
} as const satisfies Words;

/** The demonstration did not show what it should. */
export class Surprise extends Error {
  override name = 'Surprise';
}
