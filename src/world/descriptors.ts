/** How many files and sockets this process may have open at once. */
import { readFileSync } from 'node:fs';

/** Infinity where the system does not tell. */
export function descriptorMax(): number {
  try {
    const row = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    const limit = Number(row?.[1]);
    return Number.isFinite(limit) ? limit : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY; // Not Linux.
  }
}
