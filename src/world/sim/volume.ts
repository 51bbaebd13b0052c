/** A volume as the script says: it is set, filled, fails and hangs by hand. */
import type { Volume, VolumeSample } from '../volume.ts';

export class SimVolume implements Volume {
  size: number;
  available: number;
  inodes = 1_000_000;
  inodesAvailable = 1_000_000;
  /** How often it was asked. */
  asked = 0;
  #mode: 'well' | 'fails' | 'hangs' = 'well';
  readonly #hanging = new Set<(sample: VolumeSample) => void>();

  constructor(size: number, available = size) {
    this.size = size;
    this.available = available;
  }

  async sample(): Promise<VolumeSample> {
    this.asked++;
    if (this.#mode === 'fails') throw new Error('this volume fails');
    if (this.#mode === 'hangs') {
      return new Promise<VolumeSample>((resolve) => {
        this.#hanging.add(resolve);
      });
    }
    return this.#now();
  }

  /** Somebody writes; a negative figure deletes. */
  fill(octets: number): void {
    this.available -= octets;
  }

  fail(): void {
    this.#mode = 'fails';
  }

  /** Like a network file system whose server is gone: who asks waits. */
  hang(): void {
    this.#mode = 'hangs';
  }

  /** All is well again, and who waited is answered with what is so now. */
  recover(): void {
    this.#mode = 'well';
    for (const resolve of this.#hanging) resolve(this.#now());
    this.#hanging.clear();
  }

  #now(): VolumeSample {
    const { size, available, inodes, inodesAvailable } = this;
    return { size, available, inodes, inodesAvailable };
  }
}
