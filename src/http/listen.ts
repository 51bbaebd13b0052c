/** A Hono application on a port or on a socket in the file system, with limits on time and size of what comes in. */
import { chmodSync } from 'node:fs';
import { once } from 'node:events';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Fetching } from './on-first-request.ts';

export type ListenAt = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface HttpListener {
  /** 0 on a socket in the file system. */
  readonly port: number;
  /** Takes no more, ends what is idle, and after `graceMs` what is not. */
  stop(graceMs: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** A client of the public port has this long for a whole request; who imports mail over the control socket has longer. */
const REQUEST_TIMEOUT_MS = 30_000;
const CONTROL_TIMEOUT_MS = 60 * 60 * 1000;
const HEADER_MAX = 16 * 1024;
const CONNECTION_MAX = 1000;

export async function listenHttp(app: Fetching, at: ListenAt): Promise<HttpListener> {
  const isLocal = 'socket' in at;
  const server = createAdaptorServer({
    fetch: (request) => app.fetch(request),
    serverOptions: {
      maxHeaderSize: HEADER_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: isLocal ? CONTROL_TIMEOUT_MS : REQUEST_TIMEOUT_MS,
      keepAliveTimeout: 5000,
    },
  });
  if (!(server instanceof Server)) throw new TypeError('an HTTP/1 server was expected');
  server.maxConnections = CONNECTION_MAX;
  const before = process.umask(0o177); // From its first moment the socket is for its owner only.
  try {
    server.listen(isLocal ? { path: at.socket } : { host: at.host, port: at.port });
    await once(server, 'listening');
  } finally {
    process.umask(before);
  }
  if (isLocal) chmodSync(at.socket, 0o600);
  return {
    port: isLocal ? 0 : (server.address() as AddressInfo).port,
    async stop(graceMs) {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
