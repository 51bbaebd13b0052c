/** What must not compile. Run by `tsc` alone: an unused @ts-expect-error is an error. */
import { reply, replyLines, type ReplyName, type Row } from '../src/replies/register.ts';
import { REGISTER_JA } from '../src/replies/register-ja.ts';
import type { LocalPart, Mailbox } from '../src/address/mailbox.ts';
import type { Delivery, MailObjectWriter } from '../src/store/store.ts';
import type { Session } from '../src/smtp/server-session.ts';

/** Compiled, never called. */
export function spoken(): void {
  reply('completed');
  reply('message-kept', { id: 'x' });
  // @ts-expect-error A text with blanks must be given them.
  reply('message-kept');
  // @ts-expect-error No blanks called `size`.
  reply('message-kept', { size: 'x' });
  // @ts-expect-error One blank too many.
  reply('message-kept', { id: 'x', size: 'x' });
  // @ts-expect-error Not in the register.
  reply('mailbox-fulll');
  // @ts-expect-error A text without blanks is given none.
  reply('completed', { id: 'x' });
  replyLines('help', ['x']);
  // @ts-expect-error Not a reply that may have many lines.
  replyLines('completed', ['x', 'y']);
}

// @ts-expect-error A transaction without its reverse-path cannot be written down.
export const impossible: Session = {
  state: 'transaction',
  client: { name: 'x', esmtp: true, language: 'en' },
  transactions: 1,
  octets: null,
};
// @ts-expect-error A domain is made by its parser alone.
export const unchecked: Mailbox = { localPart: 'a' as LocalPart, domain: 'b.example' };
declare const nobody: readonly Delivery[];
declare const writer: MailObjectWriter;
declare const envelope: Parameters<MailObjectWriter['keep']>[0];
// @ts-expect-error A mail object without a recipient is not kept.
export const kept = (): unknown => writer.keep(envelope, nobody);
// @ts-expect-error A missing translation.
export const partial: Record<ReplyName, string> = { greeting: REGISTER_JA.greeting };

export const agree = {
  code: '452',
  status: '4.2.2',
  text: '',
  source: 'RFC 3463 §3.3',
} as const satisfies Row;
// @ts-expect-error 452 is transient, 5.2.2 is permanent.
export const disagree: Row = { code: '452', status: '5.2.2', text: '', source: 'RFC 3463 §3.3' };
// @ts-expect-error RFC 5321 §4.2.1: the second digit is 0 to 5.
export const nowhere: Row = { code: '462', status: '4.2.2', text: '', source: 'RFC 3463 §3.3' };
// @ts-expect-error RFC 2034 §4: a 3yz reply has no status code.
export const intermediate: Row = { code: '354', status: '3.0.0', text: '', source: 'RFC 5321 §4.2.3' };
