/**
 * The tables of the queue. Which entries there are follows from the log; how far each has come stands here alone, and is lost with the
 * index: then all are due at once.
 *
 * An entry is *ready* and has a turn among those of its destination; or it is *deferred*, and gets its turn when somebody asks after it
 * was due; or *leased*; or held. Each state has an index of its own that holds nothing else, so that nobody ever looks through what is not
 * to be tried. A destination knows when to *wake*: when one of its entries wants to be tried, and it is not blocked.
 */
export const QUEUE_TABLES = `
CREATE TABLE IF NOT EXISTS destinations (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, entries INTEGER NOT NULL DEFAULT 0, octets INTEGER NOT NULL DEFAULT 0,
  next INTEGER, blocked_until INTEGER, retry TEXT, wake INTEGER
);
CREATE INDEX IF NOT EXISTS destinations_wake ON destinations (wake) WHERE wake IS NOT NULL;
CREATE INDEX IF NOT EXISTS destinations_blocked ON destinations (blocked_until) WHERE blocked_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS queue (
  object INTEGER NOT NULL, ordinal INTEGER NOT NULL, destination INTEGER NOT NULL, sender INTEGER NOT NULL,
  recipient TEXT NOT NULL, notify TEXT, orcpt TEXT, size INTEGER NOT NULL, queued_at INTEGER NOT NULL,
  due INTEGER NOT NULL, turn INTEGER, lease INTEGER, held INTEGER NOT NULL DEFAULT 0, noticed INTEGER NOT NULL DEFAULT 0,
  cause TEXT, retry TEXT,
  PRIMARY KEY (object, ordinal)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queue_destination ON queue (destination);
CREATE INDEX IF NOT EXISTS queue_ready ON queue (destination, turn) WHERE turn IS NOT NULL;
CREATE INDEX IF NOT EXISTS queue_senders ON queue (destination, sender, turn) WHERE turn IS NOT NULL;
CREATE INDEX IF NOT EXISTS queue_deferred ON queue (destination, due) WHERE turn IS NULL AND lease IS NULL AND held = 0;
CREATE INDEX IF NOT EXISTS queue_leased ON queue (lease) WHERE lease IS NOT NULL;
CREATE INDEX IF NOT EXISTS queue_age ON queue (noticed, queued_at) WHERE held = 0;
CREATE INDEX IF NOT EXISTS queue_held ON queue (queued_at) WHERE held = 1;
CREATE TABLE IF NOT EXISTS queue_causes (cause TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
`;

/** The end of the lease of what is about to be removed. */
export const FOR_GOOD = 8_640_000_000_000_000;
