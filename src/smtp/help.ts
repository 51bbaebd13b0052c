/** HELP: RFC 5321 §4.1.1.8. Finds the topic; what it says stands in help-topics.ts and in the catalogue. */
import type { Language } from '../base/language.ts';
import { compareCodes, explainBasic, explainEnhanced } from '../replies/help-lines.ts';
import { comparisonPageOf, pageOf } from '../replies/pages.ts';
import { reply, replyLines, type Reply } from '../replies/register.ts';
import type { HelpFacts } from './help-facts.ts';
import { answer, pointers } from './help-form.ts';
import { verbsOf } from './help-now.ts';
import {
  codesTopic,
  contactTopic,
  extensionsTopic,
  extensionTopic,
  limitsTopic,
  overview,
  statusTopic,
  submissionTopic,
  topicsTopic,
  verbNotOffered,
  verbTopic,
  type HelpScene,
} from './help-topics.ts';
import type { Profile } from './profile.ts';
import type { Session } from './server-session.ts';

export type { HelpFacts } from './help-facts.ts';

/** Changes nothing, and of the same scene says the same, octet for octet. */
export function help(topic: string, session: Session, profile: Profile, facts: HelpFacts): Reply {
  const { level } = profile.help;
  if (level === 'off') return reply('help-is-off');
  const scene = { session, profile, facts };
  const words = topic.toUpperCase().split(' ').filter(Boolean);
  const [word] = words;
  if (word === undefined) return whole(scene);
  const found = words.length === 1 ? oneWord(word, scene) : null;
  const said = found ?? (level === 'full' ? codes(words, scene) : null);
  return said ?? reply('unknown-topic');
}

function whole(scene: HelpScene): Reply {
  const { level, referenceUrl } = scene.profile.help;
  const shown = referenceUrl === null || level === 'minimal' ? null : `Reference: ${referenceUrl}/smtp`;
  return replyLines('help', [...overview(scene), ...pointers('All topics: HELP TOPICS', shown)]);
}

const INDEX = new Set(['TOPICS', '?', '*', 'ALL']);

function oneWord(word: string, scene: HelpScene): Reply | null {
  const row = verbsOf(scene.profile).find(({ verb }) => verb === word);
  if (row !== undefined) return answer('help', verbTopic(row, scene), null);
  if (INDEX.has(word)) return answer('help', topicsTopic(scene), null);
  if (scene.profile.help.level === 'minimal') return null;
  switch (word) {
    case 'CODES':
      return answer('help', codesTopic(), null);
    case 'CONTACT':
      return answer('help', contactTopic(scene), null);
    case 'EXTENSIONS':
      return answer('help-status', extensionsTopic(scene), null);
    case 'LIMITS':
      return answer('help-status', limitsTopic(scene), null);
    case 'STATUS':
      return answer('help-status', statusTopic(scene), null);
    case 'SUBMISSION':
      return scene.profile.protocol === 'submission' ? answer('help', submissionTopic(scene), null) : null;
    default: {
      const lines = extensionTopic(word, scene) ?? verbNotOffered(word, scene);
      return lines === null ? null : answer('help', lines, null);
    }
  }
}

const BASIC = /^\d{3}$/;
const ENHANCED = /^[\dX]\.\d{1,3}\.\d{1,3}$/;

/** `452`, `4.2.2`, `214 452`, `VS 214 452`. These are in the language that XLANG chose. */
function codes(words: readonly string[], { session, profile }: HelpScene): Reply | null {
  const [a, b, ...others] = words[0] === 'VS' ? words.slice(1) : words;
  if (a === undefined || others.length > 0 || !isCode(a)) return null;
  const language = 'client' in session ? session.client.language : 'en';
  const page = (path: string): string | null => pageUrl(profile.help.referenceUrl, language, path);
  if (b === undefined) {
    if (words[0] === 'VS') return null;
    const lines = BASIC.test(a) ? explainBasic(a, language) : explainEnhanced(a, language);
    return lines === null ? null : answer('help', lines, page(pageOf(a)), language);
  }
  const lines = isCode(b) ? compareCodes(a, b, language) : null;
  const where = a === b ? pageOf(a) : comparisonPageOf(a, b);
  return lines === null ? null : answer('help', lines, page(where), language);
}

function isCode(word: string): boolean {
  return BASIC.test(word) || ENHANCED.test(word);
}

/** Without a language in its path the page is in that of the browser. */
function pageUrl(referenceUrl: string | null, language: Language, path: string): string | null {
  if (referenceUrl === null) return null;
  return `${referenceUrl}${language === 'en' ? '' : `/${language}`}${path}`;
}
