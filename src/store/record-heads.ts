/** The heads of records, written and read. Reading trusts the checksum: what does not fit is a bug of ours. */
import { Bug } from '../base/assert.ts';
import type { Instant } from '../base/instant.ts';
import { FIXED_OCTETS } from './record.ts';
import { ID_OCTETS, idOfBytes, putId } from './mail-object-id.ts';
import type { AccountId, Delivery, KeptEnvelope, MailObjectId } from './store.ts';

/** What a `message`, `large` or `moved` record says of its mail object. */
export interface ObjectHead {
  readonly id: MailObjectId;
  /** Octets of the mail object. */
  readonly size: number;
  readonly envelope: KeptEnvelope;
  readonly deliveries: readonly Delivery[];
}

/** What a `moved` record says besides: who the object was before. */
export interface MovedHead {
  /** The sequence of its first record: its name in the index. */
  readonly object: number;
  /** It lies in a file of its own; only its record has moved. */
  readonly large: boolean;
  /** Number of each delivery among those of the first record, and its UID; 0 while it waits. */
  readonly ordinals: readonly number[];
  readonly uids: readonly number[];
  readonly head: ObjectHead;
}

/** Names one delivery for ever: the object and the number of the delivery in its first record. */
export interface DeliveryName {
  readonly object: number;
  readonly ordinal: number;
}

/** Which segments end where, whatever stands behind that end. */
export interface Seal {
  readonly segment: number;
  readonly end: number;
}

/** Absent, in the place of a length. */
const NONE = 0xffff;
const TEXT_OCTETS_MAX = 0xfffe;

/** A record without its fixed part: room for it is left in front. */
export function encodeObjectHead(head: ObjectHead): Buffer {
  const record = Buffer.allocUnsafe(FIXED_OCTETS + objectHeadLength(head));
  putObjectHead(record, FIXED_OCTETS, head);
  return record;
}

export function decodeObjectHead(bytes: Buffer, start = 0): ObjectHead {
  return new HeadReader(bytes, start).object();
}

export function encodeMovedHead(moved: MovedHead): Buffer {
  const count = moved.ordinals.length;
  const record = Buffer.allocUnsafe(FIXED_OCTETS + 16 + 8 * count + objectHeadLength(moved.head));
  let at = record.writeDoubleLE(moved.object, FIXED_OCTETS);
  at = record.writeUInt32LE(moved.large ? 1 : 0, at);
  at = record.writeUInt32LE(count, at);
  for (let i = 0; i < count; i++) {
    at = record.writeUInt32LE(moved.ordinals[i] ?? 0, at);
    at = record.writeUInt32LE(moved.uids[i] ?? 0, at);
  }
  putObjectHead(record, at, moved.head);
  return record;
}

export function decodeMovedHead(bytes: Buffer): MovedHead {
  const object = bytes.readDoubleLE(0);
  const large = bytes.readUInt32LE(8) === 1;
  const count = bytes.readUInt32LE(12);
  const ordinals: number[] = [];
  const uids: number[] = [];
  for (let at = 16; at < 16 + 8 * count; at += 8) {
    ordinals.push(bytes.readUInt32LE(at));
    uids.push(bytes.readUInt32LE(at + 4));
  }
  return { object, large, ordinals, uids, head: decodeObjectHead(bytes, 16 + 8 * count) };
}

export function encodeNames(names: readonly DeliveryName[]): Buffer {
  const record = Buffer.allocUnsafe(FIXED_OCTETS + 12 * names.length);
  let at = FIXED_OCTETS;
  for (const { object, ordinal } of names) {
    record.writeDoubleLE(object, at);
    record.writeUInt32LE(ordinal, at + 8);
    at += 12;
  }
  return record;
}

export function decodeNames(bytes: Buffer): DeliveryName[] {
  const names: DeliveryName[] = [];
  for (let at = 0; at + 12 <= bytes.length; at += 12) {
    names.push({ object: bytes.readDoubleLE(at), ordinal: bytes.readUInt32LE(at + 8) });
  }
  return names;
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
  let length = ID_OCTETS + 8 + 8 + 1 + 4;
  length += textLength(envelope.reversePath) + textLength(envelope.envid) + textLength(envelope.importKey);
  for (const one of deliveries) {
    length += 5 + textLength(one.recipient) + textLength(one.notify) + textLength(one.orcpt);
  }
  return length;
}

function putObjectHead(into: Buffer, start: number, { id, size, envelope, deliveries }: ObjectHead): void {
  putId(into, start, id);
  let at = into.writeDoubleLE(size, start + ID_OCTETS);
  at = into.writeDoubleLE(envelope.receivedAt, at);
  at = into.writeUInt8(envelope.ret === null ? 0 : envelope.ret === 'FULL' ? 1 : 2, at);
  at = putText(into, at, envelope.reversePath);
  at = putText(into, at, envelope.envid);
  at = putText(into, at, envelope.importKey);
  at = into.writeUInt32LE(deliveries.length, at);
  for (const one of deliveries) {
    at = into.writeUInt32LE(one.account, at);
    at = into.writeUInt8(one.state === 'mailbox' ? 0 : 1, at);
    at = putText(into, at, one.recipient);
    at = putText(into, at, one.notify);
    at = putText(into, at, one.orcpt);
  }
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

  object(): ObjectHead {
    const id = idOfBytes(this.#bytes.subarray(this.#at, (this.#at += ID_OCTETS)));
    const size = this.#double();
    const receivedAt = this.#double() as Instant;
    const ret = ([null, 'FULL', 'HDRS'] as const)[this.#byte()] ?? null;
    const reversePath = this.#text() ?? '';
    const envelope = { reversePath, receivedAt, envid: this.#text(), ret, importKey: this.#text() };
    const deliveries: Delivery[] = [];
    for (let left = this.#long(); left > 0; left--) deliveries.push(this.#delivery());
    return { id, size, envelope, deliveries };
  }

  #delivery(): Delivery {
    const account = this.#long() as AccountId;
    const state = this.#byte() === 0 ? 'mailbox' : 'waiting';
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
