/** The terms, in both languages side by side: `/smtp/glossary#mailbox-full`. */
import type { Language } from '../../base/language.ts';
import { CATALOGUE, type Term } from '../../replies/catalogue.ts';
import type { Page, Section, Text } from '../document.ts';
import { codeLinks, prose } from '../inlines.ts';
import { speaker } from '../words.ts';

export const GLOSSARY_PATH = '/smtp/glossary';

export function glossaryPage(language: Language): Page {
  const say = speaker(language);
  return {
    language,
    path: GLOSSARY_PATH,
    title: say('glossary'),
    description: say('glossaryGist'),
    heading: { code: null, name: say('glossary'), gist: say('glossaryGist'), badges: [] },
    breadcrumb: [
      { to: '/smtp', text: say('reference') },
      { to: GLOSSARY_PATH, text: say('glossary') },
    ],
    sections: CATALOGUE.glossary.map((term) => sectionOf(term, language)),
    indexable: false,
    found: true,
    data: { kind: 'glossary', terms: CATALOGUE.glossary },
  };
}

function sectionOf({ id, term, meaning, also, codes }: Term, language: Language): Section {
  const say = speaker(language);
  const other: Language = language === 'ja' ? 'en' : 'ja';
  const own = also.filter((word) => isJapanese(word) === (language === 'ja') && word !== term[language]);
  const rows: { readonly label: string; readonly value: Text }[] = [
    {
      label: say(other === 'en' ? 'english' : 'japanese'),
      value: [{ kind: 'foreign', language: other, text: term[other] }],
    },
    ...(own.length === 0
      ? []
      : [{ label: say('alsoCalled'), value: [own.join(language === 'ja' ? '、' : ', ')] }]),
    ...(codes.length === 0 ? [] : [{ label: say('codes'), value: codeLinks(codes) }]),
  ];
  return {
    id,
    title: term[language],
    blocks: [
      { kind: 'paragraph', text: prose(meaning[language]) },
      { kind: 'facts', rows },
    ],
  };
}

function isJapanese(word: string): boolean {
  return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(word);
}
