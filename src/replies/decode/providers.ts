/** Who answered: by the suffix of its host's name, or by words that only its replies have. Ids as in the catalogue. */
import { type Span, within } from './source.ts';

interface Sign {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly words: RegExp | null;
}

// prettier-ignore
const SIGNS: readonly Sign[] = [
  { id: 'gmail', hosts: ['google.com', 'gmail.com', 'googlemail.com', 'googlegroups.com'], words: /\bgsmtp\b|support\.google\.com\/(?:mail|a)\/|OverQuota(?:Temp|Perm)\b|mail\.google\.com\/support/ },
  { id: 'outlook-com', hosts: ['olc.protection.outlook.com', 'hotmail.com', 'outlook.com.invalid', 'live.com', 'msn.com'], words: /\bOU-00[1-4]\b|\bSC-00[1-4]\b|\bRP-00[1-3]\b|\bDY-00[12]\b|\bS(?:3140|3150|77719|77714)\b/ },
  { id: 'microsoft-365', hosts: ['protection.outlook.com', 'outlook.com', 'office365.com', 'exchangelabs.com'], words: /STOREDRV|RESOLVER\.|\bAS\(?\d{3,4}\)?|PROD\.OUTLOOK\.COM|protection\.outlook\.com|Hop count exceeded - possible mail loop ATTR/ },
  { id: 'yahoo', hosts: ['yahoodns.net', 'yahoo.com', 'yahoo.net', 'aol.com', 'mx.aol.com', 'ymail.com'], words: /\[(?:TSS?|TS|BL|IPTS|PH)\d{2}\]|delivery error: dd |postmaster\.(?:yahooinc|aol)\.com|help\.yahoo\.com|senders\.yahooinc/ },
  { id: 'icloud', hosts: ['icloud.com', 'me.com', 'mac.com', 'apple.com'], words: /\[(?:CS|HM|HC|HX|PH|NA)\d{2}\]|support\.apple\.com/ },
  { id: 'docomo', hosts: ['docomo.ne.jp', 'spmode.ne.jp', 'mopera.net', 'mopera.ne.jp', 'dwmail.jp'], words: null },
  { id: 'au', hosts: ['ezweb.ne.jp', 'au.com', 'dion.ne.jp', 'auone-net.jp', 'kddi.ne.jp', 'uqmobile.jp', 'biz.ezweb.ne.jp'], words: null },
  { id: 'softbank', hosts: ['softbank.ne.jp', 'softbank.jp', 'i.softbank.jp', 'vodafone.ne.jp', 'disney.ne.jp', 'ybb.ne.jp'], words: null },
  { id: 'yahoo-japan', hosts: ['yahoo.co.jp'], words: null },
  { id: 'mail-ru', hosts: ['mail.ru', 'list.ru', 'inbox.ru', 'bk.ru'], words: /help\.mail\.ru/ },
  { id: 'yandex', hosts: ['yandex.ru', 'yandex.net', 'yandex.com'], words: /yandex\.(?:ru|com|net)\/(?:support|mail)|feedback2?\.yandex/ },
  { id: 'qq', hosts: ['qq.com', 'exmail.qq.com', 'foxmail.com'], words: /service\.mail\.qq\.com|open\.qq\.com/ },
  { id: 'netease-163', hosts: ['163.com', '126.com', 'netease.com', 'yeah.net'], words: /mail\.163\.com\/help|\b(?:DT|MI|RP|NULL):(?:SPM|SPF|DMA|IPB|QEC|CEL|SUM|FRL|DCR|URQ|INV|BAD|TRC)/ },
  { id: 'gmx-webde', hosts: ['gmx.net', 'gmx.de', 'gmx.com', 'web.de', 'mail.com'], words: /postmaster\.gmx\.net|postmaster\.(?:web|1und1)\.de/ },
  { id: 't-online', hosts: ['t-online.de', 'telekom.de'], words: /rx@t-online\.de|tosa@rx/ },
  { id: 'orange', hosts: ['orange.fr', 'wanadoo.fr'], words: /\bOFR_?\d{3}\b|\bOFR\d{3}_\d{3}\b|ofr[a-z]*_\d{3}/i },
  { id: 'free-fr', hosts: ['free.fr', 'proxad.net'], words: null },
  { id: 'laposte', hosts: ['laposte.net'], words: /\bLPN\d{3}_\d{3}/ },
  { id: 'comcast', hosts: ['comcast.net', 'xfinity.com'], words: /postmaster\.comcast\.net|postmaster\.xfinity/ },
  { id: 'att', hosts: ['att.net', 'prodigy.net', 'sbcglobal.net', 'bellsouth.net'], words: /abuse_rbl@abuse-att/ },
  { id: 'spectrum', hosts: ['charter.net', 'spectrum.com', 'rr.com', 'twc.com', 'brighthouse.com', 'charter.com'], words: /\bAUP#(?:I-|In-|Out-|O-|\d|CNCT|XRF|P\d)|\bE\d{4}\b(?= -)/ },
  { id: 'cox', hosts: ['cox.net'], words: /\b(?:CXBL|CXTHRT|CXMJ|CXDNS|CXSNDR|CXCNCT|CPBL|URLBL)/ },
  { id: 'zoho', hosts: ['zoho.com', 'zohomail.com'], words: null },
  { id: 'godaddy', hosts: ['secureserver.net'], words: /IB(?:10|50|60|70)\d|secureserver\.net/ },
  { id: 'cloudflare', hosts: ['mx.cloudflare.net', 'cloudflare.com'], words: /developers\.cloudflare\.com\/email/ },
  { id: 'ymobile', hosts: ['ymobile.ne.jp', 'yahoo.ne.jp', 'willcom.com', 'pdx.ne.jp'], words: null },
  { id: 'jcom', hosts: ['jcom.home.ne.jp', 'zaq.ne.jp', 'jcom.zaq.ne.jp'], words: null },
  { id: 'rambler', hosts: ['rambler.ru', 'lenta.ru'], words: null },
  { id: 'mimecast', hosts: ['mimecast.com', 'mimecast.co.za', 'mimecast-offshore.com'], words: /mimecast/i },
  { id: 'proofpoint', hosts: ['pphosted.com', 'ppe-hosted.com', 'proofpoint.com'], words: /proofpoint|ipcheck\.proofpoint/i },
  { id: 'barracuda', hosts: ['barracudanetworks.com', 'ess.barracuda.com'], words: /barracuda(?:networks|central)/i },
  { id: 'messagelabs', hosts: ['messagelabs.com', 'messagelabs.net', 'symanteccloud.com'], words: /messagelabs|symanteccloud/i },
  { id: 'trend-micro', hosts: ['trendmicro.com', 'trendmicro.eu'], words: /mail-abuse\.com|trendmicro/i },
  { id: 'exim', hosts: [], words: /SMTP error from remote (?:mail server|mailer)|retry timeout exceeded|Unrouteable address/ },
  { id: 'qmail', hosts: [], words: /Hi\. This is the qmail-send|_does_not_like_recipient|Giving_?up_?on_|Sorry, no mailbox here by that name|vpopmail|\bstarting delivery \d/ },
  { id: 'exchange', hosts: [], words: /#SMTP#|MSEXCH|smtp;5\d\d 5\.\d\.\d RESOLVER|X-Exchange/i },
  { id: 'lotus-domino', hosts: [], words: /Domino Directory|Notes Server/i },
  { id: 'sendmail', hosts: [], words: /\.\.\. (?:User unknown|Deferred|Service unavailable|Host unknown)|Transcript of session follows/ },
  { id: 'postfix', hosts: [], words: /in reply to (?:RCPT|MAIL|end of DATA|DATA|EHLO|HELO)|\bin (?:local|virtual|relay) (?:recipient|mailbox|alias)[\w ]{0,20} table|\bpostfix[/-]/ },
];

export function providerOfHost(host: string): string | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  let best: { readonly id: string; readonly length: number } | null = null;
  for (const { id, hosts } of SIGNS) {
    for (const suffix of hosts) {
      if ((name === suffix || name.endsWith(`.${suffix}`)) && suffix.length > (best?.length ?? 0))
        best = { id, length: suffix.length };
    }
  }
  return best?.id ?? null;
}

export function providerInWords(piece: Span): { readonly id: string; readonly span: Span } | null {
  for (const { id, words } of SIGNS) {
    const found = words?.exec(piece.text) ?? null;
    if (found !== null) return { id, span: within(piece, found.index, found.index + found[0].length) };
  }
  return null;
}

/** Servers that anybody runs. */
export const SOFTWARE: ReadonlySet<string> = new Set(
  SIGNS.filter(({ hosts }) => hosts.length === 0).map(({ id }) => id),
);

export const PROVIDER_IDS: readonly string[] = SIGNS.map(({ id }) => id);
