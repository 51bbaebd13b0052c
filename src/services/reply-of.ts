/** From what happened to what is said: one exhaustive switch a union. Transient unless it is proven permanent. */
import { reply, type Reply } from '../replies/register.ts';
import type { StoreFailure } from '../store/store.ts';

export function replyOfFailure(failure: StoreFailure): Reply {
  switch (failure.type) {
    case 'no-space':
      return reply('storage-full');
    case 'io':
      return reply('local-error');
    case 'read-only':
      return reply('misconfigured');
    case 'out-of-resources':
      return reply('out-of-resources');
  }
}
