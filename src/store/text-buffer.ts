/**
 * Text on its way to the disk, copied into blocks that are used again and again: the network reads the next octets into the
 * memory of the last ones, and a peer that drips octets must not cost an object for each.
 */

const BLOCK_OCTETS = 16 * 1024;
/** Blocks that wait for their next use: the mail of some hundred sessions at once. */
const FREE_BLOCKS_MAX = 512;

export class BlockPool {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_OCTETS);
  }

  give(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) if (this.#free.length < FREE_BLOCKS_MAX) this.#free.push(block);
  }
}

/** What was taken out of a buffer. Its blocks go back to the pool when the views have been written, or given up. */
export interface Text {
  readonly views: readonly Uint8Array[];
  readonly blocks: readonly Uint8Array[];
}

export class TextBuffer {
  octets = 0;
  readonly #pool: BlockPool;
  #views: Uint8Array[] = [];
  #blocks: Uint8Array[] = [];
  #block: Uint8Array | null = null;
  #from = 0;
  #end = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  add(text: Uint8Array): void {
    this.octets += text.length;
    let at = 0;
    while (at < text.length) {
      const block = this.#block !== null && this.#end < BLOCK_OCTETS ? this.#block : this.#nextBlock();
      const until = Math.min(text.length, at + BLOCK_OCTETS - this.#end);
      block.set(at === 0 && until === text.length ? text : text.subarray(at, until), this.#end);
      this.#end += until - at;
      at = until;
    }
  }

  /** All of it; the buffer is empty then. */
  take(): Text {
    this.#closeView();
    const text = { views: this.#views, blocks: this.#blocks };
    this.#views = [];
    this.#blocks = [];
    this.#block = null;
    this.octets = 0;
    return text;
  }

  #nextBlock(): Uint8Array {
    this.#closeView();
    const block = this.#pool.take();
    this.#blocks.push(block);
    this.#block = block;
    this.#from = 0;
    this.#end = 0;
    return block;
  }

  /** What was copied so far is a view; the block goes on behind it. */
  #closeView(): void {
    if (this.#block === null || this.#end === this.#from) return;
    this.#views.push(this.#block.subarray(this.#from, this.#end));
    this.#from = this.#end;
  }
}
