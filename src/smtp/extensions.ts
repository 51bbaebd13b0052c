/** The one table of service extensions: EHLO announces it, HELP explains it. RFC 5321 §4.1.1.1. */
import { LANGUAGES } from '../base/language.ts';
import type { Profile } from './profile.ts';
import { maySayPassword, NO_SECURITY, type Security } from './security.ts';

export interface Extension {
  readonly keyword: string;
  /** What stands behind the keyword in the reply to EHLO; empty for nothing. */
  readonly value: string;
  readonly purpose: string;
  readonly source: `RFC ${number}`;
}

/** What this listener offers to a client that says EHLO (or LHLO), in the order it is announced. */
export function extensionsOf(profile: Profile, security: Security = NO_SECURITY): readonly Extension[] {
  const size = String(profile.messageSizeMax);
  const limits = `RCPTMAX=${profile.recipientMax} MAILMAX=${profile.mailMax}`;
  // prettier-ignore
  return [
    { keyword: 'PIPELINING',          value: '',     purpose: 'several commands may be sent at once',              source: 'RFC 2920' },
    { keyword: 'SIZE',                value: size,   purpose: 'the most octets a message may have; say SIZE= at MAIL', source: 'RFC 1870' },
    ...(profile.tls === 'starttls' && !security.tls ? [STARTTLS] : []),
    ...authOf(profile, security),
    { keyword: '8BITMIME',            value: '',     purpose: 'bodies of 8-bit text are kept as they are',         source: 'RFC 6152' },
    { keyword: 'SMTPUTF8',            value: '',     purpose: 'addresses and header fields may be UTF-8',          source: 'RFC 6531' },
    { keyword: 'CHUNKING',            value: '',     purpose: 'BDAT sends the message in counted chunks',          source: 'RFC 3030' },
    { keyword: 'BINARYMIME',          value: '',     purpose: 'with BDAT, a body may be any octets',               source: 'RFC 3030' },
    { keyword: 'DSN',                 value: '',     purpose: 'you choose which delivery notices are sent',        source: 'RFC 3461' },
    { keyword: 'ENHANCEDSTATUSCODES', value: '',     purpose: 'replies carry a second code, like 4.2.2',           source: 'RFC 2034' },
    { keyword: 'LIMITS',              value: limits, purpose: 'how many recipients and transactions are taken',    source: 'RFC 9422' },
    ...(profile.help.level === 'off' ? [] : [HELP]),
    ...(profile.help.level === 'full' ? [XLANG] : []),
  ];
}

const STARTTLS: Extension = {
  keyword: 'STARTTLS',
  value: '',
  purpose: 'the STARTTLS command encrypts the connection',
  source: 'RFC 3207',
};

/** RFC 4954 §3: only what is taken now. A client that cannot be let in is not tempted to say its password. */
function authOf({ auth }: Profile, security: Security): readonly Extension[] {
  const { mechanisms } = security;
  if (auth === 'off' || mechanisms.length === 0 || !maySayPassword(security)) return [];
  const purpose = 'the AUTH command logs you in, with one of these mechanisms';
  return [{ keyword: 'AUTH', value: mechanisms.join(' '), purpose, source: 'RFC 4954' }];
}

const HELP: Extension = {
  keyword: 'HELP',
  value: '',
  purpose: 'the HELP command answers',
  source: 'RFC 5321',
};

/** Our own; RFC 5321 §4.1.5 leaves keywords that begin with X to those who agree on them. */
const XLANG: Extension = {
  keyword: 'XLANG',
  value: LANGUAGES.join(' '),
  purpose: 'XLANG ja makes HELP explain in Japanese, in UTF-8',
  source: 'RFC 5321',
};

/** The lines of the reply to EHLO behind the first. */
export function announced(profile: Profile, security: Security = NO_SECURITY): readonly string[] {
  return extensionsOf(profile, security).map(({ keyword, value }) =>
    value === '' ? keyword : `${keyword} ${value}`,
  );
}
