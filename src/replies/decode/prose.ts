/**
 * Reports for people and dialogues: paragraphs in which a recipient is named and what was said of it. Any layout is read by
 * the same few rules, for there are too many servers to know each.
 */
import type { Finding } from './finding.ts';
import { readLogLine } from './log-lines.ts';
import type { Outline } from './outline.ts';
import { type Source, type Span, spanOf, within } from './source.ts';

export interface Prose {
  readonly findings: readonly Finding[];
  /** Paragraphs before the first recipient. */
  readonly pool: readonly Span[];
}

/** As many recipients and paragraphs are kept apart; what comes later is not read. */
const FINDINGS_MAX = 100;
const PIECES_MAX = 40;
const PIECE_MAX = 1600;
const ADDRESS =
  /[^\s<>()[\]",:;'=|「」【】『』、。]{1,120}@[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?/g;
/** Names of machines and helpers: not who was written to, unless the line is about that address alone. */
const HELPER =
  /^(?:mailer-daemon|postmaster|abuse|support|help|helpdesk|admin|administrator|hostmaster|webmaster|noc|noreply|no-reply|mail-daemon|spam|unblock|removal|delist|postmast\w{0,6}|contact|info-?abuse|.{0,60}(?:abuse|postmaster|delist|unblock).{0,40})@/i;
/** Before an address that is not a recipient. */
const NOT_RECIPIENT =
  /(?:mail from:? ?<?|\bfrom:?\s{0,8}[=<]?<?|sender:?\s{0,8}<?|return-path:? ?<?|message-id:? ?<?|reply-to:? ?<?|contact(?: \w+){0,2}:? ?<?|e-?mail(?: us)?(?: at)? <?|mailto:|\bvia <?|\bid[:=]? ?<?|report to:? ?|write to:? ?|\bsubject:.{0,200}|msgid=<?|size=.{0,20}|\bask ?|差出人.{0,12}|送信元.{0,12})$/i;
/** Before an address that is one. */
const RECIPIENT =
  /(?:\brcpt(?: to)?:? ?<?|\bto[:=] ?<?|recipients?(?: address)?(?:\(s\))?:? ?<?|\bfor:? <?|deliver\w*(?: \w+){0,4}? to:? ?<?|\bto the following.{0,40}|(?:user|mailbox|address|addressee|account)(?: unknown| address)?:? ?<?|宛先.{0,12}|宛て.{0,12})$/i;

interface Draft {
  recipient: Span | null;
  readonly pieces: Span[];
}

export function readProse(source: Source, outline: Outline, isTaken: (line: number) => boolean): Prose {
  const logs: Finding[] = [];
  const reader = new Reader(source, outline);
  for (let number = 0; number < source.lines.length; number += 1) {
    const line = source.lines[number];
    if (line === undefined || outline.isHeader(number) || outline.isReturned(number)) continue;
    if (isTaken(number)) {
      reader.pause();
      continue;
    }
    const log = logs.length < FINDINGS_MAX ? readLogLine(line) : null;
    if (log === null) reader.read(line);
    else logs.push(log);
  }
  const { findings, pool } = reader.finish();
  return { findings: [...logs, ...findings], pool };
}

class Reader {
  readonly #source: Source;
  readonly #senders: ReadonlySet<string>;
  readonly #named: readonly string[];
  /** Of the mail that came back, or of the report: the body must tell. */
  readonly #doubtful: ReadonlySet<string>;
  readonly #drafts = new Map<string, Draft>();
  readonly #pool: Span[] = [];
  #current: Span[] = this.#pool;
  /** Whether the line before belongs to the paragraph that is being read. */
  #isOpen = false;

  constructor(source: Source, outline: Outline) {
    this.#source = source;
    const addresses = (names: readonly string[]): readonly string[] =>
      names.flatMap((name) =>
        (outline.fields.get(name) ?? []).flatMap((value) => value.slice(0, 4000).match(ADDRESS) ?? []),
      );
    this.#senders = new Set(
      addresses([
        'from',
        'to',
        'sender',
        'return-path',
        'reply-to',
        'message-id',
        'in-reply-to',
        'references',
      ]).map((each) => each.toLowerCase()),
    );
    this.#doubtful = new Set(addresses(['delivered-to', 'x-original-to']).map((each) => each.toLowerCase()));
    this.#named = addresses(['x-failed-recipients']).map((each) => each.toLowerCase());
  }

  pause(): void {
    this.#isOpen = false;
  }

  read(line: Span): void {
    if (line.text.trim() === '') {
      this.#isOpen = false;
      return;
    }
    const recipient = this.#recipientIn(line);
    if (recipient !== null) {
      const draft = this.#draftOf(recipient);
      if (this.#current !== draft.pieces) this.#isOpen = false;
      this.#current = draft.pieces;
    }
    this.#append(line);
  }

  finish(): Prose {
    const drafts = [...this.#drafts.values()];
    // Of several addresses in a row, the words come after the last.
    for (let index = drafts.length - 2; index >= 0; index -= 1) {
      const [draft, next] = [drafts[index], drafts[index + 1]];
      if (
        draft !== undefined &&
        next !== undefined &&
        draft.pieces.every((piece) => isAlone(piece, draft.recipient))
      )
        draft.pieces.push(...next.pieces);
    }
    const findings = drafts.map(({ recipient, pieces }) => ({
      recipient,
      fate: null,
      status: null,
      host: null,
      pieces,
    }));
    return { findings, pool: this.#pool };
  }

  #draftOf(recipient: Span): Draft {
    const key = recipient.text.toLowerCase();
    const known = this.#drafts.get(key);
    if (known !== undefined) return known;
    const draft: Draft = { recipient, pieces: [] };
    this.#drafts.set(key, draft);
    return draft;
  }

  /** Deeper than the line that began the paragraph: a folded line, not a new recipient. */
  #continues(line: Span): boolean {
    const last = this.#isOpen && this.#current !== this.#pool ? this.#current.at(-1) : undefined;
    return last !== undefined && indentOf(line.text) > indentOf(last.text);
  }

  #append(line: Span): void {
    const last = this.#current.at(-1);
    if (this.#isOpen && last !== undefined && line.end - last.start <= PIECE_MAX) {
      this.#current[this.#current.length - 1] = spanOf(this.#source, last.start, line.end);
    } else if (this.#current.length < PIECES_MAX) {
      this.#current.push(within(line, 0, Math.min(line.text.length, PIECE_MAX)));
    }
    this.#isOpen = true;
  }

  #recipientIn(line: Span): Span | null {
    if (!line.text.includes('@')) return null;
    ADDRESS.lastIndex = 0;
    for (let found = ADDRESS.exec(line.text); found !== null; found = ADDRESS.exec(line.text)) {
      const before = line.text.slice(Math.max(0, found.index - 80), found.index);
      const address = found[0].toLowerCase();
      const isNamed = this.#named.includes(address) || this.#drafts.has(address);
      const startsLine =
        (/^[\s<>*•・"'-]{0,16}$/.test(before) || isTranscript(line.text, found.index)) &&
        (!this.#continues(line) || isTranscript(line.text, found.index)) &&
        !/^\s{0,2}(?:wrote|schrieb)/i.test(line.text.slice(found.index + address.length));
      const isTold = startsLine || RECIPIENT.test(before);
      if (
        !isNamed &&
        /^>?:?\s{1,4}sender\b/i.test(
          line.text.slice(found.index + address.length, found.index + address.length + 16),
        )
      )
        continue;
      if (!isTold && !isNamed && this.#isOpen && this.#current !== this.#pool) continue;
      if (NOT_RECIPIENT.test(before) && !/rcpt to:? ?<?$/i.test(before)) continue;
      if (!isNamed && this.#named.length > 0) continue;
      if (!isNamed && (this.#senders.has(address) || (HELPER.test(address) && !isTold))) {
        if (!(isTold && HELPER.test(address) && !this.#senders.has(address))) continue;
      }
      if (!isNamed && this.#doubtful.has(address) && !RECIPIENT.test(before)) continue;
      if (!isNamed && this.#drafts.size >= FINDINGS_MAX) return null;
      return within(line, found.index, found.index + found[0].length);
    }
    return null;
  }
}

/** Whether a paragraph holds nothing but the address. */
function isAlone(piece: Span, recipient: Span | null): boolean {
  return (
    recipient !== null && piece.text.replace(recipient.text, '').replace(/[\s<>:;*()•・-]/g, '').length < 3
  );
}

/** Sendmail tells of each recipient in a line of its own: `550 5.1.1 <a@b>... User unknown`. */
function isTranscript(line: string, at: number): boolean {
  return (
    /^\s{0,4}(?:<<< )?[45]\d\d(?: [45]\.\d{1,3}\.\d{1,3})? <$/.test(line.slice(0, at)) &&
    /^[^\s>]{1,320}>\.\.\. /.test(line.slice(at, at + 330))
  );
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
