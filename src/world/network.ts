/** The port of connections that we make. `node-network.ts` is the real one. */

/** Why there is no connection, or no more. `closed`: the other side ended it in order. */
export type WireError = 'refused' | 'unreachable' | 'timeout' | 'closed' | 'reset';

export interface WireAddress {
  /** An IP address, or the path of a Unix socket, which begins with `/`. */
  readonly address: string;
  readonly port: number;
}

export interface WireEvents {
  /** Octets came. They are there until this returns. */
  heard(octets: Uint8Array): void;
  /** What was written has gone; asked for by a `write` that returned false. */
  drained(): void;
  /** Once, and nothing after it; also of a connection that was never made. */
  closed(error: WireError): void;
}

export interface SecureOptions {
  /** For SNI and, when it is verified, for the certificate. An address is never said in SNI. */
  readonly name: string;
  /** The certificate must be good, and for that name; else there is no connection. */
  readonly verify: boolean;
  /** Certificates to trust instead of the well-known ones, as PEM. */
  readonly ca?: string;
}

export type Secured =
  | { readonly ok: true; readonly protocol: string; readonly cipher: string }
  | { readonly ok: false; readonly text: string };

/** One connection. */
export interface Wire {
  /** Resolves once: it is there, or not. */
  readonly ready: Promise<WireError | null>;
  /** Octets as they are, or UTF-8. False: wait until it has drained. Nothing happens on a wire that is closed. */
  write(what: string | readonly Uint8Array[]): boolean;
  /** TLS from here on. Nothing may be under way. A wire that fails to is of no use any more. */
  secure(options: SecureOptions): Promise<Secured>;
  /** Closes our side behind what was written. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface Network {
  connect(to: WireAddress, events: WireEvents): Wire;
}
