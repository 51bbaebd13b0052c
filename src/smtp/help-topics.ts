/** The topics of HELP but for reply codes. Each says what is so in this session, and no more than it enforces. */
import { codesSpoken } from '../replies/help-lines.ts';
import { REGISTER } from '../replies/register.ts';
import { extensionsOf } from './extensions.ts';
import type { HelpFacts } from './help-facts.ts';
import { wrap } from './help-form.ts';
import { parametersOf, reasonAgainst, verbsOf } from './help-now.ts';
import { AUTH_LINE_OCTETS_MAX, COMMAND_LINE_OCTETS_MAX } from './limits.ts';
import { TEXT_LINE_OCTETS_MAX } from './mail-data.ts';
import type { Profile } from './profile.ts';
import { LOGIN_FAILURES_MAX, maySayPassword, NO_SECURITY, type Security } from './security.ts';
import { phaseOf } from './sequence.ts';
import { speaksEsmtp, type Session } from './server-session.ts';
import { isOffered, isVerb, VERBS, VERBS_NOT_OFFERED, type VerbRow } from './verbs.ts';

/** All that a topic may look at. */
export interface HelpScene {
  readonly session: Session;
  readonly profile: Profile;
  readonly facts: HelpFacts;
}

/** HELP alone. The first line is for programs that look for it, and stays as it is. */
export function overview({ session, profile, facts }: HelpScene): readonly string[] {
  const now: string[] = [];
  const reasons = new Map<string, string[]>();
  for (const { verb } of verbsOf(profile)) {
    const reason = reasonAgainst(verb, session, profile, facts);
    if (reason === null) now.push(verb);
    else reasons.set(reason, [...(reasons.get(reason) ?? []), verb]);
  }
  const not = [...reasons].flatMap(([reason, verbs]) => wrap(`  ${verbs.join(' ')} (${reason})`, '    '));
  return [
    'Commands you can use now:',
    ...wrap(`  ${now.join(' ')}`),
    ...(not.length === 0 ? [] : ['Known, but not now:', ...not]),
    ...(profile.help.level === 'full' ? introduction(profile) : []),
  ];
}

const WAYS: Readonly<Record<Profile['protocol'], string>> = {
  smtp: 'mail comes in over SMTP',
  lmtp: 'mail comes in over LMTP',
  submission: 'users hand in mail: HELP SUBMISSION',
};

function introduction({ host, protocol, help }: Profile): readonly string[] {
  return [
    ...wrap(`This is ${host}, where ${WAYS[protocol]}.`),
    ...(help.showVersion ? [`It runs Restante ${help.version}.`] : []),
    'HELP <command> tells its form, HELP <code> a reply: HELP 452',
  ];
}

/** HELP <verb>. Parameters are told to whom may use them. */
export function verbTopic(row: VerbRow, { session, profile, facts }: HelpScene): readonly string[] {
  const reason = reasonAgainst(row.verb, session, profile, facts);
  const syntax = `Syntax: ${row.syntax}`;
  if (profile.help.level === 'minimal') return [syntax];
  const mayUse = speaksEsmtp(session) && session.state !== 'greeted';
  const parameters = parametersOf(row, profile);
  return [
    syntax,
    ...wrap(row.purpose),
    ...(parameters.length > 0 && mayUse ? ['Parameters:'] : []),
    ...(mayUse ? parameters.flatMap(({ form, purpose }) => wrap(`  ${form}  ${purpose}`, '    ')) : []),
    `Allowed now: ${reason === null ? 'yes' : `no (${reason})`}`,
    ...wrap(`Replies: ${[...new Set(row.replies.map((name) => REGISTER[name].code))].toSorted().join(' ')}`),
    `Example: ${row.example}`,
  ];
}

/** A verb of the standards that this server, or this listener, answers with 502. */
export function verbNotOffered(verb: string, { profile }: HelpScene): readonly string[] | null {
  if (isVerb(verb) && !isOffered(verb, profile)) {
    const { purpose: what, source } = VERBS[verb];
    return [...wrap(`${verb} (${source.replace(/ §.*/, '')}): ${what}`), NOT_OFFERED];
  }
  const purpose = Object.hasOwn(VERBS_NOT_OFFERED, verb) ? VERBS_NOT_OFFERED[verb] : undefined;
  return purpose === undefined ? null : [`${verb} ${purpose}.`, NOT_OFFERED];
}

const NOT_OFFERED = `Not offered here: it is answered with ${REGISTER['not-implemented'].code}.`;

export function extensionsTopic({ session, profile }: HelpScene): readonly string[] {
  const hello = profile.protocol === 'lmtp' ? 'LHLO' : 'EHLO';
  const inForce = session.state !== 'greeted' && speaksEsmtp(session);
  return [
    inForce ? 'Extensions in this session:' : `Say ${hello} first; then these are offered:`,
    ...extensionsOf(profile, securityOf(session)).flatMap(({ keyword, value, purpose }) =>
      wrap(`  ${keyword}${value === '' ? '' : ` ${value}`}: ${purpose}`, '    '),
    ),
  ];
}

/** HELP <keyword of EHLO>. */
export function extensionTopic(keyword: string, { session, profile }: HelpScene): readonly string[] | null {
  const extension = extensionsOf(profile, securityOf(session)).find((each) => each.keyword === keyword);
  if (extension === undefined) return null;
  const { value, purpose, source } = extension;
  const inForce = session.state !== 'greeted' && speaksEsmtp(session);
  const parameters = verbsOf(profile).flatMap((row) =>
    parametersOf(row, profile)
      .filter((parameter) => parameter.source === source)
      .flatMap(({ form, purpose: why }) => wrap(`  ${row.verb} ... ${form}  ${why}`, '    ')),
  );
  return [
    `${keyword}${value === '' ? '' : ` ${value}`}`,
    ...wrap(`An extension of ${source}: ${purpose}.`),
    ...(parameters.length > 0 && inForce ? ['Parameters:', ...parameters] : []),
    `In force now: ${inForce ? 'yes' : `no (say ${profile.protocol === 'lmtp' ? 'LHLO' : 'EHLO'} first)`}`,
  ];
}

/** The numbers that EHLO announces, and the others that are kept. */
export function limitsTopic({ session, profile }: HelpScene): readonly string[] {
  const { messageSizeMax, recipientMax, recipientForbiddenAt, mailMax, timeouts } = profile;
  return [
    'Limits here:',
    `  Message: ${messageSizeMax} octets`,
    `  Recipients in one transaction: ${recipientMax}`,
    ...(recipientForbiddenAt === null ? [] : [`  Recipients of one message: ${recipientForbiddenAt}`]),
    `  Transactions in one session: ${mailMax}`,
    `  Command line: ${COMMAND_LINE_OCTETS_MAX} octets, more with parameters`,
    ...(profile.auth === 'off' ? [] : loginLimits(securityOf(session))),
    `  Line of mail data: ${TEXT_LINE_OCTETS_MAX} octets`,
    `  Wait for a command: ${timeouts.command} seconds`,
    `  Wait for mail data: ${timeouts.data} seconds`,
    `  Whole session: ${timeouts.session} seconds`,
  ];
}

function loginLimits({ failures }: Security): readonly string[] {
  return [
    `  Line of AUTH: ${AUTH_LINE_OCTETS_MAX} octets`,
    `  Logins that may still fail here: ${LOGIN_FAILURES_MAX - failures}, and the last closes`,
  ];
}

const ACCEPTING: Readonly<Record<HelpFacts['accepting'], string>> = {
  mail: 'yes',
  postmaster: `to postmaster only, short of storage (${REGISTER['storage-full'].code}), try again later`,
  nothing: `no, short of storage (${REGISTER['storage-full'].code}), try again later`,
  closing: `no, closing (${REGISTER['shutting-down'].code}), try again later`,
};

export function statusTopic({ session, facts }: HelpScene): readonly string[] {
  const security = securityOf(session);
  return [
    ...wrap(`Accepting mail: ${ACCEPTING[facts.accepting]}`),
    `TLS: ${security.tls ? `on${facts.tls === null ? '' : `, ${facts.tls}`}` : 'off'}`,
    `Authenticated: ${security.login === null ? 'no' : 'yes'}`,
    `Transaction: ${transactionOf(session)}`,
    `Time: ${facts.now}`,
  ];
}

function transactionOf(session: Session): string {
  if (phaseOf(session) === 'refused') return 'refused, RSET first';
  if (session.state !== 'transaction') return 'none';
  const { recipients } = session.transaction;
  const named = `MAIL, ${recipients.length} RCPT`;
  return session.octets === null ? named : `${named}, ${session.octets} octets in chunks`;
}

/** What a program must do here, in its order, and how far this session has come. RFC 6409. */
export function submissionTopic({ session, profile }: HelpScene): readonly string[] {
  const security = securityOf(session);
  const { tls, login, mechanisms } = security;
  return [
    'Mail that users of this server send (RFC 6409):',
    ...(profile.tls === 'off' ? [] : [`  Encrypt with TLS: ${encryption(security, profile)}`]),
    ...(profile.auth === 'off'
      ? []
      : wrap(
          `  Log in with AUTH${profile.auth === 'required' ? '' : ', if you like'}: ${login === null ? 'to do' : 'done'}`,
        )),
    ...(maySayPassword(security) && mechanisms.length > 0
      ? wrap(`  Mechanisms: ${mechanisms.join(' ')}`, '    ')
      : []),
    ...(tls || profile.tls === 'off' ? [] : ['  After STARTTLS say EHLO again.']),
  ];
}

function encryption({ tls, clearAuth }: Security, { tls: how }: Profile): string {
  if (tls) return 'done';
  if (how === 'implicit') return 'before the greeting';
  return clearAuth ? 'STARTTLS, not demanded from where you are' : 'to do, STARTTLS';
}

function securityOf(session: Session): Security {
  return 'security' in session ? session.security : NO_SECURITY;
}

/** One line each; HELP <code> says more. */
export function codesTopic(): readonly string[] {
  return ['Reply codes of this server:', ...codesSpoken().map(({ code, name }) => `  ${code} ${name}`)];
}

export function contactTopic({ profile }: HelpScene): readonly string[] {
  return ['A person answers for this server:', `  ${profile.help.contact}`];
}

export function topicsTopic({ session, profile }: HelpScene): readonly string[] {
  const verbs = wrap(
    `  ${verbsOf(profile)
      .map(({ verb }) => verb)
      .join(' ')}`,
  );
  if (profile.help.level === 'minimal') return ['Topics:', ...verbs];
  const keywords = extensionsOf(profile, securityOf(session)).map(({ keyword }) => keyword);
  return [
    'Commands:',
    ...verbs,
    'Extensions, all of them with HELP EXTENSIONS:',
    ...wrap(`  ${keywords.filter((keyword) => keyword !== 'HELP').join(' ')}`),
    'Reply codes, all of them with HELP CODES:',
    '  HELP 452, HELP 4.2.2, and two to compare: HELP 214 452',
    'This server and this session:',
    `  LIMITS STATUS CONTACT${profile.protocol === 'submission' ? ' SUBMISSION' : ''}`,
  ];
}
