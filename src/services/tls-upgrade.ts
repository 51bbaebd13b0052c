/** STARTTLS on the connection of one session: RFC 3207 §4. What the session says before and after is its own affair. */
import { reply } from '../replies/register.ts';
import type { Peer } from './peer.ts';
import type { TlsContexts } from './tls-contexts.ts';

/** `spoke`: something stands behind the command, in the clear, and nothing was begun. `failed`: no word can be said any more. */
export type UpgradeOutcome = 'encrypted' | 'spoke' | 'failed';

/**
 * Says 220 when all that came before it is obeyed. What the client sends from then on is the handshake or nothing: `startTls` reads
 * it as that, so that nothing that came in the clear is taken for what TLS protects.
 */
export async function upgrade(peer: Peer, tls: TlsContexts): Promise<UpgradeOutcome> {
  const waiting = peer.flush(); // what was said before
  if (waiting !== null) await waiting;
  if (peer.closed) return 'failed';
  if (peer.hasUnread) return 'spoke';
  peer.say(reply('tls-go-ahead'));
  return (await peer.startTls(tls)) ? 'encrypted' : 'failed';
}
