/** Where in a session a code can come: the stations that every session passes, and by-ways that this code lights. */
import type { Language, Wording } from '../base/language.ts';
import type { Phase } from '../replies/catalogue.ts';
import { phaseList } from '../replies/compare.ts';
import type { Block } from './document.ts';
import { speaker } from './words.ts';

/** The main way, and where the by-ways leave it. */
const STATIONS: readonly { readonly phase: Phase; readonly always: boolean; readonly label: Wording }[] = [
  { phase: 'connect', always: true, label: { en: 'connect', ja: '接続' } },
  { phase: 'ehlo', always: true, label: same('EHLO') },
  { phase: 'starttls', always: true, label: same('STARTTLS') },
  { phase: 'auth', always: true, label: same('AUTH') },
  { phase: 'vrfy', always: false, label: same('VRFY') },
  { phase: 'expn', always: false, label: same('EXPN') },
  { phase: 'help', always: false, label: same('HELP') },
  { phase: 'noop', always: false, label: same('NOOP') },
  { phase: 'etrn', always: false, label: same('ETRN') },
  { phase: 'atrn', always: false, label: same('ATRN') },
  { phase: 'mail', always: true, label: same('MAIL') },
  { phase: 'rcpt', always: true, label: same('RCPT') },
  { phase: 'data', always: true, label: same('DATA') },
  { phase: 'data-end', always: true, label: { en: 'final dot', ja: '終わりのドット' } },
  { phase: 'bdat', always: false, label: same('BDAT') },
  { phase: 'rset', always: false, label: same('RSET') },
  { phase: 'quit', always: true, label: same('QUIT') },
];

/** "Any command" is none of these. */
const NO_COMMANDS: ReadonlySet<Phase> = new Set(['connect', 'data-end']);

/** Null phases: too little is known to draw it. */
export function wayOf(phases: readonly Phase[] | null, language: Language): Block {
  const say = speaker(language);
  if (phases === null) return { kind: 'paragraph', text: [say('wayUnknown')] };
  const onWire: readonly Phase[] = phases.filter((phase) => phase !== 'client');
  if (onWire.length === 0) return { kind: 'paragraph', text: [say('wayNowhere')] };
  const lit = (phase: Phase): boolean =>
    onWire.includes(phase) || (onWire.includes('any') && !NO_COMMANDS.has(phase));
  return {
    kind: 'way',
    caption: say('way'),
    stations: STATIONS.filter(({ phase, always }) => always || onWire.includes(phase)).map(
      ({ phase, label }) => ({ phase, label: label[language], lit: lit(phase) }),
    ),
    text: say('wayText', { moments: phaseList(phases)[language] }),
  };
}

function same(word: string): Wording {
  return { en: word, ja: word };
}
