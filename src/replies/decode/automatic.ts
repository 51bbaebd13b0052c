/** What looks like a bounce and is none: answers of absent people, and complaints. RFC 3834 §5, RFC 5965 §2 */
import { retryAdvice } from './advice.ts';
import type { Outline } from './outline.ts';
import { type Reason, REASONS } from './reasons.ts';
import { type Source, type Span, spanOf } from './source.ts';
import type { RecipientVerdict } from './verdict.ts';

const COMPLAINT = /^[ \t>]{0,4}Feedback-Type:[ \t]{0,8}(\S{1,40})/im;
const ABSENCE =
  /out of (?:the )?office|\bvacation\b|auto(?:matic|mated)?[- ]?(?:reply|response|responder|answer)|\baway from (?:my|the) (?:desk|office|mail|email)|on (?:annual |parental |maternity |sick )?leave\b|abwesenheit|abwesend|automatische antwort|absence du bureau|r[ée]ponse automatique|respuesta autom[aá]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|resposta autom[aá]tica|автоответ|отсутств\w{0,6} (?:на|в офис)|自动回复|自動回覆|自動返信|自動応答|不在(?:通知|の|に|です|のため|致|いた)|休暇|留守|only available in|will be back|帰社/i;

export function automaticVerdict(
  source: Source,
  outline: Outline,
  isNotification: boolean,
): RecipientVerdict | null {
  const complaint = COMPLAINT.exec(source.text);
  if (
    complaint !== null &&
    /^(?:User-Agent|Version|Original-Mail-From|Source-IP|Arrival-Date|Received-Date|Original-Rcpt-To|Removal-Recipient|Reported-Domain)[ \t]{0,4}:/im.test(
      source.text,
    )
  ) {
    return told(
      'feedback-loop',
      spanOf(source, complaint.index, complaint.index + complaint[0].length),
      recipientOf(source),
    );
  }
  if (isNotification) return null;
  const field = (name: string): string => (outline.fields.get(name) ?? []).join(' ');
  const subject = field('subject');
  const isAutomatic =
    /auto-(?:replied|notified)/i.test(field('auto-submitted')) ||
    /auto_reply/i.test(field('precedence')) ||
    outline.fields.has('x-autoreply') ||
    outline.fields.has('x-autorespond') ||
    (outline.fields.has('x-auto-response-suppress') && ABSENCE.test(subject));
  const isDaemon =
    /mailer-daemon|postmaster|mail delivery/i.test(field('from')) ||
    outline.fields.has('x-failed-recipients') ||
    /undeliver|returned mail|failure notice|delivery (?:status|fail)/i.test(subject);
  if (isDaemon) return null;
  const found = outline.fields.size > 0 ? ABSENCE.exec(source.text.slice(0, 20_000)) : null;
  if (!isAutomatic && (found === null || !ABSENCE.test(subject))) return null;
  const span =
    found === null ? spanOf(source, 0, 0) : spanOf(source, found.index, found.index + found[0].length);
  return told('vacation', span, null);
}

/** Who complained, where the provider says it. */
function recipientOf(source: Source): Span | null {
  const found =
    /^[ \t]{0,4}(?:Original-Rcpt-To|Removal-Recipient|X-HmXmrOriginalRecipient)[ \t]{0,4}:[^@\n]{0,60}?([^\s<>;:@]{1,120}@[^\s<>;]{1,255})/im.exec(
      source.text,
    );
  if (found?.[1] === undefined) return null;
  const end = found.index + found[0].length;
  return spanOf(source, end - found[1].length, end);
}

function told(reason: Reason, words: Span, recipient: Span | null): RecipientVerdict {
  const text = REASONS[reason];
  return {
    recipient: recipient?.text ?? null,
    standing: 'success',
    reason,
    code: null,
    status: null,
    phase: null,
    provider: null,
    host: null,
    actors: text.actors,
    retry: retryAdvice(reason, 'success'),
    summary: text.meaning,
    sender: text.sender,
    manager: text.manager,
    notes: [],
    confidence: 'certain',
    evidence: [
      ...(words.end > words.start ? [{ ...words, as: 'words' as const }] : []),
      ...(recipient === null ? [] : [{ ...recipient, as: 'recipient' as const }]),
    ],
    page: null,
  };
}
