/** Text as SASL mechanisms carry it: UTF-8 without NUL. */

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** `null`: it is no UTF-8. */
export function decodeText(octets: Uint8Array): string | null {
  try {
    return DECODER.decode(octets);
  } catch {
    return null;
  }
}

export function encodeText(text: string): Uint8Array {
  return ENCODER.encode(text);
}
