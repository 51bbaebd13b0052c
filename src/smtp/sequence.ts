/** What may be said now: RFC 5321 §4.1.4. The session obeys it and HELP tells it, so that they cannot disagree. */
import type { PlainReply } from '../replies/register.ts';
import type { Profile } from './profile.ts';
import { maySayPassword, type Security } from './security.ts';
import type { Session } from './server-session.ts';
import { isOffered, VERBS, type Phase, type Verb } from './verbs.ts';

/** The phase of a session that waits for a command. */
export function phaseOf(session: Session): Phase {
  switch (session.state) {
    case 'transaction':
      if (session.octets !== null) return 'chunks';
      return session.transaction.recipients.length === 0 ? 'mail' : 'recipients';
    case 'greeted':
    case 'ready':
    case 'refused':
      return session.state;
    case 'auth':
    case 'mail-data':
    case 'closed': // No command is heard there; whoever asks is told that nothing may be said.
      return 'refused';
  }
}

/** What `verb` is answered with because of when it is said; null when it is in its turn. */
export function outOfTurn(verb: Verb, session: Session, profile: Profile): PlainReply | null {
  const row = VERBS[verb];
  if (!row.protocols.includes(profile.protocol)) return 'not-on-lmtp';
  if (!isOffered(verb, profile)) return 'not-implemented';
  const done = 'security' in session ? doneAlready(verb, session.security) : null;
  const refusal = done ?? row.outOfTurn[phaseOf(session)];
  if (refusal !== undefined) return refusal;
  if (!('client' in session)) return null;
  if (row.needs.includes('esmtp') && !session.client.esmtp) return 'hello-first';
  const insecure = refusalOfStranger(verb, session.security, profile);
  if (insecure !== null) return insecure;
  if (verb === 'MAIL') return session.transactions >= profile.mailMax ? 'too-many-transactions' : null;
  if (session.state !== 'transaction') return null;
  if (verb === 'RCPT') return recipientLimit(session.transaction.recipients.length, profile);
  if (verb === 'DATA' && session.transaction.mail.body === 'BINARYMIME') return 'binary-needs-chunks';
  return null;
}

/** Said once, whatever else is missing: RFC 3207 §4.2, RFC 4954 §4. */
function doneAlready(verb: Verb, { tls, login }: Security): PlainReply | null {
  if (verb === 'STARTTLS' && tls) return 'tls-is-on';
  return verb === 'AUTH' && login !== null ? 'logged-in-already' : null;
}

/**
 * Who is not known yet, or could be overheard. Deviates: RFC 4954 §4 says 504 to a mechanism that needs encryption, and §6 keeps
 * 538 for history; 538 5.7.11 tells the user of a misconfigured program what is wrong.
 */
function refusalOfStranger(verb: Verb, security: Security, profile: Profile): PlainReply | null {
  const overheard = !maySayPassword(security);
  if (verb === 'AUTH') {
    if (overheard) return 'auth-needs-tls';
    return security.mechanisms.length === 0 ? 'auth-unavailable' : null;
  }
  if (verb !== 'MAIL' || profile.auth !== 'required' || security.login !== null) return null;
  return overheard && profile.tls === 'starttls' ? 'tls-first' : 'auth-first';
}

/** The one more that is refused for good, or only until the next transaction: RFC 5321 §4.5.3.1.10. */
function recipientLimit(recipients: number, profile: Profile): PlainReply | null {
  const { recipientForbiddenAt, recipientMax } = profile;
  if (recipientForbiddenAt !== null && recipients >= recipientForbiddenAt) return 'recipients-forbidden';
  return recipients >= recipientMax ? 'too-many-recipients' : null;
}
