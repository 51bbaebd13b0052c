/** Messages of the DNS: one question out, and what an answer to it says. No sockets here. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import { ALIASES_MAX } from './resolver.ts';

/** Larger answers come over TCP: this passes every network in one piece. */
const UDP_OCTETS = 1232;
/** For "nothing there" without an SOA that says how long (RFC 2308 §5 would not keep it at all). */
const NEGATIVE_TTL = 60;

export type RecordType = 'MX' | 'A' | 'AAAA';

export interface Question {
  readonly type: RecordType;
  readonly name: string;
}

/** A record that answers; `text` is the address, or the exchange. */
export interface AnswerRecord {
  readonly text: string;
  /** 0 but for MX. */
  readonly preference: number;
}

export type Heard =
  /** Not an answer to this question: somebody guesses, or it is late. */
  | { readonly type: 'foreign' }
  /** Ask over TCP. */
  | { readonly type: 'truncated' }
  /** Ask without EDNS. */
  | { readonly type: 'not-understood' }
  | { readonly type: 'failure'; readonly text: string }
  | { readonly type: 'found'; readonly records: readonly AnswerRecord[]; readonly ttl: number }
  /** The chain of aliases leads to this name, of which nothing is said here. */
  | { readonly type: 'alias'; readonly name: string; readonly links: number; readonly ttl: number }
  | { readonly type: 'no-such-domain' | 'no-data'; readonly ttl: number };

export function writeQuestion({ type, name }: Question, id: number, edns: boolean): Uint8Array {
  return encode({
    id,
    type: 'query',
    flags: RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: edns ? [{ type: 'OPT', name: '.', udpPayloadSize: UDP_OCTETS }] : [],
  });
}

export function readAnswer(octets: Uint8Array, question: Question, id: number): Heard {
  if (octets.length < 12 || ((octets[0] ?? 0) << 8) + (octets[1] ?? 0) !== id) return { type: 'foreign' };
  let packet: DecodedPacket;
  try {
    packet = decode(Buffer.from(octets.buffer, octets.byteOffset, octets.length));
  } catch {
    return { type: 'failure', text: 'the answer of the DNS server is malformed' };
  }
  if (packet.type !== 'response') return { type: 'foreign' };
  if (packet.rcode === 'FORMERR' || packet.rcode === 'NOTIMP') return { type: 'not-understood' };
  const [asked, ...more] = packet.questions;
  if (asked === undefined || more.length > 0 || asked.class !== 'IN') return { type: 'foreign' };
  if (asked.type !== question.type || bare(asked.name) !== question.name) return { type: 'foreign' };
  if (packet.flag_tc) return { type: 'truncated' };
  if (packet.rcode !== 'NOERROR' && packet.rcode !== 'NXDOMAIN')
    return { type: 'failure', text: `the DNS server answered ${packet.rcode}` };
  return answerIn(packet, question);
}

/** Follows the aliases that the answer holds itself (RFC 1034 §3.6.2). */
function answerIn(packet: DecodedPacket, { type, name }: Question): Heard {
  const aliases = new Map<string, { readonly to: string; readonly ttl: number }>();
  for (const record of packet.answers)
    if (record.type === 'CNAME') aliases.set(bare(record.name), { to: bare(record.data), ttl: record.ttl });
  let owner = name;
  let links = 0;
  let ttl = Number.MAX_SAFE_INTEGER;
  for (let alias = aliases.get(owner); alias !== undefined; alias = aliases.get(owner)) {
    if (++links > ALIASES_MAX) return { type: 'failure', text: 'a chain of CNAME records without an end' };
    owner = alias.to;
    ttl = Math.min(ttl, alias.ttl);
  }
  const records: AnswerRecord[] = [];
  for (const record of packet.answers) {
    if (record.type !== type || record.class !== 'IN' || bare(record.name) !== owner) continue;
    ttl = Math.min(ttl, record.ttl);
    if (record.type === 'MX')
      records.push({ text: bare(record.data.exchange), preference: record.data.preference });
    else records.push({ text: record.data, preference: 0 });
  }
  if (records.length > 0) return { type: 'found', records, ttl };
  const negativeTtl = Math.min(ttl, negativeTtlOf(packet));
  if (packet.rcode === 'NXDOMAIN') return { type: 'no-such-domain', ttl: negativeTtl };
  const complete = links === 0 || packet.authorities.some((record) => record.type === 'SOA');
  return complete ? { type: 'no-data', ttl: negativeTtl } : { type: 'alias', name: owner, links, ttl };
}

/** RFC 2308 §5: the smaller of the SOA's own TTL and its last field. */
function negativeTtlOf({ authorities }: DecodedPacket): number {
  for (const record of authorities) {
    if (record.type === 'SOA') return Math.min(record.ttl, record.data.minimum);
  }
  return NEGATIVE_TTL;
}

/** The root stays `.`. */
function bare(name: string): string {
  const lower = name.toLowerCase();
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
