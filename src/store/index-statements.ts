/** What the index says to SQLite while it applies the log. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export function prepareStatements(database: DatabaseSync): IndexStatements {
  const prepared = {} as IndexStatements;
  for (const [name, text] of Object.entries(STATEMENTS))
    prepared[name as StatementName] = database.prepare(text);
  return prepared;
}

export type IndexStatements = Record<StatementName, StatementSync>;

type StatementName = keyof typeof STATEMENTS;

const STATEMENTS = {
  meta: 'SELECT value FROM meta WHERE key = ?',
  putMeta:
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  account: 'SELECT used_octets, used_messages, next_uid, uid_segment FROM accounts WHERE id = ?',
  unnamed: "INSERT INTO accounts (id, row, generation) VALUES (?, '', 0)",
  putCounts: 'UPDATE accounts SET used_octets = ?, used_messages = ?, next_uid = ? WHERE id = ?',
  putUidSegment: 'UPDATE accounts SET uid_segment = ? WHERE id = ?',
  segment: 'SELECT octets, live, book, book_octets FROM segments WHERE number = ?',
  putSegment:
    'INSERT INTO segments (number, octets, live, book, book_octets) VALUES (?, ?, ?, ?, ?)' +
    ' ON CONFLICT (number) DO UPDATE SET octets = excluded.octets, live = excluded.live, book = excluded.book,' +
    ' book_octets = excluded.book_octets',
  object: 'SELECT id, segment, octets, large, import_key, refs, uids FROM objects WHERE sequence = ?',
  insertObject:
    'INSERT INTO objects (sequence, id, segment, position, octets, size, large, reverse_path, import_key, refs, uids, envelope)' +
    ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  missing:
    'SELECT sequence, length(uids) AS octets FROM objects WHERE large = 1 AND id NOT IN (SELECT id FROM large)',
  moveObject: 'UPDATE objects SET segment = ?, position = ?, octets = ? WHERE sequence = ?',
  setUids: 'UPDATE objects SET uids = ?, refs = ? WHERE sequence = ?',
  deleteObject: 'DELETE FROM objects WHERE sequence = ?',
  enter:
    'INSERT INTO entries (account, uid, object, ordinal, size, received_at, recipient) VALUES (?, ?, ?, ?, ?, ?, ?)',
  entry: 'SELECT size FROM entries WHERE account = ? AND uid = ?',
  leave: 'DELETE FROM entries WHERE account = ? AND uid = ?',
  wait: 'INSERT INTO waiting (account, object, ordinal, size, received_at, recipient, notify, orcpt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  waiting:
    'SELECT size, received_at, recipient FROM waiting WHERE account = ? AND object = ? AND ordinal = ?',
  unwait: 'DELETE FROM waiting WHERE account = ? AND object = ? AND ordinal = ?',
  insertLarge: 'INSERT OR IGNORE INTO large (id) VALUES (?)',
  deleteLarge: 'DELETE FROM large WHERE id = ?',
  insertImport:
    'INSERT INTO imports (key, object) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET object = excluded.object',
  deleteImport: 'DELETE FROM imports WHERE key = ? AND object = ?',
  trace: 'INSERT OR IGNORE INTO traces (object, segment) VALUES (?, ?)',
  putFate: 'INSERT OR REPLACE INTO fates (home, object, ordinal, uid, place) VALUES (?, ?, ?, ?, ?)',
  dropFate: 'DELETE FROM fates WHERE home = ? AND object = ? AND ordinal = ?',
  countFates:
    'INSERT INTO fate_counts (home, place, fates) VALUES (?, ?, ?)' +
    ' ON CONFLICT (home, place) DO UPDATE SET fates = fates + excluded.fates',
} as const;
