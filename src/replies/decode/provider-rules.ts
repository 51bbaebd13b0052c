/** What single providers mean, where it differs from the registry or where only their marks say it. */
import type { Wording } from '../../base/language.ts';
import type { Phase } from '../catalogue.ts';
import type { Reason } from './reasons.ts';

interface Case {
  readonly code: string | null;
  readonly status: string | null;
  readonly phase: Phase | null;
  /** Reply and what stands around it. */
  readonly text: string;
  /** The rest of the report. */
  readonly around: string;
}

interface ProviderRule {
  /** Null: marks that are clear without knowing who sent them. */
  readonly providers: readonly string[] | null;
  readonly test: (seen: Case) => boolean;
  readonly reason: Reason;
  readonly note: Wording | null;
}

// prettier-ignore
const RULES: readonly ProviderRule[] = [
  {
    providers: null,
    test: ({ text }) => /submission quota/i.test(text) || (/STOREDRV\.Submission/i.test(text) && /quota/i.test(text)),
    reason: 'rate-limited',
    note: { en: 'At Microsoft, 5.2.2 with a submission quota means the limit of the sender, not a full mailbox.', ja: 'Microsoft の 5.2.2 は、送信上限 (submission quota) の場合、満杯のメールボックスではなく送信者の上限を指します。' },
  },
  { providers: null, test: ({ text }) => /QuotaExceeded/i.test(text) && /STOREDRV|mailbox/i.test(text), reason: 'mailbox-full', note: null },
  {
    providers: null,
    test: ({ text }) => /OverQuotaPerm/.test(text),
    reason: 'mailbox-full',
    note: { en: 'At Google this form means that the mailbox has been full for a long time and is not used.', ja: 'Google のこの形は、長期間満杯のままで使われていないメールボックスを指します。' },
  },
  { providers: null, test: ({ text }) => /RESOLVER\.(?:ADR|RST)\.(?:\w{1,20}NotFound|BadPrimary|Ambiguous)/i.test(text), reason: 'user-unknown', note: null },
  { providers: null, test: ({ text }) => /RESOLVER\.RST\.AuthRequired/i.test(text), reason: 'auth-required', note: null },
  { providers: null, test: ({ text }) => /RESOLVER\.RST\.\w{0,20}(?:NotAuthorized|Restrict|Moder)/i.test(text), reason: 'filtered', note: null },
  { providers: null, test: ({ text }) => /RESOLVER\.RST\.(?:Recip|Send)Size/i.test(text), reason: 'message-too-big', note: null },
  { providers: null, test: ({ text }) => /TRANSPORT\.RULES/i.test(text), reason: 'policy', note: null },
  {
    providers: null,
    test: ({ status, text }) => status === '5.4.1' && (/outlook\.com/i.test(text) || /recipient address rejected: access denied/i.test(text)),
    reason: 'user-unknown',
    note: { en: 'At Microsoft, 5.4.1 with “Access denied” mostly means that the recipient does not exist there.', ja: 'Microsoft の 5.4.1 (Access denied) は、多くの場合、宛先が存在しないことを指します。' },
  },
  { providers: ['microsoft-365', 'outlook-com'], test: ({ status }) => status === '5.1.10', reason: 'user-unknown', note: { en: 'At Microsoft, 5.1.10 means that the recipient was not found, not a null MX record.', ja: 'Microsoft の 5.1.10 は null MX ではなく、受信者が見つからないことを指します。' } },
  { providers: ['microsoft-365', 'outlook-com'], test: ({ text, code }) => code?.startsWith('5') === true && /\bAS\(?(?:3140|3150|750|780|843|4810)\)?|\b(?:OU|SC|RP|DY)-00\d\b|\bS(?:3140|3150|77719|77714)\b/.test(text), reason: 'reputation', note: null },
  { providers: ['microsoft-365', 'outlook-com'], test: ({ status }) => /\.7\.65\d$/.test(status ?? ''), reason: 'reputation', note: null },
  { providers: ['gmail'], test: ({ status }) => status?.endsWith('.7.27') === true, reason: 'auth-failure', note: null },
  { providers: ['gmail'], test: ({ status }) => status?.endsWith('.7.25') === true, reason: 'reverse-dns', note: null },
  { providers: ['gmail'], test: ({ status }) => status?.endsWith('.7.28') === true, reason: 'rate-limited', note: null },
  { providers: ['gmail'], test: ({ status }) => status !== null && /\.7\.(?:26|3[02]|40)$/.test(status), reason: 'auth-failure', note: null },
  { providers: ['gmail'], test: ({ status }) => status?.endsWith('.7.29') === true, reason: 'tls-required', note: null },
  { providers: ['gmail'], test: ({ status, text }) => status === '5.7.14' || (status === '5.7.9' && /password|log/i.test(text)), reason: 'auth-required', note: null },
  { providers: ['yahoo'], test: ({ text }) => /\[TSS0\d\]|\[TS0\d\]/.test(text), reason: 'rate-limited', note: { en: 'Yahoo puts off mail of this sender for a time because of complaints or unusual volume.', ja: 'Yahoo が、苦情または送信量の急増を理由に、この送信元のメールを一定時間受け付けていません。' } },
  { providers: ['yahoo'], test: ({ text }) => /\[BL\d\d\]/.test(text), reason: 'reputation', note: null },
  { providers: ['yahoo'], test: ({ status }) => status === '5.7.9' || status === '4.7.9', reason: 'policy', note: null },
  { providers: ['orange'], test: ({ text }) => /OFR.?(?:006|106|109|510)/i.test(text), reason: 'reputation', note: null },
  { providers: ['orange'], test: ({ text }) => /OFR.?417/i.test(text), reason: 'mailbox-full', note: null },
  { providers: ['orange'], test: ({ text }) => /OFR.?420/i.test(text), reason: 'suspended', note: null },
  { providers: ['orange'], test: ({ text }) => /OFR.?50\d/i.test(text), reason: 'spam', note: null },
  { providers: null, test: ({ text }) => /\bAUP#?C\w{0,4}BL\b|\b(?:CXBL|CDRBL|CSBL|CPBL|CXTHRT)\b/.test(text), reason: 'reputation', note: null },
  { providers: null, test: ({ text }) => /\bAUP#(?:CXDNS\b|\w{1,3}-11\d0)/.test(text), reason: 'reverse-dns', note: null },
  { providers: null, test: ({ text }) => /\bAUP#\w{1,3}-13\d0/.test(text), reason: 'rate-limited', note: null },
  { providers: null, test: ({ text }) => /\bAUP#\w{1,3}-10\d0/.test(text), reason: 'reputation', note: null },
  { providers: ['au'], test: ({ around }) => /account is (?:temporarily )?(?:disabled|limited)/i.test(around), reason: 'suspended', note: null },
  { providers: ['au'], test: ({ around }) => /account is (?:temporarily )?over quota|mailbox is full/i.test(around), reason: 'mailbox-full', note: null },
  { providers: null, test: ({ text }) => /\bHL:(?:ICC|IFC|MEP)/.test(text), reason: 'too-many-connections', note: null },
  { providers: null, test: ({ text }) => /\bHL:REP|:IPB\b/.test(text), reason: 'reputation', note: null },
  { providers: null, test: ({ text }) => /:(?:CEL|QRC|FRL)\b/.test(text), reason: 'rate-limited', note: null },
  { providers: null, test: ({ text }) => /:(?:SPM|SUM)\b/.test(text), reason: 'spam', note: null },
  { providers: ['qq'], test: ({ text }) => /content (?:denied|rejected)/i.test(text), reason: 'spam', note: null },
  {
    providers: ['mimecast'],
    test: ({ code, text }) => code === '451' && /internal resources?\b/i.test(text),
    reason: 'greylisted',
    note: { en: 'At Mimecast this text is its greylisting, not a failure of the server.', ja: 'Mimecast のこの応答文は障害ではなく、グレイリストを意味します。' },
  },
  { providers: null, test: ({ text }) => /one or more recipients \([^)]{3,300}:blocked\)|ipcheck\.proofpoint/i.test(text), reason: 'reputation', note: null },
  { providers: ['docomo'], test: ({ text, code }) => code === '552' && /too much mail data/i.test(text), reason: 'mailbox-full', note: null },
  { providers: ['docomo'], test: ({ status, text }) => status === '5.2.0' && /unknown user/i.test(text), reason: 'filtered', note: null },
  { providers: ['docomo'], test: ({ phase, text }) => (phase === 'data-end' || phase === 'data') && /unknown user/i.test(text), reason: 'filtered', note: { en: 'docomo answers with “Unknown user” after the data also when the recipient’s settings refuse the message.', ja: 'docomo は、受信者の受信設定で拒否した場合にも、メールデータの後に Unknown user と応答します。' } },
  { providers: ['au', 'softbank', 'docomo'], test: ({ phase, code, text }) => (phase === 'data-end' || phase === 'data') && code === '550' && !/quota|full|size|spam|virus|dmarc|spf/i.test(text), reason: 'filtered', note: null },
  { providers: ['au', 'softbank', 'docomo'], test: ({ code, text }) => code === '552' && /too large recipient|reject|denied/i.test(text), reason: 'filtered', note: null },
];

export function providerReason(
  provider: string | null,
  seen: Case,
): { readonly reason: Reason; readonly note: Wording | null } | null {
  for (const rule of RULES) {
    if (rule.providers !== null && (provider === null || !rule.providers.includes(provider))) continue;
    if (rule.test(seen)) return { reason: rule.reason, note: rule.note };
  }
  return null;
}
