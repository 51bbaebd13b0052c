/** Dates as header fields write them: RFC 5322 §3.3. Always in UTC. */
import type { Instant } from '../base/instant.ts';

/** `Mon, 23 Nov 2026 18:00:00 +0000`. */
export function writeDate(at: Instant): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}
