/** What became of reports since the start, in plain numbers: the metrics read them. */
import type { Topic } from './report-words.ts';

export class ReportTally {
  readonly #reports = new Map<Topic, number>();
  /** Recipients whose failure nobody could be told. */
  undeliverable = 0;
  /** Reports of ours that could not be delivered: dropped. */
  doubleBounces = 0;
  /** Reports that were not written because their sender had had enough of them. */
  limited = 0;

  kept(topic: Topic): void {
    this.#reports.set(topic, (this.#reports.get(topic) ?? 0) + 1);
  }

  /** Reports written, by what they are about. */
  get reports(): ReadonlyMap<Topic, number> {
    return this.#reports;
  }
}
