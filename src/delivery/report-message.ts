/** Puts a report together: multipart/report of RFC 6522, of a text for people, a part for machines and what is returned. */
import MimeNode from 'nodemailer/lib/mime-node';
import { isAscii } from '../address/text.ts';
import { deliveryStatus, oneLine, type ReportedRecipient } from '../message/report-fields.ts';
import { isPlain } from '../message/report-original.ts';
import { RECIPIENTS_DETAILED_MAX } from '../policy/notify.ts';
import { type Finding, diagnosticOf } from './report-finding.ts';
import { type ReportFacts, reportSubject, reportText } from './report-text.ts';
import type { ReportWords } from './report-words.ts';

export interface ReportDraft extends ReportFacts {
  readonly to: string;
  /** Without the angle brackets. */
  readonly messageId: string;
  /** Shared by the boundaries: nobody can know it before. */
  readonly boundary: string;
  /** In this order in the text. */
  readonly languages: readonly [ReportWords, ...ReportWords[]];
  readonly envid: string | null;
  /** The sender's programs take UTF-8 in headers. */
  readonly smtputf8: boolean;
  /** `Message-ID` of the message, `<…>`. */
  readonly about: string | null;
  readonly returned: Returned | null;
}

export interface Returned {
  readonly type: 'header' | 'whole';
  readonly octets: Uint8Array;
}

export interface ReportMessage {
  readonly octets: Buffer;
  /** Its header is in UTF-8: only for a next hop that takes it. */
  readonly smtputf8: boolean;
}

const CRLF = '\r\n';
const ADDRESS_MAX = 320;

export async function composeReport(draft: ReportDraft): Promise<ReportMessage> {
  const { boundary, languages } = draft;
  const root = new MimeNode('multipart/report; report-type=delivery-status', {
    baseBoundary: boundary,
    boundaryPrefix: 'restante',
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  writeHeader(root, draft);
  const texts = languages.map((words) => reportText(draft, words).join(CRLF));
  root
    .createChild('text/plain; charset=utf-8')
    .setContent(texts.join(`${CRLF}${CRLF}${RULE}${CRLF}${CRLF}`) + CRLF);
  addStatus(root, draft);
  if (draft.returned !== null) addReturned(root, draft.returned, draft.smtputf8);
  return { octets: await root.build(), smtputf8: !isAscii(draft.to) };
}

const RULE = '-'.repeat(72);

function writeHeader(root: MimeNode, draft: ReportDraft): void {
  const { to, hostname, languages, about, messageId, now } = draft;
  root.setHeader('From', {
    name: languages[0].sender,
    address: `postmaster@${oneLine(hostname, ADDRESS_MAX)}`,
  });
  root.setHeader('To', { name: '', address: oneLine(to, ADDRESS_MAX) });
  root.setHeader('Subject', reportSubject(draft, languages));
  root.setHeader('Date', new Date(now));
  root.setHeader('Message-ID', `<${messageId}>`);
  if (about !== null)
    root.setHeader([
      { key: 'In-Reply-To', value: about },
      { key: 'References', value: about },
    ]);
  root.setHeader('Auto-Submitted', 'auto-replied'); // RFC 3834 §5
  root.setHeader('Content-Language', languages.map(({ language }) => language).join(', '));
}

/**
 * Deviates: RFC 3464 §2 wants all recipients. Beyond a hundred they are a number in the text, so that a small message cannot make a
 * large report.
 */
function addStatus(root: MimeNode, draft: ReportDraft): void {
  const { hostname, envid, sent, findings, smtputf8 } = draft;
  const recipients = findings.slice(0, RECIPIENTS_DETAILED_MAX).map(reported);
  const message = { hostname, envid, arrival: sent };
  const inUtf8 = deliveryStatus(message, recipients, 'utf-8');
  if (!smtputf8 || isAscii(inUtf8)) {
    root.createChild('message/delivery-status').setContent(deliveryStatus(message, recipients, 'ascii'));
    return;
  }
  encoded(root, 'message/global-delivery-status', 'base64').setContent(Buffer.from(inUtf8));
}

function reported(finding: Finding): ReportedRecipient {
  const { recipient, orcpt, kind, status, host, words, lastAttempt, until, logId } = finding;
  const diagnostic =
    words === null
      ? null
      : ({ type: words.speaker === 'peer' ? 'smtp' : 'ours', text: diagnosticOf(words) } as const);
  return { recipient, orcpt, action: kind, status, host, diagnostic, lastAttempt, retryUntil: until, logId };
}

/** Any hop takes it: what is not plain ASCII is encoded, where RFC 6522 §3 and RFC 6533 §4 let it be. */
function addReturned(root: MimeNode, { type, octets }: Returned, smtputf8: boolean): void {
  const content = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (isPlain(octets)) {
    const plain = content.toString('latin1');
    root.createChild(type === 'whole' ? 'message/rfc822' : 'text/rfc822-headers').setContent(plain);
  } else if (smtputf8) {
    encoded(root, type === 'whole' ? 'message/global' : 'message/global-headers', 'base64').setContent(
      content,
    );
  } else if (type === 'header') {
    // In text a line ends with CRLF, encoded or not; in a broken header it may be anything.
    const lines = content.toString('latin1').replaceAll(/\r\n|\r|\n/g, CRLF);
    encoded(root, 'text/rfc822-headers', 'quoted-printable').setContent(Buffer.from(lines, 'latin1'));
  }
}

/** message/rfc822 may not be encoded (RFC 2046 §5.2.1), so only what is plain is returned as a whole. */
export function mayReturnWhole(octets: Uint8Array, smtputf8: boolean): boolean {
  return smtputf8 || isPlain(octets);
}

function encoded(root: MimeNode, type: string, encoding: 'base64' | 'quoted-printable'): MimeNode {
  return root.createChild(type).setHeader('Content-Transfer-Encoding', encoding);
}
