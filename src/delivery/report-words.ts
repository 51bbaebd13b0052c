/** What a report says in one language. Each sentence is written whole; numbers and names are its only blanks. */
import type { Instant } from '../base/instant.ts';
import type { Language } from '../base/language.ts';
import type { ReportKind } from '../policy/notify.ts';
import type { Cause } from '../policy/retry.ts';

/** What a report is about; `undeliverable` is for the postmaster, when the sender may not be told. */
export type Topic = ReportKind | 'undeliverable';

export interface ReportWords {
  readonly language: Language;
  readonly sender: string;
  readonly subjects: Readonly<Record<Topic, string>>;
  /** Between the words of the subject and the subject of the message. */
  readonly colon: string;
  /** What comes first: the whole of it in two sentences, before the addresses. */
  readonly openings: Readonly<Record<Topic, string>>;
  readonly fields: { readonly subject: string; readonly sent: string; readonly from: string };
  readonly headings: { readonly happened: string; readonly toDo: string; readonly next: string };
  /** Instead of what the reference says of the reason, where that is not for somebody who wrote a letter. */
  readonly happened: Readonly<Partial<Record<Cause, string>>>;
  /** What to do when it has failed; likewise. */
  readonly toDo: Readonly<Partial<Record<Cause, string>>>;
  /** What to do when it has failed for a cause that passes. */
  readonly toDoLater: string;
  /** What to do when it has failed for what our server is, or is said to be. */
  readonly toDoOurs: string;
  readonly toDoDelayed: string;
  readonly nextFailed: string;
  nextDelayed(until: string): string;
  tried(times: number, duration: string): string;
  /** Instead of the attempts: of a copy for a full mailbox of our own. */
  waited(duration: string): string;
  answered(host: string): string;
  readonly noted: string;
  means(codes: string, name: string, gist: string): string;
  page(url: string): string;
  more(addresses: number): string;
  closing(hostname: string): string;
  number(id: string): string;
  when(at: Instant): string;
  duration(ms: number): string;
}
