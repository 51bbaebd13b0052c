/** Why a verb may not be said now, in four words at most: for HELP, from what the session itself would answer. */
import type { PlainReply } from '../replies/register.ts';
import type { HelpFacts } from './help-facts.ts';
import type { Profile } from './profile.ts';
import { outOfTurn } from './sequence.ts';
import type { Session } from './server-session.ts';
import { isOffered, VERB_ROWS, type Verb, type VerbRow } from './verbs.ts';

const REASONS: Readonly<Partial<Record<PlainReply, string>>> = {
  'mail-first': 'after MAIL',
  'nested-mail': 'RSET first',
  'no-valid-recipients': 'after RCPT',
  'chunks-begun': 'BDAT has begun',
  'chunk-refused': 'RSET first',
  'binary-needs-chunks': 'BINARYMIME needs BDAT',
  'too-many-transactions': 'session limit reached',
  'too-many-recipients': 'recipient limit reached',
  'recipients-forbidden': 'recipient limit reached',
  'no-expansion': 'not offered here',
  'tls-is-on': 'TLS is on',
  'tls-first': 'STARTTLS first',
  'auth-first': 'log in first',
  'logged-in-already': 'logged in already',
  'auth-unavailable': 'cannot log in now',
};

/** The verbs of this protocol, in the order of the alphabet. */
export function verbsOf(profile: Profile): readonly VerbRow[] {
  const { protocol, help } = profile;
  return VERB_ROWS.filter(
    ({ verb, protocols }) =>
      protocols.includes(protocol) && isOffered(verb, profile) && (verb !== 'XLANG' || help.level === 'full'),
  ).toSorted((a, b) => (a.verb < b.verb ? -1 : 1));
}

/** The parameters that this listener takes. */
export function parametersOf({ parameters }: VerbRow, { auth }: Profile): VerbRow['parameters'] {
  return parameters.filter(({ source }) => source !== 'RFC 4954' || auth !== 'off');
}

/** Null when `verb` may be said now. */
export function reasonAgainst(
  verb: Verb,
  session: Session,
  profile: Profile,
  facts: HelpFacts,
): string | null {
  const refusal = outOfTurn(verb, session, profile);
  if (refusal === 'hello-first') return `say ${profile.protocol === 'lmtp' ? 'LHLO' : 'EHLO'} first`;
  if (refusal === 'auth-needs-tls') return profile.tls === 'starttls' ? 'STARTTLS first' : 'needs TLS';
  if (refusal !== null) return REASONS[refusal] ?? 'not now';
  if (verb === 'MAIL' && facts.accepting === 'nothing') return 'no mail taken now';
  return facts.accepting === 'closing' && verb !== 'QUIT' ? 'server is closing' : null;
}
