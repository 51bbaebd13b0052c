/** The real services on a real store; volume and clock are moved by hand, and the disk has a switch. All in this process. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Instant } from '../../src/base/instant.ts';
import { QUOTA_DEFAULTS, type QuotaFacts, type QuotaSettings } from '../../src/policy/quota.ts';
import { SUBMISSION_DEFAULTS, type SubmissionSettings } from '../../src/policy/submission.ts';
import { KIB, type Level, MIB, SPACE_DEFAULTS, type SpaceSettings } from '../../src/policy/space.ts';
import type { Authenticator } from '../../src/services/authenticator.ts';
import { WaitingRoom } from '../../src/services/housekeeping.ts';
import { type ListenerKind, MailServer, type MailServerOptions } from '../../src/services/mail-server.ts';
import { inNetworks } from '../../src/services/networks.ts';
import { PasswordAuthenticator } from '../../src/services/password-authenticator.ts';
import type { QueueRoom, SessionLimits } from '../../src/services/server-context.ts';
import type { ListenOptions } from '../../src/services/smtp-listener.ts';
import { Tally } from '../../src/services/tally.ts';
import type { TlsContexts } from '../../src/services/tls-contexts.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { LiveSpaceLedger } from '../../src/store/live-space-ledger.ts';
import type { AccountChange, AccountInfo } from '../../src/store/management.ts';
import { MemoryQuotaLedger } from '../../src/store/memory-quota-ledger.ts';
import type { Directory, MailStore } from '../../src/store/store.ts';
import type { Log } from '../../src/world/log.ts';
import { systemRandom } from '../../src/world/random.ts';
import { SimClock } from '../../src/world/sim/clock.ts';
import { SimVolume } from '../../src/world/sim/volume.ts';
import { type Folder, temporaryFolder } from '../support/folder.ts';
import { recognise } from '../support/mail.ts';
import { FaultyDisk } from './faulty-disk.ts';

export interface HouseOptions {
  readonly messageSizeMax?: number;
  readonly space?: Partial<SpaceSettings>;
  readonly quota?: Partial<QuotaSettings>;
  readonly limits?: Partial<SessionLimits>;
  readonly listen?: Partial<ListenOptions>;
  /** Without it there is no TLS, and no `submissions`. It is to live by the clock of the house. */
  readonly tls?: (clock: SimClock, log: Log) => Promise<TlsContexts>;
  /** `passwords`: those of the accounts of the house. */
  readonly authenticator?: Authenticator | 'passwords';
  readonly plainAuthNetworks?: readonly string[];
  readonly relayNetworks?: readonly string[];
  readonly connections?: Partial<MailServerOptions['connections']>;
  readonly recipientMax?: number;
  readonly recipientForbiddenAt?: number;
  /** Without it nobody is ever closed for his errors. */
  readonly errorMax?: number;
  readonly refuseAtData?: boolean;
  readonly revealAtRcpt?: boolean;
  readonly submission?: Partial<SubmissionSettings>;
  /** Without it there is room in the queue, as `House.queue` says; `null`: nothing goes out. */
  readonly queue?: QueueRoom | null;
  /** Data of an earlier house; without it, data of its own that goes with the house. */
  readonly data?: string;
}

const VOLUME = 1000 * MIB;
/** What is free at each level of such a volume; at RED all but 50 MiB of it may be held. */
// prettier-ignore
export const AVAILABLE: Readonly<Record<Level, number>> = { green: 800 * MIB, yellow: 260 * MIB, red: 100 * MIB, black: 10 * MIB };
export const SIZE_MAX = 8 * MIB;
export const DOMAIN = 'test.example';
/** Nothing stays held for longer than this. */
const RELEASE_MS = 1000;
const RELEASE_DISK_MS = 10_000;

/** Of this clock the calendar can be moved alone, as if no second had passed. */
class TestClock extends SimClock {
  #ahead = 0;

  override now(): Instant {
    return (super.now() + this.#ahead) as Instant;
  }

  skip(ms: number): void {
    this.#ahead += ms;
  }
}

class TestQueue implements QueueRoom {
  left = 1_000_000;

  get full(): boolean {
    return this.left <= 0;
  }

  room(count: number): boolean {
    return count <= this.left;
  }
}

interface Parts {
  readonly folder: Folder | null;
  readonly data: string;
  readonly clock: TestClock;
  readonly disk: FaultyDisk;
  readonly store: EmbeddedStore;
  readonly space: LiveSpaceLedger;
  readonly volumes: { readonly store: SimVolume; readonly log: SimVolume };
}

export class House implements AsyncDisposable {
  readonly data: string;
  readonly clock: TestClock;
  readonly volume: SimVolume;
  readonly logVolume: SimVolume;
  readonly disk: FaultyDisk;
  readonly store: EmbeddedStore;
  readonly space: LiveSpaceLedger;
  readonly tally = new Tally();
  /** Events of the log, from `warn` on. */
  readonly alarms: string[] = [];
  /** Who an address is: the store's own directory, unless a test puts another in front. */
  directory: Directory;
  /** Room in the outgoing queue, in entries. */
  readonly queue = new TestQueue();
  readonly #folder: Folder | null;
  readonly #waiting: WaitingRoom;
  #server: MailServer | null = null;
  #options: MailServerOptions | null = null;
  #accounts = 0;
  #stopped: Promise<void> | null = null;

  private constructor(parts: Parts) {
    this.data = parts.data;
    this.#folder = parts.folder;
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.store = parts.store;
    this.space = parts.space;
    this.volume = parts.volumes.store;
    this.logVolume = parts.volumes.log;
    this.directory = parts.store.directory;
    this.#waiting = new WaitingRoom(parts.store, parts.clock, this.#log);
  }

  static async start(options: HouseOptions = {}): Promise<House> {
    const folder = options.data === undefined ? temporaryFolder() : null;
    const data = options.data ?? folder?.path ?? '';
    const clock = new TestClock();
    const disk = new FaultyDisk();
    const volumes = {
      store: new SimVolume(VOLUME, AVAILABLE.green),
      log: new SimVolume(VOLUME, AVAILABLE.green),
    };
    const space = spaceSettings(options);
    const ledger = new LiveSpaceLedger({
      store: volumes.store,
      others: new Map([['log', volumes.log]]),
      clock,
      settings: space,
    });
    await ledger.start();
    const quota = { ...QUOTA_DEFAULTS, ...options.quota };
    const store = await openEmbeddedStore({
      folder: data,
      disk,
      clock,
      random: systemRandom,
      quota: new MemoryQuotaLedger(clock, quota),
      options: { indexThread: false },
    });
    const house = new House({ folder, data, clock, disk, store, space: ledger, volumes });
    const tls = (await options.tls?.(clock, house.#log)) ?? null;
    house.#options = { ...house.#serverOptions(options, space, quota), tls };
    house.#server = await MailServer.start(house.#options);
    store.quota.onShrunk((shrunk) => {
      house.#waiting.shrunk(shrunk.type === 'account' ? shrunk.account : null);
    });
    if (options.data === undefined) await done(store.addDomain(DOMAIN));
    return house;
  }

  get server(): MailServer {
    assert.ok(this.#server !== null);
    return this.#server;
  }

  /** What the services were started with. */
  get options(): MailServerOptions {
    assert.ok(this.#options !== null);
    return this.#options;
  }

  get ports(): Readonly<Record<ListenerKind, number>> {
    const port = (kind: ListenerKind): number => this.server.listener(kind)?.port ?? 0;
    return {
      smtp: port('smtp'),
      lmtp: port('lmtp'),
      submission: port('submission'),
      submissions: port('submissions'),
    };
  }

  /** A new account; its address. */
  async account(change: AccountChange = {}, domain: string = DOMAIN): Promise<string> {
    const address = `user${++this.#accounts}@${domain}`;
    await done(this.store.addAccount(address, change));
    return address;
  }

  /** The account of the postmaster; made when it is first asked for. */
  async postmaster(): Promise<string> {
    const address = `postmaster@${DOMAIN}`;
    const shown = await this.store.showAccount(address);
    if (!shown.ok) await done(this.store.addAccount(address));
    return address;
  }

  show(address: string): Promise<AccountInfo> {
    return done(this.store.showAccount(address));
  }

  async facts(address: string): Promise<QuotaFacts> {
    return this.store.quota.facts((await this.show(address)).id);
  }

  /** Makes the limits of this account what it has by now. */
  async close(address: string): Promise<void> {
    const { usedOctets } = await this.show(address);
    assert.ok(usedOctets > 0, `${address} has nothing, and cannot be full of it`);
    await done(this.store.setAccount(address, { limits: { octets: usedOctets, messages: 0 } }));
  }

  /** The volume says so from now on. What gets better needs its time: `recover`. */
  async sink(level: Level): Promise<void> {
    this.volume.available = AVAILABLE[level];
    await this.space.refresh();
    assert.equal(this.space.level, level);
  }

  /** Room again: GREEN for as long as it takes to be believed, and to be resumed in full. */
  async recover(): Promise<void> {
    this.volume.available = AVAILABLE.green;
    this.logVolume.available = AVAILABLE.green;
    await this.clock.pass(65_000);
    this.space.force('red');
    this.space.force('green'); // an order of the operator knows no gradual resume
    this.space.force(null);
    assert.equal(this.space.level, 'green');
    assert.equal(this.space.status().admittedPercent, 100);
  }

  /** Marks of the messages in a mailbox, each read whole. */
  async messages(address: string): Promise<readonly string[]> {
    const { id: account } = await this.show(address);
    const { entries } = await this.store.listEntries({ account }, { count: 10_000 });
    const ids: string[] = [];
    for (const { uid, size } of entries) {
      const text = Buffer.concat(await Array.fromAsync(await done(this.store.readEntry(account, uid))));
      assert.equal(text.length, size, `${address} ${uid}: its size`);
      const mail = recognise(text);
      assert.ok(mail?.whole === true, `${address} ${uid}: half of ${mail?.id ?? 'something'}`);
      ids.push(mail.id);
    }
    return ids;
  }

  /** What waited for this account is delivered: after a moment of the clock, and the time that the disk takes. */
  async released(address: string): Promise<void> {
    const until = performance.now() + RELEASE_DISK_MS;
    while ((await this.show(address)).waitingMessages > 0) {
      assert.ok(performance.now() < until, `something still waits for ${address}`);
      await this.clock.pass(100);
      await pause(2);
    }
  }

  /** Nothing is held, in flight, or half on the disk: within a second. */
  async atRest(): Promise<void> {
    const until = performance.now() + RELEASE_MS;
    for (let fault = await this.#unrest(); fault !== null; fault = await this.#unrest()) {
      if (performance.now() > until) assert.fail(fault);
      await pause(5);
    }
    this.space.check();
    const { mended } = await this.store.recount();
    assert.deepEqual(mended, [], 'what is counted is what is stored');
  }

  async #unrest(): Promise<string | null> {
    const { held, holds } = this.space.status();
    if (held !== 0 || holds !== 0) return `${held} octets are still held, in ${holds} holds`;
    const { inflightOctets, inflightMessages } = this.store.quota.serverPool;
    if (inflightOctets !== 0 || inflightMessages !== 0)
      return `${inflightOctets} octets, ${inflightMessages} messages in flight`;
    const { largeObjects } = await this.store.figures();
    const files = readdirSync(join(this.data, 'large'));
    return files.length === largeObjects ? null : `${files.length} files of ${largeObjects} large messages`;
  }

  /** Ends the services, with the seconds of grace that they are given. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  /** The clock goes on until all is over. */
  async #stop(graceMs: number): Promise<void> {
    const stopping = { done: false };
    const stop = async (): Promise<void> => {
      await this.server.stop(graceMs);
      stopping.done = true;
    };
    const stopped = stop();
    while (!stopping.done) {
      await pause(1);
      await this.clock.pass(100);
    }
    await stopped;
  }

  /** Ends the services and the store; the data stay with whoever brought them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.disk.fault = null;
    await this.stop(0);
    this.#waiting[Symbol.dispose]();
    this.space.stop();
    await this.store[Symbol.asyncDispose]();
    this.#folder?.[Symbol.dispose]();
  }

  #serverOptions(
    options: HouseOptions,
    space: SpaceSettings,
    quota: QuotaSettings,
  ): Omit<MailServerOptions, 'tls'> {
    const listen: ListenOptions = {
      host: '127.0.0.1',
      port: 0,
      proxyNetworks: [],
      ...options.listen,
    };
    const messageSizeMax = space.messageSizeMax;
    return {
      profile: {
        host: 'mail.test.example',
        messageSizeMax,
        recipientMax: options.recipientMax ?? 1000,
        recipientForbiddenAt: options.recipientForbiddenAt ?? null,
        mailMax: 10_000,
        help: {
          level: 'full',
          showVersion: false,
          version: '0',
          contact: 'postmaster@test.example',
          referenceUrl: null,
        },
        refusalsReferTo: null,
        timeouts: { command: 300, data: 180, session: 21_600 },
      },
      conduct: { errorMax: options.errorMax ?? 10_000, helpFree: 1000, helpMax: 10_000 },
      intake: { messageSizeMax, lineLengthMax: 1000, headerLengthMax: 256 * KIB, lenient: false },
      limits: {
        commandTimeout: 300,
        dataTimeout: 180,
        dataRateMin: 100,
        sessionTimeout: 21_600,
        ...options.limits,
      },
      rules: {
        space,
        quota,
        refuseAtData: options.refuseAtData ?? true,
        revealAtRcpt: options.revealAtRcpt ?? true,
        submission: { ...SUBMISSION_DEFAULTS, ...options.submission },
      },
      queue: options.queue === undefined ? this.queue : options.queue,
      store: this.#mailStore(),
      space: this.space,
      clock: this.clock,
      tally: this.tally,
      log: this.#log,
      listen: { smtp: listen, lmtp: listen, submission: listen, submissions: listen },
      authenticator:
        options.authenticator === 'passwords' ? this.#passwords() : (options.authenticator ?? null),
      plainAuthNetworks: inNetworks(options.plainAuthNetworks ?? []),
      relayNetworks: inNetworks(options.relayNetworks ?? []),
      connections: { max: 1000, maxPerNetwork: 1000, ...options.connections },
    };
  }

  #passwords(): Authenticator {
    const { clock, store } = this;
    const secret = new Uint8Array(32).fill(1);
    const world = { clock, random: systemRandom, log: this.#log };
    return new PasswordAuthenticator({ credentials: store.credentials, secret, ...world });
  }

  /** The store as the services see it, with the directory of the test. */
  #mailStore(): MailStore {
    const directory = (): Directory => this.directory;
    return {
      get directory() {
        return directory();
      },
      quota: this.store.quota,
      begin: () => this.store.begin(),
    };
  }

  readonly #log: Log = {
    debug: () => {},
    info: () => {},
    warn: (event) => void this.alarms.push(event),
    error: (event) => void this.alarms.push(event),
  };
}

function spaceSettings(options: HouseOptions): SpaceSettings {
  return { ...SPACE_DEFAULTS, messageSizeMax: options.messageSizeMax ?? SIZE_MAX, ...options.space };
}

/** What an order came to; it must have been carried out. */
export async function done<T>(
  order: Promise<{ ok: true; value: T } | { ok: false; failure: unknown }>,
): Promise<T> {
  const result = await order;
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.failure));
  return result.value;
}
