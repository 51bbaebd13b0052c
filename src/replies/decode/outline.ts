/** What each line of the text is: header of the report, prose, or part of the message that came back and is not to be read. */
import type { Source, Span } from './source.ts';

/** `unpack` writes this line before what was returned; nothing after it is about the failure. */
export const RETURNED_MARK = '----- Returned message (not read) -----';

export interface Outline {
  /** Fields of the header of the report itself, in lower case, each as often as it stands. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Lines of headers, by number. */
  readonly isHeader: (line: number) => boolean;
  readonly isReturned: (line: number) => boolean;
}

// Zero is prose.
const HEADER = 1;
const RETURNED = 2;

const FIELD = /^([!-9;-~]{1,76}):(?:[ \t]|$)/;
const MESSAGE_FIELDS =
  /^(?:from|to|subject|received|return-path|date|message-id|mime-version|content-type|delivered-to|x-failed-recipients)$/i;
/** Fields with which only the header of a message begins, not a sentence. */
const RETURNED_FIELD =
  /^(?:>\s?)?(?:received: (?:from|by|\()|return-path: ?<?|message-id: ?<|mime-version: ?1|dkim-signature: |x-mailer: |x-originating-ip: |content-transfer-encoding: )/i;
const RETURNED_WORDS =
  /cop(?:y|ies) of (?:the|your)|original message|unsent message|undelivered message|undeliverable message|(?:returned|bounced|failed) (?:message|mail)(?! error)|message headers?|original headers?|headers? (?:of|from|follow)|message (?:text|body|contents?|follows)|your (?:message|mail) (?:reads|was|follows)|text of (?:the|your)|first \d{1,5} (?:lines|bytes|octets)|beginning of|received headers?|below this line|元のメール|オリジナル|送信されたメール|以下のメール|original mail/i;

export function readOutline(source: Source): Outline {
  const kinds = new Uint8Array(source.lines.length);
  const fields = new Map<string, string[]>();
  let number = readHeader(source.lines, kinds, fields);
  const boundaries = new Set<string>();
  addBoundary(boundaries, (fields.get('content-type') ?? []).join(' '));
  // The mark of returned mail: until the next part of the message, or until a notification begins.
  let returned = false;
  for (; number < source.lines.length; number += 1) {
    const line = source.lines[number]?.text ?? '';
    if (line === '') {
      if (returned) kinds[number] = RETURNED;
      continue;
    }
    if (isBoundary(source.lines, number, boundaries)) {
      kinds[number] = HEADER;
      const part = readPartHeader(source.lines, number + 1, kinds);
      addBoundary(boundaries, part.type);
      returned =
        /^(?:message\/(?:rfc822|global)\b|text\/rfc822-headers|message\/partial|message\/global-headers|image|audio|application)/i.test(
          part.type,
        );
      number = part.next - 1;
      continue;
    }
    if (returned && /^(?:Reporting-MTA|Final-Recipient|Feedback-Type):/i.test(line)) returned = false;
    else if (!returned && startsReturned(source.lines, number)) returned = true;
    if (returned) kinds[number] = RETURNED;
  }
  return {
    fields,
    isHeader: (line) => kinds[line] === HEADER,
    isReturned: (line) => kinds[line] === RETURNED,
  };
}

/** The header at the top, when the text is a message; gives the number of the first line after it. */
function readHeader(lines: readonly Span[], kinds: Uint8Array, fields: Map<string, string[]>): number {
  let first = 0;
  while (first < lines.length && lines[first]?.text.trim() === '') first += 1;
  if (/^From \S/.test(lines[first]?.text ?? '')) first += 1;
  let end = first;
  let known = 0;
  let last: string[] | null = null;
  for (; end < lines.length; end += 1) {
    const line = lines[end]?.text ?? '';
    if (/^[ \t]+\S/.test(line) && last !== null) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const field = FIELD.exec(line);
    if (field?.[1] === undefined) break;
    const name = field[1].toLowerCase();
    if (MESSAGE_FIELDS.test(name)) known += 1;
    last = fields.get(name) ?? [];
    last.push(line.slice(field[0].length).trim());
    fields.set(name, last);
  }
  if (known < 2 || (lines[end]?.text.trim() ?? '') !== '') {
    fields.clear();
    return 0;
  }
  kinds.fill(HEADER, 0, end);
  return end;
}

function addBoundary(boundaries: Set<string>, type: string): void {
  const found = /boundary\s{0,4}=\s{0,4}(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(type);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary !== undefined && boundaries.size < 50) boundaries.add(boundary);
}

function isBoundary(lines: readonly Span[], number: number, boundaries: ReadonlySet<string>): boolean {
  const line = lines[number]?.text ?? '';
  if (!line.startsWith('--')) return false;
  const name = line.slice(2).trimEnd();
  return (
    boundaries.has(name) ||
    boundaries.has(name.replace(/--$/, '')) ||
    // A pasted part of a message, without the header that names the boundary.
    (name.length > 0 &&
      /^content-(?:type|description|transfer-encoding):/i.test(lines[number + 1]?.text ?? ''))
  );
}

function readPartHeader(
  lines: readonly Span[],
  from: number,
  kinds: Uint8Array,
): { readonly type: string; readonly next: number } {
  let type = '';
  let isType = false;
  let next = from;
  for (; next < lines.length && next < from + 40; next += 1) {
    const line = lines[next]?.text ?? '';
    const field = FIELD.exec(line);
    if (line.trim() === '' || (field === null && !/^[ \t]/.test(line))) break;
    if (field !== null) isType = /^content-type$/i.test(field[1] ?? '');
    if (isType) type += ` ${field === null ? line.trim() : line.slice(field[0].length).trim()}`;
    kinds[next] = HEADER;
  }
  return { type: type.trim(), next };
}

function startsReturned(lines: readonly Span[], number: number): boolean {
  const line = lines[number]?.text ?? '';
  if (line === RETURNED_MARK) return true;
  if (line.length < 200 && RETURNED_FIELD.test(line)) return true;
  if (
    line.length < 120 &&
    /^[\s>]{0,4}(?:-{2,}|={2,}|\*{2,}|_{2,}|\+{2,}|#{2,})|(?:[-:=]|\.\.\.)\s{0,4}$/.test(line) &&
    RETURNED_WORDS.test(line) &&
    !/^[\s<>]{0,8}[245]\d\d[ -]/.test(line)
  )
    return !/transcript|session|error|reason|recipient|could not|cannot|undeliverable (?:to|because)|has been|delivered to/i.test(
      line,
    );
  return /^(?:from|to|subject|date): /i.test(line) && isHeaderRun(lines, number);
}

/** Three fields of a message in a row begin a returned header. */
function isHeaderRun(lines: readonly Span[], number: number): boolean {
  const names = [0, 1, 2].map((offset) => FIELD.exec(lines[number + offset]?.text ?? '')?.[1] ?? '');
  return names.every((name) =>
    /^(?:from|to|cc|subject|date|message-id|reply-to|mime-version|sender|x-[\w-]{1,60}|content-type)$/i.test(
      name,
    ),
  );
}
