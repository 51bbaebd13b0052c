/**
 * A receiving server that does what a test says, and what RFC 5321 says where the test says nothing. It writes down what it heard.
 * Whatever is scripted, it listens on loopback alone.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TestCertificate } from './test-certificates.ts';

/** `null`: silence. */
type Said = string | Uint8Array | null;

export interface Heard {
  /** Which connection, from 1. */
  readonly connection: number;
  readonly line: string;
  readonly secured: boolean;
}

export interface Received {
  readonly connection: number;
  readonly mail: string;
  readonly recipients: readonly string[];
  readonly text: string;
  readonly how: 'data' | 'bdat';
}

export interface PeerScript {
  readonly protocol?: 'smtp' | 'lmtp';
  readonly extensions?: readonly string[];
  readonly certificate?: TestCertificate;
  /** TLS from the first octet. */
  readonly implicitTls?: boolean;
  /** On a Unix socket instead of a port. */
  readonly path?: string;
  /** Octets it says in all; then it closes. */
  readonly octetsMax?: number;
  /** Says each octet by itself. */
  readonly drips?: boolean;
  /** Instead of the usual greeting. */
  greet?(talk: Talk): Said;
  /** Instead of the usual answer to a line; `undefined`: the usual one. */
  answer?(line: string, talk: Talk): Said | undefined;
  /** Instead of 250 to the end of the data. In LMTP once for each recipient. */
  take?(received: Received, talk: Talk): Said | undefined;
  /** For each piece of mail data, as it came. */
  data?(octets: Buffer, talk: Talk): void;
}

export class HostilePeer implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly received: Received[] = [];
  connections = 0;
  /** Octets it said until the first QUIT. */
  saidBeforeQuit = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #talks = new Set<Talk>();
  readonly #path: string | undefined;

  private constructor(server: Server, path: string | undefined) {
    this.#server = server;
    this.#path = path;
  }

  static async listen(script: PeerScript = {}): Promise<HostilePeer> {
    const server = createServer({ noDelay: true });
    const peer = new HostilePeer(server, script.path);
    server.on('connection', (socket) => {
      peer.#sockets.add(socket);
      socket.on('close', () => peer.#sockets.delete(socket));
      peer.#talks.add(new Talk(peer, socket, script));
    });
    if (script.path === undefined) server.listen(0, '127.0.0.1');
    else server.listen(script.path);
    await once(server, 'listening');
    return peer;
  }

  get port(): number {
    return this.#path === undefined ? (this.#server.address() as AddressInfo).port : 0;
  }

  /** Verbs in the order in which they came. */
  get verbs(): string {
    return this.heard.map(({ line }) => line.split(/[ :]/)[0]?.toUpperCase()).join(' ');
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Everybody has gone, and all they said has been heard. */
  async left(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/** One connection of it. */
export class Talk {
  readonly number: number;
  socket: Socket;
  secured = false;
  /** Hears nothing more. */
  dead = false;
  mail = '';
  recipients: string[] = [];
  /** Transactions so far. */
  mails = 0;
  readonly #peer: HostilePeer;
  readonly #script: PeerScript;
  #saidOctets = 0;
  #quits = false;
  #unread: Buffer = Buffer.alloc(0);
  #mode: 'lines' | 'data' | { readonly chunk: number; readonly last: boolean } = 'lines';
  #text: Buffer[] = [];

  constructor(peer: HostilePeer, socket: Socket, script: PeerScript) {
    this.#peer = peer;
    this.#script = script;
    this.number = ++peer.connections;
    this.socket = socket;
    if (script.implicitTls === true) this.#secure();
    else this.#listen();
    this.say(script.greet === undefined ? '220 peer.example ESMTP\r\n' : script.greet(this));
  }

  say(said: Said): void {
    if (said === null || !this.socket.writable) return;
    const { octetsMax = Infinity, drips = false } = this.#script;
    const octets = Buffer.from(said).subarray(0, octetsMax - this.#saidOctets);
    this.#saidOctets += octets.length;
    if (!this.#quits) this.#peer.saidBeforeQuit += octets.length;
    if (!drips) this.socket.write(octets);
    else for (const octet of octets) this.socket.write(Uint8Array.of(octet));
    if (this.#saidOctets >= octetsMax) this.socket.end();
  }

  #listen(): void {
    this.socket.on('error', () => {});
    this.socket.on('data', (octets: Buffer) => {
      this.#unread = this.#unread.length === 0 ? octets : Buffer.concat([this.#unread, octets]);
      while (this.#step());
    });
  }

  #step(): boolean {
    if (this.#unread.length === 0 || this.dead) return false;
    if (this.#mode === 'data') return this.#stepData();
    if (this.#mode !== 'lines') return this.#stepChunk(this.#mode);
    const end = this.#unread.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#unread.subarray(0, end).toString();
    this.#unread = this.#unread.subarray(end + 2);
    this.#peer.heard.push({ connection: this.number, line, secured: this.secured });
    this.#obey(line);
    return true;
  }

  #obey(line: string): void {
    if (line === 'QUIT') this.#quits = true;
    const scripted = this.#script.answer?.(line, this);
    const verb = line.split(/[ :]/)[0]?.toUpperCase() ?? '';
    const said = scripted === undefined ? this.#usual(verb) : scripted;
    this.say(said);
    const accepted = typeof said === 'string' && /^[23]/.test(said);
    if (verb === 'BDAT') {
      const [, size = '0', last] = line.split(' ');
      this.#mode = { chunk: Number(size), last: last !== undefined };
    }
    if (!accepted) return;
    if (verb === 'MAIL') {
      this.mail = line;
      this.recipients = [];
      this.mails++;
    } else if (verb === 'RCPT') this.recipients.push(/<(.*?)>/.exec(line)?.[1] ?? '');
    else if (verb === 'DATA' && said.startsWith('354')) this.#mode = 'data';
    else if (verb === 'STARTTLS') this.#secure();
    else if (verb === 'QUIT') this.socket.end();
  }

  #usual(verb: string): Said {
    const { extensions = ['PIPELINING', '8BITMIME', 'SIZE 0'] } = this.#script;
    switch (verb) {
      case 'EHLO':
      case 'LHLO':
        return ['peer.example', ...extensions.filter((word) => !this.secured || word !== 'STARTTLS')]
          .map((word, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${word}\r\n`)
          .join('');
      case 'RCPT':
        return this.mail === '' ? '503 5.5.1 MAIL first\r\n' : '250 ok\r\n';
      case 'DATA':
        return this.recipients.length > 0 ? '354 go on\r\n' : '503 5.5.1 no recipients\r\n';
      case 'QUIT':
        return '221 bye\r\n';
      case 'STARTTLS':
        return '220 go on\r\n';
      case 'BDAT':
        return null;
      default:
        return '250 ok\r\n';
    }
  }

  #stepData(): boolean {
    this.#script.data?.(this.#unread, this);
    const all = Buffer.concat([...this.#text, this.#unread]);
    const end = all.subarray(0, 3).equals(Buffer.from('.\r\n')) ? 0 : all.indexOf('\r\n.\r\n') + 2;
    if (end === 1) {
      this.#text = [all];
      this.#unread = Buffer.alloc(0);
      return false;
    }
    this.#unread = all.subarray(end + 3);
    this.#text = [];
    this.#taken(
      all.subarray(0, end).toString('latin1').replaceAll('\r\n..', '\r\n.').replace(/^\.\./, '.'),
      'data',
    );
    return true;
  }

  #stepChunk({ chunk, last }: { readonly chunk: number; readonly last: boolean }): boolean {
    if (this.#unread.length < chunk) return false;
    const text = this.#unread.subarray(0, chunk).toString('latin1');
    this.#unread = this.#unread.subarray(chunk);
    if (last) this.#taken(text, 'bdat');
    else this.say('250 ok\r\n');
    return true;
  }

  #taken(text: string, how: 'data' | 'bdat'): void {
    this.#mode = 'lines';
    const { mail, recipients } = this;
    const times = this.#script.protocol === 'lmtp' ? recipients : [recipients];
    for (const each of times) {
      const names = typeof each === 'string' ? [each] : each;
      const received = { connection: this.number, mail, recipients: names, text, how };
      const usual = names.length === 0 ? '554 5.5.1 nobody\r\n' : '250 2.0.0 taken\r\n';
      const said = this.#script.take?.(received, this);
      const answer = said === undefined ? usual : said;
      if (typeof answer === 'string' && answer.startsWith('2')) this.#peer.received.push(received);
      this.say(answer);
    }
    this.recipients = [];
    this.mail = '';
  }

  #secure(): void {
    const { certificate } = this.#script;
    if (certificate === undefined) return;
    this.socket.removeAllListeners('data');
    const secured = new TLSSocket(this.socket, { isServer: true, ...certificate });
    this.socket = secured;
    this.secured = true;
    this.#listen();
  }
}
