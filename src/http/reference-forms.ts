/** The four forms of a page. */
import type { Page } from '../reference/document.ts';
import { renderHtml } from '../reference/html/html.ts';
import { renderJson } from '../reference/json.ts';
import { renderMarkdown } from '../reference/markdown.ts';
import { renderText } from '../reference/text.ts';
import { referenceAssets } from './reference-assets.ts';
import type { Form } from './reference-negotiation.ts';

export const TYPE_OF_FORM: Readonly<Record<Form, string>> = {
  html: 'text/html; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json',
};

export function write(page: Page, form: Form, origin: string | null): string {
  switch (form) {
    case 'html':
      return renderHtml(page, { base: 'served', origin, assets: referenceAssets().folder });
    case 'txt':
      return renderText(page);
    case 'md':
      return renderMarkdown(page, { linkTo: (path) => `${origin ?? ''}/${page.language}${path}` });
    case 'json':
      return renderJson(page);
  }
}
