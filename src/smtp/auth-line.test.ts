import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, decodeInitialResponse, encodeBase64, parseAuthLine } from './auth-line.ts';

test('decodeBase64() reads what encodeBase64() wrote, and both agree with the platform', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      const text = encodeBase64(octets);
      assert.equal(text, Buffer.from(octets).toString('base64'));
      assert.deepEqual(decodeBase64(text), octets);
    }),
  );
});

test('decodeBase64() takes nothing but base64 (RFC 4648 §3.1, §3.3)', () => {
  // prettier-ignore
  for (const text of ['a', 'ab', 'abc', 'ab c', 'ab==\n', 'ab-_', 'a===', '====', '=abc', 'ab=c', 'abcd====', 'あいうえ', 'abc\0', ' '])
    assert.equal(decodeBase64(text), null, JSON.stringify(text));
});

test('decodeBase64() never throws, whatever a peer says', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('AZaz09+/=*- ')) }), (text) => {
      const octets = decodeBase64(text);
      assert.ok(octets === null || octets.length === Buffer.from(text, 'base64').length);
    }),
  );
});

test('parseAuthLine() knows a response, an empty one, the end of it, and nonsense (RFC 4954 §4)', () => {
  assert.deepEqual(parseAuthLine('YQ=='), { type: 'response', octets: Uint8Array.of(97) });
  assert.deepEqual(parseAuthLine(''), { type: 'response', octets: new Uint8Array(0) });
  assert.deepEqual(parseAuthLine('*'), { type: 'unusable', reply: 'auth-cancelled' });
  for (const line of ['**', ' *', '=', 'YQ', 'YQ== ', 'QUIT!'])
    assert.deepEqual(parseAuthLine(line), { type: 'unusable', reply: 'auth-malformed' }, line);
  assert.equal(parseAuthLine('HELP').type, 'response'); // four letters of base64, and no command
});

test('decodeInitialResponse() takes = for an empty one (RFC 4954 §8)', () => {
  assert.deepEqual(decodeInitialResponse('='), new Uint8Array(0));
  assert.equal(decodeInitialResponse(''), null);
  assert.equal(decodeInitialResponse('=='), null);
  assert.deepEqual(decodeInitialResponse('YQ=='), Uint8Array.of(97));
});
