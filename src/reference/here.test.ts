import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainBasicCode } from '../replies/explain.ts';
import { plain } from './inlines.ts';
import { hereSection, replyText, spokenReplies } from './here.ts';
import { pageAt } from './site.ts';

const SPOKEN = explainBasicCode('452')?.spokenHere ?? [];

test('spokenReplies() tells each reply of this server with its meaning and its settings', () => {
  const found = spokenReplies(SPOKEN, 'ja', null).find(({ name }) => name === 'too-many-recipients');
  assert.match(found?.reply ?? '', /^452 4\.5\.3 Too many recipients/);
  assert.match(found?.meaning ?? '', /。$/);
  assert.deepEqual([found?.settings, found?.count], [['smtp.recipientMax'], null]);
});

test('hereSection() has a column of counts only for who may know them', () => {
  const heads = [null, { 'mailbox-full': 7 }].map((counts) => {
    const [block] = hereSection(spokenReplies(SPOKEN, 'en', counts), 'en').blocks;
    assert.ok(block?.kind === 'table');
    return { columns: block.head.length, cells: block.rows.map((row) => plain(row.at(-1) ?? [])) };
  });
  assert.equal(heads[1]?.columns, (heads[0]?.columns ?? 0) + 1);
  assert.ok(heads[1]?.cells.includes('7') && heads[1].cells.includes('0'));
});

test('a page that is asked for with counts shows them, and says where nothing is ever sent', () => {
  const counted = JSON.stringify(pageAt('/smtp/452', 'en', { 'mailbox-full': 4711 }));
  assert.match(counted, /4711/);
  assert.match(JSON.stringify(pageAt('/smtp/431', 'en')), /This server never sends it\./);
});

test('replyText() shows blanks in angle brackets', () => {
  assert.equal(replyText('message-too-big'), '552 5.3.4 Message too big, limit <limit> octets');
});
