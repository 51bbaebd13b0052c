/** The one table of service extensions: EHLO announces it, HELP explains it. RFC 5321 §4.1.1.1. */
import { LANGUAGES } from '../base/language.ts';
import type { Profile } from './profile.ts';

export interface Extension {
  readonly keyword: string;
  /** What stands behind the keyword in the reply to EHLO; empty for nothing. */
  readonly value: string;
  readonly purpose: string;
  readonly source: `RFC ${number}`;
}

/** What this listener offers to a client that says EHLO (or LHLO), in the order it is announced. */
export function extensionsOf(profile: Profile): readonly Extension[] {
  const size = String(profile.messageSizeMax);
  const limits = `RCPTMAX=${profile.recipientMax} MAILMAX=${profile.mailMax}`;
  // prettier-ignore
  return [
    { keyword: 'PIPELINING',          value: '',     purpose: 'several commands may be sent at once',              source: 'RFC 2920' },
    { keyword: 'SIZE',                value: size,   purpose: 'the most octets a message may have; say SIZE= at MAIL', source: 'RFC 1870' },
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
export function announced(profile: Profile): readonly string[] {
  return extensionsOf(profile).map(({ keyword, value }) => (value === '' ? keyword : `${keyword} ${value}`));
}
