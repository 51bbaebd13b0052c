/** What a failure means: the enhanced code first, then the phase, and the text never but to tell apart two causes of waiting. */
import type { HeardReply } from '../replies/heard-reply.ts';
import type { Cause, Failure, Meaning, Phase, Scope } from './retry.ts';

/** Where in its transaction a RCPT stood. Both 0 for what does not concern a RCPT. */
export interface RecipientPlace {
  /** From 0. */
  readonly index: number;
  /** RCPTs of the same transaction that were accepted before. */
  readonly acceptedBefore: number;
}

/** RFC 3463, by subject and detail, whatever the class. */
const CAUSES: Readonly<Record<string, Cause>> = {
  '1.1': 'no-such-mailbox',
  '1.2': 'no-such-domain',
  '1.6': 'no-such-mailbox',
  '1.10': 'no-mail',
  '2.1': 'mailbox-disabled',
  '2.2': 'mailbox-full',
  '2.3': 'message-too-big',
  '3.1': 'peer-full',
  '3.2': 'peer-busy',
  '3.3': 'not-supported',
  '3.4': 'message-too-big',
  '4.3': 'dns',
  '4.5': 'peer-busy',
  '4.6': 'loop',
  '5.3': 'too-many-recipients',
  '6.3': 'not-supported',
  '6.7': 'not-supported',
  '7.0': 'policy',
  '7.1': 'policy',
  '7.8': 'auth',
  '7.10': 'tls',
};

/** These concern the host as a whole, and so everything else that waits for it. */
const OF_THE_HOST = new Set<Cause>(['peer-full', 'peer-busy', 'peer-unreachable', 'tls', 'auth']);
const MAY_BE_RATE = new Set<Cause | undefined>(['too-many-recipients', 'mailbox-disabled']);
/** Nothing said before MAIL is the fault of a recipient. */
const BEFORE_MAIL = new Set<Phase>(['connect', 'greeting', 'hello', 'starttls', 'auth']);

export function classify(failure: Failure, place: RecipientPlace): Meaning {
  switch (failure.type) {
    case 'replied':
      return ofReply(failure.reply, failure.phase, place);
    case 'network':
      return failure.phase === 'end-of-data'
        ? { action: 'retry', cause: 'reply-lost', scope: 'host', status: '4.4.2' }
        : { action: 'next-host', cause: 'peer-unreachable', scope: 'host', status: ofNetwork(failure.error) };
    case 'route':
      return ofRoute(failure.error);
    case 'tls':
      return { action: 'next-host', cause: 'tls', scope: 'host', status: '4.7.5' };
    case 'unsupported':
      return failure.what === 'size'
        ? { action: 'fail', cause: 'message-too-big', scope: 'message', status: '5.3.4' }
        : { action: 'fail', cause: 'not-supported', scope: 'message', status: UNSUPPORTED[failure.what] };
    case 'local':
      return { action: 'retry', cause: 'local', scope: 'message', status: '4.3.0' };
  }
}

/** RFC 6531 §3.5 for addresses, RFC 3463 §3.7 for bodies. */
const UNSUPPORTED = { smtputf8: '5.6.7', '8bitmime': '5.6.3', binarymime: '5.6.3' } as const;

/**
 * A mailbox that is full for good, as its server says (552 5.2.2), may still be emptied the same day: within `patienceMs` of its
 * being queued such a refusal is asked again. 0 takes the server at its word.
 */
export function withPatience(meaning: Meaning, ageMs: number, patienceMs: number): Meaning {
  const { action, cause } = meaning;
  if (action !== 'fail' || cause !== 'mailbox-full' || ageMs >= patienceMs) return meaning;
  return { action: 'retry', cause, scope: 'mailbox', status: '4.2.2' };
}

function ofReply(reply: HeardReply, phase: Phase, place: RecipientPlace): Meaning {
  const { code } = reply;
  // Not a failure's code at all: the peer has lost its way, and the next connection may find it.
  if (code === null || !/^[45]/.test(code))
    return { action: 'next-host', cause: 'other', scope: 'host', status: '4.5.0' };
  if (asksForAnotherTransaction(reply, phase, place))
    return { action: 'next-transaction', cause: 'too-many-recipients', scope: 'message', status: '4.5.3' };
  const cause = causeOf(reply, code, phase);
  // A sequence that was right and that the peer finds wrong: it is confused, not the mail (also behind a proxy that lost its server).
  const permanent = code.startsWith('5') && code !== '503';
  const scope = scopeOf(cause, code, phase);
  if (BEFORE_MAIL.has(phase)) {
    // RFC 7504: a host that takes no mail says so for ever. Any other 5yz here may be of this host alone.
    const never = permanent && cause === 'no-mail';
    return {
      action: never ? 'fail' : 'next-host',
      cause,
      scope,
      status: never ? '5.1.10' : temporary(reply),
    };
  }
  if (permanent) return { action: 'fail', cause, scope: 'message', status: reply.status ?? '5.0.0' };
  const action = scope === 'host' ? 'next-host' : 'retry';
  return { action, cause, scope, status: code === '503' ? '4.5.0' : (reply.status ?? usual(cause)) };
}

/**
 * RFC 5321 §4.5.3.1.10, and 552 as RFC 821 had it. The first RCPT of a transaction cannot be one too many: then, and when the
 * enhanced code says something else, it is what it says.
 */
function asksForAnotherTransaction(
  { code, status }: HeardReply,
  phase: Phase,
  place: RecipientPlace,
): boolean {
  if (phase !== 'rcpt' || place.index === 0 || place.acceptedBefore === 0) return false;
  if (status !== null) return code?.startsWith('4') === true && status === '4.5.3';
  return code === '452' || code === '552';
}

function causeOf(reply: HeardReply, code: string, phase: Phase): Cause {
  if (code === '521' || code === '556') return 'no-mail'; // RFC 7504
  if (code === '421') return speaksOfRate(reply) ? 'rate-limited' : 'peer-busy';
  if (code === '503') return 'other';
  const byStatus = reply.status === null ? undefined : CAUSES[reply.status.slice(2)];
  // "No such mailbox, try again" makes no sense; large providers say 452 4.1.1 of a mailbox over its quota.
  if (code === '452' && byStatus === 'no-such-mailbox') return 'mailbox-full';
  // Some say 4.5.3 of their own count of messages an hour, and 4.2.1 of a mailbox that gets too many.
  if (code.startsWith('4') && MAY_BE_RATE.has(byStatus) && speaksOfRate(reply)) return 'rate-limited';
  if (code.startsWith('4') && (byStatus === undefined || byStatus === 'policy'))
    return whileWaiting(reply, code, phase);
  if (byStatus !== undefined) return byStatus;
  if (code === '552') return phase === 'rcpt' ? 'mailbox-full' : 'message-too-big';
  if (code === '530' || code === '535' || code === '538') return 'auth';
  return code === '550' && phase === 'rcpt' && reply.status === null ? 'no-such-mailbox' : 'other';
}

/** 4yz without an enhanced code that tells: what they are used for, by phase. */
function whileWaiting({ status, lines }: HeardReply, code: string, phase: Phase): Cause {
  if (code === '452') return phase === 'rcpt' && status === null ? 'mailbox-full' : 'peer-full';
  if (/gr[ae]y.?list/i.test(lines.join(' '))) return 'greylisted';
  if (speaksOfRate({ lines })) return 'rate-limited';
  return status?.endsWith('.7.1') === true && phase === 'rcpt' ? 'greylisted' : 'other';
}

function speaksOfRate({ lines }: Pick<HeardReply, 'lines'>): boolean {
  return /\brates?\b|too (?:fast|much)|too many (?!recip)|throttl|\blimit/i.test(lines.join(' '));
}

function scopeOf(cause: Cause, code: string, phase: Phase): Scope {
  if (BEFORE_MAIL.has(phase) || code === '421' || code === '503' || OF_THE_HOST.has(cause)) return 'host';
  return phase === 'rcpt' ? 'mailbox' : 'message';
}

function temporary({ status }: HeardReply): string {
  return status?.startsWith('4') === true ? status : '4.3.0';
}

function usual(cause: Cause): string {
  return USUAL_STATUS[cause] ?? '4.0.0';
}

const USUAL_STATUS: Partial<Record<Cause, string>> = {
  'mailbox-full': '4.2.2',
  'peer-full': '4.3.1',
  'peer-busy': '4.3.2',
  greylisted: '4.7.0',
  'rate-limited': '4.7.0',
};

function ofNetwork(error: Extract<Failure, { type: 'network' }>['error']): string {
  return error === 'refused' || error === 'unreachable' ? '4.4.1' : '4.4.2';
}

function ofRoute(error: Extract<Failure, { type: 'route' }>['error']): Meaning {
  const scope = 'destination';
  switch (error) {
    case 'no-such-domain':
      return { action: 'fail', cause: 'no-such-domain', scope, status: '5.1.2' };
    case 'null-mx': // RFC 7505 §4.2
      return { action: 'fail', cause: 'no-mail', scope, status: '5.1.10' };
    case 'no-address':
      return { action: 'fail', cause: 'no-such-domain', scope, status: '5.4.4' };
    case 'loop':
      return { action: 'fail', cause: 'loop', scope, status: '5.4.6' };
    case 'dns-timeout':
    case 'dns-failure':
      return { action: 'retry', cause: 'dns', scope, status: '4.4.3' };
  }
}
