/** Address literals, `[192.0.2.1]` and `[IPv6:2001:db8::1]`: RFC 5321 §4.1.3. One address has one spelling here. */
import type { Domain } from './mailbox.ts';

const LITERAL_OCTETS_MAX = 255; // it stands where a domain does: RFC 5321 §4.5.3.1.2
const GROUPS = 8;
const IPV6_TAG = /^ipv6:/i;

/** The literal in its one spelling, or null. */
export function parseAddressLiteral(text: string): Domain | null {
  if (text.length > LITERAL_OCTETS_MAX || !text.startsWith('[') || !text.endsWith(']')) return null;
  const inside = text.slice(1, -1);
  if (IPV6_TAG.test(inside)) {
    const groups = parseIpv6(inside.slice(5));
    return groups === null ? null : (`[IPv6:${writeIpv6(groups)}]` as Domain);
  }
  const octets = parseIpv4(inside);
  if (octets !== null) return `[${octets.join('.')}]` as Domain;
  return parseGeneral(inside);
}

/** The literal of the address of a peer, as a socket tells it: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`. */
export function addressLiteral(address: string): Domain | null {
  const octets = parseIpv4(address);
  if (octets !== null) return `[${octets.join('.')}]` as Domain;
  const zone = address.indexOf('%'); // fe80::1%eth0: RFC 4007 §11; it means nothing elsewhere
  const groups = parseIpv6(zone < 0 ? address : address.slice(0, zone));
  if (groups === null) return null;
  // A listener on :: hears IPv4 peers as ::ffff:a.b.c.d: RFC 4291 §2.5.5.2.
  return isMapped(groups) ? (`[${lastAsIpv4(groups)}]` as Domain) : (`[IPv6:${writeIpv6(groups)}]` as Domain);
}

/** `Snum 3("." Snum)`: decimal whatever zeros lead. */
function parseIpv4(text: string): readonly number[] | null {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return null;
  const octets: number[] = [];
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    octets.push(Number(part));
  }
  return octets;
}

/** RFC 4291 §2.2, all three forms. */
function parseIpv6(text: string): readonly number[] | null {
  const halves = text.split('::', 3);
  if (halves.length > 2) return null;
  const [head = '', tail] = halves;
  const before = parseGroups(head, tail === undefined);
  if (tail === undefined) return before?.length === GROUPS ? before : null;
  const after = parseGroups(tail, true);
  if (before === null || after === null) return null;
  const zeros = GROUPS - before.length - after.length;
  return zeros < 1 ? null : [...before, ...Array.from({ length: zeros }, () => 0), ...after];
}

/** Groups between colons; the last may be an IPv4 address when nothing follows. */
function parseGroups(text: string, mayEndInIpv4: boolean): readonly number[] | null {
  if (text === '') return [];
  const parts = text.split(':', GROUPS + 1);
  const groups: number[] = [];
  for (const [n, part] of parts.entries()) {
    if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && n === parts.length - 1 ? parseIpv4(part) : null;
    if (ipv4 === null) return null;
    const [a = 0, b = 0, c = 0, d = 0] = ipv4;
    groups.push(a * 256 + b, c * 256 + d);
  }
  return groups.length > GROUPS ? null : groups;
}

/** RFC 5952: lower case, the longest run of zeros as `::`, and the mapped addresses in their mixed form. */
function writeIpv6(groups: readonly number[]): string {
  if (isMapped(groups)) return `::ffff:${lastAsIpv4(groups)}`;
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [n, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: n - length + 1, length };
  }
  return longest;
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function lastAsIpv4(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** `Standardized-tag ":" 1*dcontent`. No tag but IPv6 is registered; whoever routes will not find the address. */
function parseGeneral(inside: string): Domain | null {
  const colon = inside.indexOf(':');
  if (colon < 1 || colon === inside.length - 1) return null;
  const tag = inside.slice(0, colon);
  if (!/^[\da-z-]*[\da-z]$/i.test(tag)) return null;
  for (let i = colon + 1; i < inside.length; i++) {
    const code = inside.charCodeAt(i);
    if (code < 0x21 || code > 0x7e || (code >= 0x5b && code <= 0x5d)) return null; // [ \ ]
  }
  return `[${tag.toLowerCase()}${inside.slice(colon)}]` as Domain;
}
