/** From what was found of one recipient to the verdict on it. */
import type { Wording } from '../../base/language.ts';
import { NOTES, retryAdvice, STANDINGS } from './advice.ts';
import type { Finding, Surroundings } from './finding.ts';
import { pageOf } from './pages.ts';
import { findPhase } from './phases.ts';
import { providerInWords, providerOfHost, SOFTWARE } from './providers.ts';
import { type ReasonFound, reasonOf } from './reason-of.ts';
import { REASONS, type Reason } from './reasons.ts';
import { type FoundReply, findReplies, findStatus } from './reply-finder.ts';
import { type Span, within } from './source.ts';
import { statusReason } from './statuses.ts';
import type { Evidence, RecipientVerdict, Standing } from './verdict.ts';
import { reasonInWords } from './words.ts';
import { plainWords } from './plain-words.ts';

/** So much of what was said of one recipient is read, in pieces. */
const PIECES_READ = 8;
const HOST =
  /\b(?:host|from|by|to|server|mta|relay|contact|connect(?:ed|ing)? to|dns;|talking to|remote server|generating server:?)[ =;]{1,3}([a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,8})/i;

export function judge(finding: Finding, surroundings: Surroundings): RecipientVerdict | null {
  const own = finding.pieces.slice(0, PIECES_READ);
  const around = surroundings.pieces.slice(0, PIECES_READ);
  const seen = see(finding, own, around);
  const { standing: byCode, isConflict } = standingByCodes(seen.code, seen.status, finding);
  if (byCode === 'success' || finding.fate?.kind === 'delivered') {
    const found: ReasonFound = { reason: 'delivered', confidence: 'certain', words: null, note: null };
    return verdict(finding, seen, { standing: 'success', found, notes: [] });
  }
  const found = reasonOf({ ...seen, own, around });
  const { isBounce, isDelay } = surroundings;
  if (byCode === null && found.words === null && found.confidence === 'guess' && !isBounce) return null;
  // The report says itself that nothing more is tried.
  const isOver =
    found.reason === 'expired' && finding.fate === null && seen.code === null && isBounce && !isDelay;
  const standing = isOver ? 'permanent' : (byCode ?? standingByReason(found.reason, surroundings));
  const notes = [
    isConflict ? NOTES.conflict : null,
    found.note,
    standing === 'temporary' && finding.fate?.kind === 'failed' ? NOTES['gave-up'] : null,
    seen.code === null && seen.status === null && LOCAL.has(found.reason) ? NOTES['no-reply'] : null,
  ].filter((note) => note !== null);
  return verdict(finding, seen, { standing, found, notes });
}

function see(finding: Finding, own: readonly Span[], around: readonly Span[]): Seen {
  const all = [...own, ...around];
  const reply =
    chooseReply(own, finding.fate?.kind === 'delivered') ??
    (hasWords(own) ? null : chooseReply(around, false));
  const status = statusFor(finding, reply, own);
  const phase = firstOf(all, findPhase);
  const host = finding.host ?? hostIn(all);
  const named = firstOf(all, providerInWords);
  const byHost = host === null ? null : providerOfHost(host.text);
  return {
    reply,
    code: reply?.code.text ?? null,
    status: status?.text ?? null,
    phase: phase?.phase ?? null,
    provider: byHost ?? providerInWordsOrDomain(named?.id ?? null, finding.recipient),
    host,
    statusSpan: status,
    phaseSpan: phase?.span ?? null,
    providerSpan: named?.span ?? null,
    read: reply === null ? all : [reply.words, ...all],
  };
}

const LOCAL: ReadonlySet<Reason> = new Set<Reason>(['network', 'host-unknown', 'expired', 'loop']);

interface Seen {
  readonly reply: FoundReply | null;
  readonly code: string | null;
  readonly status: string | null;
  readonly phase: RecipientVerdict['phase'];
  readonly provider: string | null;
  readonly host: Span | null;
  readonly statusSpan: Span | null;
  readonly phaseSpan: Span | null;
  readonly providerSpan: Span | null;
  /** All that was read, as it stands in the text. */
  readonly read: readonly Span[];
}

/** The words as they stand in the text, not as the rules read them. */
function asWritten(words: Span | null, read: readonly Span[]): Span | null {
  const piece =
    words === null ? undefined : read.find(({ start, end }) => start <= words.start && words.end <= end);
  return words === null || piece === undefined
    ? words
    : within(piece, words.start - piece.start, words.end - piece.start);
}

interface Judged {
  readonly standing: Standing;
  readonly found: ReasonFound;
  readonly notes: readonly Wording[];
}

function verdict(finding: Finding, seen: Seen, { standing, found, notes }: Judged): RecipientVerdict {
  const text = REASONS[found.reason];
  return {
    recipient: finding.recipient?.text ?? null,
    standing,
    reason: found.reason,
    code: seen.code,
    status: seen.status,
    phase: seen.phase,
    provider: seen.provider,
    host: seen.host?.text ?? null,
    actors: text.actors,
    retry: retryAdvice(found.reason, standing),
    summary: {
      en: `${text.meaning.en} ${STANDINGS[standing].en}`,
      ja: `${text.meaning.ja}${STANDINGS[standing].ja}`,
    },
    sender: text.sender,
    manager: text.manager,
    notes,
    confidence: found.confidence,
    evidence: evidenceOf(finding, seen, asWritten(found.words, seen.read)),
    page: pageOf(seen.code, seen.status, found.reason, found.words?.text ?? ''),
  };
}

function evidenceOf(finding: Finding, seen: Seen, words: Span | null): readonly Evidence[] {
  const all: readonly (readonly [Evidence['as'], Span | null])[] = [
    ['recipient', finding.recipient],
    ['action', finding.fate?.span ?? null],
    ['status', seen.statusSpan],
    ['reply', seen.reply?.words ?? null],
    ['words', words],
    ['phase', seen.phaseSpan],
    ['host', seen.host],
    ['provider', seen.providerSpan],
  ];
  return all
    .flatMap(([as, span]) => (span === null ? [] : [{ ...span, as }]))
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Of several replies the one that says most; refusals before promises. */
function chooseReply(pieces: readonly Span[], wantsSuccess: boolean): FoundReply | null {
  const replies = pieces.flatMap((piece) => findReplies(piece)).slice(0, 24);
  const refusals = replies.filter(({ code }) => code.text[0] !== '2');
  const candidates = wantsSuccess || refusals.length === 0 ? replies : refusals;
  let best: FoundReply | null = null;
  let most = -1;
  for (const reply of candidates.slice(0, 8)) {
    const score = weight(reply);
    if (score > most) [best, most] = [reply, score];
  }
  return best;
}

function weight(reply: FoundReply): number {
  const known = reply.status === null ? null : statusReason(reply.status.text);
  const words = reasonInWords(plainWords(reply.words), 'strong');
  return (
    (known === null ? 0 : known.isLoose ? 1 : 2) +
    (words === null ? 0 : words.reason === 'system-error' ? 1 : 3) +
    (reply.status === null ? 0 : 1)
  );
}

function hasWords(pieces: readonly Span[]): boolean {
  return pieces.some((piece) => reasonInWords(plainWords(piece), 'strong') !== null);
}

/** The reply's own enhanced code, unless the notification has a more exact one. */
function statusFor(finding: Finding, reply: FoundReply | null, own: readonly Span[]): Span | null {
  const inReply = reply?.status ?? null;
  const inText = inReply ?? firstOf(own, (piece) => findStatus(piece));
  if (inText === null || finding.status === null) return inText ?? finding.status;
  return isVague(inText) && !isVague(finding.status) ? finding.status : inText;
}

function isVague(status: Span): boolean {
  return statusReason(status.text) === null;
}

function standingByCodes(
  code: string | null,
  status: string | null,
  finding: Finding,
): { readonly standing: Standing | null; readonly isConflict: boolean } {
  const [basic, enhanced] = [classOf(code), classOf(finding.status?.text ?? status) ?? classOf(status)];
  const fate = finding.fate?.kind ?? null;
  const inReply = classOf(status);
  const isConflict = basic !== null && inReply !== null && basic !== inReply;
  const byFate: Standing | null = fate === 'failed' ? 'permanent' : fate === 'delayed' ? 'temporary' : null;
  if (basic !== null && enhanced !== null && basic !== enhanced)
    return { standing: byFate ?? basic, isConflict };
  if (isConflict) return { standing: byFate ?? basic, isConflict };
  // `4.0.0` of a mail that came back says nothing.
  if (basic === null && fate === 'failed' && finding.status?.text.endsWith('.0.0') === true)
    return { standing: 'permanent', isConflict };
  const byClass = basic ?? enhanced;
  if (byClass === 'permanent' && fate === 'delayed') return { standing: 'temporary', isConflict };
  return { standing: byClass ?? byFate, isConflict };
}

function classOf(code: string | null): Standing | null {
  if (code === null) return null;
  return code.startsWith('5') ? 'permanent' : code.startsWith('4') ? 'temporary' : 'success';
}

const PASSING: ReadonlySet<Reason> = new Set<Reason>([
  'greylisted',
  'rate-limited',
  'too-many-connections',
  'system-full',
  'network',
  'mailbox-full',
  'system-error',
]);

function standingByReason(reason: Reason, { isBounce, isDelay }: Surroundings): Standing {
  if (isDelay) return 'temporary';
  if (isBounce) return 'permanent';
  return PASSING.has(reason) ? 'temporary' : reason === 'unknown' ? 'unknown' : 'permanent';
}

function hostIn(pieces: readonly Span[]): Span | null {
  return firstOf(pieces, (piece) => {
    const found = HOST.exec(piece.text);
    if (found?.[1] === undefined || /^[\d.]+$/.test(found[1])) return null;
    const start = piece.start + found.index + found[0].length - found[1].length;
    return { start, end: start + found[1].length, text: found[1] };
  });
}

/** What made the server is asked last: the recipient's domain says more. */
function providerInWordsOrDomain(named: string | null, recipient: Span | null): string | null {
  const domain = domainProvider(recipient);
  return named === null || SOFTWARE.has(named) ? (domain ?? named) : named;
}

/** Carriers answer for their own domains; a recipient there tells who it was when nothing else does. */
function domainProvider(recipient: Span | null): string | null {
  const at = recipient?.text.lastIndexOf('@') ?? -1;
  return recipient === null || at < 0 ? null : providerOfHost(recipient.text.slice(at + 1));
}

function firstOf<T>(pieces: readonly Span[], find: (piece: Span) => T | null): T | null {
  for (const piece of pieces) {
    const found = find(piece);
    if (found !== null) return found;
  }
  return null;
}
