/** Reads a message as its owner sees it: the mail object, with the Delivered-To of this copy behind its Return-Path. */
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { deliveredToField } from '../message/trace.ts';
import { DiskFailure } from '../world/disk.ts';
import type { DiskFile } from '../world/disk.ts';
import type { ObjectPlace } from './index-protocol.ts';
import { idOfBytes } from './mail-object-id.ts';
import type { ManagementFailure } from './management.ts';
import { segmentPath } from './segment-log.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId } from './store.ts';

const READ_OCTETS = 256 * 1024;
const RETURN_PATH = Buffer.from('Return-Path:');
const LF = 10;
/** Compaction may carry an object on while we look for it. */
const TRIES = 5;

export async function readEntry(
  core: StoreCore,
  account: AccountId,
  uid: number,
): Promise<Result<AsyncIterable<Uint8Array>, ManagementFailure>> {
  const found = await core.index.ask('place', { account, uid });
  if (!found.ok) return found;
  if (found.value === null) return failed({ type: 'not-found', what: `${account}:${uid}` });
  return ok(texts(core, account, uid));
}

async function* texts(core: StoreCore, account: AccountId, uid: number): AsyncGenerator<Uint8Array> {
  const [file, place] = await opened(core, account, uid);
  try {
    const start = place.large ? 0 : place.position + place.octets - place.size;
    let field: Uint8Array | null = Buffer.from(deliveredToField(place.recipient));
    for (let at = 0; at < place.size;) {
      const piece = Buffer.allocUnsafe(Math.min(READ_OCTETS, place.size - at));
      if ((await file.read(piece, start + at)) < piece.length)
        throw new DiskFailure('io', 'a mail object is shorter than it was');
      at += piece.length;
      if (field === null) {
        yield piece;
        continue;
      }
      const line = piece.subarray(0, RETURN_PATH.length).equals(RETURN_PATH) ? piece.indexOf(LF) + 1 : 0;
      if (line > 0) yield piece.subarray(0, line);
      yield field;
      field = null;
      if (line < piece.length) yield piece.subarray(line);
    }
    if (field !== null) yield field;
  } finally {
    await file.close();
  }
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
