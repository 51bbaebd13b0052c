/**
 * The PROXY protocol, versions 1 and 2: a load balancer in front of us tells who the client is.
 * Read from listed networks only, before anything else, within a length and a time.
 */
import { isIP } from 'node:net';

/** Version 1 is at most 107 octets with its CRLF; version 2 has 16 and at most what its length says. */
const V1_LENGTH_MAX = 107;
const V2_HEAD_LENGTH = 16;
/** Addresses (at most 216 octets for AF_UNIX) and type-length-values; more than this is not a header of a sane proxy. */
const V2_BODY_LENGTH_MAX = 2048;
const V2_SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V1_SIGNATURE = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20); // "PROXY "

export type ProxyHeader =
  /** `client` is null when the proxy speaks for itself (a health check): LOCAL, UNKNOWN. */
  | {
      readonly type: 'header';
      readonly client: { readonly address: string; readonly port: number } | null;
      readonly length: number;
    }
  | { readonly type: 'more' }
  | { readonly type: 'bad' };

const MORE: ProxyHeader = { type: 'more' };
const BAD: ProxyHeader = { type: 'bad' };

/** Reads the header at the start of what the proxy has sent so far. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, V2_SIGNATURE)) return parseVersion2(bytes);
  if (startsLike(bytes, V1_SIGNATURE)) return parseVersion1(bytes);
  return BAD;
}

function startsLike(bytes: Buffer, signature: Uint8Array): boolean {
  const length = Math.min(bytes.length, signature.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== signature[i]) return false;
  return true;
}

function parseVersion1(bytes: Buffer): ProxyHeader {
  const lf = bytes.indexOf(0x0a);
  if (lf < 0) return bytes.length >= V1_LENGTH_MAX ? BAD : MORE;
  if (lf >= V1_LENGTH_MAX || bytes[lf - 1] !== 0x0d) return BAD;
  const length = lf + 1;
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = bytes
    .toString('latin1', 0, lf - 1)
    .split(' ');
  if (family === 'UNKNOWN') return { type: 'header', client: null, length };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  const fits =
    version !== 0 && isIP(source) === version && isIP(destination) === version && rest.length === 0;
  if (!fits || !isPort(sourcePort) || !isPort(destinationPort)) return BAD;
  return { type: 'header', client: { address: source, port: Number(sourcePort) }, length };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

function parseVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_HEAD_LENGTH) return MORE;
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const bodyLength = bytes.readUInt16BE(14);
  if (command >> 4 !== 2 || bodyLength > V2_BODY_LENGTH_MAX) return BAD;
  const length = V2_HEAD_LENGTH + bodyLength;
  if (bytes.length < length) return MORE;
  if ((command & 0x0f) === 0) return { type: 'header', client: null, length }; // LOCAL
  if ((command & 0x0f) !== 1) return BAD;
  const body = bytes.subarray(V2_HEAD_LENGTH, length);
  if (family === 0x11 && bodyLength >= 12) return client(ipv4(body), body.readUInt16BE(8), length);
  if (family === 0x21 && bodyLength >= 36) return client(ipv6(body), body.readUInt16BE(32), length);
  return { type: 'header', client: null, length }; // UNSPEC, UNIX, datagrams: nothing we could name
}

function client(address: string, port: number, length: number): ProxyHeader {
  return { type: 'header', client: { address, port }, length };
}

function ipv4(body: Buffer): string {
  return body.subarray(0, 4).join('.');
}

function ipv6(body: Buffer): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(body.readUInt16BE(i).toString(16));
  return groups.join(':');
}
