/** How segments are given back: what must be said again before, that they are forgotten, and that they are gone. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Answers } from './index-protocol.ts';
import { restatedLength } from './record-heads.ts';

/** Fates that one question looks at. */
const FATES_AT_ONCE = 5000;
const MARKS_AT_ONCE = 5000;

/** What segments may still have: those the index counts, and those that are being unlinked. */
const STAYS =
  '(EXISTS (SELECT 1 FROM segments s WHERE s.number = f.place) OR EXISTS (SELECT 1 FROM going g WHERE g.number = f.place))';
const HAS_TRACE =
  'EXISTS (SELECT 1 FROM traces t WHERE t.object = f.object AND t.segment < f.place AND t.segment <> f.home)';

type Prepare = (sql: string) => StatementSync;

export class IndexForget {
  readonly #database: DatabaseSync;
  readonly #statement: Prepare;

  constructor(database: DatabaseSync, statement: Prepare) {
    this.#database = database;
    this.#statement = statement;
  }

  /** Octets that are to be said again of each; rather too much than too little. */
  due(segments: readonly number[]): Answers['due']['answer'] {
    return segments.map((home) => {
      const places = `SELECT coalesce(sum(fates), 0) AS n FROM fate_counts f WHERE home = ?1 AND place <> ?1 AND ${STAYS}`;
      const traced =
        'SELECT count(*) AS n FROM traces t CROSS JOIN fates f ON f.home = ?1 AND f.object = t.object' +
        ' WHERE t.segment < f.place AND t.segment <> ?1';
      const fates = this.#number(places, home) + this.#number(traced, home);
      const marks = this.#number('SELECT count(*) AS n FROM accounts WHERE uid_segment = ?', home);
      return restatedLength(fates, marks);
    });
  }

  restate({ segment, after }: Answers['restate']['ask']): Answers['restate']['answer'] {
    const from = after ?? { object: 0, ordinal: -1 };
    const some =
      'SELECT * FROM fates WHERE home = ?1 AND (object, ordinal) > (?2, ?3) ORDER BY object, ordinal';
    const looked = this.#statement(
      `SELECT f.*, (f.place <> ?1 AND ${STAYS}) OR ${HAS_TRACE} AS due FROM (${some} LIMIT ${FATES_AT_ONCE}) f`,
    ).all(segment, from.object, from.ordinal);
    const marks = this.#statement(
      `SELECT id, next_uid FROM accounts WHERE uid_segment = ? LIMIT ${MARKS_AT_ONCE}`,
    ).all(segment);
    const last = looked.length < FATES_AT_ONCE ? undefined : looked.at(-1);
    return {
      fates: looked
        .filter((row) => row['due'] === 1)
        .map((row) => ({
          object: Number(row['object']),
          ordinal: Number(row['ordinal']),
          uid: Number(row['uid']),
          place: Number(row['place']),
          home: segment,
        })),
      marks: marks.map((row) => ({ account: Number(row['id']), next: Number(row['next_uid']) })),
      next: last === undefined ? null : { object: Number(last['object']), ordinal: Number(last['ordinal']) },
    };
  }

  /** With synchronous = FULL the commit syncs the whole write-ahead log, with all that was applied before. */
  forget(segments: readonly number[]): null {
    this.#database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    try {
      for (const number of segments) {
        const { changes } = this.#statement('DELETE FROM segments WHERE number = ? AND live = 0').run(number);
        if (changes === 0) continue;
        this.#statement('INSERT OR IGNORE INTO going (number) VALUES (?)').run(number);
        for (const table of ['fates', 'fate_counts'])
          this.#statement(`DELETE FROM ${table} WHERE home = ?`).run(number);
      }
      this.#statement(
        "INSERT INTO meta (key, value) VALUES ('forgotten', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1",
      ).run();
      this.#database.exec('COMMIT');
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
    return null;
  }

  gone(segments: readonly number[] | null): null {
    const rows =
      segments ??
      this.#statement('SELECT number FROM going')
        .all()
        .map((row) => Number(row['number']));
    for (const number of rows) {
      this.#statement('DELETE FROM traces WHERE segment = ?').run(number);
      this.#statement('DELETE FROM going WHERE number = ?').run(number);
    }
    return null;
  }

  #number(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).get(...values)?.['n'] ?? 0);
  }
}
