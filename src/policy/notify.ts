/**
 * Who is told what became of a message, and who is not: RFC 3461 §4.1 and §6.2, RFC 3834 §2, RFC 5321 §6.1 and §6.2.
 * Pure: facts in, verdict out.
 */

/** The `Action` of RFC 3464 §2.3.3. */
export type ReportKind = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface NoticeFacts {
  readonly kind: ReportKind;
  /** NOTIFY of the recipient; `null`: nothing was said. */
  readonly notify: string | null;
  /** '' is the null reverse-path. */
  readonly reversePath: string;
  readonly origin: 'submission' | 'network' | 'internal' | 'mx';
  /** It was sent by a program as an answer: `Auto-Submitted` other than `no`. Only asked of `internal`. */
  readonly automatic: boolean;
  /** The reverse-path is one of our own mailboxes. */
  readonly senderIsLocal: boolean;
}

/**
 * `report`: the reverse-path is told. `none`: nobody wants to know. `undeliverable`: it failed and nobody may be told, so it is for
 * the postmaster to see. `double-bounce`: a report of ours that failed; it ends here.
 */
export type Notice = 'report' | 'none' | 'undeliverable' | 'double-bounce';

/** Recipients told one by one in a report; the rest is a number: nobody makes a long report out of a short message. */
export const RECIPIENTS_DETAILED_MAX = 100;
/** RET=FULL returns at most so much; of what is larger the header comes back. */
export const RETURNED_OCTETS_MAX = 64 * 1024;
/** RFC 3461 §4.1: what holds when the sender said nothing. */
const NOTIFY_DEFAULT: readonly string[] = ['FAILURE', 'DELAY'];

export function judgeNotice(facts: NoticeFacts): Notice {
  const { kind, notify, origin, reversePath, automatic } = facts;
  if (isOwed(facts)) return 'report';
  if (kind !== 'failed') return 'none';
  // Ours say NOTIFY=NEVER to others; that they failed is to be known here nevertheless.
  if (origin === 'internal' && (reversePath === '' || automatic)) return 'double-bounce';
  // A failure that its sender does not care about is nobody's concern.
  return wishes(notify).includes('FAILURE') ? 'undeliverable' : 'none';
}

function isOwed({ kind, notify, reversePath, origin, automatic, senderIsLocal }: NoticeFacts): boolean {
  // RFC 5321 §6.1: no report for a report. Of `mx` nobody knows whether the reverse-path is forged.
  if (reversePath === '' || origin === 'mx' || (origin === 'internal' && automatic)) return false;
  const wanted = wishes(notify);
  switch (kind) {
    case 'failed':
      return wanted.includes('FAILURE');
    case 'delayed': // Only who is known by a password is worth a letter that says: wait.
      return origin === 'submission' && wanted.includes('DELAY');
    case 'delivered':
    case 'relayed':
    case 'expanded':
      return (origin === 'submission' || senderIsLocal) && wanted.includes('SUCCESS');
  }
}

function wishes(notify: string | null): readonly string[] {
  return notify === null ? NOTIFY_DEFAULT : notify.toUpperCase().split(',');
}

/** RET of MAIL, RFC 3461 §4.3: it is about failures; whatever else is told comes with the header alone. */
export function returnsWhole(kind: ReportKind, ret: 'FULL' | 'HDRS' | null, octets: number): boolean {
  return kind === 'failed' && ret === 'FULL' && octets <= RETURNED_OCTETS_MAX;
}
