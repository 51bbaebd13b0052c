/** The messages of SCRAM: RFC 5802 §5 to §7. What is in base64 stays so; keys and proofs are for who can compute them. */
import { decodeText } from './text.ts';

export interface ClientFirst {
  /** `n,,` and the like, as it came: the channel binding covers it. */
  readonly gs2Header: string;
  /** `none`: the client has no channel binding. `unused`: it has, and believes that we have not. */
  readonly binding: { readonly type: 'none' | 'unused' } | { readonly type: 'used'; readonly name: string };
  readonly authorization: string;
  readonly name: string;
  readonly nonce: string;
  /** `client-first-message-bare`. */
  readonly bare: string;
}

export interface ClientFinal {
  /** Base64 of the header of the first message with the data of the channel behind it. */
  readonly channelBinding: string;
  readonly nonce: string;
  /** Base64. */
  readonly proof: string;
  /** `client-final-message-without-proof`. */
  readonly withoutProof: string;
}

const MESSAGE_OCTETS_MAX = 2048;
/** What we answer with it must fit into one reply line, RFC 5321 §4.5.3.1.5. */
const NONCE_CHARACTERS_MAX = 256;

// printable: %x21-2B / %x2D-7E
const NONCE = /^[!-+\--~]+$/;
const GS2 = /^(?:(n)|(y)|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,]*))?,/;
/** attr-val of an extension: one nobody must know. `m` is one that everybody must, and there is none. */
const EXTENSION = /^[A-Za-z]=[^,\0]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function parseClientFirst(octets: Uint8Array): ClientFirst | null {
  const text = textOf(octets);
  const found = text === null ? null : GS2.exec(text);
  if (text === null || found === null) return null;
  const [gs2Header, none, unused, channel, given = ''] = found;
  const bare = text.slice(gs2Header.length);
  const [user = '', random = '', ...extensions] = bare.split(',');
  if (!user.startsWith('n=') || !random.startsWith('r=')) return null; // Also of `m=` in front.
  if (!extensions.every((one) => EXTENSION.test(one))) return null;
  const authorization = readName(given);
  const name = readName(user.slice(2));
  const nonce = random.slice(2);
  if (authorization === null || name === null || name === '') return null;
  if (nonce.length > NONCE_CHARACTERS_MAX || !NONCE.test(nonce)) return null;
  const binding: ClientFirst['binding'] =
    channel === undefined
      ? { type: none === undefined && unused !== undefined ? 'unused' : 'none' }
      : { type: 'used', name: channel };
  return { gs2Header, binding, authorization, name, nonce, bare };
}

export function writeServerFirst(said: { nonce: string; salt: string; iterations: number }): string {
  return `r=${said.nonce},s=${said.salt},i=${said.iterations}`;
}

export function parseClientFinal(octets: Uint8Array): ClientFinal | null {
  const text = textOf(octets);
  if (text === null) return null;
  const end = text.lastIndexOf(',p=');
  if (end < 0) return null;
  const withoutProof = text.slice(0, end);
  const proof = text.slice(end + 3);
  const [channel = '', random = '', ...extensions] = withoutProof.split(',');
  if (!channel.startsWith('c=') || !random.startsWith('r=')) return null;
  if (!extensions.every((one) => EXTENSION.test(one) && !one.startsWith('p='))) return null;
  const channelBinding = channel.slice(2);
  if (channelBinding === '' || !BASE64.test(channelBinding)) return null;
  if (proof === '' || !BASE64.test(proof)) return null;
  return { channelBinding, nonce: random.slice(2), proof, withoutProof };
}

export function writeServerFinal(signature: string): string {
  return `v=${signature}`;
}

/** What both sides sign. */
export function authMessage(first: ClientFirst, serverFirst: string, final: ClientFinal): string {
  return `${first.bare},${serverFirst},${final.withoutProof}`;
}

function textOf(octets: Uint8Array): string | null {
  if (octets.length > MESSAGE_OCTETS_MAX) return null;
  const text = decodeText(octets);
  return text === null || text.includes('\0') ? null : text;
}

/** `saslname`: `,` and `=` are written `=2C` and `=3D`, and no `=` means anything else. */
function readName(written: string): string | null {
  if (/=(?!2C|3D)/.test(written)) return null;
  return written.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
