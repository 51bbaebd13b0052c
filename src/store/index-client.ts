/** The index as the store sees it: somebody to whom it writes letters. Bounds how far the index may lag behind the log. */
import { Worker } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { IndexHost } from './index-host.ts';
import type { Answers, AppliedPlace, Effect, IndexOrder, IndexReport, Question } from './index-protocol.ts';
import { RECORD, typeOf } from './record.ts';
import type { StoreFailure } from './store.ts';

/** Octets of the log that may be synced and not yet in the index: so much is read again after a crash. */
const LAG_OCTETS_MAX = 256 * 2 ** 20;
const LAG_RECORDS_MAX = 20_000;

/** What the thread handles is small and short-lived: without a limit it would take a hundred MiB for it. */
const YOUNG_MIB = 8;

export interface IndexNews {
  /** Something was deleted or released, whether somebody waits to hear it or not. */
  effects(effects: readonly Effect[]): void;
  /** These segments have no live octet left. */
  dead(segments: readonly number[]): void;
  /** Something came that goes to these destinations. */
  queued(destinations: readonly string[]): void;
  stuck(failure: StoreFailure, text: string): void;
}

interface IndexPlace {
  readonly path: string;
  readonly thread: boolean;
  readonly lagRecordsMax?: number | undefined;
}

interface LogBatch {
  readonly segment: number;
  readonly position: number;
  readonly octets: number;
  readonly heads: readonly Buffer[];
  readonly missing?: readonly number[];
  readonly unread?: number;
}

interface Opened {
  readonly client: IndexClient;
  readonly applied: AppliedPlace | null;
  readonly rebuilt: boolean;
}

export class IndexClient {
  readonly #news: IndexNews;
  readonly #lagRecordsMax: number;
  #post: (order: IndexOrder, transfer: ArrayBuffer[]) => void = () => {};
  #asked = new Map<number, (result: Result<unknown, StoreFailure>) => void>();
  #expected = new Map<number, (result: Result<Effect, StoreFailure>) => void>();
  /** Effects that came before they were asked for. */
  readonly #early = new Map<number, Effect>();
  #nextId = 1;
  /** Batches that were posted and not yet applied. */
  #lag: { octets: number; records: number }[] = [];
  #lagOctets = 0;
  #lagRecords = 0;
  #stuck: StoreFailure | null = null;
  #waiting: ((failure: StoreFailure | null) => void)[] = [];
  #opened: ((report: IndexReport) => void) | null = null;
  #closed: (() => void) | null = null;

  private constructor(news: IndexNews, lagRecordsMax: number) {
    this.#news = news;
    this.#lagRecordsMax = lagRecordsMax;
  }

  /** In a thread of its own, or (for tests of what happens to it) in this one. */
  static async open(
    { path, thread, lagRecordsMax = LAG_RECORDS_MAX }: IndexPlace,
    news: IndexNews,
  ): Promise<Result<Opened, StoreFailure>> {
    const client = new IndexClient(news, lagRecordsMax);
    const report = await new Promise<IndexReport>((resolve, reject) => {
      client.#opened = resolve;
      if (thread) client.#startThread(path, reject);
      else client.#startHere(path);
    });
    if (report.type === 'not-opened') {
      await client.close(); // else its thread would keep the process alive
      return failed(report.failure);
    }
    assert(report.type === 'opened', 'the index began with something else');
    return ok({ client, applied: report.applied, rebuilt: report.rebuilt });
  }

  /** `null`: the log may go on. */
  ready(): Promise<StoreFailure | null> | null {
    if (this.#lagOctets <= LAG_OCTETS_MAX && this.#lagRecords <= this.#lagRecordsMax) return null;
    if (this.#stuck !== null) return Promise.resolve(this.#stuck);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  committed({ segment, position, octets, heads, missing = [], unread = 0 }: LogBatch): void {
    const own = new Uint8Array(new ArrayBuffer(heads.reduce((sum, head) => sum + head.length, 0)));
    let at = 0;
    for (const head of heads) {
      own.set(head, at);
      at += head.length;
    }
    this.#lag.push({ octets, records: heads.length });
    this.#lagOctets += octets;
    this.#lagRecords += heads.length;
    const urgent = heads.some((head) => typeOf(head) >= RECORD.removed);
    this.#post({ type: 'apply', batch: { segment, position, octets, heads: own, missing, unread, urgent } }, [
      own.buffer,
    ]);
  }

  async ask<Name extends keyof Answers>(
    name: Name,
    ask: Answers[Name]['ask'],
  ): Promise<Result<Answers[Name]['answer'], StoreFailure>> {
    const id = this.#nextId++;
    const answer = new Promise<Result<unknown, StoreFailure>>((resolve) => this.#asked.set(id, resolve));
    this.#post({ type: 'ask', id, question: { name, ask } as Question }, []);
    return (await answer) as Result<Answers[Name]['answer'], StoreFailure>;
  }

  /** What the record of this sequence did when it was applied. Ask at once when it is committed. */
  effectOf(sequence: number): Promise<Result<Effect, StoreFailure>> {
    const early = this.#early.get(sequence);
    if (early !== undefined) return Promise.resolve(ok(early));
    if (this.#stuck !== null) return Promise.resolve(failed(this.#stuck));
    return new Promise((resolve) => this.#expected.set(sequence, resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    this.#post({ type: 'close' }, []);
    await closed;
  }

  #startThread(path: string, reject: (thrown: unknown) => void): void {
    const worker = new Worker(new URL('./index-worker.mjs', import.meta.url), {
      workerData: { path },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    worker.on('message', (report: IndexReport) => this.#take(report));
    worker.on('error', (thrown) => {
      if (this.#opened !== null) reject(thrown);
      else throw thrown instanceof Error ? thrown : new Error(String(thrown)); // A bug: nothing may go on writing after it.
    });
    worker.on('exit', () => this.#closed?.());
    this.#post = (order, transfer) => worker.postMessage(order, transfer);
  }

  #startHere(path: string): void {
    const host = new IndexHost(path, (report) => this.#take(report));
    this.#post = (order) => queueMicrotask(() => host.take([order]));
  }

  #take(report: IndexReport): void {
    switch (report.type) {
      case 'opened':
      case 'not-opened':
        this.#opened?.(report);
        this.#opened = null;
        return;
      case 'applied':
        this.#applied(report.batches, report.effects);
        if (report.dead.length > 0) this.#news.dead(report.dead);
        if (report.queued.length > 0) this.#news.queued(report.queued);
        return;
      case 'stuck':
        // It is tried again four times a second; once is enough to be told.
        if (this.#stuck === null) this.#news.stuck(report.failure, report.text);
        this.#failed(report.failure);
        return;
      case 'answer':
        this.#answer(report.id, ok(report.answer));
        return;
      case 'no-answer':
        this.#answer(report.id, failed(report.failure));
        return;
      case 'closed':
        this.#closed?.();
        return;
    }
  }

  #applied(batches: number, effects: readonly Effect[]): void {
    for (const { octets, records } of this.#lag.splice(0, batches)) {
      this.#lagOctets -= octets;
      this.#lagRecords -= records;
    }
    this.#stuck = null;
    if (effects.length > 0) this.#tell(effects);
    if (this.ready() !== null) return;
    const waiting = this.#waiting.splice(0);
    for (const go of waiting) go(null);
  }

  #tell(effects: readonly Effect[]): void {
    this.#early.clear(); // Who did not ask by now does not want to know.
    for (const effect of effects) {
      const waiting = this.#expected.get(effect.sequence);
      this.#expected.delete(effect.sequence);
      if (waiting === undefined) this.#early.set(effect.sequence, effect);
      else waiting(ok(effect));
    }
    this.#news.effects(effects);
  }

  /** Nobody waits for an index that cannot be written: they hear why. What is in the log is done when it can be again. */
  #failed(failure: StoreFailure): void {
    this.#stuck = failure;
    for (const go of this.#waiting.splice(0)) go(failure);
    for (const tell of this.#expected.values()) tell(failed(failure));
    this.#expected.clear();
  }

  #answer(id: number, result: Result<unknown, StoreFailure>): void {
    this.#asked.get(id)?.(result);
    this.#asked.delete(id);
  }
}
