import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeLink, joined, plain, prose, sentencesOf } from './inlines.ts';

const links = (text: string): readonly string[] =>
  prose(text).flatMap((inline) => (typeof inline !== 'string' && inline.kind === 'link' ? [inline.to] : []));

test('prose() links enhanced codes that exist, not sections of an RFC, addresses or versions', () => {
  assert.deepEqual(links('4.2.2 or 5.3.4, not 5.3.1'), ['/smtp/4.2.2', '/smtp/5.3.4']);
  assert.deepEqual(links('RFC 5321 4.2.2, RFC 5321, section 4.3.1, §4.3.2, 4.5.3.1.10, 192.4.2.2'), []);
  assert.deepEqual(links('x.2.2 and X.2.2'), ['/smtp/x.2.2']);
});

test('prose() marks what is quoted from the wire in Japanese, and changes no letter', () => {
  const text = '既定は 451 Internal resource temporarily unavailable で、4.3.1 に当たります。';
  assert.equal(plain(prose(text)), text);
  assert.ok(prose(text).some((inline) => typeof inline !== 'string' && inline.kind === 'code'));
  assert.deepEqual(links(text), ['/smtp/4.3.1']);
});

test('codeLink() leads to no page that is not there', () => {
  assert.deepEqual(codeLink('452'), { kind: 'link', to: '/smtp/452', text: '452', isCode: true });
  for (const code of ['457', '5.3.1', '4.9.9', 'x'])
    assert.deepEqual(codeLink(code), { kind: 'code', text: code });
});

test('sentencesOf() and joined() take a text apart and put it together', () => {
  for (const [text, language, count] of [
    ['Keep it. 4.3.1: free space (e.g. logs). Retry?', 'en', 3],
    ['保持します。4.3.1 なら待ちます。', 'ja', 2],
    ['Yahoo! JAPAN answers.', 'en', 1],
  ] as const) {
    const sentences = sentencesOf(text, language);
    assert.equal(sentences.length, count, text);
    assert.equal(joined(sentences, language), text);
  }
});
