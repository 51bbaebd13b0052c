/** The index at a start: opened, and told all that stands in the log and not in it. */
import type { Result } from '../base/result.ts';
import type { Disk } from '../world/disk.ts';
import { silentLog } from '../world/log.ts';
import type { Log } from '../world/log.ts';
import { StoreFailed } from './entry-orders.ts';
import { IndexClient } from './index-client.ts';
import type { IndexNews } from './index-client.ts';
import type { BookDump } from './index-protocol.ts';
import { replay } from './replay.ts';
import type { Replayed } from './replay.ts';
import type { StorePlaces } from './store-core.ts';
import type { StoreFailure } from './store.ts';

interface IndexPlace {
  readonly folder: string;
  readonly disk: Disk;
  readonly log?: Log;
  readonly options?: {
    readonly indexPath?: string;
    readonly indexThread?: boolean;
    readonly lagRecordsMax?: number;
  };
}

interface OpenedIndex {
  readonly client: IndexClient;
  readonly replayed: Replayed;
  readonly dump: BookDump;
}

/** The index, with all that stands in the log. One that turns out damaged on the way is set aside, and built anew. */
export async function openIndex(
  given: IndexPlace,
  places: StorePlaces,
  news: IndexNews,
  isRetry = false,
): Promise<OpenedIndex> {
  const { disk, log = silentLog, options = {} } = given;
  const path = options.indexPath ?? `${given.folder}/index.db`;
  const { indexThread: thread = true, lagRecordsMax } = options;
  const index = await IndexClient.open({ path, thread, lagRecordsMax }, news);
  if (!index.ok) throw new StoreFailed(index.failure);
  const { client, applied, rebuilt } = index.value;
  try {
    if (rebuilt || applied === null) log.info('index-built-from-log');
    const replayed = await replay({
      disk,
      folder: places.segments,
      largeFolder: places.large,
      applied,
      follow: async (batch) => {
        const failure = await client.ready();
        if (failure !== null) throw new StoreFailed(failure);
        client.committed(batch);
      },
      damaged: (segment, at, end) => log.error('segment-damaged', { segment, at, end }),
    });
    must(await client.ask('replayed', null));
    return { client, replayed, dump: must(await client.ask('book', null)) };
  } catch (thrown) {
    await client.close(); // it sets aside what is damaged
    if (isRetry || !(thrown instanceof StoreFailed)) throw thrown;
    return openIndex(given, places, news, true);
  }
}

/** Throws `StoreFailed`. */
export function must<T>(result: Result<T, StoreFailure>): T {
  if (!result.ok) throw new StoreFailed(result.failure);
  return result.value;
}
