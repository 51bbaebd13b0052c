/**
 * The one table of verbs. The session asks it what may be said when, HELP prints it, the parser quotes
 * its syntax, the documents are made of it. A new verb is a new row.
 */
import type { PlainReply, ReplyName } from '../replies/register.ts';
import type { Command } from './command.ts';
import type { Profile } from './profile.ts';

export type Verb = Command['verb'];

/** Where a session stands between two commands, as finely as a verb can care: RFC 5321 §4.1.4. */
export type Phase = 'greeted' | 'ready' | 'mail' | 'recipients' | 'chunks' | 'refused';

/** What a parameter of MAIL or RCPT is, and the extension that brings it. */
export interface ParameterRow {
  readonly form: string;
  readonly purpose: string;
  readonly source: `RFC ${number}`;
}

export interface VerbRow {
  readonly verb: Verb;
  readonly syntax: string;
  /** One or two sentences, ASCII. */
  readonly purpose: string;
  readonly example: string;
  readonly source: `RFC ${number} §${string}`;
  readonly protocols: readonly Profile['protocol'][];
  /** What must have been said before, apart from the order: `esmtp` is EHLO or LHLO. */
  readonly needs: readonly 'esmtp'[];
  /** The phases in which it is out of turn, and what it is then answered with; it may be said in all others. */
  readonly outOfTurn: Readonly<Partial<Record<Phase, PlainReply>>>;
  readonly parameters: readonly ParameterRow[];
  /** What it may be answered with, but for what any line may be: too long, a bare line end, a limit of the session. */
  readonly replies: readonly ReplyName[];
}

const ALL = ['smtp', 'lmtp', 'submission'] as const;
const SMTP = ['smtp', 'submission'] as const;
const LMTP = ['lmtp'] as const;

// prettier-ignore
const MAIL_PARAMETERS: readonly ParameterRow[] = [
  { form: 'SIZE=<octets>',                 purpose: 'how big the message is, so that it is refused early', source: 'RFC 1870' },
  { form: 'BODY=7BIT|8BITMIME|BINARYMIME', purpose: 'what the octets of the body may be',                  source: 'RFC 6152' },
  { form: 'SMTPUTF8',                      purpose: 'addresses or header fields are in UTF-8',             source: 'RFC 6531' },
  { form: 'RET=FULL|HDRS',                 purpose: 'what a failure notice returns',                       source: 'RFC 3461' },
  { form: 'ENVID=<xtext>',                 purpose: 'your name for the envelope, for notices',             source: 'RFC 3461' },
  { form: 'AUTH=<>|<xtext>',               purpose: 'who handed it in first; not relied on here',          source: 'RFC 4954' },
];

// prettier-ignore
const RCPT_PARAMETERS: readonly ParameterRow[] = [
  { form: 'NOTIFY=NEVER|SUCCESS,FAILURE,DELAY', purpose: 'which notices are wanted',   source: 'RFC 3461' },
  { form: 'ORCPT=<type>;<xtext>',               purpose: 'the recipient as first written', source: 'RFC 3461' },
];

// prettier-ignore
const MAIL_REPLIES: readonly ReplyName[] = [
  'sender-ok',
  'bad-syntax', 'bad-reverse-path', 'bad-size', 'bad-parameter-value', 'unknown-parameter', 'size-needs-ehlo', 'parameters-need-ehlo', 'address-needs-smtputf8',
  'hello-first', 'tls-first', 'auth-first', 'nested-mail', 'chunk-refused', 'too-many-transactions',
  'storage-full', 'slow-down', 'message-too-big', 'sender-not-yours', 'submission-rate', 'cannot-check-mailbox',
];

// prettier-ignore
const RCPT_REPLIES: readonly ReplyName[] = [
  'recipient-ok',
  'bad-syntax', 'bad-forward-path', 'bad-parameter-value', 'unknown-parameter', 'parameters-need-ehlo', 'address-needs-smtputf8',
  'hello-first', 'mail-first', 'chunks-begun', 'chunk-refused', 'too-many-recipients', 'recipients-forbidden',
  'no-such-mailbox', 'relaying-denied', 'mailbox-disabled', 'mailbox-disabled-now', 'cannot-check-mailbox',
  'mailbox-full', 'mailbox-short', 'domain-full', 'storage-full', 'message-too-big-for-mailbox', 'mailbox-abandoned',
  'submission-rate',
];

/** What becomes of the mail data, whichever way it came. */
// prettier-ignore
const MAIL_DATA_REPLIES: readonly ReplyName[] = [
  'message-kept', 'message-delivered',
  'storage-full', 'mailbox-full', 'local-error', 'out-of-resources', 'misconfigured', 'discard-limit', 'too-slow',
  'message-too-big', 'message-too-big-for-mailbox', 'header-too-big', 'text-line-too-long', 'bare-line-end', 'mail-loop',
  'header-malformed', 'from-not-yours', 'cannot-check-mailbox',
];

export const VERBS: Readonly<Record<Verb, VerbRow>> = {
  EHLO: {
    verb: 'EHLO',
    syntax: 'EHLO <domain or address literal>',
    purpose: 'Says who you are, and asks which extensions are offered. Ends a transaction.',
    example: 'EHLO client.example',
    source: 'RFC 5321 §4.1.1.1',
    protocols: SMTP,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['hello', 'bad-hello', 'bad-syntax'],
  },
  HELO: {
    verb: 'HELO',
    syntax: 'HELO <domain>',
    purpose: 'Says who you are, without extensions. Ends a transaction.',
    example: 'HELO client.example',
    source: 'RFC 5321 §4.1.1.1',
    protocols: SMTP,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['hello', 'bad-hello', 'bad-syntax'],
  },
  LHLO: {
    verb: 'LHLO',
    syntax: 'LHLO <domain or address literal>',
    purpose: 'The EHLO of LMTP: says who you are, and asks which extensions are offered.',
    example: 'LHLO client.example',
    source: 'RFC 2033 §4.1',
    protocols: LMTP,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['hello', 'bad-hello', 'bad-syntax'],
  },
  MAIL: {
    verb: 'MAIL',
    syntax: 'MAIL FROM:<reverse-path> [parameters]',
    purpose: 'Begins a transaction. Failure notices go to the reverse-path; <> wants none.',
    example: 'MAIL FROM:<sender@client.example> SIZE=1024',
    source: 'RFC 5321 §4.1.1.2',
    protocols: ALL,
    needs: [],
    outOfTurn: {
      greeted: 'hello-first',
      mail: 'nested-mail',
      recipients: 'nested-mail',
      chunks: 'nested-mail',
      refused: 'chunk-refused',
    },
    parameters: MAIL_PARAMETERS,
    replies: MAIL_REPLIES,
  },
  RCPT: {
    verb: 'RCPT',
    syntax: 'RCPT TO:<forward-path> [parameters]',
    purpose: 'Names one recipient; say it once for each. A refusal is for this recipient only.',
    example: 'RCPT TO:<postmaster>',
    source: 'RFC 5321 §4.1.1.3',
    protocols: ALL,
    needs: [],
    outOfTurn: {
      greeted: 'hello-first',
      ready: 'mail-first',
      chunks: 'chunks-begun',
      refused: 'chunk-refused',
    },
    parameters: RCPT_PARAMETERS,
    replies: RCPT_REPLIES,
  },
  DATA: {
    verb: 'DATA',
    syntax: 'DATA',
    purpose: 'Asks to send the message. After 354 come its lines, then a line with a dot alone.',
    example: 'DATA',
    source: 'RFC 5321 §4.1.1.4',
    protocols: ALL,
    needs: [],
    outOfTurn: {
      greeted: 'hello-first',
      ready: 'mail-first',
      mail: 'no-valid-recipients',
      chunks: 'chunks-begun',
      refused: 'chunk-refused',
    },
    parameters: [],
    replies: [
      'start-mail-data',
      'bad-syntax',
      'hello-first',
      'mail-first',
      'no-valid-recipients',
      'chunks-begun',
      'chunk-refused',
      'binary-needs-chunks',
      'talked-too-early',
      ...MAIL_DATA_REPLIES,
    ],
  },
  BDAT: {
    verb: 'BDAT',
    syntax: 'BDAT <octets> [LAST]',
    purpose: 'Sends so many octets of the message, counted and without a final dot.',
    example: 'BDAT 1024 LAST',
    source: 'RFC 3030 §2',
    protocols: ALL,
    needs: ['esmtp'],
    outOfTurn: {
      greeted: 'hello-first',
      ready: 'mail-first',
      mail: 'no-valid-recipients',
      refused: 'chunk-refused',
    },
    parameters: [],
    replies: [
      'chunk-received',
      'bad-chunk-size',
      'hello-first',
      'mail-first',
      'no-valid-recipients',
      'chunk-refused',
      ...MAIL_DATA_REPLIES,
    ],
  },
  RSET: {
    verb: 'RSET',
    syntax: 'RSET',
    purpose: 'Forgets the transaction: reverse-path, recipients and chunks.',
    example: 'RSET',
    source: 'RFC 5321 §4.1.1.5',
    protocols: ALL,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['completed', 'bad-syntax'],
  },
  NOOP: {
    verb: 'NOOP',
    syntax: 'NOOP [anything]',
    purpose: 'Does nothing but get an answer.',
    example: 'NOOP',
    source: 'RFC 5321 §4.1.1.9',
    protocols: ALL,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['completed', 'bad-syntax'],
  },
  HELP: {
    verb: 'HELP',
    syntax: 'HELP [topic]',
    purpose: 'Says what may be said now, and explains commands and reply codes.',
    example: 'HELP 452',
    source: 'RFC 5321 §4.1.1.8',
    protocols: ALL,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['help', 'help-status', 'unknown-topic', 'bad-topic', 'help-is-off'],
  },
  XLANG: {
    verb: 'XLANG',
    syntax: 'XLANG en|ja',
    purpose: 'Chooses the language of HELP for codes, until the next EHLO. Japanese comes in UTF-8.',
    example: 'XLANG ja',
    source: 'RFC 5321 §4.1.5',
    protocols: ALL,
    needs: ['esmtp'],
    outOfTurn: { greeted: 'hello-first' },
    parameters: [],
    replies: ['completed', 'hello-first', 'bad-syntax', 'unknown-language'],
  },
  STARTTLS: {
    verb: 'STARTTLS',
    syntax: 'STARTTLS',
    purpose: 'Encrypts the connection with TLS. Send nothing more before its reply; then say EHLO again.',
    example: 'STARTTLS',
    source: 'RFC 3207 §4',
    protocols: ALL,
    needs: ['esmtp'],
    outOfTurn: {
      greeted: 'hello-first',
      mail: 'nested-mail',
      recipients: 'nested-mail',
      chunks: 'nested-mail',
      refused: 'chunk-refused',
    },
    parameters: [],
    replies: [
      'tls-go-ahead',
      'tls-unavailable',
      'bad-syntax',
      'not-implemented',
      'hello-first',
      'tls-is-on',
      'nested-mail',
      'chunk-refused',
      'spoke-behind-starttls',
    ],
  },
  AUTH: {
    verb: 'AUTH',
    syntax: 'AUTH <mechanism> [initial response in base64]',
    purpose: 'Logs you in. After each 334 comes one line in base64; a line with only * gives up.',
    example: 'AUTH SCRAM-SHA-256',
    source: 'RFC 4954 §4',
    protocols: ALL,
    needs: ['esmtp'],
    outOfTurn: {
      greeted: 'hello-first',
      mail: 'nested-mail',
      recipients: 'nested-mail',
      chunks: 'nested-mail',
      refused: 'chunk-refused',
    },
    parameters: [],
    replies: [
      'authenticated',
      'auth-challenge',
      'auth-too-many',
      'auth-unavailable',
      'auth-line-too-long',
      'bad-syntax',
      'auth-malformed',
      'auth-cancelled',
      'not-implemented',
      'hello-first',
      'logged-in-already',
      'nested-mail',
      'chunk-refused',
      'unknown-mechanism',
      'credentials-invalid',
      'auth-needs-tls',
    ],
  },
  VRFY: {
    verb: 'VRFY',
    syntax: 'VRFY <user or mailbox>',
    purpose: 'Asks whether a mailbox exists. Not told here: only RCPT finds out.',
    example: 'VRFY postmaster',
    source: 'RFC 5321 §4.1.1.6',
    protocols: ALL,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['cannot-verify', 'bad-syntax'],
  },
  EXPN: {
    verb: 'EXPN',
    syntax: 'EXPN <list>',
    purpose: 'Asks who is on a mailing list. Not told here.',
    example: 'EXPN staff',
    source: 'RFC 5321 §4.1.1.7',
    protocols: ALL,
    needs: [],
    outOfTurn: {
      greeted: 'no-expansion',
      ready: 'no-expansion',
      mail: 'no-expansion',
      recipients: 'no-expansion',
      chunks: 'no-expansion',
      refused: 'no-expansion',
    },
    parameters: [],
    replies: ['no-expansion', 'bad-syntax'],
  },
  QUIT: {
    verb: 'QUIT',
    syntax: 'QUIT',
    purpose: 'Ends the session, and a transaction that is not finished.',
    example: 'QUIT',
    source: 'RFC 5321 §4.1.1.10',
    protocols: ALL,
    needs: [],
    outOfTurn: {},
    parameters: [],
    replies: ['closing', 'bad-syntax'],
  },
};

/** Verbs of the standards that are answered with 502 and not with 500: RFC 5321 §4.2.4. */
export const VERBS_NOT_OFFERED: Readonly<Record<string, string>> = {
  ETRN: 'asks for waiting mail (RFC 1985)',
  TURN: 'swaps client and server (RFC 821)',
  SEND: 'writes on a terminal (RFC 821)',
  SOML: 'writes on a terminal or mails (RFC 821)',
  SAML: 'writes on a terminal and mails (RFC 821)',
};

/** Whether a listener has it at all. What it has not is answered like the verbs above. */
export function isOffered(verb: Verb, { tls, auth }: Profile): boolean {
  if (verb === 'STARTTLS') return tls !== 'off';
  return verb !== 'AUTH' || auth !== 'off';
}

export const VERB_ROWS: readonly VerbRow[] = Object.values(VERBS);

export function isVerb(word: string): word is Verb {
  return Object.hasOwn(VERBS, word);
}
