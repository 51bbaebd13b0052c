/** Listens for SMTP or LMTP: takes connections within the limits, learns who the client is, and carries a session with each. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { referring, reply, type Reply } from '../replies/register.ts';
import { inNetworks, type NetworkCheck } from './networks.ts';
import { Peer } from './peer.ts';
import { parseProxyHeader } from './proxy-protocol.ts';
import type { ServerContext } from './server-context.ts';
import { SmtpSession } from './smtp-session.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** From these networks a PROXY header comes first, in CIDR form. */
  readonly proxyNetworks: readonly string[];
}

/** Connections that wait in the kernel while we are busy. */
const BACKLOG = 4096;
/** Seconds a proxy gets for its header. */
const PROXY_TIMEOUT = 10;
/** How long a peer gets to hear why it is cut. */
const LAST_WORDS_MS = 1000;
const PROXY_HEADER_MAX = 4096;
/** Seconds a session must have been idle before it may be cut for a new one. */
const IDLE_ENOUGH = 10;

export class SmtpListener {
  readonly #context: ServerContext;
  readonly #isProxy: NetworkCheck;
  readonly #server: Server;
  readonly #sessions = new Set<SmtpSession>();
  readonly #sockets = new Set<Socket>();
  /** Peers that are to speak TLS before anything else, and since when. */
  readonly #shaking = new Map<Peer, number>();
  /** Called whenever the last socket is closed. */
  #emptied: () => void = () => {};

  private constructor(options: ListenOptions, context: ServerContext) {
    this.#context = context;
    this.#isProxy = inNetworks(options.proxyNetworks);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#accept(socket),
    );
  }

  /** Rejects with the error of the socket when it cannot listen. */
  static async listen(options: ListenOptions, context: ServerContext): Promise<SmtpListener> {
    const listener = new SmtpListener(options, context);
    listener.#server.listen({ host: options.host, port: options.port, backlog: BACKLOG });
    await once(listener.#server, 'listening');
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get sessionsOpen(): number {
    return this.#sessions.size;
  }

  /**
   * Takes no more connections, tells idle peers 421 4.3.2 at once and busy ones after their transaction, or after `graceMs`;
   * then cuts what is left.
   */
  async stop(graceMs: number): Promise<void> {
    this.#context.closing = true;
    const closed = once(this.#server, 'close');
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    this.#server.close();
    if (this.#sockets.size === 0) this.#emptied();
    for (const session of this.#sessions) session.shutDown();
    for (const peer of this.#shaking.keys()) peer.destroy();
    const { clock } = this.#context;
    let cancel = clock.after(graceMs, () => {
      for (const session of this.#sessions) session.cutShort();
      cancel = clock.after(LAST_WORDS_MS, () => {
        for (const socket of this.#sockets) socket.destroy();
      });
    });
    await closed;
    await emptied;
    cancel();
  }

  #accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress);
    if (address === null) return void socket.destroy(); // gone before we looked
    const peer = new Peer(socket);
    this.#sockets.add(peer.socket);
    peer.socket.once('close', () => {
      this.#sockets.delete(peer.socket);
      if (this.#sockets.size === 0) this.#emptied();
    });
    if (this.#isProxy(address)) void this.#behindProxy(peer);
    else this.#begin(peer, address);
  }

  #begin(peer: Peer, address: string): void {
    const refusal = this.#refusal(address);
    if (refusal !== null) return this.#turnAway(peer, refusal);
    peer.socket.once('close', () => this.#context.connections.leave(address));
    if (this.#context.profile.tls === 'implicit') void this.#secure(peer, address);
    else this.#openSession(peer, address);
  }

  #turnAway(peer: Peer, refusal: Reply): void {
    const { tally, profile, clock } = this.#context;
    tally.connectionsRefused++;
    // In clear who waits for TLS does not hear it, and a handshake is too dear for somebody we have no place for.
    if (profile.tls === 'implicit') return peer.destroy();
    tally.said(refusal);
    peer.say(profile.refusalsReferTo === null ? refusal : referring(refusal, profile.refusalsReferTo));
    peer.end();
    clock.after(LAST_WORDS_MS, () => peer.destroy());
  }

  /** TLS before the greeting: RFC 8314 §3.3. */
  async #secure(peer: Peer, address: string): Promise<void> {
    const { tls, watch } = this.#context;
    this.#shaking.set(peer, watch.tick);
    const isSecured = tls !== null && (await peer.startTls(tls));
    this.#shaking.delete(peer);
    if (isSecured && !this.#context.closing && !peer.closed) this.#openSession(peer, address);
    else peer.destroy();
  }

  #openSession(peer: Peer, address: string): void {
    const { tally, watch, log, profile } = this.#context;
    const session = new SmtpSession(peer, address, this.#context);
    this.#sessions.add(session);
    watch.add(session);
    tally.sessionsBegun++;
    tally.sessionsOpen++;
    peer.socket.once('close', () => {
      this.#sessions.delete(session);
      watch.forget(session);
      tally.sessionsOpen--;
    });
    session.carry().catch((error: unknown) => {
      log.error('session-failed', { protocol: profile.protocol, client: address, error });
      session.fail();
    });
  }

  /** Why this connection is not taken, or null. */
  #refusal(address: string): Reply | null {
    const { host } = this.#context.profile;
    if (this.#context.closing) return reply('shutting-down', { host });
    if (this.#context.space.level === 'black') return reply('not-accepting', { host });
    let entered = this.#context.connections.enter(address);
    if (entered === 'server-full' && this.#cutLongestIdle())
      entered = this.#context.connections.enter(address);
    if (entered === 'server-full') return reply('no-more-sessions');
    return entered === 'network-full' ? reply('too-many-connections') : null;
  }

  /** Under pressure the session that has said nothing for the longest time makes room. */
  #cutLongestIdle(): boolean {
    let longest: SmtpSession | null = null;
    for (const session of this.#sessions) {
      if (session.idle && (longest === null || session.idleSince < longest.idleSince)) longest = session;
    }
    if (longest === null || this.#context.watch.tick - longest.idleSince < IDLE_ENOUGH) return false;
    longest.cut();
    longest.cut(); // its socket goes at once: the place is needed now
    return true;
  }

  async #behindProxy(peer: Peer): Promise<void> {
    const cancel = this.#context.clock.after(PROXY_TIMEOUT * 1000, () => peer.destroy());
    let bytes: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await peer.read();
      if (chunk === null || bytes.length > PROXY_HEADER_MAX) break;
      bytes = Buffer.concat([bytes, chunk]);
      const header = parseProxyHeader(bytes);
      if (header.type === 'bad') break;
      if (header.type === 'more') continue;
      cancel();
      if (bytes.length > header.length) peer.unread(bytes.subarray(header.length));
      const address = header.client?.address ?? plainAddress(peer.socket.remoteAddress);
      if (address === null) break;
      return this.#begin(peer, address);
    }
    cancel();
    this.#context.log.warn('proxy-header-refused', { proxy: peer.socket.remoteAddress ?? null });
    peer.destroy();
  }
}

/** An IPv4 client on an IPv6 socket is an IPv4 client. */
function plainAddress(address: string | undefined): string | null {
  if (address === undefined) return null;
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
