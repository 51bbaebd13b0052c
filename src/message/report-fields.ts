/**
 * The machine part of a report: RFC 3464 §2, and RFC 6533 §3 where addresses are not ASCII. Whatever came from outside goes
 * through `oneLine`, so that nobody can end a field, or begin one of ours.
 */
import { isAscii, octetsOf } from '../address/text.ts';
import type { Instant } from '../base/instant.ts';
import { writeDate } from './date.ts';

export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface ReportedRecipient {
  readonly recipient: string;
  /** ORCPT as it was kept: `addr-type;address`. */
  readonly orcpt: string | null;
  readonly action: Action;
  readonly status: string;
  /** `name[address]`; '': there was no peer. */
  readonly host: string;
  /** `smtp` when a peer said it, else in our words. */
  readonly diagnostic: { readonly type: 'smtp' | 'ours'; readonly text: string } | null;
  readonly lastAttempt: Instant | null;
  readonly retryUntil: Instant | null;
  readonly logId: string;
}

export interface ReportedMessage {
  readonly hostname: string;
  readonly envid: string | null;
  readonly arrival: Instant;
}

/** `ascii`: message/delivery-status. `utf-8`: message/global-delivery-status, for a sender who can read it. */
export type FieldForm = 'ascii' | 'utf-8';

const CRLF = '\r\n';
/** RFC 5322 §2.1.1 wants lines of 78, and has to have them at most 998 long. */
const LINE_WANTED = 78;
const LINE_MAX = 900;
const ADDRESS_MAX = 600;
const DIAGNOSTIC_MAX = 1500;
const TEXT_MAX = 200;

export function deliveryStatus(
  message: ReportedMessage,
  recipients: readonly ReportedRecipient[],
  form: FieldForm,
): string {
  const about = [
    ...(message.envid === null
      ? []
      : [field('Original-Envelope-Id', shown(message.envid, form, ADDRESS_MAX))]),
    field('Reporting-MTA', `dns; ${shown(message.hostname, form, TEXT_MAX)}`),
    field('Arrival-Date', writeDate(message.arrival)),
  ];
  return [about, ...recipients.map((each) => recipientFields(each, form))]
    .map((fields) => fields.join(''))
    .join(CRLF);
}

function recipientFields(each: ReportedRecipient, form: FieldForm): string[] {
  const { recipient, orcpt, action, status, host, diagnostic, lastAttempt, retryUntil, logId } = each;
  const peer = hostName(host);
  return [
    ...(orcpt === null ? [] : [field('Original-Recipient', originalRecipient(orcpt, form))]),
    field('Final-Recipient', typedAddress(recipient, form)),
    field('Action', action),
    field('Status', /^[245]\.\d{1,3}\.\d{1,3}$/.test(status) ? status : CLASS_OF_ACTION[action]),
    ...(peer === '' ? [] : [field('Remote-MTA', `dns; ${shown(peer, form, TEXT_MAX)}`)]),
    ...(diagnostic === null ? [] : [field('Diagnostic-Code', diagnosticCode(diagnostic, form))]),
    ...(lastAttempt === null ? [] : [field('Last-Attempt-Date', writeDate(lastAttempt))]),
    field('Final-Log-ID', shown(logId, form, TEXT_MAX)),
    ...(retryUntil === null ? [] : [field('Will-Retry-Until', writeDate(retryUntil))]),
  ];
}

const CLASS_OF_ACTION: Record<Action, string> = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
};

function diagnosticCode(
  { type, text }: NonNullable<ReportedRecipient['diagnostic']>,
  form: FieldForm,
): string {
  return `${type === 'smtp' ? 'smtp' : 'X-Restante'}; ${shown(text, form, DIAGNOSTIC_MAX)}`;
}

/** `rfc822; a@b`, or `utf-8; …` for what is not ASCII: RFC 6533 §3. */
export function typedAddress(address: string, form: FieldForm): string {
  return isAscii(address)
    ? `rfc822; ${shown(address, form, ADDRESS_MAX)}`
    : `utf-8; ${utf8Address(address, form)}`;
}

/** As the sender wrote it: the form of RFC 6533 is its own already. */
function originalRecipient(orcpt: string, form: FieldForm): string {
  const [, type = 'rfc822', address = ''] = /^([A-Za-z0-9-]{1,40});(.*)$/s.exec(orcpt) ?? [
    null,
    'rfc822',
    orcpt,
  ];
  return `${type}; ${shown(address, form, ADDRESS_MAX)}`;
}

/** `utf-8-addr-xtext` where only ASCII may stand, `unitext` elsewhere: RFC 6533 §3. */
function utf8Address(address: string, form: FieldForm): string {
  const line = oneLine(address, ADDRESS_MAX);
  return form === 'utf-8' ? line : line.replaceAll(/[^\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]/gu, escaped);
}

function shown(text: string, form: FieldForm, max: number): string {
  const line = oneLine(text, max);
  return form === 'utf-8' ? line : line.replaceAll(/[^\x20-\x7e]/gu, escaped);
}

function escaped(character: string): string {
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}}`;
}

/** Of `name[address]` the name; the address in brackets where there is no name. */
function hostName(host: string): string {
  const [, name = '', address = ''] = /^([^[\]]*)(?:\[([^[\]]*)\])?/.exec(host) ?? [];
  return name.trim() !== '' ? name.trim() : address === '' ? '' : `[${address}]`;
}

// C0, DEL, C1; soft hyphen; zero-width and bidirectional marks; line separators; BOM; tags; halves of surrogates.
const HARMFUL =
  // oxlint-disable-next-line no-control-regex
  /[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

/**
 * The one place that everything from outside passes on its way into a report, its header or its text: what could end a line, or make
 * one read as another, is a blank; and it is cut.
 */
export function oneLine(text: string, max: number): string {
  // Cut first, so that a long text costs no more than a short one.
  const line = text
    .slice(0, max + 1)
    .toWellFormed()
    .replaceAll(HARMFUL, ' ')
    .trim();
  if (text.length <= max) return line;
  return `${line
    .slice(0, max - 3)
    .toWellFormed()
    .replace(/\ufffd$/, '')}...`;
}

/** One field, folded at blanks, and where there are none after as much as a line may have. */
export function field(name: string, value: string): string {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of value.split(' ')) {
    if (word === '') continue;
    if (line.length + 1 + word.length > LINE_WANTED && line.trim() !== '' && line !== `${name}:`) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
    while (octetsOf(line) > LINE_MAX) {
      const cut = lengthOfCut(line);
      lines.push(line.slice(0, cut));
      line = ` ${line.slice(cut)}`;
    }
  }
  return [...lines, line].join(CRLF) + CRLF;
}

/** In UTF-8 a character may take four octets. Never between the halves of a surrogate. */
function lengthOfCut(line: string): number {
  const length = isAscii(line) ? LINE_MAX : LINE_MAX / 4;
  const code = line.charCodeAt(length - 1);
  return code >= 0xd800 && code <= 0xdbff ? length - 1 : length;
}
