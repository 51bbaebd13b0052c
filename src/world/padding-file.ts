/** A file that only takes room: blocks really written, so that removing it really gives room back. */
import { randomFillSync } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';

const PIECE = 2 ** 20;

export class PaddingFile {
  readonly path: string;
  #octets = 0;
  /** Not zeros: a file system that compresses would keep nothing of them. */
  #piece: Uint8Array | null = null;

  constructor(path: string) {
    this.path = path;
  }

  get octets(): number {
    return this.#octets;
  }

  /** Looks how much of it an earlier life has left. */
  async find(): Promise<void> {
    this.#octets = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** One more piece, synced, but at most up to `target` octets in all. False: it would not go. */
  async grow(target: number): Promise<boolean> {
    const octets = Math.min(PIECE, target - this.#octets);
    this.#piece ??= randomFillSync(new Uint8Array(PIECE));
    try {
      await using file = await open(this.path, this.#octets === 0 ? 'w' : 'r+');
      const { bytesWritten } = await file.write(this.#piece, 0, octets, this.#octets);
      await file.datasync();
      this.#octets += bytesWritten;
      return bytesWritten === octets;
    } catch {
      return false; // the disk is full or fails: then there is no room to take
    } finally {
      if (this.#octets >= target) this.#piece = null;
    }
  }

  /** Octets given back: 0 when it would not go. */
  async remove(): Promise<number> {
    const octets = this.#octets;
    const gone = await rm(this.path, { force: true }).then(
      () => true,
      () => false,
    );
    if (!gone) return 0;
    this.#octets = 0;
    return octets;
  }
}
