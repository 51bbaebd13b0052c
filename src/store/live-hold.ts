/** One message's hold. It knows its own figures; the ledger that made it keeps the sums. */
import { assert } from '../base/assert.ts';
import type { HoldRefusal, Lane } from '../policy/admission.ts';
import type { Hold } from './space-ledger.ts';

/** The sums, as a hold sees them. */
export interface HoldBooks {
  /** Another `octets` for this hold, or why not: all of them or none. */
  take(hold: LiveHold, octets: number): HoldRefusal | null;
  land(hold: LiveHold, octets: number): void;
  give(hold: LiveHold): void;
}

export interface HoldTerms {
  readonly client: string;
  readonly lane: Lane;
  /** Beside the message's own octets; stays reserved to the end. */
  readonly overhead: number;
  readonly step: number;
  /** The largest message of this lane. */
  readonly octetsMax: number;
}

export class LiveHold implements Hold {
  reserved = 0;
  written = 0;
  released = false;
  refusal: HoldRefusal | null = null;
  readonly terms: HoldTerms;
  readonly #books: HoldBooks;

  constructor(terms: HoldTerms, books: HoldBooks) {
    this.terms = terms;
    this.#books = books;
  }

  /** Promised and not yet on the disk. */
  get held(): number {
    return Math.max(0, this.reserved - this.written);
  }

  cover(octets: number): boolean {
    const missing = octets + this.terms.overhead - this.reserved;
    if (missing <= 0 || this.refusal !== null) return this.refusal === null;
    assert(!this.released, 'a hold that was released covers nothing');
    const { step, octetsMax } = this.terms;
    const growth = Math.ceil(missing / step) * step;
    this.refusal = octets > octetsMax ? 'storage-full' : this.#books.take(this, growth);
    return this.refusal === null;
  }

  landed(octets: number): void {
    assert(!this.released, 'octets landed after their hold was released');
    assert(octets >= this.written, 'octets that landed have vanished');
    this.#books.land(this, octets);
  }

  release(): void {
    if (this.released) return;
    this.#books.give(this);
    this.released = true;
  }
}
