/**
 * The socket of one session, as the session sees it: chunks in, replies out, and back-pressure both ways.
 * A peer that does not read its replies is not read either; what it sends meanwhile waits in its own kernel.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Reply } from '../replies/register.ts';
import { HANDSHAKE_TIMEOUT_MS } from './handshakes.ts';
import { type PeerTls, shakeHands, TLS_HANDSHAKE } from './peer-tls.ts';
import type { TlsContexts } from './tls-contexts.ts';

/**
 * What all sockets read into, one after another: a buffer of its own for each read would be most of the garbage of this server.
 * It holds what came until the turn of the loop ends; who needs it longer copies it.
 */
const READ_INTO = Buffer.allocUnsafeSlow(64 * 1024);
/** Octets read ahead of the session before the socket is paused. */
const READ_AHEAD_MAX = 64 * 1024;
/** And the pieces they may come in: a peer that drips single octets must not cost a buffer each. */
const READ_AHEAD_PIECES_MAX = 16;
/** Octets of replies gathered before they are written, when a peer pipelines: RFC 2920 §3.2. */
const REPLIES_GATHERED_MAX = 16 * 1024;

export class Peer {
  /** The connection itself: whose it is, and when it closes. */
  readonly socket: Socket;
  /** What is read and written: the same, or TLS over it. */
  #stream: Socket;
  #tls: PeerTls | null = null;
  /** The sweep that cuts this peer off (see session-watch.ts); 0 is never. */
  deadline = 0;
  #unread: Buffer[] | null = null;
  #unreadLength = 0;
  #replies = '';
  #ended = false;
  #closed = false;
  #reader: ((chunk: Buffer | null) => void) | null = null;
  #drained: (() => void) | null = null;

  /** `accepted` is paused, as the server gave it (`pauseOnConnect`), and not to be used by anybody else. */
  constructor(accepted: Socket) {
    const socket = readingInto(accepted, (chunk) => this.#arrived(chunk));
    this.socket = socket;
    this.#stream = socket;
    socket.on('end', () => this.#over(false));
    socket.on('close', () => this.#over(true));
    socket.on('drain', () => this.#wake());
    socket.on('error', ignore); // 'close' follows
  }

  /** Something came that nobody has read yet. */
  get hasUnread(): boolean {
    return this.#unread !== null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** `null`: the connection is not encrypted. */
  get tls(): PeerTls | null {
    return this.#tls;
  }

  /**
   * TLS from here on, behind the replies that were gathered; false: it failed, and the connection is gone. What came and was not
   * read is taken for the beginning of the handshake. So nothing that was said in clear is ever taken for said in TLS: CVE-2011-0411.
   */
  async startTls(tls: TlsContexts): Promise<boolean> {
    const { handshakes } = tls;
    let late = false;
    const cancel = handshakes.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      late = true;
      this.destroy();
      handshakes.leave(this);
    });
    const reason = await this.#shakeHands(tls);
    cancel();
    handshakes.leave(this);
    if (reason === null) {
      handshakes.done++;
      return true;
    }
    handshakes.failed++;
    const client = this.socket.remoteAddress ?? null;
    handshakes.log.debug('tls-failed', { client, reason: late ? 'timeout' : reason });
    this.destroy();
    return false;
  }

  /**
   * The next chunk, or null when the peer has said all. One reader at a time. The octets are there until the reader waits
   * for something else that is not there yet.
   */
  read(): Promise<Buffer | null> {
    return new Promise((resolve) => {
      const chunk = this.#take();
      if (chunk !== null || this.#ended) resolve(chunk);
      else this.#reader = resolve;
    });
  }

  /** Puts back what the reader did not use: it is read next. */
  unread(chunk: Buffer): void {
    this.#unread = [chunk, ...(this.#unread ?? [])];
    this.#unreadLength += chunk.length;
  }

  /** Gathers a reply; it goes out with `flush`. Nothing but replies reaches the socket. */
  say({ wire }: Reply): void {
    this.#replies += wire;
  }

  /** Writes what was gathered. A promise: wait, the peer is not taking its replies. */
  flush(): Promise<void> | null {
    if (this.#replies === '' || this.#closed) return null;
    const wire = this.#replies;
    this.#replies = '';
    if (this.#stream.write(wire, 'latin1') || this.#closed) return null;
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  get mustFlush(): boolean {
    return this.#replies.length > REPLIES_GATHERED_MAX;
  }

  /** Says what was gathered and closes our side. */
  end(): void {
    if (this.#closed) return;
    this.#stream.end(this.#replies, 'latin1');
    this.#replies = '';
    // What still comes is dropped, so that our last words are not lost in a reset.
    this.#over(false);
    this.#unread = null;
    this.#stream.resume();
  }

  destroy(): void {
    this.#stream.destroy();
    this.#over(true);
  }

  /** Why not; `null`: it is done. */
  async #shakeHands(tls: TlsContexts): Promise<string | null> {
    await this.flush();
    // A context costs memory, and a turn: only who begins to speak TLS gets one.
    const first = await this.read();
    if (first === null) return 'closed';
    if (first[0] !== TLS_HANDSHAKE) return 'not-tls';
    this.unread(Buffer.from(first));
    this.#stream.pause();
    await tls.handshakes.enter(this);
    const begin = Buffer.concat(this.#unread ?? []);
    this.#unread = null;
    this.#unreadLength = 0;
    if (this.#ended) return 'closed';
    const shaken = await shakeHands(this.socket, begin, tls);
    if (!shaken.ok) return shaken.reason;
    if (shaken.isResumed) tls.handshakes.resumed++;
    this.#tls = shaken.tls;
    this.#readFrom(shaken.socket);
    return null;
  }

  #readFrom(secured: Socket): void {
    this.#stream = secured;
    secured.on('data', (chunk: Buffer) => this.#arrived(chunk));
    secured.on('end', () => this.#over(false));
    secured.on('drain', () => this.#wake());
  }

  #arrived(chunk: Buffer): void {
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader(chunk);
      return;
    }
    if (this.#ended) return;
    const own = Buffer.from(chunk);
    this.#unread = this.#unread === null ? [own] : [...this.#unread, own];
    this.#unreadLength += chunk.length;
    if (this.#unreadLength >= READ_AHEAD_MAX || this.#unread.length >= READ_AHEAD_PIECES_MAX)
      this.#stream.pause();
  }

  #take(): Buffer | null {
    if (this.#unread === null) return null;
    const [chunk = null, ...rest] = this.#unread;
    this.#unread = rest.length > 0 ? rest : null;
    this.#unreadLength -= chunk?.length ?? 0;
    if (this.#unread === null && this.#stream.isPaused()) this.#stream.resume();
    return chunk;
  }

  #over(closed: boolean): void {
    this.#ended = true;
    if (closed) {
      this.#closed = true;
      this.#wake();
    }
    const reader = this.#reader;
    this.#reader = null;
    reader?.(null);
  }

  #wake(): void {
    const drained = this.#drained;
    this.#drained = null;
    drained?.();
  }
}

/**
 * The same connection on a socket that reads into `READ_INTO`. Node.js offers that (`onread`) to who makes the socket, and a
 * server makes its own; so the handle is moved. Should a release have none to move, reading costs a buffer each time.
 */
function readingInto(accepted: Socket, arrived: (chunk: Buffer) => void): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null) {
    accepted.on('data', arrived);
    return accepted.resume();
  }
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  const callback = (octets: number): boolean => {
    arrived(READ_INTO.subarray(0, octets));
    return true;
  };
  const options = { handle, allowHalfOpen: true, onread: { buffer: READ_INTO, callback } };
  return new Socket(options as unknown as SocketConstructorOpts); // its type knows no handle of a connection
}

function ignore(): void {}
