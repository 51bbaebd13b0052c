/** What is known of a client's connection and of who it is: RFC 3207, RFC 4954. */

/** Who logged in, as the services know it; the session carries it and looks at none of it. */
export interface Identity {
  readonly account: number;
  readonly address: string;
}

export interface Security {
  readonly tls: boolean;
  /** It may log in without TLS: it is on a network that the site has listed. */
  readonly clearAuth: boolean;
  /** What AUTH takes on this connection, as EHLO lists it. */
  readonly mechanisms: readonly string[];
  readonly login: Identity | null;
  /** Logins that failed on this connection, also before TLS. */
  readonly failures: number;
}

/** Plain text, and nobody may log in. */
export const NO_SECURITY: Security = {
  tls: false,
  clearAuth: false,
  mechanisms: [],
  login: null,
  failures: 0,
};

/** Logins that may fail on one connection; the last of them ends it. */
export const LOGIN_FAILURES_MAX = 3;

/** A password may be said: nobody on the way reads it, or the site accepts that. */
export function maySayPassword({ tls, clearAuth }: Security): boolean {
  return tls || clearAuth;
}
