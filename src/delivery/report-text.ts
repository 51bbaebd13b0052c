/** The part of a report that people read: what happened first, in plain words; whose answer it was; what to do; what comes next. */
import { wrap } from '../base/columns.ts';
import type { Instant } from '../base/instant.ts';
import { oneLine } from '../message/report-fields.ts';
import { RECIPIENTS_DETAILED_MAX } from '../policy/notify.ts';
import { basicCode } from '../replies/catalogue.ts';
import { REASONS, type Reason } from '../replies/decode/reasons.ts';
import { explainBasicCode, explainEnhancedCode } from '../replies/explain.ts';
import { pageOf } from '../replies/pages.ts';
import { type Finding, reasonOf, type Words } from './report-finding.ts';
import type { ReportWords, Topic } from './report-words.ts';

export interface ReportFacts {
  readonly topic: Topic;
  readonly findings: readonly Finding[];
  /** Of the message, decoded; `null`: it has none. */
  readonly subject: string | null;
  readonly sent: Instant;
  readonly reversePath: string;
  readonly id: string;
  readonly now: Instant;
  readonly hostname: string;
  /** Where the pages of the reference are; '': nowhere. */
  readonly referenceUrl: string;
}

const COLUMNS = 72;
const INDENT = '    ';
const SUBJECT_MAX = 120;
const ADDRESS_MAX = 320;
/** Of what a peer said. */
const LINES_MAX = 10;
const LINE_MAX = 500;
/** Groups of recipients with a cause of their own. */
const GROUPS_MAX = 20;

/** Reasons for which the reference says: wait. That is no use to somebody whose message came back. */
// prettier-ignore
const PASSING: ReadonlySet<Reason> = new Set<Reason>([
  'system-full', 'too-many-recipients', 'rate-limited', 'too-many-connections', 'greylisted', 'not-accepting', 'network', 'system-error', 'expired', 'unknown',
]);

/** For these it says what a server has to be taught, and that is not for who wrote a letter. */
// prettier-ignore
const OURS: ReadonlySet<Reason> = new Set<Reason>([
  'relaying-denied', 'auth-required', 'auth-failure', 'tls-required', 'reputation', 'reverse-dns', 'syntax', 'protocol',
]);

/** Lines without their ends. */
export function reportText(facts: ReportFacts, words: ReportWords): readonly string[] {
  const { topic } = facts;
  const groups = groupsOf(facts.findings.slice(0, RECIPIENTS_DETAILED_MAX)).slice(0, GROUPS_MAX);
  const left = facts.findings.length - groups.reduce((sum, group) => sum + group.length, 0);
  return [
    ...paragraph(words.openings[topic]),
    ...groups.flatMap((group, index) => [
      ...(index === 0 ? [] : ['* * *', '']),
      ...addresses(group),
      ...(index === 0 ? aboutMessage(facts, words) : []),
      ...explained(group[0], facts, words),
    ]),
    ...(left > 0 ? paragraph(words.more(left)) : []),
    ...next(facts, words),
    '--',
    ...wrap(words.closing(facts.hostname), COLUMNS),
    words.number(facts.id),
  ].map((line) => (words.language === 'en' ? plainQuotes(line) : line));
}

/** The subject of the report. */
export function reportSubject({ topic, subject }: ReportFacts, languages: readonly ReportWords[]): string {
  const what = languages.map(({ subjects }) => subjects[topic]).join(' / ');
  const about = quoted(subject);
  return about === '' ? what : `${what}${languages[0]?.colon ?? ': '}${about}`;
}

/** Nothing that a reader would decode again. */
function quoted(subject: string | null): string {
  return subject === null ? '' : oneLine(subject, SUBJECT_MAX).replaceAll('=?', '= ?');
}

type Group = readonly [Finding, ...Finding[]];

/** Those of whom the same is to be said. */
function groupsOf(findings: readonly Finding[]): readonly Group[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const { cause, status, host, words } = finding;
    const key = JSON.stringify([cause, status, host, words]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

/** Never broken: an address is to be copied. */
function addresses(group: Group): readonly string[] {
  return [...group.map(({ recipient }) => `${INDENT}${oneLine(recipient, ADDRESS_MAX)}`), ''];
}

function aboutMessage(
  { topic, subject, sent, reversePath }: ReportFacts,
  words: ReportWords,
): readonly string[] {
  const { fields } = words;
  const about = quoted(subject);
  const from = reversePath === '' ? '<>' : oneLine(reversePath, ADDRESS_MAX);
  return [
    ...(about === '' ? [] : wrap(`${fields.subject}: ${about}`, COLUMNS, { first: '', rest: INDENT })),
    `${fields.sent}: ${words.when(sent)}`,
    ...(topic === 'undeliverable' ? [`${fields.from}: ${from}`] : []),
    '',
  ];
}

function explained(finding: Finding, facts: ReportFacts, words: ReportWords): readonly string[] {
  if (finding.cause === null) return [];
  const reason = reasonOf(finding);
  const happened = words.happened[finding.cause] ?? REASONS[reason].meaning[words.language];
  const toDo = toDoFor(finding, reason, words);
  return [
    ...heading(words.headings.happened),
    ...paragraph(
      [happened, effort(finding, facts, words)].filter((part) => part !== '').join(spaceOf(words)),
    ),
    ...said(finding, facts.referenceUrl, words),
    ...(facts.topic === 'undeliverable' ? [] : [...heading(words.headings.toDo), ...paragraph(toDo)]),
  ];
}

function effort(finding: Finding, { now }: ReportFacts, words: ReportWords): string {
  const { attempts, since, lastAttempt, kind, cause } = finding;
  if (kind === 'failed' && cause === 'mailbox-full' && attempts === 0) {
    return words.waited(words.duration(now - since));
  }
  return attempts > 1 ? words.tried(attempts, words.duration((lastAttempt ?? now) - since)) : '';
}

function toDoFor({ kind, cause }: Finding, reason: Reason, words: ReportWords): string {
  if (kind === 'delayed' || cause === null) return words.toDoDelayed;
  const own = words.toDo[cause];
  if (own !== undefined) return own;
  if (OURS.has(reason)) return words.toDoOurs;
  return PASSING.has(reason) ? words.toDoLater : REASONS[reason].sender[words.language];
}

/** Whose answer it was, word for word, and what its codes stand for. */
function said(
  { words: heard, host, cause }: Finding,
  referenceUrl: string,
  words: ReportWords,
): readonly string[] {
  if (heard === null || (heard.speaker === 'ours' && cause === 'mailbox-full')) return [];
  const codes = [heard.code, heard.status].filter((code) => code !== null).join(' ');
  const lines = heard.lines.slice(0, LINES_MAX).map((line) => oneLine(line, LINE_MAX));
  const shown = codes === '' ? lines : [`${codes} ${lines[0] ?? ''}`, ...lines.slice(1)];
  return [
    ...paragraph(
      heard.speaker === 'peer' ? words.answered(oneLine(host.replace('[', ' ['), ADDRESS_MAX)) : words.noted,
    ),
    ...shown.flatMap((line) => wrap(line, COLUMNS, { first: INDENT, rest: INDENT })),
    '',
    ...meaning(heard, codes, { referenceUrl, words }),
  ];
}

function meaning(
  { code, status }: Words,
  codes: string,
  { referenceUrl, words }: { readonly referenceUrl: string; readonly words: ReportWords },
): readonly string[] {
  const found = inReference(code, status);
  if (found === null) return [];
  const { language } = words;
  return [
    ...wrap(words.means(codes, found.name[language], found.gist[language]), COLUMNS),
    ...(referenceUrl === '' ? [] : [words.page(`${referenceUrl}${found.page}`)]),
    '',
  ];
}

/** The most exact thing that the reference says: of both codes together, then of the enhanced one, then of the basic one. */
function inReference(code: string | null, status: string | null): Meaning | null {
  const both =
    code === null ? undefined : basicCode(code)?.variants.find(({ enhanced }) => enhanced === status);
  if (code !== null && status !== null && both !== undefined) return { ...both, page: pageOf(code, status) };
  return (
    (status === null ? null : explainEnhancedCode(status)) ?? (code === null ? null : explainBasicCode(code))
  );
}

type Meaning = Pick<NonNullable<ReturnType<typeof explainBasicCode>>, 'name' | 'gist' | 'page'>;

function next({ topic, findings }: ReportFacts, words: ReportWords): readonly string[] {
  const until = findings[0]?.until ?? null;
  if (topic === 'failed') return [...heading(words.headings.next), ...paragraph(words.nextFailed)];
  if (topic !== 'delayed' || until === null) return [];
  return [...heading(words.headings.next), ...paragraph(words.nextDelayed(words.when(until)))];
}

function heading(text: string): readonly string[] {
  return [`[ ${text} ]`, ''];
}

function paragraph(text: string): readonly string[] {
  return [...wrap(text, COLUMNS), ''];
}

/** Japanese sentences follow each other without a blank. */
function spaceOf({ language }: ReportWords): string {
  return language === 'ja' ? '' : ' ';
}

/** So that an English report is ASCII, and can be read as it stands on any screen. */
function plainQuotes(line: string): string {
  return line.replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"').replaceAll('–', '-');
}
