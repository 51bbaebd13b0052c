/** A mail object on its way to peers: a small one is in memory, a big one is read from the store each time it is sent. */
import { DataSender, TextInspector } from '../smtp/client-data.ts';
import type { QueueEntry, QueueStore, QueuedText } from '../store/queue-store.ts';

/** Octets up to which a mail object is held while its errand lasts. */
const SMALL_MAX = 128 * 1024;
/** Pieces of one write, beyond which they are copied together. */
const PIECES_MAX = 16;

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly text: string };

export class Cargo {
  readonly size: number;
  /** All of it; `null`: it is big. */
  readonly small: Uint8Array | null;
  readonly #entry: QueueEntry;
  readonly #queue: Pick<QueueStore, 'readQueued'>;
  #inspected: TextInspector | null = null;

  private constructor(
    entry: QueueEntry,
    queue: Pick<QueueStore, 'readQueued'>,
    text: { readonly size: number; readonly small: Uint8Array | null },
  ) {
    this.#entry = entry;
    this.#queue = queue;
    this.size = text.size;
    this.small = text.small;
  }

  static async load(entry: QueueEntry, queue: Pick<QueueStore, 'readQueued'>): Promise<Reading<Cargo>> {
    const read = await open(entry, queue);
    if (!read.ok) return read;
    const { size, chunks } = read.value;
    if (size > SMALL_MAX) return { ok: true, value: new Cargo(entry, queue, { size, small: null }) };
    const gathered = await gather(chunks, size);
    return gathered.ok
      ? { ok: true, value: new Cargo(entry, queue, { size, small: gathered.value }) }
      : gathered;
  }

  /** Hands out all of it, in order. `take` says whether to go on. */
  async each(take: (chunk: Uint8Array) => boolean | Promise<boolean>): Promise<Reading<'all' | 'stopped'>> {
    if (this.small !== null) return { ok: true, value: (await take(this.small)) ? 'all' : 'stopped' };
    const read = await open(this.#entry, this.#queue);
    if (!read.ok) return read;
    let octets = 0;
    try {
      for await (const chunk of read.value.chunks) {
        octets += chunk.length;
        if (!(await take(chunk))) return { ok: true, value: 'stopped' };
      }
    } catch (error) {
      return { ok: false, text: wordsOf(error) };
    }
    return octets === this.size ? { ok: true, value: 'all' } : shorter(octets, this.size);
  }

  /** What its text needs of a peer. */
  async inspect(): Promise<Reading<TextInspector>> {
    if (this.#inspected !== null) return { ok: true, value: this.#inspected };
    const inspector = new TextInspector();
    const read = await this.each((chunk) => {
      inspector.push(chunk);
      return true;
    });
    if (!read.ok) return read;
    inspector.end();
    this.#inspected = inspector;
    return { ok: true, value: inspector };
  }

  /** A small one as mail data with their end; `null`: it must not be sent as lines of text. */
  stuffed(): readonly Uint8Array[] | null {
    const pieces: Uint8Array[] = [];
    const sender = new DataSender();
    if (this.small !== null) sender.push(this.small, (piece) => pieces.push(piece));
    pieces.push(sender.end());
    return sender.bareLineEnd ? null : joined(pieces);
  }
}

/** Few pieces stay views; many cost more to send than to copy. */
export function joined(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return pieces.length > PIECES_MAX ? [Buffer.concat(pieces)] : pieces;
}

async function open(entry: QueueEntry, queue: Pick<QueueStore, 'readQueued'>): Promise<Reading<QueuedText>> {
  try {
    const read = await queue.readQueued(entry);
    if (read.ok) return read;
    return { ok: false, text: `the message cannot be read: ${read.failure.type}` };
  } catch (error) {
    return { ok: false, text: wordsOf(error) };
  }
}

async function gather(chunks: AsyncIterable<Uint8Array>, size: number): Promise<Reading<Uint8Array>> {
  const gathered: Uint8Array[] = [];
  let octets = 0;
  try {
    for await (const chunk of chunks) {
      gathered.push(chunk);
      octets += chunk.length;
      if (octets > size) break;
    }
  } catch (error) {
    return { ok: false, text: wordsOf(error) };
  }
  const [first] = gathered;
  if (octets !== size) return shorter(octets, size);
  return { ok: true, value: gathered.length === 1 && first !== undefined ? first : Buffer.concat(gathered) };
}

function shorter(octets: number, size: number): { readonly ok: false; readonly text: string } {
  return { ok: false, text: `the message cannot be read: ${octets} octets came of ${size}` };
}

function wordsOf(error: unknown): string {
  return `the message cannot be read: ${error instanceof Error ? error.name : 'failed'}`;
}
