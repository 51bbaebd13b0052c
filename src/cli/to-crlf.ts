/** Line ends of mail from elsewhere. */

const LF = 10;
const CR = 13;

/**
 * Mail that was kept with bare LF, as Unix programs keep it, gets CRLF: RFC 5321 §2.3.8. What its first line shows to be CRLF goes
 * through untouched.
 */
export async function* toCrlf(text: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bare: boolean | null = null;
  let last = 0;
  for await (const chunk of text) {
    if (bare === null) {
      const end = chunk.indexOf(LF);
      if (end >= 0) bare = (end > 0 ? chunk[end - 1] : last) !== CR;
    }
    yield bare === true ? mended(chunk, last) : chunk;
    last = chunk.at(-1) ?? last;
  }
}

function mended(chunk: Uint8Array, before: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
    if ((at > 0 ? chunk[at - 1] : before) === CR) continue;
    parts.push(chunk.subarray(from, at), CRLF);
    from = at + 1;
  }
  parts.push(chunk.subarray(from));
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');
