/** The way in: `/smtp`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, LEGEND, type Actor, type Phase } from '../../replies/catalogue.ts';
import type { Block, Page, Section, Text } from '../document.ts';
import { codeLink, codeLinks, link } from '../inlines.ts';
import { providerPath } from '../quotations.ts';
import { CURATED } from '../related.ts';
import { speaker } from '../words.ts';
import { phasePath } from './phase-page.ts';
import { purposeOf, VERB_NAMES, verbPath } from './verb-page.ts';

export const INDEX_PATH = '/smtp';

export function indexPage(language: Language): Page {
  const say = speaker(language);
  return {
    language,
    path: INDEX_PATH,
    title: say('reference'),
    description: say('indexGist'),
    heading: { code: null, name: say('reference'), gist: say('indexGist'), badges: [] },
    breadcrumb: [{ to: INDEX_PATH, text: say('reference') }],
    sections: [
      searchOf(language),
      toolsOf(language),
      ...classesOf(language),
      ...subjectsOf(language),
      linesOf('phases', say('phases'), phaseRows(language)),
      linesOf('actors', say('byActor'), actorRows(language)),
      linesOf('categories', say('byCategory'), categoryRows(language)),
      comparisonsOf(language),
      verbsOf(language),
      providersOf(language),
    ].filter((section) => section.blocks.length > 0),
    indexable: true,
    found: true,
    data: {
      kind: 'index',
      basic: CATALOGUE.basic.map(({ code, name, gist }) => ({
        code,
        name: name[language],
        gist: gist[language],
      })),
      enhanced: CATALOGUE.enhanced.map(({ code, classes, name, gist }) => ({
        code,
        classes,
        name: name[language],
        gist: gist[language],
      })),
      comparisons: CURATED.map(({ page }) => page),
      providers: CATALOGUE.providers.map(({ id, name }) => ({ id, name: name[language] })),
    },
  };
}

function searchOf(language: Language): Section {
  return { id: 'search', title: speaker(language)('search'), blocks: [{ kind: 'search' }] };
}

function toolsOf(language: Language): Section {
  const say = speaker(language);
  const entries = [
    { link: link('/smtp/decode', say('decoder')), gist: say('decoderGist') },
    { link: link('/smtp/glossary', say('glossary')), gist: say('glossaryGist') },
  ];
  return { id: 'tools', title: say('tools'), blocks: [{ kind: 'index', entries }] };
}

/** The codes of each class, each with its gist. */
function classesOf(language: Language): readonly Section[] {
  return CATALOGUE.classes.map(({ id, name }) => ({
    id: `class-${id}`,
    title: id === 'none' ? name[language] : `${id} ${name[language]}`,
    blocks: blockOf(
      CATALOGUE.basic
        .filter((row) => row.class === id)
        .map(({ code, gist }) => ({ link: codeLink(code), gist: gist[language] })),
    ),
  }));
}

function subjectsOf(language: Language): readonly Section[] {
  return Object.entries(LEGEND.subjects).map(([subject, name]) => ({
    id: `subject-${subject}`,
    title: `X.${subject} ${name[language]}`,
    blocks: blockOf(
      CATALOGUE.enhanced
        .filter((row) => row.subject === subject)
        .map((row) => ({ link: codeLink(row.code), gist: row.name[language] })),
    ),
  }));
}

function blockOf(entries: Extract<Block, { kind: 'index' }>['entries']): readonly Block[] {
  return entries.length === 0 ? [] : [{ kind: 'index', entries }];
}

interface Row {
  readonly label: string;
  readonly value: Text;
}

function linesOf(id: string, title: string, rows: readonly Row[]): Section {
  return { id, title, blocks: [{ kind: 'facts', rows }] };
}

function phaseRows(language: Language): readonly Row[] {
  return (Object.keys(LEGEND.phaseWords) as readonly Phase[]).map((phase) => ({
    label: LEGEND.phaseWords[phase][language],
    value: [link(phasePath(phase), LEGEND.phases[phase][language])],
  }));
}

function actorRows(language: Language): readonly Row[] {
  return (Object.keys(LEGEND.actors) as readonly Actor[]).map((actor) => ({
    label: LEGEND.actors[actor][language],
    value: codeLinks(CATALOGUE.basic.filter((row) => row.actors.includes(actor)).map(({ code }) => code)),
  }));
}

function categoryRows(language: Language): readonly Row[] {
  return CATALOGUE.categories.map(({ id, name }) => ({
    label: id === 'other' ? name[language] : `${id} ${name[language]}`,
    value: codeLinks(CATALOGUE.basic.filter((row) => row.category === id).map(({ code }) => code)),
  }));
}

function comparisonsOf(language: Language): Section {
  const links = CURATED.flatMap(({ codes: [a, b], page }, i): Text => {
    const one = { kind: 'link' as const, to: page, text: `${a} / ${b}`, isCode: true as const };
    return i === 0 ? [one] : [' · ', one];
  });
  return {
    id: 'comparisons',
    title: speaker(language)('curatedPairs'),
    blocks: links.length === 0 ? [] : [{ kind: 'paragraph', text: links }],
  };
}

function verbsOf(language: Language): Section {
  const entries = VERB_NAMES.map((verb) => ({
    link: { kind: 'link' as const, to: verbPath(verb), text: verb, isCode: true as const },
    gist: purposeOf(verb, language),
  }));
  return { id: 'verbs', title: speaker(language)('verbs'), blocks: [{ kind: 'index', entries }] };
}

function providersOf(language: Language): Section {
  const links = CATALOGUE.providers.flatMap(({ id, name }, i): Text => {
    const one = link(providerPath(id), name[language]);
    return i === 0 ? [one] : [' · ', one];
  });
  return {
    id: 'providers',
    title: speaker(language)('providers'),
    blocks: links.length === 0 ? [] : [{ kind: 'paragraph', text: links }],
  };
}
