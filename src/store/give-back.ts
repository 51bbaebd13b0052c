/** Gives back segments without a live octet: what only they say is said again, and then they are unlinked. */
import type { Result } from '../base/result.ts';
import type { Answers, BookChange, SegmentRow } from './index-protocol.ts';
import { RECORD } from './record.ts';
import { encodeJson, encodeRestated } from './record-heads.ts';
import type { DeliveryName } from './record-heads.ts';
import { segmentPath } from './segment-log.ts';
import { bareRecord } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import type { StoreFailure } from './store.ts';

/** Of a segment so much at most is written again to give it back: else segments full of such records would chase each other. */
const COST_SHARE_MAX = 0.5;

interface CostedRow extends SegmentRow {
  /** It holds some of the book that stands nowhere behind it. */
  readonly hasBook: boolean;
  /** Octets that must be written again before it is given back. */
  readonly cost: number;
}

/** Is so much of it dead, and need not be said again? */
export function isWorth({ live, octets, cost }: CostedRow, liveShare: number): boolean {
  return live + cost <= octets * liveShare && cost <= octets * COST_SHARE_MAX;
}

export class GiveBack {
  /** Given back so far. */
  octets = 0;
  readonly #core: StoreCore;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Those that are wanted, with what it costs to give them back; none when the index does not answer. */
  async rows(isWanted: (row: SegmentRow) => boolean): Promise<readonly CostedRow[]> {
    const { index } = this.#core;
    const state = await index.ask('segments', null);
    if (!state.ok) return [];
    const rows = state.value.rows.filter((row) => isWanted(row));
    if (rows.length === 0) return [];
    const due = await index.ask('due', { segments: rows.map(({ number }) => number) });
    if (!due.ok) return [];
    return rows.map((row, i) => {
      const hasBook = row.book > state.value.snapshot;
      return { ...row, hasBook, cost: (due.value[i] ?? 0) + (hasBook ? row.bookOctets : 0) };
    });
  }

  /** First those that cost nothing: once they are gone, less must be said again for the others. */
  async dead(): Promise<void> {
    for (;;) {
      const active = this.#core.segments.activeNumber;
      const dead = await this.rows(({ number, live }) => live === 0 && active !== null && number < active);
      const free = dead.filter(({ cost }) => cost === 0);
      const now = free.length > 0 ? free : dead.filter((row) => isWorth(row, 1));
      if (now.length === 0 || !(await this.#unlink(now))) return;
    }
  }

  /**
   * What only they say is said again. Then the index must be sure never to ask for them again, even after a power cut; and what
   * it knows only for their sake is dropped when they cannot come back.
   */
  async #unlink(rows: readonly CostedRow[]): Promise<boolean> {
    const { segments, readers, index, disk, places, turn } = this.#core;
    if (rows.some(({ hasBook }) => hasBook) && !(await turn.run(() => this.#copyBook()))) return false;
    for (const { number } of rows) if (!(await this.#restate(number))) return false;
    const numbers = rows.map(({ number }) => number);
    const forgotten = await index.ask('forget', { segments: numbers });
    if (!forgotten.ok) return false;
    for (const { number, octets, cost } of rows) {
      await disk.unlink(segmentPath(places.segments, number));
      await readers.forget(number);
      this.octets += octets - cost;
    }
    await disk.syncFolder(places.segments);
    for (const number of numbers) segments.forget(number);
    return (await index.ask('gone', { segments: numbers })).ok;
  }

  /** Fates of deliveries whose objects have records elsewhere, and how far UIDs have come. */
  async #restate(segment: number): Promise<boolean> {
    const { index, commit } = this.#core;
    let after: DeliveryName | null = null;
    for (;;) {
      const page: Result<Answers['restate']['answer'], StoreFailure> = await index.ask('restate', {
        segment,
        after,
      });
      if (!page.ok) return false;
      const { fates, marks, next }: Answers['restate']['answer'] = page.value;
      if (fates.length + marks.length > 0) {
        const { ok } = await commit.append(bareRecord(RECORD.restated, encodeRestated(fates, marks)));
        if (!ok) return false;
      }
      if (next === null && marks.length === 0) return true;
      after = next ?? after;
    }
  }

  /** The segments hold changes of the book: the whole of it is written again, so that the log alone can tell it. */
  async #copyBook(): Promise<boolean> {
    const { book, commit } = this.#core;
    const changes: BookChange[] = [{ op: 'snapshot', lastAccount: book.nextAccountId() - 1 }];
    for (const domain of book.domains.values()) changes.push({ op: 'put-domain', domain });
    for (const account of book.accounts.values()) changes.push({ op: 'put-account', account });
    for (const alias of book.aliases.values()) changes.push({ op: 'put-alias', alias });
    changes.push({ op: 'snapshot-end' });
    while (changes.length > 0) {
      const some = changes
        .splice(0, 500)
        .map((change) => commit.append(bareRecord(RECORD.book, encodeJson(change))));
      if ((await Promise.all(some)).some((kept) => !kept.ok)) return false;
    }
    return true;
  }
}
