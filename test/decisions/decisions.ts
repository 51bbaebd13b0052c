/**
 * The decision table of storage: what is said when there is no room, or might be none. The tests beside it play each row through
 * real sockets, in each way to send mail; `tools/docs/decisions.ts` makes the reference of it.
 */
import type { Wording } from '../../src/base/language.ts';
import type { ReplyName } from '../../src/replies/register.ts';

/** How a client sends one message. */
export const WAYS = ['data', 'bdat', 'pipelined', 'lmtp'] as const;
export type Way = (typeof WAYS)[number];

export type Group = 'mail' | 'rcpt' | 'data' | 'end' | 'lifecycle';

export interface Decision {
  /** The test file that plays it. */
  readonly group: Group;
  readonly situation: Wording;
  readonly phase: Wording;
  /** In the order of their phases; none: nothing but the usual replies. */
  readonly replies: readonly ReplyName[];
  readonly closes?: true;
  /** Ways in which there is no such situation, and why. */
  readonly except?: Readonly<Partial<Record<Way, string>>>;
}

const CONNECT: Wording = { en: 'connection', ja: '接続時' };
const HELLO: Wording = { en: 'connection, EHLO', ja: '接続時、EHLO' };
const MAIL: Wording = { en: 'MAIL', ja: 'MAIL' };
const RCPT: Wording = { en: 'RCPT', ja: 'RCPT' };
const DATA: Wording = { en: 'DATA or BDAT', ja: 'DATA または BDAT' };
const INSIDE: Wording = { en: 'inside the data', ja: 'データの途中' };
const END: Wording = { en: 'end of the data', ja: 'データの終わり' };
const END_SMTP: Wording = { en: 'end of the data (SMTP)', ja: 'データの終わり (SMTP)' };
const END_LMTP: Wording = { en: 'end of the data (LMTP)', ja: 'データの終わり (LMTP)' };
const ANY: Wording = { en: 'any', ja: 'すべての場面' };

const SAID_BEFORE_A_COMMAND = 'it is said before a command is heard';
const NOT_FOR_THE_QUEUE =
  'said to who submits mail (test/submission); what comes from other servers never goes into the queue';
const ONE_REPLY_FOR_ALL = 'SMTP has one reply for all recipients: S34 and S35';
const ONE_REPLY_EACH = 'LMTP answers for each recipient: S36';

// prettier-ignore
export const DECISIONS = {
  S01: { group: 'mail', phase: CONNECT, replies: ['not-accepting'], closes: true,
    situation: { en: 'level BLACK', ja: '段階が BLACK です' },
    except: { bdat: SAID_BEFORE_A_COMMAND, pipelined: SAID_BEFORE_A_COMMAND } },
  S02: { group: 'mail', phase: HELLO, replies: ['greeting', 'hello'],
    situation: { en: 'level RED: the greeting and SIZE are as always', ja: '段階が RED です。挨拶と SIZE の通知は通常どおりです' },
    except: { bdat: 'the hello is the same', pipelined: 'the hello is the same' } },
  S03: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'level RED, SIZE beyond what postmaster may get, or any SIZE when the postmaster lane is off', ja: '段階が RED で、SIZE が postmaster 宛てのメールの上限を超えています (postmaster 用の枠が無効なら、どの SIZE でも同じです)' } },
  S03b: { group: 'mail', phase: { en: 'MAIL, then RCPT', ja: 'MAIL、続いて RCPT' }, replies: ['sender-ok', 'recipient-ok', 'storage-full'],
    situation: { en: 'level RED, SIZE small or not said: only postmaster is accepted as a recipient', ja: '段階が RED で、SIZE が小さいか指定がありません。宛先として受け付けるのは postmaster だけです' } },
  S04: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'level YELLOW, SIZE not said or beyond the share of one message', ja: '段階が YELLOW で、SIZE の指定がないか、1 通に使ってよい割合を超えています' } },
  S05: { group: 'mail', phase: MAIL, replies: ['message-too-big'],
    situation: { en: 'SIZE beyond the fixed maximum', ja: 'SIZE が固定の上限を超えています' } },
  S06: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'SIZE within the maximum, but more than there is room for', ja: 'SIZE は上限以内ですが、空き容量が足りません' } },
  S07: { group: 'mail', phase: MAIL, replies: ['bad-size'],
    situation: { en: 'SIZE is not a number, has more than 20 digits, or is said twice', ja: 'SIZE が数値でないか、20 桁を超えているか、重複しています' } },
  S08: { group: 'mail', phase: MAIL, replies: ['size-needs-ehlo'],
    situation: { en: 'SIZE after HELO', ja: 'HELO の後に SIZE が指定されました' },
    except: { bdat: 'BDAT needs EHLO, too', lmtp: 'LMTP has no HELO' } },
  S09: { group: 'mail', phase: MAIL, replies: ['sender-ok'],
    situation: { en: 'SIZE=0 or not said, level GREEN', ja: 'SIZE=0 または指定なしで、段階が GREEN です' } },
  S10: { group: 'rcpt', phase: RCPT, replies: ['mailbox-full'],
    situation: { en: 'mailbox full, by what it has and what is on its way', ja: 'メールボックスが満杯です (保存済みと受信中の合計)' } },
  S11: { group: 'rcpt', phase: RCPT, replies: ['mailbox-short'],
    situation: { en: 'the mailbox has room, but not enough for this SIZE', ja: 'メールボックスに空きはありますが、この SIZE には足りません' } },
  S12: { group: 'rcpt', phase: RCPT, replies: ['message-too-big-for-mailbox'],
    situation: { en: 'SIZE beyond the limit of the mailbox, or of its messages: it can never fit', ja: 'SIZE がメールボックスの容量または 1 通の上限を超えており、空きができても収まりません' } },
  S13: { group: 'rcpt', phase: RCPT, replies: ['mailbox-abandoned'],
    situation: { en: 'mailbox full for longer than quota.permanentAfter, with no login in that time', ja: 'quota.permanentAfter より長く満杯のままで、その間にログインがありません' } },
  S14: { group: 'rcpt', phase: RCPT, replies: ['domain-full'],
    situation: { en: 'the pool of the domain is used up', ja: 'ドメイン全体の容量上限に達しています' } },
  S15: { group: 'rcpt', phase: RCPT, replies: ['mailbox-disabled', 'mailbox-disabled-now'],
    situation: { en: 'mailbox disabled, for good or for now', ja: 'メールボックスが停止しています (恒久的、または一時的)' } },
  S16: { group: 'rcpt', phase: RCPT, replies: ['cannot-check-mailbox'],
    situation: { en: 'nobody answers who knows the mailbox', ja: 'メールボックスの有無を答える仕組みが応答しません' } },
  S17: { group: 'rcpt', phase: RCPT, replies: ['too-many-recipients'],
    situation: { en: 'more recipients than one transaction may have', ja: '1 トランザクションの宛先数の上限を超えています' } },
  S18: { group: 'rcpt', phase: RCPT, replies: ['recipients-forbidden'],
    situation: { en: 'site policy forbids so many recipients for one message', ja: 'サイトの方針により、1 通にこれほど多くの宛先は認められていません' } },
  S19: { group: 'rcpt', phase: RCPT, replies: ['mailbox-full'],
    situation: { en: 'alias or list, all members full', ja: 'エイリアスまたはリストで、全員が満杯です' } },
  S20: { group: 'rcpt', phase: RCPT, replies: ['recipient-ok'],
    situation: { en: 'alias or list, some members full: their copies wait', ja: 'エイリアスまたはリストで、一部が満杯です。その人の分は空きができるまで待ちます' } },
  S21: { group: 'rcpt', phase: RCPT, replies: ['storage-full'],
    situation: { en: 'the volume has no room for this recipient', ja: 'この宛先の分の空きがボリュームにありません' } },
  S22: { group: 'data', phase: DATA, replies: ['no-valid-recipients'],
    situation: { en: 'no recipient was accepted', ja: '受け付けた宛先が 1 つもありません' } },
  S23: { group: 'data', phase: { en: 'DATA, instead of 354; the first BDAT', ja: 'DATA (354 の代わり)、最初の BDAT' }, replies: ['storage-full'],
    situation: { en: 'level RED or BLACK since MAIL, or no room can be held', ja: 'MAIL の後で段階が RED または BLACK になったか、容量を予約できません' } },
  S24: { group: 'end', phase: END, replies: ['storage-full'],
    situation: { en: 'the disk is full while the data comes', ja: 'データの受信中にディスクが満杯になりました' },
    except: { bdat: 'each chunk has its own reply: S25' } },
  S25: { group: 'data', phase: { en: 'that BDAT', ja: 'その BDAT' }, replies: ['storage-full', 'chunk-refused'],
    situation: { en: 'the same in chunks: later BDAT get 503 until RSET', ja: 'チャンク転送で同じことが起きました。以後の BDAT は RSET まで 503 になります' },
    except: { data: 'no chunks: S24', pipelined: 'no chunks: S24', lmtp: 'no chunks: S24' } },
  S26: { group: 'data', phase: INSIDE, replies: ['discard-limit'], closes: true,
    situation: { en: 'refused data goes on for more than 10 minutes or twice the maximum', ja: '拒否したデータが 10 分以上、または上限の 2 倍を超えて続いています' },
    except: { bdat: 'a chunk says its size before it comes: what we would not swallow gets 552 5.3.4 at once, and the connection closes' } },
  S27: { group: 'end', phase: END, replies: ['message-too-big'],
    situation: { en: 'the message is beyond the fixed maximum', ja: 'メールが固定の上限を超えました' } },
  S28: { group: 'end', phase: END, replies: ['message-kept'],
    situation: { en: 'the message is bigger than its SIZE, and there is room', ja: 'メールが SIZE の値より大きいものの、空きがあります' } },
  S29: { group: 'end', phase: END, replies: ['storage-full'],
    situation: { en: 'the message is bigger than its SIZE, and no more room can be held', ja: 'メールが SIZE の値より大きく、これ以上の容量を予約できません' } },
  S30: { group: 'end', phase: END, replies: ['storage-full'],
    situation: { en: 'keeping it fails: no space (ENOSPC, EDQUOT)', ja: '保存に失敗しました: 容量不足 (ENOSPC、EDQUOT)' } },
  S31: { group: 'end', phase: END, replies: ['local-error'],
    situation: { en: 'keeping it fails: the disk does not work (EIO)', ja: '保存に失敗しました: ディスク障害 (EIO)' } },
  S32: { group: 'end', phase: END, replies: ['misconfigured'],
    situation: { en: 'keeping it fails: the disk may not be written (EROFS, EACCES)', ja: '保存に失敗しました: 書き込み不可 (EROFS、EACCES)' } },
  S33: { group: 'end', phase: { en: 'connection; end of the data', ja: '接続時、データの終わり' }, replies: ['no-more-sessions', 'out-of-resources'],
    situation: { en: 'too many open files, or no memory (EMFILE, ENFILE, ENOMEM); too many sessions', ja: 'ファイル記述子またはメモリーの不足 (EMFILE、ENFILE、ENOMEM)、またはセッション数の超過' } },
  S34: { group: 'end', phase: END_SMTP, replies: ['mailbox-full'],
    situation: { en: 'all recipients turn out to be full', ja: '受信後に、宛先がすべて満杯と分かりました' },
    except: { lmtp: ONE_REPLY_EACH } },
  S35: { group: 'end', phase: END_SMTP, replies: ['message-kept'],
    situation: { en: 'some recipients turn out to be full: their copies wait', ja: '受信後に、一部の宛先が満杯と分かりました。その人の分は空きができるまで待ちます' },
    except: { lmtp: ONE_REPLY_EACH } },
  S36: { group: 'end', phase: END_LMTP, replies: ['message-delivered', 'mailbox-full', 'domain-full', 'storage-full'],
    situation: { en: 'the same in LMTP: one reply for each recipient', ja: 'LMTP で同じことが起きました。宛先ごとに応答します' },
    except: { data: ONE_REPLY_FOR_ALL, bdat: ONE_REPLY_FOR_ALL, pipelined: ONE_REPLY_FOR_ALL } },
  S37: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'the queue holds its maximum of messages or octets', ja: 'キューの通数または容量が上限に達しています' },
    except: { data: NOT_FOR_THE_QUEUE, bdat: NOT_FOR_THE_QUEUE, pipelined: NOT_FOR_THE_QUEUE, lmtp: NOT_FOR_THE_QUEUE } },
  S38: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'another volume (log, index) is below its line: its level counts', ja: '別のボリューム (ログ、索引) が基準を下回っています。その段階に従います' } },
  S39: { group: 'data', phase: DATA, replies: ['slow-down'],
    situation: { en: 'the client holds as much as one client may', ja: 'このクライアントが予約している容量が、1 クライアントの上限に達しています' } },
  S40: { group: 'lifecycle', phase: ANY, replies: ['shutting-down'], closes: true,
    situation: { en: 'the server is shutting down', ja: 'サーバーが停止処理中です' } },
  S41: { group: 'lifecycle', phase: ANY, replies: ['help', 'completed', 'cannot-verify', 'hello', 'closing'],
    situation: { en: 'HELP, NOOP, RSET, VRFY, EHLO, QUIT: at any level', ja: 'HELP、NOOP、RSET、VRFY、EHLO、QUIT: どの段階でも通常どおりです' },
    except: { bdat: 'no mail is sent' } },
  S42: { group: 'mail', phase: MAIL, replies: ['storage-full'],
    situation: { en: 'level RED, and the pool for postmaster is used up', ja: '段階が RED で、postmaster 用の枠も使い切っています' } },
  S43: { group: 'lifecycle', phase: ANY, replies: [],
    situation: { en: 'RSET, EHLO, QUIT, a lost connection or a time-out in a transaction: whatever it held is free within a second', ja: 'トランザクション中の RSET、EHLO、QUIT、切断、タイムアウト。予約していた容量は 1 秒以内にすべて解放されます' } },
} as const satisfies Readonly<Record<string, Decision>>;

export type DecisionId = keyof typeof DECISIONS;
export type IdsOf<G extends Group> = {
  [Id in DecisionId]: (typeof DECISIONS)[Id]['group'] extends G ? Id : never;
}[DecisionId];
