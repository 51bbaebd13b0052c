/**
 * What the log alone could forget. A record that says a delivery is gone, or released, may lie in a segment that is given back while
 * the record of the object, which knows nothing of it, stays in another: an index built from what is left would bring back what was
 * deleted. So the index knows each such *fate* with its `home`, the segment that says it, and its `place`, the segment of the
 * object's newest record then; and of objects that were carried on, the *traces* they left. As long as the record of an object
 * stays in `place` or in a trace before it, the fate is said again before its home is given back. What is said only ever goes on, from
 * waiting to a mailbox to gone: so it does not matter how often, or how late in the log, it is said.
 */
import type { IndexStatements } from './index-statements.ts';
import type { Fate } from './record-heads.ts';

export class IndexFates {
  readonly #sql: IndexStatements;
  /** How many came in this transaction, by home and place. */
  readonly #counts = new Map<string, { home: number; place: number; fates: number }>();

  constructor(sql: IndexStatements) {
    this.#sql = sql;
  }

  note({ object, ordinal, uid, place, home }: Fate): void {
    this.#sql.putFate.run(home, object, ordinal, uid, place);
    const key = `${home} ${place}`;
    const counted = this.#counts.get(key);
    if (counted === undefined) this.#counts.set(key, { home, place, fates: 1 });
    else counted.fates++;
  }

  /** Said again: it is at home in `home` now. */
  move(fate: Fate, home: number): void {
    this.#sql.dropFate.run(fate.home, fate.object, fate.ordinal);
    this.note({ ...fate, home });
  }

  /** A record of the object stays here while the object goes on. */
  trace(object: number, segment: number): void {
    this.#sql.trace.run(object, segment);
  }

  flush(): void {
    for (const { home, place, fates } of this.#counts.values()) this.#sql.countFates.run(home, place, fates);
  }

  /** The transaction is over. */
  clear(): void {
    this.#counts.clear();
  }
}
