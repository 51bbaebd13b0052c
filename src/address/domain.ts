/** Domains: RFC 5321 §4.1.2 and §2.3.5, with the U-labels of RFC 5890 §2.3.2.1 turned into A-labels. */
import { parseAddressLiteral } from './address-literal.ts';
import type { Domain } from './mailbox.ts';
import { isAscii } from './text.ts';

export const DOMAIN_OCTETS_MAX = 255; // RFC 5321 §4.5.3.1.2
export const LABEL_OCTETS_MAX = 63; // RFC 1035 §2.3.4

const HYPHEN = 0x2d;
const DOT = 0x2e;

/** `Domain` in lower case and A-labels, or null. U-labels are taken: whether they may be said, the caller knows. */
export function parseDomain(text: string): Domain | null {
  const ascii = isAscii(text) ? text : toAscii(text);
  return ascii !== null && isDomain(ascii) ? (ascii.toLowerCase() as Domain) : null;
}

/** `Domain / address-literal`, which is what stands behind the @ of a mailbox and in EHLO. */
export function parseDomainOrLiteral(text: string): Domain | null {
  return text.startsWith('[') ? parseAddressLiteral(text) : parseDomain(text);
}

/** Labels of letters, digits and inner hyphens, in one pass. */
function isDomain(text: string): boolean {
  if (text.length > DOMAIN_OCTETS_MAX) return false;
  let start = 0; // of the label
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (i === start || i - start > LABEL_OCTETS_MAX || text.charCodeAt(i - 1) === HYPHEN) return false;
      start = i + 1;
    } else if (code === HYPHEN ? i === start : !isLetterOrDigit(code)) return false;
  }
  return true;
}

/** UTS 46 as URLs use it. What is ASCII in it must be of a domain already: a URL would read `%`, `/` or `@` its own way. */
function toAscii(text: string): string | null {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80 && code !== DOT && code !== HYPHEN && !isLetterOrDigit(code)) return null;
  }
  const ascii = URL.parse(`http://${text.normalize('NFC')}`)?.hostname ?? null;
  // A last label of digits made the URL an IPv4 address: `１` became 0.0.0.1.
  return ascii === null || /(?:^|\.)\d+$/.test(ascii) ? null : ascii;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}
