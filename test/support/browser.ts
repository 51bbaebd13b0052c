/** Debian's Chromium, and the reference served to it on a port of its own. */
import { listenHttp } from '../../src/http/listen.ts';
import { referenceApp } from '../../src/http/reference-app.ts';
import type { Log } from '../../src/world/log.ts';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

export const BROWSER = 'chromium';

const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: `/usr/bin/${BROWSER}`, args: ['--no-sandbox'] });
}

export interface Served extends AsyncDisposable {
  readonly url: string;
}

export async function serveReference(): Promise<Served> {
  const app = referenceApp({ origin: null, version: '0', log: QUIET });
  const http = await listenHttp(app, { host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${http.port}`,
    [Symbol.asyncDispose]: () => http.stop(100),
  };
}
