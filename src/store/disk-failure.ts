/** What the disk and the database say, in the words of the store. */
import { DiskFailure } from '../world/disk.ts';
import type { StoreFailure } from './store.ts';

/** Whatever is not a failure of the disk is a bug or the end of the world, and goes on upwards. */
export function storeFailureOf(thrown: unknown): StoreFailure {
  if (!(thrown instanceof DiskFailure)) throw thrown;
  switch (thrown.problem) {
    case 'no-space':
    case 'read-only':
    case 'out-of-resources':
      return { type: thrown.problem };
    case 'missing':
    case 'exists':
    case 'in-use':
    case 'io':
      return { type: 'io' };
  }
}
