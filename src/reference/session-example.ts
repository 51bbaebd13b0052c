/** A session that ends in one reply: the lead-in is made of what must be said before its command (RFC 5321 §4.1.4). */
import type { BasicCode, Phase } from '../replies/catalogue.ts';

export interface Line {
  readonly side: 'C' | 'S';
  readonly text: string;
  readonly mark: boolean;
}

export interface ExampleReply {
  readonly command: string;
  readonly reply: string;
}

const HOST = 'mail.example.com';

// prettier-ignore
const COMMANDS: Readonly<Partial<Record<Phase, string>>> = {
  connect: '(connection opened)', ehlo: 'EHLO client.example.net', starttls: 'STARTTLS', auth: 'AUTH PLAIN <base64>',
  mail: 'MAIL FROM:<ann@example.net>', rcpt: 'RCPT TO:<bob@example.com>', data: 'DATA', 'data-end': '.', bdat: 'BDAT 1024 LAST',
  rset: 'RSET', vrfy: 'VRFY bob', expn: 'EXPN staff', help: 'HELP', noop: 'NOOP', quit: 'QUIT', etrn: 'ETRN example.org', atrn: 'ATRN',
  any: 'NOOP',
};

/** The example of the catalogue; else one made of the facts; null for what never crosses the wire. */
export function exampleOf(row: BasicCode): ExampleReply | null {
  if (row.example !== null) return row.example;
  const phases = row.phases.filter((phase) => phase !== 'client');
  const phase = phases.find((each) => each !== 'any') ?? phases[0];
  if (phase === undefined) return null;
  const [status] = row.enhanced.filter((each) => each.startsWith(row.code.charAt(0)));
  return exampleAt(phase, [row.code, status, row.name.en].filter(Boolean).join(' '));
}

export function exampleAt(phase: Phase, reply: string): ExampleReply {
  return { command: COMMANDS[phase] ?? 'NOOP', reply };
}

/** The limit of recipients comes after some were accepted, and the session goes on with those. */
export function sessionWithRest({ command, reply }: ExampleReply): readonly Line[] {
  return [
    ...leadIn(command, reply),
    ...asked('RCPT TO:<ann@example.com>', '250 2.1.5 OK'),
    says('C', command),
    says('S', reply, true),
    ...asked('DATA', '354 End the mail data with <CRLF>.<CRLF>'),
  ];
}

export function sessionOf({ command, reply }: ExampleReply): readonly Line[] {
  const marked = says('S', reply, true);
  if (command === COMMANDS.connect) return [marked];
  return [...leadIn(command, reply), ...(command === '.' ? mailData() : [says('C', command)]), marked];
}

function leadIn(command: string, reply: string): readonly Line[] {
  const verb = command.split(' ')[0]?.toUpperCase() ?? '';
  const hello = [says('S', `220 ${HOST} ESMTP`), ...(verb === 'EHLO' ? [] : greeted(verb))];
  const depth = { RCPT: 1, DATA: 2, BDAT: 2, '.': 3 }[verb] ?? 0;
  const lines = [...hello];
  // A command out of turn: what should come before it is what is missing.
  const wanted = reply.startsWith('503') ? depth - 1 : depth;
  if (wanted >= 1) lines.push(...asked('MAIL FROM:<ann@example.net>', '250 2.1.0 OK'));
  if (wanted >= 2) lines.push(...asked('RCPT TO:<bob@example.com>', rcptReply(reply)));
  if (wanted >= 3) lines.push(...asked('DATA', '354 End the mail data with <CRLF>.<CRLF>'));
  return lines;
}

/** That no recipient is valid is said of a transaction in which none was accepted. */
function rcptReply(reply: string): string {
  return /valid recipients/i.test(reply) ? '550 5.1.1 No such mailbox' : '250 2.1.5 OK';
}

function greeted(verb: string): readonly Line[] {
  const needed = {
    STARTTLS: '250-STARTTLS',
    AUTH: '250-AUTH PLAIN LOGIN',
    BDAT: '250-CHUNKING',
    ETRN: '250-ETRN',
  };
  const extension = verb in needed ? [says('S', needed[verb as keyof typeof needed])] : [];
  return [
    says('C', 'EHLO client.example.net'),
    says('S', `250-${HOST}`),
    ...extension,
    says('S', '250-SIZE 52428800'),
    says('S', '250 ENHANCEDSTATUSCODES'),
  ];
}

function mailData(): readonly Line[] {
  return ['From: <ann@example.net>', 'Subject: Hello', '', 'How are you?', '.'].map((text) =>
    says('C', text),
  );
}

function asked(command: string, answer: string): readonly Line[] {
  return [says('C', command), says('S', answer)];
}

function says(side: 'C' | 'S', text: string, mark = false): Line {
  return { side, text, mark };
}
