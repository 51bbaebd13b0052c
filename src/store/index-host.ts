/**
 * The index with its post: takes orders, applies what has come in one transaction, reports. When the database cannot be
 * written, it keeps what it has and tries again; it answers questions meanwhile from what it knows.
 */
import type { DatabaseSync } from 'node:sqlite';
import { IndexApply } from './index-apply.ts';
import type { IndexBatch, IndexOrder, IndexReport, Question } from './index-protocol.ts';
import { IndexQueries } from './index-queries.ts';
import { IndexQueue } from './index-queue.ts';
import { Statements } from './index-sql.ts';
import { failureOfDatabase, giveUpDatabase, isDamage, openIndexDatabase } from './index-schema.ts';

const RETRY_MS = 250;
/** So long the index waits for more before it begins a transaction, when nobody waits for it. */
const GATHER_MS = 10;
const GATHER_BATCHES = 64;
/**
 * Questions whose answer becomes a record of the log, or the end of a part of it: a stale answer would bring back what was
 * deleted, or release, import or send it twice. They have none while something that stands in the log is not applied.
 */
const NEEDS_ALL: ReadonlySet<Question['name']> = new Set([
  'alive',
  'due',
  'forget',
  'gone',
  'importKnown',
  'queueClaim',
  'queueKnown',
  'queueSeize',
  'replayed',
  'restate',
  'waiting',
]);

export class IndexHost {
  readonly #path: string;
  readonly #report: (report: IndexReport) => void;
  #database: DatabaseSync | null = null;
  #apply: IndexApply | null = null;
  #queries: IndexQueries | null = null;
  #backlog: IndexBatch[] = [];
  #retry: NodeJS.Timeout | null = null;
  #gathering: NodeJS.Timeout | null = null;
  #damaged = false;

  constructor(path: string, report: (report: IndexReport) => void) {
    this.#path = path;
    this.#report = report;
    try {
      report(this.#open());
    } catch (thrown) {
      const failure = failureOfDatabase(thrown);
      if (failure === null) throw thrown;
      report({ type: 'not-opened', failure, text: textOf(thrown) });
    }
  }

  #open(): IndexReport {
    const { database, rebuilt } = openIndexDatabase(this.#path);
    try {
      const statements = new Statements(database);
      const queue = new IndexQueue(statements);
      queue.freeAll();
      this.#apply = new IndexApply(database, queue);
      this.#queries = new IndexQueries(database, statements, queue);
      this.#database = database;
      return { type: 'opened', applied: this.#apply.applied, rebuilt };
    } catch (thrown) {
      database.close();
      if (!isDamage(thrown) || rebuilt) throw thrown;
      giveUpDatabase(this.#path);
      return { ...this.#open(), rebuilt: true } as IndexReport;
    }
  }

  /** Takes all that has come by now: what can be applied together is. */
  take(orders: readonly IndexOrder[]): void {
    let urgent = false;
    for (const order of orders) {
      if (order.type === 'apply') {
        this.#backlog.push(order.batch);
        urgent ||= order.batch.urgent;
        continue;
      }
      this.#applyBacklog();
      if (order.type === 'ask') this.#ask(order);
      else this.#close();
    }
    if (urgent || this.#backlog.length >= GATHER_BATCHES) this.#applyBacklog();
    else if (this.#backlog.length > 0) this.#gathering ??= setTimeout(() => this.#applyBacklog(), GATHER_MS);
  }

  #applyBacklog(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    if (this.#backlog.length === 0 || this.#apply === null || this.#retry !== null) return;
    try {
      const { effects, dead, queued } = this.#apply.apply(this.#backlog);
      const batches = this.#backlog.length;
      this.#backlog = [];
      this.#report({ type: 'applied', batches, effects, dead, queued });
    } catch (thrown) {
      const failure = failureOfDatabase(thrown);
      if (failure === null) throw thrown;
      this.#noteDamage(thrown);
      this.#report({ type: 'stuck', failure, text: textOf(thrown) });
      this.#retry = setTimeout(() => {
        this.#retry = null;
        this.#applyBacklog();
      }, RETRY_MS);
      this.#retry.unref();
    }
  }

  #ask({ id, question }: Extract<IndexOrder, { type: 'ask' }>): void {
    try {
      const stuck = this.#retry !== null && NEEDS_ALL.has(question.name);
      if (stuck || this.#queries === null || this.#apply === null) {
        this.#report({ type: 'no-answer', id, failure: { type: 'io' }, text: 'stuck' });
        return;
      }
      if (question.name === 'replayed') this.#apply.endReplay();
      const answer = question.name === 'replayed' ? null : this.#queries.answer(question);
      this.#report({ type: 'answer', id, answer });
    } catch (thrown) {
      const failure = failureOfDatabase(thrown);
      if (failure === null) throw thrown;
      this.#noteDamage(thrown);
      this.#report({ type: 'no-answer', id, failure, text: textOf(thrown) });
    }
  }

  /** A database that turned out damaged is set aside when it is closed: the next start makes it anew from the log. */
  #noteDamage(thrown: unknown): void {
    if (isDamage(thrown)) this.#damaged = true;
  }

  #close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#retry = null;
    this.#gathering = null;
    this.#database?.close();
    this.#database = null;
    this.#apply = null;
    this.#queries = null;
    if (this.#damaged) giveUpDatabase(this.#path);
    this.#report({ type: 'closed' });
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
