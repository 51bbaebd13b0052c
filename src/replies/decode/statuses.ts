/** What enhanced and basic codes say by themselves. Vague ones say nothing here: the words decide. */
import type { Phase } from '../catalogue.ts';
import type { Reason } from './reasons.ts';

/** Subject and detail of an enhanced code. `X.7.1`, `X.0.0` and `X.5.0` are missing on purpose: they are used for everything. */
// prettier-ignore
const STATUS_REASONS: Readonly<Record<string, Reason>> = {
  '1.0': 'user-unknown', '1.1': 'user-unknown', '1.2': 'host-unknown', '1.3': 'user-unknown', '1.4': 'user-unknown', '1.6': 'user-moved',
  '1.7': 'policy', '1.8': 'policy', '1.9': 'system-error', '1.10': 'null-mx', '1.90': 'rate-limited',
  '2.0': 'filtered', '2.1': 'mailbox-disabled', '2.2': 'mailbox-full', '2.3': 'message-too-big', '2.4': 'filtered',
  '2.121': 'rate-limited', '2.122': 'rate-limited',
  '3.0': 'system-error', '3.1': 'system-full', '3.2': 'not-accepting', '3.3': 'system-error', '3.4': 'message-too-big', '3.5': 'system-error',
  '4.0': 'network', '4.1': 'network', '4.2': 'network', '4.3': 'host-unknown', '4.4': 'host-unknown', '4.5': 'rate-limited',
  '4.6': 'loop', '4.7': 'expired', '4.14': 'loop', '4.312': 'host-unknown', '4.316': 'network', '4.8': 'tls-required',
  '5.1': 'protocol', '5.2': 'syntax', '5.3': 'too-many-recipients', '5.4': 'syntax', '5.5': 'protocol', '5.6': 'syntax',
  '6.0': 'content', '6.1': 'content', '6.2': 'content', '6.3': 'content', '6.4': 'content', '6.5': 'content', '6.6': 'content',
  '6.7': 'content', '6.8': 'content', '6.9': 'content',
  '7.2': 'policy', '7.3': 'policy', '7.4': 'policy', '7.5': 'policy', '7.6': 'policy', '7.7': 'content', '7.8': 'auth-required', '7.9': 'auth-required',
  '7.10': 'tls-required', '7.11': 'tls-required', '7.12': 'auth-required', '7.13': 'suspended', '7.17': 'user-moved', '7.18': 'user-moved',
  '7.20': 'auth-failure', '7.21': 'auth-failure', '7.22': 'auth-failure', '7.23': 'auth-failure', '7.24': 'auth-failure',
  '7.25': 'reverse-dns', '7.26': 'auth-failure', '7.27': 'null-mx', '7.28': 'rate-limited', '7.29': 'auth-failure', '7.30': 'tls-required',
  '7.54': 'relaying-denied', '7.57': 'auth-required', '7.124': 'filtered', '7.129': 'filtered', '7.133': 'filtered', '7.193': 'filtered',
  '7.64': 'relaying-denied', '7.321': 'tls-required', '7.322': 'tls-required', '7.323': 'tls-required', '7.324': 'tls-required', '7.325': 'tls-required',
  '7.232': 'rate-limited', '7.233': 'rate-limited', '7.500': 'rate-limited', '7.501': 'spam', '7.502': 'spam', '7.503': 'spam', '7.508': 'rate-limited', '7.509': 'auth-failure',
  '7.506': 'policy', '7.507': 'reputation', '7.511': 'reputation', '7.512': 'content', '7.515': 'auth-failure', '7.606': 'reputation', '7.703': 'spam', '7.705': 'spam', '7.708': 'reputation', '7.750': 'reputation',
};

/** What a status says though it is used for many things: asked after the weak words. */
// prettier-ignore
const VAGUE_STATUSES: Readonly<Record<string, Reason>> = { '7.1': 'policy', '7.0': 'policy', '3.0': 'system-error', '4.0': 'network' };

/** Values that servers send for want of a better one; words beat them. */
const LOOSE = new Set([
  '1.0',
  '2.0',
  '2.1',
  '3.0',
  '4.0',
  '4.1',
  '4.4',
  '7.9',
  '5.1',
  '5.2',
  '5.4',
  '6.0',
  '7.0',
  '7.2',
  '1.7',
  '1.8',
  '3.2',
  '3.5',
  '3.3',
  '1.3',
  '1.4',
  '5.3',
]);

export interface StatusMeaning {
  readonly reason: Reason;
  readonly isLoose: boolean;
  /** A number that was made for one cause, by a provider or for the checks of the sender’s domain. */
  readonly isExact: boolean;
}

export function statusReason(status: string): StatusMeaning | null {
  const key = status.slice(2);
  const reason = STATUS_REASONS[key] ?? (/^7\.6[0-4]\d$/.test(key) ? 'reputation' : undefined);
  return reason === undefined
    ? null
    : { reason, isLoose: LOOSE.has(key), isExact: /\.(?:[3-9]\d|\d{3})$|^7\.2[0-6]$/.test(key) };
}

export function vagueStatusReason(status: string): Reason | null {
  return VAGUE_STATUSES[status.slice(2)] ?? null;
}

// prettier-ignore
const CODE_REASONS: Readonly<Record<string, Reason>> = {
  '432': 'auth-required', '454': 'tls-required', '455': 'syntax', '452': 'system-full', '500': 'syntax', '501': 'syntax', '502': 'protocol', '503': 'protocol',
  '504': 'syntax', '521': 'not-accepting', '523': 'tls-required', '530': 'auth-required', '534': 'auth-required', '535': 'auth-required', '538': 'tls-required',
  '551': 'user-moved', '552': 'mailbox-full', '553': 'syntax', '555': 'syntax', '556': 'null-mx',
};

/** What a basic code says where no word and no enhanced code does. */
export function codeReason(code: string, phase: Phase | null): Reason | null {
  if (code === '552' && (phase === 'data-end' || phase === 'data' || phase === 'mail'))
    return 'message-too-big';
  if (code === '553' && phase === 'rcpt') return 'user-unknown';
  if (code === '550' && phase === 'rcpt') return 'user-unknown';
  if ((code === '550' || code === '554') && (phase === 'data-end' || phase === 'data')) return 'filtered';
  if ((code === '554' || code === '421') && (phase === 'connect' || phase === 'ehlo'))
    return code === '554' ? 'reputation' : 'not-accepting';
  if (code === '452' && phase === 'rcpt') return 'mailbox-full';
  return CODE_REASONS[code] ?? null;
}

/** Enhanced codes that lost their dots, and numbers of operating systems and gateways. */
// prettier-ignore
export const PSEUDO_CODES: Readonly<Record<string, { readonly status: string | null; readonly reason: Reason }>> = {
  '101': { status: null, reason: 'network' }, '110': { status: null, reason: 'network' }, '111': { status: null, reason: 'network' }, '113': { status: null, reason: 'network' },
  '422': { status: '4.2.2', reason: 'mailbox-full' }, '431': { status: '4.3.1', reason: 'system-full' }, '441': { status: '4.4.1', reason: 'network' },
  '442': { status: '4.4.2', reason: 'network' }, '444': { status: '4.4.4', reason: 'host-unknown' }, '446': { status: '4.4.6', reason: 'loop' }, '447': { status: '4.4.7', reason: 'expired' },
  '449': { status: null, reason: 'network' }, '471': { status: '4.7.1', reason: 'policy' }, '511': { status: '5.1.1', reason: 'user-unknown' },
  '512': { status: '5.1.2', reason: 'host-unknown' }, '513': { status: '5.1.3', reason: 'user-unknown' }, '510': { status: '5.1.0', reason: 'user-unknown' },
  '571': { status: '5.7.1', reason: 'policy' }, '585': { status: null, reason: 'user-unknown' }, '540': { status: null, reason: 'suspended' }, '420': { status: null, reason: 'network' }, '435': { status: null, reason: 'auth-required' },
  '498': { status: null, reason: 'host-unknown' }, '499': { status: null, reason: 'network' }, '505': { status: null, reason: 'suspended' }, '517': { status: '5.1.7', reason: 'policy' }, '558': { status: null, reason: 'message-too-big' },
  '522': { status: '5.2.2', reason: 'mailbox-full' }, '541': { status: null, reason: 'spam' },
};
