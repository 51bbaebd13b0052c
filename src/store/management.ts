/** What managers ask of a store: domains, accounts, aliases, quotas, messages. Used by the control API. (Contract.) */
import type { Instant } from '../base/instant.ts';
import type { Result } from '../base/result.ts';
import type { PasswordFault } from './credentials.ts';
import type { QueueStore } from './queue-store.ts';
import type { AccountId, MailStore, StoreFailure } from './store.ts';

/** Why an order was not carried out. `what` names the address or domain; `type` is stable for scripts. */
export type ManagementFailure =
  | { readonly type: 'exists' | 'not-found' | 'invalid'; readonly what: string }
  /** E.g. the domain still has accounts. `what` says what stands in the way. */
  | { readonly type: 'in-use'; readonly what: string }
  /** `what` says which rule: a `PasswordFault`. */
  | { readonly type: 'weak-password'; readonly what: PasswordFault }
  /** `what` is how many there may be. */
  | { readonly type: 'too-many'; readonly what: string }
  /** The disk has spoilt a mail object; `what` is its id. */
  | { readonly type: 'damaged'; readonly what: string }
  | StoreFailure;

/** A limit of 0 is none; `null` in an account: the default of its domain, then of the server. */
export interface Limits {
  readonly octets: number;
  readonly messages: number;
}

export interface DomainInfo {
  readonly name: string;
  /** The pool of the whole domain. */
  readonly limits: Limits;
  /** What an account without limits of its own gets; `null`: the server's default. */
  readonly accountLimits: Limits | null;
  /** Takes what no account or alias takes; `null`: 550 5.1.1. */
  readonly catchAll: string | null;
  readonly accounts: number;
  readonly usedOctets: number;
  readonly usedMessages: number;
}

export interface AccountInfo {
  readonly id: AccountId;
  readonly address: string;
  readonly createdAt: Instant;
  readonly limits: Limits | null;
  /** What holds in the end. */
  readonly effectiveLimits: Limits;
  readonly messageSizeMax: number;
  readonly state: 'active' | 'disabled' | 'disabled-now';
  readonly usedOctets: number;
  readonly usedMessages: number;
  readonly inflightOctets: number;
  readonly waitingMessages: number;
  readonly fullSince: Instant | null;
  readonly lastLogin: Instant | null;
  readonly hasPassword: boolean;
  readonly appPasswords: AppPasswordInfo[];
}

/** A password made by us for one program of the account's owner. */
export interface AppPasswordInfo {
  readonly name: string;
  readonly createdAt: number;
  readonly lastUse: number | null;
}

export interface AliasInfo {
  readonly address: string;
  /** Local addresses. More than one: a list. */
  readonly members: readonly string[];
}

export interface AccountChange {
  readonly limits?: Limits | null;
  readonly messageSizeMax?: number;
  readonly state?: AccountInfo['state'];
}

/** Which messages. All given criteria must hold. */
export interface EntryQuery {
  readonly account?: AccountId;
  readonly domain?: string;
  /** Received before / at or after. */
  readonly before?: Instant;
  readonly since?: Instant;
  readonly largerThan?: number;
  readonly smallerThan?: number;
  readonly uids?: readonly number[];
  readonly reversePath?: string;
}

export interface Entry {
  readonly account: AccountId;
  readonly address: string;
  readonly uid: number;
  readonly object: string;
  readonly receivedAt: Instant;
  /** Octets as read: with Return-Path and Delivered-To. This is what quota counts. */
  readonly size: number;
  readonly reversePath: string;
  readonly recipient: string;
}

export interface EntryPage {
  readonly entries: readonly Entry[];
  /** Give it back as `after` for the next page; `null`: there is none. */
  readonly next: string | null;
}

export interface Removed {
  readonly messages: number;
  readonly octets: number;
}

export interface Recount {
  readonly accounts: number;
  /** Accounts whose figure was wrong, with what was booked and what is there. */
  readonly mended: readonly {
    readonly address: string;
    readonly bookedOctets: number;
    readonly countedOctets: number;
    readonly bookedMessages: number;
    readonly countedMessages: number;
  }[];
}

export interface StoreFigures {
  readonly domains: number;
  readonly accounts: number;
  readonly messages: number;
  readonly waiting: number;
  readonly octets: number;
  readonly segments: number;
  readonly liveOctets: number;
  readonly deadOctets: number;
  readonly largeObjects: number;
}

type Order<T> = Promise<Result<T, ManagementFailure>>;

export interface ManagedStore extends MailStore, AsyncDisposable {
  readonly queue: QueueStore;

  listDomains(): Promise<readonly DomainInfo[]>;
  addDomain(
    name: string,
    options?: { limits?: Limits; accountLimits?: Limits; catchAll?: string },
  ): Order<DomainInfo>;
  setDomain(
    name: string,
    change: { limits?: Limits; accountLimits?: Limits | null; catchAll?: string | null },
  ): Order<DomainInfo>;
  removeDomain(name: string): Order<void>;

  listAccounts(query?: {
    domain?: string;
    after?: string;
    count?: number;
    order?: 'address' | 'used' | 'share';
  }): Promise<readonly AccountInfo[]>;
  showAccount(address: string): Order<AccountInfo>;
  addAccount(address: string, options?: AccountChange): Order<AccountInfo>;
  setAccount(address: string, change: AccountChange): Order<AccountInfo>;
  /** Its messages go with it: `withMail` must be said when there are any. */
  removeAccount(address: string, options: { withMail: boolean }): Order<Removed>;

  /** `null` takes it away. Only what it can be checked against is kept. */
  setPassword(address: string, password: string | null): Order<AccountInfo>;
  /** Answers it: it can never be seen again. */
  generatePassword(address: string): Order<{ password: string; account: AccountInfo }>;
  addAppPassword(address: string, name: string): Order<{ password: string; account: AccountInfo }>;
  removeAppPassword(address: string, name: string): Order<AccountInfo>;

  listAliases(domain?: string): Promise<readonly AliasInfo[]>;
  setAlias(address: string, members: readonly string[]): Order<AliasInfo>;
  removeAlias(address: string): Order<void>;

  listEntries(query: EntryQuery, page?: { after?: string; count?: number }): Promise<EntryPage>;
  countEntries(query: EntryQuery): Promise<Removed>;
  /** Removes in steps, so that mail goes on; tells each step. */
  removeEntries(query: EntryQuery, told?: (soFar: Removed) => void): Order<Removed>;
  /** The message as its owner reads it: Return-Path, Delivered-To, trace, data; byte for byte the same every time. */
  readEntry(account: AccountId, uid: number): Order<AsyncIterable<Uint8Array>>;

  /** Is what was imported under this key there, or on its way? */
  importKnown(key: string): Promise<boolean>;

  recount(address?: string): Promise<Recount>;
  figures(): Promise<StoreFigures>;
  /** Delivers what waits for accounts that have room again; how many copies. */
  releaseWaiting(account?: AccountId): Promise<number>;
  /** Gives dead space back now instead of in the background; octets given back. */
  compact(): Promise<number>;
}
