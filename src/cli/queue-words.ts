/** Why something is still in the queue, in a few words. */
import type { Wording } from '../base/language.ts';
import type { Answer } from '../http/contract.ts';

export type Queued = Answer<'listQueue'>['entries'][number];
export type Cause = NonNullable<Queued['retry']>['cause'];

export const CAUSE_WORDS: Readonly<Record<Cause, Wording>> = {
  'mailbox-full': { en: 'the mailbox is full', ja: '宛先のメールボックスが満杯です' },
  'peer-full': { en: 'their server is short of disk', ja: '相手サーバーのディスクが不足しています' },
  'too-many-recipients': { en: 'too many recipients at once', ja: '一度に送れる宛先数を超えました' },
  greylisted: {
    en: 'they want to see us again later',
    ja: '時間を置いた再送を求められました (グレイリスト)',
  },
  'rate-limited': { en: 'they say that we send too fast', ja: '送信の頻度が高すぎると言われました' },
  'peer-busy': { en: 'their server is busy', ja: '相手サーバーが混雑しています' },
  'peer-unreachable': { en: 'their server does not answer', ja: '相手サーバーに接続できません' },
  'reply-lost': {
    en: 'the connection broke before the last reply; it may have arrived',
    ja: '最後の応答の前に接続が切れました。届いている可能性があります',
  },
  dns: { en: 'the DNS does not answer for it', ja: 'DNS から回答を得られません' },
  tls: { en: 'no safe connection (TLS)', ja: '安全な接続 (TLS) を確立できません' },
  auth: { en: 'the next server does not take our password', ja: '中継先のサーバーで認証できません' },
  policy: { en: 'refused by their rules', ja: '相手の方針により断られました' },
  'no-such-mailbox': { en: 'there is no such mailbox', ja: '宛先のメールボックスがありません' },
  'mailbox-disabled': { en: 'the mailbox is disabled', ja: '宛先のメールボックスは停止されています' },
  'no-such-domain': { en: 'there is no such domain', ja: '宛先のドメインがありません' },
  'no-mail': { en: 'the domain takes no mail', ja: '宛先のドメインはメールを受け取りません' },
  'message-too-big': { en: 'the message is too big for them', ja: 'メールが大きすぎます' },
  'not-supported': {
    en: 'their server lacks something this message needs',
    ja: 'このメールに必要な機能が相手サーバーにありません',
  },
  loop: { en: 'it would come back to us', ja: 'このサーバーに戻ってきてしまいます' },
  local: { en: 'an error of our own', ja: 'このサーバー側のエラーです' },
  other: { en: 'no reason was told', ja: '理由は示されていません' },
};

const UNITS = [
  { ms: 86_400_000, en: 'd', ja: '日' },
  { ms: 3_600_000, en: 'h', ja: '時間' },
  { ms: 60_000, en: 'min', ja: '分' },
  { ms: 1000, en: 's', ja: '秒' },
] as const;

/** `1 h 30 min`: the two greatest units of it. */
export function span(ms: number, language: 'en' | 'ja'): string {
  let left = Math.max(0, Math.round(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(left / unit.ms);
    left -= count * unit.ms;
    if (count > 0) parts.push(language === 'ja' ? `${count}${unit.ja}` : `${count} ${unit.en}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(language === 'ja' ? '' : ' ') || (language === 'ja' ? '0秒' : '0 s');
}
