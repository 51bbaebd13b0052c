/** The lines of a login: base64 both ways, RFC 4954 §4. */

/** A line of an AUTH exchange: decoded; or why there is nothing to decode. */
export type AuthLine =
  | { readonly type: 'response'; readonly octets: Uint8Array }
  | { readonly type: 'unusable'; readonly reply: 'auth-malformed' | 'auth-cancelled' | 'auth-line-too-long' };

/** `line` is what came after a 334, without CRLF. An empty line is an empty response. */
export function parseAuthLine(line: string): AuthLine {
  if (line === '*') return { type: 'unusable', reply: 'auth-cancelled' };
  const octets = decodeBase64(line);
  return octets === null ? { type: 'unusable', reply: 'auth-malformed' } : { type: 'response', octets };
}

/** RFC 4954 §8: a lone `=` is an initial response that is there, and empty. */
export function decodeInitialResponse(text: string): Uint8Array | null {
  if (text === '=') return new Uint8Array(0);
  return text === '' ? null : decodeBase64(text);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** RFC 4648 §4, no more and no less: null for any other alphabet, blanks, or padding that does not come out even. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return null;
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function encodeBase64(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text);
}
