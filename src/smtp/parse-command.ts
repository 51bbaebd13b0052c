/**
 * Reads one command line: RFC 5321 §4.1.1. What is wrong with it is a reply. It knows the grammar and the
 * limits; whether the command comes in its turn, the session says.
 */
import { parseDomainOrLiteral } from '../address/domain.ts';
import { LANGUAGES } from '../base/language.ts';
import { reply, type PlainReply, type Reply } from '../replies/register.ts';
import { decodeInitialResponse } from './auth-line.ts';
import type { Command } from './command.ts';
import { commandLengthMax, TOPIC_OCTETS_MAX } from './limits.ts';
import { parseMailOptions, parseRecipientOptions, type MailMay } from './parameters.ts';
import { parseForwardPath, parseReversePath } from './parse-path.ts';
import type { Profile } from './profile.ts';
import { isOffered, isVerb, VERBS, VERBS_NOT_OFFERED, type Verb } from './verbs.ts';

const CRLF_OCTETS = 2;
const SPACE = 0x20;
const TAB = 0x09;

/** What a line is made of, worst first. */
type Octets = 'controls' | '8bit' | 'ascii';

/** `line` is the octets as latin1, without CRLF; `esmtp` whether parameters may be said: after EHLO or LHLO. */
export function parseCommand(line: string, esmtp: boolean, profile: Profile): Command | Reply {
  const space = line.indexOf(' ');
  const verb = (space < 0 ? line.trimEnd() : line.slice(0, space)).toUpperCase();
  if (!isVerb(verb)) return unknown(verb, line);
  if (line.length + CRLF_OCTETS > commandLengthMax(verb)) return tooLong(line);
  if (!isOffered(verb, profile)) return reply('not-implemented');
  const octets = octetsIn(line);
  if (octets === 'controls') return refusalOfOctets(verb);
  const text = octets === '8bit' ? decodeUtf8(line) : line;
  if (text === null) return refusalOfOctets(verb);
  const end = endOfText(text);
  const from = Math.min(verb.length + 1, end); // of the argument
  switch (verb) {
    case 'MAIL':
      return parseMail(text.slice(0, end), { esmtp, auth: profile.auth !== 'off' }, octets === '8bit');
    case 'RCPT':
      return parseRcpt(text.slice(0, end), esmtp, octets === '8bit');
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return octets === '8bit' ? refusalOfOctets(verb) : parseHello(verb, text.slice(from, end), profile);
    case 'BDAT':
      return parseBdat(text.slice(from, end));
    case 'HELP':
      return parseHelp(text.slice(from, end), profile);
    case 'AUTH':
      return parseAuth(text.slice(from, end));
    case 'XLANG':
      return parseXlang(text.slice(from, end), profile);
    case 'NOOP': // Its argument is any String: RFC 5321 §4.1.1.9.
      return octets === '8bit' ? refusalOfOctets(verb) : { verb };
    case 'VRFY':
    case 'EXPN':
      return from === end ? badSyntax(verb) : { verb };
    case 'DATA':
    case 'RSET':
    case 'QUIT':
    case 'STARTTLS':
      return from === end ? { verb } : badSyntax(verb);
  }
}

function parseMail(text: string, may: MailMay, is8bit: boolean): Command | Reply {
  const at = endOfKeyword(text, 'MAIL FROM:');
  if (at < 0) return badSyntax('MAIL');
  const parsed = parseReversePath(text, at);
  if (parsed === null || !isEndOfWord(text, parsed.next)) return reply('bad-reverse-path');
  const options = parseMailOptions(text, parsed.next, may);
  if ('wire' in options) return options;
  if (is8bit && !options.smtputf8) return reply('address-needs-smtputf8');
  const { size, body, smtputf8, ret, envid } = options;
  return { verb: 'MAIL', mail: { reversePath: parsed.path, size, body, smtputf8, ret, envid } };
}

function parseRcpt(text: string, esmtp: boolean, is8bit: boolean): Command | Reply {
  const at = endOfKeyword(text, 'RCPT TO:');
  if (at < 0) return badSyntax('RCPT');
  const parsed = parseForwardPath(text, at);
  if (parsed === null || !isEndOfWord(text, parsed.next)) return reply('bad-forward-path');
  const options = parseRecipientOptions(text, parsed.next, esmtp);
  if ('wire' in options) return options;
  if (is8bit && !esmtp) return reply('address-needs-smtputf8');
  const { notify, orcpt } = options;
  return { verb: 'RCPT', recipient: { forwardPath: parsed.path, notify, orcpt }, utf8: is8bit };
}

/**
 * Deviates: one space after the colon is taken, which RFC 5321 §3.3 forbids and hand-written clients
 * send all the same.
 */
function endOfKeyword(text: string, keyword: string): number {
  if (text.slice(0, keyword.length).toUpperCase() !== keyword) return -1;
  return text.charCodeAt(keyword.length) === SPACE ? keyword.length + 1 : keyword.length;
}

function isEndOfWord(text: string, at: number): boolean {
  return at === text.length || text.charCodeAt(at) === SPACE;
}

function parseHello(verb: 'EHLO' | 'HELO' | 'LHLO', name: string, profile: Profile): Command | Reply {
  if (verb === 'LHLO' && profile.protocol !== 'lmtp') return reply('unknown-command');
  if (name === '') return badSyntax(verb);
  // Deviates: an underscore is no part of a domain, and part of the names of many hosts that send mail.
  const known = name.length <= 255 && parseDomainOrLiteral(name.replaceAll('_', 'x')) !== null;
  return known ? { verb, client: name } : reply('bad-hello');
}

/** RFC 3030 §2. */
function parseBdat(argument: string): Command | Reply {
  const [octets = '', last, ...more] = argument.split(' ');
  const size = /^\d{1,20}$/.test(octets) ? Number(octets) : Number.NaN;
  if (!Number.isSafeInteger(size) || more.length > 0) return reply('bad-chunk-size');
  if (last !== undefined && last.toUpperCase() !== 'LAST') return reply('bad-chunk-size');
  return { verb: 'BDAT', size, last: last !== undefined };
}

/** Deviates: RFC 5321 §4.1.1.8 takes one String, and `4.2.2` or `214 452` is none; any printable text is taken. */
function parseHelp(argument: string, profile: Profile): Command | Reply {
  if (profile.help.level === 'off') return reply('help-is-off');
  if (argument.length > TOPIC_OCTETS_MAX || octetsIn(argument) !== 'ascii') return reply('bad-topic');
  const text = argument.replaceAll('\t', ' ').trim();
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  const words = (quoted ? text.slice(1, -1) : text).split(' ').filter((word) => word !== '');
  return { verb: 'HELP', topic: words.join(' ') };
}

const MECHANISM = /^[A-Z0-9_-]{1,20}$/; // RFC 4422 §3.1

/** RFC 4954 §4, §8. */
function parseAuth(argument: string): Command | Reply {
  const [name = '', response, ...more] = argument.split(' ');
  const mechanism = name.toUpperCase();
  if (!MECHANISM.test(mechanism) || more.length > 0) return badSyntax('AUTH');
  if (response === undefined) return { verb: 'AUTH', mechanism, initial: null };
  const initial = decodeInitialResponse(response);
  return initial === null ? reply('auth-malformed') : { verb: 'AUTH', mechanism, initial };
}

/** A line that is longer than its verb may have; of `line` the beginning is enough. */
export function tooLong(line: string): Reply {
  return reply(/^AUTH /i.test(line) ? 'auth-line-too-long' : 'line-too-long');
}

function parseXlang(argument: string, profile: Profile): Command | Reply {
  if (profile.help.level !== 'full') return reply('unknown-command');
  if (argument === '') return badSyntax('XLANG');
  const language = LANGUAGES.find((each) => each === argument.toLowerCase());
  return language === undefined ? reply('unknown-language') : { verb: 'XLANG', language };
}

/** The methods and fields that a browser would begin with, made to talk to a port that is not HTTP's. */
const HTTP_WORDS = new Set(
  'GET POST PUT HEAD CONNECT OPTIONS DELETE PATCH TRACE PRI HOST: USER-AGENT: CONTENT-TYPE:'.split(' '),
);
const TLS_HANDSHAKE = '\x16\x03'; // RFC 8446 §5.1: a ClientHello where plain text is expected

function unknown(verb: string, line: string): Reply {
  if (HTTP_WORDS.has(verb) || line.startsWith(TLS_HANDSHAKE)) return reply('not-http');
  if (verb === 'PROXY') return reply('proxy-denied'); // where it may be said it never comes here
  if (line.length + CRLF_OCTETS > commandLengthMax(verb)) return reply('line-too-long');
  return reply(Object.hasOwn(VERBS_NOT_OFFERED, verb) ? 'not-implemented' : 'unknown-command');
}

/** A TAB is let through: it may end a line or part words of HELP, and no other grammar takes it. */
function octetsIn(line: string): Octets {
  let all: Octets = 'ascii';
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 0x7f || (code < 0x20 && code !== TAB)) return 'controls';
    if (code > 0x7f) all = '8bit';
  }
  return all;
}

/** RFC 5321 §4.1.1: white space before the CRLF is tolerated. */
function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === TAB)) end--;
  return end;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of octets held as latin1, or null when they are not UTF-8. */
function decodeUtf8(line: string): string | null {
  const octets = Uint8Array.from({ length: line.length }, (_, i) => line.charCodeAt(i));
  try {
    return UTF8.decode(octets);
  } catch {
    return null; // RFC 6531 §3.1: nothing but UTF-8
  }
}

const REFUSALS_OF_OCTETS: Readonly<Partial<Record<Verb, PlainReply>>> = {
  MAIL: 'bad-reverse-path',
  RCPT: 'bad-forward-path',
  HELP: 'bad-topic',
  EHLO: 'bad-hello',
  HELO: 'bad-hello',
  LHLO: 'bad-hello',
  BDAT: 'bad-chunk-size',
};

/** Controls, or octets that are neither ASCII nor UTF-8. */
function refusalOfOctets(verb: Verb): Reply {
  const name = REFUSALS_OF_OCTETS[verb];
  return name === undefined ? badSyntax(verb) : reply(name);
}

function badSyntax(verb: Verb): Reply {
  return reply('bad-syntax', { syntax: VERBS[verb].syntax });
}
