/**
 * One mail object on its way in. Small ones stay in memory until they join a batch of the log; large ones, and all of them when
 * memory is short, flow into a file of their own while they come.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { failed } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { DiskFile } from '../world/disk.ts';
import { storeFailureOf } from './disk-failure.ts';
import type { LargeObjects } from './large-objects.ts';
import { RECORD } from './record.ts';
import { encodeObjectHead } from './record-heads.ts';
import type { DeliveryName } from './record-heads.ts';
import type { LogRecord } from './segment-log.ts';
import type { Delivery, KeptEnvelope, MailObjectId, MailObjectWriter, StoreFailure } from './store.ts';
import { TextBuffer } from './text-buffer.ts';
import type { BlockPool, Text } from './text-buffer.ts';

/** A mail object larger than this has a file of its own. */
export const LARGE_FROM = 2 ** 20;
/** When memory is short, one larger than this gets one, too. */
const SPILL_FROM = 64 * 1024;
/** When it is twice as short as that. */
const SPILL_ALWAYS_FROM = 4096;
/** Text is written in pieces of at least this. */
const PIECE = 512 * 1024;
const PIECE_WHEN_SHORT = 64 * 1024;
/** Text of one large object that may be in memory: beyond it the peer waits. */
const UNWRITTEN_MAX = 2 ** 20;

/** Text in memory, over all writers. */
export class TextBudget {
  readonly #octetsMax: number;
  octets = 0;

  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  get short(): boolean {
    return this.octets > this.#octetsMax;
  }

  get veryShort(): boolean {
    return this.octets > 2 * this.#octetsMax;
  }
}

/** What a writer needs of the store. */
export interface WriterHouse {
  readonly large: LargeObjects;
  readonly budget: TextBudget;
  readonly blocks: BlockPool;
  keep(
    record: LogRecord,
    envelope: KeptEnvelope,
    deliveries: readonly Delivery[],
    size: number,
  ): Promise<Result<void, StoreFailure>>;
}

export class EmbeddedWriter implements MailObjectWriter {
  readonly id: MailObjectId;
  size = 0;
  failure: StoreFailure | null = null;
  readonly #house: WriterHouse;
  #state: 'open' | 'keeping' | 'over' = 'open';
  readonly #text: TextBuffer;
  #file: LargeFile | null = null;

  constructor(id: MailObjectId, house: WriterHouse) {
    this.id = id;
    this.#house = house;
    this.#text = new TextBuffer(house.blocks);
  }

  get landed(): number {
    return this.#file?.position ?? 0;
  }

  write(text: Uint8Array): void {
    assert(this.#state !== 'keeping', 'written to after keep()');
    if (this.#state === 'over') return;
    this.size += text.length;
    if (this.failure !== null) return;
    this.#text.add(text);
    this.#house.budget.octets += text.length;
    if (this.#file === null && this.#needsFile()) this.#file = new LargeFile(this.id, this.#house);
    if (this.#file !== null) this.#push(this.#file, this.#house.budget.short ? PIECE_WHEN_SHORT : PIECE);
  }

  flush(): Promise<void> | null {
    const file = this.#file;
    if (file === null || this.failure !== null || this.#state !== 'open') return null;
    const unwritten = file.octets + this.#text.octets;
    return unwritten > (this.#house.budget.short ? PIECE_WHEN_SHORT : UNWRITTEN_MAX)
      ? this.#drained(file)
      : null;
  }

  async keep(
    envelope: KeptEnvelope,
    deliveries: readonly [Delivery, ...Delivery[]],
    settled: readonly DeliveryName[] = [],
  ): Promise<Result<void, StoreFailure>> {
    assert(this.#state === 'open', 'kept twice, or after discard()');
    this.#state = 'keeping';
    const head = { id: this.id, size: this.size, envelope, deliveries, uids: [] };
    if (this.#file !== null)
      return this.#keepLarge(this.#file, encodeObjectHead(head, settled), envelope, deliveries);
    const { views: body, blocks } = this.#text.take();
    let bodyCrc = 0;
    for (const view of body) bodyCrc = crc32(view, bodyCrc);
    const record = {
      type: RECORD.message,
      head: encodeObjectHead(head, settled),
      body,
      bodyLength: this.size,
      bodyCrc,
      sequence: 0,
    };
    try {
      return await this.#house.keep(record, envelope, deliveries, this.size);
    } finally {
      this.#state = 'over';
      this.#house.budget.octets -= this.size;
      this.#house.blocks.give(blocks);
    }
  }

  discard(): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    this.#drop();
    void this.#file?.remove();
  }

  #needsFile(): boolean {
    const { octets } = this.#text;
    const { budget } = this.#house;
    return (
      octets > LARGE_FROM || (budget.short && octets > (budget.veryShort ? SPILL_ALWAYS_FROM : SPILL_FROM))
    );
  }

  #push(file: LargeFile, piece: number): void {
    if (file.failure !== null) {
      this.failure = file.failure;
      this.#drop();
      return;
    }
    if (file.busy || this.#text.octets < piece) return;
    file.push(this.#text.take(), () => {
      if (this.#state === 'open') this.#push(file, this.#house.budget.short ? PIECE_WHEN_SHORT : PIECE);
    });
  }

  /** Until the piece under way is written; a failure shows as such. */
  async #drained(file: LargeFile): Promise<void> {
    if (!file.busy) this.#push(file, 1);
    await file.idle();
    if (this.#state === 'open') this.#push(file, PIECE_WHEN_SHORT);
  }

  async #keepLarge(
    file: LargeFile,
    head: Buffer,
    envelope: KeptEnvelope,
    deliveries: readonly Delivery[],
  ): Promise<Result<void, StoreFailure>> {
    try {
      await file.idle();
      if (file.failure === null && this.failure === null) await file.finish(this.#text.take());
      const failure = file.failure ?? this.failure;
      const record = { type: RECORD.large, head, body: [], bodyLength: 0, bodyCrc: 0, sequence: 0 };
      const kept =
        failure === null ? await this.#house.keep(record, envelope, deliveries, this.size) : failed(failure);
      if (!kept.ok) {
        this.failure = kept.failure;
        await file.remove();
      }
      return kept;
    } finally {
      this.#state = 'over';
      this.#drop();
    }
  }

  /** Text that nobody waits for any more. */
  #drop(): void {
    this.#house.budget.octets -= this.#text.octets;
    this.#house.blocks.give(this.#text.take().blocks);
  }
}

/** The file of one large object: pieces go in one after another. */
class LargeFile {
  failure: StoreFailure | null = null;
  /** Of the piece under way. */
  octets = 0;
  readonly #id: MailObjectId;
  readonly #house: WriterHouse;
  #file: DiskFile | null = null;
  /** Octets written to it. */
  position = 0;
  #running: Promise<void> | null = null;

  constructor(id: MailObjectId, house: WriterHouse) {
    this.#id = id;
    this.#house = house;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  push(text: Text, done: () => void): void {
    this.#running = this.#write(text).finally(() => {
      this.#running = null;
      done();
    });
    this.#running.catch(() => {}); // What is no failure of the disk is heard by whoever waits.
  }

  /** The last piece; then contents and name survive a crash. */
  async finish(text: Text): Promise<void> {
    await this.#write(text);
    if (this.failure !== null) return;
    try {
      await this.#file?.sync();
      await this.#close();
      await this.#house.large.syncNames();
    } catch (thrown) {
      this.failure = storeFailureOf(thrown);
    }
  }

  async remove(): Promise<void> {
    try {
      await this.idle();
      const made = this.#file !== null || this.position > 0;
      await this.#close().catch(() => {}); // It goes anyway.
      if (made) await this.#house.large.unlink(this.#id);
    } catch {
      // The sweep of the next start takes it.
    }
  }

  /** Once, whatever comes of it: after a close that failed the descriptor may be somebody else's. */
  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #write({ views, blocks }: Text): Promise<void> {
    const octets = views.reduce((sum, view) => sum + view.length, 0);
    this.octets = octets;
    try {
      this.#file ??= await this.#house.large.create(this.#id);
      await this.#file.write(views, this.position);
      this.position += octets;
    } catch (thrown) {
      this.failure = storeFailureOf(thrown);
    } finally {
      this.octets = 0;
      this.#house.budget.octets -= octets;
      this.#house.blocks.give(blocks);
    }
  }
}
