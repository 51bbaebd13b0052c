/** Clients that send all kinds of mail at once, and write into the ledger what they were told, until the server is gone. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';
import { makeMail } from './mail.ts';
import { SmtpClient } from './smtp-client.ts';
import type { TestServer } from './server.ts';

export interface LoadOptions {
  /** In front of each id, so that no two loads use the same. */
  readonly name: string;
  readonly clients: number;
  readonly recipients: readonly string[];
  /** Octets of messages, in turn. */
  readonly sizes: readonly number[];
  /** Messages of one connection. */
  readonly perConnection?: number;
  /** How many each client sends at most. */
  readonly perClient?: number;
  /** The server's answers to failed mail. */
  readonly refusals?: (wire: string) => void;
}

/** Mostly small, some middling, and now and then one that gets a file of its own. */
export const MIXED_SIZES: readonly number[] = [
  ...Array.from({ length: 16 }, () => 1024),
  ...Array.from({ length: 9 }, () => 10 * 1024),
  2 * 1024 * 1024,
];

export class Load {
  readonly #server: TestServer;
  readonly #ledger: Ledger;
  readonly #options: LoadOptions;
  readonly #clients: readonly Promise<void>[];
  #stopped = false;
  #turn = 0;

  constructor(server: TestServer, ledger: Ledger, options: LoadOptions) {
    this.#server = server;
    this.#ledger = ledger;
    this.#options = options;
    this.#turn = Math.floor(Math.random() * options.sizes.length);
    this.#clients = Array.from({ length: options.clients }, (_, client) => this.#carry(client));
  }

  /** Resolves when each client has sent all it was to send, or the server is gone. */
  async ended(): Promise<void> {
    await Promise.all(this.#clients);
  }

  /** No more messages are begun. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ended();
  }

  async #carry(client: number): Promise<void> {
    const { perConnection = 20, perClient = Infinity } = this.#options;
    for (let n = 0; n < perClient && !this.#stopped && this.#server.running;) {
      try {
        using connection = await SmtpClient.open(this.#server.port);
        for (let i = 0; i < perConnection && n < perClient && !this.#stopped; i++, n++)
          await this.#send(connection, `${client}.${n}`);
      } catch {
        n++; // cut off: the ledger has no answer for that one
        await pause(2);
      }
    }
  }

  async #send(connection: SmtpClient, number: string): Promise<void> {
    const { name, recipients, sizes } = this.#options;
    const turn = this.#turn++;
    const to = recipients.filter(
      (_, i) => i === turn % recipients.length || (turn % 4 === 0 && i === (turn + 1) % recipients.length),
    );
    const mail = makeMail(`${name}.${number}`, sizes[turn % sizes.length] ?? 1024);
    this.#ledger.sending(mail.id, to);
    const { recipients: heard, last } = await connection.mail({
      to,
      text: mail.text,
      how: turn % 3 === 0 ? 'bdat' : 'data',
    });
    const accepted = to.filter((_, i) => heard[i]?.code === '250');
    if (last.code === '250') this.#ledger.acknowledged(mail.id, accepted);
    else {
      this.#ledger.refused(mail.id);
      this.#options.refusals?.(last.wire);
    }
  }
}

/** A manager who deletes some of the messages, a few at a time, while mail comes in. */
export async function deleteSome(server: TestServer, ledger: Ledger, times: number): Promise<void> {
  for (let i = 0; i < times && server.running; i++) {
    const [first, ...others] = ledger.copies.slice(i);
    if (first === undefined) return;
    const going = [first, ...others.filter(({ address }) => address === first.address).slice(0, 4)];
    ledger.leaving(going);
    try {
      await server.control.remove({ address: first.address, uids: going.map(({ uid }) => uid).join(',') });
      ledger.gone(going);
    } catch {
      return; // the server is gone; they may be gone too
    }
  }
}

/** All messages that are known go, so that a long run stays fast. */
export async function deleteAll(server: TestServer, ledger: Ledger): Promise<void> {
  for (const [address, copies] of Map.groupBy(ledger.copies, (copy) => copy.address)) {
    ledger.leaving(copies);
    await server.control.remove({ address, largerThan: '0' });
    ledger.gone(copies);
  }
}
