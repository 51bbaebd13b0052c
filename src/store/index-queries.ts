/** Questions to the index. Each is short: what may be long is asked for in steps. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { BookTables } from './index-book.ts';
import { IndexForget } from './index-forget.ts';
import type { IndexQueue } from './index-queue.ts';
import { IndexQueueQueries } from './index-queue-queries.ts';
import type { Statements } from './index-sql.ts';
import type {
  Answers,
  EntryRow,
  ObjectPlace,
  Question,
  ScanPage,
  ScanQuery,
  WaitingRow,
} from './index-protocol.ts';
import type { QueueAnswers } from './queue-protocol.ts';

/** Entries that one question may look at: a few milliseconds, in which the index does not follow the log. */
const SCAN_ENTRIES = 5000;

type QueueQuestion = Extract<Question, { name: keyof QueueAnswers }>;

export class IndexQueries {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #forget: IndexForget;
  readonly #queue: IndexQueue;
  readonly #queued: IndexQueueQueries;

  constructor(database: DatabaseSync, statements: Statements, queue: IndexQueue) {
    this.#database = database;
    this.#statements = statements;
    this.#queue = queue;
    this.#queued = new IndexQueueQueries(statements);
    this.#forget = new IndexForget(database, (sql) => this.#statement(sql));
  }

  answer(question: Exclude<Question, { name: 'replayed' }>): Answers[keyof Answers]['answer'] {
    if (isOfQueue(question)) return this.#ofQueue(question);
    switch (question.name) {
      case 'book':
        return new BookTables(this.#database).dump();
      case 'segments':
        return this.#segments();
      case 'scan':
        return this.#scan(question.ask);
      case 'place':
        return this.#place(question.ask.account, question.ask.uid);
      case 'waiting':
        return this.#waiting(question.ask);
      case 'waitingCounts':
        return question.ask.accounts.map((account) =>
          this.#number('SELECT count(*) AS n FROM waiting WHERE account = ?', account),
        );
      case 'alive':
        return this.#alive(question.ask);
      case 'knownLarge':
        return question.ask.ids.filter(
          (id) =>
            this.#statement('SELECT 1 FROM large WHERE id = ?').get(
              Buffer.from(id.replaceAll('-', ''), 'hex'),
            ) !== undefined,
        );
      case 'importKnown':
        return this.#statement('SELECT 1 FROM imports WHERE key = ?').get(question.ask.key) !== undefined;
      case 'recount':
        return this.#recount(question.ask.account);
      case 'figures':
        return {
          messages: this.#number('SELECT coalesce(sum(used_messages), 0) AS n FROM accounts'),
          octets: this.#number('SELECT coalesce(sum(used_octets), 0) AS n FROM accounts'),
          waiting: this.#number('SELECT count(*) AS n FROM waiting'),
          large: this.#number('SELECT count(*) AS n FROM large'),
        };
      case 'forget':
        return this.#forget.forget(question.ask.segments);
      case 'due':
        return this.#forget.due(question.ask.segments);
      case 'restate':
        return this.#forget.restate(question.ask);
      case 'gone':
        return this.#forget.gone(question.ask.segments);
    }
  }

  #ofQueue(question: QueueQuestion): QueueAnswers[keyof QueueAnswers]['answer'] {
    switch (question.name) {
      case 'queueReady':
        this.#queue.tidy(question.ask.now);
        return this.#queued.ready(question.ask);
      case 'queueNext':
        return this.#queued.next(question.ask);
      case 'queueClaim':
        return this.#queue.claim(question.ask);
      case 'queueSettle':
        return this.#queue.settle(question.ask);
      case 'queueBlock':
        return this.#queue.block(question.ask);
      case 'queueBlocked':
        return this.#queued.blocked(question.ask);
      case 'queueOverdue':
        return this.#queued.overdue(question.ask);
      case 'queueScan':
        return this.#queued.scan(question.ask);
      case 'queueMark':
        return this.#queue.mark(question.ask);
      case 'queueSeize':
        return this.#queue.seize(question.ask);
      case 'queueKnown':
        return this.#queue.known(question.ask);
      case 'queueFigures':
        return this.#queued.figures();
      case 'objectPlace':
        return this.#queued.place(question.ask);
    }
  }

  #segments(): Answers['segments']['answer'] {
    const rows = this.#statement(
      'SELECT number, octets, live, book, book_octets FROM segments ORDER BY number',
    ).all();
    const snapshot = this.#number("SELECT coalesce((SELECT value FROM meta WHERE key = 'snapshot'), 0) AS n");
    return {
      snapshot,
      rows: rows.map((row) => ({
        number: Number(row['number']),
        octets: Number(row['octets']),
        live: Number(row['live']),
        book: Number(row['book']),
        bookOctets: Number(row['book_octets']),
      })),
    };
  }

  #scan({ account, after, filter, count }: ScanQuery): ScanPage {
    const [place, values]: [string, SQLInputValue[]] =
      account === null
        ? ['(e.account, e.uid) > (?, ?)', [after.account, after.uid]]
        : ['e.account = ? AND e.uid > ?', [account, after.account === account ? after.uid : 0]];
    const edge = this.#statement(
      `SELECT account, uid FROM entries e WHERE ${place} ORDER BY account, uid LIMIT 1 OFFSET ${SCAN_ENTRIES - 1}`,
    ).get(...values);
    const [upTo, upToValues]: [string, SQLInputValue[]] =
      edge === undefined
        ? ['', []]
        : [' AND (e.account, e.uid) <= (?, ?)', [Number(edge['account']), Number(edge['uid'])]];
    const [wanted, wantedValues] = conditions(filter);
    const from = `FROM entries e JOIN objects o ON o.sequence = e.object WHERE ${place}${upTo}${wanted}`;
    const all = [...values, ...upToValues, ...wantedValues];
    const edgeKey =
      edge === undefined ? null : { account: Number(edge['account']), uid: Number(edge['uid']) };
    if (count === 0) {
      const sums = this.#statement(
        `SELECT count(*) AS messages, coalesce(sum(e.size), 0) AS octets ${from}`,
      ).get(...all);
      return {
        rows: [],
        messages: Number(sums?.['messages']),
        octets: Number(sums?.['octets']),
        next: edgeKey,
      };
    }
    const columns =
      'e.account, e.uid, e.object, e.ordinal, e.size, e.received_at, e.recipient, o.id, o.reverse_path';
    const rows = this.#statement(`SELECT ${columns} ${from} ORDER BY e.account, e.uid LIMIT ?`)
      .all(...all, count)
      .map(entryOf);
    const last = rows.length === count ? rows.at(-1) : undefined;
    const octets = rows.reduce((sum, row) => sum + row.size, 0);
    return {
      rows,
      messages: rows.length,
      octets,
      next: last === undefined ? edgeKey : { account: last.account, uid: last.uid },
    };
  }

  #place(account: number, uid: number): ObjectPlace | null {
    const row = this.#statement(
      'SELECT o.segment, o.position, o.octets, o.size, o.large, o.id, e.recipient FROM entries e' +
        ' JOIN objects o ON o.sequence = e.object WHERE e.account = ? AND e.uid = ?',
    ).get(account, uid);
    if (row === undefined) return null;
    return {
      segment: Number(row['segment']),
      position: Number(row['position']),
      octets: Number(row['octets']),
      size: Number(row['size']),
      large: row['large'] === 1,
      id: row['id'] as Uint8Array,
      recipient: String(row['recipient']),
    };
  }

  /** The oldest first, account by account. */
  #waiting({ account, after, count }: Answers['waiting']['ask']): readonly WaitingRow[] {
    const from = after ?? { account: account ?? 0, object: 0, ordinal: -1 };
    const only = account === null ? ' AND held = 0' : ' AND held = 0 AND account = ?4';
    const values = account === null ? [] : [account];
    return this.#statement(
      `SELECT account, object, ordinal, size FROM waiting WHERE (account, object, ordinal) > (?1, ?2, ?3)${only}` +
        ` ORDER BY account, object, ordinal LIMIT ${Math.floor(count)}`,
    )
      .all(from.account, from.object, from.ordinal, ...values)
      .map((row) => ({
        account: Number(row['account']),
        object: Number(row['object']),
        ordinal: Number(row['ordinal']),
        size: Number(row['size']),
      }));
  }

  #alive({ segment, objects }: Answers['alive']['ask']): Answers['alive']['answer'] {
    const find = this.#statement(
      'SELECT uids FROM objects WHERE sequence = ? AND segment = ? AND position = ?',
    );
    return objects.map(({ object, position }) => {
      const row = find.get(object, segment, position);
      if (row === undefined) return null;
      const uids = Buffer.from(row['uids'] as Uint8Array);
      const all: number[] = [];
      for (let at = 4; at < uids.length; at += 8) {
        const uid = uids.readUInt32LE(at);
        all.push(uid === 0xffffffff ? -1 : uid);
      }
      return all;
    });
  }

  #recount(account: number): Answers['recount']['answer'] {
    const sums = this.#statement(
      'SELECT count(*) AS n, coalesce(sum(size), 0) AS octets FROM entries WHERE account = ?',
    ).get(account);
    const booked = this.#statement('SELECT used_octets, used_messages FROM accounts WHERE id = ?').get(
      account,
    );
    const [octets, messages] = [Number(sums?.['octets'] ?? 0), Number(sums?.['n'] ?? 0)];
    const [bookedOctets, bookedMessages] = [
      Number(booked?.['used_octets'] ?? 0),
      Number(booked?.['used_messages'] ?? 0),
    ];
    if (octets !== bookedOctets || messages !== bookedMessages) {
      this.#statement('UPDATE accounts SET used_octets = ?, used_messages = ? WHERE id = ?').run(
        octets,
        messages,
        account,
      );
    }
    return { bookedOctets, bookedMessages, octets, messages };
  }

  #number(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).get(...values)?.['n'] ?? 0);
  }

  #statement(sql: string): StatementSync {
    return this.#statements.of(sql);
  }
}

function isOfQueue(question: Exclude<Question, { name: 'replayed' }>): question is QueueQuestion {
  return question.name.startsWith('queue') || question.name === 'objectPlace';
}

function conditions(filter: ScanQuery['filter']): [sql: string, values: SQLInputValue[]] {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (sql: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    parts.push(` AND ${sql}`);
    values.push(value);
  };
  add('e.received_at < ?', filter.before);
  add('e.received_at >= ?', filter.since);
  add('e.size > ?', filter.largerThan);
  add('e.size < ?', filter.smallerThan);
  add('o.reverse_path = ?', filter.reversePath);
  add(
    'e.uid IN (SELECT value FROM json_each(?))',
    filter.uids === undefined ? undefined : JSON.stringify(filter.uids),
  );
  return [parts.join(''), values];
}

function entryOf(row: Record<string, unknown>): EntryRow {
  return {
    account: Number(row['account']),
    uid: Number(row['uid']),
    object: Number(row['object']),
    ordinal: Number(row['ordinal']),
    size: Number(row['size']),
    receivedAt: Number(row['received_at']),
    recipient: String(row['recipient']),
    id: row['id'] as Uint8Array,
    reversePath: String(row['reverse_path']),
  };
}
