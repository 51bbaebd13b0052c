/** What this server says with a code: its replies, what each means here, and the settings that govern it. */
import type { Language } from '../base/language.ts';
import { REGISTER_EN } from '../replies/register-en.ts';
import { REGISTER_JA } from '../replies/register-ja.ts';
import { REGISTER, type ReplyName, type Row } from '../replies/register.ts';
import { DECISIONS_OF_REPLIES } from './decisions-of-replies.ts';
import type { Block, Section, Text } from './document.ts';
import { code } from './inlines.ts';
import { SETTINGS_OF_REPLIES } from './settings-of-replies.ts';
import { speaker } from './words.ts';

/** How often each reply was sent in the last 24 hours: for who may know it. */
export type Counts = Readonly<Partial<Record<ReplyName, number>>>;

const MEANINGS = { en: REGISTER_EN, ja: REGISTER_JA };

export interface SpokenReply {
  readonly name: ReplyName;
  readonly reply: string;
  readonly meaning: string;
  readonly settings: readonly string[];
  /** Rows of the table of decisions about storage. */
  readonly decisions: readonly string[];
  readonly count: number | null;
}

export function spokenReplies(
  names: readonly ReplyName[],
  language: Language,
  counts: Counts | null,
): readonly SpokenReply[] {
  return names.map((name) => ({
    name,
    reply: replyText(name),
    meaning: MEANINGS[language][name],
    settings: SETTINGS_OF_REPLIES[name] ?? [],
    decisions: DECISIONS_OF_REPLIES[name] ?? [],
    count: counts === null ? null : (counts[name] ?? 0),
  }));
}

/** As on the wire, blanks in angle brackets. */
export function replyText(name: ReplyName): string {
  const row: Row = REGISTER[name];
  const blanks = row.text.replaceAll(/\{(\w+)\}/g, '<$1>');
  return [row.code, row.status, blanks].filter((part) => part !== null).join(' ');
}

export function hereSection(replies: readonly SpokenReply[], language: Language): Section {
  return { id: 'here', title: speaker(language)('here'), blocks: [hereBlock(replies, language)] };
}

function hereBlock(replies: readonly SpokenReply[], language: Language): Block {
  const say = speaker(language);
  if (replies.length === 0) return { kind: 'paragraph', text: [say('hereNever')] };
  const counted = replies.some(({ count }) => count !== null);
  const decided = replies.some(({ decisions }) => decisions.length > 0);
  return {
    kind: 'table',
    caption: say('hereCaption'),
    head: [
      say('reply'),
      say('meansHere'),
      say('settings'),
      ...(decided ? [say('decisions')] : []),
      ...(counted ? [say('lastDay')] : []),
    ],
    rows: replies.map(({ reply, meaning, settings, decisions, count }): readonly Text[] => [
      [code(reply)],
      [meaning],
      settings.length === 0
        ? ['–']
        : settings.flatMap((key, i): Text => (i === 0 ? [code(key)] : [', ', code(key)])),
      ...(decided ? [[decisions.length === 0 ? '–' : decisions.join(', ')]] : []),
      ...(counted ? [[String(count ?? 0)]] : []),
    ]),
  };
}
