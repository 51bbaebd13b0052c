/** What a report needs of the message that it is about: its header section, and a few of its fields. RFC 5322 §2.2. */

const BYTE_CR = 0x0d;
const BYTE_LF = 0x0a;
/** As much of one field is read. */
const FIELD_MAX = 4000;

/** The octets of the header section, without the empty line; all of them when there is none. */
export function headerSection(octets: Uint8Array): Uint8Array {
  for (let lf = octets.indexOf(BYTE_LF); lf >= 0; lf = octets.indexOf(BYTE_LF, lf + 1)) {
    const next = octets[lf + 1];
    if (next === BYTE_LF || (next === BYTE_CR && octets[lf + 2] === BYTE_LF))
      return octets.subarray(0, lf + 1);
  }
  return octets;
}

/** The last line may have been cut in the middle: what is there of it is left out. */
export function wholeLines(octets: Uint8Array): Uint8Array {
  return octets.subarray(0, octets.lastIndexOf(BYTE_LF) + 1);
}

/** The value of the first field of this name, unfolded, in Unicode as far as it is UTF-8; `null`: there is none. */
export function fieldValue(header: Uint8Array, name: string): string | null {
  const text = new TextDecoder().decode(header);
  const wanted = `${name.toLowerCase()}:`;
  let value: string | null = null;
  for (const line of text.split('\n')) {
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    const folded = bare.startsWith(' ') || bare.startsWith('\t');
    if (value !== null && !folded) break;
    if (value !== null) value += ` ${bare.trim()}`;
    else if (bare.slice(0, wanted.length).toLowerCase() === wanted) value = bare.slice(wanted.length);
    if (value !== null && value.length > FIELD_MAX) break;
  }
  return value === null ? null : value.slice(0, FIELD_MAX).trim();
}

/** A `msg-id` of RFC 5322 §3.6.4 that may stand in a header of ours, or `null`. */
export function messageIdOf(header: Uint8Array): string | null {
  const value = fieldValue(header, 'Message-ID');
  return value !== null && value.length <= 500 && /^<[\x21-\x3b\x3d\x3f-\x7e]+>$/.test(value) ? value : null;
}

/** RFC 3834 §5: anything but `no` was sent by a program. */
export function isAutomatic(header: Uint8Array): boolean {
  const value = fieldValue(header, 'Auto-Submitted');
  return value !== null && value.split(/[;( ]/)[0]?.trim().toLowerCase() !== 'no';
}

/** How octets may travel without being encoded: only in lines of at most 998 octets of ASCII that end in CRLF. */
export function isPlain(octets: Uint8Array): boolean {
  let length = 0;
  let before = 0;
  for (const byte of octets) {
    if (byte === 0 || byte > 0x7e || (before === BYTE_CR) !== (byte === BYTE_LF)) return false;
    length = byte === BYTE_LF ? 0 : length + 1;
    if (length > LINE_OCTETS_MAX + 1) return false;
    before = byte;
  }
  return before === BYTE_LF || octets.length === 0;
}

/** RFC 5322 §2.1.1, without CRLF. */
const LINE_OCTETS_MAX = 998;
