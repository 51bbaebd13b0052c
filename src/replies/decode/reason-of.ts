/** Which reason: provider rule, then clear words, then the enhanced code, then the basic code with its phase. */
import type { Wording } from '../../base/language.ts';
import type { Phase } from '../catalogue.ts';
import { providerReason } from './provider-rules.ts';
import type { Reason } from './reasons.ts';
import type { FoundReply } from './reply-finder.ts';
import type { Span } from './source.ts';
import { codeReason, PSEUDO_CODES, type StatusMeaning, statusReason, vagueStatusReason } from './statuses.ts';
import type { Confidence } from './verdict.ts';
import { NOTES } from './advice.ts';
import { plainWords } from './plain-words.ts';
import { reasonInWords, type SaidInWords } from './words.ts';

export interface Facts {
  readonly reply: FoundReply | null;
  readonly code: string | null;
  readonly status: string | null;
  readonly phase: Phase | null;
  readonly provider: string | null;
  /** What was said of the recipient: the reply first, then the rest. */
  readonly own: readonly Span[];
  /** What was said around it. */
  readonly around: readonly Span[];
}

export interface ReasonFound {
  readonly reason: Reason;
  readonly confidence: Confidence;
  readonly words: Span | null;
  readonly note: Wording | null;
}

/** Words that are said along with everything: a code that is exact beats them. */
const TALK: ReadonlySet<Reason> = new Set<Reason>([
  'system-error',
  'content',
  'policy',
  'not-accepting',
  'network',
  'protocol',
  'syntax',
  'host-unknown',
  'spam',
  'filtered',
  'expired',
]);
/** Of the weak words these are asked only when the basic code says nothing. */
const WEAKEST: ReadonlySet<Reason> = new Set<Reason>(['system-error', 'rate-limited']);

/** Basic codes that say more than `X.7.1` beside them. */
const TELLING_CODES: ReadonlySet<string> = new Set([
  '432',
  '454',
  '521',
  '523',
  '530',
  '534',
  '535',
  '538',
  '551',
  '552',
  '556',
]);

export function reasonOf(facts: Facts): ReasonFound {
  const { code, status, phase, provider } = facts;
  const replyWords = facts.reply === null ? [] : [plainWords(facts.reply.words)];
  const own = facts.own.map(plainWords);
  const text = joined(facts.reply === null ? facts.own : [facts.reply.words, ...facts.own]);
  const told = providerReason(provider, { code, status, phase, text, around: joined(facts.around) });
  if (told !== null) return { reason: told.reason, confidence: 'certain', words: null, note: told.note };

  const inReply = clearWords(facts, replyWords, own);
  const byStatus = status === null ? null : statusReason(status);
  if (byStatus !== null && inReply === null && byStatus.isLoose) {
    const others = otherWords([...own, ...facts.around.map(plainWords)]);
    if (others !== null)
      return {
        reason: refined(others.reason, facts, text),
        confidence: 'likely',
        words: others.span,
        note: null,
      };
  }
  if (byStatus !== null && (inReply === null || wins(byStatus, inReply))) {
    const agreed = inReply !== null && inReply.reason === byStatus.reason ? inReply.span : null;
    return {
      reason: refined(byStatus.reason, facts, text),
      confidence: 'certain',
      words: agreed,
      note: null,
    };
  }
  if (inReply === null) return fromTheRest(facts, replyWords, own, text);
  const reason = refined(inReply.reason, facts, text);
  const beats = byStatus !== null && byStatus.reason !== reason && !byStatus.isLoose;
  const note = beats ? NOTES['words-beat-code'] : null;
  return { reason, confidence: beats ? 'likely' : 'certain', words: inReply.span, note };
}

function joined(pieces: readonly Span[]): string {
  return pieces
    .map(({ text }) => text)
    .join('\n')
    .slice(0, 4000);
}

/** The clear words of the reply itself, or of everything where there is no reply. */
function clearWords(
  { reply, code, status, around }: Facts,
  replyWords: readonly Span[],
  own: readonly Span[],
): SaidInWords | null {
  if (reply === null) return strongest(own, 'strong');
  const found = strongest(replyWords, 'strong');
  // A server that answers has been reached: refused, then, is a rule and no accident.
  if (found?.reason === 'network' && code?.startsWith('5') === true && !/^\d\.4\./.test(status ?? ''))
    return null;
  if (found?.reason !== 'system-error') return found;
  const others = [...own, ...around.map(plainWords)].map((piece) => reasonInWords(piece, 'strong'));
  return (
    others.find((other) => other !== null && !TALK.has(other.reason) && other.reason !== 'mailer-error') ??
    found
  );
}

function fromTheRest(
  facts: Facts,
  replyWords: readonly Span[],
  own: readonly Span[],
  text: string,
): ReasonFound {
  const { code, status, phase } = facts;
  const around = facts.around.map(plainWords);
  const weak = strongest(replyWords.length > 0 ? replyWords : own, 'weak') ?? strongest(own, 'weak');
  // What is said around a reply that has words of its own is often only talk.
  const nearby =
    strongest(own, 'strong') ?? (replyWords.length > 0 ? otherWords(around) : strongest(around, 'strong'));
  if (nearby !== null)
    return {
      reason: refined(nearby.reason, facts, text),
      confidence: 'likely',
      words: nearby.span,
      note: null,
    };
  if (weak !== null && !WEAKEST.has(weak.reason))
    return { reason: weak.reason, confidence: 'likely', words: weak.span, note: null };
  const pseudo = code === null ? undefined : PSEUDO_CODES[code];
  if (pseudo !== undefined)
    return { reason: pseudo.reason, confidence: 'likely', words: null, note: NOTES.pseudo };
  const byVague = status === null ? null : vagueStatusReason(status);
  if (byVague !== null && code !== null && !TELLING_CODES.has(code))
    return { reason: byVague, confidence: 'guess', words: null, note: null };
  const byCode = code === null ? null : codeReason(code, phase);
  if (byCode !== null)
    return {
      reason: byCode,
      confidence: phase === null && code !== '552' ? 'guess' : 'likely',
      words: null,
      note: null,
    };
  if (byVague !== null) return { reason: byVague, confidence: 'guess', words: null, note: null };
  if (weak !== null) return { reason: weak.reason, confidence: 'guess', words: weak.span, note: null };
  return { reason: 'unknown', confidence: 'guess', words: null, note: null };
}

/** An exact code beats words that are said along with everything. */
function wins(status: StatusMeaning, words: SaidInWords): boolean {
  if (status.reason === words.reason) return true;
  return status.isExact ? words.reason !== 'greylisted' : !status.isLoose && TALK.has(words.reason);
}

/** A code that is only roughly right gives way to clear words that stand near. */
function otherWords(pieces: readonly Span[]): SaidInWords | null {
  const found = strongest(pieces, 'strong');
  return found !== null && !TALK.has(found.reason) ? found : null;
}

/** Where words and code each say half. */
function refined(reason: Reason, { code, status, phase }: Facts, text: string): Reason {
  const key = status?.slice(2) ?? '';
  if (reason === 'suspended' && key === '2.1' && /disabled/i.test(text) && !/inactiv|suspend/i.test(text))
    return 'mailbox-disabled';
  if (reason === 'mailbox-disabled' && /suspend|inactiv|abuse|violat|payment/i.test(text)) return 'suspended';
  // After MAIL it is the sender who is unknown.
  if (phase === 'mail' && (reason === 'user-unknown' || reason === 'host-unknown')) return 'policy';
  if (reason === 'network' && code?.startsWith('5') === true && /reject|denied|refused by/i.test(text))
    return 'policy';
  if (reason === 'user-unknown' && key === '1.6') return 'user-moved';
  if (reason === 'system-full' && key === '2.2') return 'mailbox-full';
  if (
    reason === 'mailbox-full' &&
    (key === '3.4' || key === '2.3') &&
    /message|size/i.test(text) &&
    !/quota|full/i.test(text)
  )
    return 'message-too-big';
  return reason;
}

function strongest(pieces: readonly Span[], strength: 'strong' | 'weak'): SaidInWords | null {
  for (const piece of pieces) {
    const found = reasonInWords(piece, strength);
    if (found !== null) return found;
  }
  return null;
}
