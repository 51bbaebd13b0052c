/** The part of a session between AUTH and its last reply: RFC 4954 §4. A client answers a challenge, gives up, or says nonsense. */
import { assert } from '../base/assert.ts';
import { reply, REPLY_LINE_OCTETS_MAX, type PlainReply } from '../replies/register.ts';
import { encodeBase64, type AuthLine } from './auth-line.ts';
import type { Command } from './command.ts';
import { LOGIN_FAILURES_MAX, type Identity } from './security.ts';
import type { Session, Step } from './server-session.ts';

/** What came of a client's response; who knows passwords says it. */
export type AuthOutcome =
  | { readonly type: 'challenge'; readonly octets: Uint8Array }
  | { readonly type: 'accepted'; readonly login: Identity }
  | { readonly type: 'refused'; readonly reply: LoginRefusal };

export type LoginRefusal =
  | 'credentials-invalid'
  | 'auth-unavailable'
  | 'auth-malformed'
  | 'auth-too-many'
  | 'unknown-mechanism';

/** Challenges in one exchange; the mechanisms that are known take three at most. */
const CHALLENGES_MAX = 8;
const CHALLENGE_LETTERS_MAX = REPLY_LINE_OCTETS_MAX - '334 \r\n'.length;

type Ready = Extract<Session, { readonly state: 'ready' }>;
type Authenticating = Extract<Session, { readonly state: 'auth' }>;

export function beginLogin(session: Ready, command: Extract<Command, { readonly verb: 'AUTH' }>): Step {
  const { mechanism, initial } = command;
  const { security, client, transactions } = session;
  if (!security.mechanisms.includes(mechanism))
    return [session, { type: 'reply', reply: reply('unknown-mechanism') }];
  const next = { state: 'auth', security, client, transactions, challenges: 0 } as const;
  return [next, { type: 'auth-begin', mechanism, initial }];
}

/** The client's next line. */
export function hearLogin(session: Session, said: AuthLine): Step {
  assert(session.state === 'auth', `a line of a login while ${session.state}`);
  if (said.type === 'response') return [session, { type: 'auth-answer', octets: said.octets }];
  return failed(session, said.reply);
}

export function judgeLogin(session: Session, outcome: AuthOutcome): Step {
  assert(session.state === 'auth', `a login judged while ${session.state}`);
  switch (outcome.type) {
    case 'challenge': {
      const challenge = encodeBase64(outcome.octets);
      const challenges = session.challenges + 1;
      if (challenges > CHALLENGES_MAX || challenge.length > CHALLENGE_LETTERS_MAX)
        return failed(session, 'auth-malformed');
      return [
        { ...session, challenges },
        { type: 'reply', reply: reply('auth-challenge', { challenge }) },
      ];
    }
    case 'accepted': {
      const { client, transactions } = session;
      const security = { ...session.security, login: outcome.login };
      const next = { state: 'ready', security, client, transactions } as const;
      return [next, { type: 'auth-end' }, { type: 'reply', reply: reply('authenticated') }];
    }
    case 'refused':
      return failed(session, outcome.reply);
  }
}

/** Whatever the reason: one that gives up each time, or stops in the middle, has tried. */
function failed({ security, client, transactions }: Authenticating, name: PlainReply): Step {
  const failures = security.failures + 1;
  if (failures >= LOGIN_FAILURES_MAX || name === 'auth-too-many') {
    const last = { type: 'reply', reply: reply('auth-too-many') } as const;
    return [{ state: 'closed' }, { type: 'auth-end' }, last, { type: 'close' }];
  }
  const next = { state: 'ready', security: { ...security, failures }, client, transactions } as const;
  return [next, { type: 'auth-end' }, { type: 'reply', reply: reply(name) }];
}
