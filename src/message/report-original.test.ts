import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fieldValue,
  headerSection,
  isAutomatic,
  isPlain,
  messageIdOf,
  wholeLines,
} from './report-original.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);

test('headerSection() ends at the empty line, however lines end', () => {
  assert.equal(text(headerSection(octets('A: 1\r\nB: 2\r\n\r\nbody\r\n\r\n'))), 'A: 1\r\nB: 2\r\n');
  assert.equal(text(headerSection(octets('A: 1\nB: 2\n\nbody'))), 'A: 1\nB: 2\n');
  assert.equal(text(headerSection(octets('A: 1\r\nB: 2'))), 'A: 1\r\nB: 2');
  assert.equal(headerSection(octets('')).length, 0);
});

test('wholeLines() leaves out a line that was cut', () => {
  assert.equal(text(wholeLines(octets('A: 1\r\nB: 2'))), 'A: 1\r\n');
  assert.equal(wholeLines(octets('A: 1')).length, 0);
});

test('fieldValue() unfolds the first field of a name', () => {
  const header = octets('X-Subject: no\r\nSUBJECT: one\r\n two\r\n\tthree\r\nSubject: other\r\n');
  assert.equal(fieldValue(header, 'Subject'), 'one two three');
  assert.equal(fieldValue(header, 'To'), null);
  assert.equal(fieldValue(octets(`A: ${'x'.repeat(9000)}\r\n`), 'a')?.length, 3999);
});

test('messageIdOf() takes only what may stand in a header of ours', () => {
  assert.equal(messageIdOf(octets('Message-ID:\r\n <a.b@c>\r\n')), '<a.b@c>');
  for (const bad of ['a@b', '<a b@c>', '<a@b> <c@d>', '<字@b>', `<${'a'.repeat(600)}@b>`, ''])
    assert.equal(messageIdOf(octets(`Message-ID: ${bad}\r\n`)), null, bad);
});

test('isAutomatic() knows what RFC 3834 calls automatic', () => {
  assert.equal(isAutomatic(octets('Auto-Submitted: auto-replied\r\n')), true);
  assert.equal(isAutomatic(octets('Auto-Submitted: auto-generated; type=x\r\n')), true);
  assert.equal(isAutomatic(octets('Auto-Submitted: No (really)\r\n')), false);
  assert.equal(isAutomatic(octets('Subject: x\r\n')), false);
});

test('isPlain() takes short lines of ASCII that end in CRLF', () => {
  assert.equal(isPlain(octets('a\r\n\r\nb\r\n')), true);
  assert.equal(isPlain(octets('')), true);
  assert.equal(isPlain(octets(`${'a'.repeat(998)}\r\n`)), true);
  for (const bad of ['é\r\n', 'a\n', 'a\rb\r\n', 'a\0\r\n', 'a', `${'a'.repeat(999)}\r\n`])
    assert.equal(isPlain(octets(bad)), false, JSON.stringify(bad.slice(0, 9)));
});
