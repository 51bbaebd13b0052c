/** A server that takes mail for everybody, on a real socket, and remembers what it said 250 to, and what it was told after that. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SimRandom } from '../../src/world/sim/random.ts';
import { PeerTalk, type Temper, type TransactionFacts } from '../queue/week-peers.ts';
import { recognise } from '../support/mail.ts';

/** A transaction that it said 250 to. */
export interface Acceptance {
  /** The number of kills before it. */
  readonly round: number;
  /** The client said something after it: so it had the reply, and had settled what came of it. */
  known: boolean;
}

const REPLY_MS_MAX = 12;
const EXTENSIONS = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES'];

export class QueueSink implements AsyncDisposable {
  round = 0;
  /** By `message recipient`. */
  readonly accepted = new Map<string, Acceptance[]>();
  /** Message-IDs of reports, by the recipient that failed. */
  readonly returned = new Map<string, Set<string>>();
  readonly faults: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #random = new SimRandom(1);

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#talk(socket));
  }

  static async listen(): Promise<QueueSink> {
    const server = createServer({ noDelay: true });
    const sink = new QueueSink(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections just now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Whoever was killed is gone here, too. */
  async left(): Promise<void> {
    const closing = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    await Promise.all(closing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #talk(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    let last: Acceptance | null = null;
    const talk = new PeerTalk(
      {
        write: (text) => void socket.write(text),
        end: () => void socket.end(),
        reset: () => void socket.resetAndDestroy(),
      },
      this.#temper(),
      {
        random: this.#random,
        now: () => performance.now(),
        after: (ms, act) => void setTimeout(act, ms),
        take: (facts) => {
          last = { round: this.round, known: false };
          this.#take(facts, last);
          return '250 2.0.0 taken';
        },
      },
    );
    socket.on('data', (octets: Buffer) => {
      if (last !== null) last.known = true;
      last = null;
      talk.heard(octets);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      talk.ended();
    });
  }

  #temper(): Temper {
    return {
      extensions: EXTENSIONS,
      rcpt: (recipient) => (recipient.startsWith('no.') ? '550 5.1.1 No such mailbox' : undefined),
      slowMs: this.#random.below(REPLY_MS_MAX),
    };
  }

  #take({ recipients, text }: TransactionFacts, acceptance: Acceptance): void {
    const mail = recognise(Buffer.from(text, 'latin1'));
    if (mail === null) return this.#takeReport(text);
    if (!mail.whole) this.faults.push(`${mail.id} arrived changed`);
    for (const recipient of recipients) {
      const key = `${mail.id} ${recipient}`;
      const before = this.accepted.get(key);
      if (before === undefined) this.accepted.set(key, [acceptance]);
      else before.push(acceptance);
    }
  }

  #takeReport(text: string): void {
    const id = /^Message-ID: <([^>]+)>/im.exec(text)?.[1];
    const failed = [...text.matchAll(/^Final-Recipient: rfc822; ?(\S+)\r\nAction: failed/gm)];
    if (id === undefined || failed.length === 0) this.faults.push(`neither mail nor a report: ${text}`);
    for (const { 1: recipient = '' } of failed) {
      const ids = this.returned.get(recipient) ?? new Set();
      this.returned.set(recipient, ids.add(id ?? ''));
    }
  }
}
