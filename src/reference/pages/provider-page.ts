/** The page of who receives mail, or makes what does: `/smtp/provider/gmail`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, type Provider } from '../../replies/catalogue.ts';
import type { Block, Page, Section, Text } from '../document.ts';
import { quotationFacts } from '../facts.ts';
import { code, codeLinks, joined, paragraph, prose, sentencesOf } from '../inlines.ts';
import { providerPath, quotationsBlock } from '../quotations.ts';
import { speaker, type Word } from '../words.ts';

const PROVIDERS = new Map(CATALOGUE.providers.map((row) => [row.id, row]));
const KINDS: Readonly<Record<Provider['kind'], Word>> = {
  provider: 'kindProvider',
  server: 'kindServer',
  filter: 'kindFilter',
};

export function provider(id: string): Provider | null {
  return PROVIDERS.get(id) ?? null;
}

export function providerPage(row: Provider, language: Language): Page {
  const say = speaker(language);
  const name = row.name[language];
  const [gist = '', ...rest] = sentencesOf(row.gist[language], language);
  const quotations = row.replies.map((reply) => ({ provider: row, reply }));
  // Here the reader knows who says it, and wants to know what to do.
  const block = quotationsBlock(quotations, language);
  const told: Block =
    block.kind === 'quotations'
      ? {
          ...block,
          items: block.items.map((item, i) => {
            const reply = row.replies[i];
            const codes = [reply?.code, reply?.status].filter((each) => each !== null && each !== undefined);
            return {
              ...item,
              who: codes.length === 0 ? [name] : codeLinks(codes),
              meaning: joined([item.meaning, reply?.toDo[language] ?? ''].filter(Boolean), language),
            };
          }),
        }
      : block;
  const meanings = meaningsOf(row);
  return {
    language,
    path: providerPath(row.id),
    title: say('providerTitle', { name }),
    description: gist,
    heading: { code: null, name, gist, badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: providerPath(row.id), text: name },
    ],
    sections: [
      ...(rest.length === 0
        ? []
        : [{ id: 'about', title: say('about'), blocks: [paragraph(joined(rest, language))] }]),
      { id: 'known-by', title: say('signatures'), blocks: [{ kind: 'facts', rows: factsOf(row, language) }] },
      ...(quotations.length === 0 ? [] : [{ id: 'replies', title: say('real'), blocks: [told] }]),
      ...meaningsSection(meanings, language),
    ],
    indexable: true,
    found: true,
    data: {
      kind: 'provider',
      id: row.id,
      name,
      about: row.gist[language],
      type: row.kind,
      hosts: row.hosts,
      signatures: row.signatures,
      replies: quotationFacts(quotations, language),
      privateMeanings: meanings.map((meaning) => ({ codes: meaning.codes, gist: meaning.gist[language] })),
    },
  };
}

function factsOf(
  row: Provider,
  language: Language,
): readonly { readonly label: string; readonly value: Text }[] {
  const say = speaker(language);
  return [
    { label: say('kind'), value: [say(KINDS[row.kind])] },
    ...(row.hosts.length === 0 ? [] : [{ label: say('hosts'), value: words(row.hosts) }]),
    ...(row.signatures.length === 0 ? [] : [{ label: say('signatures'), value: words(row.signatures) }]),
  ];
}

function words(all: readonly string[]): Text {
  return all.flatMap((word, i): Text => (i === 0 ? [code(word)] : [', ', code(word)]));
}

interface Meaning {
  readonly codes: readonly string[];
  readonly gist: Readonly<Record<Language, string>>;
}

/** Meanings that are told of this provider by name. */
function meaningsOf({ name }: Provider): readonly Meaning[] {
  const own = name.en.toLowerCase();
  const isMeant = (who: string): boolean =>
    own.includes(who.toLowerCase()) || who.toLowerCase().includes(own);
  return [
    ...CATALOGUE.providerMeanings.filter(({ provider: who }) => isMeant(who)),
    ...CATALOGUE.enhancedUnregistered
      .filter(({ seenAt }) => isMeant(seenAt))
      .map(({ code: number, gist }) => ({ codes: [number], gist })),
  ];
}

function meaningsSection(meanings: readonly Meaning[], language: Language): readonly Section[] {
  if (meanings.length === 0) return [];
  const say = speaker(language);
  const block: Block = {
    kind: 'table',
    caption: say('privateMeanings'),
    head: [say('codes'), say('meaning')],
    rows: meanings.map(({ codes, gist }): readonly Text[] => [codeLinks(codes), prose(gist[language])]),
  };
  return [{ id: 'private', title: say('privateMeanings'), blocks: [block] }];
}
