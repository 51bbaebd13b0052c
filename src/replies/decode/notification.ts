/** Delivery status notifications: groups of fields, one for the message and one for each recipient. RFC 3464 §2 */
import type { Fate, Finding } from './finding.ts';
import { type Source, type Span, spanOf, within } from './source.ts';

const FIELD = /^[>|\s]{0,8}([A-Za-z][A-Za-z0-9-]{2,40})[ \t]{0,4}:[ \t]{0,8}/;
// prettier-ignore
const NAMES = new Set([
  'final-recipient', 'original-recipient', 'action', 'status', 'diagnostic-code', 'remote-mta', 'x-actual-recipient', 'last-attempt-date',
  'will-retry-until', 'final-log-id', 'x-postfix-queue-id', 'x-postfix-sender', 'reporting-mta', 'arrival-date', 'received-from-mta', 'dsn-gateway',
  'original-envelope-id', 'x-display-name', 'x-supplementary-info', 'localized-diagnostic', 'delivered-recipient', 'x-original-message-id', 'x-notes-error', 'failure-reason',
  'smtp-remote-recipient', 'x-mailer-error', 'x-spam-status',
]);

export interface Field {
  readonly name: string;
  readonly value: Span;
}

/** One group of a notification, in its order. */
export type Group = readonly Field[];

export interface Notification {
  readonly findings: readonly Finding[];
  /** Lines that are fields, not prose; by their number. */
  readonly lines: ReadonlySet<number>;
}

/** The recipients of all notifications in the text. */
export function readNotifications(source: Source, isSkipped: (line: number) => boolean): Notification {
  const { groups, lines } = readGroups(source, isSkipped);
  const findings: Finding[] = [];
  for (const group of groups) {
    for (const recipient of perRecipient(group)) {
      const finding = findingOf(recipient);
      if (finding !== null) findings.push(finding);
    }
  }
  return { findings, lines };
}

function readGroups(
  source: Source,
  isSkipped: (line: number) => boolean,
): { readonly groups: readonly Group[]; readonly lines: ReadonlySet<number> } {
  const groups: Field[][] = [];
  const lines = new Set<number>();
  let group: Field[] = [];
  for (let number = 0; number < source.lines.length; number += 1) {
    const line = source.lines[number];
    if (line === undefined) break;
    if (line.text === '' && group.length === 0) continue;
    const field = isSkipped(number) ? null : FIELD.exec(line.text);
    const name = field?.[1]?.toLowerCase() ?? '';
    if (field === null || !NAMES.has(name)) {
      if (group.length > 0 && (line.text.trim() === '' || isSkipped(number))) {
        groups.push(group);
        group = [];
      }
      continue;
    }
    const last = endOfField(source, number, isSkipped);
    for (let each = number; each <= last; each += 1) lines.add(each);
    const end = source.lines[last]?.end ?? line.end;
    group.push({
      name,
      value: spanOf(
        source,
        line.start + field[0].length,
        Math.max(Math.min(end, line.start + 4000), line.start + field[0].length),
      ),
    });
    number = last;
  }
  if (group.length > 0) groups.push(group);
  return { groups, lines };
}

/** Folded lines begin with a blank; some gateways break without one, inside quotation marks or before more of a reply. */
function endOfField(source: Source, first: number, isSkipped: (line: number) => boolean): number {
  let last = first;
  while (last + 1 < source.lines.length && last < first + 40) {
    const next = source.lines[last + 1]?.text ?? '';
    if (isSkipped(last + 1) || next.trim() === '' || (FIELD.test(next) && !/^\s/.test(next))) break;
    if (!/^[ \t]/.test(next) && (next.startsWith('--') || last > first + 4)) break;
    if (/^[ \t]/.test(next) && NAMES.has(FIELD.exec(next)?.[1]?.toLowerCase() ?? '')) break;
    last += 1;
  }
  return last;
}

/** Some senders forget the blank line between two recipients. */
function perRecipient(group: Group): readonly Group[] {
  const groups: Field[][] = [];
  let current: Field[] = [];
  for (const field of group) {
    const starts = field.name === 'final-recipient' || field.name === 'original-recipient';
    if (starts && current.some(({ name }) => name === field.name)) {
      groups.push(current);
      current = [];
    }
    current.push(field);
  }
  return [...groups, current];
}

function findingOf(group: Group): Finding | null {
  const value = (name: string): Span | null => group.find((field) => field.name === name)?.value ?? null;
  const [action, status] = [value('action'), value('status')];
  const final = value('final-recipient') ?? value('delivered-recipient');
  const recipient = final ?? value('original-recipient') ?? value('x-actual-recipient');
  if (action === null && status === null && value('diagnostic-code') === null) return null;
  const words = [
    'diagnostic-code',
    'x-notes-error',
    'failure-reason',
    'localized-diagnostic',
    'x-supplementary-info',
    'x-mailer-error',
  ];
  const pieces = group.filter(({ name }) => words.includes(name)).map((field) => field.value);
  const rest = status === null ? [] : [status];
  return {
    recipient: recipient === null ? null : addressOf(recipient, value('original-recipient')),
    fate: action === null ? null : fateOf(action),
    status: status === null ? null : statusOf(status),
    host: hostOf(value('remote-mta')),
    pieces: [...pieces, ...rest],
  };
}

/** `rfc822; <a@b>` → `a@b`. An address of another type (X.400, system) gives way to the original one. */
function addressOf(value: Span, original: Span | null): Span {
  const found = /(?:^|[;<\s"])([^\s;<>"]{1,200}@[^\s;<>",]{1,255})/.exec(value.text);
  if (found?.[1] !== undefined) {
    const from = found.index + found[0].length - found[1].length;
    return within(value, from, from + found[1].length);
  }
  if (original !== null && original !== value && original.text.includes('@'))
    return addressOf(original, null);
  const type = /^[^;]{0,40};\s{0,8}/.exec(value.text)?.[0].length ?? 0;
  return within(value, type, value.text.trimEnd().length);
}

function statusOf(value: Span): Span | null {
  const found = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}/.exec(value.text);
  return found === null ? null : within(value, found.index, found.index + found[0].length);
}

function fateOf(value: Span): Fate | null {
  const found =
    /\b(?:(failed|failure)|(delayed|deferred)|(delivered|relayed|expanded|success\w{0,6}))\b/i.exec(
      value.text,
    );
  if (found === null) return null;
  const kind = found[1] !== undefined ? 'failed' : found[2] !== undefined ? 'delayed' : 'delivered';
  return { kind, span: within(value, found.index, found.index + found[0].length) };
}

/** `dns; mx.example.org (192.0.2.1)` → `mx.example.org`: what stands behind the type, where there is one. */
function hostOf(value: Span | null): Span | null {
  const found =
    value === null ? null : /^(?:[^;]{0,40};\s{0,8})?([a-z0-9][a-z0-9._-]{2,253})/i.exec(value.text);
  if (value === null || found?.[1] === undefined) return null;
  const from = found.index + found[0].length - found[1].length;
  return found[1].includes('.') ? within(value, from, from + found[1].length) : null;
}
