/** Orders about passwords, and who logged in when: checked against the book, written into the log, and only then true. */
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Random } from '../world/random.ts';
import { folded } from './address-book.ts';
import { addressKey } from './address-orders.ts';
import { PASSWORDS_MAX } from './credentials.ts';
import type { CredentialsRow, CredentialSource, KnownLogin, PasswordRow } from './credentials.ts';
import { chosenPassword, freshCredentials, generatedPassword, passwordKeys } from './credentials-keys.ts';
import { LoginNotes } from './credentials-notes.ts';
import type { AccountRow } from './index-protocol.ts';
import type { AccountInfo, ManagementFailure } from './management.ts';
import { changeBook } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId } from './store.ts';
import { Turn } from './turn.ts';

type Outcome<T> = Promise<Result<T, ManagementFailure>>;

const NAME_CHARACTERS_MAX = 64;

export class CredentialOrders implements CredentialSource {
  readonly #core: StoreCore;
  readonly #random: Random;
  readonly #notes: LoginNotes;
  /** One computation at a time, however many managers there are: the threads of libuv are for the disk, too. */
  readonly #computing = new Turn();

  constructor(core: StoreCore, random: Random) {
    this.#core = core;
    this.#random = random;
    this.#notes = new LoginNotes(core);
  }

  find(address: string): KnownLogin | null {
    const row = this.#core.book.accounts.get(addressKey(address) ?? '');
    if (row?.credentials === undefined || row.state !== 'active') return null;
    return { account: row.id as AccountId, address: row.address, credentials: row.credentials };
  }

  loggedIn(account: AccountId, password: string | null): void {
    if (this.#core.book.accountById(account) === null) return; // It was removed meanwhile.
    this.#core.quota.loggedIn(account);
    this.#notes.note(account, password);
  }

  /** `null` takes it away. */
  setPassword(address: string, password: string | null): Outcome<void> {
    return this.#computing.run(async () => {
      const known = this.#row(address);
      if (!known.ok) return known;
      if (password === null) return this.#drop(known.value, null);
      const chosen = await chosenPassword(password, known.value.address);
      if (!chosen.ok) return failed({ type: 'weak-password', what: chosen.failure });
      return this.#put(known.value, null, chosen.value);
    });
  }

  /** Answers the password; it can never be seen again. */
  generatePassword(address: string): Outcome<string> {
    return this.#computing.run(async () => {
      const known = this.#row(address);
      return known.ok ? this.#putGenerated(known.value, null) : known;
    });
  }

  addAppPassword(address: string, name: string): Outcome<string> {
    return this.#computing.run(async () => {
      const known = this.#row(address);
      if (!known.ok) return known;
      if (!isName(name)) return failed({ type: 'invalid', what: name });
      const passwords = known.value.credentials?.passwords ?? [];
      if (passwords.some((one) => one.name === name)) return failed({ type: 'exists', what: name });
      // One place is the main password's, whether there is one or not.
      if (passwords.filter((one) => one.name !== null).length >= PASSWORDS_MAX - 1)
        return failed({ type: 'too-many', what: `${PASSWORDS_MAX - 1}` });
      return this.#putGenerated(known.value, name);
    });
  }

  removeAppPassword(address: string, name: string): Outcome<void> {
    return this.#computing.run(async () => {
      const known = this.#row(address);
      return known.ok ? this.#drop(known.value, name) : known;
    });
  }

  /** What may be shown. */
  info(row: AccountRow): Pick<AccountInfo, 'hasPassword' | 'appPasswords'> {
    const passwords = row.credentials?.passwords ?? [];
    return {
      hasPassword: passwords.some(({ name }) => name === null),
      appPasswords: passwords.flatMap(({ name, createdAt, lastUse }) =>
        name === null
          ? []
          : [{ name, createdAt, lastUse: this.#notes.lastUse(row.id, name) ?? lastUse ?? null }],
      ),
    };
  }

  /** Writes what is only in memory. */
  close(): Promise<void> {
    return this.#notes.close();
  }

  async #putGenerated(row: AccountRow, name: string | null): Outcome<string> {
    const password = generatedPassword(this.#random);
    const put = await this.#put(row, name, password);
    return put.ok ? ok(password) : put;
  }

  async #put(row: AccountRow, name: string | null, password: string): Outcome<void> {
    const before = row.credentials;
    // Alone, a new password gets new salts, and today's costs.
    const isShared = before?.passwords.some((one) => one.name !== name) ?? false;
    const credentials = before !== undefined && isShared ? before : freshCredentials(this.#random);
    const keys = await passwordKeys(password, credentials);
    const made: PasswordRow = { name, createdAt: this.#core.clock.now(), ...keys };
    return this.#change(row, (now) => ({
      ...credentials,
      passwords: [...others(now, name), made],
    }));
  }

  async #drop(row: AccountRow, name: string | null): Outcome<void> {
    const known = row.credentials?.passwords.some((one) => one.name === name) ?? false;
    if (!known) return failed({ type: 'not-found', what: name ?? row.address });
    return this.#change(row, (now) => {
      const passwords = others(now, name);
      return now === undefined || passwords.length === 0 ? undefined : { ...now, passwords };
    });
  }

  #change(
    { id }: AccountRow,
    change: (now: CredentialsRow | undefined) => CredentialsRow | undefined,
  ): Outcome<void> {
    return this.#core.turn.run(async () => {
      const now = this.#core.book.accountById(id);
      if (now === null) return failed({ type: 'not-found', what: `${id}` }); // It was removed meanwhile.
      const { credentials: before, ...rest } = now;
      const credentials = change(before);
      const account = credentials === undefined ? rest : { ...rest, credentials };
      const changed = await changeBook(this.#core, { op: 'put-account', account });
      return changed.ok ? ok(undefined) : changed;
    });
  }

  #row(address: string): Result<AccountRow, ManagementFailure> {
    const row = this.#core.book.accounts.get(addressKey(address) ?? folded(address));
    return row === undefined ? failed({ type: 'not-found', what: address }) : ok(row);
  }
}

function others(row: CredentialsRow | undefined, name: string | null): PasswordRow[] {
  return (row?.passwords ?? []).filter((one) => one.name !== name);
}

/** Something that a person reads in a list. */
function isName(name: string): boolean {
  return name.trim() === name && name !== '' && name.length <= NAME_CHARACTERS_MAX && !/\p{C}/u.test(name);
}
