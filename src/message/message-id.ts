/** The Message-ID (RFC 5322 §3.6.4), found in passing: for the log, which says it and nothing else of a message. */

const NAME = 'message-id';
const LENGTH_MAX = 250;
const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;
const BYTE_COLON = 0x3a;
const ID = /^[ \t]*(?:\r?\n[ \t]+)?(<[\x21-\x3b\x3d\x3f-\x7e]{1,248}>)/;

/** `begin`: the first octets of a mail object; `null`: there is none in them. */
export function findMessageId(begin: Uint8Array): string | null {
  for (let at = 0; at < begin.length;) {
    if (begin[at] === BYTE_CR || begin[at] === BYTE_LF) return null; // The header section is over.
    if (isName(begin, at)) {
      const from = at + NAME.length + 1;
      const text = String.fromCharCode(...begin.subarray(from, from + LENGTH_MAX));
      return ID.exec(text)?.[1] ?? null;
    }
    const end = begin.indexOf(BYTE_LF, at);
    if (end < 0) return null;
    at = end + 1;
  }
  return null;
}

function isName(text: Uint8Array, at: number): boolean {
  if (text[at + NAME.length] !== BYTE_COLON) return false;
  for (let i = 0; i < NAME.length; i++) {
    const octet = text[at + i] ?? 0;
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    if (lower !== NAME.charCodeAt(i)) return false;
  }
  return true;
}
