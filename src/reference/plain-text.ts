/** Text out of octets of any charset that bounces come in, and out of HTML. */

/** What Japanese mail is written in when nothing says so; UTF-8 was tried before. */
const JAPANESE = ['shift_jis', 'euc-jp'] as const;
// oxlint-disable-next-line no-control-regex
const ISO_2022_JP = /\u001b(?:\$[@B]|\([BJI])/;

export function decodeOctets(octets: Uint8Array): string {
  const utf8 = decodeExactly(octets, 'utf-8');
  if (utf8 !== null) return decodeStray(utf8);
  for (const charset of JAPANESE) {
    const text = decodeExactly(octets, charset);
    // Without kana it is some Western text that happens to fit.
    if (text !== null && /[\u3041-\u30fa]{2}/.test(text)) return text;
  }
  return new TextDecoder('windows-1252').decode(octets);
}

/** ISO-2022-JP that nobody declared is seven-bit, so it survives every other decoder as escapes. RFC 1468 */
export function decodeStray(text: string): string {
  if (!ISO_2022_JP.test(text)) return text;
  return decodeExactly(new TextEncoder().encode(text), 'iso-2022-jp') ?? text;
}

function decodeExactly(octets: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(octets);
  } catch {
    return null;
  }
}

const LINE_TAGS = /^\/?(?:br|p|div|tr|li|h[1-6]|table|ul|ol|hr|blockquote|pre|td|dt|dd)\b/i;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The words of an HTML page, lines where it has blocks. One pass, whatever the page. */
export function textOfHtml(html: string): string {
  const text: string[] = [];
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at);
    text.push(html.slice(at, open < 0 ? html.length : open).replace(/[\r\n\t ]{1,1000}/g, ' '));
    if (open < 0) break;
    const close = html.indexOf('>', open);
    if (close < 0) break;
    const tag = html.slice(open + 1, Math.min(close, open + 40));
    const isHidden = /^(?:style|script|title)\b/i.exec(tag);
    at = isHidden === null ? close + 1 : endOf(html, isHidden[0], close + 1);
    if (LINE_TAGS.test(tag)) text.push('\n');
  }
  return text.join('').replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, entity);
}

function endOf(html: string, tag: string, from: number): number {
  const end = html.indexOf(`</${tag}`, from);
  const close = end < 0 ? -1 : html.indexOf('>', end);
  return close < 0 ? html.length : close + 1;
}

function entity(found: string, decimal?: string, hex?: string, name?: string): string {
  const code =
    decimal === undefined ? (hex === undefined ? null : Number.parseInt(hex, 16)) : Number(decimal);
  if (code !== null) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : found;
  return ENTITIES[name?.toLowerCase() ?? ''] ?? found;
}
