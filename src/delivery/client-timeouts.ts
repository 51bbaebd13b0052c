/** How long each step of a session with a peer may take: RFC 5321 §4.5.3.2, whose least values these are. */
export interface ClientTimeouts {
  readonly connectMs: number;
  readonly greetingMs: number;
  /** EHLO, LHLO, HELO. */
  readonly helloMs: number;
  /** STARTTLS with the handshake. */
  readonly tlsMs: number;
  readonly authMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  /** From DATA to its 354. */
  readonly dataMs: number;
  /** For the peer to take what was written. */
  readonly blockMs: number;
  /** From the final dot to its reply. A server may be writing the message to many mailboxes. */
  readonly finalDotMs: number;
  /** From the connection to the first MAIL, however slowly each step goes. */
  readonly openingMs: number;
  /** For all hosts of a destination, until one of them has opened a session. */
  readonly hostsMs: number;
  /** One transaction in all. */
  readonly transactionMs: number;
  /** For the peer to close after QUIT. */
  readonly quitMs: number;
}

const MINUTE = 60_000;

export const CLIENT_TIMEOUTS: ClientTimeouts = {
  connectMs: 30_000,
  greetingMs: 5 * MINUTE,
  helloMs: 5 * MINUTE,
  tlsMs: 2 * MINUTE,
  authMs: 5 * MINUTE,
  mailMs: 5 * MINUTE,
  rcptMs: 5 * MINUTE,
  dataMs: 2 * MINUTE,
  blockMs: 3 * MINUTE,
  finalDotMs: 10 * MINUTE,
  openingMs: 10 * MINUTE,
  hostsMs: 20 * MINUTE,
  transactionMs: 60 * MINUTE,
  quitMs: 5000,
};
