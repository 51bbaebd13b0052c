/** The one message of PLAIN: RFC 4616 §2. */
import { decodeText } from './text.ts';

export interface PlainMessage {
  /** Empty: whoever the password is of. */
  readonly authorization: string;
  readonly name: string;
  readonly password: string;
}

/** RFC 4616 §2 wants 255 octets of each at least; a password of ours has 1024, in UTF-8. */
const NAME_OCTETS_MAX = 512;
const PASSWORD_OCTETS_MAX = 1024;
const MESSAGE_OCTETS_MAX = 2 * NAME_OCTETS_MAX + PASSWORD_OCTETS_MAX + 2;

/** `[authzid] NUL authcid NUL passwd`, or null. */
export function parsePlain(octets: Uint8Array): PlainMessage | null {
  if (octets.length > MESSAGE_OCTETS_MAX) return null;
  const text = decodeText(octets);
  const parts = text?.split('\0') ?? [];
  const [authorization, name, password] = parts;
  if (parts.length !== 3 || authorization === undefined || !name || !password) return null;
  return { authorization, name, password };
}
