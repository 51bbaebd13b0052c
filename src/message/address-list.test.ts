import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeMailbox } from '../address/mailbox.ts';
import { ADDRESSES_MAX, parseAddressList } from './address-list.ts';

function parsed(text: string): readonly string[] | null {
  return parseAddressList(text)?.map(writeMailbox) ?? null;
}

test('parseAddressList() reads the forms of RFC 5322 §3.4', () => {
  assert.deepEqual(parsed(' a@b.example\r\n'), ['a@b.example']);
  assert.deepEqual(parsed('A B <a@b.example>'), ['a@b.example']);
  assert.deepEqual(parsed('John Q. Public <a@b.example>'), ['a@b.example']);
  assert.deepEqual(parsed('"x@y.example, (z) <q@r>" <a@b.example>, c@d.example'), [
    'a@b.example',
    'c@d.example',
  ]);
  assert.deepEqual(parsed('a@b.example (A (really), "A"), <c@d.example>'), ['a@b.example', 'c@d.example']);
  assert.deepEqual(parsed('"a b"@c.example, "x" <"> y"@c.example>'), ['"a b"@c.example', '"> y"@c.example']);
  assert.deepEqual(parsed('=?utf-8?b?5bGx?= <a@b.example>,\r\n\t山 田 <c@d.example>'), [
    'a@b.example',
    'c@d.example',
  ]);
  assert.deepEqual(parsed('a@[192.0.2.1], b@[IPv6:2001:db8::1]'), ['a@[192.0.2.1]', 'b@[IPv6:2001:db8::1]']);
  assert.deepEqual(parsed('A group: a@b.example, C <c@d.example>;, e@f.example'), [
    'a@b.example',
    'c@d.example',
    'e@f.example',
  ]);
  assert.deepEqual(parsed('Undisclosed:;'), []);
  assert.deepEqual(parsed('a@b.example,, '), ['a@b.example']);
  assert.deepEqual(parsed(''), []);
});

test('parseAddressList() takes nothing that has two readings', () => {
  for (const text of [
    'a',
    'a@b.example c@d.example',
    'a@b.example <c@d.example>',
    '<a@b.example> <c@d.example>',
    '<a@b.example> c',
    '<a@b.example',
    'a@b.example>',
    '"a <a@b.example>',
    '(a <a@b.example>',
    'a) <a@b.example>',
    'x; <a@b.example>',
    '<@c.example:a@b.example>',
    '<a@b.example,c@d.example>',
    'a@b@c.example',
    'a@b .example',
    ': a@b.example;',
    'G: a@b.example',
    'G: H: a@b.example;;',
    'G: a@b.example; c@d.example',
    'a\0 <a@b.example>',
    '<>',
  ])
    assert.equal(parsed(text), null, text);
});

function many(count: number): string {
  return Array.from({ length: count }, () => 'a@b.example').join(',');
}

test('parseAddressList() has a limit, and an end in time', () => {
  assert.equal(parsed(many(ADDRESSES_MAX))?.length, ADDRESSES_MAX);
  assert.equal(parsed(many(ADDRESSES_MAX + 1)), null);
  const began = performance.now();
  for (const unit of ['(', '"', '\\', '<', ',', 'a@', ':', '()', '[']) parsed(unit.repeat(8192));
  assert.ok(performance.now() - began < 1000);
});

test('parseAddressList() finds every address that is written in it, and no other', () => {
  const address = fc.constantFrom('a@b.example', '"x, y"@c.example', 'u+tag@d.example');
  const name = fc.constantFrom('', 'N ', '"N@x.example, <y@z.example>" ', '(c@d.example) ');
  const member = fc.tuple(name, address).map(([before, it]) => [`${before}<${it}>`, it] as const);
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), (members) => {
      assert.deepEqual(
        parsed(members.map(([text]) => text).join(', ')),
        members.map(([, it]) => it),
      );
    }),
  );
});
