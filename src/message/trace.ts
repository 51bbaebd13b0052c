/**
 * The fields that a mail object gets in front when it arrives: RFC 5321 §4.4. Whatever a peer said is written so that
 * it cannot end the line, or open and close what is ours.
 */
import { addressLiteral } from '../address/address-literal.ts';
import { isAscii } from '../address/text.ts';
import type { Instant } from '../base/instant.ts';
import { writeDate } from './date.ts';

export interface ReceivedFacts {
  /** What it called itself in its hello, and the address it came from as the socket tells it (or nothing, for a pipe). */
  readonly client: { readonly name: string; readonly address: string };
  readonly host: string;
  readonly protocol: TransmissionProtocol;
  readonly id: string;
  /** The only recipient; null when there are more, for none may learn of the others. */
  readonly forwardPath: string | null;
  readonly at: Instant;
}

/** What WITH tells. */
export interface TransmissionProtocol {
  /** RFC 3848 has no word of its own for a submission: it is SMTP with its login. */
  readonly name: 'smtp' | 'lmtp' | 'submission';
  readonly esmtp: boolean;
  readonly smtputf8: boolean;
  readonly tls?: boolean;
  readonly auth?: boolean;
}

const CRLF = '\r\n';

export function receivedField({ client, host, protocol, id, forwardPath, at }: ReceivedFacts): string {
  const literal = addressLiteral(client.address);
  const name = client.name === '' ? (literal ?? 'unknown') : word(client.name);
  const from = literal === null ? name : `${name} (${literal})`;
  // RFC 6531 §3.7.3: UTF-8 in a trace field only in a transaction with SMTPUTF8.
  const shown = forwardPath !== null && (protocol.smtputf8 || isAscii(forwardPath)) ? forwardPath : null;
  return [
    `Received: from ${from}`,
    `\tby ${word(host)} with ${protocolKeyword(protocol)} id ${word(id)}`,
    ...(shown === null ? [] : [`\tfor <${line(shown)}>`]),
  ]
    .join(CRLF)
    .concat(';', CRLF, '\t', writeDate(at), CRLF);
}

/** RFC 3848, RFC 6531 §4.3: `ESMTPSA`, `UTF8LMTP` … */
export function protocolKeyword({ name, esmtp, smtputf8, tls, auth }: TransmissionProtocol): string {
  const security = (tls === true ? 'S' : '') + (auth === true ? 'A' : '');
  if (name === 'lmtp') return `${smtputf8 ? 'UTF8LMTP' : 'LMTP'}${security}`;
  if (smtputf8) return `UTF8SMTP${security}`;
  return esmtp ? `ESMTP${security}` : 'SMTP';
}

/** RFC 5321 §4.4: made at final delivery, from the reverse-path; empty for `<>`. */
export function returnPathField(reversePath: string): string {
  return `Return-Path: <${line(reversePath)}>${CRLF}`;
}

/** RFC 9228: the mailbox as the envelope had it, when it was delivered. */
export function deliveredToField(mailbox: string): string {
  return `Delivered-To: ${line(mailbox)}${CRLF}`;
}

/** One word: no blank, no control, no parenthesis that would begin a comment, nothing but ASCII. */
function word(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]|[()<>;"\\]/gu, '?');
}

/** No control that could end the line, in any of the ways that are known. */
function line(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
}
