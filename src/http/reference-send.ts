/** How an answer goes out: with its tag, compressed where that is understood, or only "as you know it". */
import type { Context } from 'hono';
import { isKnown } from './reference-answers.ts';
import type { Answer } from './reference-answers.ts';

export function send(c: Context, answer: Answer): Response {
  const { body, encoding, tag } = answer.for(c.req.header('Accept-Encoding'));
  c.header('ETag', tag);
  c.header('Vary', 'Accept-Encoding', { append: true });
  if (answer.status === 200 && isKnown(tag, c.req.header('If-None-Match'))) return c.body(null, 304);
  if (encoding !== null) c.header('Content-Encoding', encoding);
  return c.body(body, answer.status, { 'Content-Type': answer.type });
}
