/** The search as one types. Its list comes once; what is typed goes nowhere. */
import { search } from '../../replies/search.ts';
import type { SearchEntry, SearchHit } from '../../replies/search.ts';
import { element, hrefTo, LANGUAGE, wire, word } from './page.ts';

const SHOWN_MAX = 8;
const INDEX = new URL('../../search.json', import.meta.url);

/** What Enter does. */
export async function searchIn(tool: HTMLElement, form: HTMLFormElement): Promise<() => void> {
  const response = await fetch(INDEX);
  const entries = (await response.json()) as readonly SearchEntry[];
  const input = form.querySelector('input');
  const shown = tool.querySelector('.hits');
  const find = (): readonly SearchHit[] => search(entries, input?.value ?? '', SHOWN_MAX);
  const show = (): void => shown?.replaceChildren(...listOf(find(), input?.value ?? ''));
  input?.addEventListener('input', show);
  tool.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') shown?.replaceChildren();
  });
  show();
  return () => {
    const [first] = find();
    if (first?.isExact === true) location.assign(hrefTo(first.path));
    else show();
  };
}

function listOf(hits: readonly SearchHit[], query: string): readonly Node[] {
  if (query.trim() === '') return [];
  if (hits.length === 0) return [element('p', {}, word('searchNone'))];
  const items = hits.map(({ code, path, name, gist }) =>
    element(
      'li',
      {},
      element('a', { href: hrefTo(path) }, code === '' ? name[LANGUAGE] : wire(code)),
      element('span', {}, gist[LANGUAGE]),
    ),
  );
  return [
    element('p', { class: 'unseen' }, word('searchFound').replace('{count}', `${hits.length}`)),
    element('ul', { class: 'index' }, ...items),
  ];
}
