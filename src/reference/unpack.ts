/** Undoes the MIME of a bounce, so that the decoder reads plain text; what is no message stays as it is. RFC 6522 §3 */
import PostalMime, { type Attachment, decodeWords, type Email } from 'postal-mime';
import { decodeText } from '../replies/decode/decode.ts';
import { RETURNED_MARK } from '../replies/decode/outline.ts';
import { DECODE_INPUT_MAX } from '../replies/decode/source.ts';
import type { Decoded } from '../replies/decode/verdict.ts';
import { decodeOctets, decodeStray, textOfHtml } from './plain-text.ts';

/** In octets: base64 and headers take room that the text does not. What is longer is not read. */
export const UNPACK_INPUT_MAX = 4 * DECODE_INPUT_MAX;
/** Parts within parts. A report has three levels. */
const NESTING_MAX = 16;
const HEADERS_MAX_OCTETS = DECODE_INPUT_MAX;
/** As much of a returned message's header is kept, in UTF-16 units: for the reader, not for the verdict. */
const RETURNED_MAX = 4000;
const REPORTS_WITHIN_MAX = 2;
/**
 * Lines that are read of one part, and of the whole: the MIME library costs some ten microseconds a line, and whoever sends a report
 * of empty lines would make us pay for each.
 */
const PART_LINES_MAX = 1500;
const LINES_MAX = 4000;
const LF = 0x0a;
const HYPHEN = 0x2d;
/** As many octets are made characters at once: arguments of one call. */
const CHUNK = 4096;
const REPORT =
  /^message\/(?:global-)?(?:delivery-status|disposition-notification)$|^message\/feedback-report$/;

/** Fields of the report's header that say what it is and for whom. */
// prettier-ignore
const FIELDS = new Set([
  'from', 'to', 'subject', 'date', 'return-path', 'delivered-to', 'x-original-to', 'auto-submitted', 'precedence', 'x-failed-recipients', 'x-autoreply',
  'x-autorespond', 'x-auto-response-suppress', 'mime-version', 'reply-to',
]);
const KNOWN_FIELD =
  /^(?:from|to|subject|date|received|return-path|message-id|mime-version|content-type|delivered-to|x-failed-recipients):/i;

export async function decodeMessage(input: Uint8Array | string): Promise<Decoded> {
  return decodeText(await unpack(input));
}

export async function unpack(input: Uint8Array | string): Promise<string> {
  const octets =
    typeof input === 'string'
      ? new TextEncoder().encode(mended(input.slice(0, UNPACK_INPUT_MAX)))
      : mendedOctets(input.subarray(0, UNPACK_INPUT_MAX));
  return unpackOctets(octets, 0);
}

/** Without the lines of a part beyond those that are read. A boundary begins with two hyphens: RFC 2046 §5.1.1. */
function shortened(octets: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  let inPart = 0;
  for (let at = 0; at < octets.length && kept.length < LINES_MAX;) {
    const end = octets.indexOf(LF, at) + 1 || octets.length;
    inPart = octets[at] === HYPHEN && octets[at + 1] === HYPHEN ? 0 : inPart + 1;
    if (inPart < PART_LINES_MAX) kept.push(octets.subarray(at, end));
    at = end;
  }
  const whole = new Uint8Array(kept.reduce((sum, line) => sum + line.length, 0));
  let at = 0;
  for (const line of kept) {
    whole.set(line, at);
    at += line.length;
  }
  return whole;
}

async function unpackOctets(octets: Uint8Array, depth: number): Promise<string> {
  const text = decodeOctets(octets);
  if (!isMessage(text)) return text;
  try {
    const email = await PostalMime.parse(shortened(octets), {
      forceRfc822Attachments: true,
      maxNestingDepth: NESTING_MAX,
      maxHeadersSize: HEADERS_MAX_OCTETS,
    });
    const inner = depth < REPORTS_WITHIN_MAX ? reportWithin(email) : null;
    if (inner !== null) return `${headerOf(email)}\n\n${await unpackOctets(inner, depth + 1)}`;
    // Parts that cannot be found are better read as they stand.
    return email.text === undefined && email.html === undefined && email.attachments.length === 0
      ? text
      : layOut(email);
  } catch {
    // Too deep or too long to be a report: the decoder reads the lines as they are.
    return text;
  }
}

/** Some gateways wrap the whole report once more, as if it were the mail that came back. */
function reportWithin(email: Email): Uint8Array | null {
  if (email.attachments.some(({ mimeType }) => REPORT.test(mimeType))) return null;
  for (const part of email.attachments) {
    if (!/^message\/(?:rfc822|global)$/.test(part.mimeType)) continue;
    const text = textOf(part);
    if (/report-type\s{0,4}=\s{0,4}"?delivery-status/i.test(headOf(text)))
      return new TextEncoder().encode(text);
  }
  return null;
}

/** Files of old machines end lines with CR alone; some gateways forget the indent of a parameter or the semicolon before it. */
function mended(text: string): string {
  const lines = text.includes('\n') ? text : text.replaceAll('\r', '\n');
  return lines
    .replace(/;[ \t]{0,8}(\r?\n)(?=(?:boundary|charset|report-type|name|filename)=)/gi, ';$1 ')
    .replace(/^(content-type:[ \t]{0,8}[\w.+/-]{1,80})[ \t]{0,8}(\r?\n[ \t]{1,20}\w{1,20}=)/gim, '$1;$2');
}

/** The same for octets of any charset: one character for each octet, and back. */
function mendedOctets(octets: Uint8Array): Uint8Array {
  const text = Array.from({ length: Math.ceil(octets.length / CHUNK) }, (_, index) =>
    String.fromCharCode(...octets.subarray(index * CHUNK, (index + 1) * CHUNK)),
  ).join('');
  const result = mended(text);
  return result === text ? octets : Uint8Array.from(result, (character) => character.charCodeAt(0));
}

/** At least two fields that begin messages, before the first blank line. */
function isMessage(text: string): boolean {
  const head = text.slice(0, 64 * 1024).replace(/^\s{0,40}(?:From \S[^\n]{0,400}\n)?/, '');
  const end = head.search(/\r?\n[ \t]{0,8}\r?\n/);
  const lines = (end < 0 ? head : head.slice(0, end)).split('\n');
  const known = lines.filter((line) => KNOWN_FIELD.test(line)).length;
  return known >= 2 && lines.every((line) => /^(?:[!-9;-~]{1,100}:|[ \t]|\r?$|>?From )/.test(line));
}

function layOut(email: Email): string {
  const reports: string[] = [];
  const returned: string[] = [];
  const others: string[] = [];
  for (const part of email.attachments) {
    if (REPORT.test(part.mimeType)) reports.push(textOf(part));
    else if (
      /^message\/(?:rfc822|global|partial)|^text\/rfc822-headers|^message\/global-headers/.test(part.mimeType)
    )
      returned.push(textOf(part).slice(0, RETURNED_MAX));
    else if (part.mimeType.startsWith('text/')) others.push(textOf(part));
  }
  const text =
    email.text === undefined || email.text.trim() === '' ? textOfHtml(email.html ?? '') : email.text;
  const sections = [headerOf(email), decodeStray(text), ...reports];
  // A report without any text of its own, only with files.
  if (text.trim() === '' && reports.length === 0) sections.push(...others);
  if (returned.length > 0) sections.push(`${RETURNED_MARK}\n${headOf(returned[0] ?? '')}`);
  return sections.filter((section) => section !== '').join('\n\n');
}

function headerOf(email: Email): string {
  const lines: string[] = [];
  for (const { key, originalKey, value } of email.headers) {
    if (FIELDS.has(key)) lines.push(`${originalKey}: ${oneLine(decodeStray(decodeWords(value)))}`);
    // Without the boundary: there are no parts any more.
    else if (key === 'content-type')
      lines.push(
        `${originalKey}: ${oneLine(value.replace(/;\s{0,20}boundary\s{0,4}=\s{0,4}(?:"[^"]{0,200}"|[^\s;]{0,200})/i, ''))}`,
      );
  }
  return lines.join('\n');
}

function oneLine(value: string): string {
  return value.replace(/[\r\n\t ]{1,1000}/g, ' ').slice(0, 2000);
}

function headOf(message: string): string {
  const end = message.search(/\r?\n\r?\n/);
  return end < 0 ? message : message.slice(0, end);
}

function textOf(part: Attachment): string {
  const { content } = part;
  if (typeof content === 'string') return content;
  return decodeOctets(content instanceof Uint8Array ? content : new Uint8Array(content));
}
