/** The only place that knows everything: puts the parts together, in the order in which they need each other. */
import { dirname, join } from 'node:path';
import type { Management, ServerView } from '../http/management.ts';
import { ReportTally } from '../delivery/report-tally.ts';
import { QueueDesk } from '../queue/queue-desk.ts';
import { Ballast } from '../store/ballast.ts';
import { openEmbeddedStore } from '../store/embedded-store.ts';
import type { EmbeddedStore, EmbeddedStoreSettings } from '../store/embedded-store.ts';
import type { BatchFigures } from '../store/group-commit.ts';
import { LiveSpaceLedger } from '../store/live-space-ledger.ts';
import { MemoryQuotaLedger } from '../store/memory-quota-ledger.ts';
import { CappedVolume } from '../world/capped-volume.ts';
import { systemClock } from '../world/clock.ts';
import { folderOctets } from '../world/folder-octets.ts';
import type { Log } from '../world/log.ts';
import { makeFolder } from '../world/make-folder.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { nodeVolumes } from '../world/node-volume.ts';
import { PaddingFile } from '../world/padding-file.ts';
import { systemRandom } from '../world/random.ts';
import type { Volume } from '../world/volume.ts';
import { quotaSettings, spaceSettings } from './rules.ts';
import { queueTerms, reporterOf } from './sending.ts';
import type { LoadedSettings } from './settings.ts';
import type { Settings } from './settings-table.ts';

const FIRST_DOMAIN = 'localhost';

/** What the server and the command line both stand on: the data, opened, with its ledgers. */
export interface House extends AsyncDisposable {
  readonly store: EmbeddedStore;
  readonly space: LiveSpaceLedger;
  readonly ballast: Ballast;
  readonly quota: MemoryQuotaLedger;
  /** The domain that was made because there was none. */
  readonly madeDomain: string | null;
}

/** One file of the log is no more than this part of what may be used: what is dead in it is soon worth giving back. */
const SEGMENTS_MIN = 32;
const SEGMENT_OCTETS_MIN = 2 ** 20;

interface HouseCallbacks {
  readonly onBatch?: (figures: BatchFigures) => void;
  readonly onBug?: (thrown: unknown) => void;
}

/** Throws what the disk says; `in-use` when another process has the data. */
export async function openHouse(
  settings: Settings,
  log: Log,
  callbacks: HouseCallbacks = {},
): Promise<House> {
  const { data } = settings;
  makeFolder(data, 0o700);
  const space = await openSpace(settings, log);
  try {
    const file = new PaddingFile(join(data, 'ballast'));
    const octets = settings['storage.ballast'];
    const ballast = new Ballast({ file, octets, clock: systemClock, watch: space });
    const makeRoom = async (): Promise<boolean> => {
      await file.find();
      return (await ballast.release()) > 0;
    };
    const store = await openStore(settings, { log, space, callbacks: { ...callbacks, makeRoom } });
    return await furnished(store, space, ballast);
  } catch (error) {
    space.stop();
    throw error;
  }
}

async function furnished(store: EmbeddedStore, space: LiveSpaceLedger, ballast: Ballast): Promise<House> {
  space.onLevel(({ to }) => {
    if (to !== 'green') store.reclaimSoon();
  });
  const madeDomain = await makeFirstMailbox(store);
  return {
    store,
    space,
    ballast,
    quota: store.quota,
    madeDomain,
    async [Symbol.asyncDispose]() {
      await ballast.stop();
      space.stop();
      await store.close();
    },
  };
}

function openStore(
  settings: Settings,
  {
    log,
    space,
    callbacks,
  }: {
    readonly log: Log;
    readonly space: LiveSpaceLedger;
    readonly callbacks: HouseCallbacks & Pick<EmbeddedStoreSettings, 'makeRoom'>;
  },
): Promise<EmbeddedStore> {
  const clock = systemClock;
  const { data } = settings;
  const quota = new MemoryQuotaLedger(clock, quotaSettings(settings));
  return openEmbeddedStore({
    folder: data,
    disk: nodeDisk,
    clock,
    random: systemRandom,
    quota,
    log,
    options: {
      accountLimits: { octets: settings['quota.mailbox'], messages: settings['quota.messages'] },
      serverLimits: { octets: settings['quota.server'], messages: 0 },
      postmaster: `postmaster@${FIRST_DOMAIN}`,
      segmentOctets: segmentOctetsOf(settings['store.segmentSize'], volumeOctets(space)),
      roomIsShort: () => space.level !== 'green',
      ...callbacks,
    },
  });
}

/** 0: nobody knows. */
function volumeOctets(space: LiveSpaceLedger): number {
  return space.status().volumes.find(({ name }) => name === 'store')?.size ?? 0;
}

/** A small volume, or a small part of one, gets small segments. */
export function segmentOctetsOf(setting: number, volume: number): number {
  if (volume === 0) return setting;
  return Math.min(setting, Math.max(SEGMENT_OCTETS_MIN, Math.floor(volume / SEGMENTS_MIN)));
}

async function openSpace(settings: Settings, log: Log): Promise<LiveSpaceLedger> {
  const { data } = settings;
  const logFile = settings['log.file'];
  const volumes: Map<string, Volume> = await nodeVolumes({
    store: data,
    ...(logFile === '-' ? {} : { log: dirname(logFile) }),
  });
  const whole = volumes.get('store');
  volumes.delete('store');
  if (whole === undefined) throw new Error(`${data} is on no volume`);
  const capacity = settings['storage.capacity'];
  const store = capacity === 0 ? whole : new CappedVolume(whole, capacity, () => folderOctets(data));
  const space = new LiveSpaceLedger({
    store,
    others: volumes,
    clock: systemClock,
    settings: spaceSettings(settings),
  });
  space.onLevel((change) => log.warn('storage-level', { ...change }));
  space.onAlarm((alarm) => log.error('volume-alarm', { ...alarm }));
  await space.start();
  if (settings['storage.force'] !== 'off') space.force(settings['storage.force']);
  return space;
}

/** A new server takes mail for somebody at once. */
async function makeFirstMailbox(store: EmbeddedStore): Promise<string | null> {
  if ((await store.listDomains()).length > 0) return null;
  await store.addDomain(FIRST_DOMAIN);
  const added = await store.addAccount(`postmaster@${FIRST_DOMAIN}`);
  return added.ok ? FIRST_DOMAIN : null;
}

/** The house as managers see it. */
export function managementOf(house: House, loaded: LoadedSettings, server: ServerView, log: Log): Management {
  const { store, space, ballast } = house;
  const spaceControl = {
    status: () => space.status(),
    force: (level: Parameters<LiveSpaceLedger['force']>[0]) => space.force(level),
    ballast: {
      get octets() {
        return ballast.octets;
      },
      get wanted() {
        return ballast.target;
      },
      release: () => ballast.release(),
    },
  };
  const reporter = reporterOf(loaded.settings, { store, log }, new ReportTally());
  const desk = new QueueDesk({
    queue: store.queue,
    reporter,
    clock: systemClock,
    log,
    tryAnew: server.tryAnew,
  });
  const queue = {
    terms: queueTerms(loaded.settings),
    act: desk.act.bind(desk),
    blockOf: desk.blockOf.bind(desk),
  };
  const newDomainLimits = { octets: loaded.settings['quota.domain'], messages: 0 };
  return {
    store,
    space,
    spaceControl,
    queue,
    server,
    settings: loaded.shown,
    clock: systemClock,
    log,
    newDomainLimits,
  };
}
