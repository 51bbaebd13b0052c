/** Lines of the logs of mail servers that tell the fate of one recipient. */
import type { Fate, Finding } from './finding.ts';
import { type Span, within } from './source.ts';

interface Layout {
  readonly words: RegExp;
  /** What its word for the fate means; the word is the group `fate`. */
  readonly fates: readonly (readonly [fate: RegExp, action: Fate['kind']])[];
}

// The groups: `to` the recipient, `fate` the word, `host` who answered, `status` the enhanced code, `said` the rest.
// prettier-ignore
const LAYOUTS: readonly Layout[] = [
  { // Postfix
    words: /\b(?:orig_)?to=<(?<to>[^>]{1,320})>.{0,400}?\brelay=(?<host>[^\s,[]{1,255}).{0,200}?\bdsn=(?<status>[245]\.\d{1,3}\.\d{1,3}),? status=(?<fate>\S{1,20})(?<said>.{0,1600})/,
    fates: [[/^sent/, 'delivered'], [/^deferred|^soft/i, 'delayed'], [/^bounced|^expired|^undeliverable/, 'failed'], [/^deliverable/, 'delivered']],
  },
  { // Postfix before 2.3, without dsn=
    words: /\bto=<(?<to>[^>]{1,320})>.{0,400}?\bstatus=(?<fate>sent|deferred|bounced|expired)\b(?<said>.{0,1600})/,
    fates: [[/^sent/, 'delivered'], [/^deferred/, 'delayed'], [/^bounced|^expired/, 'failed']],
  },
  { // Sendmail
    words: /\bto=<?(?<to>[^\s>,]{1,320})>?.{0,500}?\bstat=(?<fate>[A-Za-z]{1,20})(?<said>.{0,1600})/,
    fates: [[/^Sent/, 'delivered'], [/^Deferred|^queued/i, 'delayed'], [/^./, 'failed']],
  },
  { // OpenSMTPD
    words: /\bto=<?(?<to>[^\s>]{1,320})>?.{0,500}?\bresult="?(?<fate>Ok|TempFail|PermFail|LoopFail|NoResult)"?(?<said>.{0,1600})/i,
    fates: [[/^ok/i, 'delivered'], [/^temp|^nores/i, 'delayed'], [/^perm|^loop/i, 'failed']],
  },
  { // Exim
    words: /^(?:.{0,60}?\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4} )(?<fate>\*\*|==|=>|->|>>) (?<to>[^\s:<]{1,320}@[^\s:<]{1,255})(?<said>.{0,1600})/,
    fates: [[/^\*\*/, 'failed'], [/^==/, 'delayed'], [/^./, 'delivered']],
  },
  { // qmail-send
    words: /\bdelivery \d{1,12}: (?<fate>deferral|failure|success): (?<said>.{0,1600})/,
    fates: [[/^d/, 'delayed'], [/^f/, 'failed'], [/^s/, 'delivered']],
  },
];

/** What a log line tells; null when it is none. */
export function readLogLine(line: Span): Finding | null {
  if (
    line.text.length < 20 ||
    !/status=|stat=|result=|\bdelivery \d|(?:\*\*|==|=>|->|>>) \S{1,320}@/i.test(line.text)
  )
    return null;
  for (const { words, fates } of LAYOUTS) {
    const found = words.exec(line.text);
    if (found?.groups === undefined) continue;
    const group = (name: string): Span | null => groupOf(line, found, name);
    const [fate, said] = [group('fate'), group('said')];
    const kind = fates.find(([word]) => word.test(fate?.text ?? ''))?.[1];
    if (fate === null || said === null || kind === undefined) continue;
    const [host, status] = [group('host'), group('status') ?? dsnOf(line)];
    return {
      recipient: group('to'),
      fate: { kind, span: fate },
      status,
      host: host !== null && host.text.includes('.') ? host : null,
      pieces: [said],
    };
  }
  return null;
}

function dsnOf(line: Span): Span | null {
  const found = /\bdsn=([245]\.\d{1,3}\.\d{1,3})/.exec(line.text);
  return found === null ? null : within(line, found.index + 4, found.index + found[0].length);
}

/** Where a group stands. The groups stand in the order of the text, so each is looked for after the match's beginning. */
function groupOf(line: Span, found: RegExpExecArray, name: string): Span | null {
  const text = found.groups?.[name];
  if (text === undefined || text === '') return null;
  const end = found.index + found[0].length;
  const from = name === 'said' ? end - text.length : line.text.indexOf(text, found.index);
  return from < 0 ? null : within(line, from, from + text.length);
}
