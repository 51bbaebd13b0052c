import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMessageId } from './message-id.ts';

const find = (text: string): string | null => findMessageId(Buffer.from(text));

test('findMessageId() finds it in the header section, whatever its case and folding', () => {
  assert.equal(find('Subject: a\r\nMessage-ID: <a.1@b.example>\r\n\r\n'), '<a.1@b.example>');
  assert.equal(find('message-id:<x@y>\n\n'), '<x@y>');
  assert.equal(find('MESSAGE-ID:\r\n <x@y>\r\n\r\n'), '<x@y>');
});

test('findMessageId() finds none in the body, in a part of a name, or of a wrong form', () => {
  assert.equal(find('Subject: a\r\n\r\nMessage-ID: <x@y>\r\n'), null);
  assert.equal(find('X-Message-ID: <x@y>\r\n\r\n'), null);
  assert.equal(find('Message-ID: nothing\r\n\r\n'), null);
  assert.equal(find(`Message-ID: <${'x'.repeat(300)}@y>\r\n\r\n`), null);
  assert.equal(find(''), null);
});
