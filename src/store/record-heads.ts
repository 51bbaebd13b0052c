/** The heads of records, written and read. Reading trusts the checksum: what does not fit is a bug of ours. */
import { Bug } from '../base/assert.ts';
import type { Instant } from '../base/instant.ts';
import { FIXED_OCTETS } from './record.ts';
import { ID_OCTETS, idOfBytes, putId } from './mail-object-id.ts';
import { QUEUE } from './store.ts';
import type { AccountId, Delivery, KeptEnvelope, MailObjectId } from './store.ts';

/** What a `message`, `large` or `moved` record says of its mail object. */
export interface ObjectHead {
  readonly id: MailObjectId;
  /** Octets of the mail object. */
  readonly size: number;
  readonly envelope: KeptEnvelope;
  readonly deliveries: readonly Delivery[];
  /** Of each delivery; 0 while it waits, and of one that goes out. */
  readonly uids: readonly number[];
}

/** What a `moved` record says besides: who the object was before. */
export interface MovedHead {
  /** The sequence of its first record: its name in the index. */
  readonly object: number;
  /** It lies in a file of its own; only its record has moved. */
  readonly large: boolean;
  /** Number of each delivery among those of the first record. */
  readonly ordinals: readonly number[];
  readonly head: ObjectHead;
}

/** Names one delivery for ever: the object and the number of the delivery in its first record. */
export interface DeliveryName {
  readonly object: number;
  readonly ordinal: number;
}

/** A delivery that waited, and the UID it has got. */
export interface Release extends DeliveryName {
  readonly uid: number;
}

/** The UID of a delivery that is gone: none that there is. */
export const GONE = 0xffffffff;

/** What became of a delivery after the record of its object. */
export interface Fate extends DeliveryName {
  /** `GONE`, or the one it got when it was released. */
  readonly uid: number;
  /** The segment in which the newest record of the object lay then. Later ones do not name what is gone. */
  readonly place: number;
  /** The segment that said it until now. */
  readonly home: number;
}

/** No UID below `next` is given to anybody any more. */
export interface UidMark {
  readonly account: number;
  readonly next: number;
}

/** Which segments end where, whatever stands behind that end. */
export interface Seal {
  readonly segment: number;
  readonly end: number;
}

/** Absent, in the place of a length. */
const NONE = 0xffff;
const TEXT_OCTETS_MAX = 0xfffe;

/** Where the UIDs stand in the record of a mail object: they are known only when its place in the log is. */
const UIDS_AT = FIXED_OCTETS + ID_OCTETS + 8 + 4;
/**
 * What else the envelope says stands in the octet of RET, in bits that were 0 before there was a queue: an old record reads as mail
 * from the network, 7BIT. The account follows when its bit is set.
 */
const RETS = [null, 'FULL', 'HDRS'] as const;
const BODIES = ['7BIT', '8BITMIME', 'BINARYMIME'] as const;
const ORIGINS = ['mx', 'submission', 'network', 'internal'] as const;
const SMTPUTF8_BIT = 0x04;
const BODY_SHIFT = 3;
const ORIGIN_SHIFT = 5;
const SUBMITTER_BIT = 0x80;

const NAME_OCTETS = 12;
const FATE_OCTETS = 24;
const MARK_OCTETS = 8;

/** What the records say again takes, in octets. */
export function restatedLength(fates: number, marks: number): number {
  return FATE_OCTETS * fates + MARK_OCTETS * marks;
}

/** A record without its fixed part: room for it is left in front. UIDs that are not known are 0. */
export function encodeObjectHead(head: ObjectHead, settled: readonly DeliveryName[] = []): Buffer {
  const end = FIXED_OCTETS + objectHeadLength(head);
  const record = Buffer.allocUnsafe(end + NAME_OCTETS * settled.length);
  putObjectHead(record, FIXED_OCTETS, head);
  putNames(record, end, settled);
  return record;
}

/** With the deliveries of other objects that are gone as soon as this one is there; the record of one that has moved names none. */
export function decodeArrival(bytes: Buffer): {
  readonly head: ObjectHead;
  readonly settled: DeliveryName[];
} {
  const reader = new HeadReader(bytes, 0);
  const head = reader.object();
  return { head, settled: decodeNames(bytes.subarray(reader.at)) };
}

/** As account and UID tell it: there is no word for it in a record. */
export function stateOf(account: AccountId, uid: number): Delivery['state'] {
  return account === QUEUE ? 'queued' : uid === 0 ? 'waiting' : 'mailbox';
}

/** In the record of a mail object, not of one that has moved. */
export function putUid(record: Buffer, ordinal: number, uid: number): void {
  record.writeUInt32LE(uid, UIDS_AT + 4 * ordinal);
}

export function decodeObjectHead(bytes: Buffer, start = 0): ObjectHead {
  return new HeadReader(bytes, start).object();
}

export function encodeMovedHead(moved: MovedHead): Buffer {
  const count = moved.ordinals.length;
  const record = Buffer.allocUnsafe(FIXED_OCTETS + 16 + 4 * count + objectHeadLength(moved.head));
  let at = record.writeDoubleLE(moved.object, FIXED_OCTETS);
  at = record.writeUInt32LE(moved.large ? 1 : 0, at);
  at = record.writeUInt32LE(count, at);
  for (const ordinal of moved.ordinals) at = record.writeUInt32LE(ordinal, at);
  putObjectHead(record, at, moved.head);
  return record;
}

export function decodeMovedHead(bytes: Buffer): MovedHead {
  const object = bytes.readDoubleLE(0);
  const large = bytes.readUInt32LE(8) === 1;
  const count = bytes.readUInt32LE(12);
  const ordinals: number[] = [];
  for (let i = 0; i < count; i++) ordinals.push(bytes.readUInt32LE(16 + 4 * i));
  return { object, large, ordinals, head: decodeObjectHead(bytes, 16 + 4 * count) };
}

export function encodeNames(names: readonly DeliveryName[]): Buffer {
  const record = Buffer.allocUnsafe(FIXED_OCTETS + NAME_OCTETS * names.length);
  putNames(record, FIXED_OCTETS, names);
  return record;
}

function putNames(into: Buffer, start: number, names: readonly DeliveryName[]): void {
  let at = start;
  for (const { object, ordinal } of names) {
    into.writeDoubleLE(object, at);
    into.writeUInt32LE(ordinal, at + 8);
    at += NAME_OCTETS;
  }
}

export function decodeNames(bytes: Buffer): DeliveryName[] {
  const names: DeliveryName[] = [];
  for (let at = 0; at + NAME_OCTETS <= bytes.length; at += NAME_OCTETS) {
    names.push({ object: bytes.readDoubleLE(at), ordinal: bytes.readUInt32LE(at + 8) });
  }
  return names;
}

export function encodeReleases(releases: readonly Release[]): Buffer {
  const record = Buffer.allocUnsafe(FIXED_OCTETS + 16 * releases.length);
  let at = FIXED_OCTETS;
  for (const { object, ordinal, uid } of releases) {
    at = record.writeDoubleLE(object, at);
    at = record.writeUInt32LE(ordinal, at);
    at = record.writeUInt32LE(uid, at);
  }
  return record;
}

export function decodeReleases(bytes: Buffer): Release[] {
  const releases: Release[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const [object, ordinal] = [bytes.readDoubleLE(at), bytes.readUInt32LE(at + 8)];
    releases.push({ object, ordinal, uid: bytes.readUInt32LE(at + 12) });
  }
  return releases;
}

export function encodeRestated(fates: readonly Fate[], marks: readonly UidMark[]): Buffer {
  const length = 4 + restatedLength(fates.length, marks.length);
  const record = Buffer.allocUnsafe(FIXED_OCTETS + length);
  let at = record.writeUInt32LE(fates.length, FIXED_OCTETS);
  for (const { object, ordinal, uid, place, home } of fates) {
    at = record.writeDoubleLE(object, at);
    for (const value of [ordinal, uid, place, home]) at = record.writeUInt32LE(value, at);
  }
  for (const { account, next } of marks) {
    at = record.writeUInt32LE(account, at);
    at = record.writeUInt32LE(next, at);
  }
  return record;
}

export function decodeRestated(bytes: Buffer): { readonly fates: Fate[]; readonly marks: UidMark[] } {
  const [fates, marks]: [Fate[], UidMark[]] = [[], []];
  const end = 4 + FATE_OCTETS * bytes.readUInt32LE(0);
  const long = (at: number): number => bytes.readUInt32LE(at);
  for (let at = 4; at < end; at += FATE_OCTETS) {
    const object = bytes.readDoubleLE(at);
    fates.push({
      object,
      ordinal: long(at + 8),
      uid: long(at + 12),
      place: long(at + 16),
      home: long(at + 20),
    });
  }
  for (let at = end; at + MARK_OCTETS <= bytes.length; at += MARK_OCTETS)
    marks.push({ account: long(at), next: long(at + 4) });
  return { fates, marks };
}

export function encodeSeals(seals: readonly Seal[]): Buffer {
  return encodeNames(seals.map(({ segment, end }) => ({ object: end, ordinal: segment })));
}

export function decodeSeals(bytes: Buffer): Seal[] {
  return decodeNames(bytes).map(({ object, ordinal }) => ({ segment: ordinal, end: object }));
}

/** Heads that are rare are JSON. */
export function encodeJson(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const record = Buffer.allocUnsafe(FIXED_OCTETS + Buffer.byteLength(text));
  record.write(text, FIXED_OCTETS);
  return record;
}

function objectHeadLength({ envelope, deliveries }: ObjectHead): number {
  let length = ID_OCTETS + 8 + 4 + 8 + 1 + (envelope.submitter === null ? 0 : 4);
  length += textLength(envelope.reversePath) + textLength(envelope.envid) + textLength(envelope.importKey);
  for (const one of deliveries) {
    length += 8 + textLength(one.recipient) + textLength(one.notify) + textLength(one.orcpt);
  }
  return length;
}

function putObjectHead(into: Buffer, start: number, head: ObjectHead): void {
  const { id, size, envelope, deliveries, uids } = head;
  putId(into, start, id);
  let at = into.writeDoubleLE(size, start + ID_OCTETS);
  at = into.writeUInt32LE(deliveries.length, at);
  for (let i = 0; i < deliveries.length; i++) at = into.writeUInt32LE(uids[i] ?? 0, at);
  at = into.writeDoubleLE(envelope.receivedAt, at);
  at = into.writeUInt8(flagsOf(envelope), at);
  if (envelope.submitter !== null) at = into.writeUInt32LE(envelope.submitter, at);
  at = putText(into, at, envelope.reversePath);
  at = putText(into, at, envelope.envid);
  at = putText(into, at, envelope.importKey);
  for (const one of deliveries) {
    at = into.writeUInt32LE(one.account, at);
    at = putText(into, at, one.recipient);
    at = putText(into, at, one.notify);
    at = putText(into, at, one.orcpt);
  }
}

function flagsOf({ ret, smtputf8, body, origin, submitter }: KeptEnvelope): number {
  return (
    RETS.indexOf(ret) |
    (smtputf8 ? SMTPUTF8_BIT : 0) |
    (BODIES.indexOf(body) << BODY_SHIFT) |
    (ORIGINS.indexOf(origin) << ORIGIN_SHIFT) |
    (submitter === null ? 0 : SUBMITTER_BIT)
  );
}

function textLength(text: string | null): number {
  return 2 + (text === null ? 0 : Buffer.byteLength(text));
}

function putText(into: Buffer, at: number, text: string | null): number {
  if (text === null) return into.writeUInt16LE(NONE, at);
  const length = into.write(text, at + 2);
  if (length > TEXT_OCTETS_MAX) throw new Bug(`a text of ${length} octets in an envelope`);
  into.writeUInt16LE(length, at);
  return at + 2 + length;
}

class HeadReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  get at(): number {
    return this.#at;
  }

  object(): ObjectHead {
    const id = idOfBytes(this.#bytes.subarray(this.#at, (this.#at += ID_OCTETS)));
    const size = this.#double();
    const uids = Array.from({ length: this.#long() }, () => this.#long());
    const receivedAt = this.#double() as Instant;
    const flags = this.#byte();
    const submitter = (flags & SUBMITTER_BIT) === 0 ? null : (this.#long() as AccountId);
    const envelope = {
      reversePath: this.#text() ?? '',
      receivedAt,
      envid: this.#text(),
      ret: RETS[flags & 3] ?? null,
      importKey: this.#text(),
      body: BODIES[(flags >> BODY_SHIFT) & 3] ?? '7BIT',
      smtputf8: (flags & SMTPUTF8_BIT) !== 0,
      origin: ORIGINS[(flags >> ORIGIN_SHIFT) & 3] ?? 'mx',
      submitter,
    };
    return { id, size, envelope, deliveries: uids.map((uid) => this.#delivery(uid)), uids };
  }

  #delivery(uid: number): Delivery {
    const account = this.#long() as AccountId;
    const state = stateOf(account, uid);
    return { account, state, recipient: this.#text() ?? '', notify: this.#text(), orcpt: this.#text() };
  }

  #text(): string | null {
    const length = this.#bytes.readUInt16LE(this.#at);
    this.#at += 2;
    if (length === NONE) return null;
    return this.#bytes.toString('utf8', this.#at, (this.#at += length));
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  #long(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  #double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }
}
