/**
 * A connection to a peer: lines out, replies in, each wait bounded. It counts which replies are owed, so that what a peer says before
 * it was asked is never taken for an answer.
 */
import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { type HeardReply, ReplyReceiver } from '../replies/heard-reply.ts';
import type { Clock } from '../world/clock.ts';
import type { Network, Secured, SecureOptions, Wire, WireError } from '../world/network.ts';
import type { NextHop } from './next-hops.ts';

export type Heard =
  | { readonly type: 'reply'; readonly reply: HeardReply }
  | { readonly type: 'ended'; readonly error: WireError };

const LF = 0x0a;
/** Replies that nobody asked for, after which nobody listens any more. */
const STRAYS_MAX = 10;

export class ClientConnection {
  /** `name[address]`, for people. */
  readonly host: string;
  readonly #clock: Clock;
  readonly #wire: Wire;
  #receiver = new ReplyReceiver();
  readonly #replies: HeardReply[] = [];
  #owed = 0;
  /** In the middle of a line. */
  #midLine = false;
  #stray: HeardReply | null = null;
  #strays = 0;
  #ended: WireError | null = null;
  #secured = false;
  #deadline = Infinity;
  /** Cuts off every wait, whatever it is for. */
  #limit = Infinity;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #drains = true;
  #wake: (() => void) | null = null;

  constructor(hop: NextHop, network: Network, clock: Clock) {
    this.host = hostOf(hop);
    this.#clock = clock;
    this.#wire = network.connect(hop, {
      heard: (octets) => this.#hear(octets),
      drained: () => {
        this.#drains = true;
        this.#wakeUp();
      },
      closed: (error) => this.#end(error),
    });
  }

  /** `null`: it is there. */
  async made(timeoutMs: number): Promise<WireError | null> {
    this.#wakeBy(timeoutMs);
    const error = await this.#wire.ready;
    this.#deadline = Infinity;
    return this.#ended ?? error;
  }

  get secured(): boolean {
    return this.#secured;
  }

  /** No more can be said. */
  get ended(): WireError | null {
    return this.#ended;
  }

  /** A reply to nothing we said, such as 421 before the peer closes. */
  get stray(): HeardReply | null {
    return this.#stray;
  }

  /** All waits from here on end by then. */
  limitTo(ms: number): void {
    this.#limit = this.#clock.elapsed() + ms;
  }

  /** The peer owes so many replies more. */
  owe(replies: number): void {
    this.#owed += replies;
  }

  /** False: `drained` before more is sent. */
  send(what: string | readonly Uint8Array[]): boolean {
    if (this.#ended !== null) return true;
    this.#drains = this.#wire.write(what);
    return this.#drains;
  }

  /** Until the peer has taken what was sent, or said something out of turn, or is gone. */
  async drained(timeoutMs: number): Promise<void> {
    while (!this.#drains && this.#ended === null && this.#stray === null) await this.#woken(timeoutMs);
    this.#deadline = Infinity;
  }

  /** The next reply that is owed. What had been said before the connection ended still comes. */
  reply(timeoutMs: number): Awaitable<Heard> {
    return this.#next() ?? this.#awaitReply(timeoutMs);
  }

  /** RFC 3207 §4.2. What came in clear behind the reply to STARTTLS may be of somebody on the way: it ends the connection. */
  async secure(options: SecureOptions, timeoutMs: number): Promise<Secured> {
    if (this.#midLine || this.#stray !== null || this.#replies.length > 0) {
      this.destroy();
      return { ok: false, text: 'the peer spoke in clear after its reply to STARTTLS' };
    }
    assert(this.#owed === 0, 'STARTTLS with replies outstanding');
    this.#receiver = new ReplyReceiver();
    this.#wakeBy(timeoutMs);
    const secured = await this.#wire.secure(options);
    this.#deadline = Infinity;
    if (this.#ended === 'timeout') return { ok: false, text: 'the handshake took too long' };
    if (this.#ended !== null && secured.ok) return { ok: false, text: `the connection was ${this.#ended}` };
    this.#secured = secured.ok;
    return secured;
  }

  /** Says QUIT, and goes: what the peer says to that changes nothing. */
  quit(timeoutMs: number): void {
    if (this.#ended !== null) return;
    this.#wire.write('QUIT\r\n');
    this.#wire.end();
    const wire = this.#wire;
    this.#end('closed');
    this.#clock.after(timeoutMs, () => wire.destroy());
  }

  destroy(): void {
    this.#end('closed');
    this.#wire.destroy();
  }

  #next(): Heard | null {
    const reply = this.#replies.shift();
    if (reply !== undefined) return { type: 'reply', reply };
    // Silence is only waited for while there is somebody.
    if (this.#ended !== null) return { type: 'ended', error: this.#ended };
    return null;
  }

  async #awaitReply(timeoutMs: number): Promise<Heard> {
    for (;;) {
      const heard = this.#next();
      if (heard !== null) {
        this.#deadline = Infinity;
        return heard;
      }
      await this.#woken(timeoutMs);
    }
  }

  #hear(octets: Uint8Array): void {
    if (this.#ended !== null) return;
    this.#midLine = octets[octets.length - 1] !== LF;
    for (const reply of this.#receiver.take(octets)) this.#sort(reply);
    if (this.#receiver.overflown || this.#strays > STRAYS_MAX) this.destroy();
    else this.#wakeUp();
  }

  #sort(reply: HeardReply): void {
    if (this.#owed > 0) {
      this.#owed--;
      this.#replies.push(reply);
      return;
    }
    this.#stray ??= reply;
    this.#strays++;
  }

  #end(error: WireError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#timer?.cancel();
    this.#timer = null;
    this.#wakeUp();
  }

  #woken(timeoutMs: number): Promise<void> {
    if (this.#deadline === Infinity) this.#wakeBy(timeoutMs);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** A deadline moves with every reply; the timer behind it is set anew only when it rings too early. */
  #wakeBy(timeoutMs: number): void {
    this.#deadline = Math.min(this.#clock.elapsed() + timeoutMs, this.#limit);
    if (this.#timer !== null && this.#timer.at <= this.#deadline) return;
    this.#timer?.cancel();
    this.#arm(this.#deadline);
  }

  #arm(at: number): void {
    const cancel = this.#clock.after(Math.max(at - this.#clock.elapsed(), 0), () => {
      this.#timer = null;
      if (this.#deadline === Infinity || this.#ended !== null) return;
      if (this.#deadline > this.#clock.elapsed()) return this.#arm(this.#deadline);
      this.#end('timeout');
      this.#wire.destroy();
    });
    this.#timer = { at, cancel };
  }
}

export function hostOf({ name, address }: Pick<NextHop, 'name' | 'address'>): string {
  const literal = `[${address}]`;
  return name === address || name === literal ? literal : name + literal;
}
