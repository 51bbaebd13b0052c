/** How the command line reaches the management API: over the control socket, or in this process. */
import { Agent, request } from 'node:http';
import { pipeline, Readable } from 'node:stream';

export interface Outgoing {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly type?: string;
  readonly body?: string | AsyncIterable<Uint8Array>;
}

export interface Incoming {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  send(outgoing: Outgoing): Promise<Incoming>;
  close(): Promise<void>;
}

/** Rejects with what the socket says when nobody answers there. */
export function socketTransport(socketPath: string): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return {
    send: ({ method, path, type, body }) =>
      new Promise((resolve, reject) => {
        const headers = { host: 'localhost', ...(type === undefined ? {} : { 'content-type': type }) };
        const sent = request({ socketPath, agent, method, path, headers }, (answer) => {
          resolve({ status: answer.statusCode ?? 0, body: answer });
        });
        sent.on('error', reject);
        if (body === undefined || typeof body === 'string') sent.end(body);
        else pipeline(Readable.from(body, { objectMode: false }), sent, (error) => error && reject(error));
      }),
    close: async () => agent.destroy(),
  };
}

interface Fetching {
  fetch(request: Request): Response | Promise<Response>;
}

export function localTransport(app: Fetching, close: () => Promise<void>): Transport {
  return {
    async send({ method, path, type, body }) {
      const headers = type === undefined ? {} : { 'content-type': type };
      const init: RequestInit & { duplex?: 'half' } = { method, headers };
      if (typeof body === 'string') init.body = body;
      else if (body !== undefined) {
        init.body = ReadableStream.from(body) as ReadableStream<Uint8Array<ArrayBuffer>>;
        init.duplex = 'half';
      }
      const answer = await app.fetch(new Request(`http://localhost${path}`, init));
      return { status: answer.status, body: answer.body ?? nothing() };
    },
    close,
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
