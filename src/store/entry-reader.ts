/**
 * Reads a message as its owner sees it: the mail object, with the Delivered-To of this copy behind its Return-Path; or a mail object as
 * it goes on to another server, without that Return-Path.
 */
import { crc32 } from 'node:zlib';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { deliveredToField } from '../message/trace.ts';
import { DiskFailure } from '../world/disk.ts';
import type { DiskFile } from '../world/disk.ts';
import { storeFailureOf } from './disk-failure.ts';
import type { ObjectPlace } from './index-protocol.ts';
import type { ObjectSpot } from './queue-protocol.ts';
import type { QueuedText } from './queue-store.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { ManagementFailure } from './management.ts';
import { readFrame, recordLength } from './record.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId, StoreFailure } from './store.ts';

const READ_OCTETS = 256 * 1024;
const RETURN_PATH = Buffer.from('Return-Path:');
const LF = 10;
/** Compaction may carry an object on while we look for it. */
const TRIES = 5;

/** A small one is read and checked before a single octet of it is given away; a large one is given while it is read. */
export async function readEntry(
  core: StoreCore,
  account: AccountId,
  uid: number,
): Promise<Result<AsyncIterable<Uint8Array>, ManagementFailure>> {
  const found = await core.index.ask('place', { account, uid });
  if (!found.ok) return found;
  if (found.value === null) return failed({ type: 'not-found', what: `${account}:${uid}` });
  if (found.value.large) return ok(ofFile(core, account, uid));
  try {
    return await ofRecord(core, account, uid);
  } catch (thrown) {
    const isGone = thrown instanceof DiskFailure && thrown.problem === 'missing';
    return failed(isGone ? { type: 'not-found', what: `${account}:${uid}` } : storeFailureOf(thrown));
  }
}

/** Only a final delivery has a Return-Path: RFC 5321 §4.4. */
export async function readObject(
  core: StoreCore,
  object: number,
): Promise<Result<QueuedText, ManagementFailure>> {
  const find = (): Finding<ObjectSpot> => core.index.ask('objectPlace', { object });
  try {
    const [file, place] = await opened(core, find);
    try {
      if (place.large) {
        const first = Buffer.allocUnsafe(Math.min(READ_OCTETS, place.size));
        const octets = await file.read(first, 0);
        const from = returnPathOctets(first.subarray(0, octets));
        return ok({ size: place.size - from, chunks: restOfFile(core, find, from) });
      }
      const text = await checked(file, place);
      if (text === null) return damaged(core, place);
      const rest = text.subarray(returnPathOctets(text));
      return ok({ size: rest.length, chunks: only(rest) });
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const isGone = thrown instanceof DiskFailure && thrown.problem === 'missing';
    return failed(isGone ? { type: 'not-found', what: String(object) } : storeFailureOf(thrown));
  }
}

async function ofRecord(
  core: StoreCore,
  account: AccountId,
  uid: number,
): Promise<Result<AsyncIterable<Uint8Array>, ManagementFailure>> {
  const [file, place] = await opened(core, () => core.index.ask('place', { account, uid }));
  try {
    const text = await checked(file, place);
    return text === null ? damaged(core, place) : ok(withField([text], place));
  } finally {
    await file.close();
  }
}

/** The whole record; `null` when it is not what was written. */
async function checked(file: ReadFile, { position, octets, size }: ObjectSpot): Promise<Buffer | null> {
  const record = Buffer.allocUnsafe(octets);
  if ((await file.read(record, position)) < octets) return null;
  const frame = readFrame(record);
  if (frame === null || frame.bodyLength !== size || recordLength(frame) !== octets) return null;
  const body = record.subarray(octets - size);
  return crc32(body) === frame.bodyCrc ? body : null;
}

function damaged(core: StoreCore, place: ObjectSpot): Result<never, ManagementFailure> {
  const id = idOfBytes(place.id);
  const { segment, position, octets, large: inFile } = place;
  core.log.error('object-damaged', { id, segment, position, octets, large: inFile });
  return failed({ type: 'damaged', what: id });
}

/** Opened only when somebody reads: nobody closes what nobody has begun. */
async function* ofFile(core: StoreCore, account: AccountId, uid: number): AsyncGenerator<Uint8Array> {
  const [file, place] = await opened(core, () => core.index.ask('place', { account, uid }));
  try {
    yield* withField(pieces(core, file, { place, from: 0 }), place);
  } finally {
    await file.close();
  }
}

async function* restOfFile(
  core: StoreCore,
  find: () => Finding<ObjectSpot>,
  from: number,
): AsyncGenerator<Uint8Array> {
  const [file, place] = await opened(core, find);
  try {
    yield* pieces(core, file, { place, from });
  } finally {
    await file.close();
  }
}

async function* only(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}

async function* pieces(
  core: StoreCore,
  file: ReadFile,
  { place, from }: { place: ObjectSpot; from: number },
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < place.size;) {
    const piece = Buffer.allocUnsafe(Math.min(READ_OCTETS, place.size - at));
    if ((await file.read(piece, at)) < piece.length) {
      damaged(core, place);
      throw new DiskFailure('io', 'a mail object is shorter than it was');
    }
    at += piece.length;
    yield piece;
  }
}

/** The Delivered-To of this copy goes behind the Return-Path that the text begins with, or else in front. */
async function* withField(
  text: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { recipient }: ObjectPlace,
): AsyncGenerator<Uint8Array> {
  let field: Uint8Array | null = Buffer.from(deliveredToField(recipient));
  for await (const piece of text) {
    if (field === null) {
      yield piece;
      continue;
    }
    const line = returnPathOctets(piece);
    if (line > 0) yield piece.subarray(0, line);
    yield field;
    field = null;
    if (line < piece.length) yield piece.subarray(line);
  }
  if (field !== null) yield field;
}

/** Of the line that a text begins with; 0: it begins with another. */
function returnPathOctets(text: Uint8Array): number {
  return RETURN_PATH.equals(text.subarray(0, RETURN_PATH.length)) ? text.indexOf(LF) + 1 : 0;
}

/** To be closed. */
type ReadFile = Pick<DiskFile, 'read' | 'close'>;
type Finding<Place> = Promise<Result<Place | null, StoreFailure>>;

/** Once open it stays readable, whatever is unlinked meanwhile. */
async function opened<Place extends ObjectSpot>(
  core: StoreCore,
  find: () => Finding<Place>,
): Promise<[ReadFile, Place]> {
  for (let tries = 1; ; tries++) {
    const found = await find();
    if (!found.ok) throw new DiskFailure('io', 'the index does not answer');
    if (found.value === null) throw new DiskFailure('missing', 'no such mail object');
    try {
      const { large, id, segment } = found.value;
      const file = large ? await core.large.open(idOfBytes(id)) : await core.readers.lend(segment);
      return [file, found.value];
    } catch (thrown) {
      if (!(thrown instanceof DiskFailure) || thrown.problem !== 'missing' || tries === TRIES) throw thrown;
    }
  }
}
