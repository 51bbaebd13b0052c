/**
 * The quota ledger in memory: one small object an account, one a domain, one for the server. Every change is one step of
 * this thread, so nobody else can take the same room between the question and the count.
 */
import { assert } from '../base/assert.ts';
import { isStoredFull, QUOTA_DEFAULTS, settles } from '../policy/quota.ts';
import type { Pool, QuotaFacts, QuotaSettings, Settlement } from '../policy/quota.ts';
import type { Clock } from '../world/clock.ts';
import type { QuotaLease, QuotaLedger } from './quota-ledger.ts';
import type { AccountId } from './store.ts';

/** An account as the store knows it. Limits are those that hold in the end; 0 is none. */
export interface QuotaRow {
  readonly account: AccountId;
  /** Any key of its domain. */
  readonly domain: string;
  readonly usedOctets: number;
  readonly usedMessages: number;
  readonly limitOctets: number;
  readonly limitMessages: number;
  readonly messageSizeMax: number;
  readonly fullSince: number | null;
  readonly lastLogin: number | null;
}

export interface QuotaLimits {
  readonly octets: number;
  readonly messages: number;
}

/** Who has more room than before. */
export type Shrunk =
  | { readonly type: 'account'; readonly account: AccountId }
  | { readonly type: 'domain'; readonly domain: string }
  | { readonly type: 'server' };

export class MemoryQuotaLedger implements QuotaLedger {
  readonly #accounts = new Map<AccountId, AccountPool>();
  readonly #domains = new Map<string, DomainPool>();
  readonly #server = new CountedPool();
  readonly #listeners = new Set<(shrunk: Shrunk) => void>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #settings: QuotaSettings;

  constructor(clock: Pick<Clock, 'now'>, settings: QuotaSettings = QUOTA_DEFAULTS) {
    this.#clock = clock;
    this.#settings = settings;
  }

  load(rows: Iterable<QuotaRow>): void {
    for (const row of rows) this.add(row);
  }

  add(row: QuotaRow): void {
    assert(!this.#accounts.has(row.account), `account ${row.account} is in the quota ledger already`);
    const pool = new AccountPool(row, this.#domain(row.domain));
    this.#accounts.set(row.account, pool);
    pool.domain.count(row.usedOctets, row.usedMessages);
    this.#server.count(row.usedOctets, row.usedMessages);
    pool.watchFullness(this.#clock);
  }

  /** With all that it has stored. What it has in flight goes when its transactions end. */
  remove(account: AccountId): void {
    const pool = this.#pool(account);
    this.#count(pool, -pool.usedOctets, -pool.usedMessages);
    pool.gone = true;
    this.#accounts.delete(account);
    this.#shrunk(pool);
  }

  /** The domain itself: its pool, when no account is left in it. */
  removeDomain(domain: string): void {
    this.#domains.delete(domain);
  }

  setLimits(account: AccountId, limits: QuotaLimits, messageSizeMax?: number): void {
    const pool = this.#pool(account);
    pool.setLimits(limits);
    if (messageSizeMax !== undefined) pool.messageSizeMax = messageSizeMax;
    pool.watchFullness(this.#clock);
    this.#tell({ type: 'account', account });
  }

  setDomainLimits(domain: string, limits: QuotaLimits): void {
    this.#domain(domain).setLimits(limits);
    this.#tell({ type: 'domain', domain });
  }

  setServerLimits(limits: QuotaLimits): void {
    this.#server.setLimits(limits);
    this.#tell({ type: 'server' });
  }

  loggedIn(account: AccountId): void {
    this.#pool(account).loginAt = this.#clock.now();
  }

  /** Of an account that was removed while a transaction still names it: nothing, and nothing will settle. */
  facts(account: AccountId): QuotaFacts {
    const pool = this.#accounts.get(account) ?? nobody(account);
    return {
      mailbox: pool,
      domain: pool.domain,
      server: this.#server,
      messageSizeMax: pool.messageSizeMax,
      fullSince: pool.fullSince === 0 ? null : pool.fullSince,
      lastLogin: pool.loginAt === 0 ? null : pool.loginAt,
    };
  }

  /** A live view; `null` when nothing is known of it. */
  domainPool(domain: string): Pool | null {
    return this.#domains.get(domain) ?? null;
  }

  get serverPool(): Pool {
    return this.#server;
  }

  lease(accounts: readonly AccountId[], declared: number | null): QuotaLease {
    const shares: Share[] = [];
    const seen = accounts.length > 1 ? new Map<AccountId, Share>() : null;
    for (const account of accounts) {
      const share = seen?.get(account);
      if (share === undefined) {
        const fresh = new Share(account, this.#accounts.get(account) ?? nobody(account));
        seen?.set(account, fresh);
        shares.push(fresh);
      } else {
        share.copies++;
      }
    }
    return new MemoryLease(this.#books, shares, declared ?? 0);
  }

  /** One copy that waited goes into its mailbox now, if there is room: counted at once when there is. */
  take(account: AccountId, octets: number): Settlement {
    return this.#books.settle(this.#pool(account), octets, 1);
  }

  /** Messages of this account were deleted. */
  freed(account: AccountId, octets: number, messages: number): void {
    const pool = this.#pool(account);
    this.#count(pool, -octets, -messages);
    this.#shrunk(pool);
  }

  /** Messages that are there already, whatever the limits: an import, a restored copy. */
  stored(account: AccountId, octets: number, messages: number): void {
    this.#count(this.#pool(account), octets, messages);
  }

  /** A recount: this is what there is. */
  counted(account: AccountId, octets: number, messages: number): void {
    const pool = this.#pool(account);
    const less = octets < pool.usedOctets || messages < pool.usedMessages;
    this.#count(pool, octets - pool.usedOctets, messages - pool.usedMessages);
    if (less) this.#shrunk(pool);
  }

  /** An account, its domain or the server got room: what waits for it may be tried. The returned function ends it. */
  onShrunk(listener: (shrunk: Shrunk) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  readonly #books: QuotaBooks = {
    fly: (pool, octets, messages) => {
      pool.fly(octets, messages);
      pool.domain.fly(octets, messages);
      this.#server.fly(octets, messages);
    },
    settle: (pool, octets, copies) => {
      if (pool.gone) return 'gone';
      const facts = { mailbox: pool, domain: pool.domain, server: this.#server };
      const settlement = settles(facts, octets, copies, this.#settings);
      if (settlement === 'room') this.#count(pool, octets, copies);
      return settlement;
    },
    unsettle: (pool, octets, copies) => {
      if (pool.gone) return; // its figures went with it
      this.#count(pool, -octets, -copies);
      this.#shrunk(pool);
    },
  };

  #count(pool: AccountPool, octets: number, messages: number): void {
    pool.count(octets, messages);
    pool.domain.count(octets, messages);
    this.#server.count(octets, messages);
    pool.watchFullness(this.#clock);
  }

  #shrunk(pool: AccountPool): void {
    if (this.#listeners.size === 0) return;
    if (!pool.gone) this.#tell({ type: 'account', account: pool.account });
    if (pool.domain.limited) this.#tell({ type: 'domain', domain: pool.domain.name });
    if (this.#server.limited) this.#tell({ type: 'server' });
  }

  #tell(shrunk: Shrunk): void {
    for (const listener of this.#listeners) listener(shrunk);
  }

  #pool(account: AccountId): AccountPool {
    const pool = this.#accounts.get(account);
    assert(pool !== undefined, `account ${account} is not in the quota ledger`);
    return pool;
  }

  #domain(name: string): DomainPool {
    const known = this.#domains.get(name);
    if (known !== undefined) return known;
    const made = new DomainPool(name);
    this.#domains.set(name, made);
    return made;
  }
}

/** Figures, and the rule that none of them is ever negative. */
class CountedPool implements Pool {
  usedOctets = 0;
  usedMessages = 0;
  inflightOctets = 0;
  inflightMessages = 0;
  limitOctets = 0;
  limitMessages = 0;

  get limited(): boolean {
    return this.limitOctets !== 0 || this.limitMessages !== 0;
  }

  setLimits({ octets, messages }: QuotaLimits): void {
    this.limitOctets = octets;
    this.limitMessages = messages;
  }

  count(octets: number, messages: number): void {
    this.usedOctets += octets;
    this.usedMessages += messages;
    assert(this.usedOctets >= 0 && this.usedMessages >= 0, 'more was deleted than was stored');
  }

  fly(octets: number, messages: number): void {
    this.inflightOctets += octets;
    this.inflightMessages += messages;
    assert(this.inflightOctets >= 0 && this.inflightMessages >= 0, 'more has landed than was in flight');
  }
}

class DomainPool extends CountedPool {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

class AccountPool extends CountedPool {
  readonly account: AccountId;
  readonly domain: DomainPool;
  messageSizeMax: number;
  /** Milliseconds since 1970; 0: it is not full, has no login. There are many accounts, and most are neither. */
  fullSince: number;
  loginAt: number;
  gone = false;

  constructor(row: QuotaRow, domain: DomainPool) {
    super();
    this.account = row.account;
    this.domain = domain;
    this.usedOctets = row.usedOctets;
    this.usedMessages = row.usedMessages;
    this.limitOctets = row.limitOctets;
    this.limitMessages = row.limitMessages;
    this.messageSizeMax = row.messageSizeMax;
    this.fullSince = row.fullSince ?? 0;
    this.loginAt = row.lastLogin ?? 0;
  }

  watchFullness(clock: Pick<Clock, 'now'>): void {
    if (!isStoredFull(this)) this.fullSince = 0;
    else if (this.fullSince === 0) this.fullSince = clock.now();
  }
}

/** An account that is not there (any more): it takes what flies, and has no room. */
function nobody(account: AccountId): AccountPool {
  const row = { account, domain: '', usedOctets: 0, usedMessages: 0, limitOctets: 0, limitMessages: 0 };
  const pool = new AccountPool(
    { ...row, messageSizeMax: 0, fullSince: null, lastLogin: null },
    new DomainPool(''),
  );
  pool.gone = true;
  return pool;
}

/** The sums, as a lease sees them. */
interface QuotaBooks {
  fly(pool: AccountPool, octets: number, messages: number): void;
  /** `octets` of all `copies` together. */
  settle(pool: AccountPool, octets: number, copies: number): Settlement;
  unsettle(pool: AccountPool, octets: number, copies: number): void;
}

/** One account's part in a transaction. */
class Share {
  readonly account: AccountId;
  readonly pool: AccountPool;
  copies = 1;
  /** It found room, and so many octets were counted as used for it. */
  taken = false;
  settled = 0;

  constructor(account: AccountId, pool: AccountPool) {
    this.account = account;
    this.pool = pool;
  }
}

class MemoryLease implements QuotaLease {
  #state: 'flying' | 'settled' | 'over' = 'flying';
  #octets: number;
  readonly #books: QuotaBooks;
  readonly #shares: readonly Share[];

  constructor(books: QuotaBooks, shares: readonly Share[], declared: number) {
    this.#books = books;
    this.#shares = shares;
    this.#octets = declared;
    this.#fly(declared, 1);
  }

  grow(octets: number): void {
    if (octets <= this.#octets) return;
    assert(this.#state === 'flying', 'a message grows after its end');
    this.#fly(octets - this.#octets, 0);
    this.#octets = octets;
  }

  settle(octets: number, own?: ReadonlyMap<AccountId, number>): ReadonlyMap<AccountId, Settlement> {
    assert(this.#state === 'flying', 'a lease is settled once');
    this.#land('settled');
    const settlements = new Map<AccountId, Settlement>();
    for (const share of this.#shares) {
      const total = octets * share.copies + (own?.get(share.account) ?? 0);
      const settlement = this.#books.settle(share.pool, total, share.copies);
      share.taken = settlement === 'room';
      share.settled = total;
      settlements.set(share.account, settlement);
    }
    return settlements;
  }

  revoke(): void {
    if (this.#state === 'over') return;
    assert(this.#state === 'settled', 'nothing was settled that could be revoked');
    this.#state = 'over';
    for (const share of this.#shares)
      if (share.taken) this.#books.unsettle(share.pool, share.settled, share.copies);
  }

  release(): void {
    if (this.#state === 'flying') this.#land('over');
    else this.#state = 'over';
  }

  #land(state: 'settled' | 'over'): void {
    this.#state = state;
    this.#fly(-this.#octets, -1);
  }

  #fly(octets: number, messages: number): void {
    for (const { pool, copies } of this.#shares) this.#books.fly(pool, octets * copies, messages * copies);
  }
}
