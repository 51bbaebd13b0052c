/** What a start does beside reading the log: folders, ledger, and what a crash left behind. */
import { dirname } from 'node:path';
import { DiskFailure } from '../world/disk.ts';
import type { Disk } from '../world/disk.ts';
import { quotaRow } from './address-orders.ts';
import type { Answers } from './index-protocol.ts';
import type { Limits } from './management.ts';
import type { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { must } from './open-index.ts';
import type { Replayed } from './replay.ts';
import { segmentPath } from './segment-log.ts';
import type { StoreCore } from './store-core.ts';

const SWEPT_AT_ONCE = 1000;

/** Their names survive a crash, all the way up: an earlier start may have made them and failed. */
export async function makeFolders(disk: Disk, folder: string, places: StoreCore['places']): Promise<void> {
  const above: { path: string; made: boolean }[] = [];
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    above.push({ path, made: (await disk.size(path)) === null });
  }
  await disk.makeFolder(places.segments);
  await disk.makeFolder(places.large);
  await disk.syncFolder(folder);
  for (const { path, made } of above) {
    try {
      await disk.syncFolder(dirname(path));
    } catch (thrown) {
      // A folder that we may not read is not ours, and its names are older than we.
      if (made || !(thrown instanceof DiskFailure) || thrown.problem !== 'read-only') throw thrown;
    }
  }
}

export function fillLedger(
  quota: MemoryQuotaLedger,
  dump: Answers['book']['answer'],
  limits: Pick<StoreCore, 'book' | 'accountLimits'>,
  serverLimits: Limits | undefined,
): void {
  if (serverLimits !== undefined) quota.setServerLimits(serverLimits);
  for (const { name, limits: pool } of dump.domains) quota.setDomainLimits(name, pool);
  quota.load(
    dump.accounts.map((account) => {
      const { usedOctets, usedMessages, newest } = account;
      // Who is full now is so since his newest message: nothing fitted after it.
      return { ...quotaRow(limits, account), usedOctets, usedMessages, fullSince: newest };
    }),
  );
}

/** What a crash left behind: segments that were to be unlinked, files of large objects that were never kept. */
export async function sweep(core: StoreCore, { segments }: Replayed): Promise<void> {
  const rows = must(await core.index.ask('segments', null)).rows;
  const known = new Set(rows.map(({ number }) => number));
  for (const number of segments) {
    if (!known.has(number) && number !== core.segments.activeNumber)
      await core.disk.unlink(segmentPath(core.places.segments, number));
  }
  await core.disk.syncFolder(core.places.segments);
  must(await core.index.ask('gone', { segments: null }));
  const names = await core.large.names();
  const swept = sweepLarge(core, names);
  // Nothing that came since is among the names, so mail need not wait for many of them.
  if (names.length <= SWEPT_AT_ONCE) await swept;
  else swept.catch((thrown: unknown) => core.log.error('sweep-failed', { error: String(thrown) }));
}

async function sweepLarge(core: StoreCore, names: readonly string[]): Promise<void> {
  for (let i = 0; i < names.length; i += 1000) {
    const ids = names.slice(i, i + 1000);
    const there = new Set(must(await core.index.ask('knownLarge', { ids })));
    for (const id of ids) if (!there.has(id)) await core.large.unlink(id);
  }
}
