/**
 * When a session is cut, in ticks of the watch: RFC 5321 §4.5.3.2. A peer has so long for a command, for some octets of mail data,
 * for taking its replies, and for its whole session. While it waits for us, no time of its runs.
 */
import type { SessionLimits } from './server-context.ts';
import type { SessionWatch } from './session-watch.ts';

/** Seconds a peer gets to hear our last words. */
const LINGER = 5;
/** Seconds a peer gets to take its replies. */
const REPLY_TIMEOUT = 60;
/** Seconds for which data that is refused already is read on, so that its end is found. */
const DISCARD_MAX = 600;

export class SessionDeadline {
  /** 0 is never. */
  at = 0;
  readonly #watch: SessionWatch;
  readonly #limits: SessionLimits;
  readonly #bornAt: number;
  /** Octets of mail data when the present window of `dataTimeout` began. */
  #windowBegan = 0;
  /** The tick at which the mail data that comes was found to be refused; 0: it is not. */
  #discardingSince = 0;

  constructor(watch: SessionWatch, limits: SessionLimits) {
    this.#watch = watch;
    this.#limits = limits;
    this.#bornAt = watch.tick;
  }

  /** A command is waited for. */
  forCommand(): void {
    this.at = Math.min(
      this.#watch.tick + this.#limits.commandTimeout,
      this.#bornAt + this.#limits.sessionTimeout,
    );
  }

  /** Mail data is waited for, of which `received` octets are there. */
  forData(received: number): void {
    this.#windowBegan = received;
    this.at = this.#watch.tick + this.#limits.dataTimeout;
  }

  /** The peer is to take its replies. */
  forReplies(): void {
    this.at = this.#watch.tick + REPLY_TIMEOUT;
  }

  /** We are the slow one. */
  forUs(): void {
    this.at = 0;
  }

  /** All is said. */
  forGoing(): void {
    this.at = this.#watch.tick + LINGER;
  }

  /** Whether the window brought enough, now that it is over. */
  movedEnough(received: number): boolean {
    return received - this.#windowBegan >= this.#limits.dataRateMin * this.#limits.dataTimeout;
  }

  get sessionIsOver(): boolean {
    return this.#watch.tick - this.#bornAt >= this.#limits.sessionTimeout;
  }

  /** When the command that is waited for began to be, in ticks. */
  get idleSince(): number {
    return this.at - this.#limits.commandTimeout;
  }

  /** New mail data begins. */
  dataBegins(): void {
    this.#discardingSince = 0;
  }

  /** Data that is refused came again: has that gone on for too long? */
  discardsTooLong(): boolean {
    if (this.#discardingSince === 0) this.#discardingSince = this.#watch.tick;
    return this.#watch.tick - this.#discardingSince >= DISCARD_MAX;
  }
}
