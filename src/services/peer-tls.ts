/** The server's side of a TLS handshake over the socket of a peer. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TlsContexts } from './tls-contexts.ts';

export interface PeerTls {
  /** `tls-exporter` (RFC 9266 §2), 32 octets; `null` below TLS 1.3: there it binds nothing for sure. */
  readonly exporter: Uint8Array | null;
  /** `TLSv1.3` */
  readonly protocol: string;
  /** By its name in the registry: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
}

export type Shaken =
  | { readonly ok: true; readonly socket: TLSSocket; readonly tls: PeerTls; readonly isResumed: boolean }
  /** For the log. The connection is gone. */
  | { readonly ok: false; readonly reason: string };

/** The first octet of a handshake: RFC 8446 §5.1. Whatever begins with another is not worth a context. */
export const TLS_HANDSHAKE = 0x16;
/** RFC 9266 §2 */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_OCTETS = 32;

/** `begin` is what has been read of the client's part; nobody reads `plain` any more. */
export function shakeHands(plain: Socket, begin: Buffer, tls: TlsContexts): Promise<Shaken> {
  const { fallback, contextOf } = tls;
  plain.pause();
  plain.unshift(begin); // TLS takes what its socket has read already before it reads
  const socket = new TLSSocket(plain, {
    isServer: true,
    secureContext: fallback,
    ...(contextOf === null
      ? {}
      : {
          SNICallback: (name: string, found: (error: null, context: typeof fallback) => void) =>
            found(null, contextOf(name)),
        }),
  });
  return new Promise((resolve) => {
    let reason = 'closed';
    const fault = (error: NodeJS.ErrnoException): void => {
      reason = error.code ?? error.message;
    };
    socket.on('_tlsError', fault); // what it was, where `error` comes too late or not at all
    socket.on('error', fault);
    const broken = (): void => void socket.destroy(); // our side would stay open, and wait
    socket.once('end', broken);
    socket.once('close', () => resolve({ ok: false, reason }));
    // Node.js says so of both sides; `secureConnect` is for clients, and a `tls.Server` would not tell which connection it is.
    socket.once('secure', () => {
      socket.off('end', broken);
      const [protocol, cipher] = [socket.getProtocol() ?? '', socket.getCipher().standardName];
      const exporter =
        protocol === 'TLSv1.3'
          ? socket.exportKeyingMaterial(EXPORTER_OCTETS, EXPORTER_LABEL, Buffer.alloc(0))
          : null;
      resolve({ ok: true, socket, tls: { exporter, protocol, cipher }, isResumed: socket.isSessionReused() });
    });
  });
}
