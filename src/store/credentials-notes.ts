/**
 * Who logged in when, and with which password: in memory, and written into the log when it has changed by enough to matter, so
 * that a login costs no write. A crash forgets hours of it, never more.
 */
import type { AccountRow } from './index-protocol.ts';
import { changeBook } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { AccountId } from './store.ts';

const HOUR_MS = 3_600_000;
const LOOK_MS = HOUR_MS;
/** What was written is let be for so long. S13 of the quota rules and people count in days. */
const STALE_MS = 20 * HOUR_MS;
/** Written at once. */
const STEP_ROWS = 200;

interface Note {
  at: number;
  /** Of application passwords, by name. */
  readonly uses: Map<string, number>;
}

export class LoginNotes {
  readonly #core: StoreCore;
  /** As many as there are accounts, at most. */
  readonly #notes = new Map<number, Note>();
  #cancelLook: (() => void) | null = null;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  note(account: AccountId, password: string | null): void {
    const now = this.#core.clock.now();
    const note = this.#notes.get(account) ?? { at: now, uses: new Map<string, number>() };
    note.at = now;
    if (password !== null) note.uses.set(password, now);
    this.#notes.set(account, note);
    this.#lookLater();
  }

  lastUse(account: number, password: string): number | null {
    return this.#notes.get(account)?.uses.get(password) ?? null;
  }

  async close(): Promise<void> {
    this.#cancelLook?.();
    this.#cancelLook = null;
    await this.#write(HOUR_MS);
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#core.clock.after(LOOK_MS, () => {
      this.#cancelLook = null;
      this.#look().catch((thrown: unknown) =>
        this.#core.log.error('logins-not-written', { error: String(thrown) }),
      );
    });
  }

  async #look(): Promise<void> {
    await this.#write(STALE_MS);
    if (this.#notes.size > 0) this.#lookLater();
  }

  /** What differs by so much from what was written. A disk that is full has better things to do: it is tried again. */
  async #write(olderMs: number): Promise<void> {
    const due: number[] = [];
    for (const [id, note] of this.#notes) {
      const row = this.#core.book.accountById(id);
      if (row === null) this.#notes.delete(id);
      else if (isStale(row, note, olderMs)) due.push(id);
    }
    for (let i = 0; i < due.length; i += STEP_ROWS) {
      const written = await this.#core.turn.run(() =>
        Promise.all(due.slice(i, i + STEP_ROWS).map((id) => this.#writeOne(id))),
      );
      if (written.includes(false)) return;
    }
  }

  async #writeOne(id: number): Promise<boolean> {
    const row = this.#core.book.accountById(id);
    const note = this.#notes.get(id);
    if (row === null || note === undefined) return true;
    const { at } = note;
    const { ok } = await changeBook(this.#core, { op: 'put-account', account: withLogin(row, note) });
    // Who logged in meanwhile is noted anew.
    if (ok && note.at === at) this.#notes.delete(id);
    return ok;
  }
}

function isStale(row: AccountRow, { at, uses }: Note, olderMs: number): boolean {
  if (at - (row.lastLogin ?? 0) >= olderMs) return true;
  return (row.credentials?.passwords ?? []).some(
    ({ name, lastUse = 0 }) => name !== null && (uses.get(name) ?? 0) - lastUse >= olderMs,
  );
}

function withLogin(row: AccountRow, { at, uses }: Note): AccountRow {
  if (row.credentials === undefined) return { ...row, lastLogin: at };
  const passwords = row.credentials.passwords.map((one) => {
    const lastUse = one.name === null ? undefined : uses.get(one.name);
    return lastUse === undefined ? one : { ...one, lastUse };
  });
  return { ...row, lastLogin: at, credentials: { ...row.credentials, passwords } };
}
