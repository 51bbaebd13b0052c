/** What a connection needs to become TLS: the contract between sockets and what knows certificates. */
import type { SecureContext } from 'node:tls';
import type { Handshakes } from './handshakes.ts';

export interface TlsContexts {
  /** For who names no server, or none that we have a certificate for. Another one after certificates were read anew. */
  readonly fallback: SecureContext;
  /** By the name of SNI (RFC 6066 §3). `null`: there is only the one, and no need to ask. */
  readonly contextOf: ((serverName: string) => SecureContext) | null;
  /** Of all listeners together. */
  readonly handshakes: Handshakes;
}
