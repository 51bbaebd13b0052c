/** Drives one transaction over a connection: sends what it says, hears what it waits for, and lets the mail data flow. */
import type { HeardReply } from '../replies/heard-reply.ts';
import { DataSender } from '../smtp/client-data.ts';
import type { ClientTransaction, TransactionPhase } from '../smtp/client-transaction.ts';
import type { WireError } from '../world/network.ts';
import { type Cargo, joined } from './cargo.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientTimeouts } from './client-timeouts.ts';

/** Why a transaction could not go on to its end. */
export type Stop =
  | { readonly type: 'network'; readonly error: WireError }
  /** The peer spoke when it was not asked: in the middle of the data, or ahead of time. */
  | { readonly type: 'stray'; readonly reply: HeardReply }
  /** A big message turned out to have a line end that must not be sent, when part of it was. */
  | { readonly type: 'unclean' }
  | { readonly type: 'unreadable'; readonly text: string };

export interface Load {
  readonly cargo: Cargo;
  /** A small message as it goes over the wire, with its end if it goes by DATA. Empty: it is read while it is sent. */
  readonly text: readonly Uint8Array[];
}

const NOTHING_AND_END = new TextEncoder().encode('.\r\n');

export class ClientTransfer {
  readonly #connection: ClientConnection;
  readonly #timeouts: ClientTimeouts;
  readonly #transaction: ClientTransaction;
  readonly #load: Load;

  constructor(
    connection: ClientConnection,
    timeouts: ClientTimeouts,
    transaction: ClientTransaction,
    load: Load,
  ) {
    this.#connection = connection;
    this.#timeouts = timeouts;
    this.#transaction = transaction;
    this.#load = load;
  }

  /** Until the transaction is over (`null`), or cannot go on. */
  async run(): Promise<Stop | null> {
    for (;;) {
      const want = this.#transaction.want;
      if (want.type === 'over') return null;
      const waiting = want.type === 'reply' ? this.#sendLines() : this.#sendData(want.type === 'empty-data');
      const stop = waiting instanceof Promise ? await waiting : waiting;
      if (stop !== null) return stop;
      if (want.type !== 'reply') continue;
      const coming = this.#connection.reply(this.#timeoutOf(this.#transaction.phase));
      const heard = coming instanceof Promise ? await coming : coming;
      if (heard.type === 'ended') return { type: 'network', error: heard.error };
      this.#transaction.hear(heard.reply);
    }
  }

  #sendLines(): Stop | null | Promise<Stop | null> {
    const { lines, withChunk } = this.#transaction.takeLines();
    if (lines.length === 0) return null;
    if (withChunk) return this.#sendChunk(lines.join(''), lines.length - 1);
    this.#connection.owe(lines.length);
    this.#connection.send(lines.join(''));
    return null;
  }

  async #sendChunk(lines: string, repliesBefore: number): Promise<Stop | null> {
    const { cargo, text } = this.#load;
    const begin = new TextEncoder().encode(lines);
    if (text.length > 0) {
      this.#connection.owe(repliesBefore + this.#transaction.repliesToEnd);
      this.#transaction.dataSent();
      return this.#flow([begin, ...text]);
    }
    this.#connection.owe(repliesBefore);
    this.#connection.send([begin]);
    const stop = await this.#stream(cargo, null);
    if (stop !== null) return stop;
    this.#connection.owe(this.#transaction.repliesToEnd);
    this.#transaction.dataSent();
    return null;
  }

  /** The mail data and their end; or the end alone. */
  async #sendData(empty: boolean): Promise<Stop | null> {
    const { cargo, text } = this.#load;
    if (empty) {
      this.#connection.owe(this.#transaction.repliesToEnd);
      this.#transaction.dataSent();
      return this.#flow([NOTHING_AND_END]);
    }
    let last = text;
    if (text.length === 0) {
      const sender = new DataSender();
      const stop = await this.#stream(cargo, sender);
      if (stop !== null) return stop;
      last = [sender.end()];
      if (sender.bareLineEnd) return this.#unclean();
    }
    const stop = this.#interruption();
    if (stop !== null) return stop;
    this.#connection.owe(this.#transaction.repliesToEnd);
    this.#transaction.dataSent();
    return this.#flow(last);
  }

  /** A big message, as fast as the peer takes it. */
  async #stream(cargo: Cargo, sender: DataSender | null): Promise<Stop | null> {
    let stop: Stop | null = null;
    const read = await cargo.each(async (chunk) => {
      const pieces: Uint8Array[] = [];
      if (sender === null) pieces.push(chunk);
      else sender.push(chunk, (piece) => pieces.push(piece));
      stop = sender?.bareLineEnd === true ? this.#unclean() : await this.#flow(joined(pieces));
      return stop === null;
    });
    if (stop !== null || read.ok) return stop;
    // Whatever is not whole must not look as if it were.
    this.#connection.destroy();
    return { type: 'unreadable', text: read.text };
  }

  async #flow(pieces: readonly Uint8Array[]): Promise<Stop | null> {
    if (!this.#connection.send(pieces)) await this.#connection.drained(this.#timeouts.blockMs);
    return this.#transaction.ended ? null : this.#interruption();
  }

  /** A peer that does not want any more says so in the middle of the data, and goes. */
  #interruption(): Stop | null {
    const { stray, ended } = this.#connection;
    if (stray !== null) return { type: 'stray', reply: stray };
    return ended === null ? null : { type: 'network', error: ended };
  }

  #unclean(): Stop {
    this.#connection.destroy();
    return { type: 'unclean' };
  }

  #timeoutOf(phase: TransactionPhase): number {
    const { mailMs, rcptMs, dataMs, finalDotMs } = this.#timeouts;
    return { mail: mailMs, rcpt: rcptMs, data: dataMs, 'end-of-data': finalDotMs }[phase];
  }
}
