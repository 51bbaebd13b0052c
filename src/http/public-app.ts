/** What the HTTP port serves: `/health` and `/metrics` to monitors, the reference of replies to people. */
import { Hono } from 'hono';
import type { Level } from '../policy/space.ts';
import type { Log } from '../world/log.ts';
import type { Metrics } from './metrics.ts';
import { onFirstRequest } from './on-first-request.ts';

export interface PublicView {
  readonly version: string;
  readonly level: () => Level;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Where the reference is published, without a slash at its end: `https://mail.example.org`; null when nobody has said. */
  readonly origin: string | null;
}

/** What belongs to the reference. */
const REFERENCE =
  /^\/(?:(?:(?:en|ja|smtp|compare|assets|api)(?:[/.].*)?|robots\.txt|llms\.txt|sitemap(?:-en|-ja)?\.xml)?)$/i;

export function publicApp({ version, level, metrics, log, origin }: PublicView): Hono {
  const app = new Hono();
  app.get('/health', (c) => {
    const now = level();
    // RED refuses mail and goes on serving: who asks whether to send traffic here hears no error. BLACK takes nobody.
    const status = now === 'black' ? 'down' : now === 'red' ? 'degraded' : 'ok';
    return c.json({ status, level: now, version }, now === 'black' ? 503 : 200);
  });
  app.get('/metrics', async (c) =>
    c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  );
  const reference = onFirstRequest(async () => {
    const { referenceApp } = await import('./reference-app.ts');
    return referenceApp({ origin, version, log });
  });
  app.use(async (c, next) => (REFERENCE.test(c.req.path) ? reference.fetch(c.req.raw) : next()));
  app.notFound((c) => c.json({ problem: { type: 'not-found', what: c.req.path } }, 404));
  app.onError((error, c) => {
    log.error('http-failed', { path: c.req.path, error: error.stack ?? error.message });
    return c.json({ problem: { type: 'bug', what: '' } }, 500);
  });
  return app;
}
