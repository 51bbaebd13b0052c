/** The commands of a mail session as values: RFC 5321 §4.1.1, and what the extensions add. */
import type { Mailbox } from '../address/mailbox.ts';
import type { Language } from '../base/language.ts';

/** RFC 5321 §4.1.2. `null` is the null reverse-path `<>`. */
export type ReversePath = Mailbox | null;
/** RFC 5321 §4.1.1.3. `postmaster` without a domain is this host's own: `RCPT TO:<Postmaster>`. */
export type ForwardPath = Mailbox | 'postmaster';

/** RFC 3461 §4.1: what the recipient's NOTIFY= said; `null` when it said nothing. */
export type Notify = 'NEVER' | readonly ('SUCCESS' | 'FAILURE' | 'DELAY')[];

export interface MailParameters {
  readonly reversePath: ReversePath;
  /** SIZE= of RFC 1870 in octets; `null` when it was not declared. */
  readonly size: number | null;
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME';
  readonly smtputf8: boolean;
  /** RFC 3461 §4.3, §4.4. */
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly envid: string | null;
}

export interface RecipientParameters {
  readonly forwardPath: ForwardPath;
  readonly notify: Notify | null;
  /** RFC 3461 §4.2, `addr-type;xtext-decoded` as it came. */
  readonly orcpt: string | null;
}

export type Command =
  | { readonly verb: 'HELO' | 'EHLO' | 'LHLO'; readonly client: string }
  | { readonly verb: 'MAIL'; readonly mail: MailParameters }
  /** `utf8`: the line was not ASCII, so MAIL must have said SMTPUTF8 (RFC 6531 §3.2). */
  | { readonly verb: 'RCPT'; readonly recipient: RecipientParameters; readonly utf8: boolean }
  | { readonly verb: 'BDAT'; readonly size: number; readonly last: boolean }
  | { readonly verb: 'HELP'; readonly topic: string }
  /** RFC 4954 §4: the mechanism in capitals; `initial` is the initial response, decoded, `null` when there is none. */
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial: Uint8Array | null }
  | { readonly verb: 'XLANG'; readonly language: Language }
  | { readonly verb: 'DATA' | 'RSET' | 'NOOP' | 'QUIT' | 'VRFY' | 'EXPN' | 'STARTTLS' };
