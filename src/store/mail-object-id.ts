/** Ids of mail objects: UUID version 7 (RFC 9562 §5.7), so that they grow with time and need nobody to hand them out. */
import { Bug } from '../base/assert.ts';
import type { Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { MailObjectId } from './store.ts';

/** Octets of an id in a record. */
export const ID_OCTETS = 16;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function newMailObjectId(clock: Clock, random: Random): MailObjectId {
  const bytes = new Uint8Array(ID_OCTETS);
  random.fill(bytes.subarray(6));
  let rest = clock.now() as number;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return idOfBytes(bytes);
}

export function idOfBytes(bytes: Uint8Array): MailObjectId {
  let text = '';
  for (let i = 0; i < ID_OCTETS; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] ?? 0] ?? '';
  }
  return text as MailObjectId;
}

/** Writes the octets of an id at `position`. */
export function putId(into: Buffer, position: number, id: MailObjectId): void {
  const written = into.write(id.replaceAll('-', ''), position, ID_OCTETS, 'hex');
  if (written !== ID_OCTETS) throw new Bug(`not an id: ${id}`);
}
