/**
 * The command lines that we send. Each is made here and nowhere else: whatever a path or a parameter is made of, no CR, LF or NUL
 * leaves in a command, and no line is longer than it may be (RFC 5321 §4.5.3.1.4).
 */
import { parseMailbox } from '../address/mailbox.ts';
import { isAscii, isSpeakable, octetsOf } from '../address/text.ts';
import { Bug } from '../base/assert.ts';
import type { Brand } from '../base/brand.ts';
import { commandLengthMax } from './limits.ts';
import { encodeXtext } from './xtext.ts';

/** With its CRLF. Fit for the wire in UTF-8, of which ASCII is a part. */
export type CommandLine = Brand<string, 'CommandLine'>;

/** RFC 4954 §4: of AUTH and of each line of its exchange. */
const AUTH_LINE_OCTETS_MAX = 12_288;
const CRLF_OCTETS = 2;

export interface MailToSay {
  /** `local@domain`, or '' for the null reverse-path. */
  readonly reversePath: string;
  /** SIZE=; `null`: not said. */
  readonly size: number | null;
  readonly body: '8BITMIME' | 'BINARYMIME' | null;
  readonly smtputf8: boolean;
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly envid: string | null;
}

export interface RecipientToSay {
  readonly forwardPath: string;
  readonly notify: string | null;
  /** `addr-type;address`, not as xtext. */
  readonly orcpt: string | null;
}

/** `null`: the reverse-path is none, or something in it can be said in no command. */
export function mailLine(mail: MailToSay): CommandLine | null {
  const path = pathOf(mail.reversePath, mail.smtputf8);
  if (path === null) return null;
  let text = `MAIL FROM:${path}`;
  if (mail.size !== null) text += ` SIZE=${mail.size}`;
  if (mail.body !== null) text += ` BODY=${mail.body}`;
  if (mail.smtputf8) text += ' SMTPUTF8';
  if (mail.ret !== null) text += ` RET=${mail.ret}`;
  if (mail.envid !== null) text += ` ENVID=${encodeXtext(mail.envid)}`;
  return lineOf(text, commandLengthMax('MAIL'));
}

export function recipientLine(recipient: RecipientToSay, smtputf8: boolean): CommandLine | null {
  const path = recipient.forwardPath === '' ? null : pathOf(recipient.forwardPath, smtputf8);
  if (path === null) return null;
  let text = `RCPT TO:${path}`;
  if (recipient.notify !== null) text += ` NOTIFY=${recipient.notify}`;
  if (recipient.orcpt !== null) text += ` ORCPT=${writeOrcpt(recipient.orcpt)}`;
  return lineOf(text, commandLengthMax('RCPT'));
}

export function chunkLine(octets: number): CommandLine {
  return plainLine(`BDAT ${octets} LAST`);
}

/** A line of the exchange of AUTH, or AUTH itself. */
export function authLine(text: string): CommandLine | null {
  return isAscii(text) ? lineOf(text, AUTH_LINE_OCTETS_MAX) : null;
}

/** A command of which nothing comes from outside this program but its own host name. */
export function plainLine(text: string): CommandLine {
  const line = isAscii(text) ? lineOf(text, commandLengthMax(text.slice(0, 4))) : null;
  if (line === null) throw new Bug('a command that cannot be said');
  return line;
}

/** Does the path need SMTPUTF8 of the peer? Domains are kept in A-labels, so this is about local-parts (RFC 6531 §3.3). */
export function needsUtf8(path: string): boolean {
  return !isAscii(path);
}

function lineOf(text: string, octetsMax: number): CommandLine | null {
  if (!isSpeakable(text) || octetsOf(text) + CRLF_OCTETS > octetsMax) return null;
  return `${text}\r\n` as CommandLine;
}

/** Read as a mailbox first, so that nothing in it can pass for the end of the path, or for a parameter. */
function pathOf(address: string, smtputf8: boolean): string | null {
  if (address === '') return '<>';
  if (!smtputf8 && !isAscii(address)) return null;
  return parseMailbox(address) === null ? null : `<${address}>`;
}

/** RFC 3461 §4.2; an address of type utf-8 stays as it is (RFC 6533 §3). */
function writeOrcpt(orcpt: string): string {
  const semicolon = orcpt.indexOf(';');
  const type = orcpt.slice(0, semicolon + 1);
  const address = orcpt.slice(semicolon + 1);
  return type + (type.toLowerCase() === 'utf-8;' ? address : encodeXtext(address));
}
