import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressLiteral, parseAddressLiteral } from './address-literal.ts';

// prettier-ignore
const SPELLINGS: readonly (readonly [written: string, canonical: string])[] = [
  ['[192.0.2.1]', '[192.0.2.1]'],
  ['[192.000.002.001]', '[192.0.2.1]'],
  ['[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
  ['[ipv6:2001:DB8:0:0:0:0:0:1]', '[IPv6:2001:db8::1]'],
  ['[IPv6:::]', '[IPv6:::]'],
  ['[IPv6:::1]', '[IPv6:::1]'],
  ['[IPv6:1::]', '[IPv6:1::]'],
  ['[IPv6:1:2:3:4:5:6:7::]', '[IPv6:1:2:3:4:5:6:7:0]'],
  ['[IPv6:2001:db8:0:0:1:0:0:1]', '[IPv6:2001:db8::1:0:0:1]'],
  ['[IPv6:2001:db8:0:1:1:1:1:1]', '[IPv6:2001:db8:0:1:1:1:1:1]'],
  ['[IPv6:::ffff:192.0.2.1]', '[IPv6:::ffff:192.0.2.1]'],
  ['[IPv6:::ffff:c000:201]', '[IPv6:::ffff:192.0.2.1]'],
  ['[IPv6:64:ff9b::192.0.2.33]', '[IPv6:64:ff9b::c000:221]'],
  ['[IPv6:1:2:3:4:5:6:192.0.2.1]', '[IPv6:1:2:3:4:5:6:c000:201]'],
  ['[X-tag:any>thing]', '[x-tag:any>thing]'],
];

for (const [written, canonical] of SPELLINGS) {
  test(`parseAddressLiteral() writes ${written} as ${canonical}`, () => {
    assert.equal(parseAddressLiteral(written), canonical);
    assert.equal(parseAddressLiteral(canonical), canonical);
  });
}

// prettier-ignore
const WRONG = [
  '', '[]', '[', ']', '192.0.2.1', '[192.0.2.1', '[192.0.2]', '[192.0.2.1.5]', '[192.0.2.256]', '[192.0.2.-1]',
  '[192.0.2.0x1]', '[192.0.2.1 ]', '[192.0.2.]', '[2001:db8::1', '[IPv6:]', '[IPv6:1]', '[IPv6:1:2:3:4:5:6:7]', '[IPv6:1:2:3:4:5:6:7:8:9]',
  '[IPv6:1::2::3]', '[IPv6::::]', '[IPv6:12345::]', '[IPv6:g::]', '[IPv6:192.0.2.1::]', '[IPv6:1:2:3:4:5:6:7:192.0.2.1]',
  '[IPv6:1:2:3:4:5:6:7:8::]', '[IPv6:::192.0.2.999]', '[tag:]', '[:x]', '[ta_g:x]', '[tag-:x]', '[tag:a b]', '[tag:a[b]', '[tag:a\\b]', '[tag:é]',
  `[tag:${'a'.repeat(260)}]`,
];

test('parseAddressLiteral() refuses what RFC 5321 §4.1.3 does not write', () => {
  for (const text of WRONG) assert.equal(parseAddressLiteral(text), null, text);
});

test('parseAddressLiteral() reads every IPv6 address back from its one spelling', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
      const long = `[IPv6:${groups.map((group) => group.toString(16)).join(':')}]`;
      const canonical = parseAddressLiteral(long);
      assert.ok(canonical !== null);
      assert.equal(parseAddressLiteral(canonical), canonical);
      const url = URL.parse(`http://[${canonical.slice(6, -1)}]`);
      assert.equal(url?.hostname, URL.parse(`http://[${long.slice(6, -1)}]`)?.hostname);
    }),
  );
});

test('addressLiteral() takes addresses as sockets tell them', () => {
  assert.equal(addressLiteral('192.0.2.1'), '[192.0.2.1]');
  assert.equal(addressLiteral('::ffff:192.0.2.1'), '[192.0.2.1]');
  assert.equal(addressLiteral('2001:db8::1'), '[IPv6:2001:db8::1]');
  assert.equal(addressLiteral('fe80::1%eth0'), '[IPv6:fe80::1]');
  assert.equal(addressLiteral(''), null);
  assert.equal(addressLiteral('/run/lmtp'), null);
});
