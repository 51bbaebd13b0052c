import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../base/columns.ts';
import type { Block, Page } from './document.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTable } from './text-table.ts';
import { renderText } from './text.ts';

function pageOf(...blocks: readonly Block[]): Page {
  return {
    language: 'en',
    path: '/smtp/452',
    title: '452',
    description: 'No room now.',
    heading: {
      code: '452',
      name: 'Full',
      gist: 'No room now.',
      badges: [{ kind: 'retry', value: 'later', text: 'later' }],
    },
    breadcrumb: [],
    sections: [{ id: 'one', title: 'One', blocks }],
    indexable: true,
    found: true,
    data: {},
  };
}

const section = (...blocks: readonly Block[]): string =>
  renderText(pageOf(...blocks)).split('---\n')[1] ?? '';

const DIALOGUE: Block = {
  kind: 'dialogue',
  caption: 'C is the client',
  lines: [
    { side: 'C', text: 'DATA', mark: false },
    { side: 'S', text: '452 4.3.1 Full', mark: true },
  ],
};

test('renderText() begins with code, name, gist and badges', () => {
  const text = renderText(pageOf({ kind: 'paragraph', text: ['Body.'] }));
  assert.equal(text, '452  Full\n=========\nNo room now.\n[later]\n\nOne\n---\nBody.\n');
});

test('renderText() marks the line of a dialogue, and who says it', () => {
  assert.equal(section(DIALOGUE), '  C: DATA\n> S: 452 4.3.1 Full\n');
});

test('renderText() shows lit stations in brackets', () => {
  const stations = [
    { phase: 'mail', label: 'MAIL', lit: false },
    { phase: 'rcpt', label: 'RCPT', lit: true },
  ] as const;
  const way: Block = { kind: 'way', caption: 'Way', stations, text: 'After RCPT.' };
  assert.equal(section(way), '  MAIL > [RCPT]\nAfter RCPT.\n');
});

test('renderText() writes addresses of links to elsewhere only', () => {
  const list: Block = {
    kind: 'list',
    items: [
      [{ kind: 'link', to: 'https://www.rfc-editor.org/rfc/rfc5321', text: 'the RFC' }],
      [{ kind: 'link', to: '/smtp/421', text: '421', isCode: true }],
    ],
  };
  assert.equal(section(list), '- the RFC https://www.rfc-editor.org/rfc/rfc5321\n- 421\n');
});

test('renderText() in ASCII has no typographic signs, and keeps the words', () => {
  const page = pageOf({ kind: 'paragraph', text: ['“Full” – try later… it’s 満杯'] });
  assert.match(renderText(page, { ascii: true }), /"Full" - try later\.\.\. it's 満杯/);
});

test('renderText() lays emphasis on titles where it is told how', () => {
  const text = renderText(pageOf(DIALOGUE), { emphasise: (words) => `<${words}>` });
  assert.match(text, /^<452 {2}Full>\n[^]*\n<One>\n/);
});

test('renderText() shows the lines of the evidence and those beside them, and no control letters', () => {
  const text = ['one', 'two', 'said: ', 'four', 'five', 'six'].join('\n');
  const at = text.indexOf('said: ') + 6;
  const pieces = [
    { text: text.slice(0, at), mark: null },
    { text: '550 \u001b[31mno\u202e', mark: 'reply' },
    { text: text.slice(at), mark: null },
  ];
  const evidence: Block = { kind: 'evidence', caption: 'Text', pieces };
  const lines = ['  two', '  said: >>550 \ufffd[31mno\ufffd<< [reply]', '  four', '  …'];
  assert.equal(section(evidence), `${lines.join('\n')}\n`);
});

test('renderTable() aligns columns by what they take on a terminal', () => {
  assert.deepEqual(
    renderTable(
      ['コード', 'X'],
      [
        ['452', '満杯'],
        ['4.2.2', 'y'],
      ],
      40,
    ),
    ['コード  X', '------  ----', '452     満杯', '4.2.2   y'],
  );
});

test('renderTable() wraps cells, and where columns would be too narrow writes each row by itself', () => {
  const rows = [['452', 'the whole server is short of room']];
  for (const line of renderTable(['Code', 'Meaning'], rows, 24)) assert.ok(columnsOf(line) <= 24, line);
  const many = renderTable(
    ['A', 'B', 'C', 'D'],
    [['one two three', 'four five six', 'seven eight nine', 'ten eleven twelve']],
    30,
  );
  assert.deepEqual(many, [
    'A: one two three',
    '  B: four five six',
    '  C: seven eight nine',
    '  D: ten eleven twelve',
  ]);
});

test('renderMarkdown() shows what it is given as text, whatever is in it', () => {
  const page = pageOf(
    { kind: 'paragraph', text: ['a <b> *c* [d](e) ', { kind: 'code', text: 'x`y' }] },
    { kind: 'evidence', caption: 'Text', pieces: [{ text: '```\n<script>', mark: 'reply' }] },
  );
  const written = renderMarkdown(page);
  assert.match(written, /a \\<b\\> \\\*c\\\* \\\[d\\\]\(e\) `` x`y ``/);
  assert.match(written, /````text\n>>```\n<script><< \[reply\]\n````/);
});

test('renderMarkdown() leads links where it is told', () => {
  const page = pageOf({
    kind: 'paragraph',
    text: [{ kind: 'link', to: '/smtp/421', text: '421', isCode: true }],
  });
  assert.match(
    renderMarkdown(page, { linkTo: (path) => `../en${path}.md` }),
    /\[`421`\]\(<\.\.\/en\/smtp\/421\.md>\)/,
  );
});
