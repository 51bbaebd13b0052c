/** LOGIN, which no RFC describes and every client has: two questions, two answers. */
import { decodeText, encodeText } from './text.ts';

// Clients compare these letters, or do not look at all; nobody sends others.
export const USERNAME_CHALLENGE = encodeText('Username:');
export const PASSWORD_CHALLENGE = encodeText('Password:');

const ANSWER_OCTETS_MAX = 1024;

export function parseLoginAnswer(octets: Uint8Array): string | null {
  if (octets.length === 0 || octets.length > ANSWER_OCTETS_MAX) return null;
  const text = decodeText(octets);
  return text === null || text.includes('\0') ? null : text;
}
