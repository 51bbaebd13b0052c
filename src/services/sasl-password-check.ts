/**
 * Is this the password of that account? One argon2id computation whoever asks: for accounts that are not there, too, and for all
 * passwords of an account together. What was right a short while ago is known without.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ARGON2_COST, PASSWORDS_MAX } from '../store/credentials.ts';
import type { CredentialsRow, KnownLogin, PasswordRow } from '../store/credentials.ts';
import { argon2Tag, prepared } from '../store/credentials-keys.ts';
import type { Clock } from '../world/clock.ts';
import { randomOctets } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import type { HashQueue } from './sasl-hash-queue.ts';

/** `right`: which of the passwords it was; `null` is the main one. `busy`: nobody looked. */
export type Checked =
  | { readonly type: 'right'; readonly password: string | null }
  | { readonly type: 'wrong' }
  | { readonly type: 'busy' };

/** A client that sends message after message logs in each time. */
const REMEMBERED_MS = 10 * 60_000;
const REMEMBERED_MAX = 10_000;

const WRONG: Checked = { type: 'wrong' };

interface Remembered {
  readonly tag: string;
  readonly until: number;
}

export class PasswordCheck {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #queue: HashQueue;
  /** Of this process only: what is remembered is of no use to whoever reads its memory tomorrow. */
  readonly #key: Uint8Array;
  /** For those who have none: the same cost, and nothing that could match. */
  readonly #nobody: CredentialsRow['argon2'];
  readonly #noPassword: Pick<PasswordRow, 'tag'>;
  readonly #remembered = new Map<string, Remembered>();

  constructor(world: { clock: Pick<Clock, 'elapsed'>; random: Random; queue: HashQueue }) {
    this.#clock = world.clock;
    this.#queue = world.queue;
    const chance = (octets: number): Buffer => Buffer.from(randomOctets(world.random, octets));
    this.#key = chance(32);
    this.#nobody = { ...ARGON2_COST, salt: chance(16).toString('base64') };
    this.#noPassword = { tag: chance(32).toString('base64') };
  }

  async check(known: KnownLogin | null, password: string, network: string): Promise<Checked> {
    const name = createHmac('sha256', this.#key)
      .update(`${known?.account ?? 0}\0${password}`)
      .digest('base64');
    const again = known === null ? null : this.#recall(name, known);
    if (again !== null) return again;
    const mapped = await prepared(password);
    // Also of what can be nobody's password: how long it takes says nothing.
    const cost = known?.credentials.argon2 ?? this.#nobody;
    const tag = await this.#queue.run(network, () => argon2Tag(mapped ?? password, cost));
    if (tag === null) return { type: 'busy' };
    const found = this.#match(known, tag);
    if (found === null || mapped === null) return WRONG;
    this.#remember(name, found.tag);
    return { type: 'right', password: found.name };
  }

  /** As many comparisons for every account. */
  #match(known: KnownLogin | null, tag: Buffer): PasswordRow | null {
    let found: PasswordRow | null = null;
    for (let i = 0; i < PASSWORDS_MAX; i++) {
      const row = known?.credentials.passwords[i];
      const isIt = timingSafeEqual(Buffer.from((row ?? this.#noPassword).tag, 'base64'), tag);
      if (isIt && row !== undefined) found = row;
    }
    return found;
  }

  /** Only while the account still has that very password. */
  #recall(name: string, { credentials }: KnownLogin): Checked | null {
    const remembered = this.#remembered.get(name);
    if (remembered === undefined) return null;
    const row = credentials.passwords.find(({ tag }) => tag === remembered.tag);
    if (row !== undefined && this.#clock.elapsed() < remembered.until)
      return { type: 'right', password: row.name };
    this.#remembered.delete(name);
    return null;
  }

  #remember(name: string, tag: string): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, { tag, until: this.#clock.elapsed() + REMEMBERED_MS });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
