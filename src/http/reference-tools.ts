/** The two tools for whoever has no JavaScript, and for the API. Nothing that is pasted is kept or logged. */
import type { Language } from '../base/language.ts';
import type { Page } from '../reference/document.ts';
import { frameWord } from '../reference/html/words.ts';
import { decodePage } from '../reference/pages/decode-page.ts';
import { searchPage } from '../reference/pages/search-page.ts';
import { searchEntries } from '../replies/search-entries.ts';
import { search, SEARCH_QUERY_MAX } from '../replies/search.ts';
import type { SearchHit } from '../replies/search.ts';
import { DECODE_INPUT_MAX } from '../replies/decode/source.ts';
import type { Decoded } from '../replies/decode/verdict.ts';

export function hitsFor(query: string): readonly SearchHit[] {
  return search(searchEntries(), query.slice(0, SEARCH_QUERY_MAX));
}

/** Who types a code wants its page, not a list with one line. */
export function searchForm(query: string, language: Language): Page | { readonly redirect: string } {
  const hits = hitsFor(query);
  const [first] = hits;
  if (first?.isExact === true) return { redirect: first.path };
  return searchPage(query.slice(0, SEARCH_QUERY_MAX), hits, language);
}

export type Pasted =
  | { readonly kind: 'text'; readonly decoded: Decoded }
  | { readonly kind: 'too-big' }
  | { readonly kind: 'invalid'; readonly what: string };

/** Around the text: the parts of a form, or what JSON needs for line ends and quotation marks. */
const WRAPPING_MAX = 64 * 1024;

/** What the no-JavaScript form sends. */
export async function decodeForm(
  request: Request,
  language: Language,
): Promise<{ readonly page: Page; readonly status: 200 | 400 | 413 }> {
  const pasted = await pastedIn(request);
  if (pasted.kind === 'text') return { page: decodePage(pasted.decoded, language), status: 200 };
  const note = {
    kind: 'note',
    text: [frameWord(pasted.kind === 'too-big' ? 'tooBig' : 'decodeFailed', language)],
  } as const;
  const empty = decodePage(null, language);
  const sections = empty.sections.map((section, i) =>
    i === 0 ? { ...section, blocks: [note, ...section.blocks] } : section,
  );
  return { page: { ...empty, sections }, status: pasted.kind === 'too-big' ? 413 : 400 };
}

/** A form with a field `text`, JSON with a key `text`, or the text itself: a line, a log, a message. */
export async function pastedIn(request: Request): Promise<Pasted> {
  const type = (request.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  const isWrapped =
    type === 'application/json' ||
    type === 'multipart/form-data' ||
    type === 'application/x-www-form-urlencoded';
  const octets = await octetsOf(request, DECODE_INPUT_MAX + (isWrapped ? WRAPPING_MAX : 0));
  if (octets === null) return { kind: 'too-big' };
  if (!isWrapped) return { kind: 'text', decoded: await decode(octets) };
  const text = await textIn(octets, request.headers.get('Content-Type') ?? '');
  if (text === null) return { kind: 'invalid', what: 'text' };
  const written = new TextEncoder().encode(text);
  if (written.length > DECODE_INPUT_MAX) return { kind: 'too-big' };
  return { kind: 'text', decoded: await decode(written) };
}

/** The decoder and its library are loaded when somebody pastes something. */
async function decode(octets: Uint8Array): Promise<Decoded> {
  const { decodeMessage } = await import('../reference/unpack.ts');
  return decodeMessage(octets);
}

/** Null when there are more: they are not read. */
async function octetsOf(request: Request, max: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > max) return null;
    chunks.push(chunk);
  }
  const octets = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    octets.set(chunk, at);
    at += chunk.length;
  }
  return octets;
}

/** The errors of both parsers quote what they read, and so are not passed on. */
async function textIn(octets: Uint8Array<ArrayBuffer>, type: string): Promise<string | null> {
  try {
    const body = new Response(octets, { headers: { 'Content-Type': type } });
    if (!type.toLowerCase().startsWith('application/json')) {
      const field = (await body.formData()).get('text');
      return typeof field === 'string' ? field : null;
    }
    const json: unknown = await body.json();
    const text = typeof json === 'object' && json !== null && 'text' in json ? json.text : null;
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
