/** What the HTTP port serves to monitors: `/health` and `/metrics`. */
import { Hono } from 'hono';
import type { Level } from '../policy/space.ts';
import type { Log } from '../world/log.ts';
import type { Metrics } from './metrics.ts';

export interface PublicView {
  readonly version: string;
  readonly level: () => Level;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function publicApp({ version, level, metrics, log }: PublicView): Hono {
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
  app.notFound((c) => c.json({ problem: { type: 'not-found', what: c.req.path } }, 404));
  app.onError((error, c) => {
    log.error('http-failed', { path: c.req.path, error: error.stack ?? error.message });
    return c.json({ problem: { type: 'bug', what: '' } }, 500);
  });
  return app;
}
