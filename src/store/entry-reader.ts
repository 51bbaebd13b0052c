/** Reads a message as its owner sees it: the mail object, with the Delivered-To of this copy behind its Return-Path. */
import { crc32 } from 'node:zlib';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { deliveredToField } from '../message/trace.ts';
import { DiskFailure } from '../world/disk.ts';
import type { DiskFile } from '../world/disk.ts';
import { storeFailureOf } from './disk-failure.ts';
import type { ObjectPlace } from './index-protocol.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { ManagementFailure } from './management.ts';
import { readFrame, recordLength } from './record.ts';
import { segmentPath } from './segment-log.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId } from './store.ts';

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

async function ofRecord(
  core: StoreCore,
  account: AccountId,
  uid: number,
): Promise<Result<AsyncIterable<Uint8Array>, ManagementFailure>> {
  const [file, place] = await opened(core, account, uid);
  try {
    const text = await checked(file, place);
    return text === null ? damaged(core, place) : ok(withField([text], place));
  } finally {
    await file.close();
  }
}

/** The whole record; `null` when it is not what was written. */
async function checked(file: DiskFile, { position, octets, size }: ObjectPlace): Promise<Buffer | null> {
  const record = Buffer.allocUnsafe(octets);
  if ((await file.read(record, position)) < octets) return null;
  const frame = readFrame(record);
  if (frame === null || frame.bodyLength !== size || recordLength(frame) !== octets) return null;
  const body = record.subarray(octets - size);
  return crc32(body) === frame.bodyCrc ? body : null;
}

function damaged(core: StoreCore, place: ObjectPlace): Result<never, ManagementFailure> {
  const id = idOfBytes(place.id);
  const { segment, position, octets, large: inFile } = place;
  core.log.error('object-damaged', { id, segment, position, octets, large: inFile });
  return failed({ type: 'damaged', what: id });
}

/** Opened only when somebody reads: nobody closes what nobody has begun. */
async function* ofFile(core: StoreCore, account: AccountId, uid: number): AsyncGenerator<Uint8Array> {
  const [file, place] = await opened(core, account, uid);
  try {
    yield* withField(pieces(core, file, place), place);
  } finally {
    await file.close();
  }
}

async function* pieces(core: StoreCore, file: DiskFile, place: ObjectPlace): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < place.size;) {
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
    const hasPath = RETURN_PATH.equals(piece.subarray(0, RETURN_PATH.length));
    const line = hasPath ? piece.indexOf(LF) + 1 : 0;
    if (line > 0) yield piece.subarray(0, line);
    yield field;
    field = null;
    if (line < piece.length) yield piece.subarray(line);
  }
  if (field !== null) yield field;
}

/** Once open it stays readable, whatever is unlinked meanwhile. */
async function opened(core: StoreCore, account: AccountId, uid: number): Promise<[DiskFile, ObjectPlace]> {
  for (let tries = 1; ; tries++) {
    const found = await core.index.ask('place', { account, uid });
    if (!found.ok) throw new DiskFailure('io', 'the index does not answer');
    if (found.value === null) throw new DiskFailure('missing', `message ${uid} of account ${account}`);
    try {
      const { large, id, segment } = found.value;
      const file = large
        ? await core.large.open(idOfBytes(id))
        : await core.disk.open(segmentPath(core.places.segments, segment), 'read');
      return [file, found.value];
    } catch (thrown) {
      if (!(thrown instanceof DiskFailure) || thrown.problem !== 'missing' || tries === TRIES) throw thrown;
    }
  }
}
