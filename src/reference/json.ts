/** A page as JSON: its facts, and what every page has. */
import type { Page } from './document.ts';

export function jsonOf(page: Page): object {
  const { path, language, title, description, found, indexable, heading } = page;
  const facts = typeof page.data === 'object' && page.data !== null ? page.data : {};
  return {
    path,
    language,
    title,
    description,
    found,
    indexable,
    ...facts,
    name: heading.name,
    gist: heading.gist,
  };
}

export function renderJson(page: Page): string {
  return `${JSON.stringify(jsonOf(page), null, 2)}\n`;
}
