/** A failure report that can be shown to others: what it says of the failure stays, whom it is about does not. */

const ADDRESS = /[^\s<>()"',;:@[\]]{1,64}@(?:\[[^\]\s]{1,60}\]|[\p{L}\p{N}.-]{1,255})/gu;
const IPV4 = /(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]?\d)/g;
/** Of three colons at least, or with `::`: no time of day. */
const IPV6 =
  /(?<![\w:])(?:(?:[\da-f]{1,4}:){3,7}[\da-f]{1,4}|(?:[\da-f]{1,4}:){0,6}[\da-f]{0,4}::(?:[\da-f]{1,4}:){0,6}[\da-f]{0,4})(?![\w:])/gi;
const SUBJECT = /^(Subject|Thread-Topic):.*(?:\r?\n[ \t].*)*/gim;
const WORD = /[\da-z][\w.=+/-]{9,}/gi;

export function masked(text: string): string {
  const addresses = new Map<string, string>();
  return text
    .replaceAll(SUBJECT, '$1: [subject]')
    .replaceAll(ADDRESS, (address) => {
      const key = address.toLowerCase();
      const name = addresses.get(key) ?? `[address ${addresses.size + 1}]`;
      addresses.set(key, name);
      return name;
    })
    .replaceAll(IPV6, '[IP]')
    .replaceAll(IPV4, '[IP]')
    .replaceAll(WORD, (word) => (isId(word) ? '[id]' : word));
}

/** Letters and digits in one long word: an id, unless it is the name of a host, a character set or a media type. */
function isId(word: string): boolean {
  if (/^(?:iso|utf|us|windows|shift|rfc)[-_]?\d/i.test(word)) return false;
  const digits = word.replaceAll(/\D/g, '').length;
  const letters = word.replaceAll(/[^a-z]/gi, '').length;
  if (digits < 3 || letters < 2) return false;
  const isHost = /^[a-z\d.-]+\.[a-z]{2,}$/i.test(word) && word.split('.').every((label) => label.length < 25);
  return !isHost;
}
