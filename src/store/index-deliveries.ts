/** Deliveries in the index: how they arrive, move, are released and removed. */
import { deliveredToField } from '../message/trace.ts';
import type { AccountCounts, IndexCounts } from './index-counts.ts';
import type { IndexFates } from './index-fates.ts';
import type { IndexQueue } from './index-queue.ts';
import { envelopeText } from './index-queue-rows.ts';
import type { Effect } from './index-protocol.ts';
import type { IndexStatements } from './index-statements.ts';
import { ID_OCTETS, putId } from './mail-object-id.ts';
import { RECORD } from './record.ts';
import type { RecordFrame } from './record.ts';
import { GONE } from './record-heads.ts';
import type { DeliveryName, Fate, MovedHead, ObjectHead, Release } from './record-heads.ts';
import { QUEUE } from './store.ts';

/** In `uids`: account, then UID. What goes out has the account `QUEUE`, and its UID says only whether it is gone. */
const UID_OCTETS = 8;
const WAITING = 0;

export interface PlaceOfRecord {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
}

export class IndexDeliveries {
  readonly #sql: IndexStatements;
  readonly #counts: IndexCounts;
  readonly #fates: IndexFates;
  readonly #queue: IndexQueue;

  constructor(sql: IndexStatements, parts: { counts: IndexCounts; fates: IndexFates; queue: IndexQueue }) {
    this.#sql = sql;
    this.#counts = parts.counts;
    this.#fates = parts.fates;
    this.#queue = parts.queue;
  }

  /** One that is `missing` was deleted further on in the log, most likely: until then all is as it was. */
  arrive(frame: RecordFrame, head: ObjectHead, place: PlaceOfRecord, missing: boolean): void {
    const uids = Buffer.alloc(UID_OCTETS * head.deliveries.length);
    let refs = 0;
    for (const [ordinal, delivery] of head.deliveries.entries()) {
      const uid = this.#uidOf(head, ordinal, place);
      uids.writeUInt32LE(delivery.account, ordinal * UID_OCTETS);
      uids.writeUInt32LE(uid, ordinal * UID_OCTETS + 4);
      if (uid === GONE) continue;
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

  /** One delivery into its mailbox, or among those that wait, or that go out. */
  #enter(object: number, ordinal: number, uid: number, head: ObjectHead): void {
    const { size, envelope, deliveries } = head;
    const delivery = deliveries[ordinal];
    if (delivery === undefined) return;
    if (delivery.account === QUEUE) {
      this.#queue.enter(object, ordinal, delivery, head);
      return;
    }
    const whole = size + Buffer.byteLength(deliveredToField(delivery.recipient));
    const { account, recipient, notify, orcpt } = delivery;
    if (uid === WAITING) {
      this.#sql.wait.run(account, object, ordinal, whole, envelope.receivedAt, recipient, notify, orcpt);
      return;
    }
    this.#sql.enter.run(account, uid, object, ordinal, whole, envelope.receivedAt, recipient);
    this.#counts.count(account, whole, 1);
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
    const isQueued = head.deliveries.some(({ state }) => state !== 'mailbox');
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
      isQueued ? envelopeText(head.envelope) : null,
    );
    if (large) this.#sql.insertLarge.run(id);
    if (importKey !== null) this.#sql.insertImport.run(importKey, sequence);
    this.#counts.segment(segment).live += octets;
  }

  /**
   * The object is known: it lies elsewhere now. It is not: this index was lost, and the segment of its first record is gone.
   * It was not deleted meanwhile, for what a `moved` record names is alive at its place in the log.
   */
  move({ object, large, ordinals, head }: MovedHead, place: PlaceOfRecord): void {
    const known = this.#sql.object.get(object);
    if (known !== undefined) {
      this.#counts.segment(Number(known['segment'])).live -= Number(known['octets']);
      this.#counts.segment(place.segment).live += place.octets;
      this.#sql.moveObject.run(place.segment, place.position, place.octets, object);
      if (place.segment !== known['segment']) this.#fates.trace(object, Number(known['segment']));
      return;
    }
    const uids = Buffer.alloc(UID_OCTETS * ((ordinals.at(-1) ?? 0) + 1), 0xff);
    let refs = 0;
    for (const [i, ordinal] of ordinals.entries()) {
      const delivery = head.deliveries[i];
      const uid = this.#uidOf(head, i, place);
      if (delivery === undefined || uid === GONE) continue;
      uids.writeUInt32LE(delivery.account, ordinal * UID_OCTETS);
      uids.writeUInt32LE(uid, ordinal * UID_OCTETS + 4);
      this.#enter(object, ordinal, uid, withOrdinal(head, i, ordinal));
      refs++;
    }
    if (refs > 0) this.#insertObject(object, { head, large, refs, uids }, place);
  }

  /** `GONE`: there is no such account. */
  #uidOf({ deliveries, uids }: ObjectHead, i: number, place: PlaceOfRecord): number {
    const [delivery, uid] = [deliveries[i], uids[i] ?? WAITING];
    if (delivery?.account === QUEUE) return WAITING;
    const counts = delivery === undefined ? null : this.#counts.account(delivery.account);
    if (delivery === undefined || counts === null) return GONE;
    return uid === WAITING
      ? WAITING
      : this.#free(uid, { counts, account: delivery.account, segment: place.segment });
  }

  /** As the record says; another one only when the disk hid from an earlier start that it was taken. */
  #free(
    uid: number,
    { counts, account, segment }: { counts: AccountCounts; account: number; segment: number },
  ): number {
    const taken = uid < counts.nextUid && this.#sql.entry.get(account, uid) !== undefined;
    const free = taken ? counts.nextUid : uid;
    // Where it is known already, a record says so that stands for itself; that of a release needs its object.
    if (free + 1 > counts.nextUid) this.#counts.noteUid(counts, free + 1, segment);
    return free;
  }

  /** `home`: the segment whose record says it; `null`: it follows from what else the log says. */
  removeAll(sequence: number, names: readonly DeliveryName[], home: number | null): Effect {
    const effect = new EffectUnderWay();
    for (const name of names) {
      const place = this.#remove(name, effect);
      if (home !== null && place !== null) this.#fates.note({ ...name, uid: GONE, place, home });
    }
    return effect.done('removed', sequence);
  }

  releaseAll(sequence: number, releases: readonly Release[], home: number): Effect {
    const effect = new EffectUnderWay();
    for (const release of releases) {
      const place = this.#release(release, home, effect);
      if (place !== null) this.#fates.note({ ...release, place, home });
    }
    return effect.done('released', sequence);
  }

  /** While the log goes on nothing comes of it; when the index is built from what is left of the log, it may. */
  restateAll(fates: readonly Fate[], home: number): void {
    const effect = new EffectUnderWay();
    for (const fate of fates) {
      this.#fates.move(fate, home);
      if (fate.uid === GONE) this.#remove(fate, effect);
      else this.#release(fate, home, effect);
    }
  }

  /** The segment of its object; `null`: it was gone already. */
  #remove({ object, ordinal }: DeliveryName, effect: EffectUnderWay): number | null {
    const found = this.#sql.object.get(object);
    const uids = found === undefined ? null : Buffer.from(found['uids'] as Uint8Array);
    if (found === undefined || uids === null || uids.length < (ordinal + 1) * UID_OCTETS) return null;
    const account = uids.readUInt32LE(ordinal * UID_OCTETS);
    const uid = uids.readUInt32LE(ordinal * UID_OCTETS + 4);
    if (uid === GONE) return null;
    if (account === QUEUE) this.#queue.leave({ object, ordinal });
    else if (uid === WAITING) this.#sql.unwait.run(account, object, ordinal);
    else {
      const size = Number(this.#sql.entry.get(account, uid)?.['size'] ?? 0);
      this.#sql.leave.run(account, uid);
      this.#counts.count(account, -size, -1);
      effect.count(account, size);
    }
    uids.writeUInt32LE(GONE, ordinal * UID_OCTETS + 4);
    const refs = Number(found['refs']) - 1;
    if (refs > 0) this.#sql.setUids.run(uids, refs, object);
    else this.#bury(found, object, effect);
    return Number(found['segment']);
  }

  /** Nobody refers to it any more. */
  #bury(found: Record<string, unknown>, object: number, effect: EffectUnderWay): void {
    this.#sql.deleteObject.run(object);
    this.#counts.segment(Number(found['segment'])).live -= Number(found['octets']);
    const id = Buffer.from(found['id'] as Uint8Array);
    if (found['large'] === 1) {
      this.#sql.deleteLarge.run(id);
      effect.large.push(id.toString('hex'));
    }
    if (typeof found['import_key'] === 'string') this.#sql.deleteImport.run(found['import_key'], object);
  }

  /** The segment of its object; `null`: it does not wait. */
  #release({ object, ordinal, uid: given }: Release, segment: number, effect: EffectUnderWay): number | null {
    const found = this.#sql.object.get(object);
    const uids = found === undefined ? null : Buffer.from(found['uids'] as Uint8Array);
    if (found === undefined || uids === null || uids.length < (ordinal + 1) * UID_OCTETS) return null;
    const account = uids.readUInt32LE(ordinal * UID_OCTETS);
    const counts = this.#counts.account(account);
    const row = this.#sql.waiting.get(account, object, ordinal);
    if (counts === null || row === undefined) return null;
    const uid = this.#free(given, { counts, account, segment });
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
    this.#counts.count(account, size, 1);
    effect.count(account, size);
    return Number(found['segment']);
  }

  /** Those of large objects whose file is not there. */
  missing(): DeliveryName[] {
    return this.#sql.missing.all().flatMap(({ sequence, octets }) =>
      Array.from({ length: Number(octets) / UID_OCTETS }, (_, ordinal) => ({
        object: Number(sequence),
        ordinal,
      })),
    );
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
