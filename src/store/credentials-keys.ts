/** From a password to what is kept of it: SASLprep, argon2id, the keys of SCRAM. */
import { argon2, createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { randomOctets } from '../world/random.ts';
import type { Random } from '../world/random.ts';
import { ARGON2_COST, SCRAM_ITERATIONS } from './credentials.ts';
import type { CredentialsRow, PasswordFault, PasswordRow } from './credentials.ts';

const derive = promisify(argon2);
const stretch = promisify(pbkdf2);

const SALT_OCTETS = 16;
const TAG_OCTETS = 32;
const PASSWORD_CHARACTERS_MIN = 8;
/** Of a password in UTF-8, before it is prepared. */
export const PASSWORD_OCTETS_MAX = 1024;

/** Without those that are taken for others. 32 of them: five bits each. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789';
const GROUPS = 6;
const GROUP_CHARACTERS = 4;

/** RFC 4013, of what a client sent or a person chose; `null`: no password can be so. What Unicode 3.2 did not know is let be. */
export async function prepared(password: string): Promise<string | null> {
  // Printable ASCII is left as it is, and the tables for the rest are large.
  if (/^[\x20-\x7e]*$/.test(password)) return password === '' ? null : password;
  if (Buffer.byteLength(password) > PASSWORD_OCTETS_MAX) return null;
  const { saslprep } = await import('@mongodb-js/saslprep');
  try {
    const mapped = saslprep(password, { allowUnassigned: true });
    return mapped === '' ? null : mapped;
  } catch {
    return null; // Prohibited, or mixed directions (RFC 4013 §2.3 and §2.4).
  }
}

/** A password that somebody chose: prepared, or why it is not taken. */
export async function chosenPassword(
  password: string,
  address: string,
): Promise<Result<string, PasswordFault>> {
  if (Buffer.byteLength(password) > PASSWORD_OCTETS_MAX) return failed('too-long');
  if (lengthOf(password) < PASSWORD_CHARACTERS_MIN) return failed('too-short');
  const mapped = await prepared(password);
  if (mapped === null) return failed('characters');
  if (lengthOf(mapped) < PASSWORD_CHARACTERS_MIN) return failed('too-short');
  const at = address.lastIndexOf('@');
  const parts = [address, address.slice(0, at), address.slice(at + 1)].map((part) => part.toLowerCase());
  return parts.includes(mapped.toLowerCase()) ? failed('is-address') : ok(mapped);
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** 120 bits in groups that can be read out and typed. */
export function generatedPassword(random: Random): string {
  const octets = randomOctets(random, GROUPS * GROUP_CHARACTERS);
  const characters = Array.from(octets, (octet) => ALPHABET[octet % ALPHABET.length]);
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    characters.slice(i * GROUP_CHARACTERS, (i + 1) * GROUP_CHARACTERS).join(''),
  );
  return groups.join('-');
}

/** Of an account that has no password yet. */
export function freshCredentials(random: Random): CredentialsRow {
  const salt = (): string => Buffer.from(randomOctets(random, SALT_OCTETS)).toString('base64');
  return {
    argon2: { ...ARGON2_COST, salt: salt() },
    scram: { iterations: SCRAM_ITERATIONS, salt: salt() },
    passwords: [],
  };
}

/** `password` is prepared. Waits for threads of libuv, and blocks nothing. */
export async function passwordKeys(
  password: string,
  { argon2: cost, scram }: Pick<CredentialsRow, 'argon2' | 'scram'>,
): Promise<Pick<PasswordRow, 'tag' | 'storedKey' | 'serverKey'>> {
  const tag = await argon2Tag(password, cost);
  const salted = await stretch(password, Buffer.from(scram.salt, 'base64'), scram.iterations, 32, 'sha256');
  return { tag: tag.toString('base64'), ...scramKeys(salted) };
}

export function argon2Tag(password: string, cost: CredentialsRow['argon2']): Promise<Buffer> {
  return derive('argon2id', {
    message: password,
    nonce: Buffer.from(cost.salt, 'base64'),
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength: TAG_OCTETS,
  });
}

/** RFC 5802 §3, with SHA-256 (RFC 7677). */
export function scramKeys(saltedPassword: Uint8Array): Pick<PasswordRow, 'storedKey' | 'serverKey'> {
  const clientKey = createHmac('sha256', saltedPassword).update('Client Key').digest();
  return {
    storedKey: createHash('sha256').update(clientKey).digest('base64'),
    serverKey: createHmac('sha256', saltedPassword).update('Server Key').digest('base64'),
  };
}
