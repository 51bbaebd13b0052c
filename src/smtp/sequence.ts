/** What may be said now: RFC 5321 §4.1.4. The session obeys it and HELP tells it, so that they cannot disagree. */
import type { PlainReply } from '../replies/register.ts';
import type { Profile } from './profile.ts';
import type { Session } from './server-session.ts';
import { VERBS, type Phase, type Verb } from './verbs.ts';

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
    case 'mail-data':
    case 'closed': // No command is heard there; whoever asks is told that nothing may be said.
      return 'refused';
  }
}

/** What `verb` is answered with because of when it is said; null when it is in its turn. */
export function outOfTurn(verb: Verb, session: Session, profile: Profile): PlainReply | null {
  const row = VERBS[verb];
  if (!row.protocols.includes(profile.protocol)) return 'not-on-lmtp';
  const refusal = row.outOfTurn[phaseOf(session)];
  if (refusal !== undefined) return refusal;
  if (!('client' in session)) return null;
  if (verb === 'MAIL') return session.transactions >= profile.mailMax ? 'too-many-transactions' : null;
  if (row.needs.includes('esmtp') && !session.client.esmtp) return 'hello-first';
  if (session.state !== 'transaction') return null;
  if (verb === 'RCPT') return recipientLimit(session.transaction.recipients.length, profile);
  if (verb === 'DATA' && session.transaction.mail.body === 'BINARYMIME') return 'binary-needs-chunks';
  return null;
}

/** The one more that is refused for good, or only until the next transaction: RFC 5321 §4.5.3.1.10. */
function recipientLimit(recipients: number, profile: Profile): PlainReply | null {
  const { recipientForbiddenAt, recipientMax } = profile;
  if (recipientForbiddenAt !== null && recipients >= recipientForbiddenAt) return 'recipients-forbidden';
  return recipients >= recipientMax ? 'too-many-recipients' : null;
}
