import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLoginAnswer } from './login.ts';
import { parsePlain } from './plain.ts';
import {
  authMessage,
  parseClientFinal,
  parseClientFirst,
  writeServerFinal,
  writeServerFirst,
} from './scram.ts';
import { encodeText } from './text.ts';

const first = (text: string) => parseClientFirst(encodeText(text));
const final = (text: string) => parseClientFinal(encodeText(text));

test('parseClientFirst() reads the example of RFC 7677 §3', () => {
  assert.deepEqual(first('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'), {
    gs2Header: 'n,,',
    binding: { type: 'none' },
    authorization: '',
    name: 'user',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    bare: 'n=user,r=rOprNGfwEbeRWgbNEkqO',
  });
});

test('parseClientFirst() reads channel binding, authorization, escapes and extensions', () => {
  const read = first('p=tls-exporter,a=a=2Cb@example.org,n=a=3D=2Cb@example.org,r=abc,x=1');
  assert.deepEqual(read?.binding, { type: 'used', name: 'tls-exporter' });
  assert.equal(read?.authorization, 'a,b@example.org');
  assert.equal(read?.name, 'a=,b@example.org');
  assert.equal(read?.gs2Header, 'p=tls-exporter,a=a=2Cb@example.org,');
  assert.deepEqual(first('y,,n=user,r=abc')?.binding, { type: 'unused' });
});

test('parseClientFirst() refuses what RFC 5802 §7 does not write', () => {
  for (const text of [
    '',
    'n',
    'n,,',
    'x,,n=user,r=abc',
    'p=,,n=user,r=abc',
    'n,,n=,r=abc',
    'n,,n=us=er,r=abc',
    'n,,n=us=2cer,r=abc',
    'n,,n=user,r=',
    'n,,n=user,r=a bc',
    'n,,n=user,r=aé',
    `n,,n=user,r=${'a'.repeat(257)}`,
    'n,,m=x,n=user,r=abc', // A mandatory extension: nobody knows one.
    'n,,n=user,r=abc,x',
    'n,,n=user,r=abc,x=',
    'n,,n=us\0er,r=abc',
    'n,b=x,n=user,r=abc',
  ])
    assert.equal(first(text), null, JSON.stringify(text));
  assert.equal(parseClientFirst(Uint8Array.of(0x6e, 0x2c, 0x2c, 0xff)), null);
});

test('parseClientFinal() reads the example of RFC 7677 §3, and the signed text is made of it', () => {
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const answer = final(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
  assert.equal(answer?.channelBinding, 'biws');
  assert.equal(answer?.nonce, nonce);
  assert.equal(answer?.proof, 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
  const begin = first('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  const said = writeServerFirst({ nonce, salt: 'W22ZaJ0SNY7soEsUEjb6gQ==', iterations: 4096 });
  assert.ok(begin !== null && answer !== null);
  assert.equal(
    authMessage(begin, said, answer),
    `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`,
  );
  assert.equal(writeServerFinal('abc='), 'v=abc=');
});

test('parseClientFinal() refuses what RFC 5802 §7 does not write', () => {
  for (const text of [
    '',
    'c=biws,r=abc',
    'c=biws,r=abc,p=',
    'c=biws,r=abc,p=a',
    'c=,r=abc,p=AAAA',
    'c=bi ws,r=abc,p=AAAA',
    'r=abc,c=biws,p=AAAA',
    'c=biws,r=abc,p=AAAA,x=1', // The proof is the last.
    'c=biws,r=abc,p=AAAA,p=AAAA',
  ])
    assert.equal(final(text), null, JSON.stringify(text));
  assert.notEqual(final('c=biws,r=abc,x=1,p=AAAA'), null);
});

test('parsePlain() reads three parts, and nothing else', () => {
  assert.deepEqual(parsePlain(encodeText('\0user@example.org\0pass word')), {
    authorization: '',
    name: 'user@example.org',
    password: 'pass word',
  });
  assert.equal(parsePlain(encodeText('a\0b\0c'))?.authorization, 'a');
  for (const text of ['', '\0', '\0\0', '\0user\0', '\0\0pass', 'user\0pass', '\0a\0b\0c', '\0a\0b\0'])
    assert.equal(parsePlain(encodeText(text)), null, JSON.stringify(text));
  assert.equal(parsePlain(Uint8Array.of(0, 0x61, 0, 0xff)), null);
  assert.equal(parsePlain(encodeText(`\0a\0${'b'.repeat(5000)}`)), null);
});

test('parseLoginAnswer() wants some text without NUL', () => {
  assert.equal(parseLoginAnswer(encodeText('ü')), 'ü');
  for (const text of ['', 'a\0b', 'a'.repeat(1025)]) assert.equal(parseLoginAnswer(encodeText(text)), null);
  assert.equal(parseLoginAnswer(Uint8Array.of(0xc3)), null);
});

test('no octets make a parser throw, and what it reads is what was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      parseClientFirst(octets);
      parseClientFinal(octets);
      parsePlain(octets);
      parseLoginAnswer(octets);
    }),
  );
  const part = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((s) => !s.includes('\0'));
  fc.assert(
    fc.property(part, part, part, (authorization, name, password) => {
      assert.deepEqual(parsePlain(encodeText(`${authorization}\0${name}\0${password}`)), {
        authorization,
        name,
        password,
      });
      const written = name.replaceAll('=', '=3D').replaceAll(',', '=2C');
      assert.equal(first(`n,,n=${written},r=abc`)?.name, name);
    }),
  );
});
