/** One volume under watch: asked again and again, never twice at once, and never waited for. */
import { stepVolume, UNSEEN } from '../policy/space-level.ts';
import type { VolumeLevel } from '../policy/space-level.ts';
import type { Level, SpaceSettings } from '../policy/space.ts';
import type { Clock } from '../world/clock.ts';
import type { Volume, VolumeSample } from '../world/volume.ts';

/** After so long without an answer somebody is told; the last answer still counts. */
export const VOLUME_SILENT_MS = 10_000;

export class VolumeWatch {
  readonly name: string;
  sample: VolumeSample | null = null;
  silent = false;
  #state: VolumeLevel = UNSEEN;
  #heardAt: number;
  #asking = false;
  readonly #volume: Volume;
  readonly #clock: Clock;

  constructor(name: string, volume: Volume, clock: Clock) {
    this.name = name;
    this.#volume = volume;
    this.#clock = clock;
    this.#heardAt = clock.elapsed();
  }

  /** What was never seen is taken for the worst. */
  get level(): Level {
    return this.sample === null ? 'black' : this.#state.level;
  }

  /** Since the last answer. */
  get ageMs(): number {
    return this.#clock.elapsed() - this.#heardAt;
  }

  /** Asks, unless an answer is still due. True: `sample` is new. An error is as good as no answer. */
  async ask(): Promise<boolean> {
    if (this.#asking) return false;
    this.#asking = true;
    const answer = await this.#volume.sample().then(
      (sample) => sample,
      () => null,
    );
    this.#asking = false;
    if (answer === null) return false;
    this.sample = answer;
    this.#heardAt = this.#clock.elapsed();
    return true;
  }

  /** What the level is, with `usable` octets. */
  judge(usable: number, settings: SpaceSettings): void {
    if (this.sample === null) return;
    const { size, inodes, inodesAvailable } = this.sample;
    this.#state = stepVolume(
      this.#state,
      { size, usable, inodes, inodesAvailable },
      this.#clock.elapsed(),
      settings,
    );
  }
}
