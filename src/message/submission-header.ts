/**
 * The header section of a mail object that a user submits, while it passes: RFC 6409 §8. What every message must have is added at
 * its end (`Date`, `Message-ID`), what none but its author may read is taken out (`Bcc`), and nothing else is touched. It keeps the
 * name of the field that is being read and the text of `From` and `Sender`, and no more.
 */
import type { Mailbox } from '../address/mailbox.ts';
import { parseAddressList } from './address-list.ts';

export type HeaderFault =
  | 'no From'
  | 'more than one From'
  | 'more than one Sender'
  | 'From is not a list of addresses'
  | 'Sender is not an address'
  | 'a line that is no field'
  | 'a control character';

/** The bodies of the fields that are added. */
export interface MissingFields {
  readonly date: string;
  readonly messageId: string;
}

/** Octets of `From` and of `Sender`. */
export const AUTHOR_OCTETS_MAX = 16 * 1024;
/** Octets of the name of a field, with the blanks behind it. */
const NAME_OCTETS_MAX = 256;
/** RFC 5322 §3.6.3, §3.6.6. */
const SECRET: ReadonlySet<string> = new Set(['bcc', 'resent-bcc']);

const LINE_START = 0;
const NAME = 1;
const AFTER_NAME = 2; // blanks before the colon: RFC 5322 §4.5
const BODY = 3; //       of a field, until the LF
const EMPTY = 4; //      CR where a line begins
const ENDED = 5;

const BYTE_NUL = 0x00;
const BYTE_TAB = 0x09;
const BYTE_LF = 0x0a;
const BYTE_CR = 0x0d;
const BYTE_SPACE = 0x20;
const BYTE_COLON = 0x3a;
const LINE_END = Uint8Array.of(BYTE_CR, BYTE_LF);

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

type Write = (text: Uint8Array) => void;

export class SubmissionHeader {
  /** Why a message with this header section is refused; what comes behind it is not looked at. */
  fault: HeaderFault | null = null;
  readonly #missing: MissingFields;
  #state = LINE_START;
  /** In lower case. */
  #name = '';
  #nameOctets = 0;
  /** Of the chunks before: the name that is not decided yet, or the CR of what may be the end. */
  #held: number[] = [];
  #dropping = false;
  #afterCr = false;
  /** The body of the field that is being read, when it is one of those that are kept. */
  #body: number[] | null = null;
  #bodyOf: 'from' | 'sender' = 'from';
  #anyField = false;
  #hasDate = false;
  #hasMessageId = false;
  #from: string | null = null;
  #sender: string | null = null;

  constructor(missing: MissingFields) {
    this.#missing = missing;
  }

  get ended(): boolean {
    return this.#state === ENDED;
  }

  /** Who wrote it and who sent it, once the section has ended; or what is wrong with them. */
  authors(): readonly Mailbox[] | HeaderFault {
    const from = parseAddressList(this.#from ?? '');
    if (from === null || from.length === 0) return 'From is not a list of addresses';
    if (this.#sender === null) return from;
    const sender = parseAddressList(this.#sender);
    return sender?.length === 1 ? [...from, ...sender] : 'Sender is not an address';
  }

  /** Hands on what is to be kept of `text`, as views of it, with what is added. */
  push(text: Uint8Array, write: Write): void {
    if (this.#state === ENDED) return write(text);
    let from = 0; // of what was neither handed on nor dropped
    let i = 0;
    for (; i < text.length && this.#state !== ENDED; i++) {
      const byte = text[i] ?? 0;
      switch (this.#state) {
        case LINE_START:
          from = this.#begin(byte, { text, from, at: i }, write);
          break;
        case NAME:
        case AFTER_NAME:
          if (byte !== BYTE_COLON) this.#seeName(byte);
          else from = this.#endName({ from, at: i }, write);
          break;
        case BODY:
          this.#seeBody(byte);
          break;
        case EMPTY:
          if (byte !== BYTE_LF) this.#fail('a control character');
          else this.#end(write);
          from = i + 1;
          break;
      }
    }
    if (this.#state === NAME || this.#state === AFTER_NAME) this.#held.push(...text.subarray(from));
    else if (this.#state !== EMPTY && !this.#dropping && from < text.length) write(text.subarray(from));
  }

  /** No more will come. A header section without a body is a message, too. */
  finish(write: Write): void {
    if (this.#state === ENDED) return;
    if (this.#state === NAME || this.#state === AFTER_NAME) return this.#fail('a line that is no field');
    if (this.#state === EMPTY || this.#afterCr) return this.#fail('a control character');
    if (this.#state === BODY && !this.#dropping) write(LINE_END);
    this.#endField();
    this.#dropping = false;
    if (this.fault === null) this.#add(write);
  }

  /** The first octet of a line. Returns where what is still to be handed on begins. */
  #begin(
    byte: number,
    { text, from, at }: { text: Uint8Array; from: number; at: number },
    write: Write,
  ): number {
    if (byte === BYTE_SPACE || byte === BYTE_TAB) {
      this.#state = BODY;
      if (this.#anyField) this.#seeBody(byte);
      else this.#fail('a line that is no field');
      return from;
    }
    if (!this.#dropping && at > from) write(text.subarray(from, at));
    this.#dropping = false;
    this.#endField();
    if (this.fault !== null) return at;
    if (byte === BYTE_CR) {
      this.#state = EMPTY;
      return at;
    }
    this.#state = NAME;
    this.#name = '';
    this.#nameOctets = 0;
    this.#seeName(byte);
    return at;
  }

  #seeName(byte: number): void {
    if (++this.#nameOctets > NAME_OCTETS_MAX) this.#fail('a line that is no field');
    else if (this.#name !== '' && (byte === BYTE_SPACE || byte === BYTE_TAB)) this.#state = AFTER_NAME;
    // ftext of RFC 5322 §3.6.8
    else if (this.#state === AFTER_NAME || byte <= BYTE_SPACE || byte > 0x7e || byte === BYTE_COLON)
      this.#fail('a line that is no field');
    else this.#name += String.fromCharCode(byte);
  }

  /** At the colon. */
  #endName({ from, at }: { from: number; at: number }, write: Write): number {
    const name = this.#name.toLowerCase();
    this.#anyField = true;
    this.#state = BODY;
    this.#dropping = SECRET.has(name);
    const held = this.#held;
    this.#held = [];
    if (this.#dropping) return at + 1;
    if (held.length > 0) write(Uint8Array.from(held));
    if (name === 'date') this.#hasDate = true;
    else if (name === 'message-id') this.#hasMessageId = true;
    else if (name === 'from' || name === 'sender') this.#keepBody(name);
    return from;
  }

  #keepBody(name: 'from' | 'sender'): void {
    if (name === 'from' && this.#from !== null) return this.#fail('more than one From');
    if (name === 'sender' && this.#sender !== null) return this.#fail('more than one Sender');
    this.#bodyOf = name;
    this.#body = [];
  }

  #seeBody(byte: number): void {
    if (this.#afterCr !== (byte === BYTE_LF) || byte === BYTE_NUL) return this.#fail('a control character');
    this.#afterCr = byte === BYTE_CR;
    if (byte === BYTE_LF) this.#state = LINE_START;
    if (this.#body === null) return;
    if (this.#body.length < AUTHOR_OCTETS_MAX) this.#body.push(byte);
    else this.#fail(this.#bodyOf === 'from' ? 'From is not a list of addresses' : 'Sender is not an address');
  }

  /** A field has ended, as what follows it shows. */
  #endField(): void {
    if (this.#body === null) return;
    const body = DECODER.decode(Uint8Array.from(this.#body));
    this.#body = null;
    if (this.#bodyOf === 'from') this.#from = body;
    else this.#sender = body;
  }

  #end(write: Write): void {
    this.#add(write);
    if (this.fault === null) write(LINE_END);
  }

  #add(write: Write): void {
    this.#state = ENDED;
    if (this.#from === null) return this.#fail('no From');
    const { date, messageId } = this.#missing;
    if (!this.#hasDate) write(ENCODER.encode(`Date: ${date}\r\n`));
    if (!this.#hasMessageId) write(ENCODER.encode(`Message-ID: ${messageId}\r\n`));
  }

  #fail(fault: HeaderFault): void {
    this.fault ??= fault;
    this.#state = ENDED;
  }
}
