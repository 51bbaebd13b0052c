import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain, parseDomainOrLiteral } from './domain.ts';

// prettier-ignore
const DOMAINS: readonly (readonly [written: string, canonical: string | null])[] = [
  ['example.com', 'example.com'],
  ['EXAMPLE.Com', 'example.com'],
  ['localhost', 'localhost'],
  ['a-b.1', 'a-b.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['bu\u0308cher.example', 'xn--bcher-kva.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['例え。example', 'xn--r8jz45g.example'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ['', null],
  ['.', null],
  ['a..b', null],
  ['.a', null],
  ['a.', null],
  ['-a.b', null],
  ['a-.b', null],
  ['a_b.example', null],
  ['a b', null],
  ['a@b', null],
  ['a\0b', null],
  ['é%41.example', null],
  ['é/x', null],
  ['é@x', null],
  ['é:25', null],
  ['é_b.example', null],
  ['１', null],
  ['é.１', null],
  ['\ud800.example', null],
  [`${'a'.repeat(64)}.example`, null],
  ['abcdefg.'.repeat(32), null],
  [`${'abcdefg.'.repeat(31)}abcdefgh`, null],
];

for (const [written, canonical] of DOMAINS) {
  test(`parseDomain() takes ${JSON.stringify(written.slice(0, 40))} for ${String(canonical).slice(0, 40)}`, () => {
    assert.equal(parseDomain(written), canonical);
  });
}

test('parseDomain() takes 255 octets and not 256', () => {
  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${label}`;
  assert.equal(parseDomain(longest), longest);
  assert.equal(parseDomain(`${longest}.a`), null);
});

test('parseDomainOrLiteral() tells the two apart', () => {
  assert.equal(parseDomainOrLiteral('[192.0.2.1]'), '[192.0.2.1]');
  assert.equal(parseDomainOrLiteral('Example.com'), 'example.com');
});
