/**
 * What an export has and an import must take off again: the `Delivered-To` that the store writes behind the Return-Path
 * when a message is read. With it off and its address kept, the message reads byte for byte as it was exported.
 */
import { deliveredToField } from '../../message/trace.ts';

/** Room for two fields: RFC 5321 §4.5.3.1.3 allows a path 256 octets; with SMTPUTF8 it may be longer. */
const HEAD_MAX = 4096;

const START = /^(Return-Path:[^\n]*\n)?Delivered-To: (\S[^\r\n]*)\r\n/;
const RETURN_PATH = /^Return-Path:[ \t]*<([^\r\n<>]*)>/;

export class DeliveredToStripper {
  /** The address that was in the field, or `null`: there was none. */
  recipient: string | null = null;
  /** The address in the Return-Path; it stays in the text. */
  reversePath: string | null = null;
  readonly #sink: (octets: Uint8Array) => void;
  #head: Buffer | null = Buffer.alloc(0);

  constructor(sink: (octets: Uint8Array) => void) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#head === null) return this.#sink(chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= HEAD_MAX) this.end();
  }

  /** There is no more, or enough to see. */
  end(): void {
    const head = this.#head;
    if (head === null) return;
    this.#head = null;
    const start = head.toString('utf8', 0, HEAD_MAX);
    this.reversePath = RETURN_PATH.exec(start)?.[1] ?? null;
    const [whole = '', before = '', recipient = ''] = START.exec(start) ?? [];
    const field = Buffer.from(deliveredToField(recipient));
    const from = Buffer.byteLength(before);
    const rest = head.subarray(from + field.length);
    // Only what the store will write again, at the same place, may be taken off.
    const isOurs = whole !== '' && head.subarray(from, from + field.length).equals(field);
    const comesBack = before !== '' || !rest.toString('latin1', 0, 12).startsWith('Return-Path:');
    if (!isOurs || !comesBack) return this.#give(head);
    this.recipient = recipient;
    this.#give(head.subarray(0, from));
    this.#give(rest);
  }

  #give(octets: Uint8Array): void {
    if (octets.length > 0) this.#sink(octets);
  }
}
