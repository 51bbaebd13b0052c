/** Logs in at a peer: AUTH with SCRAM-SHA-256 (RFC 5802, RFC 7677) or PLAIN (RFC 4616), as RFC 4954 carries them. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { HeardReply } from '../replies/heard-reply.ts';
import { authLine } from '../smtp/client-command.ts';
import { prepared } from '../store/credentials-keys.ts';
import { type Random, randomOctets } from '../world/random.ts';
import type { WireError } from '../world/network.ts';
import type { ClientConnection } from './client-connection.ts';
import type { RouteLogin } from './route.ts';

export type LoginEnd =
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly reply: HeardReply }
  /** What the peer says is no exchange of the mechanism, or does not prove that it knows the password. */
  | { readonly type: 'unproven'; readonly reply: HeardReply }
  | { readonly type: 'ended'; readonly error: WireError };

export interface LoginFacts {
  readonly login: RouteLogin;
  /** That the peer knows, too, the best first. */
  readonly mechanisms: readonly string[];
  readonly random: Random;
  readonly timeoutMs: number;
}

const NONCE_OCTETS = 18;
const KEY_OCTETS = 32;
/** RFC 7677 §4 wants 4096 at least; what a peer may make us compute has an end. */
const ITERATIONS_MIN = 4096;
const ITERATIONS_MAX = 1_000_000;

const stretch = promisify(pbkdf2);

export async function logIn(connection: ClientConnection, facts: LoginFacts): Promise<LoginEnd> {
  let end: LoginEnd = { type: 'unproven', reply: NOTHING };
  for (const mechanism of facts.mechanisms) {
    const exchange = new Exchange(connection, facts.timeoutMs);
    end = await (mechanism === 'PLAIN' ? plain(exchange, facts) : scram(exchange, facts));
    // RFC 4954 §4: 504, this mechanism is not for us after all.
    if (end.type !== 'refused' || end.reply.code !== '504') return end;
  }
  return end;
}

const NOTHING: HeardReply = { code: null, status: null, lines: [], fault: 'no-reply' };

async function plain(exchange: Exchange, { login }: LoginFacts): Promise<LoginEnd> {
  const message = Buffer.from(`\0${login.user}\0${login.reveal()}`).toString('base64');
  const begun = await exchange.say(`AUTH PLAIN ${message}`);
  // A peer that does not take an initial response asks for it.
  return concluded(begun.type === 'asked' ? await exchange.say(message) : begun);
}

async function scram(exchange: Exchange, { login, random }: LoginFacts): Promise<LoginEnd> {
  const nonce = Buffer.from(randomOctets(random, NONCE_OCTETS)).toString('base64');
  const bare = `n=${login.user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  const begun = await exchange.say(`AUTH SCRAM-SHA-256 ${toBase64(`n,,${bare}`)}`);
  if (begun.type !== 'asked') return concluded(begun);
  const serverFirst = fromBase64(begun.challenge);
  const asked = readServerFirst(serverFirst, nonce);
  if (asked === null) return exchange.cancel(begun.reply);
  const withoutProof = `c=${toBase64('n,,')},r=${asked.nonce}`;
  const message = `${bare},${serverFirst},${withoutProof}`;
  // RFC 5802 §5.1 wants SASLprep; a password that it forbids is tried as it is.
  const password = (await prepared(login.reveal())) ?? login.reveal();
  const { proof, signature } = await keysOf(password, asked, message);
  const proven = await exchange.say(toBase64(`${withoutProof},p=${proof}`));
  if (proven.type !== 'asked') return concluded(proven, 'signature-missing');
  if (!isSignature(fromBase64(proven.challenge), signature)) return exchange.cancel(proven.reply);
  return concluded(await exchange.say(''));
}

type Said =
  | { readonly type: 'asked'; readonly challenge: string; readonly reply: HeardReply }
  | { readonly type: 'replied'; readonly reply: HeardReply }
  | { readonly type: 'ended'; readonly error: WireError };

class Exchange {
  readonly #connection: ClientConnection;
  readonly #timeoutMs: number;

  constructor(connection: ClientConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  async say(text: string): Promise<Said> {
    const line = authLine(text);
    if (line === null) return { type: 'replied', reply: NOTHING };
    this.#connection.owe(1);
    this.#connection.send(line);
    const heard = await this.#connection.reply(this.#timeoutMs);
    if (heard.type === 'ended') return heard;
    const { reply } = heard;
    return reply.code === '334'
      ? { type: 'asked', challenge: reply.lines[0] ?? '', reply }
      : { type: 'replied', reply };
  }

  /** RFC 4954 §4: a line with a single asterisk. */
  async cancel(reply: HeardReply): Promise<LoginEnd> {
    const said = await this.say('*');
    return said.type === 'ended' ? said : { type: 'unproven', reply };
  }
}

function concluded(said: Said, positive: 'good' | 'signature-missing' = 'good'): LoginEnd {
  if (said.type === 'ended') return said;
  if (said.type === 'asked') return { type: 'unproven', reply: said.reply };
  if (said.reply.code?.startsWith('2') !== true) return { type: 'refused', reply: said.reply };
  return positive === 'good' ? { type: 'done' } : { type: 'unproven', reply: said.reply };
}

interface Asked {
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** RFC 5802 §7 `server-first-message`; its nonce begins with ours. */
function readServerFirst(text: string, nonce: string): Asked | null {
  const [, both = '', salt = '', count = ''] =
    /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,8})(?:,|$)/.exec(text) ?? [];
  const iterations = Number(count);
  if (!both.startsWith(nonce) || both.length === nonce.length) return null;
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) return null;
  return { nonce: both, salt: Buffer.from(salt, 'base64'), iterations };
}

/** RFC 5802 §3. */
async function keysOf(
  password: string,
  { salt, iterations }: Asked,
  message: string,
): Promise<{ readonly proof: string; readonly signature: Buffer }> {
  const salted = await stretch(password, salt, iterations, KEY_OCTETS, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const mask = hmac(createHash('sha256').update(clientKey).digest(), message);
  const proof = Buffer.from(clientKey.map((octet, i) => octet ^ (mask[i] ?? 0)));
  return { proof: proof.toString('base64'), signature: hmac(hmac(salted, 'Server Key'), message) };
}

function isSignature(serverFinal: string, signature: Buffer): boolean {
  const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})(?:,|$)/.exec(serverFinal)?.[1] ?? '', 'base64');
  return given.length === signature.length && timingSafeEqual(given, signature);
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
