/** What a page says in prose, taken out of its model: for tests that read it. */
import type { Block, Inline, Page, Text } from '../../src/reference/document.ts';

/** All prose in the page's own language: no wire text, no words that are marked as another language's. */
export function proseOf(page: Page): readonly string[] {
  const { heading, sections, breadcrumb } = page;
  return [
    page.title,
    page.description,
    heading.name,
    heading.gist,
    ...heading.badges.map(({ text }) => text),
    ...breadcrumb.map(({ text }) => text),
    ...sections.flatMap(({ title, blocks }) => [title, ...blocks.flatMap(blockProse)]),
  ].filter((text) => text !== '');
}

/** The sentences of the sections, not of tables. */
export function blockProse(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return [ownWords(block.text)];
    case 'list':
      return block.items.map(ownWords);
    case 'facts':
      return block.rows.flatMap(({ label, value }) => [label, ownWords(value)]);
    case 'advice':
      return block.readers.flatMap(({ title, text }) => [title, ownWords(text)]);
    case 'table':
      return [block.caption, ...block.head, ...block.rows.flat().map(ownWords)];
    case 'comparison':
      return [
        block.caption,
        ...block.head.map(ownWords),
        ...block.rows.flatMap(({ label, values, verdict }) => [label, ...values, verdict]),
      ];
    case 'dialogue':
      return [block.caption];
    case 'way':
      return [block.caption, block.text, ...block.stations.map(({ label }) => label)];
    case 'quotations':
      return block.items.flatMap(({ who, meaning, source }) => [ownWords(who), meaning, ownWords(source)]);
    case 'index':
      return block.entries.flatMap(({ link, gist }) => [ownWords([link]), gist]);
    case 'search':
    case 'decoder':
      return [];
    case 'evidence':
      return [block.caption];
  }
}

/** Codes leave a gap, so that words left and right of them do not run together. */
function ownWords(text: Text): string {
  return text.map(own).join('').trim();
}

function own(inline: Inline): string {
  if (typeof inline === 'string') return inline;
  if (inline.kind === 'code' || inline.kind === 'foreign') return ' § ';
  return inline.kind === 'link' && inline.isCode === true ? ' § ' : inline.text;
}
