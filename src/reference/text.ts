/**
 * A page as plain text, for a terminal and for `curl`: wrapped to a width in columns, of which a Japanese letter takes two.
 */
import type { Language } from '../base/language.ts';
import { columnsOf, wrap } from '../base/columns.ts';
import type { Block, Page, Section, Text } from './document.ts';
import { plain } from './inlines.ts';
import { renderTable } from './text-table.ts';
import { speaker } from './words.ts';

export interface TextOptions {
  readonly columns?: number;
  /** For terminals that show nothing else. Japanese letters stay: there is no ASCII for them. */
  readonly ascii?: boolean;
  /** Marks headings: bold, on a terminal. */
  readonly emphasise?: (text: string) => string;
}

export const TEXT_COLUMNS = 80;
const TEXT_COLUMNS_MIN = 40;

interface Form {
  readonly language: Language;
  readonly columns: number;
}

// Private letters around what is to be emphasised, until what came from outside has been made harmless.
const [BEGIN, END] = ['\u{f0000}', '\u{f0001}'];
const EMPHASISED = /\u{f0000}([^\u{f0001}]*)\u{f0001}/gu;

function emphasised(text: string): string {
  return `${BEGIN}${text}${END}`;
}

/** What moves a cursor, changes a colour or turns the order of letters round: a bounce may be hostile. */
const CONTROLS = /(?!\n)[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

export function renderText(page: Page, options: TextOptions = {}): string {
  const form: Form = {
    language: page.language,
    columns: Math.max(options.columns ?? TEXT_COLUMNS, TEXT_COLUMNS_MIN),
  };
  const parts = [headingOf(page, form), ...page.sections.map((section) => sectionOf(section, form))];
  const written = `${parts.filter((part) => part !== '').join('\n\n')}\n`.replaceAll(CONTROLS, '\ufffd');
  const emphasise = options.emphasise ?? ((words: string) => words);
  const text = written.replaceAll(EMPHASISED, (_, words: string) => emphasise(words));
  return options.ascii === true ? asciiOf(text) : text;
}

function headingOf({ heading }: Page, form: Form): string {
  const { code, name, gist, badges } = heading;
  const title = [code, name].filter((part) => part !== null && part !== '').join('  ');
  const words = badges.map(({ text }) => text).join(' · ');
  return [
    ...wrap(title, form.columns).map(emphasised),
    '='.repeat(Math.min(columnsOf(title), form.columns)),
    ...wrap(gist, form.columns),
    ...(words === '' ? [] : wrap(`[${words}]`, form.columns)),
  ].join('\n');
}

function sectionOf({ title, blocks }: Section, form: Form): string {
  const lines = blocks.map((block) => linesOf(block, form)).filter((each) => each.length > 0);
  if (lines.length === 0) return '';
  return [
    emphasised(title),
    '-'.repeat(Math.min(columnsOf(title), form.columns)),
    lines.map((each) => each.join('\n')).join('\n\n'),
  ].join('\n');
}

function linesOf(block: Block, form: Form): readonly string[] {
  const { columns } = form;
  switch (block.kind) {
    case 'paragraph':
      return wrap(plain(block.text), columns);
    case 'note':
      return wrap(plain(block.text), columns, { first: '! ', rest: '  ' });
    case 'list':
      return block.items.flatMap((item) => wrap(withAddresses(item), columns, { first: '- ', rest: '  ' }));
    case 'facts':
      return block.rows.flatMap(({ label, value }) =>
        wrap(`${label}: ${withAddresses(value)}`, columns, { first: '', rest: '    ' }),
      );
    case 'advice':
      return block.readers.flatMap(({ title, text }, i) => [
        ...(i === 0 ? [] : ['']),
        emphasised(`${title}:`),
        ...wrap(plain(text), columns, { first: '  ', rest: '  ' }),
      ]);
    case 'table':
      return renderTable(
        block.head,
        block.rows.map((row) => row.map(plain)),
        columns,
      );
    case 'comparison':
      return renderTable(
        ['', ...block.head.map(plain), ''],
        block.rows.map(({ label, values, verdict }) => [label, ...values, verdict]),
        columns,
      );
    case 'dialogue':
      return block.lines.map(({ side, text, mark }) => `${mark ? '> ' : '  '}${side}: ${text}`.trimEnd());
    case 'way':
      return [
        ...wrap(block.stations.map(({ label, lit }) => (lit ? `[${label}]` : label)).join(' > '), columns, {
          first: '  ',
          rest: '  ',
        }),
        ...wrap(block.text, columns),
      ];
    case 'quotations':
      return block.items.flatMap(({ who, reply, meaning, source }) => [
        ...wrap(plain(who), columns, { first: '- ', rest: '  ' }),
        ...wrap(reply, columns, { first: '    ', rest: '      ' }),
        ...wrap(meaning, columns, { first: '  ', rest: '  ' }),
        ...wrap(`(${withAddresses(source)})`, columns, { first: '  ', rest: '  ' }),
      ]);
    case 'index':
      return indexLines(block.entries, form);
    case 'search':
      return [];
    case 'decoder':
      return wrap(speaker(form.language)('decodeHere'), columns);
    case 'evidence':
      return evidenceLines(block.pieces);
  }
}

/** Lines around a mark: a long bounce has its evidence in a few. */
const EVIDENCE_CONTEXT = 1;

function evidenceLines(
  pieces: readonly { readonly text: string; readonly mark: string | null }[],
): readonly string[] {
  const lines = pieces
    .map(({ text, mark }) => (mark === null ? text : `>>${text}<< [${mark}]`))
    .join('')
    .split(/\r?\n/);
  const marked = new Set<number>();
  let at = 0;
  for (const { text, mark } of pieces) {
    const breaks = text.split('\n').length - 1;
    const last = mark === null ? -Infinity : at + breaks + EVIDENCE_CONTEXT;
    for (let i = at - EVIDENCE_CONTEXT; i <= last; i++) marked.add(i);
    at += breaks;
  }
  return lines.flatMap((line, i) => (marked.has(i) ? [`  ${line}`] : marked.has(i - 1) ? ['  …'] : []));
}

function indexLines(
  entries: readonly { readonly link: Text[number]; readonly gist: string }[],
  { columns }: Form,
): readonly string[] {
  const words = entries.map(({ link }) => plain([link]));
  const width = Math.min(Math.max(0, ...words.map(columnsOf)), 24);
  return entries.flatMap(({ gist }, i) => {
    const word = words[i] ?? '';
    const first = `${word}${' '.repeat(Math.max(0, width - columnsOf(word)))}  `;
    return wrap(gist, columns, { first, rest: ' '.repeat(width + 2) });
  });
}

/** A link to elsewhere says where. */
function withAddresses(text: Text): string {
  return text
    .map((inline) => {
      if (typeof inline === 'string') return inline;
      const outside = inline.kind === 'link' && inline.to.startsWith('http');
      return outside ? `${inline.text} ${inline.to}` : inline.text;
    })
    .join('');
}

// prettier-ignore
const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  '—': '-', '–': '-', '‘': "'", '’': "'", '“': '"', '”': '"', '…': '...', '·': '|', '→': '->', '≤': '<=', '≥': '>=', '×': 'x', '\u00a0': ' ',
};

function asciiOf(text: string): string {
  return text.replaceAll(
    /[^\n\x20-\x7e]/gu,
    (sign) => PLAIN_SIGNS[sign] ?? (columnsOf(sign) === 2 ? sign : '?'),
  );
}
