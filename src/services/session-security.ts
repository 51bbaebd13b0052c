/** What a session knows of its connection when it begins: RFC 3207, RFC 4954. */
import type { Security } from '../smtp/security.ts';
import { LoginCarrier } from './login-carrier.ts';
import type { Peer } from './peer.ts';
import type { ServerContext } from './server-context.ts';

/** The logins of `peer` as its connection is now. */
export function loginsOf(peer: Peer, address: string, context: ServerContext): LoginCarrier {
  return new LoginCarrier(context, { address, tls: peer.tls });
}

export function securityAtFirst(peer: Peer, address: string, context: ServerContext): Security {
  return {
    tls: peer.tls !== null,
    clearAuth: context.plainAuthNetworks(address),
    mechanisms: loginsOf(peer, address, context).mechanisms,
    login: null,
    failures: 0,
  };
}
