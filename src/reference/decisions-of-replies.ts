/**
 * In which rows of the table of decisions about storage (docs/reference/decisions.md) each reply is said. A test holds it against the
 * table that is played through real sockets.
 */
import type { ReplyName } from '../replies/register.ts';

// prettier-ignore
export const DECISIONS_OF_REPLIES: Readonly<Partial<Record<ReplyName, readonly string[]>>> = {
  'bad-size': ['S07'],
  'cannot-check-mailbox': ['S16'],
  'cannot-verify': ['S41'],
  'chunk-refused': ['S25'],
  closing: ['S41'],
  completed: ['S41'],
  'discard-limit': ['S26'],
  'domain-full': ['S14', 'S36'],
  greeting: ['S02'],
  hello: ['S02', 'S41'],
  help: ['S41'],
  'local-error': ['S31'],
  'mailbox-abandoned': ['S13'],
  'mailbox-disabled': ['S15'],
  'mailbox-disabled-now': ['S15'],
  'mailbox-full': ['S10', 'S19', 'S34', 'S36'],
  'mailbox-short': ['S11'],
  'message-delivered': ['S36'],
  'message-kept': ['S28', 'S35'],
  'message-too-big': ['S05', 'S27'],
  'message-too-big-for-mailbox': ['S12'],
  misconfigured: ['S32'],
  'no-more-sessions': ['S33'],
  'no-valid-recipients': ['S22'],
  'not-accepting': ['S01'],
  'out-of-resources': ['S33'],
  'recipient-ok': ['S03b', 'S20'],
  'recipients-forbidden': ['S18'],
  'sender-ok': ['S03b', 'S09'],
  'shutting-down': ['S40'],
  'size-needs-ehlo': ['S08'],
  'slow-down': ['S39'],
  'storage-full': ['S03', 'S03b', 'S04', 'S06', 'S21', 'S23', 'S24', 'S25', 'S29', 'S30', 'S36', 'S37', 'S38', 'S42'],
  'too-many-recipients': ['S17'],
};
