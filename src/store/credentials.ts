/** What an account logs in with: never a password, only what a password can be checked against. (Contract.) */
import type { AccountId } from './store.ts';

/** How one argon2id computation (RFC 9106) is done. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** In base64 what is octets. */
export interface PasswordRow {
  /** `null`: the main password. Else what the owner calls this application password. */
  readonly name: string | null;
  readonly createdAt: number;
  /** As it was last written, which is seldom. */
  readonly lastUse?: number;
  readonly tag: string;
  /** RFC 5802 §3. */
  readonly storedKey: string;
  readonly serverKey: string;
}

/**
 * All passwords of an account share salts and costs: one computation and one challenge serve whichever of them a client has
 * (ADR 0021).
 */
export interface CredentialsRow {
  readonly argon2: Argon2Cost & { readonly salt: string };
  readonly scram: { readonly salt: string; readonly iterations: number };
  readonly passwords: readonly PasswordRow[];
}

/** Main and application passwords together. Every check takes the time of so many. */
export const PASSWORDS_MAX = 25;

/** What OWASP's cheat sheet on storing passwords asks for: 27 ms of one core, and memory that makes guessing in bulk dear. */
export const ARGON2_COST: Argon2Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
/**
 * RFC 7677 §4 wants 4096 at least. Whoever steals the data guesses against the cheaper of the two verifiers, so that this one must not
 * make argon2id pointless; the server pays it only when a password is set (65 ms here), the client once a login.
 */
export const SCRAM_ITERATIONS = 600_000;

export interface KnownLogin {
  readonly account: AccountId;
  /** As the book writes it. */
  readonly address: string;
  readonly credentials: CredentialsRow;
}

/** What a login asks of the store. */
export interface CredentialSource {
  /** By the address of an active account that has a password, in any case; `null`: nobody logs in so. Aliases do not. */
  find(address: string): KnownLogin | null;
  /** `password`: its name; `null` is the main one. Kept in memory, and written when there is time. */
  loggedIn(account: AccountId, password: string | null): void;
}

/** Why a password is not taken. Stable for scripts. */
export type PasswordFault = 'too-short' | 'too-long' | 'is-address' | 'characters';
