/** Blocks of a page as elements, those that the decoder's result has. The server writes the same ones as HTML. */
import type { Block, Inline, Text } from '../document.ts';
import { visible } from '../html/text.ts';
import { element, hrefTo, wire } from './page.ts';

/** Null for a kind that no verdict has. */
export function blockNode(block: Block): Node | null {
  switch (block.kind) {
    case 'paragraph':
      return element('p', {}, ...inlineNodes(block.text));
    case 'note':
      return element('p', { class: 'note' }, ...inlineNodes(block.text));
    case 'facts':
      return element(
        'dl',
        { class: 'facts' },
        ...block.rows.map(({ label, value }) =>
          element('div', {}, element('dt', {}, label), element('dd', {}, ...inlineNodes(value))),
        ),
      );
    case 'advice':
      return element(
        'div',
        { class: 'advice' },
        ...block.readers.map(({ title, text }) =>
          element('div', {}, element('h4', {}, title), element('p', {}, ...inlineNodes(text))),
        ),
      );
    case 'evidence':
      return element(
        'figure',
        { class: 'evidence' },
        element('figcaption', {}, block.caption),
        element(
          'pre',
          { lang: 'en', translate: 'no', tabindex: '0' },
          element('code', {}, ...block.pieces.map(pieceNode)),
        ),
      );
    case 'list':
    case 'table':
    case 'comparison':
    case 'dialogue':
    case 'way':
    case 'quotations':
    case 'index':
    case 'search':
    case 'decoder':
      return null;
  }
}

function pieceNode({ text, mark }: { readonly text: string; readonly mark: string | null }): Node | string {
  return mark === null ? visible(text) : element('mark', { 'data-as': mark }, visible(text));
}

function inlineNodes(text: Text): readonly (Node | string)[] {
  return text.map(inlineNode);
}

function inlineNode(inline: Inline): Node | string {
  if (typeof inline === 'string') return visible(inline);
  switch (inline.kind) {
    case 'code':
      return wire(visible(inline.text));
    case 'strong':
      return element('strong', {}, visible(inline.text));
    case 'foreign':
      return element('span', { lang: inline.language }, inline.text);
    case 'link':
      return element(
        'a',
        { href: hrefTo(inline.to) },
        inline.isCode === true ? wire(inline.text) : inline.text,
      );
  }
}
