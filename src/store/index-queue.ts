/**
 * The queue in the index, as it changes. Entries come and go as the log says; what else happens to them happens here: they are claimed,
 * deferred, held. Between the senders of one destination it is a fair queue by start times: whoever has nothing there yet comes in
 * beside the one whose turn it is, and whoever has much comes behind himself.
 */
import { crc32 } from 'node:zlib';
import type { Statements } from './index-sql.ts';
import { QUEUE_COLUMNS, queueRowOf } from './index-queue-rows.ts';
import type { QueueAnswers, QueueDeferral, QueueMark, QueueRow } from './queue-protocol.ts';
import { FOR_GOOD } from './queue-schema.ts';
import type { DeliveryName, ObjectHead } from './record-heads.ts';
import type { Delivery, KeptEnvelope } from './store.ts';

/** Deferred entries that one claim gives their turn, if they are due. */
const PROMOTED_AT_ONCE = 500;
/** Leases that are over, freed with one question. */
const FREED_AT_ONCE = 1000;
/** Recipients of one object that one claim takes together. */
const TOGETHER_MAX = 1000;
/** So long a destination without entries stays known that was blocked. */
const FORGET_BLOCKED_MS = 86_400_000;

const DEFERRED = 'turn IS NULL AND lease IS NULL AND held = 0';
const NAMED = 'object = ? AND ordinal = ?';

interface DestinationChange {
  readonly name: string;
  entries: number;
  octets: number;
}

export class IndexQueue {
  readonly #sql: Statements;
  /** Destinations touched in this transaction. */
  readonly #touched = new Map<number, DestinationChange>();
  readonly #ids = new Map<string, number>();
  readonly #causes = new Map<string, number>();
  #came = new Set<string>();
  /** Turns given to the object that came last: all that goes to one destination has the same. */
  #arrival: { object: number; turns: Map<number, number> } = { object: 0, turns: new Map() };

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** As the log says. */
  enter(object: number, ordinal: number, delivery: Delivery, { size, envelope }: ObjectHead): void {
    const name = destinationOf(delivery.recipient);
    const destination = this.#destination(name);
    const sender = senderOf(envelope);
    if (this.#arrival.object !== object) this.#arrival = { object, turns: new Map() };
    const turn = this.#arrival.turns.get(destination) ?? this.#nextTurn(destination, sender);
    this.#arrival.turns.set(destination, turn);
    const { recipient, notify, orcpt } = delivery;
    const { receivedAt } = envelope;
    this.#sql.run(
      'INSERT INTO queue (object, ordinal, destination, sender, recipient, notify, orcpt, size, queued_at, due, turn)' +
        ' VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)',
      object,
      ordinal,
      destination,
      sender,
      recipient,
      notify,
      orcpt,
      size,
      receivedAt,
      turn,
    );
    this.#count(destination, name, { entries: 1, octets: size });
    this.#came.add(name);
  }

  /** As the log says. */
  leave({ object, ordinal }: DeliveryName): void {
    const found = this.#sql
      .of(
        `SELECT q.destination, d.name, q.size, q.cause FROM queue q JOIN destinations d ON d.id = q.destination WHERE ${NAMED}`,
      )
      .get(object, ordinal);
    if (found === undefined) return;
    this.#sql.run(`DELETE FROM queue WHERE ${NAMED}`, object, ordinal);
    const octets = -Number(found['size']);
    this.#count(Number(found['destination']), String(found['name']), { entries: -1, octets });
    this.#countCause(found['cause'], -1);
  }

  /** Before the transaction is committed: when each destination touched is to be looked at again. */
  flush(): void {
    for (const [id, { entries, octets }] of this.#touched) this.#refresh(id, entries, octets);
    for (const [cause, change] of this.#causes) {
      this.#sql.run(
        'INSERT INTO queue_causes (cause, entries) VALUES (?, ?) ON CONFLICT (cause) DO UPDATE SET entries = entries + excluded.entries',
        cause,
        change,
      );
    }
  }

  /** The transaction is over. */
  clear(): void {
    this.#touched.clear();
    this.#ids.clear();
    this.#causes.clear();
    this.#came = new Set();
    this.#arrival = { object: 0, turns: new Map() };
  }

  /** Where entries go that came in this transaction. */
  get came(): readonly string[] {
    return [...this.#came];
  }

  /** Nobody holds a lease when the index is opened. */
  freeAll(): void {
    this.#change(() => {
      for (const row of this.#sql.of('SELECT object, ordinal FROM queue WHERE lease IS NOT NULL').all())
        this.#free(nameOf(row));
    });
  }

  claim({ destination: name, now, until, count }: QueueAnswers['queueClaim']['ask']): readonly QueueRow[] {
    return this.#change(() => {
      this.#freeExpired(now);
      const found = this.#sql.of('SELECT id, blocked_until FROM destinations WHERE name = ?').get(name);
      if (found === undefined || Number(found['blocked_until'] ?? 0) > now) return [];
      const id = Number(found['id']);
      this.#promote(id, now);
      const rows = this.#ofTurn(id, count);
      for (const { object, ordinal } of rows)
        this.#sql.run(
          `UPDATE queue SET turn = NULL, lease = ?3 WHERE object = ?1 AND ordinal = ?2`,
          object,
          ordinal,
          until,
        );
      this.#touch(id, name);
      return rows;
    });
  }

  settle({ deferred, free }: QueueAnswers['queueSettle']['ask']): readonly string[] {
    return this.#change(() => {
      for (const deferral of deferred) this.#defer(deferral);
      const freed = new Set<string>();
      for (const name of free) {
        const destination = this.#free(name);
        if (destination !== null) freed.add(destination);
      }
      return [...freed];
    });
  }

  block({ destination, blocked }: QueueAnswers['queueBlock']['ask']): null {
    return this.#change(() => {
      const id = this.#destination(destination);
      const [until, retry] = blocked === null ? [null, null] : [blocked.until, JSON.stringify(blocked.retry)];
      this.#sql.run('UPDATE destinations SET blocked_until = ?, retry = ? WHERE id = ?', until, retry, id);
      this.#touch(id, destination);
      return null;
    });
  }

  mark({ names, mark }: QueueAnswers['queueMark']['ask']): QueueAnswers['queueMark']['answer'] {
    return this.#change(() => {
      const freed = new Set<string>();
      let changed = 0;
      for (const name of names) {
        const destination = this.#mark(name, mark);
        if (destination === null) changed += this.#markWaiting(name, mark);
        else {
          changed++;
          if (mark.due !== undefined || mark.held === false) freed.add(destination);
        }
      }
      return { changed, freed: [...freed] };
    });
  }

  seize({ names }: QueueAnswers['queueSeize']['ask']): readonly DeliveryName[] {
    return this.#change(() =>
      names.filter((name) => {
        const { object, ordinal } = name;
        const sql =
          'UPDATE queue SET turn = NULL, lease = ?3 WHERE object = ?1 AND ordinal = ?2 AND lease IS NULL';
        if (this.#sql.run(sql, object, ordinal, FOR_GOOD) === 0) return this.#waits(name);
        this.#touchOf(name);
        return true;
      }),
    );
  }

  known({ names }: QueueAnswers['queueKnown']['ask']): readonly DeliveryName[] {
    const find = this.#sql.of(`SELECT 1 FROM queue WHERE ${NAMED}`);
    return names.filter((name) => find.get(name.object, name.ordinal) !== undefined || this.#waits(name));
  }

  /** Frees what was claimed too long ago, and forgets destinations that nobody wants to reach any more. */
  tidy(now: number): void {
    const forgotten = now - FORGET_BLOCKED_MS;
    const idle = 'blocked_until <= ? AND entries = 0';
    const isOver =
      this.#sql.number('SELECT 1 AS n FROM queue WHERE lease <= ? LIMIT 1', now) !== null ||
      this.#sql.number(`SELECT 1 AS n FROM destinations WHERE ${idle} LIMIT 1`, forgotten) !== null;
    if (!isOver) return;
    this.#change(() => {
      this.#freeExpired(now);
      this.#sql.run(`DELETE FROM destinations WHERE ${idle}`, forgotten);
    });
  }

  #change<T>(act: () => T): T {
    try {
      return this.#sql.together(() => {
        const result = act();
        this.flush();
        return result;
      });
    } finally {
      this.clear();
    }
  }

  #freeExpired(now: number): void {
    const over = this.#sql
      .of(`SELECT object, ordinal FROM queue WHERE lease <= ? LIMIT ${FREED_AT_ONCE}`)
      .all(now);
    for (const row of over) this.#free(nameOf(row));
  }

  /** Its turn is now: it was so before. Where it goes; `null`: there is no such lease. */
  #free(name: DeliveryName): string | null {
    const found = this.#touchOf(name);
    if (found === null) return null;
    const turn = this.#lowestTurn(found.id) ?? 1;
    const sql =
      'UPDATE queue SET lease = NULL, turn = CASE WHEN held = 0 THEN ?3 END' +
      ' WHERE object = ?1 AND ordinal = ?2 AND lease IS NOT NULL';
    return this.#sql.run(sql, name.object, name.ordinal, turn) === 0 ? null : found.name;
  }

  /** Those that are due get a turn, the longest due first. */
  #promote(destination: number, now: number): void {
    const due = this.#sql
      .of(
        `SELECT object, ordinal, sender FROM queue INDEXED BY queue_deferred WHERE destination = ? AND ${DEFERRED} AND due <= ?` +
          ` ORDER BY due LIMIT ${PROMOTED_AT_ONCE}`,
      )
      .all(destination, now);
    const turns = new Map<number, number>();
    for (const row of due) {
      const { object, ordinal } = nameOf(row);
      const turn = turns.get(object) ?? this.#nextTurn(destination, Number(row['sender']));
      turns.set(object, turn);
      this.#sql.run('UPDATE queue SET turn = ?3 WHERE object = ?1 AND ordinal = ?2', object, ordinal, turn);
    }
  }

  /** Those whose turn is first, each with the others of its object. */
  #ofTurn(destination: number, count: number): QueueRow[] {
    const first = this.#sql
      .of(
        'SELECT object FROM queue INDEXED BY queue_ready WHERE destination = ? AND turn IS NOT NULL ORDER BY turn, object, ordinal LIMIT ?',
      )
      .all(destination, count);
    const together = this.#sql.of(
      `SELECT ${QUEUE_COLUMNS} FROM queue q INDEXED BY queue_destination CROSS JOIN objects o ON o.sequence = q.object` +
        ' JOIN destinations d ON d.id = q.destination' +
        ` WHERE q.destination = ? AND q.object = ? AND q.turn IS NOT NULL ORDER BY q.ordinal LIMIT ${TOGETHER_MAX}`,
    );
    const rows: QueueRow[] = [];
    for (const object of new Set(first.map((row) => Number(row['object'])))) {
      if (rows.length >= count) break;
      rows.push(...together.all(destination, object).map(queueRowOf));
    }
    return rows;
  }

  #nextTurn(destination: number, sender: number): number {
    const own = this.#sql.number(
      'SELECT max(turn) AS n FROM queue INDEXED BY queue_senders WHERE destination = ? AND sender = ? AND turn IS NOT NULL',
      destination,
      sender,
    );
    const lowest = this.#lowestTurn(destination) ?? 1;
    return own === null ? lowest : Math.max(lowest, own + 1);
  }

  #lowestTurn(destination: number): number | null {
    return this.#sql.number(
      'SELECT min(turn) AS n FROM queue INDEXED BY queue_ready WHERE destination = ? AND turn IS NOT NULL',
      destination,
    );
  }

  #defer({ object, ordinal, due, cause, retry }: QueueDeferral): void {
    const found = this.#touchOf({ object, ordinal });
    if (found === null) return;
    this.#countCause(found.cause, -1);
    this.#countCause(cause, 1);
    this.#sql.run(
      'UPDATE queue SET lease = NULL, turn = NULL, due = ?3, cause = ?4, retry = ?5 WHERE object = ?1 AND ordinal = ?2',
      object,
      ordinal,
      due,
      cause,
      retry,
    );
  }

  /** Where it goes; `null`: it does not go out. */
  #mark(name: DeliveryName, { held, due, noticed }: QueueMark): string | null {
    const found = this.#touchOf(name);
    if (found === null) return null;
    const { object, ordinal } = name;
    if (noticed === true) this.#sql.run(`UPDATE queue SET noticed = 1 WHERE ${NAMED}`, object, ordinal);
    if (held !== undefined)
      this.#sql.run(
        'UPDATE queue SET turn = NULL, held = ?3 WHERE object = ?1 AND ordinal = ?2',
        object,
        ordinal,
        held ? 1 : 0,
      );
    if (due !== undefined)
      this.#sql.run(
        'UPDATE queue SET turn = NULL, due = ?3 WHERE object = ?1 AND ordinal = ?2',
        object,
        ordinal,
        due,
      );
    return found.name;
  }

  #markWaiting({ object, ordinal }: DeliveryName, { held, noticed }: QueueMark): number {
    return this.#sql.run(
      'UPDATE waiting SET held = coalesce(?3, held), noticed = coalesce(?4, noticed) WHERE object = ?1 AND ordinal = ?2',
      object,
      ordinal,
      held === undefined ? null : Number(held),
      noticed === undefined ? null : 1,
    );
  }

  #waits({ object, ordinal }: DeliveryName): boolean {
    return this.#sql.of(`SELECT 1 FROM waiting WHERE ${NAMED}`).get(object, ordinal) !== undefined;
  }

  #destination(name: string): number {
    const seen = this.#ids.get(name);
    if (seen !== undefined) return seen;
    const find = this.#sql.of('SELECT id FROM destinations WHERE name = ?');
    if (find.get(name) === undefined) this.#sql.run('INSERT INTO destinations (name) VALUES (?)', name);
    const id = Number(find.get(name)?.['id']);
    this.#ids.set(name, id);
    return id;
  }

  #touchOf({ object, ordinal }: DeliveryName): { id: number; name: string; cause: unknown } | null {
    const found = this.#sql
      .of(
        `SELECT d.id, d.name, q.cause FROM queue q JOIN destinations d ON d.id = q.destination WHERE ${NAMED}`,
      )
      .get(object, ordinal);
    if (found === undefined) return null;
    const [id, name] = [Number(found['id']), String(found['name'])];
    this.#touch(id, name);
    return { id, name, cause: found['cause'] };
  }

  #touch(id: number, name: string): void {
    this.#count(id, name, { entries: 0, octets: 0 });
  }

  #count(id: number, name: string, { entries, octets }: { entries: number; octets: number }): void {
    const touched = this.#touched.get(id) ?? { name, entries: 0, octets: 0 };
    touched.entries += entries;
    touched.octets += octets;
    this.#touched.set(id, touched);
  }

  #countCause(cause: unknown, change: number): void {
    if (typeof cause !== 'string') return;
    this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + change);
  }

  #refresh(id: number, entries: number, octets: number): void {
    const ready = this.#sql.number(
      'SELECT due AS n FROM queue INDEXED BY queue_ready WHERE destination = ? AND turn IS NOT NULL ORDER BY turn LIMIT 1',
      id,
    );
    const deferred = this.#sql.number(
      `SELECT min(due) AS n FROM queue INDEXED BY queue_deferred WHERE destination = ? AND ${DEFERRED}`,
      id,
    );
    const next = ready !== null && deferred !== null ? Math.min(ready, deferred) : (ready ?? deferred);
    this.#sql.run(
      'UPDATE destinations SET entries = entries + ?2, octets = octets + ?3, next = ?4,' +
        ' wake = CASE WHEN ?4 IS NULL THEN NULL ELSE max(?4, coalesce(blocked_until, 0)) END WHERE id = ?1',
      id,
      entries,
      octets,
      next,
    );
    this.#sql.run('DELETE FROM destinations WHERE id = ? AND entries = 0 AND blocked_until IS NULL', id);
  }
}

/** The domain of a recipient, or its address literal. */
export function destinationOf(recipient: string): string {
  return recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase();
}

/** Who shares a turn: whoever was logged in, or else the reverse-path. Two that fall together by chance share one. */
function senderOf({ submitter, reversePath }: KeptEnvelope): number {
  return crc32(submitter === null ? reversePath.toLowerCase() : `account ${submitter}`);
}

function nameOf(row: Record<string, unknown>): DeliveryName {
  return { object: Number(row['object']), ordinal: Number(row['ordinal']) };
}
