/** A page as Markdown, for whoever reads it without a browser and for language models. */
import type { Block, Inline, Page, Section, Text } from './document.ts';
import { speaker } from './words.ts';

export interface MarkdownOptions {
  /** Where a path of the reference leads; as it is by default. */
  readonly linkTo?: (path: string) => string;
}

export function renderMarkdown(page: Page, { linkTo = (path) => path }: MarkdownOptions = {}): string {
  const { code, name, gist, badges } = page.heading;
  const write = (text: Text): string => text.map((inline) => inlineOf(inline, linkTo)).join('');
  const title = [code, name].filter((part) => part !== null && part !== '').join(' ');
  const parts = [
    `# ${escaped(title)}`,
    escaped(gist),
    ...(badges.length === 0 ? [] : [`*${badges.map(({ text }) => escaped(text)).join(' · ')}*`]),
    ...page.sections.map((section) => sectionOf(section, page, write)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

type Write = (text: Text) => string;

function sectionOf({ title, blocks }: Section, page: Page, write: Write): string {
  const written = blocks.map((block) => blockOf(block, page, write)).filter((text) => text !== '');
  return written.length === 0 ? '' : [`## ${escaped(title)}`, ...written].join('\n\n');
}

function blockOf(block: Block, page: Page, write: Write): string {
  switch (block.kind) {
    case 'paragraph':
      return write(block.text);
    case 'note':
      return `> ${write(block.text)}`;
    case 'list':
      return block.items.map((item) => `- ${write(item)}`).join('\n');
    case 'facts':
      return block.rows.map(({ label, value }) => `- **${escaped(label)}**: ${write(value)}`).join('\n');
    case 'advice':
      return block.readers.map(({ title, text }) => `### ${escaped(title)}\n\n${write(text)}`).join('\n\n');
    case 'table':
      return tableOf(
        block.head.map(escaped),
        block.rows.map((row) => row.map(write)),
      );
    case 'comparison':
      return tableOf(
        ['', ...block.head.map(write), ''],
        block.rows.map(({ label, values, verdict }) => [label, ...values, verdict].map(escaped)),
      );
    case 'dialogue':
      return fenced(
        block.lines.map(({ side, text, mark }) => `${side}: ${text}${mark ? '   <--' : ''}`).join('\n'),
      );
    case 'way': {
      const stations = block.stations.map(({ label, lit }) =>
        lit ? `**${escaped(label)}**` : escaped(label),
      );
      return `${stations.join(' → ')}\n\n${escaped(block.text)}`;
    }
    case 'quotations':
      return block.items
        .map(
          ({ who, reply, meaning, source }) =>
            `- ${write(who)}: ${codeSpan(reply)}\n  ${escaped(meaning)} (${write(source)})`,
        )
        .join('\n');
    case 'index':
      return block.entries.map(({ link, gist }) => `- ${write([link])}: ${escaped(gist)}`).join('\n');
    case 'search':
      return '';
    case 'decoder':
      return escaped(speaker(page.language)('decodeHere'));
    case 'evidence':
      return fenced(
        block.pieces.map(({ text, mark }) => (mark === null ? text : `>>${text}<< [${mark}]`)).join(''),
      );
  }
}

function inlineOf(inline: Inline, linkTo: (path: string) => string): string {
  if (typeof inline === 'string') return escaped(inline);
  switch (inline.kind) {
    case 'code':
      return codeSpan(inline.text);
    case 'link': {
      const to = inline.to.startsWith('/') ? linkTo(inline.to) : inline.to;
      return `[${inline.isCode === true ? codeSpan(inline.text) : escaped(inline.text)}](<${to.replaceAll(/[<>\n]/g, encodeURIComponent)}>)`;
    }
    case 'strong':
      return `**${escaped(inline.text)}**`;
    case 'foreign':
      return escaped(inline.text);
  }
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowOf(head), rowOf(head.map(() => '---')), ...rows.map(rowOf)].join('\n');
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, '\\$&');
}

/** As many backticks as the text does not have. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
