/** What the search finds, for whoever has no JavaScript. */
import type { Language } from '../../base/language.ts';
import type { SearchHit } from '../../replies/search.ts';
import type { Block, Page } from '../document.ts';
import { frameWord } from '../html/words.ts';

export const SEARCH_PATH = '/smtp/search';

export function searchPage(query: string, hits: readonly SearchHit[], language: Language): Page {
  const name = frameWord('search', language);
  const entries = hits.map(({ code, path, name: title, gist }) => ({
    link:
      code === ''
        ? ({ kind: 'link', to: path, text: title[language] } as const)
        : ({ kind: 'link', to: path, text: code, isCode: true } as const),
    gist: gist[language],
  }));
  const result: Block =
    hits.length === 0
      ? { kind: 'paragraph', text: [frameWord('searchNone', language)] }
      : { kind: 'index', entries };
  const found = frameWord('searchFound', language).replace('{count}', `${hits.length}`);
  return {
    language,
    path: SEARCH_PATH,
    title: query === '' ? name : `${name}: ${query}`,
    description: frameWord('searchLabel', language),
    heading: { code: null, name, gist: query, badges: [] },
    breadcrumb: [
      { to: '/smtp', text: frameWord('site', language) },
      { to: SEARCH_PATH, text: name },
    ],
    sections: [
      {
        id: 'search',
        title: query === '' ? name : found,
        blocks: [{ kind: 'search' }, ...(query === '' ? [] : [result])],
      },
    ],
    indexable: false,
    found: true,
    data: {
      kind: 'search',
      query,
      hits: hits.map(({ code, path, name: title, gist }) => ({
        code,
        page: path,
        name: title[language],
        gist: gist[language],
      })),
    },
  };
}
