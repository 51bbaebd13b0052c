/** Local-parts: RFC 5321 §4.1.2, and RFC 6531 §3.3 for what is not ASCII. One pass, no backtracking. */
import type { LocalPart } from './mailbox.ts';
import { isSpeakable, octetsOf } from './text.ts';

export const LOCAL_PART_OCTETS_MAX = 64; // RFC 5321 §4.5.3.1.1, of the text as it is meant, without its quotes

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

/** `atext` of RFC 5322 §3.2.3 that is neither letter nor digit. */
const ATEXT = new Set("!#$%&'*+-/=?^_`{|}~".split('').map((c) => c.charCodeAt(0)));

/** The place after the local-part that `text` begins with, or -1. */
export function endOfLocalPart(text: string): number {
  return text.charCodeAt(0) === QUOTE ? endOfQuotedString(text) : endOfDotString(text);
}

/** What a local-part, as it was written, means; null when it is none or is too long. */
export function parseLocalPart(written: string): LocalPart | null {
  if (written === '' || endOfLocalPart(written) !== written.length) return null;
  let meant = written.charCodeAt(0) === QUOTE ? unquoted(written) : written;
  if (!isSpeakable(meant)) return null;
  // RFC 6532 §3.1 wants NFC. The two spellings of one name would else be two mailboxes.
  meant = meant.normalize('NFC');
  return octetsOf(meant) > LOCAL_PART_OCTETS_MAX ? null : (meant as LocalPart);
}

/** Quoted when it must be, and only then: RFC 5321 §4.1.2. */
export function writeLocalPart(localPart: LocalPart): string {
  if (localPart !== '' && endOfDotString(localPart) === localPart.length) return localPart;
  return `"${localPart.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The end of `Dot-string`; -1 when a dot does not stand between two atoms. */
function endOfDotString(text: string): number {
  let i = 0;
  let afterDot = true;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (afterDot) return -1;
      afterDot = true;
    } else if (isAtext(code)) {
      afterDot = false;
    } else break;
  }
  return afterDot ? -1 : i;
}

function isAtext(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code > 0x7f ||
    ATEXT.has(code)
  );
}

/** The end of `Quoted-string`; -1 when it does not end or has a control in it. */
function endOfQuotedString(text: string): number {
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code < 0x20 || code === 0x7f) return -1;
    if (code !== BACKSLASH) continue;
    const escaped = text.charCodeAt(++i);
    if (!(escaped >= 0x20 && escaped <= 0x7e)) return -1; // quoted-pairSMTP; NaN at the end of the text
  }
  return -1;
}

function unquoted(written: string): string {
  return written.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}
