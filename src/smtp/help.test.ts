import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codesSpoken } from '../replies/help-lines.ts';
import { REGISTER, type Reply, type Row } from '../replies/register.ts';
import { announced, extensionsOf } from './extensions.ts';
import { HELP_LINES_MAX, pointers, wrap } from './help-form.ts';
import { help, type HelpFacts } from './help.ts';
import { parseCommand } from './parse-command.ts';
import type { Profile } from './profile.ts';
import { NO_SECURITY, type Security } from './security.ts';
import { begun, type Session } from './server-session.ts';
import { VERB_ROWS, VERBS_NOT_OFFERED } from './verbs.ts';

const PROFILE: Profile = {
  protocol: 'smtp',
  tls: 'off',
  auth: 'off',
  host: 'mail.example',
  messageSizeMax: 26_214_400,
  recipientMax: 1000,
  recipientForbiddenAt: null,
  mailMax: 500,
  help: {
    level: 'full',
    showVersion: false,
    version: '1.2.3',
    contact: 'postmaster@mail.example',
    referenceUrl: 'https://mail.example',
  },
  refusalsReferTo: null,
  timeouts: { command: 300, data: 180, session: 3600 },
};
const FACTS: HelpFacts = { accepting: 'mail', now: '2026-11-23T18:00:00Z', tls: null };

const MAIL = {
  reversePath: null,
  size: null,
  body: '7BIT',
  smtputf8: false,
  ret: null,
  envid: null,
} as const;
const RCPT = { forwardPath: 'postmaster', notify: null, orcpt: null } as const;
const CLIENT = { name: 'bar.example', esmtp: true, language: 'en' } as const;
// prettier-ignore
const SESSIONS: readonly Session[] = [
  begun(),
  { state: 'ready', security: NO_SECURITY, client: CLIENT, transactions: 0 },
  { state: 'ready', security: NO_SECURITY, client: { ...CLIENT, esmtp: false }, transactions: 500 },
  { state: 'transaction', security: NO_SECURITY, client: CLIENT, transactions: 1, transaction: { mail: MAIL, recipients: [] }, octets: null },
  { state: 'transaction', security: NO_SECURITY, client: CLIENT, transactions: 1, transaction: { mail: MAIL, recipients: [RCPT] }, octets: null },
  { state: 'transaction', security: NO_SECURITY, client: CLIENT, transactions: 1, transaction: { mail: { ...MAIL, body: 'BINARYMIME' }, recipients: [RCPT] }, octets: 7 },
  { state: 'refused', security: NO_SECURITY, client: CLIENT, transactions: 1 },
  ready({ tls: true, mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN', 'LOGIN'] }),
  ready({ tls: true, mechanisms: ['PLAIN'], login: { account: 1, address: 'ann@mail.example' }, failures: 2 }),
  ready({ clearAuth: true, mechanisms: ['PLAIN'] }),
];

function ready(security: Partial<Security>): Session {
  return { state: 'ready', security: { ...NO_SECURITY, ...security }, client: CLIENT, transactions: 0 };
}

const [SECURED, LOGGED_IN, IN_THE_CLEAR] = SESSIONS.slice(-3) as [Session, Session, Session];
const SUBMISSION: Profile = { ...PROFILE, protocol: 'submission', tls: 'starttls', auth: 'required' };
const [GREETED, READY] = SESSIONS as readonly [Session, Session];

function ask(topic: string, session: Session = READY, profile = PROFILE, facts = FACTS): Reply {
  return help(topic, session, profile, facts);
}

const withHelp = (changed: Partial<Profile['help']>): Profile => ({
  ...PROFILE,
  help: { ...PROFILE.help, ...changed },
});

// prettier-ignore
const LISTENERS: readonly Pick<Profile, 'protocol' | 'tls' | 'auth'>[] = [
  { protocol: 'smtp',       tls: 'off',      auth: 'off' },
  { protocol: 'smtp',       tls: 'starttls', auth: 'off' },
  { protocol: 'lmtp',       tls: 'off',      auth: 'off' },
  { protocol: 'submission', tls: 'starttls', auth: 'required' },
  { protocol: 'submission', tls: 'implicit', auth: 'offered' },
];

// prettier-ignore
const TOPICS = [
  '', 'TOPICS', '?', '*', 'ALL', 'CODES', 'EXTENSIONS', 'LIMITS', 'STATUS', 'CONTACT', 'HELP', '214 452', 'VS 452 552', '452 4.2.2', '4.2.2', 'X.2.2', '452 452',
  ...VERB_ROWS.map(({ verb }) => verb), ...Object.keys(VERBS_NOT_OFFERED), ...extensionsOf(PROFILE).map(({ keyword }) => keyword),
  ...codesSpoken().map(({ code }) => code),
  ...new Set(Object.values(REGISTER).flatMap(({ status }: Row) => (status === null ? [] : [status]))),
];

test('help() gives every topic in every state in good form, and twice the same', () => {
  for (const session of SESSIONS) {
    for (const { protocol, tls, auth } of LISTENERS) {
      for (const accepting of ['mail', 'postmaster', 'nothing', 'closing'] as const) {
        for (const topic of TOPICS) {
          const profile = { ...PROFILE, protocol, tls, auth, recipientForbiddenAt: 50 };
          const facts = { ...FACTS, accepting };
          const said = ask(topic, session, profile, facts);
          const other = protocol === 'lmtp' ? ['EHLO', 'HELO'] : ['LHLO'];
          assert.match(said.code, other.includes(topic) ? /^504$/ : /^21[14]$/, topic);
          checkForm(said);
          assert.equal(ask(topic, session, profile, facts).wire, said.wire);
        }
      }
    }
  }
});

/** HELP: not more than 40 lines and 4 kB, 78 columns, each with both codes, the last with a space and a pointer. */
function checkForm({ code, wire }: Reply): void {
  if (code === '504') return;
  const lines = wire.split('\r\n');
  assert.equal(lines.pop(), '');
  assert.ok(lines.length <= HELP_LINES_MAX, wire);
  assert.ok(wire.length <= 4096, wire);
  for (const [n, line] of lines.entries()) {
    assert.ok(line.startsWith(`${code}${n === lines.length - 1 ? ' ' : '-'}2.0.0 `), line);
    assert.match(line, /^[\x20-\x7e]{11,78}$/);
  }
  assert.match(lines.at(-1) ?? '', /HELP TOPICS/);
}

test('help() begins with a line that programs can look for', () => {
  for (const session of SESSIONS)
    assert.match(ask('', session).wire, /^214-2\.0\.0 Commands you can use now:\r\n/);
});

test('help() tells before EHLO what may be said, and why not the rest', () => {
  assert.match(ask('', GREETED).wire, /now:\r\n214-2\.0\.0 {3}EHLO HELO HELP NOOP QUIT RSET VRFY\r\n/);
  assert.match(ask('', GREETED).wire, /BDAT DATA MAIL RCPT XLANG \(say EHLO first\)/);
  assert.match(
    ask('', GREETED, { ...PROFILE, protocol: 'lmtp' }).wire,
    /HELP LHLO NOOP.*\r\n.*\r\n.*say LHLO first/,
  );
});

test('help() of a reply code is the catalogue, with its page', () => {
  assert.match(ask('452').wire, /452 Insufficient system storage[^]*https:\/\/mail\.example\/smtp\/452\r\n$/);
  assert.match(ask('4.2.2').wire, /4\.2\.2 Mailbox full[^]*\/smtp\/4\.2\.2\r\n$/);
  assert.match(ask('x.2.2').wire, /X\.2\.2 Mailbox full/);
  assert.match(
    ask('214 452').wire,
    /214 Help message[^]*452 Insufficient[^]*\/smtp\/compare\/214-vs-452\r\n/,
  );
  assert.ok(ask('214 452').wire.split('\r\n').length <= 12 + 2 + 1);
  assert.equal(ask('vs 214 452').wire, ask('214 452').wire);
  assert.match(
    ask('452', READY, withHelp({ referenceUrl: null })).wire,
    /\r\n214 2\.0\.0 More: HELP TOPICS\r\n$/,
  );
});

for (const topic of [
  '999',
  '4.9.999',
  'nonsense',
  '452 nonsense',
  'nonsense 452',
  'VS',
  'VS 452',
  'VS 1 2 3',
  '214 452 550',
  '4.2',
  'LHLO',
  '__proto__',
  'MAIL RCPT',
  '999 452',
]) {
  test(`help() has no topic ${topic}`, () => {
    assert.equal(ask(topic).name, 'unknown-topic');
  });
}

test('help() tells parameters to whom may use them', () => {
  assert.match(ask('MAIL').wire, /SIZE=<octets>/);
  assert.doesNotMatch(ask('MAIL', GREETED).wire, /SIZE=<octets>/);
  assert.doesNotMatch(ask('SIZE', GREETED).wire, /Parameters/);
  assert.doesNotMatch(ask('MAIL').wire, /AUTH=/);
  assert.match(ask('MAIL', LOGGED_IN, SUBMISSION).wire, /AUTH=<>/);
  assert.match(ask('DSN').wire, /RCPT \.\.\. NOTIFY=[^]*In force now: yes/);
});

test('help() tells the limits that EHLO announces', () => {
  const { wire } = ask('LIMITS');
  assert.match(wire, /^211-/);
  assert.match(wire, /26214400 octets[^]*transaction: 1000\r\n[^]*session: 500\r\n/);
  assert.deepEqual(
    announced(PROFILE).filter((line) => /^(SIZE|LIMITS)/.test(line)),
    ['SIZE 26214400', 'LIMITS RCPTMAX=1000 MAILMAX=500'],
  );
});

test('help() tells when mail is refused for now', () => {
  const status = (accepting: HelpFacts['accepting']): string =>
    ask('STATUS', READY, PROFILE, { ...FACTS, accepting }).wire;
  assert.match(status('mail'), /^211-2\.0\.0 Accepting mail: yes\r\n/);
  assert.match(status('nothing'), /Accepting mail: no, short of storage \(452\)/);
  assert.match(status('postmaster'), /to postmaster only/);
  assert.match(status('closing'), /no, closing \(421\)/);
  assert.match(
    ask('', READY, PROFILE, { ...FACTS, accepting: 'nothing' }).wire,
    /^214-[^]*MAIL \(no mail taken now\)/,
  );
});

test('help() tells at a submission port what is to be done before MAIL', () => {
  const now = (session: Session): string => ask('', session, SUBMISSION).wire;
  assert.match(now(READY), /EHLO HELO HELP NOOP QUIT RSET STARTTLS VRFY XLANG/);
  assert.match(now(READY), / {2}AUTH MAIL \(STARTTLS first\)/);
  assert.match(now(SECURED), /now:\r\n214-2\.0\.0 {3}AUTH EHLO/);
  assert.match(now(SECURED), / {2}MAIL \(log in first\)[^]* {2}STARTTLS \(TLS is on\)/);
  assert.match(now(LOGGED_IN), /now:\r\n214-2\.0\.0 {3}EHLO HELO HELP MAIL/);
  assert.match(now(LOGGED_IN), / {2}AUTH \(logged in already\)/);
  assert.match(ask('AUTH', READY, { ...SUBMISSION, tls: 'off' }).wire, /Allowed now: no \(needs TLS\)/);
});

test('help() tells what STARTTLS and AUTH did, and how many logins may still fail', () => {
  const status = (session: Session, tls: string | null): string =>
    ask('STATUS', session, SUBMISSION, { ...FACTS, tls }).wire;
  assert.match(status(READY, null), /TLS: off\r\n.*Authenticated: no\r\n/);
  assert.match(status(SECURED, 'TLSv1.3'), /TLS: on, TLSv1\.3\r\n.*Authenticated: no\r\n/);
  assert.match(status(LOGGED_IN, null), /TLS: on\r\n.*Authenticated: yes\r\n/);
  assert.match(ask('LIMITS', SECURED, SUBMISSION).wire, /12288 octets[^]*fail here: 3,/);
  assert.match(ask('LIMITS', LOGGED_IN, SUBMISSION).wire, /fail here: 1,/);
  assert.doesNotMatch(ask('LIMITS').wire, /fail|AUTH/);
});

test('help() tells a submission client its way, and nobody else', () => {
  assert.match(ask('SUBMISSION', READY, SUBMISSION).wire, /TLS: to do, STARTTLS\r\n.*AUTH: to do\r\n/);
  assert.match(ask('SUBMISSION', SECURED, SUBMISSION).wire, /TLS: done[^]*Mechanisms: SCRAM-SHA-256-PLUS/);
  assert.match(ask('SUBMISSION', LOGGED_IN, SUBMISSION).wire, /AUTH: done/);
  assert.match(ask('TOPICS', READY, SUBMISSION).wire, / SUBMISSION\r\n/);
  assert.equal(ask('SUBMISSION').name, 'unknown-topic');
});

test('announced() has STARTTLS until TLS is on, and AUTH only where a password may be said (RFC 3207 §4.2, RFC 4954 §3)', () => {
  const words = (session: Session, profile = SUBMISSION): string[] =>
    announced(profile, 'security' in session ? session.security : NO_SECURITY).filter((line) =>
      /^(STARTTLS|AUTH)/.test(line),
    );
  assert.deepEqual(words(READY), ['STARTTLS']);
  assert.deepEqual(words(SECURED), ['AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN']);
  assert.deepEqual(words(IN_THE_CLEAR), ['STARTTLS', 'AUTH PLAIN']);
  assert.deepEqual(words(SECURED, PROFILE), []);
  assert.deepEqual(words(READY, { ...SUBMISSION, tls: 'implicit' }), []);
  assert.deepEqual(words(ready({ mechanisms: ['PLAIN'] })), ['STARTTLS']);
});

test('help() tells the version only where it is to be shown', () => {
  for (const topic of TOPICS) assert.doesNotMatch(ask(topic).wire, /1\.2\.3/);
  assert.match(ask('', READY, withHelp({ showVersion: true })).wire, /Restante 1\.2\.3/);
});

test('help() says little, or nothing, where the site wants it so', () => {
  const minimal = withHelp({ level: 'minimal' });
  assert.match(ask('MAIL', READY, minimal).wire, /^214-2\.0\.0 Syntax: MAIL/);
  assert.match(ask('TOPICS', READY, minimal).wire, /EHLO EXPN/);
  for (const topic of ['452', 'STATUS', 'SIZE', 'CODES'])
    assert.equal(ask(topic, READY, minimal).code, '504');
  const off = withHelp({ level: 'off' });
  for (const topic of TOPICS) assert.equal(ask(topic, READY, off).name, 'help-is-off');
  assert.ok(!announced(off).includes('HELP'));
  assert.ok(announced(minimal).includes('HELP'));
});

test('help() never says what it was asked', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), (text) => {
      const said = ask(`zq${text}qz`);
      assert.ok(!said.wire.includes(`zq${text}qz`));
    }),
  );
});

test('every keyword of EHLO and every verb has a topic, and no topic is of a verb that gets 500', () => {
  for (const { verb, protocols, example } of VERB_ROWS) {
    for (const protocol of protocols) {
      const profile: Profile = { ...PROFILE, protocol, tls: 'starttls', auth: 'offered' };
      assert.equal(ask(verb, READY, profile).code, '214');
      const parsed = parseCommand(example, true, profile);
      assert.ok('verb' in parsed, verb);
    }
  }
  for (const { keyword } of extensionsOf(PROFILE)) assert.match(ask(keyword).code, /^21[14]$/, keyword);
  for (const verb of Object.keys(VERBS_NOT_OFFERED)) {
    assert.equal(ask(verb).code, '214');
    const parsed = parseCommand(verb, true, PROFILE);
    assert.equal('wire' in parsed ? parsed.code : null, '502');
  }
});

test('wrap() keeps blanks at the start, and words longer than a line', () => {
  assert.deepEqual(wrap('  a b'), ['  a b']);
  assert.deepEqual(wrap(`  ${'word '.repeat(14)}end`), [`  ${'word '.repeat(13).trim()}`, '  word end']);
  assert.deepEqual(wrap('x'.repeat(100)), ['x'.repeat(100)]);
});

test('pointers() end with where to go on', () => {
  assert.deepEqual(pointers('More', 'Page: x'), ['More   Page: x']);
  assert.deepEqual(pointers('More', `Page: ${'x'.repeat(80)}`), [`Page: ${'x'.repeat(80)}`, 'More']);
});
