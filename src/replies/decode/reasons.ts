/** The published vocabulary of reasons: what a failure is about, whatever the code that carried it. */
import type { Wording } from '../../base/language.ts';
import type { Actor } from '../catalogue.ts';

export interface ReasonText {
  readonly name: Wording;
  /** What happened: a sentence that stands alone. */
  readonly meaning: Wording;
  readonly actors: readonly Actor[];
  /** What to do now, for who sent the mail and for who runs the receiving server. */
  readonly sender: Wording;
  readonly manager: Wording;
}

// prettier-ignore
export const REASON_NAMES = [
  'mailbox-full', 'system-full', 'message-too-big', 'too-many-recipients', 'user-unknown', 'mailbox-disabled', 'user-moved',
  'host-unknown', 'null-mx', 'relaying-denied', 'auth-required', 'auth-failure', 'tls-required', 'rate-limited',
  'too-many-connections', 'greylisted', 'reputation', 'reverse-dns', 'policy', 'spam', 'virus', 'content', 'syntax', 'protocol',
  'filtered', 'suspended', 'not-accepting', 'expired', 'network', 'loop', 'mailer-error', 'system-error', 'delivered', 'vacation',
  'feedback-loop', 'unknown',
] as const;

export type Reason = (typeof REASON_NAMES)[number];

/** The texts of a reason, each as English, then Japanese. */
type Texts = readonly [name: Pair, meaning: Pair, actors: readonly Actor[], sender: Pair, manager: Pair];
type Pair = readonly [en: string, ja: string];

// prettier-ignore
const TEXTS: Record<Reason, Texts> = {
  'mailbox-full': [
    ['Mailbox full', 'メールボックスが満杯'],
    ['The recipient’s mailbox has no room for the message.', '受信者のメールボックスに、このメールを入れる空きがありません。'],
    ['recipient', 'manager'],
    ['Tell the recipient by another way that the mailbox is full, and send again after it was cleared.', 'メールボックスが満杯であることを別の手段で受信者に伝え、整理された後で再送してください。'],
    ['Ask the owner to delete mail, or raise the quota of this mailbox.', '利用者にメールの削除を頼むか、このメールボックスの容量上限を上げてください。'],
  ],
  'system-full': [
    ['Server out of storage', 'サーバーの空き容量不足'],
    ['The receiving server as a whole has too little free space; the mailbox is not the cause.', '受信側のサーバー全体の空き容量が足りません。個々のメールボックスが原因ではありません。'],
    ['manager'],
    ['Wait: the sending server tries again by itself. Nothing in the message has to change.', '待ってください。送信側のサーバーが自動で再送します。メールを直す必要はありません。'],
    ['Free space on the volumes of the spool and the mail store, and watch their free space.', 'スプールとメールを保存するボリュームに空きを作り、空き容量を監視してください。'],
  ],
  'message-too-big': [
    ['Message too big', 'メールのサイズ超過'],
    ['The message is larger than the receiving side accepts.', 'メールのサイズが、受信側の受け付ける上限を超えています。'],
    ['sender', 'manager'],
    ['Make the message smaller: send large files by a link, or in parts.', 'メールを小さくしてください。大きなファイルはリンクで渡すか、分けて送ります。'],
    ['If the limit is too low for your users, raise the maximum message size.', '上限が利用者に合わないなら、メールの最大サイズを上げてください。'],
  ],
  'too-many-recipients': [
    ['Too many recipients', '宛先が多すぎる'],
    ['The server takes no more recipients in this transaction.', 'サーバーは、このトランザクションでこれ以上の宛先を受け付けません。'],
    ['sender'],
    ['Send the rest of the recipients in another transaction, or split the list.', '残りの宛先を別のトランザクションで送るか、宛先の一覧を分けてください。'],
    ['Accept at least 100 recipients for one message, and refuse the rest with 452 4.5.3.', '1 通につき少なくとも 100 件の宛先を受け付け、超えた分は 452 4.5.3 で拒否してください。'],
  ],
  'user-unknown': [
    ['No such user', '宛先が存在しない'],
    ['The receiving server knows no mailbox of this name.', '受信側のサーバーに、この名前のメールボックスはありません。'],
    ['sender'],
    ['Check the spelling of the address. If it is right, remove it from your lists and ask the recipient for a new one.', '宛先のつづりを確認してください。正しければ配信リストから外し、新しいアドレスを受信者に尋ねてください。'],
    ['If the address should exist, create the account or an alias.', '存在するはずの宛先なら、アカウントかエイリアスを作成してください。'],
  ],
  'mailbox-disabled': [
    ['Mailbox disabled', 'メールボックスが無効'],
    ['The mailbox exists, but it is switched off and takes no mail.', 'メールボックスはありますが、無効にされていてメールを受け取れません。'],
    ['recipient', 'manager'],
    ['Reach the recipient by another way, and send no more to this address until it works again.', '別の手段で受信者に連絡し、使えるようになるまでこの宛先への送信を止めてください。'],
    ['Enable the mailbox if the recipient should get mail.', '受信させるべき利用者なら、メールボックスを有効にしてください。'],
  ],
  'user-moved': [
    ['Recipient has moved', '受信者のアドレス変更'],
    ['The recipient has left this address for another one.', '受信者はこのアドレスを使わなくなり、別のアドレスへ移りました。'],
    ['sender'],
    ['Use the new address if the reply names one, and correct your lists.', '応答に新しいアドレスが書かれていればそれを使い、配信リストを直してください。'],
    ['Forward mail for a while if the new address may be used.', '新しいアドレスを使ってよければ、しばらくの間メールを転送してください。'],
  ],
  'host-unknown': [
    ['Domain not found', 'ドメインが見つからない'],
    ['The domain of the address has no mail server that DNS knows of.', '宛先のドメインのメールサーバーが DNS で見つかりません。'],
    ['sender', 'manager'],
    ['Check the part of the address after the @. If it is right, the domain may have been given up.', '宛先の @ より後ろを確認してください。正しければ、ドメインが廃止された可能性があります。'],
    ['Check the MX and address records of the domain, and that the domain has not expired.', 'ドメインの MX レコードとアドレスレコード、ドメインの有効期限を確認してください。'],
  ],
  'null-mx': [
    ['Domain takes no mail', 'メールを受け取らないドメイン'],
    ['The domain says in DNS that it never takes mail (a null MX record).', 'このドメインは、メールを一切受け取らないと DNS で宣言しています (null MX)。'],
    ['sender'],
    ['Use another address of the recipient; this domain will not accept any.', '受信者の別のアドレスを使ってください。このドメインはメールを受け付けません。'],
    ['If the domain should get mail, replace the null MX record by a real one.', 'メールを受け取るべきドメインなら、null MX を本来の MX レコードに置き換えてください。'],
  ],
  'relaying-denied': [
    ['Relaying denied', '中継の拒否'],
    ['The server is not responsible for the recipient’s domain and does not pass mail on for this client.', 'サーバーは、宛先のドメインのメールを受け持っておらず、この送信元からのメールを中継しません。'],
    ['sender', 'manager'],
    ['Log in to your own provider’s submission server. If you did, check the recipient’s domain.', '契約している事業者の送信用サーバーで、認証してから送ってください。認証していたなら、宛先のドメインを確認してください。'],
    ['If the domain is yours, add it to the domains that the server accepts, and check where its MX records point.', '自分のドメインなら、サーバーが受け付けるドメインに加え、MX レコードの指す先を確認してください。'],
  ],
  'auth-required': [
    ['Login required or failed', '認証が必要、または失敗'],
    ['The server wants a login that was missing or not accepted.', 'サーバーは認証を求めていますが、送信側が認証していないか、認証に失敗しました。'],
    ['sender'],
    ['Turn on authentication in the mail program, and check the user name and the password.', 'メールソフトで認証を有効にし、ユーザー名とパスワードを確認してください。'],
    ['If mail from other servers gets this reply, check that port 25 does not ask for a login.', '外部のサーバーからのメールにこの応答を返しているなら、25 番ポートで認証を求めていないか確認してください。'],
  ],
  'auth-failure': [
    ['SPF, DKIM or DMARC failed', '送信ドメイン認証の失敗'],
    ['The message did not pass the authentication of the sending domain (SPF, DKIM or DMARC).', 'メールが送信ドメイン認証 (SPF、DKIM、DMARC) に合格しませんでした。'],
    ['sender'],
    ['Publish SPF and DKIM records that cover the sending server, and align them with the From domain.', 'SPF レコードに送信サーバーを含め、DKIM の公開鍵を公開し、どちらも From のドメインと一致させてください。'],
    ['Forwarded mail breaks SPF: accept an aligned DKIM signature or ARC where you trust the forwarder.', '転送されたメールは SPF に失敗します。信頼できる転送元なら、From と一致する DKIM 署名か ARC を認めてください。'],
  ],
  'tls-required': [
    ['Encryption failed or required', '暗号化が必要、または失敗'],
    ['The connection had to be encrypted with TLS, and that was not done or did not work.', '接続を TLS で暗号化する必要がありますが、暗号化されなかったか、失敗しました。'],
    ['sender', 'manager'],
    ['Let the sending server use STARTTLS with a current version of TLS.', '送信サーバーで、新しいバージョンの TLS による STARTTLS を使ってください。'],
    ['Check certificate, protocol versions, MTA-STS policy and TLSA records of the server.', 'サーバーの証明書、プロトコルのバージョン、MTA-STS ポリシー、TLSA レコードを確認してください。'],
  ],
  'rate-limited': [
    ['Sending too fast', '送信量の制限'],
    ['The server limits how much mail it takes from this sender, or for this recipient, in a time.', 'サーバーは、一定時間に受け付けるメールの量を、送信元または宛先ごとに制限しています。'],
    ['sender'],
    ['Send more slowly and let the queue try again later.', '送信の速度を落とし、再送はサーバーのキューに任せてください。'],
    ['If the sender is a good one, raise its limit.', '問題のない送信元なら、制限を緩めてください。'],
  ],
  'too-many-connections': [
    ['Too many connections', '接続数の超過'],
    ['The server has no free place for another connection, or not for this client.', 'サーバーには、新しい接続、またはこのクライアントからの接続を受け付ける余裕がありません。'],
    ['sender', 'manager'],
    ['Open fewer connections at the same time and use each for several messages.', '同時接続数を減らし、1 つの接続で複数のメールを送ってください。'],
    ['Check the load and the limits of connections, for all and for one client.', '負荷と、全体およびクライアントごとの接続数の上限を確認してください。'],
  ],
  greylisted: [
    ['Greylisted', 'グレイリスト'],
    ['The server does not know this sender yet and asks it to come again in some minutes.', 'サーバーは初めての送信元に対し、数分後に再送するよう求めています。'],
    ['nobody'],
    ['Nothing has to be done: a mail server tries again by itself, and then it is accepted.', '何もする必要はありません。メールサーバーが自動で再送し、そのときに受け付けられます。'],
    ['If important senders wait too long, put them on the list of known ones.', '重要な送信元が待たされるなら、既知の送信元の一覧に加えてください。'],
  ],
  reputation: [
    ['Blocked by reputation', '送信元の評価による拒否'],
    ['The address or the domain of the sending server is on a blocklist or has a bad reputation.', '送信サーバーの IP アドレスかドメインがブロックリストに載っているか、評価が低くなっています。'],
    ['sender'],
    ['Find the list that the reply names, end the cause (a hijacked account, an infected host), then ask for removal.', '応答文が示すブロックリストを調べ、原因 (乗っ取られたアカウント、感染した機器など) を除いてから、解除を申請してください。'],
    ['If the sender is wanted, put its address on your list of allowed ones.', '受け取りたい送信元なら、許可リストに加えてください。'],
  ],
  'reverse-dns': [
    ['No valid reverse DNS', '逆引き DNS の不備'],
    ['The sending server’s address has no name in reverse DNS, or one that does not lead back to it.', '送信サーバーの IP アドレスに逆引きの名前がないか、その名前から元の IP アドレスを引けません。'],
    ['sender'],
    ['Let your network provider set a PTR record whose name resolves to the same address.', '回線事業者に PTR レコードを設定してもらい、その名前から同じ IP アドレスを引けるようにしてください。'],
    ['Make an exception for this client if you need its mail.', '必要なメールなら、この送信元を例外にしてください。'],
  ],
  policy: [
    ['Refused by policy', '方針による拒否'],
    ['A rule of the receiving side forbids this message or this sender.', '受信側の規則が、このメールまたは差出人を認めていません。'],
    ['sender', 'manager'],
    ['Read the rest of the reply for the rule, and ask the receiving side’s manager.', '応答文の続きからどの規則かを読み取り、受信側の管理者に問い合わせてください。'],
    ['Find in the log which rule refused it, and make an exception if it should pass.', 'どの規則が拒否したかをログで調べ、通すべきなら例外を設けてください。'],
  ],
  spam: [
    ['Taken for spam', '迷惑メールと判定'],
    ['The receiving side took the message for spam.', '受信側が、このメールを迷惑メールと判定しました。'],
    ['sender'],
    ['Check text, links and attachments, and that SPF, DKIM and DMARC pass; do not send the same again and again.', '文面、リンク、添付ファイルと、SPF、DKIM、DMARC の合格を確認してください。同じものを繰り返し送らないでください。'],
    ['If the message was wanted, teach the filter or allow the sender.', '必要なメールだったなら、フィルターに学習させるか、差出人を許可してください。'],
  ],
  virus: [
    ['Virus found', 'ウイルスの検出'],
    ['The receiving side found malicious software in the message.', '受信側が、メールの中に悪意のあるプログラムを検出しました。'],
    ['sender'],
    ['Scan your computer, and send the message without the attachment.', 'コンピューターをウイルス検査し、添付ファイルを外して送り直してください。'],
    ['If the scanner was wrong, report it to its maker.', '誤検出なら、検査ソフトの開発元に報告してください。'],
  ],
  content: [
    ['Content not accepted', 'メールの内容を拒否'],
    ['The form of the message or one of its parts is not accepted: header fields, MIME or a kind of attachment.', 'メールの形式か一部 (ヘッダー、MIME、添付ファイルの種類) が受け付けられません。'],
    ['sender'],
    ['Correct the header fields, or leave out the attachment of that kind.', 'ヘッダーを直すか、その種類の添付ファイルを外してください。'],
    ['Find in the log which check failed, and see whether it is too strict.', 'どの検査で失敗したかをログで調べ、厳しすぎないか確認してください。'],
  ],
  syntax: [
    ['Syntax error', '構文の誤り'],
    ['The server could not read a command or an address.', 'サーバーは、コマンドまたはアドレスを解釈できませんでした。'],
    ['sender'],
    ['Check the address for spaces, brackets and characters that do not belong there.', 'アドレスに余計な空白や括弧、使えない文字が含まれていないか確認してください。'],
    ['Compare the command in the log with the grammar; some clients are not exact.', 'ログのコマンドを文法と照らし合わせてください。正確でないクライアントもあります。'],
  ],
  protocol: [
    ['Protocol error', 'プロトコルの誤り'],
    ['Client and server did not agree on the course of the session.', 'クライアントとサーバーの間で、セッションの手順が食い違いました。'],
    ['sender', 'manager'],
    ['Report it to the manager of your mail server; the text of the message is not the cause.', 'お使いのメールサーバーの管理者に連絡してください。メールの文面は原因ではありません。'],
    ['Look at the whole session in the log, also for firewalls that change the traffic.', 'ログでセッション全体を確認してください。通信を書き換えるファイアウォールにも注意します。'],
  ],
  filtered: [
    ['Rejected by a filter', 'フィルターによる拒否'],
    ['A filter of the recipient or the provider refused the message, without saying that the address is wrong.', '受信者または事業者のフィルターがメールを拒否しました。宛先の誤りとは限りません。'],
    ['recipient', 'sender'],
    ['Ask the recipient by another way to allow mail from your address or domain.', '別の手段で受信者に連絡し、差出人のアドレスまたはドメインからのメールを許可してもらってください。'],
    ['Check the user’s filter settings: lists of allowed senders, refusal of mail from computers or with links.', '利用者の受信設定 (許可リスト、パソコンからのメールや URL 付きメールの拒否など) を確認してください。'],
  ],
  suspended: [
    ['Account suspended', 'アカウントの停止'],
    ['The recipient’s account was suspended: not used, not paid or blocked.', '受信者のアカウントは停止されています (長期未使用、未払い、利用制限など)。'],
    ['recipient', 'manager'],
    ['Reach the recipient by another way, and stop sending to the address.', '別の手段で受信者に連絡し、この宛先への送信を止めてください。'],
    ['See why the account was suspended, and open it again if it should work.', '停止の理由を確認し、使わせるべきアカウントなら再開してください。'],
  ],
  'not-accepting': [
    ['Host accepts no mail', 'ホストがメールを受け付けない'],
    ['The host does not accept mail at all, or not now.', 'このホストは、一時的に、または恒久的に、メールを受け付けていません。'],
    ['manager', 'sender'],
    ['Check the domain of the address; if it is right, ask the recipient for another address.', '宛先のドメインを確認してください。正しければ、別のアドレスを受信者に尋ねてください。'],
    ['If mail should arrive here, check the MX records and the state of the mail service.', 'ここでメールを受けるはずなら、MX レコードとメールサービスの状態を確認してください。'],
  ],
  expired: [
    ['Gave up after many attempts', '再送期限切れ'],
    ['The sending server tried for days without success and gave up.', '送信サーバーは何日も再送を続けましたが、届かないまま期限が切れました。'],
    ['sender', 'manager'],
    ['Read the last error that the report gives; send again when that is settled.', '不達通知に書かれた最後のエラーを読み、それが解消されてから送り直してください。'],
    ['Check that the server was reachable from outside during that time.', '再送が続いていた間、サーバーに外部から接続できたかどうかを確認してください。'],
  ],
  network: [
    ['Connection failed', '接続の失敗'],
    ['The sending server could not reach the receiving server, or the connection broke.', '送信サーバーが受信側のサーバーに接続できなかったか、接続が途切れました。'],
    ['manager', 'sender'],
    ['Wait: the sending server tries again by itself. If it goes on, tell the receiving side.', '待ってください。送信側のサーバーが自動で再送します。続くようなら受信側に知らせてください。'],
    ['Check that the server runs, that port 25 is open, and that routes and firewalls let traffic pass.', 'サーバーの稼働、25 番ポートの開放、経路とファイアウォールを確認してください。'],
  ],
  loop: [
    ['Mail loop', 'メールのループ'],
    ['The message went in a circle between servers or forwarding rules.', 'メールがサーバー間または転送設定の間を回り続けました。'],
    ['manager'],
    ['Tell the receiving side; you cannot end the loop yourself.', '受信側に知らせてください。送信者の側ではループを止められません。'],
    ['Check forwarding, aliases and MX records: one of them leads back to the start.', '転送、エイリアス、MX レコードを確認してください。どれかが出発点に戻っています。'],
  ],
  'mailer-error': [
    ['Delivery program failed', '配送プログラムの失敗'],
    ['A program that delivers or forwards mail for the recipient failed.', '受信者のメールを配送または転送するプログラムが失敗しました。'],
    ['recipient', 'manager'],
    ['Tell the recipient by another way; the cause is in the settings on the receiving side.', 'メールが届かないことを別の手段で受信者に伝えてください。原因は受信側の設定にあります。'],
    ['Look at the command in the forwarding file and its exit status in the log.', '転送ファイルのコマンドと、ログに残る終了コードを確認してください。'],
  ],
  'system-error': [
    ['Error in the mail system', 'メールシステムの障害'],
    ['The mail system failed for a cause of its own: configuration, files or a service that it needs.', 'メールシステム自身の原因 (設定、ファイル、必要なサービスなど) で失敗しました。'],
    ['manager'],
    ['Wait if the failure is temporary; otherwise tell the manager of the server that the report names.', '一時的な失敗なら待ってください。そうでなければ、不達通知に書かれたサーバーの管理者に知らせてください。'],
    ['Look in the server’s log for the time of the reply.', '応答した時刻のサーバーのログを確認してください。'],
  ],
  delivered: [
    ['Delivered', '配送完了'],
    ['The command was done, or the message was delivered or passed on.', 'コマンドが完了したか、メールが配送されたか、次のサーバーへ渡されました。'],
    ['nobody'],
    ['Nothing has to be done.', '何もする必要はありません。'],
    ['Nothing has to be done.', '何もする必要はありません。'],
  ],
  vacation: [
    ['Automatic answer', '自動応答'],
    ['This is an automatic answer of the recipient, for example about an absence; the message arrived.', 'これは不在通知などの自動応答です。メールは届いています。'],
    ['nobody'],
    ['Nothing has to be done; wait until the recipient is back, or write to the substitute.', '何もする必要はありません。受信者の復帰を待つか、代理の人に連絡してください。'],
    ['Nothing has to be done.', '何もする必要はありません。'],
  ],
  'feedback-loop': [
    ['Complaint of a recipient', '受信者からの苦情'],
    ['A recipient marked the message as spam, and the provider reports it to the sender.', '受信者がこのメールを迷惑メールとして報告し、事業者が送信元に通知しています。'],
    ['sender'],
    ['Take the recipient off the list at once, and look at how the address came there.', '直ちにこの受信者を配信リストから外し、アドレスの入手方法を見直してください。'],
    ['Nothing has to be done on the receiving side.', '受信側ですることはありません。'],
  ],
  unknown: [
    ['Reason not given', '理由が不明'],
    ['The text does not say why.', '応答文からは理由が分かりません。'],
    ['sender', 'manager'],
    ['Ask the manager of the receiving side and quote the whole reply with its time.', '応答の全文と時刻を示して、受信側の管理者に問い合わせてください。'],
    ['Look in the server’s log for the time of the reply, and let the server give a clearer text.', '応答した時刻のサーバーのログを確認し、理由の分かる応答文を返すようにしてください。'],
  ],
};

export const REASONS = Object.fromEntries(
  REASON_NAMES.map((name) => [name, reasonText(TEXTS[name])]),
) as Record<Reason, ReasonText>;

function reasonText([name, meaning, actors, sender, manager]: Texts): ReasonText {
  return {
    name: wording(name),
    meaning: wording(meaning),
    actors,
    sender: wording(sender),
    manager: wording(manager),
  };
}

function wording([en, ja]: Pair): Wording {
  return { en, ja };
}
