/** Every setting there is, with its kind, default and meaning. The file, the environment, `--set` and the documents read this table. */
import { parseRoutePattern, parseRouteRule, writeRouteRule } from '../delivery/route-table.ts';
import { parseCertificatePlace, writeCertificatePlace } from '../world/certificate-files.ts';
import { parseDnsServer, writeDnsServer } from '../world/resolver-servers.ts';
import { parseReportLanguage, writeReportLanguage } from './report-languages.ts';
import {
  choice,
  count,
  countOrOff,
  duration,
  flag,
  list,
  listen,
  networks,
  octets,
  octetsOrAuto,
  path,
  pathOrNone,
  share,
  word,
} from './setting-kinds.ts';
import type { Setting } from './setting-kinds.ts';

const MIB = 2 ** 20;
const MINUTE = 60_000;

const DOMAIN_NAME = /^(?=.{1,255}$)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*$/i;

// prettier-ignore
export const SETTINGS = {
  hostname: word({ default: 'localhost', variable: 'RESTANTE_HOSTNAME', shape: DOMAIN_NAME,
    expects: { en: 'a host name such as "mail.example.org"', ja: '"mail.example.org" のようなホスト名' },
    about: { en: 'The name this server greets with; its full name in the DNS.', ja: 'このサーバーが名乗る名前です。DNS 上の完全な名前を指定します。' } }),
  data: path({ default: 'data', variable: 'RESTANTE_DATA',
    about: { en: 'The data directory: mail, index, log, control socket. Made at the first start.', ja: 'データディレクトリです。メール、索引、ログ、制御ソケットが入ります。初回起動時に作られます。' } }),

  'smtp.listen': listen({ default: '127.0.0.1:2525', variable: 'RESTANTE_SMTP_LISTEN',
    about: { en: 'Where SMTP is spoken.', ja: 'SMTP を待ち受けるアドレスです。' } }),
  'lmtp.listen': listen({ default: '127.0.0.1:2424', variable: 'RESTANTE_LMTP_LISTEN',
    about: { en: 'Where LMTP is spoken (RFC 2033): one reply per recipient.', ja: 'LMTP (RFC 2033) を待ち受けるアドレスです。LMTP では宛先ごとに応答します。' } }),
  'submission.listen': listen({ default: '127.0.0.1:2587', variable: 'RESTANTE_SUBMISSION_LISTEN',
    about: { en: 'Where programs of users submit mail (RFC 6409): STARTTLS, then a password.', ja: '利用者のメールソフトがメールを送信するアドレスです (RFC 6409)。STARTTLS の後にパスワードで認証します。' } }),
  'submissions.listen': listen({ default: '127.0.0.1:2465', variable: 'RESTANTE_SUBMISSIONS_LISTEN',
    about: { en: 'The same with TLS from the first octet on (RFC 8314).', ja: '同じく、接続時から TLS を使うアドレスです (RFC 8314)。' } }),
  'http.listen': listen({ default: '127.0.0.1:8025', variable: 'RESTANTE_HTTP_LISTEN',
    about: { en: 'Where /health and /metrics are served.', ja: '/health と /metrics を提供するアドレスです。' } }),

  // An attachment of 25 MB, the common limit of webmail, has 34 MB in base64; 50 MiB leaves room for two of 18 MB.
  'smtp.messageSizeMax': octets({ default: '50MiB', min: 64 * 1024, max: 2 ** 40,
    about: { en: 'The largest message accepted, announced with SIZE.', ja: '受け付けるメール 1 通の最大サイズです。SIZE で通知します。' } }),
  'smtp.recipientMax': count({ default: '1000', min: 100, max: 100_000, // RFC 5321 §4.5.3.1.8: at least 100
    about: { en: 'Recipients of one transaction; those beyond get 452 4.5.3.', ja: '1 トランザクションの宛先数の上限です。超えた分には 452 4.5.3 を返します。' } }),
  'smtp.recipientForbiddenAt': countOrOff({ default: 'off', min: 100,
    about: { en: 'Recipients beyond which a message is refused for good (550 5.5.3).', ja: '宛先がこの数を超えるメールは恒久的に拒否します (550 5.5.3)。' } }),
  'smtp.mailMax': count({ default: '10000', min: 1, max: 10_000_000,
    about: { en: 'Transactions of one session.', ja: '1 セッションのトランザクション数の上限です。' } }),
  'smtp.lineLengthMax': count({ default: '1000', min: 1000, max: 1_000_000, // RFC 5321 §4.5.3.1.6
    about: { en: 'Octets of one line of mail data, with CRLF.', ja: 'メールデータ 1 行のオクテット数の上限です (CRLF を含む)。' } }),
  'smtp.bareLineEnds': choice({ default: 'reject', of: ['reject', 'lenient'],
    about: { en: 'What becomes of mail data with a bare CR or LF. "lenient" only for local pipes.', ja: '単独の CR や LF を含むメールデータの扱いです。"lenient" はローカルのパイプ専用です。' } }),
  'smtp.headerSizeMax': octets({ default: '256KiB', min: 16 * 1024, max: 64 * MIB,
    about: { en: 'The largest header section accepted.', ja: '受け付けるヘッダー部の最大サイズです。' } }),
  'smtp.connectionMax': count({ default: '20000', min: 1, max: 1_000_000,
    about: { en: 'Connections at once, over all listeners.', ja: '同時接続数の上限です (全リスナーの合計)。' } }),
  'smtp.connectionMaxPerNetwork': count({ default: '1000', min: 1, max: 1_000_000,
    about: { en: 'Connections at once from one network: a /24 of IPv4, a /56 of IPv6.', ja: '1 つのネットワーク (IPv4 は /24、IPv6 は /56) からの同時接続数の上限です。' } }),
  'smtp.errorMax': count({ default: '20', min: 1, max: 10_000,
    about: { en: 'Errors of one session, after which it is closed with 421.', ja: '1 セッションのエラー数の上限です。超えると 421 で切断します。' } }),
  'smtp.commandTimeout': duration({ default: '5min', min: 1000, max: 60 * MINUTE, // RFC 5321 §4.5.3.2.7
    about: { en: 'How long the next command is waited for.', ja: '次のコマンドを待つ時間です。' } }),
  'smtp.dataTimeout': duration({ default: '3min', min: 1000, max: 60 * MINUTE, // RFC 5321 §4.5.3.2.5
    about: { en: 'How long the next piece of mail data is waited for.', ja: 'メールデータの続きを待つ時間です。' } }),
  'smtp.sessionTimeout': duration({ default: '6h', min: 1000, max: 30 * 24 * 60 * MINUTE,
    about: { en: 'The whole life of a session; it is ended between two transactions.', ja: 'セッション全体の時間の上限です。トランザクションの合間に終了します。' } }),
  'smtp.dataRateMin': octets({ default: '100',
    about: { en: 'Octets a second that mail data must move by, over smtp.dataTimeout; 0: any.', ja: 'メールデータの最低速度です (1 秒あたりのオクテット数、smtp.dataTimeout の間の平均)。0 は無制限です。' } }),
  'smtp.stopGrace': duration({ default: '30s', max: 60 * MINUTE,
    about: { en: 'At stop, how long transactions under way may take to end.', ja: '停止時に、進行中のトランザクションの完了を待つ時間の上限です。' } }),
  'smtp.proxyNetworks': networks({ default: '',
    about: { en: 'Networks whose connections begin with a PROXY header (v1 or v2).', ja: 'PROXY ヘッダー (v1 または v2) を付けて接続してくるネットワークです。' } }),
  'smtp.relayNetworks': networks({ default: '',
    about: { en: 'Networks that may send to anybody without a password.', ja: 'パスワードなしでどこへでもメールを送れるネットワークです。' } }),
  'smtp.recipientDelimiter': word({ default: '+', shape: /^[!#$%&'*+\-/=?^_`{|}~]?$/, expects: { en: 'one character such as "+", or "" for none', ja: '"+" のような 1 文字、または無効にする ""' },
    about: { en: 'What parts a subaddress from the account: user+tag.', ja: 'アカウントとサブアドレスを分ける文字です (user+tag)。' } }),

  'submission.plainAuthNetworks': networks({ default: '',
    about: { en: 'Networks that may log in without TLS: their passwords can be read on the way.', ja: 'TLS なしの認証を許すネットワークです。パスワードは途中で読み取られるおそれがあります。' } }),
  'submission.checkFrom': flag({ default: 'true',
    about: { en: 'The addresses in From and Sender of what a user submits must be their own; the sender address always must.', ja: '利用者が送るメールの From と Sender のアドレスが、本人のものであることを求めます。差出人アドレスは常に確かめます。' } }),
  'submission.messagesPerHour': count({ default: '1000',
    about: { en: 'Messages that one account may submit within an hour; 0: no limit.', ja: '1 アカウントが 1 時間に送れるメールの通数です。0 は無制限です。' } }),
  'submission.recipientsPerHour': count({ default: '10000',
    about: { en: 'Recipients that one account may submit to within an hour; 0: no limit.', ja: '1 アカウントが 1 時間に送れる宛先の数です。0 は無制限です。' } }),

  'tls.certificate': pathOrNone({ default: '',
    about: { en: 'The certificate, PEM, followed by those that lead to its issuer. Empty: the server makes one of its own. Read again when it changes.', ja: '証明書のファイルです (PEM)。発行者までの証明書を続けて入れます。空の場合は自己署名の証明書を作ります。変更すると読み直されます。' } }),
  'tls.key': pathOrNone({ default: '',
    about: { en: 'Its private key, PEM, not encrypted. Empty: in the file of the certificate.', ja: '証明書の秘密鍵です (PEM、暗号化なし)。空の場合は証明書のファイルから読みます。' } }),
  'tls.certificates': list({ default: '', unit: 'certificate:key', parse: parseCertificatePlace, write: writeCertificatePlace,
    expects: {
      en: 'absolute paths such as ["/etc/letsencrypt/live/mail.example.net"], a directory with fullchain.pem and privkey.pem, or ["/etc/tls/net.crt:/etc/tls/net.key"]',
      ja: '["/etc/letsencrypt/live/mail.example.net"] (fullchain.pem と privkey.pem のあるディレクトリ) または ["/etc/tls/net.crt:/etc/tls/net.key"] のような絶対パス',
    },
    about: { en: 'More certificates, for clients that ask for the names in them (SNI).', ja: '追加の証明書です。クライアントが求める名前 (SNI) に合うものを使います。' } }),

  'delivery.routes': list({ default: '', unit: 'domain target', parse: parseRouteRule, write: writeRouteRule,
    expects: {
      en: 'rules such as ["example.org smtp://relay.example:25 tls=required", "* smtps://relay.example user=me password-file=/etc/relay", ".lists.example lmtp+unix:/run/lmtp"]: a domain, ".domain" or "*"; "mx" or smtp://, smtps://, lmtp://host:port or lmtp+unix:/path; then tls=off, opportunistic or required',
      ja: '["example.org smtp://relay.example:25 tls=required", "* smtps://relay.example user=me password-file=/etc/relay", ".lists.example lmtp+unix:/run/lmtp"] のような規則。順に、ドメイン・".ドメイン"・"*" のいずれか、宛先 ("mx"、smtp://、smtps://、lmtp://ホスト:ポート、lmtp+unix:/パス)、tls=off・opportunistic・required (省略可)',
    },
    about: { en: 'Where mail for a domain goes instead of its MX hosts. The rule that names the domain most closely counts.', ja: 'MX ホストの代わりに使う、ドメインごとの配送先です。ドメインを最も詳しく指定した規則を使います。' } }),
  'delivery.tlsRequired': list({ default: '', unit: 'domain', parse: parseRoutePattern, write: String,
    expects: { en: 'domains such as ["example.org", ".example.net"], or ["*"]', ja: '["example.org", ".example.net"] のようなドメイン、または ["*"]' },
    about: { en: 'Domains whose mail waits rather than go without TLS and a valid certificate. A route with tls= of its own goes by that.', ja: 'TLS と有効な証明書がなければ配送を待つドメインです。tls= のある配送先では、その指定に従います。' } }),
  'delivery.port': count({ default: '25', min: 1, max: 65_535,
    about: { en: 'The port at which MX hosts are called; another than 25 is for tests.', ja: 'MX ホストに接続するポートです。25 以外はテスト用です。' } }),
  'dns.servers': list({ default: '', unit: 'address:port', parse: parseDnsServer, write: writeDnsServer,
    expects: { en: 'addresses such as ["192.0.2.53", "127.0.0.1:5353", "[::1]:53"]', ja: '["192.0.2.53", "127.0.0.1:5353", "[::1]:53"] のようなアドレス' },
    about: { en: 'DNS servers to ask, which must be recursive; empty: those of /etc/resolv.conf.', ja: '問い合わせる DNS サーバー (再帰問い合わせに応じるもの) です。空の場合は /etc/resolv.conf に従います。' } }),
  'delivery.connectionMax': count({ default: '200', min: 1, max: 10_000,
    about: { en: 'Connections to other servers at once.', ja: '他のサーバーへ同時に張る接続の上限です。' } }),
  'delivery.connectionMaxPerDestination': count({ default: '20', min: 1, max: 1000,
    about: { en: 'Of these, to one domain; it begins with fewer, and has as many as the domain bears.', ja: 'そのうち 1 つのドメインへの接続の上限です。少ない数から始め、相手が受け入れる範囲で増やします。' } }),
  'delivery.commandTimeout': duration({ default: '5min', min: 1000, max: 60 * MINUTE, // RFC 5321 §4.5.3.2: at least 5 minutes
    about: { en: 'How long another server may take for a reply; ten minutes for the last one (RFC 5321).', ja: '相手のサーバーの応答を待つ時間です。最後の応答だけは 10 分待ちます (RFC 5321)。' } }),

  'queue.lifetime': duration({ default: '5d', min: MINUTE, max: 60 * 24 * 60 * MINUTE, // RFC 5321 §4.5.4.1: 4 to 5 days
    about: { en: 'How long mail is tried before it is returned to its sender.', ja: '配送を試み続ける期間です。過ぎると差出人に返送します。' } }),
  'queue.delayNotice': duration({ default: '4h', min: MINUTE, max: 60 * 24 * 60 * MINUTE,
    about: { en: 'After so long its sender is told that it is late.', ja: 'この時間が過ぎても届かないとき、差出人に遅延を知らせます。' } }),
  'queue.fullMailboxPatience': duration({ default: '1d', max: 60 * 24 * 60 * MINUTE,
    about: { en: 'So long a mailbox that refuses for good as full (552 5.2.2) is asked again; 0: never.', ja: '満杯を理由に恒久的に拒否された (552 5.2.2) 場合でも、この期間は再試行します。0 は再試行しません。' } }),
  'queue.entriesMax': count({ default: '1000000', max: 100_000_000,
    about: { en: 'Recipients that may wait in the queue; beyond it mail for others is refused for now (452 4.3.1). 0: no limit.', ja: 'キューで待てる宛先数の上限です。超えると外部宛てのメールを一時的に拒否します (452 4.3.1)。0 は無制限です。' } }),
  'queue.octetsMax': octets({ default: '0', max: 2 ** 50,
    about: { en: 'The same in octets of their messages. 0: no limit but the disk.', ja: '同じく、メールの合計サイズの上限です。0 はディスクの空きだけに従います。' } }),

  'reports.languages': list({ default: '', unit: 'address language', parse: parseReportLanguage, write: writeReportLanguage,
    expects: { en: 'rules such as ["ann@example.org ja", "example.jp ja", "* en"]', ja: '["ann@example.org ja", "example.jp ja", "* en"] のような規則' },
    about: { en: 'The language of reports to a sender: by address, domain, or all. Without a rule English, and Japanese beside it under .jp.', ja: '差出人への通知の言語です。アドレス、ドメイン、すべて (*) で指定します。指定がなければ英語で、.jp 宛てには日本語も併記します。' } }),

  'help.level': choice({ default: 'full', of: ['off', 'minimal', 'full'],
    about: { en: 'How much HELP tells.', ja: 'HELP がどこまで答えるかを決めます。' } }),
  'help.showVersion': flag({ default: 'false',
    about: { en: 'HELP shows the version.', ja: 'HELP でバージョンを表示します。' } }),
  'help.freePerSession': count({ default: '20', max: 10_000,
    about: { en: 'HELPs of one session that are answered at once; those after are slowed.', ja: '1 セッションですぐに答える HELP の回数です。それ以降は応答を遅らせます。' } }),
  'help.maxPerSession': count({ default: '60', min: 1, max: 100_000,
    about: { en: 'HELPs of one session, after which it is closed with 421.', ja: '1 セッションの HELP の回数の上限です。超えると 421 で切断します。' } }),
  'help.contact': word({ default: '', shape: /^(?:[\x21-\x3f\x41-\x7e]{1,64}@[a-z0-9.-]{1,255})?$/i, expects: { en: 'an address such as "postmaster@example.org"', ja: '"postmaster@example.org" のようなアドレス' },
    about: { en: 'Who answers for this server; empty: postmaster of hostname.', ja: 'このサーバーの連絡先です。空の場合は hostname の postmaster になります。' } }),
  'help.referenceUrl': word({ default: '', shape: /^(?:https?:\/\/[\x21-\x7e]{1,200}[^/\s])?$/, expects: { en: 'a URL such as "https://mail.example.org", without a slash at its end', ja: '"https://mail.example.org" のような URL (末尾のスラッシュなし)' },
    about: { en: 'Where the pages about replies are, as peers reach them; shown by HELP.', ja: '応答の解説ページの URL です。接続相手から見えるものを指定します。HELP で表示します。' } }),
  'help.linkInRefusals': flag({ default: 'true',
    about: { en: 'Refusals carry a link to the page of their codes, where help.referenceUrl is set.', ja: 'help.referenceUrl があるとき、拒否の応答にコードの解説ページへのリンクを付けます。' } }),

  'quota.mailbox': octets({ default: '1GiB',
    about: { en: 'The limit of an account that has none of its own; 0: none.', ja: '個別の上限がないアカウントの容量上限です。0 は無制限です。' } }),
  'quota.messages': count({ default: '0',
    about: { en: 'Messages of an account that has no limit of its own; 0: no limit.', ja: '個別の上限がないアカウントの通数上限です。0 は無制限です。' } }),
  'quota.domain': octets({ default: '0',
    about: { en: 'The limit that a new domain gets; 0: none.', ja: '新しいドメインに設定する容量上限です。0 は無制限です。' } }),
  'quota.server': octets({ default: '0',
    about: { en: 'The limit of all mail together; 0: none.', ja: 'サーバー全体の容量上限です。0 は無制限です。' } }),
  'quota.revealAtRcpt': flag({ default: 'true',
    about: { en: 'Tell of a full mailbox at RCPT; false: only after the data.', ja: '満杯のメールボックスを RCPT の時点で知らせます。false の場合はメールデータの受信後に知らせます。' } }),
  'quota.permanentAfter': duration({ default: '30d',
    about: { en: 'A mailbox full and unused for so long refuses for good (552 5.2.2); 0: never.', ja: '満杯のまま使われない期間がこれを超えると恒久的に拒否します (552 5.2.2)。0 は無効です。' } }),

  // `auto` bends to small volumes; what is set stands.
  'storage.yellowFloor': octetsOrAuto({ default: 'auto', about: { en: 'YELLOW begins below this much usable space; auto: 2 GiB, on a small volume less.', ja: '使用可能な空き容量がこれを下回ると YELLOW になります。auto は 2 GiB (小さなボリュームでは小さくなります)。' } }),
  'storage.yellowShare': share({ default: '10%', about: { en: 'The same as a share of the volume; the larger of both counts.', ja: '上の値をボリュームに対する割合で指定します。両方のうち大きいほうを使います。' } }),
  'storage.yellowLeaveFloor': octetsOrAuto({ default: 'auto', about: { en: 'YELLOW ends above this; auto: 1.25 times where it began.', ja: '空き容量がこれを上回ると YELLOW を抜けます。auto は YELLOW に入る値の 1.25 倍です。' } }),
  'storage.yellowLeaveShare': share({ default: '12%', about: { en: 'The same as a share of the volume.', ja: '上の値をボリュームに対する割合で指定します。' } }),
  'storage.yellowFloorShareMax': share({ default: '30%', about: { en: 'How much of a small volume the automatic floor may be.', ja: '小さなボリュームで、auto の値が占めてよい割合です。' } }),
  'storage.redFloor': octetsOrAuto({ default: 'auto', about: { en: 'RED begins below this: new mail gets 452 4.3.1; auto: 1 GiB, on a small volume less.', ja: '空き容量がこれを下回ると RED になり、新しいメールに 452 4.3.1 を返します。auto は 1 GiB (小さなボリュームでは小さくなります)。' } }),
  'storage.redShare': share({ default: '5%', about: { en: 'The same as a share of the volume; the larger of both counts.', ja: '上の値をボリュームに対する割合で指定します。両方のうち大きいほうを使います。' } }),
  'storage.redFloorShareMax': share({ default: '20%', about: { en: 'How much of a small volume the automatic floor may be.', ja: '小さなボリュームで、auto の値が占めてよい割合です。' } }),
  'storage.blackFloor': octetsOrAuto({ default: 'auto', about: { en: 'BLACK begins below this: no new sessions; auto: 128 MiB, on a small volume less.', ja: '空き容量がこれを下回ると BLACK になり、新しいセッションを断ります。auto は 128 MiB (小さなボリュームでは小さくなります)。' } }),
  'storage.blackShare': share({ default: '0.5%', about: { en: 'The same as a share of the volume; the larger of both counts.', ja: '上の値をボリュームに対する割合で指定します。両方のうち大きいほうを使います。' } }),
  'storage.blackFloorShareMax': share({ default: '5%', about: { en: 'How much of a small volume the automatic floor may be.', ja: '小さなボリュームで、auto の値が占めてよい割合です。' } }),
  'storage.yellowInodes': share({ default: '10%', about: { en: 'YELLOW begins below this share of free inodes.', ja: '空き inode がこの割合を下回ると YELLOW になります。' } }),
  'storage.redInodes': share({ default: '3%', about: { en: 'RED begins below this share of free inodes.', ja: '空き inode がこの割合を下回ると RED になります。' } }),
  'storage.blackInodes': share({ default: '0.5%', about: { en: 'BLACK begins below this share of free inodes.', ja: '空き inode がこの割合を下回ると BLACK になります。' } }),
  'storage.leaveFactor': share({ default: '125%', max: 10, about: { en: 'A level is left above so much of where it began.', ja: '段階を抜ける値です。その段階に入る値に対する割合で指定します。' } }),
  'storage.dwell': duration({ default: '60s', max: 60 * MINUTE, about: { en: 'How long there must be room again before a level is left.', ja: '空きができてから段階を戻すまでの時間です。' } }),
  'storage.rampFirst': share({ default: '10%', about: { en: 'After RED, this share of MAIL commands is admitted at first …', ja: 'RED を抜けた後、最初に受け付ける MAIL コマンドの割合です。' } }),
  'storage.rampStep': share({ default: '10%', about: { en: '… and so much more with each step.', ja: 'その割合を 1 回に増やす幅です。' } }),
  'storage.rampEvery': duration({ default: '30s', max: 60 * MINUTE, about: { en: 'How long a step lasts; 0: all at once.', ja: '割合を増やす間隔です。0 の場合は一度にすべて受け付けます。' } }),
  'storage.drainReserve': octets({ default: '256MiB', about: { en: 'Room kept for what frees space: deleting, compacting, the queue.', ja: '削除、コンパクション、キュー処理など、空きを作る作業のために残しておく容量です。' } }),
  'storage.ballast': octets({ default: '128MiB', about: { en: 'A file that only takes room, to be given up in need; 0: none.', ja: 'バラスト (容量を占めるだけで、非常時に手放すファイル) のサイズです。0 の場合は作りません。' } }),
  'storage.capacity': octets({ default: '0', about: { en: 'Use no more of the volume than this; 0: all of it.', ja: 'ボリュームのうち使ってよい容量です。0 の場合は全体を使います。' } }),
  'storage.postmasterLane': flag({ default: 'true', about: { en: 'Under RED, small mail to postmaster is still taken.', ja: 'RED でも postmaster 宛ての小さなメールは受け付けます。' } }),
  'storage.postmasterPool': octets({ default: '16MiB', about: { en: 'What that mail may take under RED, in all.', ja: 'RED の間にそのメールが使ってよい合計容量です。' } }),
  'storage.postmasterMessageMax': octets({ default: '256KiB', about: { en: 'What one message of it may take.', ja: 'そのメール 1 通の最大サイズです。' } }),
  'storage.clientHoldMessages': count({ default: '8', min: 1, max: 10_000, about: { en: 'What one client may hold at once, in messages of the largest size.', ja: '1 クライアントが同時に予約できる容量です (最大サイズのメールの通数)。' } }),
  'storage.refuseAtData': flag({ default: 'true', about: { en: 'Refuse at DATA when the room has gone since MAIL.', ja: 'MAIL の後に空きがなくなった場合、DATA で断ります。' } }),
  'storage.force': choice({ default: 'off', of: ['off', 'green', 'yellow', 'red', 'black'], about: { en: 'A level forced for maintenance and tests.', ja: '保守やテストのために強制する段階です。' } }),

  'store.segmentSize': octets({ default: '64MiB', min: MIB, max: 1024 * MIB, about: { en: 'The size of one file of stored mail; at most 1/32 of the volume or of storage.capacity, but 1 MiB at least.', ja: 'メールを保存するファイル 1 つのサイズです。ボリュームまたは storage.capacity の 1/32 を超えません (ただし 1 MiB 以上)。' } }),

  'log.file': path({ default: '{data}/log/restante.log', about: { en: 'The log, JSON lines; "-" is standard output.', ja: 'ログ (JSON Lines) の場所です。"-" は標準出力です。' } }),
  'log.level': choice({ default: 'info', of: ['debug', 'info', 'warn', 'error'], about: { en: 'The least level that is logged.', ja: '記録するログの最低レベルです。' } }),
  'log.sizeMax': octets({ default: '64MiB', min: 64 * 1024, about: { en: 'The log is turned over at this size.', ja: 'このサイズになるとログを切り替えます。' } }),
  'log.files': count({ default: '8', min: 1, max: 1000, about: { en: 'Log files kept, with the one being written.', ja: '残しておくログファイルの数です (書き込み中のものを含む)。' } }),

  'control.socket': path({ default: '{data}/control.sock', about: { en: 'Where the command line speaks to the running server.', ja: 'コマンドラインが稼働中のサーバーと通信するソケットです。' } }),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The settings as the program uses them: octets and milliseconds are numbers, `null` is off. */
export type Settings = { readonly [Key in SettingKey]: ValueOf<(typeof SETTINGS)[Key]> };
