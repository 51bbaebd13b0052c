/** The message that a report is about, read once, and no more of it than a report can hold. */
import { decodeWords } from 'postal-mime';
import {
  fieldValue,
  headerSection,
  isAutomatic,
  messageIdOf,
  wholeLines,
} from '../message/report-original.ts';
import { RETURNED_OCTETS_MAX, returnsWhole, type ReportKind } from '../policy/notify.ts';
import type { QueueEntry, QueueStore } from '../store/queue-store.ts';
import { mayReturnWhole, type Returned } from './report-message.ts';

/** A header may be this long: what it says of itself is in front. */
const READ_OCTETS_MAX = 256 * 1024;
const SUBJECT_MAX = 2000;

interface Read {
  readonly octets: Uint8Array;
  readonly header: Uint8Array;
}

export class OriginalMessage {
  readonly #queue: Pick<QueueStore, 'readQueued'>;
  readonly #entry: QueueEntry;
  #read: Promise<Read | null> | null = null;

  constructor(queue: Pick<QueueStore, 'readQueued'>, entry: QueueEntry) {
    this.#queue = queue;
    this.#entry = entry;
  }

  async isAutomatic(): Promise<boolean> {
    const read = await this.#once();
    return read !== null && isAutomatic(read.header);
  }

  /** Decoded, so that a person can read it. */
  async subject(): Promise<string | null> {
    const value = fieldValue((await this.#once())?.header ?? new Uint8Array(), 'Subject');
    if (value === null) return null;
    const start = value.slice(0, SUBJECT_MAX);
    try {
      return decodeWords(start);
    } catch {
      return start; // As it stands it is no less safe, only harder to read.
    }
  }

  async messageId(): Promise<string | null> {
    const read = await this.#once();
    return read === null ? null : messageIdOf(read.header);
  }

  /** What comes back with a report; `null`: it cannot be read. */
  async returned(kind: ReportKind): Promise<Returned | null> {
    const read = await this.#once();
    if (read === null) return null;
    const { size, envelope } = this.#entry;
    const whole = returnsWhole(kind, envelope.ret, size) && mayReturnWhole(read.octets, envelope.smtputf8);
    if (whole) return { type: 'whole', octets: read.octets };
    const { header } = read;
    const short = header.length <= RETURNED_OCTETS_MAX;
    return { type: 'header', octets: short ? header : wholeLines(header.subarray(0, RETURNED_OCTETS_MAX)) };
  }

  #once(): Promise<Read | null> {
    this.#read ??= this.#readStart();
    return this.#read;
  }

  /** A message that the disk has spoilt is reported without its header: better than not at all. */
  async #readStart(): Promise<Read | null> {
    try {
      const text = await this.#queue.readQueued(this.#entry);
      if (!text.ok) return null;
      const pieces: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of text.value.chunks) {
        pieces.push(Uint8Array.from(chunk.subarray(0, READ_OCTETS_MAX - length)));
        length += pieces.at(-1)?.length ?? 0;
        if (length >= READ_OCTETS_MAX) break;
      }
      const octets = Buffer.concat(pieces);
      const cut = length < text.value.size ? wholeLines(octets) : octets;
      return { octets, header: headerSection(cut) };
    } catch {
      return null;
    }
  }
}
