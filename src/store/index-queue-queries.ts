/** Questions about the queue that change nothing. Each is short: what may be long is asked for in steps. */
import type { SQLInputValue } from 'node:sqlite';
import type { Cause } from '../policy/retry.ts';
import type { Instant } from '../base/instant.ts';
import { QUEUE_COLUMNS, WAITING_COLUMNS, queueRowOf } from './index-queue-rows.ts';
import type { Statements } from './index-sql.ts';
import { FOR_GOOD } from './queue-schema.ts';
import type {
  BlockedRow,
  QueueAnswers,
  QueueFilter,
  QueueRow,
  QueueScan,
  QueueScanPage,
} from './queue-protocol.ts';

/** Entries that one question may look at. */
const SCAN_ENTRIES = 5000;

const QUEUE_FROM =
  'queue q CROSS JOIN objects o ON o.sequence = q.object CROSS JOIN destinations d ON d.id = q.destination';
const WAITING_FROM = 'waiting q CROSS JOIN objects o ON o.sequence = q.object';

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export class IndexQueueQueries {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  ready({ now, count, except }: QueueAnswers['queueReady']['ask']): QueueAnswers['queueReady']['answer'] {
    return this.#sql
      .of(
        'SELECT name, next FROM destinations WHERE wake <= ? AND name NOT IN (SELECT value FROM json_each(?)) ORDER BY wake LIMIT ?',
      )
      .all(now, JSON.stringify(except), count)
      .map((row) => ({ destination: String(row['name']), due: Number(row['next']) }));
  }

  next({ now }: QueueAnswers['queueNext']['ask']): number | null {
    const wake = this.#sql.number('SELECT min(wake) AS n FROM destinations WHERE wake > ?', now);
    const lease = this.#sql.number(
      'SELECT min(lease) AS n FROM queue WHERE lease > ? AND lease < ?',
      now,
      FOR_GOOD,
    );
    return wake === null || lease === null ? (wake ?? lease) : Math.min(wake, lease);
  }

  blocked({ destination }: QueueAnswers['queueBlocked']['ask']): readonly BlockedRow[] {
    const sql =
      'SELECT name, blocked_until, retry, entries FROM destinations WHERE blocked_until IS NOT NULL';
    const rows =
      destination === null
        ? this.#sql.of(`${sql} ORDER BY blocked_until`).all()
        : this.#sql.of(`${sql} AND name = ?`).all(destination);
    return rows.map((row) => ({
      destination: String(row['name']),
      until: Number(row['blocked_until']),
      retry: String(row['retry']),
      entries: Number(row['entries']),
    }));
  }

  overdue({ what, before, count }: QueueAnswers['queueOverdue']['ask']): readonly QueueRow[] {
    const rows = (what === 'notice' ? [0] : [0, 1]).flatMap((noticed) => [
      ...this.#sql
        .of(
          `SELECT ${QUEUE_COLUMNS} FROM ${QUEUE_FROM.replace('queue q', 'queue q INDEXED BY queue_age')}` +
            ' WHERE q.held = 0 AND q.noticed = ? AND q.queued_at <= ? AND q.lease IS NULL ORDER BY q.queued_at LIMIT ?',
        )
        .all(noticed, before, count),
      ...this.#sql
        .of(
          `SELECT ${WAITING_COLUMNS} FROM ${WAITING_FROM.replace('waiting q', 'waiting q INDEXED BY waiting_age')}` +
            ' WHERE q.held = 0 AND q.noticed = ? AND q.received_at <= ? ORDER BY q.received_at LIMIT ?',
        )
        .all(noticed, before, count),
    ]);
    return rows
      .map(queueRowOf)
      .toSorted((a, b) => a.queuedAt - b.queuedAt || a.object - b.object || a.ordinal - b.ordinal)
      .slice(0, count);
  }

  scan({ from, after, filter, count }: QueueScan): QueueScanPage {
    const isQueue = from === 'queue';
    const range = this.#range(filter, after, isQueue);
    if (range === null) return { rows: [], entries: 0, octets: 0, next: null };
    const table = isQueue
      ? filter.destination === undefined || filter.object !== undefined
        ? 'queue q'
        : 'queue q INDEXED BY queue_destination'
      : 'waiting q';
    const edge = this.#sql
      .of(
        `SELECT q.object, q.ordinal FROM ${table} WHERE ${range.sql} ORDER BY q.object, q.ordinal LIMIT 1 OFFSET ${SCAN_ENTRIES - 1}`,
      )
      .get(...range.values);
    const wanted = all(
      range,
      edge === undefined
        ? { sql: '1', values: [] }
        : {
            sql: '(q.object, q.ordinal) <= (?, ?)',
            values: [Number(edge['object']), Number(edge['ordinal'])],
          },
      ...conditions(filter, isQueue),
    );
    const text = `FROM ${(isQueue ? QUEUE_FROM : WAITING_FROM).replace(/^\w+ q/, table)} WHERE ${wanted.sql}`;
    const edgeName =
      edge === undefined ? null : { object: Number(edge['object']), ordinal: Number(edge['ordinal']) };
    if (count === 0) {
      const sums = this.#sql
        .of(`SELECT count(*) AS n, coalesce(sum(o.size), 0) AS octets ${text}`)
        .get(...wanted.values);
      return { rows: [], entries: Number(sums?.['n']), octets: Number(sums?.['octets']), next: edgeName };
    }
    const rows = this.#sql
      .of(`SELECT ${isQueue ? QUEUE_COLUMNS : WAITING_COLUMNS} ${text} ORDER BY q.object, q.ordinal LIMIT ?`)
      .all(...wanted.values, count)
      .map(queueRowOf);
    const last = rows.length === count ? rows.at(-1) : undefined;
    return {
      rows,
      entries: rows.length,
      octets: rows.reduce((sum, { size }) => sum + size, 0),
      next: last === undefined ? edgeName : { object: last.object, ordinal: last.ordinal },
    };
  }

  figures(): QueueAnswers['queueFigures']['answer'] {
    const sums = this.#sql
      .of(
        'SELECT coalesce(sum(entries), 0) AS entries, coalesce(sum(octets), 0) AS octets, count(*) AS n FROM destinations WHERE entries > 0',
      )
      .get();
    const oldest = [
      this.#sql.number('SELECT min(queued_at) AS n FROM queue WHERE held = 0 AND noticed = 0'),
      this.#sql.number('SELECT min(queued_at) AS n FROM queue WHERE held = 0 AND noticed = 1'),
      this.#sql.number('SELECT min(queued_at) AS n FROM queue WHERE held = 1'),
    ].filter((at) => at !== null);
    return {
      entries: Number(sums?.['entries']),
      octets: Number(sums?.['octets']),
      held: this.#sql.number('SELECT count(*) AS n FROM queue WHERE held = 1') ?? 0,
      leased: this.#sql.number('SELECT count(*) AS n FROM queue WHERE lease IS NOT NULL') ?? 0,
      destinations: Number(sums?.['n']),
      oldest: oldest.length === 0 ? null : (Math.min(...oldest) as Instant),
      byCause: this.#sql
        .of('SELECT cause, entries FROM queue_causes WHERE entries > 0 ORDER BY entries DESC, cause')
        .all()
        .map((row) => ({ cause: String(row['cause']) as Cause, entries: Number(row['entries']) })),
    };
  }

  place({ object }: QueueAnswers['objectPlace']['ask']): QueueAnswers['objectPlace']['answer'] {
    const row = this.#sql
      .of('SELECT segment, position, octets, size, large, id FROM objects WHERE sequence = ?')
      .get(object);
    if (row === undefined) return null;
    return {
      segment: Number(row['segment']),
      position: Number(row['position']),
      octets: Number(row['octets']),
      size: Number(row['size']),
      large: row['large'] === 1,
      id: row['id'] as Uint8Array,
    };
  }

  /** What an index finds quickly; `null`: nothing can be there. */
  #range(
    { object, destination }: QueueFilter,
    after: QueueScan['after'],
    isQueue: boolean,
  ): Condition | null {
    const behind = { sql: '(q.object, q.ordinal) > (?, ?)', values: [after.object, after.ordinal] };
    if (object !== undefined) {
      const sequence = this.#sql.number(
        'SELECT sequence AS n FROM objects WHERE id = ? AND envelope IS NOT NULL',
        Buffer.from(object.id.replaceAll('-', ''), 'hex'),
      );
      if (sequence === null) return null;
      const whole = all({ sql: 'q.object = ?', values: [sequence] }, behind);
      return object.ordinal === null ? whole : all(whole, { sql: 'q.ordinal = ?', values: [object.ordinal] });
    }
    if (destination === undefined || !isQueue) return behind;
    const id = this.#sql.number('SELECT id AS n FROM destinations WHERE name = ?', destination.toLowerCase());
    return id === null ? null : all({ sql: 'q.destination = ?', values: [id] }, behind);
  }
}

function conditions(filter: QueueFilter, isQueue: boolean): Condition[] {
  const { sender, recipient, destination, cause, before, since, held, free } = filter;
  const found: Condition[] = [];
  const add = (sql: string, value: SQLInputValue | undefined): void => {
    if (value !== undefined) found.push({ sql, values: [value] });
  };
  const at = isQueue ? 'q.queued_at' : 'q.received_at';
  add('o.reverse_path = ? COLLATE NOCASE', sender);
  add('q.recipient = ? COLLATE NOCASE', recipient);
  add(`${at} < ?`, before);
  add(`${at} >= ?`, since);
  add('q.held = ?', held === undefined ? undefined : Number(held));
  if (isQueue) {
    add('q.cause = ?', cause);
    if (free === true) found.push({ sql: 'q.lease IS NULL', values: [] });
    // With an object there was no range of the destination.
    add('d.name = ?', filter.object === undefined ? undefined : destination?.toLowerCase());
  } else {
    // What waits for a mailbox waits because that is full.
    if (cause !== undefined && cause !== 'mailbox-full') found.push({ sql: '0', values: [] });
    if (destination !== undefined) {
      const end = `@${destination.toLowerCase()}`;
      found.push({ sql: 'lower(substr(q.recipient, -length(?))) = ?', values: [end, end] });
    }
  }
  return found;
}

function all(...some: readonly Condition[]): Condition {
  return {
    sql: some.map(({ sql }) => sql).join(' AND '),
    values: some.flatMap(({ values }) => [...values]),
  };
}
