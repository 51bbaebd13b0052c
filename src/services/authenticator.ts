/** Who may log in: the contract between the session, which carries SASL (RFC 4954), and what knows passwords. */
import type { AccountId } from '../store/store.ts';

/** What the session knows of the connection. */
export interface SaslPeer {
  readonly address: string;
  /** `null`: the connection is not encrypted. */
  readonly tls: {
    /** `tls-exporter` (RFC 9266) of TLS 1.3, for channel binding; `null`: there is none. */
    readonly exporter: Uint8Array | null;
  } | null;
}

export type SaslStep =
  | { readonly type: 'challenge'; readonly octets: Uint8Array }
  | { readonly type: 'accepted'; readonly account: AccountId; readonly address: string }
  /** The name of the reply that says why. `too-many`: 421 and the end of the session. */
  | {
      readonly type: 'refused';
      readonly reply: 'credentials-invalid' | 'auth-unavailable' | 'auth-malformed' | 'auth-too-many';
    };

/** One AUTH command. */
export interface SaslExchange {
  /** What the client said, decoded; `null`: it sent no initial response. Settles within a bounded time. */
  answer(octets: Uint8Array | null): Promise<SaslStep>;
}

export interface Authenticator {
  /** In the order of EHLO. `SCRAM-SHA-256-PLUS` only where the channel can be bound. */
  mechanisms(peer: SaslPeer): readonly string[];
  /** `null`: there is no such mechanism here. The name in any case. */
  begin(mechanism: string, peer: SaslPeer): SaslExchange | null;
}
