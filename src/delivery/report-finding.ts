/** What is to be said of one recipient: facts, in no language yet. */
import type { Instant } from '../base/instant.ts';
import type { ReportKind } from '../policy/notify.ts';
import type { Cause, Failure, LastWords, Phase } from '../policy/retry.ts';
import { decodeText } from '../replies/decode/decode.ts';
import type { Reason } from '../replies/decode/reasons.ts';
import type { Fate, Told } from '../queue/reporter.ts';

export interface Finding {
  readonly kind: ReportKind;
  readonly recipient: string;
  readonly orcpt: string | null;
  readonly logId: string;
  /** `null`: it went well. */
  readonly cause: Cause | null;
  readonly status: string;
  /** `name[address]`; '': there was no peer. */
  readonly host: string;
  readonly words: Words | null;
  readonly lastAttempt: Instant | null;
  /** 0: not known, or none. */
  readonly attempts: number;
  readonly since: Instant;
  /** When we give up; only of what is delayed. */
  readonly until: Instant | null;
}

/** The last that was heard: of the peer, or, when nobody spoke, of ourselves. */
export interface Words {
  readonly speaker: 'peer' | 'ours';
  readonly code: string | null;
  readonly status: string | null;
  readonly lines: readonly string[];
}

/** RFC 3463 §3.5: the time allowed for delivery is over. §3.3: the mailbox is full. */
const STATUS_EXPIRED = '4.4.7';
const STATUS_MAILBOX_FULL = '4.2.2';
const STATUS_WELL = '2.0.0';

export function kindOf({ type }: Fate): ReportKind {
  return type === 'expired' ? 'failed' : type;
}

export function findingOf({ entry, fate }: Told, now: Instant): Finding {
  const facts = {
    kind: kindOf(fate),
    recipient: entry.recipient,
    orcpt: entry.orcpt,
    logId: `${entry.id}/${entry.ordinal}`,
    since: entry.envelope.receivedAt,
    attempts: entry.retry?.attempts ?? 0,
    until: fate.type === 'delayed' ? (fate.expiresAt as Instant) : null,
  };
  switch (fate.type) {
    case 'failed': {
      const { failure, meaning } = fate;
      const host = 'host' in failure ? failure.host : '';
      const { cause, status } = meaning;
      const attempts = facts.attempts + 1;
      return { ...facts, attempts, cause, status, host, words: wordsOf(failure), lastAttempt: now };
    }
    case 'expired':
    case 'delayed':
      // E4: a copy that waits for a full mailbox of our own was never refused by anybody.
      if (entry.account !== null) return { ...facts, ...FULL_HERE };
      return { ...facts, ...fromLast(fate.retry?.cause ?? null, fate.retry?.last ?? null) };
    case 'relayed':
    case 'delivered':
      return { ...facts, ...WELL, host: fate.host, lastAttempt: now };
    case 'expanded':
      return { ...facts, ...WELL, host: '', lastAttempt: null };
  }
}

const WELL = { cause: null, status: STATUS_WELL, words: null } as const;

const FULL_HERE = {
  cause: 'mailbox-full',
  status: STATUS_MAILBOX_FULL,
  host: '',
  words: { speaker: 'ours', code: null, status: null, lines: ['the mailbox is full'] },
  lastAttempt: null,
} as const satisfies Partial<Finding>;

type Heard = Pick<Finding, 'cause' | 'status' | 'host' | 'words' | 'lastAttempt'>;

function fromLast(cause: Cause | null, last: LastWords | null): Heard {
  if (cause === null || last === null) {
    const words: Words = { speaker: 'ours', code: null, status: null, lines: ['delivery time expired'] };
    return { cause: 'other', status: STATUS_EXPIRED, host: '', words, lastAttempt: null };
  }
  const { at, host, code, status, text } = last;
  return {
    cause,
    // What was tried again was a failure for the time being, whatever the peer called it.
    status: /^[45]\./.test(status) ? `4${status.slice(1)}` : STATUS_EXPIRED,
    host,
    words: {
      speaker: code === null ? 'ours' : 'peer',
      code,
      status: code === null ? null : status,
      lines: [text],
    },
    lastAttempt: at,
  };
}

function wordsOf(failure: Failure): Words {
  if (failure.type === 'replied') {
    const { code, status, lines } = failure.reply;
    return { speaker: 'peer', code, status, lines };
  }
  return { speaker: 'ours', code: null, status: null, lines: [ownWords(failure)] };
}

/** As administrators know them, so in English; what a person reads stands in the tables of words. */
function ownWords(failure: Exclude<Failure, { type: 'replied' }>): string {
  switch (failure.type) {
    case 'network':
      return `${NETWORK[failure.error]} ${PHASES[failure.phase]}`;
    case 'route':
      return failure.text === '' ? ROUTE[failure.error] : `${ROUTE[failure.error]}: ${failure.text}`;
    case 'tls':
      return `TLS failed: ${failure.text}`;
    case 'unsupported':
      return `the server does not take this kind of message (${failure.what.toUpperCase()})`;
    case 'local': // Its text is for our own log.
      return 'error in the mail system';
  }
}

const NETWORK = {
  refused: 'connection refused',
  unreachable: 'host unreachable',
  timeout: 'connection timed out',
  closed: 'connection closed by the other side',
  reset: 'connection reset by the other side',
} as const;

const ROUTE = {
  'no-such-domain': 'domain not found',
  'null-mx': 'the domain accepts no mail (null MX)',
  'no-address': 'the domain has no mail server with an address',
  loop: 'mail for the domain loops back to this server',
  'dns-timeout': 'DNS lookup timed out',
  'dns-failure': 'DNS lookup failed',
} as const;

const PHASES: Record<Phase, string> = {
  route: 'before connecting',
  connect: 'while connecting',
  greeting: 'while waiting for the greeting',
  hello: 'at EHLO',
  starttls: 'at STARTTLS',
  auth: 'at AUTH',
  mail: 'at MAIL',
  rcpt: 'at RCPT',
  data: 'at DATA',
  'end-of-data': 'after the final dot',
};

/** The diagnostic of RFC 3464 §2.3.6: `550 5.1.1 No such mailbox`. */
export function diagnosticOf({ code, status, lines }: Words): string {
  return [code, status, ...lines].filter((part) => part !== null && part !== '').join(' ');
}

// prettier-ignore
const REASONS_OF_CAUSES: Record<Cause, Reason | null> = {
  'mailbox-full': 'mailbox-full',     'peer-full': 'system-full',           'too-many-recipients': 'too-many-recipients',
  greylisted: 'greylisted',           'rate-limited': 'rate-limited',       'peer-busy': 'not-accepting',
  'peer-unreachable': 'network',      'reply-lost': 'network',              dns: 'host-unknown',
  tls: 'tls-required',                auth: 'auth-required',                policy: null,
  'no-such-mailbox': 'user-unknown',  'mailbox-disabled': 'mailbox-disabled', 'no-such-domain': 'host-unknown',
  'no-mail': 'null-mx',               'message-too-big': 'message-too-big', 'not-supported': null,
  loop: 'loop',                       local: 'system-error',                other: null,
};

/** The reason in the vocabulary of the reference; where the cause is vague, what its decoder makes of the words. */
export function reasonOf({ cause, words }: Finding): Reason {
  if (cause === null) return 'delivered';
  const known = REASONS_OF_CAUSES[cause];
  if (known !== null || words === null) return known ?? 'unknown';
  const [verdict] = decodeText(diagnosticOf(words)).verdicts;
  const reason = verdict?.reason ?? 'unknown';
  return reason === 'unknown' && cause === 'policy' ? 'policy' : reason;
}
