/** A volume of which only a part may be used: it looks as if it had that size. */
import type { Volume, VolumeSample } from './volume.ts';

export class CappedVolume implements Volume {
  readonly #inner: Volume;
  readonly #capacity: number;
  readonly #used: () => Promise<number>;

  /** `used` tells how many octets of the volume are ours by now. */
  constructor(inner: Volume, capacity: number, used: () => Promise<number>) {
    this.#inner = inner;
    this.#capacity = capacity;
    this.#used = used;
  }

  async sample(): Promise<VolumeSample> {
    const [inner, used] = await Promise.all([this.#inner.sample(), this.#used()]);
    // A file system that tells nothing has a size of 0; the cap is then all that is known.
    const known = inner.size > 0;
    const left = Math.max(0, this.#capacity - used);
    return {
      ...inner,
      size: known ? Math.min(inner.size, this.#capacity) : this.#capacity,
      available: known ? Math.min(inner.available, left) : left,
    };
  }
}
