/** The decoder: empty, or with what it read and what it makes of it. */
import type { Language, Wording } from '../../base/language.ts';
import { LEGEND } from '../../replies/catalogue.ts';
import { REASONS } from '../../replies/decode/reasons.ts';
import type {
  Confidence,
  Decoded,
  Evidence,
  RecipientVerdict,
  Standing,
} from '../../replies/decode/verdict.ts';
import type { Block, Inline, Page, Section, Text } from '../document.ts';
import { code, codeLink, link, listed, pairLink, prose } from '../inlines.ts';
import { providerPath } from '../quotations.ts';
import { speaker } from '../words.ts';
import { provider } from './provider-page.ts';

export const DECODE_PATH = '/smtp/decode';

export const STANDINGS: Readonly<Record<Standing, Wording>> = {
  temporary: { en: 'failure for now', ja: '一時的な失敗' },
  permanent: { en: 'failure for good', ja: '恒久的な失敗' },
  success: { en: 'success', ja: '成功' },
  unknown: { en: 'not clear', ja: '不明' },
};

export const CONFIDENCES: Readonly<Record<Confidence, Wording>> = {
  certain: { en: 'certain', ja: '確実' },
  likely: { en: 'likely', ja: '可能性が高い' },
  guess: { en: 'a guess', ja: '推測' },
};

const MARKS: Readonly<Record<Evidence['as'], Wording>> = {
  reply: { en: 'reply', ja: '応答' },
  status: { en: 'enhanced code', ja: '拡張コード' },
  action: { en: 'action', ja: '処理の結果' },
  words: { en: 'words', ja: '語句' },
  provider: { en: 'provider', ja: '事業者' },
  phase: { en: 'moment', ja: '場面' },
  recipient: { en: 'recipient', ja: '宛先' },
  host: { en: 'host', ja: 'ホスト' },
};

/** Null: nothing was pasted yet. */
export function decodePage(decoded: Decoded | null, language: Language): Page {
  const say = speaker(language);
  return {
    language,
    path: DECODE_PATH,
    title: say('decoder'),
    description: say('decoderGist'),
    heading: { code: null, name: say('decoder'), gist: say('decoderGist'), badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: DECODE_PATH, text: say('decoder') },
    ],
    sections: [
      ...(decoded === null ? [] : resultOf(decoded, language)),
      {
        id: 'decoder',
        title: say('decoder'),
        blocks: [
          { kind: 'decoder', input: decoded?.text ?? '' },
          { kind: 'paragraph', text: [say('decoderPrivate')] },
        ],
      },
    ],
    indexable: decoded === null,
    found: true,
    data: { kind: 'decode', ...(decoded === null ? {} : decodedFacts(decoded, language)) },
  };
}

/** Only the result, for a terminal. */
export function verdictPage(decoded: Decoded, language: Language): Page {
  const page = decodePage(decoded, language);
  const [first] = decoded.verdicts;
  const gist =
    first === undefined
      ? speaker(language)('nothingFound')
      : `${STANDINGS[first.standing][language]}: ${REASONS[first.reason].name[language]}`;
  const sections = page.sections.filter(
    ({ id }) => id !== 'decoder' && (first !== undefined || id !== 'verdict'),
  );
  return { ...page, heading: { ...page.heading, gist }, sections };
}

export function decodedFacts({ truncated, verdicts }: Decoded, language: Language): object {
  return { truncated, verdicts: verdicts.map((verdict) => verdictFacts(verdict, language)) };
}

function verdictFacts(verdict: RecipientVerdict, language: Language): object {
  const { summary, sender, manager, notes, retry, reason, ...facts } = verdict;
  return {
    ...facts,
    reason,
    reasonName: REASONS[reason].name[language],
    retry: { kind: retry.kind, text: retry.text[language] },
    summary: summary[language],
    sender: sender[language],
    manager: manager[language],
    notes: notes.map((note) => note[language]),
  };
}

function resultOf(decoded: Decoded, language: Language): readonly Section[] {
  const say = speaker(language);
  const note: readonly Block[] = decoded.truncated ? [{ kind: 'note', text: [say('truncated')] }] : [];
  if (decoded.verdicts.length === 0) {
    const nothing: Block = { kind: 'paragraph', text: [say('nothingFound')] };
    return [{ id: 'verdict', title: say('verdict'), blocks: [...note, nothing] }];
  }
  return [
    ...decoded.verdicts.map((verdict, i) => verdictSection(verdict, i, language)),
    { id: 'evidence', title: say('evidence'), blocks: [...note, evidenceOf(decoded, language)] },
  ];
}

function verdictSection(verdict: RecipientVerdict, at: number, language: Language): Section {
  const say = speaker(language);
  const { recipient, summary, sender, manager, notes } = verdict;
  return {
    id: at === 0 ? 'verdict' : `verdict-${at + 1}`,
    title: recipient === null ? say('verdict') : say('verdictFor', { recipient }),
    blocks: [
      { kind: 'paragraph', text: [{ kind: 'strong', text: summary[language] }] },
      ...notes.map((note): Block => ({ kind: 'note', text: prose(note[language]) })),
      { kind: 'facts', rows: factsOf(verdict, language) },
      {
        kind: 'advice',
        readers: [
          { title: say('ifSender'), text: prose(sender[language]) },
          { title: say('ifManager'), text: prose(manager[language]) },
        ],
      },
    ],
  };
}

function factsOf(
  verdict: RecipientVerdict,
  language: Language,
): readonly { readonly label: string; readonly value: Text }[] {
  const say = speaker(language);
  const { recipient, standing, reason, phase, host, actors, retry, confidence, page } = verdict;
  const said = verdict.provider === null ? null : provider(verdict.provider);
  const codes = codesOf(verdict);
  return [
    ...(recipient === null ? [] : [{ label: say('recipient'), value: [code(recipient)] }]),
    { label: say('result'), value: [STANDINGS[standing][language]] },
    { label: say('reason'), value: [REASONS[reason].name[language]] },
    ...(codes.length === 0 ? [] : [{ label: say('code'), value: codes }]),
    ...(phase === null ? [] : [{ label: say('phaseLabel'), value: [LEGEND.phases[phase][language]] }]),
    ...(host === null ? [] : [{ label: say('host'), value: [code(host)] }]),
    ...(said === null
      ? []
      : [{ label: say('provider'), value: [link(providerPath(said.id), said.name[language])] }]),
    {
      label: say('actors'),
      value: [
        listed(
          actors.map((actor) => LEGEND.actors[actor]),
          language,
        ),
      ],
    },
    { label: say('retry'), value: [retry.text[language]] },
    { label: say('confidence'), value: [CONFIDENCES[confidence][language]] },
    ...(page === null ? [] : [{ label: say('exactPage'), value: [link(page, page)] }]),
  ];
}

function codesOf({ code: basic, status }: RecipientVerdict): readonly Inline[] {
  if (basic !== null && status !== null) return [pairLink(basic, status)];
  return [basic, status].filter((each) => each !== null).map(codeLink);
}

/** The text in pieces, those marked that a verdict rests on. Where two overlap the earlier wins. */
function evidenceOf({ text, verdicts }: Decoded, language: Language): Block {
  const marks = verdicts.flatMap(({ evidence }) => evidence).toSorted((a, b) => a.start - b.start);
  const pieces: { readonly text: string; readonly mark: string | null }[] = [];
  let at = 0;
  for (const { start, end, as } of marks) {
    if (start < at || end <= start) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), mark: null });
    pieces.push({ text: text.slice(start, end), mark: MARKS[as][language] });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), mark: null });
  return { kind: 'evidence', caption: speaker(language)('evidenceCaption'), pieces };
}
