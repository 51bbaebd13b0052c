/**
 * The tables of the index, their version, and how a database file is opened, or given up and begun again. What `going`, `traces` and
 * `fates` are for stands in `index-fates.ts`.
 */
import { renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { QUEUE_TABLES } from './queue-schema.ts';
import type { StoreFailure } from './store.ts';

/** A database of another version is built again from the log. */
const SCHEMA_VERSION = 3;

const TABLES = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS domains (
  name TEXT PRIMARY KEY, row TEXT NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
  id INTEGER PRIMARY KEY, row TEXT NOT NULL, generation INTEGER NOT NULL,
  used_octets INTEGER NOT NULL DEFAULT 0, used_messages INTEGER NOT NULL DEFAULT 0, next_uid INTEGER NOT NULL DEFAULT 1,
  uid_segment INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS accounts_uid_segment ON accounts (uid_segment);
CREATE TABLE IF NOT EXISTS aliases (
  address TEXT PRIMARY KEY, row TEXT NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
  sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, segment INTEGER NOT NULL, position INTEGER NOT NULL,
  octets INTEGER NOT NULL, size INTEGER NOT NULL, large INTEGER NOT NULL, reverse_path TEXT NOT NULL,
  import_key TEXT, refs INTEGER NOT NULL, uids BLOB NOT NULL, envelope TEXT
);
CREATE INDEX IF NOT EXISTS objects_queued ON objects (id) WHERE envelope IS NOT NULL;
CREATE TABLE IF NOT EXISTS entries (
  account INTEGER NOT NULL, uid INTEGER NOT NULL, object INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  size INTEGER NOT NULL, received_at INTEGER NOT NULL, recipient TEXT NOT NULL,
  PRIMARY KEY (account, uid)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
  account INTEGER NOT NULL, object INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  size INTEGER NOT NULL, received_at INTEGER NOT NULL, recipient TEXT NOT NULL, notify TEXT, orcpt TEXT,
  held INTEGER NOT NULL DEFAULT 0, noticed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, object, ordinal)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS waiting_name ON waiting (object, ordinal);
CREATE INDEX IF NOT EXISTS waiting_age ON waiting (noticed, received_at) WHERE held = 0;
${QUEUE_TABLES}
CREATE TABLE IF NOT EXISTS large (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (key TEXT PRIMARY KEY, object INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
  number INTEGER PRIMARY KEY, octets INTEGER NOT NULL, live INTEGER NOT NULL, book INTEGER NOT NULL,
  book_octets INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS going (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS traces (
  object INTEGER NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (object, segment)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS traces_segment ON traces (segment);
CREATE TABLE IF NOT EXISTS fates (
  home INTEGER NOT NULL, object INTEGER NOT NULL, ordinal INTEGER NOT NULL, uid INTEGER NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY (home, object, ordinal)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fate_counts (
  home INTEGER NOT NULL, place INTEGER NOT NULL, fates INTEGER NOT NULL, PRIMARY KEY (home, place)
) WITHOUT ROWID;
`;

// SQLite's result codes, https://www.sqlite.org/rescode.html
const SQLITE_NOMEM = 7;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** What a start needs of the disk for the files of SQLite. */
const ROOM_OCTETS = 128 * 1024;

/** Nobody else should be there at all: the data directory is locked. */
const BUSY_MS = 100;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** It was there, but of no use. */
  readonly rebuilt: boolean;
}

export function openIndexDatabase(path: string): OpenedDatabase {
  try {
    return { database: opened(path), rebuilt: false };
  } catch (thrown) {
    if (!isDamage(thrown) && !(thrown instanceof OtherVersion)) throw thrown;
    giveUpDatabase(path);
    return { database: opened(path), rebuilt: true };
  }
}

/** The log has everything: a database that is damaged is set aside, and made again at the next opening. */
export function giveUpDatabase(path: string): void {
  if (path === ':memory:') return;
  rmSync(`${path}-wal`, { force: true });
  rmSync(`${path}-shm`, { force: true });
  try {
    renameSync(path, `${path}.damaged`);
  } catch {
    rmSync(path, { force: true });
  }
}

export function isDamage(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** What SQLite says, in the words of the store; `null` when it is not SQLite that speaks. */
export function failureOfDatabase(thrown: unknown): StoreFailure | null {
  switch (resultCode(thrown)) {
    case null:
      return null;
    case SQLITE_FULL:
      return { type: 'no-space' };
    case SQLITE_READONLY:
      return { type: 'read-only' };
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
      return { type: 'out-of-resources' };
    default:
      return { type: 'io' };
  }
}

class OtherVersion extends Error {}

/** Says what SQLite would, if it could. */
class NoRoom extends Error {
  readonly errcode = SQLITE_FULL;
}

/**
 * SQLite writes to a file that it maps, and whose blocks are not all there: when the disk has no room for one, the kernel ends the process
 * with SIGBUS, and nobody can make room any more.
 */
function probeRoom(path: string): void {
  if (path === ':memory:') return;
  const probe = `${path}.room`;
  try {
    writeFileSync(probe, Buffer.alloc(ROOM_OCTETS, 1));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
    // Whatever else is wrong SQLite says better; also that there is no inode for a file that it needs.
    const isShort = code === 'ENOSPC' || code === 'EDQUOT';
    if (isShort && !hasBlocks(path)) throw new NoRoom('no room for the index');
  } finally {
    rmSync(probe, { force: true });
  }
}

function hasBlocks(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize >= 2 * ROOM_OCTETS;
}

function opened(path: string): DatabaseSync {
  probeRoom(path);
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000',
    );
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version !== 0 && version !== SCHEMA_VERSION) throw new OtherVersion();
    database.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function resultCode(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return null;
  return thrown.errcode & 0xff; // The primary one: extended codes keep it in the last octet.
}
