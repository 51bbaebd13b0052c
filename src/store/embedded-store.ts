/**
 * The store in one data directory: the log is the truth, the index is its projection. This file puts the parts together;
 * none of them is seen from outside.
 */
import { ok, failed } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Clock } from '../world/clock.ts';
import { DiskFailure } from '../world/disk.ts';
import type { Disk, DiskLock } from '../world/disk.ts';
import { silentLog } from '../world/log.ts';
import type { Log } from '../world/log.ts';
import type { Random } from '../world/random.ts';
import { AddressBook } from './address-book.ts';
import { AddressOrders, addressKey } from './address-orders.ts';
import { Compaction } from './compaction.ts';
import type { CredentialSource } from './credentials.ts';
import { CredentialOrders } from './credentials-orders.ts';
import { EntryOrders, StoreFailed } from './entry-orders.ts';
import { readEntry } from './entry-reader.ts';
import { GroupCommit } from './group-commit.ts';
import type { BatchFigures } from './group-commit.ts';
import { Imports } from './imports.ts';
import { IndexFollower } from './index-follower.ts';
import { LargeObjects } from './large-objects.ts';
import { EmbeddedWriter, TextBudget } from './mail-object-writer.ts';
import { newMailObjectId } from './mail-object-id.ts';
import type {
  AccountInfo,
  EntryPage,
  EntryQuery,
  Limits,
  ManagedStore,
  ManagementFailure,
  Recount,
  Removed,
  StoreFigures,
} from './management.ts';
import type { MemoryQuotaLedger } from './memory-quota-ledger.ts';
import { QueueOrders } from './queue-orders.ts';
import { must, openIndex } from './open-index.ts';
import { OBJECT_HEAD_OCTETS_MAX } from './record.ts';
import { SEGMENT_OCTETS, SegmentLog } from './segment-log.ts';
import type { LogRecord } from './segment-log.ts';
import { SegmentReaders } from './segment-readers.ts';
import { MailboxUids } from './mailbox-uids.ts';
import { appendObject } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import { fillLedger, makeFolders, sweep } from './store-start.ts';
import type { AccountId, Delivery, KeptEnvelope, MailObjectWriter, StoreFailure } from './store.ts';
import { BlockPool } from './text-buffer.ts';
import { Turn } from './turn.ts';

export interface EmbeddedStoreOptions {
  /** The data directory; made when it is not there. */
  readonly folder: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** Empty: the store fills it. */
  readonly quota: MemoryQuotaLedger;
  readonly log?: Log;
  readonly options?: EmbeddedStoreSettings;
}

export interface EmbeddedStoreSettings {
  /** What an account gets whose domain says nothing, either. */
  readonly accountLimits?: Limits;
  readonly serverLimits?: Limits;
  /** Who is postmaster in domains that have none. Without it: the first there is. */
  readonly postmaster?: string;
  readonly segmentOctets?: number;
  /** Octets of mail objects in memory, over all that are on their way in. */
  readonly memoryOctets?: number;
  /** Told after each batch, for metrics. */
  readonly onBatch?: (figures: BatchFigures) => void;
  /** Compaction in the background stands still while this says so. */
  readonly compactionPaused?: () => boolean;
  /** The volume has little room left: dead space is given back at once, and to the last piece that is worth anything. */
  readonly roomIsShort?: () => boolean;
  /** The disk is full, and what is to be done makes room or must be done: gives up what was put by. False: there was nothing. */
  readonly makeRoom?: () => Promise<boolean>;
  /** Told once when the program is wrong: nothing is written after it, and the process should end. */
  readonly onBug?: (thrown: unknown) => void;
  /** Where the index lies: on the real disk, whatever `disk` is. Default: in the data directory. */
  readonly indexPath?: string;
  /** The index in a thread of its own. */
  readonly indexThread?: boolean;
  /** Records that the index may be behind before `keep` waits for it. */
  readonly lagRecordsMax?: number;
}

const MEMORY_OCTETS = 48 * 2 ** 20;

/** Throws what the disk says when the data directory cannot be used: `DiskFailure`, `in-use` when another process has it. */
export async function openEmbeddedStore(given: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { folder, disk } = given;
  const places = { segments: `${folder}/segments`, large: `${folder}/large` };
  await makeFolders(disk, folder, places);
  const lock = await disk.lock(`${folder}/lock`);
  try {
    return await EmbeddedStore.open(given, places, lock);
  } catch (thrown) {
    try {
      // SQLite says "I/O error", too, for some of its files on a full disk.
      const mayBeFull = thrown instanceof StoreFailed || thrown instanceof DiskFailure;
      if (mayBeFull && (await given.options?.makeRoom?.()) === true)
        return await EmbeddedStore.open(given, places, lock);
    } catch (again) {
      await lock.release();
      throw again;
    }
    await lock.release();
    throw thrown;
  }
}

export class EmbeddedStore implements ManagedStore {
  readonly quota: MemoryQuotaLedger;
  readonly queue: QueueOrders;
  readonly #core: StoreCore;
  readonly #random: Random;
  readonly #addresses: AddressOrders;
  readonly #credentials: CredentialOrders;
  readonly #entries: EntryOrders;
  readonly #compaction: Compaction;
  readonly #imports: Imports;
  readonly #lock: DiskLock;
  readonly #budget: TextBudget;
  readonly #house;
  #closing: Promise<void> | null = null;

  private constructor(
    core: StoreCore,
    parts: { lock: DiskLock; random: Random; compaction: Compaction; memoryOctets: number },
  ) {
    this.#core = core;
    this.quota = core.quota;
    this.#lock = parts.lock;
    this.#random = parts.random;
    this.#compaction = parts.compaction;
    this.#budget = new TextBudget(parts.memoryOctets);
    this.#credentials = new CredentialOrders(core, parts.random);
    this.#addresses = new AddressOrders(core, this.#credentials);
    this.#entries = new EntryOrders(core);
    this.#imports = new Imports(core);
    this.queue = new QueueOrders(core);
    this.#house = {
      large: core.large,
      budget: this.#budget,
      blocks: new BlockPool(),
      keep: (record: LogRecord, envelope: KeptEnvelope, deliveries: readonly Delivery[], size: number) =>
        record.head.length > OBJECT_HEAD_OCTETS_MAX
          ? Promise.resolve(failed<StoreFailure>({ type: 'out-of-resources' }))
          : envelope.importKey === null
            ? appendObject(core, record, deliveries)
            : this.#imports.keep(record, envelope.importKey, deliveries, size),
    };
  }

  static async open(
    given: EmbeddedStoreOptions,
    places: StoreCore['places'],
    lock: DiskLock,
  ): Promise<EmbeddedStore> {
    const { disk, clock, random, quota, log = silentLog, options = {} } = given;
    const follower = new IndexFollower(log, quota);
    const { client, replayed, dump } = await openIndex(given, places, follower);
    try {
      const book = new AddressBook(dump, options.postmaster ?? null);
      const accountLimits = options.accountLimits ?? { octets: 0, messages: 0 };
      fillLedger(quota, dump, { book, accountLimits }, options.serverLimits);
      const segmentOctets = options.segmentOctets ?? SEGMENT_OCTETS;
      const segments = await SegmentLog.open(
        { disk, clock, folder: places.segments, segmentOctets },
        replayed.end,
      );
      const commit = new GroupCommit(segments, client, options.onBatch ?? (() => {}), options.onBug);
      const large = new LargeObjects(disk, places.large);
      const reclaimed = (): Promise<void> => follower.reclaimed();
      const turn = new Turn();
      const core = {
        disk,
        clock,
        log,
        places,
        segments,
        readers: new SegmentReaders(disk, clock, places.segments),
        commit,
        index: client,
        book,
        uids: new MailboxUids(dump),
        quota,
        large,
        turn,
        accountLimits,
        reclaimed,
        makeRoom: options.makeRoom ?? (async () => false),
      };
      const compaction = new Compaction(core, {
        paused: options.compactionPaused ?? (() => false),
        short: options.roomIsShort ?? (() => false),
      });
      follower.attach(core, compaction);
      await sweep(core, replayed);
      compaction.lookSoon();
      const memoryOctets = options.memoryOctets ?? MEMORY_OCTETS;
      const store = new EmbeddedStore(core, { lock, random, compaction, memoryOctets });
      follower.onQueued = (destinations) => store.queue.tell(destinations);
      return store;
    } catch (thrown) {
      await client.close();
      throw thrown;
    }
  }

  get directory(): AddressBook {
    return this.#core.book;
  }

  /** Who may log in. */
  get credentials(): CredentialSource {
    return this.#credentials;
  }

  begin(): MailObjectWriter {
    return new EmbeddedWriter(newMailObjectId(this.#core.clock, this.#random), this.#house);
  }

  listDomains: ManagedStore['listDomains'] = async () => this.#addresses.listDomains();
  addDomain: ManagedStore['addDomain'] = (name, options) => this.#addresses.addDomain(name, options);
  setDomain: ManagedStore['setDomain'] = (name, change) => this.#addresses.setDomain(name, change);
  removeDomain: ManagedStore['removeDomain'] = (name) => this.#addresses.removeDomain(name);
  listAccounts: ManagedStore['listAccounts'] = (query) => this.#addresses.listAccounts(query);
  showAccount: ManagedStore['showAccount'] = (address) => this.#addresses.showAccount(address);
  addAccount: ManagedStore['addAccount'] = (address, options) => this.#addresses.addAccount(address, options);
  setAccount: ManagedStore['setAccount'] = (address, change) => this.#addresses.setAccount(address, change);
  setPassword: ManagedStore['setPassword'] = async (address, password) => {
    const set = await this.#credentials.setPassword(address, password);
    return set.ok ? this.showAccount(address) : set;
  };
  generatePassword: ManagedStore['generatePassword'] = (address) =>
    this.#shownOnce(address, this.#credentials.generatePassword(address));
  addAppPassword: ManagedStore['addAppPassword'] = (address, name) =>
    this.#shownOnce(address, this.#credentials.addAppPassword(address, name));
  removeAppPassword: ManagedStore['removeAppPassword'] = async (address, name) => {
    const removed = await this.#credentials.removeAppPassword(address, name);
    return removed.ok ? this.showAccount(address) : removed;
  };
  listAliases: ManagedStore['listAliases'] = async (domain) => this.#addresses.listAliases(domain);
  setAlias: ManagedStore['setAlias'] = (address, members) => this.#addresses.setAlias(address, members);
  removeAlias: ManagedStore['removeAlias'] = (address) => this.#addresses.removeAlias(address);

  async removeAccount(
    address: string,
    { withMail }: { withMail: boolean },
  ): Promise<Result<Removed, ManagementFailure>> {
    const shown = await this.#addresses.showAccount(address);
    if (!shown.ok) return shown;
    const { id, usedMessages, waitingMessages }: AccountInfo = shown.value;
    if (!withMail && usedMessages + waitingMessages > 0)
      return failed({ type: 'in-use', what: `${usedMessages + waitingMessages} messages` });
    const removed = await orFailure(this.#entries.remove({ account: id }));
    if (!removed.ok) return removed;
    const rest = await this.#addresses.removeAccount(address);
    if (!rest.ok) return rest;
    await this.#core.reclaimed();
    return ok({
      messages: removed.value.messages + rest.value.messages,
      octets: removed.value.octets + rest.value.octets,
    });
  }

  listEntries(query: EntryQuery, page?: { after?: string; count?: number }): Promise<EntryPage> {
    return this.#entries.list(query, page);
  }

  countEntries(query: EntryQuery): Promise<Removed> {
    return this.#entries.count(query);
  }

  removeEntries(
    query: EntryQuery,
    told?: (soFar: Removed) => void,
  ): Promise<Result<Removed, ManagementFailure>> {
    return orFailure(this.#entries.remove(query, told));
  }

  readEntry(account: AccountId, uid: number): Promise<Result<AsyncIterable<Uint8Array>, ManagementFailure>> {
    return readEntry(this.#core, account, uid);
  }

  importKnown(key: string): Promise<boolean> {
    return this.#imports.known(key);
  }

  recount(address?: string): Promise<Recount> {
    const { accounts } = this.#core.book;
    const one = address === undefined ? null : accounts.get(addressKey(address) ?? '');
    return this.#entries.recount(one === null ? [...accounts.values()] : one === undefined ? [] : [one]);
  }

  async figures(): Promise<StoreFigures> {
    const { book, index } = this.#core;
    const counted = must(await index.ask('figures', null));
    const { rows } = must(await index.ask('segments', null));
    const liveOctets = rows.reduce((sum, { live }) => sum + live, 0);
    return {
      domains: book.domains.size,
      accounts: book.accounts.size,
      messages: counted.messages,
      waiting: counted.waiting,
      octets: counted.octets,
      segments: rows.length,
      liveOctets,
      deadOctets: rows.reduce((sum, { octets }) => sum + octets, 0) - liveOctets,
      largeObjects: counted.large,
    };
  }

  releaseWaiting(account?: AccountId): Promise<number> {
    return this.#entries.release(account);
  }

  compact(): Promise<number> {
    return this.#compaction.compactNow();
  }

  /** Call it when `roomIsShort` begins to say so. */
  reclaimSoon(): void {
    this.#compaction.roomIsShort();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shownOnce(
    address: string,
    made: Promise<Result<string, ManagementFailure>>,
  ): Promise<Result<{ password: string; account: AccountInfo }, ManagementFailure>> {
    const password = await made;
    if (!password.ok) return password;
    const account = await this.showAccount(address);
    return account.ok ? ok({ password: password.value, account: account.value }) : account;
  }

  async #close(): Promise<void> {
    const { commit, segments, index } = this.#core;
    await this.#credentials.close();
    await this.#compaction.close();
    await this.#core.turn.run(async () => {});
    await commit.close();
    await this.#core.readers.close();
    await segments.close();
    await index.close();
    await this.#lock.release();
  }
}

async function orFailure<T>(
  outcome: Promise<Result<T, ManagementFailure>>,
): Promise<Result<T, ManagementFailure>> {
  try {
    return await outcome;
  } catch (thrown) {
    if (thrown instanceof StoreFailed) return failed(thrown.failure);
    throw thrown;
  }
}
