/**
 * Every reply this server can send, once: first the rows, then the way from a row to the wire.
 *
 * A row is the only place where a reply code, its enhanced status code and its text meet;
 * the rest of the code base speaks of replies by name. The types refuse a row whose two codes
 * disagree: RFC 2034 §4 wants the class of the status code to match the first digit of the
 * reply code, and gives 3yz replies none.
 */
import { assert, Bug } from '../base/assert.ts';
import { pageOf } from './pages.ts';

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Category = 0 | 1 | 2 | 3 | 4 | 5; // RFC 5321 §4.2.1
type Code<First extends 2 | 3 | 4 | 5> = `${First}${Category}${Digit}`;
type Status<First extends 2 | 4 | 5> = `${First}.${number}.${number}`;

export type Row = { readonly text: string; readonly source: `RFC ${number} §${string}` } & (
  | { readonly code: Code<2>; readonly status: Status<2> | null }
  | { readonly code: Code<3>; readonly status: null }
  | { readonly code: Code<4>; readonly status: Status<4> | null }
  | { readonly code: Code<5>; readonly status: Status<5> | null }
);

// prettier-ignore
export const REGISTER = {
  greeting:                       { code: '220', status: null,     text: '{host} ESMTP',                                                    source: 'RFC 5321 §4.2.3' },
  'greeting-lmtp':                { code: '220', status: null,     text: '{host} LMTP',                                                     source: 'RFC 2033 §4.1' },
  'tls-go-ahead':                 { code: '220', status: '2.0.0',  text: 'Ready to start TLS',                                              source: 'RFC 3207 §4' },
  closing:                        { code: '221', status: '2.0.0',  text: 'Goodbye',                                                         source: 'RFC 5321 §4.2.3' },
  authenticated:                  { code: '235', status: '2.7.0',  text: 'Authentication succeeded',                                        source: 'RFC 4954 §6' },
  hello:                          { code: '250', status: null,     text: '{host}',                                                          source: 'RFC 5321 §4.1.1.1' },
  completed:                      { code: '250', status: '2.0.0',  text: 'OK',                                                              source: 'RFC 5321 §4.2.3' },
  'sender-ok':                    { code: '250', status: '2.1.0',  text: 'OK',                                                              source: 'RFC 3463 §3.2' },
  'recipient-ok':                 { code: '250', status: '2.1.5',  text: 'OK',                                                              source: 'RFC 3463 §3.2' },
  'chunk-received':               { code: '250', status: '2.0.0',  text: '{octets} octets received',                                        source: 'RFC 3030 §3' },
  'message-kept':                 { code: '250', status: '2.6.0',  text: 'OK {id}',                                                         source: 'RFC 3463 §3.7' },
  'message-delivered':            { code: '250', status: '2.1.5',  text: 'OK {id}',                                                         source: 'RFC 2033 §4.2' },
  'cannot-verify':                { code: '252', status: '2.0.0',  text: 'Cannot verify here, send RCPT to find out',                       source: 'RFC 5321 §3.5.3' },
  'auth-challenge':               { code: '334', status: null,     text: '{challenge}',                                                     source: 'RFC 4954 §4' },
  'start-mail-data':              { code: '354', status: null,     text: 'End the mail data with <CRLF>.<CRLF>',                            source: 'RFC 5321 §4.1.1.4' },
  'help-status':                  { code: '211', status: '2.0.0',  text: '{line}',                                                          source: 'RFC 5321 §4.1.1.8' },
  help:                           { code: '214', status: '2.0.0',  text: '{line}',                                                          source: 'RFC 5321 §4.1.1.8' },
  'not-accepting':                { code: '421', status: '4.3.2',  text: '{host} Temporarily not accepting mail, try again later',          source: 'RFC 5321 §3.8' },
  'shutting-down':                { code: '421', status: '4.3.2',  text: '{host} Closing',                                                  source: 'RFC 5321 §3.8' },
  'discard-limit':                { code: '421', status: '4.3.2',  text: 'Closing',                                                         source: 'RFC 5321 §3.8' },
  'no-more-sessions':             { code: '421', status: '4.3.2',  text: 'Out of resources, try again later',                               source: 'RFC 5321 §3.8' },
  'session-failed':               { code: '421', status: '4.3.0',  text: 'Local error, closing',                                            source: 'RFC 5321 §3.8' },
  'timed-out':                    { code: '421', status: '4.4.2',  text: '{host} Timeout, closing',                                         source: 'RFC 5321 §4.5.3.2' },
  'session-too-long':             { code: '421', status: '4.4.2',  text: '{host} Session has lasted too long, closing',                     source: 'RFC 5321 §4.5.3.2' },
  'too-slow':                     { code: '421', status: '4.4.2',  text: '{host} Data comes too slowly, closing',                           source: 'RFC 5321 §4.5.3.2' },
  'too-many-connections':         { code: '421', status: '4.7.0',  text: 'Too many connections, try again later',                           source: 'RFC 5321 §7.8' },
  'too-many-errors':              { code: '421', status: '4.7.0',  text: 'Too many errors, closing',                                        source: 'RFC 5321 §7.8' },
  'too-many-transactions':        { code: '421', status: '4.7.0',  text: 'Too many transactions in this session, closing',                  source: 'RFC 9422 §4.1' },
  'too-many-helps':               { code: '421', status: '4.7.0',  text: 'Too many HELP commands, closing',                                 source: 'RFC 5321 §7.8' },
  'auth-too-many':                { code: '421', status: '4.7.0',  text: 'Too many failed logins, try again later',                         source: 'RFC 5321 §7.8' },
  'mailbox-disabled-now':         { code: '450', status: '4.2.1',  text: 'Mailbox disabled',                                                source: 'RFC 3463 §3.3' },
  'submission-rate':             { code: '450', status: '4.7.1',  text: 'Too much mail from this account for now, try again later',         source: 'RFC 3463 §3.8' },
  'cannot-check-mailbox':         { code: '451', status: '4.3.0',  text: 'Cannot check mailbox now, try again later',                       source: 'RFC 3463 §3.4' },
  'local-error':                  { code: '451', status: '4.3.0',  text: 'Local error, try again later',                                    source: 'RFC 3463 §3.4' },
  'out-of-resources':             { code: '451', status: '4.3.0',  text: 'Out of resources, try again later',                               source: 'RFC 3463 §3.4' },
  misconfigured:                  { code: '451', status: '4.3.5',  text: 'Server misconfigured, try again later',                           source: 'RFC 3463 §3.4' },
  'slow-down':                    { code: '451', status: '4.7.0',  text: 'Try again later',                                                 source: 'RFC 3463 §3.8' },
  'storage-full':                 { code: '452', status: '4.3.1',  text: 'Insufficient system storage, try again later',                    source: 'RFC 3463 §3.4' },
  'mailbox-full':                 { code: '452', status: '4.2.2',  text: 'Mailbox full, try again later',                                   source: 'RFC 3463 §3.3' },
  'mailbox-short':                { code: '452', status: '4.2.2',  text: 'Mailbox has not enough room for this message',                    source: 'RFC 3463 §3.3' },
  'domain-full':                  { code: '452', status: '4.3.1',  text: 'Insufficient storage for this domain, try again later',           source: 'RFC 3463 §3.4' },
  'too-many-recipients':          { code: '452', status: '4.5.3',  text: 'Too many recipients, send the rest in another transaction',       source: 'RFC 5321 §4.5.3.1.10' },
  'tls-unavailable':              { code: '454', status: '4.7.0',  text: 'TLS is not available now, try again later',                       source: 'RFC 3207 §4' },
  'auth-unavailable':             { code: '454', status: '4.7.0',  text: 'Cannot authenticate now, try again later',                        source: 'RFC 4954 §6' },
  'unknown-command':              { code: '500', status: '5.5.2',  text: 'Command not recognized',                                          source: 'RFC 5321 §4.2.4' },
  'not-on-lmtp':                  { code: '500', status: '5.5.1',  text: 'This is LMTP, say LHLO',                                          source: 'RFC 2033 §4.1' },
  'line-too-long':                { code: '500', status: '5.5.2',  text: 'Line too long',                                                   source: 'RFC 5321 §4.5.3.1.4' },
  'auth-line-too-long':           { code: '500', status: '5.5.6',  text: 'Line of authentication is too long',                              source: 'RFC 4954 §6' },
  'bad-syntax':                   { code: '501', status: '5.5.4',  text: 'Syntax: {syntax}',                                                source: 'RFC 5321 §4.2.4' },
  'bad-hello':                    { code: '501', status: '5.5.4',  text: 'Not a domain or an address literal',                              source: 'RFC 5321 §4.1.1.1' },
  'bad-reverse-path':             { code: '501', status: '5.1.7',  text: 'Bad address syntax',                                              source: 'RFC 3463 §3.2' },
  'bad-forward-path':             { code: '501', status: '5.1.3',  text: 'Bad address syntax',                                              source: 'RFC 3463 §3.2' },
  'bad-size':                     { code: '501', status: '5.5.4',  text: 'Bad SIZE value',                                                  source: 'RFC 1870 §6' },
  'bad-parameter-value':          { code: '501', status: '5.5.4',  text: 'Bad value or repetition of a parameter',                          source: 'RFC 5321 §4.1.1.11' },
  'bad-chunk-size':               { code: '501', status: '5.5.4',  text: 'Syntax: BDAT <size> [LAST]',                                      source: 'RFC 3030 §2' },
  'bad-topic':                    { code: '501', status: '5.5.4',  text: 'Topic too long, or not printable ASCII',                          source: 'RFC 5321 §4.1.1.8' },
  'auth-malformed':               { code: '501', status: '5.5.2',  text: 'Malformed authentication data',                                   source: 'RFC 4954 §4' },
  'auth-cancelled':               { code: '501', status: '5.7.0',  text: 'Authentication cancelled',                                        source: 'RFC 4954 §4' },
  'not-implemented':              { code: '502', status: '5.5.1',  text: 'Command not implemented',                                         source: 'RFC 5321 §4.2.4' },
  'no-expansion':                 { code: '502', status: '5.5.1',  text: 'EXPN is not offered here',                                        source: 'RFC 5321 §3.5.2' },
  'help-is-off':                  { code: '502', status: '5.5.1',  text: 'HELP is not offered here',                                        source: 'RFC 5321 §4.1.1.8' },
  'hello-first':                  { code: '503', status: '5.5.1',  text: 'Say hello first: EHLO, HELO or LHLO',                             source: 'RFC 5321 §4.1.4' },
  'mail-first':                   { code: '503', status: '5.5.1',  text: 'MAIL first',                                                      source: 'RFC 5321 §4.1.4' },
  'nested-mail':                  { code: '503', status: '5.5.1',  text: 'A transaction has begun, RSET ends it',                           source: 'RFC 5321 §4.1.4' },
  'no-valid-recipients':          { code: '503', status: '5.5.1',  text: 'No valid recipients',                                             source: 'RFC 5321 §3.3' },
  'chunks-begun':                 { code: '503', status: '5.5.1',  text: 'BDAT has begun, go on with BDAT or RSET',                         source: 'RFC 3030 §2' },
  'chunk-refused':                { code: '503', status: '5.5.1',  text: 'The transaction was refused, RSET first',                         source: 'RFC 3030 §2' },
  'binary-needs-chunks':          { code: '503', status: '5.5.1',  text: 'BODY=BINARYMIME needs BDAT',                                      source: 'RFC 3030 §3' },
  'tls-is-on':                    { code: '503', status: '5.5.1',  text: 'TLS is on already',                                               source: 'RFC 3207 §4.2' },
  'logged-in-already':            { code: '503', status: '5.5.1',  text: 'Logged in already',                                               source: 'RFC 4954 §4' },
  'talked-too-early':             { code: '503', status: '5.5.1',  text: 'Data came before its turn, closing',                              source: 'RFC 2920 §3.1' },
  'unknown-language':             { code: '504', status: '5.5.4',  text: 'No such language; EHLO lists them',                               source: 'RFC 5321 §4.1.5' },
  'unknown-topic':                { code: '504', status: '5.5.4',  text: 'No such topic; HELP TOPICS lists them',                           source: 'RFC 5321 §4.1.1.8' },
  'unknown-mechanism':            { code: '504', status: '5.5.4',  text: 'No such mechanism; EHLO lists them',                              source: 'RFC 4954 §4' },
  'tls-first':                    { code: '530', status: '5.7.0',  text: 'Say STARTTLS first',                                              source: 'RFC 3207 §4' },
  'auth-first':                   { code: '530', status: '5.7.0',  text: 'Log in first: AUTH',                                              source: 'RFC 4954 §6' },
  'credentials-invalid':          { code: '535', status: '5.7.8',  text: 'Name or password is not right',                                   source: 'RFC 4954 §6' },
  'auth-needs-tls':               { code: '538', status: '5.7.11', text: 'AUTH needs TLS',                                                  source: 'RFC 4954 §6' },
  'bare-line-end':                { code: '550', status: '5.5.2',  text: 'CR and LF stand only together, closing',                          source: 'RFC 5321 §2.3.8' },
  'text-line-too-long':           { code: '550', status: '5.6.0',  text: 'A line is longer than {limit} octets',                            source: 'RFC 5321 §4.5.3.1.6' },
  'header-malformed':            { code: '550', status: '5.6.0',  text: 'Header section: {fault}',                                          source: 'RFC 6409 §6.3' },
  'no-such-mailbox':              { code: '550', status: '5.1.1',  text: 'No such mailbox',                                                 source: 'RFC 3463 §3.2' },
  'mailbox-disabled':             { code: '550', status: '5.2.1',  text: 'Mailbox disabled',                                                source: 'RFC 3463 §3.3' },
  'relaying-denied':              { code: '550', status: '5.7.1',  text: 'Relaying denied',                                                 source: 'RFC 5321 §3.6.2' },
  'from-not-yours':              { code: '550', status: '5.7.1',  text: 'From or Sender names an address not of this login',               source: 'RFC 6409 §6.1' },
  'recipients-forbidden':         { code: '550', status: '5.5.3',  text: 'Too many recipients for one message',                             source: 'RFC 5321 §4.5.3.1.10' },
  'proxy-denied':                 { code: '550', status: '5.7.0',  text: 'The PROXY protocol is not allowed from here',                     source: 'RFC 5321 §7.8' },
  'mailbox-abandoned':            { code: '552', status: '5.2.2',  text: 'Mailbox full and not in use',                                     source: 'RFC 3463 §3.3' },
  'message-too-big-for-mailbox':  { code: '552', status: '5.2.3',  text: 'Message too big for this mailbox, limit {limit} octets',          source: 'RFC 1870 §6' },
  'message-too-big':              { code: '552', status: '5.3.4',  text: 'Message too big, limit {limit} octets',                           source: 'RFC 1870 §6' },
  'header-too-big':               { code: '552', status: '5.3.4',  text: 'Header section too big, limit {limit} octets',                    source: 'RFC 3463 §3.4' },
  'address-needs-smtputf8':       { code: '553', status: '5.6.7',  text: 'Address needs SMTPUTF8',                                          source: 'RFC 6531 §3.5' },
  'sender-not-yours':            { code: '553', status: '5.7.1',  text: 'Sender address does not belong to this login',                     source: 'RFC 6409 §6.1' },
  'mail-loop':                    { code: '554', status: '5.4.6',  text: 'Too many trace fields, this mail goes in circles',                source: 'RFC 5321 §6.3' },
  'spoke-before-greeting':        { code: '554', status: '5.5.0',  text: 'Data came before the greeting, closing',                          source: 'RFC 5321 §3.1' },
  'not-http':                     { code: '554', status: '5.5.1',  text: 'This is a mail server, closing',                                  source: 'RFC 5321 §4.2.4' },
  'spoke-behind-starttls':        { code: '554', status: '5.5.0',  text: 'Data came behind STARTTLS, closing',                              source: 'RFC 3207 §4.2' },
  'size-needs-ehlo':              { code: '555', status: '5.5.4',  text: 'SIZE needs EHLO',                                                 source: 'RFC 5321 §4.1.1.11' },
  'parameters-need-ehlo':         { code: '555', status: '5.5.4',  text: 'Parameters need EHLO',                                            source: 'RFC 5321 §4.1.1.11' },
  'unknown-parameter':            { code: '555', status: '5.5.4',  text: 'Parameter not recognized or not implemented',                     source: 'RFC 5321 §4.1.1.11' },
} as const satisfies Record<string, Row>;

export type ReplyName = keyof typeof REGISTER;

/** What one command is answered with: `wire` is the whole of it, each line with its CRLF, and each octet a letter of the string. */
export interface Reply {
  readonly name: ReplyName;
  readonly code: string;
  readonly status: string | null;
  readonly wire: string;
}

/** The `{blanks}` in a text, as a union: 'OK {id}' has 'id'. */
type Blanks<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never;
type BlanksOf<Name extends ReplyName> = Blanks<(typeof REGISTER)[Name]['text']>;

/** What a text with blanks must be given: one string for each, and no more. */
export type Filled<Name extends ReplyName> = Readonly<Record<BlanksOf<Name>, string>>;

/** The replies whose text has no blanks: they are made once and never again. */
export type PlainReply = {
  [Name in ReplyName]: [BlanksOf<Name>] extends [never] ? Name : never;
}[ReplyName];

/** The replies that may have many lines (RFC 5321 §4.2: EHLO and HELP are where that is normal). */
export type LongReply = 'hello' | 'help' | 'help-status';

export type Severity = 'completion' | 'intermediate' | 'transient' | 'permanent';

export const REPLY_LINE_OCTETS_MAX = 512; // RFC 5321 §4.5.3.1.5, with the code and CRLF

const CRLF = '\r\n';
const SEVERITIES: Readonly<Record<string, Severity>> = {
  2: 'completion',
  3: 'intermediate',
  4: 'transient',
  5: 'permanent',
};

/** The first digit of the code, by its name in RFC 5321 §4.2.1. */
export function severityOf(reply: Pick<Reply, 'code'>): Severity {
  const severity = SEVERITIES[reply.code.charAt(0)];
  assert(severity !== undefined, `no reply begins like ${reply.code}`);
  return severity;
}

export function reply(name: PlainReply): Reply;
export function reply<Name extends Exclude<ReplyName, PlainReply>>(name: Name, blanks: Filled<Name>): Reply;
export function reply(name: ReplyName, blanks?: Readonly<Record<string, string>>): Reply {
  const pieces = PIECES[name];
  if (blanks === undefined) return PLAIN.get(name) ?? bug(name, 'its blanks are empty');
  let text = '';
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] ?? '';
    text += i % 2 === 0 ? piece : (blanks[piece] ?? bug(name, `{${piece}} is empty`));
  }
  return made(name, [text]);
}

/** A reply of as many lines as are given. The first line of 'hello' is the host (RFC 5321 §4.1.1.1). */
export function replyLines(name: LongReply, lines: readonly string[]): Reply {
  return made(name, lines);
}

/** The same in UTF-8, for a client that said XLANG; without that nothing but ASCII goes over the wire. */
export function replyLinesInUtf8(name: 'help' | 'help-status', lines: readonly string[]): Reply {
  return made(name, lines.map(octetsOf), 0xff);
}

/**
 * A refusal of one line that says where its codes are explained: `site` is `https://mail.example`. Any other reply, and one that
 * would be too long with it, comes back as it is.
 */
export function referring(said: Reply, site: string): Reply {
  const { code, status, wire } = said;
  if (status === null || !/^[45]/.test(code) || wire.indexOf(CRLF) + CRLF.length !== wire.length) return said;
  const longer = `${wire.slice(0, -CRLF.length)}, see ${site}${pageOf(code, status)}${CRLF}`;
  return longer.length > REPLY_LINE_OCTETS_MAX ? said : { ...said, wire: longer };
}

/** The choke point: every reply of this server comes out of here. */
function made(name: ReplyName, lines: readonly string[], highest: 0x7e | 0xff = 0x7e): Reply {
  const { code, status }: Row = REGISTER[name];
  if (lines.length === 0) bug(name, 'it has no line');
  let wire = '';
  for (let i = 0; i < lines.length; i++) {
    const text = lineText(status, lines[i] ?? '');
    const last = i === lines.length - 1;
    // RFC 5321 §4.2.1: a hyphen after the code says that more lines come, a space that none does.
    // RFC 4954 §8: the space stands also behind the 334 of an empty challenge.
    const gap = text === '' && name !== 'auth-challenge' ? '' : ' ';
    const line = code + (last ? gap : '-') + text;
    if (line.length + CRLF.length > REPLY_LINE_OCTETS_MAX) bug(name, `line ${i + 1} is too long`);
    if (!isPrintable(line, highest)) bug(name, `line ${i + 1} has an octet that no reply may have`);
    wire += line + CRLF;
  }
  return { name, code, status, wire };
}

/** RFC 2034 §4: the enhanced code stands at the start of each line's text. */
function lineText(status: string | null, text: string): string {
  if (status === null) return text;
  return text === '' ? status : `${status} ${text}`;
}

/** RFC 5321 §4.2, `textstring`: HT, SP and printable US-ASCII; and what UTF-8 is made of, for a client that said XLANG. */
function isPrintable(line: string, highest: 0x7e | 0xff): boolean {
  for (let i = 0; i < line.length; i++) {
    const octet = line.charCodeAt(i);
    if ((octet < 0x20 && octet !== 0x09) || octet > highest || octet === 0x7f) return false;
  }
  return true;
}

const UTF8 = new TextEncoder();

/** The octets of `text` in UTF-8, one letter each: a wire is a string of octets. */
function octetsOf(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text) ? text : String.fromCharCode(...UTF8.encode(text));
}

/** The blanks are in the log under the session's id; a Bug names the row only, for its text is a peer's. */
function bug(name: ReplyName, what: string): never {
  throw new Bug(`reply ${name}: ${what}`);
}

const NAMES = Object.keys(REGISTER) as readonly ReplyName[];

/** Each text cut at its blanks, once: literals at even places, names of blanks at odd ones. */
const PIECES = Object.fromEntries(
  NAMES.map((name) => [name, REGISTER[name].text.split(/\{(\w+)\}/)]),
) as unknown as Readonly<Record<ReplyName, readonly string[]>>;

const PLAIN: ReadonlyMap<string, Reply> = new Map(
  NAMES.filter((name) => PIECES[name].length === 1).map((name) => [
    name,
    Object.freeze(made(name, PIECES[name])),
  ]),
);
