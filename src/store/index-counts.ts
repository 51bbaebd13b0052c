/** What the index counts of accounts and segments: kept in memory for the length of a transaction, and then written. */
import type { BookTables } from './index-book.ts';
import type { IndexStatements } from './index-statements.ts';

export interface AccountCounts {
  nextUid: number;
  /** The segment whose record says how far the UIDs have come; 0: they have not begun. */
  uidSegment: number;
  /** As it stands in the table. */
  storedUidSegment: number;
  octets: number;
  messages: number;
}

export interface SegmentCounts {
  octets: number;
  live: number;
  /** Sequence of the last record of the book in it; 0: none. */
  book: number;
  /** Octets of its records of the book. */
  bookOctets: number;
}

export class IndexCounts {
  /**
   * This index begins with an old log, whose first segments are gone: deliveries may come before the record of their account,
   * which compaction has written again further on.
   */
  rebuilding = false;
  readonly #sql: IndexStatements;
  readonly #book: BookTables;
  /** Of accounts touched in this transaction; `null`: there is no such account. */
  readonly #accounts = new Map<number, AccountCounts | null>();
  readonly #segments = new Map<number, SegmentCounts>();

  constructor(sql: IndexStatements, book: BookTables) {
    this.#sql = sql;
    this.#book = book;
  }

  count(account: number, octets: number, messages: number): void {
    const counts = this.account(account);
    if (counts === null) return;
    counts.octets += octets;
    counts.messages += messages;
  }

  account(id: number): AccountCounts | null {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const row = this.#sql.account.get(id) ?? (this.rebuilding ? this.#unnamed(id) : undefined);
    const counts =
      row === undefined
        ? null
        : {
            nextUid: Number(row['next_uid']),
            uidSegment: Number(row['uid_segment']),
            storedUidSegment: Number(row['uid_segment']),
            octets: Number(row['used_octets']),
            messages: Number(row['used_messages']),
          };
    this.#accounts.set(id, counts);
    return counts;
  }

  #unnamed(id: number): Record<string, unknown> | undefined {
    this.#sql.unnamed.run(id);
    this.#book.noteAccount(id);
    return this.#sql.account.get(id);
  }

  /** No UID below `next` is to be given any more: a record in `segment` says so. */
  noteUid(counts: AccountCounts, next: number, segment: number): void {
    if (next < counts.nextUid) return;
    counts.nextUid = next;
    counts.uidSegment = segment;
  }

  segment(number: number): SegmentCounts {
    const known = this.#segments.get(number);
    if (known !== undefined) return known;
    const row = this.#sql.segment.get(number);
    const counts = {
      octets: Number(row?.['octets'] ?? 0),
      live: Number(row?.['live'] ?? 0),
      book: Number(row?.['book'] ?? 0),
      bookOctets: Number(row?.['book_octets'] ?? 0),
    };
    this.#segments.set(number, counts);
    return counts;
  }

  /** The account is no more. */
  remove(account: number): void {
    this.#accounts.set(account, null);
  }

  /** Somebody else may have changed what is known of this account, or of all. */
  reload(account?: number): void {
    if (account === undefined) this.#accounts.clear();
    else this.#accounts.delete(account);
  }

  flushAccounts(): void {
    for (const [id, counts] of this.#accounts) {
      if (counts === null) continue;
      this.#sql.putCounts.run(counts.octets, counts.messages, counts.nextUid, id);
      if (counts.uidSegment === counts.storedUidSegment) continue; // It has an index of its own.
      this.#sql.putUidSegment.run(counts.uidSegment, id);
      counts.storedUidSegment = counts.uidSegment;
    }
  }

  /** Segments that were touched, and have no live octet. */
  flush(): number[] {
    this.flushAccounts();
    const dead: number[] = [];
    for (const [number, { octets, live, book, bookOctets }] of this.#segments) {
      this.#sql.putSegment.run(number, octets, live, book, bookOctets);
      if (live === 0) dead.push(number);
    }
    return dead;
  }

  /** The transaction is over. */
  clear(): void {
    this.#accounts.clear();
    this.#segments.clear();
  }
}
