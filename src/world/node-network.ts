/** Connections over the sockets of this machine. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemErrorCode } from './system-error.ts';
import type { Network, Secured, SecureOptions, Wire, WireAddress, WireError, WireEvents } from './network.ts';

export const nodeNetwork: Network = {
  connect: (to, events) => new NodeWire(to, events),
};

/** All read into one buffer, as the sockets of the server do; see ADR 15. */
const READ_INTO = Buffer.allocUnsafeSlow(64 * 1024);

class NodeWire implements Wire {
  readonly ready: Promise<WireError | null>;
  readonly #events: WireEvents;
  #socket: Socket;
  #error: WireError | null = null;
  #closed = false;

  constructor({ address, port }: WireAddress, events: WireEvents) {
    this.#events = events;
    const onread = { buffer: READ_INTO, callback: (octets: number) => this.#heard(octets) };
    const to = address.startsWith('/') ? { path: address } : { host: address, port, noDelay: true };
    const socket = connect({ ...to, onread });
    this.#socket = socket;
    this.ready = new Promise((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('close', () => resolve(this.#error ?? 'closed'));
    });
    this.#watch(socket);
  }

  write(what: string | readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (this.#closed || !socket.writable) return true;
    if (typeof what === 'string') return socket.write(what, 'utf8');
    const [first] = what;
    if (what.length === 1 && first !== undefined) return socket.write(first);
    socket.cork();
    let flows = true;
    for (const octets of what) flows = socket.write(octets);
    socket.uncork();
    return flows;
  }

  secure({ name, verify, ca }: SecureOptions): Promise<Secured> {
    const plain = this.#socket;
    return new Promise((resolve) => {
      const socket: TLSSocket = connectTls({
        socket: plain,
        host: name,
        ...(isIP(name) === 0 ? { servername: name } : {}),
        rejectUnauthorized: verify,
        ...(ca === undefined ? {} : { ca }),
        minVersion: 'TLSv1.2',
      });
      this.#socket = socket;
      socket.once('secureConnect', () => {
        socket.on('data', (octets: Buffer) => this.#events.heard(octets));
        resolve({ ok: true, protocol: socket.getProtocol() ?? '', cipher: socket.getCipher().name });
      });
      socket.once('error', (error) => resolve({ ok: false, text: error.message }));
      socket.once('close', () =>
        resolve({ ok: false, text: 'the connection was closed during the handshake' }),
      );
      this.#watch(socket);
    });
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #heard(octets: number): boolean {
    this.#events.heard(READ_INTO.subarray(0, octets));
    return true;
  }

  #watch(socket: Socket): void {
    socket.on('drain', () => this.#events.drained());
    socket.on('error', (error) => {
      this.#error ??= wireErrorOf(error);
    });
    socket.once('close', () => {
      if (socket !== this.#socket || this.#closed) return;
      this.#closed = true;
      this.#events.closed(this.#error ?? 'closed');
    });
  }
}

function wireErrorOf(error: Error): WireError {
  switch (systemErrorCode(error)) {
    case 'ECONNREFUSED':
    case 'ENOENT': // of a Unix socket
      return 'refused';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ECONNRESET':
    case 'EPIPE':
    case null: // a record of TLS that cannot be read
      return 'reset';
    default:
      return 'unreachable';
  }
}
