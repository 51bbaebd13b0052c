/**
 * Applies the log to the index, in its order. The same records give the same tables whether they come live or are replayed,
 * and a record that comes again changes nothing: that is why the index may lag, or be lost.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deliveredToField } from '../message/trace.ts';
import type { AppliedPlace, BookChange, Effect, IndexBatch } from './index-protocol.ts';
import { BookTables } from './index-book.ts';
import { ID_OCTETS, putId } from './mail-object-id.ts';
import { FIXED_OCTETS, RECORD, peekFrame, recordLength } from './record.ts';
import type { RecordFrame } from './record.ts';
import { decodeMovedHead, decodeNames, decodeObjectHead } from './record-heads.ts';
import type { DeliveryName, MovedHead, ObjectHead } from './record-heads.ts';

/** In `uids`: account, then UID. */
const UID_OCTETS = 8;
const WAITING = 0;
const GONE = 0xffffffff;

interface AccountCounts {
  nextUid: number;
  octets: number;
  messages: number;
}

interface SegmentCounts {
  octets: number;
  live: number;
  book: number;
}

interface PlaceOfRecord {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
}

export interface Applied {
  readonly effects: Effect[];
  /** Segments without a live octet. */
  readonly dead: number[];
}

export class IndexApply {
  readonly #database: DatabaseSync;
  readonly #book: BookTables;
  readonly #sql: ReturnType<typeof prepare>;
  #applied: AppliedPlace | null;
  /**
   * This index begins with an old log, whose first segments are gone: deliveries may come before the record of their account,
   * which compaction has written again further on.
   */
  #rebuilding: boolean;
  /** Of accounts touched in this transaction; `null`: there is no such account. */
  readonly #accounts = new Map<number, AccountCounts | null>();
  readonly #segments = new Map<number, SegmentCounts>();
  #outcome: Applied = { effects: [], dead: [] };

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#book = new BookTables(database);
    this.#sql = prepare(database);
    this.#applied = this.#loadPlace();
    if (this.#applied === null) this.#sql.putMeta.run('rebuilding', 1);
    this.#rebuilding = Number(this.#sql.meta.get('rebuilding')?.['value'] ?? 0) === 1;
  }

  get applied(): AppliedPlace | null {
    return this.#applied;
  }

  /** When it throws, nothing was applied. */
  apply(batches: readonly IndexBatch[]): Applied {
    return this.#inTransaction(() => {
      for (const batch of batches) this.#batch(batch);
    });
  }

  /**
   * The whole log was read. An account that nobody named by now was removed, in a segment that is gone. A large object whose
   * file is missing and that was not deleted by now cannot be read by anybody.
   */
  endReplay(): void {
    const missing = Number(this.#sql.meta.get('missing')?.['value'] ?? 0) === 1;
    if (!this.#rebuilding && !missing) return;
    this.#inTransaction(() => {
      if (this.#rebuilding)
        for (const id of this.#book.unnamedAccounts()) this.#change({ op: 'remove-account', id }, 0);
      if (missing) this.#removeAll(0, this.#missingDeliveries());
      this.#sql.putMeta.run('rebuilding', 0);
      this.#sql.putMeta.run('missing', 0);
    });
    this.#rebuilding = false;
  }

  #missingDeliveries(): DeliveryName[] {
    return this.#sql.missing.all().flatMap(({ sequence, octets }) =>
      Array.from({ length: Number(octets) / UID_OCTETS }, (_, ordinal) => ({
        object: Number(sequence),
        ordinal,
      })),
    );
  }

  #inTransaction(act: () => void): Applied {
    const before = this.#applied;
    this.#outcome = { effects: [], dead: [] };
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      act();
      this.#flush();
      this.#database.exec('COMMIT');
      return this.#outcome;
    } catch (thrown) {
      this.#applied = before;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw thrown;
    } finally {
      this.#accounts.clear();
      this.#segments.clear();
    }
  }

  #batch({ segment, position, heads, missing, unread }: IndexBatch): void {
    if (unread > 0) this.#passBy({ segment, position, octets: unread });
    const bytes = Buffer.from(heads.buffer, heads.byteOffset, heads.length);
    let [at, place] = [0, position];
    while (at < bytes.length) {
      const frame = peekFrame(bytes, at);
      if (frame === null) throw new Error('the heads of a batch are not records');
      const octets = recordLength(frame);
      const head = bytes.subarray(at + FIXED_OCTETS, at + FIXED_OCTETS + frame.headLength);
      if (frame.sequence > (this.#applied?.sequence ?? 0)) {
        this.#record(frame, head, { segment, position: place, octets }, missing.includes(frame.sequence));
        this.#applied = { segment, position: place + octets, sequence: frame.sequence };
      }
      place += octets;
      at += FIXED_OCTETS + frame.headLength;
    }
  }

  /** What cannot be read counts as alive: who repairs the disk, or has a copy, must find the segment still there. */
  #passBy({ segment, position, octets }: PlaceOfRecord): void {
    const before = this.#applied ?? { segment: 0, position: 0, sequence: 0 };
    if (before.segment > segment || (before.segment === segment && before.position >= position)) return;
    const counts = this.#segment(segment);
    counts.octets += octets;
    counts.live += octets;
    this.#applied = { segment, position, sequence: before.sequence };
  }

  #record(frame: RecordFrame, head: Buffer, place: PlaceOfRecord, missing: boolean): void {
    const segment = this.#segment(place.segment);
    segment.octets += place.octets;
    switch (frame.type) {
      case RECORD.opened:
        return;
      case RECORD.message:
      case RECORD.large:
        this.#arrive(frame, decodeObjectHead(head), place, missing);
        return;
      case RECORD.moved:
        this.#move(decodeMovedHead(head), place);
        return;
      case RECORD.removed:
        this.#removeAll(frame.sequence, decodeNames(head));
        return;
      case RECORD.released:
        this.#releaseAll(frame.sequence, decodeNames(head));
        return;
      case RECORD.book:
        segment.book = frame.sequence;
        this.#change(JSON.parse(head.toString()) as BookChange, frame.sequence);
        return;
    }
  }

  /** One that is `missing` was deleted further on in the log, most likely: until then all is as it was, UIDs above all. */
  #arrive(frame: RecordFrame, head: ObjectHead, place: PlaceOfRecord, missing: boolean): void {
    const uids = Buffer.alloc(UID_OCTETS * head.deliveries.length);
    let refs = 0;
    for (const [ordinal, delivery] of head.deliveries.entries()) {
      const account = this.#account(delivery.account);
      const uid = account === null ? GONE : delivery.state === 'waiting' ? WAITING : account.nextUid++;
      uids.writeUInt32LE(delivery.account, ordinal * UID_OCTETS);
      uids.writeUInt32LE(uid, ordinal * UID_OCTETS + 4);
      if (account === null) continue;
      this.#enter(frame.sequence, ordinal, uid, head);
      refs++;
    }
    if (refs === 0) return;
    this.#insertObject(frame.sequence, { head, large: frame.type === RECORD.large, refs, uids }, place);
    if (missing) this.#noteMissing(head);
  }

  #noteMissing({ id }: ObjectHead): void {
    const bytes = Buffer.alloc(ID_OCTETS);
    putId(bytes, 0, id);
    this.#sql.deleteLarge.run(bytes);
    this.#sql.putMeta.run('missing', 1);
  }

  /** One delivery into its mailbox, or among those that wait. */
  #enter(object: number, ordinal: number, uid: number, { size, envelope, deliveries }: ObjectHead): void {
    const delivery = deliveries[ordinal];
    if (delivery === undefined) return;
    const whole = size + Buffer.byteLength(deliveredToField(delivery.recipient));
    const { account, recipient } = delivery;
    if (uid === WAITING) {
      this.#sql.wait.run(account, object, ordinal, whole, envelope.receivedAt, recipient);
      return;
    }
    this.#sql.enter.run(account, uid, object, ordinal, whole, envelope.receivedAt, recipient);
    this.#count(account, whole, 1);
  }

  #insertObject(
    sequence: number,
    { head, large, refs, uids }: { head: ObjectHead; large: boolean; refs: number; uids: Buffer },
    { segment, position, octets }: PlaceOfRecord,
  ): void {
    const id = Buffer.alloc(ID_OCTETS);
    putId(id, 0, head.id);
    const { reversePath, importKey } = head.envelope;
    const isLarge = large ? 1 : 0;
    this.#sql.insertObject.run(
      sequence,
      id,
      segment,
      position,
      octets,
      head.size,
      isLarge,
      reversePath,
      importKey,
      refs,
      uids,
    );
    if (large) this.#sql.insertLarge.run(id);
    if (importKey !== null) this.#sql.insertImport.run(importKey);
    this.#segment(segment).live += octets;
  }

  /**
   * The object is known: it lies elsewhere now. It is not: this index was lost, and the segment of its first record is gone.
   * It was not deleted meanwhile, for what a `moved` record names is alive at its place in the log.
   */
  #move({ object, large, ordinals, uids: theirs, head }: MovedHead, place: PlaceOfRecord): void {
    const known = this.#sql.object.get(object);
    if (known !== undefined) {
      this.#segment(Number(known['segment'])).live -= Number(known['octets']);
      this.#segment(place.segment).live += place.octets;
      this.#sql.moveObject.run(place.segment, place.position, place.octets, object);
      return;
    }
    const uids = Buffer.alloc(UID_OCTETS * (Math.max(...ordinals, 0) + 1), 0xff);
    let refs = 0;
    for (const [i, ordinal] of ordinals.entries()) {
      const delivery = head.deliveries[i];
      const counts = delivery === undefined ? null : this.#account(delivery.account);
      if (delivery === undefined || counts === null) continue;
      const uid =
        delivery.state === 'waiting' ? WAITING : this.#freeUid(counts, delivery.account, theirs[i] ?? 0);
      uids.writeUInt32LE(delivery.account, ordinal * UID_OCTETS);
      uids.writeUInt32LE(uid, ordinal * UID_OCTETS + 4);
      this.#enter(object, ordinal, uid, withOrdinal(head, i, ordinal));
      refs++;
    }
    if (refs > 0) this.#insertObject(object, { head, large, refs, uids }, place);
  }

  /** The UID it had, when nobody took it meanwhile. */
  #freeUid(counts: AccountCounts, account: number, uid: number): number {
    if (uid >= counts.nextUid) {
      counts.nextUid = uid + 1;
      return uid;
    }
    return uid > 0 && this.#sql.entry.get(account, uid) === undefined ? uid : counts.nextUid++;
  }

  #removeAll(sequence: number, names: readonly DeliveryName[]): void {
    const effect = new EffectUnderWay();
    for (const name of names) this.#remove(name, effect);
    this.#outcome.effects.push(effect.done('removed', sequence));
  }

  #releaseAll(sequence: number, names: readonly DeliveryName[]): void {
    const effect = new EffectUnderWay();
    for (const name of names) this.#release(name, effect);
    this.#outcome.effects.push(effect.done('released', sequence));
  }

  #remove({ object, ordinal }: DeliveryName, effect: EffectUnderWay): void {
    const found = this.#sql.object.get(object);
    const uids = found === undefined ? null : Buffer.from(found['uids'] as Uint8Array);
    if (found === undefined || uids === null || uids.length < (ordinal + 1) * UID_OCTETS) return;
    const account = uids.readUInt32LE(ordinal * UID_OCTETS);
    const uid = uids.readUInt32LE(ordinal * UID_OCTETS + 4);
    if (uid === GONE) return;
    if (uid === WAITING) this.#sql.unwait.run(account, object, ordinal);
    else {
      const size = Number(this.#sql.entry.get(account, uid)?.['size'] ?? 0);
      this.#sql.leave.run(account, uid);
      this.#count(account, -size, -1);
      effect.count(account, size);
    }
    uids.writeUInt32LE(GONE, ordinal * UID_OCTETS + 4);
    const refs = Number(found['refs']) - 1;
    if (refs > 0) this.#sql.setUids.run(uids, refs, object);
    else this.#bury(found, object, effect);
  }

  /** Nobody refers to it any more. */
  #bury(found: Record<string, unknown>, object: number, effect: EffectUnderWay): void {
    this.#sql.deleteObject.run(object);
    this.#segment(Number(found['segment'])).live -= Number(found['octets']);
    const id = Buffer.from(found['id'] as Uint8Array);
    if (found['large'] === 1) {
      this.#sql.deleteLarge.run(id);
      effect.large.push(id.toString('hex'));
    }
    if (typeof found['import_key'] === 'string') this.#sql.deleteImport.run(found['import_key']);
  }

  #release({ object, ordinal }: DeliveryName, effect: EffectUnderWay): void {
    const found = this.#sql.object.get(object);
    const uids = found === undefined ? null : Buffer.from(found['uids'] as Uint8Array);
    if (found === undefined || uids === null || uids.length < (ordinal + 1) * UID_OCTETS) return;
    const account = uids.readUInt32LE(ordinal * UID_OCTETS);
    const counts = this.#account(account);
    const row = this.#sql.waiting.get(account, object, ordinal);
    if (counts === null || row === undefined) return;
    const uid = counts.nextUid++;
    const size = Number(row['size']);
    this.#sql.unwait.run(account, object, ordinal);
    this.#sql.enter.run(
      account,
      uid,
      object,
      ordinal,
      size,
      Number(row['received_at']),
      String(row['recipient']),
    );
    uids.writeUInt32LE(uid, ordinal * UID_OCTETS + 4);
    this.#sql.setUids.run(uids, Number(found['refs']), object);
    this.#count(account, size, 1);
    effect.count(account, size);
  }

  #change(change: BookChange, sequence: number): void {
    if (change.op === 'remove-account') {
      this.#removeAll(sequence, this.#book.deliveriesOf(change.id));
      this.#accounts.set(change.id, null);
    }
    if (change.op === 'snapshot-end') {
      for (const id of this.#book.olderAccounts()) this.#removeAll(sequence, this.#book.deliveriesOf(id));
    }
    this.#flushAccounts(); // The tables of the book keep the counts of accounts, too.
    this.#book.change(change, sequence);
    if (change.op === 'put-account') this.#accounts.delete(change.account.id);
    if (change.op === 'snapshot-end') this.#accounts.clear();
  }

  #count(account: number, octets: number, messages: number): void {
    const counts = this.#account(account);
    if (counts === null) return;
    counts.octets += octets;
    counts.messages += messages;
  }

  #account(id: number): AccountCounts | null {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const row = this.#sql.account.get(id) ?? (this.#rebuilding ? this.#unnamed(id) : undefined);
    const counts =
      row === undefined
        ? null
        : {
            nextUid: Number(row['next_uid']),
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

  #segment(number: number): SegmentCounts {
    const known = this.#segments.get(number);
    if (known !== undefined) return known;
    const row = this.#sql.segment.get(number);
    const counts = {
      octets: Number(row?.['octets'] ?? 0),
      live: Number(row?.['live'] ?? 0),
      book: Number(row?.['book'] ?? 0),
    };
    this.#segments.set(number, counts);
    return counts;
  }

  #flush(): void {
    this.#flushAccounts();
    for (const [number, { octets, live, book }] of this.#segments) {
      this.#sql.putSegment.run(number, octets, live, book);
      if (live === 0) this.#outcome.dead.push(number);
    }
    if (this.#applied === null) return;
    this.#sql.putMeta.run('segment', this.#applied.segment);
    this.#sql.putMeta.run('position', this.#applied.position);
    this.#sql.putMeta.run('sequence', this.#applied.sequence);
  }

  #flushAccounts(): void {
    for (const [id, counts] of this.#accounts) {
      if (counts !== null) this.#sql.putCounts.run(counts.octets, counts.messages, counts.nextUid, id);
    }
  }

  #loadPlace(): AppliedPlace | null {
    const value = (key: string): number => Number(this.#sql.meta.get(key)?.['value'] ?? 0);
    const sequence = value('sequence');
    return sequence === 0 ? null : { segment: value('segment'), position: value('position'), sequence };
  }
}

class EffectUnderWay {
  readonly accounts = new Map<number, { account: number; octets: number; messages: number }>();
  readonly large: string[] = [];

  count(account: number, octets: number): void {
    const before = this.accounts.get(account) ?? { account, octets: 0, messages: 0 };
    this.accounts.set(account, { account, octets: before.octets + octets, messages: before.messages + 1 });
  }

  done(type: Effect['type'], sequence: number): Effect {
    return { type, sequence, accounts: [...this.accounts.values()], large: this.large };
  }
}

/** The head with its delivery `i` at the place `ordinal`. */
function withOrdinal(head: ObjectHead, i: number, ordinal: number): ObjectHead {
  const delivery = head.deliveries[i];
  if (i === ordinal || delivery === undefined) return head;
  const deliveries: ObjectHead['deliveries'][number][] = [];
  deliveries[ordinal] = delivery;
  return { ...head, deliveries };
}

function prepare(database: DatabaseSync): Record<StatementName, StatementSync> {
  const prepared = {} as Record<StatementName, StatementSync>;
  for (const [name, text] of Object.entries(STATEMENTS))
    prepared[name as StatementName] = database.prepare(text);
  return prepared;
}

type StatementName = keyof typeof STATEMENTS;

const STATEMENTS = {
  meta: 'SELECT value FROM meta WHERE key = ?',
  putMeta:
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  account: 'SELECT used_octets, used_messages, next_uid FROM accounts WHERE id = ?',
  unnamed: "INSERT INTO accounts (id, row, generation) VALUES (?, '', 0)",
  putCounts: 'UPDATE accounts SET used_octets = ?, used_messages = ?, next_uid = ? WHERE id = ?',
  segment: 'SELECT octets, live, book FROM segments WHERE number = ?',
  putSegment:
    'INSERT INTO segments (number, octets, live, book) VALUES (?, ?, ?, ?)' +
    ' ON CONFLICT (number) DO UPDATE SET octets = excluded.octets, live = excluded.live, book = excluded.book',
  object: 'SELECT id, segment, octets, large, import_key, refs, uids FROM objects WHERE sequence = ?',
  insertObject:
    'INSERT INTO objects (sequence, id, segment, position, octets, size, large, reverse_path, import_key, refs, uids)' +
    ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  missing:
    'SELECT sequence, length(uids) AS octets FROM objects WHERE large = 1 AND id NOT IN (SELECT id FROM large)',
  moveObject: 'UPDATE objects SET segment = ?, position = ?, octets = ? WHERE sequence = ?',
  setUids: 'UPDATE objects SET uids = ?, refs = ? WHERE sequence = ?',
  deleteObject: 'DELETE FROM objects WHERE sequence = ?',
  enter:
    'INSERT INTO entries (account, uid, object, ordinal, size, received_at, recipient) VALUES (?, ?, ?, ?, ?, ?, ?)',
  entry: 'SELECT size FROM entries WHERE account = ? AND uid = ?',
  leave: 'DELETE FROM entries WHERE account = ? AND uid = ?',
  wait: 'INSERT INTO waiting (account, object, ordinal, size, received_at, recipient) VALUES (?, ?, ?, ?, ?, ?)',
  waiting:
    'SELECT size, received_at, recipient FROM waiting WHERE account = ? AND object = ? AND ordinal = ?',
  unwait: 'DELETE FROM waiting WHERE account = ? AND object = ? AND ordinal = ?',
  insertLarge: 'INSERT OR IGNORE INTO large (id) VALUES (?)',
  deleteLarge: 'DELETE FROM large WHERE id = ?',
  insertImport: 'INSERT OR IGNORE INTO imports (key) VALUES (?)',
  deleteImport: 'DELETE FROM imports WHERE key = ?',
} as const;
