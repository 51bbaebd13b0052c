/** How a peer behaves: errors and HELPs of one session are counted, slowed, and in the end too many. RFC 5321 §7.8. */
import { reply, type Reply } from '../replies/register.ts';

export interface ConductLimits {
  /** Refused commands in a session, but for those that another attempt mends. */
  readonly errorMax: number;
  readonly helpFree: number;
  readonly helpMax: number;
}

/** What to do after a reply: nothing, wait a moment before it goes out, or close with another one. */
type Consequence = 'none' | 'slow-down' | Reply;

/**
 * What a client hears that sent a whole group of commands before it could know that an early one was refused (RFC 2920 §3.1):
 * behind a refusal they are its echo, and no errors.
 */
const ECHOES: ReadonlySet<string> = new Set(['mail-first', 'no-valid-recipients', 'chunk-refused']);
/** Said to each one beyond the limit; those within it are kept, so the session must live. */
const BEYOND_LIMIT = 'recipients-forbidden';

export class Conduct {
  readonly #limits: ConductLimits;
  /** In halves: an unknown topic is half an error, so that a typing human stays and a fuzzer goes. */
  #errors = 0;
  #helps = 0;
  /** Nothing has succeeded since a command was refused for what it asked for. */
  #refused = false;

  constructor(limits: ConductLimits) {
    this.#limits = limits;
  }

  after(said: Reply): Consequence {
    if (said.name === 'help' || said.name === 'help-status') return this.#helped();
    if (said.name === 'message-kept') this.#errors = 0;
    if (ECHOES.has(said.name) && this.#refused) return 'none';
    this.#refused = isRefusal(said) && !ECHOES.has(said.name);
    if (!said.code.startsWith('5') || said.name === BEYOND_LIMIT) return 'none';
    this.#errors += said.name === 'unknown-topic' ? 1 : 2;
    if (this.#errors >= 2 * this.#limits.errorMax) return reply('too-many-errors');
    return this.#errors > this.#limits.errorMax ? 'slow-down' : 'none';
  }

  #helped(): Consequence {
    this.#helps++;
    if (this.#helps >= this.#limits.helpMax) return reply('too-many-helps');
    return this.#helps > this.#limits.helpFree ? 'slow-down' : 'none';
  }
}

function isRefusal({ code }: Reply): boolean {
  return code.startsWith('4') || code.startsWith('5');
}
