/** Reads a reply, a log line, a bounce or a whole report of one, and says what became of each recipient. */
import { automaticVerdict } from './automatic.ts';
import type { Finding, Surroundings } from './finding.ts';
import { judge } from './judge.ts';
import { readNotifications } from './notification.ts';
import { type Outline, readOutline } from './outline.ts';
import { type Prose, readProse } from './prose.ts';
import { singleReplies } from './single-replies.ts';
import { readSource, type Source, type Span, spanOf } from './source.ts';
import { splitAdvised } from './split.ts';
import type { Decoded, Evidence, RecipientVerdict } from './verdict.ts';

/** As many recipients are told. */
export const VERDICTS_MAX = 100;

const DELIVERED_WORDS =
  /success\w{0,6} (?:been )?(?:deliver|relay|sent)|(?:has been|was|were) (?:successfully )?(?:delivered|relayed)(?! to (?:the )?(?:spam|junk))/i;

export function decodeText(text: string): Decoded {
  const source = readSource(text);
  const outline = readOutline(source);
  const verdicts = splitAdvised(distinct(readAll(source, outline))).slice(0, VERDICTS_MAX);
  return {
    text: source.text,
    truncated: source.truncated,
    verdicts: verdicts.map((verdict) => ({ ...verdict, evidence: asWritten(source, verdict.evidence) })),
  };
}

/** The rules on words see a text in which line ends and links are blank: the reader sees what stands there. */
function asWritten(source: Source, evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.map((each) => ({ ...each, text: source.text.slice(each.start, each.end) }));
}

function readAll(source: Source, outline: Outline): readonly RecipientVerdict[] {
  const notification = readNotifications(
    source,
    (line) => outline.isHeader(line) || outline.isReturned(line),
  );
  const prose = readProse(source, outline, (line) => notification.lines.has(line));
  const automatic = automaticVerdict(source, outline, notification.findings.length > 0);
  if (automatic !== null) return [automatic];
  const mood = moodOf(source, outline, notification.findings.length > 0);
  if (notification.findings.length > 0) return fromNotification(notification.findings, prose, mood);
  return fromProse(prose, mood, failedRecipient(source, outline));
}

type Mood = Omit<Surroundings, 'pieces'>;

function fromNotification(
  findings: readonly Finding[],
  prose: Prose,
  mood: Mood,
): readonly RecipientVerdict[] {
  const verdicts: RecipientVerdict[] = [];
  for (const finding of findings.slice(0, VERDICTS_MAX)) {
    const key = finding.recipient?.text.toLowerCase();
    const same = prose.findings.find(({ recipient }) => recipient?.text.toLowerCase() === key);
    const others = findings.length === 1 ? prose.findings.flatMap(({ pieces }) => pieces) : [];
    const pieces = [...(same?.pieces ?? []), ...(same === undefined ? others : []), ...prose.pool];
    const verdict = judge(finding, { ...mood, pieces });
    if (verdict !== null) verdicts.push(verdict);
  }
  return verdicts;
}

function fromProse(prose: Prose, mood: Mood, named: Span | null): readonly RecipientVerdict[] {
  const verdicts: RecipientVerdict[] = [];
  for (const finding of prose.findings.slice(0, VERDICTS_MAX)) {
    // A log line stands for itself.
    const verdict = judge(finding, { ...mood, pieces: finding.fate === null ? prose.pool : [] });
    if (verdict !== null) verdicts.push(verdict);
  }
  if (verdicts.length > 0) {
    const failures = verdicts.filter(
      ({ reason, standing }) => standing === 'success' || reason !== 'unknown',
    );
    return failures.length > 0 ? failures : verdicts;
  }
  const delivered = DELIVERED_WORDS.exec(
    prose.pool
      .map(({ text }) => text)
      .join('\n')
      .slice(0, 4000),
  );
  if (delivered !== null && !mood.isDelay) {
    const span = prose.pool[0];
    if (span !== undefined) return successes(prose, span, mood);
  }
  const singles = mood.isBounce ? [] : singleReplies(prose.pool);
  if (singles.length > 1)
    return singles.flatMap((piece) => judge(bare([piece]), { ...mood, pieces: [] }) ?? []);
  const verdict = judge({ ...bare(prose.pool), recipient: named }, { ...mood, pieces: [] });
  return verdict === null ? [] : [verdict];
}

/** A report for people that all went well. */
function successes(prose: Prose, span: Span, mood: Mood): readonly RecipientVerdict[] {
  const findings = prose.findings.length > 0 ? prose.findings : [bare([])];
  return findings.flatMap(
    (finding) => judge({ ...finding, fate: { kind: 'delivered', span } }, { ...mood, pieces: [] }) ?? [],
  );
}

/** The only one whom the header names, when the body names nobody. */
function failedRecipient(source: Source, outline: Outline): Span | null {
  const value = (outline.fields.get('x-failed-recipients') ?? []).join(',').trim();
  const start = /^[^\s,<>@]{1,200}@[^\s,<>@]{1,255}$/.test(value) ? source.text.indexOf(value) : -1;
  return start < 0 ? null : spanOf(source, start, start + value.length);
}

function bare(pieces: readonly Span[]): Finding {
  return { recipient: null, fate: null, status: null, host: null, pieces };
}

/** One verdict for a recipient: the first that is told, unless a later one knows more. */
function distinct(verdicts: readonly RecipientVerdict[]): readonly RecipientVerdict[] {
  const byRecipient = new Map<string, RecipientVerdict>();
  for (const [index, verdict] of verdicts.entries()) {
    const key = verdict.recipient?.toLowerCase() ?? `#${index}`;
    const known = byRecipient.get(key);
    if (known === undefined || (known.reason === 'unknown' && verdict.reason !== 'unknown'))
      byRecipient.set(key, verdict);
  }
  return [...byRecipient.values()];
}

const BOUNCE_WORDS =
  /could not be delivered|fail\w{0,4} to deliver|not going to try again|original message follows|(?:not|n't) (?:be )?deliver|undeliver|delivery (?:status|failure|failed|has failed|to the following)|returned (?:mail|to sender|message)|failed permanently|permanent(?:ly)? (?:error|fail)|failure notice|mail(?:er)? delivery (?:failed|system|subsystem)|did not reach|following address(?:es)?|has been returned|unable to deliver|配信できません|配送できません|送信できません|届けることができません|エラーメール|配信エラー|nicht zugestellt|unzustellbar|n'a pas pu|no se (?:pudo|ha podido) entregar|не (?:доставлен|удалось доставить)|退信/i;
const DELAY_WORDS =
  /\bDeferred: |delivery (?:status notification \(delay\)|delayed|temporarily)|\bdelayed\b.{0,60}(?:mail|message|delivery)|(?:mail|message|delivery).{0,40}(?:delayed|still (?:in|being|queued))|will (?:keep|continue)(?: \w+){0,2} (?:try|retry|attempt)|(?:retry|tried again|continue to try|keep trying)|not yet been delivered|warning: (?:could not|message)|still trying|no action is required|this is a warning|you do not need to resend|遅延|再送を試み/i;
/** Said of no mail that is lost, whatever the subject. */
const SURE_DELAY =
  /attempts will (?:continue|be continued)|(?:we|i|server|system) will (?:continue|keep)(?: on)? (?:to )?(?:try|retry|attempt)|(?:not|n't) need to resend|still being retried/i;

function moodOf(source: Source, outline: Outline, isNotification: boolean): Mood {
  const subject = (outline.fields.get('subject') ?? []).join(' ');
  const from = (outline.fields.get('from') ?? []).join(' ');
  const head = source.text.slice(0, 6000);
  const isOver =
    /(?:given|gave|giving) up|no(?:t| further) attempt|permanent(?:ly)? (?:error|fail)|will not be retried/i.test(
      head,
    );
  const isDelay =
    (SURE_DELAY.test(head) && !isOver) ||
    DELAY_WORDS.test(subject) ||
    (!/fail|return|undeliver/i.test(subject) &&
      DELAY_WORDS.test(head) &&
      !/(?:given|gave|giving) up|no(?:t| further) attempt|deleted from queue|could not be delivered for|permanent(?:ly)? (?:error|fail)|will not be retried/i.test(
        head,
      ));
  const isBounce =
    isNotification ||
    /mailer-daemon|postmaster|mail delivery|daemon@/i.test(from) ||
    BOUNCE_WORDS.test(subject) ||
    BOUNCE_WORDS.test(head);
  return { isBounce, isDelay };
}
