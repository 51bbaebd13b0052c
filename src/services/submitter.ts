/**
 * Somebody who is logged in and sends: whether the addresses in use are theirs (RFC 6409 §6.1), and how much they may send. What was
 * counted for a transaction that came to nothing is given back.
 */
import type { Mailbox } from '../address/mailbox.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { SubmissionHeader } from '../message/submission-header.ts';
import { isOwn } from '../policy/submission.ts';
import { reply, type Reply } from '../replies/register.ts';
import type { ReversePath } from '../smtp/command.ts';
import type { AccountId } from '../store/store.ts';
import { type Resolved, resolvePath } from './resolve-path.ts';
import type { ServerContext } from './server-context.ts';

type NotYours = 'sender-not-yours' | 'from-not-yours';

export class Submitter {
  readonly #context: ServerContext;
  readonly #account: AccountId;
  #messages = 0;
  #recipients = 0;

  constructor(context: ServerContext, account: AccountId) {
    this.#context = context;
    this.#account = account;
  }

  /** MAIL: from an address of their own, or a report from nobody (`<>`); and not too much of it. */
  judgeSender(path: ReversePath): Awaitable<Reply | null> {
    const owned = path === null ? null : this.#judgeOwner(path, 'sender-not-yours');
    return owned instanceof Promise
      ? owned.then((refusal) => refusal ?? this.#takeMessage())
      : (owned ?? this.#takeMessage());
  }

  takeRecipient(): Reply | null {
    if (!this.#context.submissions.take(this.#account, 'recipients')) return reply('submission-rate');
    this.#recipients++;
    return null;
  }

  /**
   * The end of the data: whoever reads the message sees `From`, so each address in it must be the submitter's, and the one in
   * `Sender` as well. That a `Sender` of one's own would excuse a `From` of somebody else is what forgers would ask for.
   */
  async judgeAuthors(header: SubmissionHeader): Promise<Reply | null> {
    if (!this.#context.rules.submission.checkFrom) return null;
    const authors = header.authors();
    if (typeof authors === 'string') return reply('header-malformed', { fault: authors });
    for (const author of authors) {
      const refusal = await this.#judgeOwner(author, 'from-not-yours');
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** The message is kept: what was counted stays counted. */
  keep(): void {
    this.#messages = 0;
    this.#recipients = 0;
  }

  /** Idempotent. */
  release(): void {
    const { submissions } = this.#context;
    submissions.giveBack(this.#account, 'messages', this.#messages);
    submissions.giveBack(this.#account, 'recipients', this.#recipients);
    this.keep();
  }

  #takeMessage(): Reply | null {
    if (!this.#context.submissions.take(this.#account, 'messages')) return reply('submission-rate');
    this.#messages++;
    return null;
  }

  #judgeOwner(mailbox: Mailbox, notYours: NotYours): Awaitable<Reply | null> {
    const judge = (resolved: Resolved): Reply | null => {
      if (resolved.type === 'unknown') return reply('cannot-check-mailbox');
      if (resolved.type !== 'deliver') return reply(notYours);
      const leadsTo = resolved.targets.map(({ account }) => account);
      return isOwn(leadsTo, this.#account) ? null : reply(notYours);
    };
    const resolved = resolvePath(this.#context, mailbox);
    return resolved instanceof Promise ? resolved.then(judge) : judge(resolved);
  }
}
