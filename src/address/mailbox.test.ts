import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDomain } from './domain.ts';
import { parseLocalPart, writeLocalPart } from './local-part.ts';
import { parseMailbox, writeMailbox, type LocalPart } from './mailbox.ts';
import { isAscii, isSpeakable, octetsOf } from './text.ts';

// prettier-ignore
const MAILBOXES: readonly (readonly [written: string, localPart: string, domain: string, canonical: string])[] = [
  ['Smith@bar.example', 'Smith', 'bar.example', 'Smith@bar.example'],
  ['a.b+tag@BAR.example', 'a.b+tag', 'bar.example', 'a.b+tag@bar.example'],
  ["!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", 'x', "!#$%&'*+-/=?^_`{|}~@x"],
  ['"plain"@x', 'plain', 'x', 'plain@x'],
  ['"a b"@x', 'a b', 'x', '"a b"@x'],
  ['"a@b"@x', 'a@b', 'x', '"a@b"@x'],
  ['"a\\"b\\\\"@x', 'a"b\\', 'x', '"a\\"b\\\\"@x'],
  ['"\\a"@x', 'a', 'x', 'a@x'],
  ['""@x', '', 'x', '""@x'],
  ['".a"@x', '.a', 'x', '".a"@x'],
  ['用户@例え.example', '用户', 'xn--r8jz45g.example', '用户@xn--r8jz45g.example'],
  ['cafe\u0301@x', 'café', 'x', 'café@x'],
  ['a@[192.0.2.1]', 'a', '[192.0.2.1]', 'a@[192.0.2.1]'],
  ['a@[IPv6:2001:DB8::1]', 'a', '[IPv6:2001:db8::1]', 'a@[IPv6:2001:db8::1]'],
];

for (const [written, localPart, domain, canonical] of MAILBOXES) {
  test(`parseMailbox() understands ${written}`, () => {
    const mailbox = parseMailbox(written);
    assert.deepEqual(mailbox, { localPart, domain });
    assert.equal(mailbox === null ? null : writeMailbox(mailbox), canonical);
  });
}

// prettier-ignore
const WRONG = [
  '', '@', 'a', 'a@', '@x', 'a@b@c', 'a b@x', 'a..b@x', '.a@x', 'a.@x', '../../etc/x@d', '"a@x', '"a"b@x', '"a\\', '"a\\\u00e9"@x', '"a\rb"@x', '"a\0b"@x', 'a\x7f@x',
  'a\u0085@x', 'a\u2028@x', '\ud800@x', 'a,b@x', 'a:b@x', '(a)@x', '<a>@x', 'a@x>', 'a@x ', ' a@x', `${'a'.repeat(65)}@x`, `${'é'.repeat(33)}@x`,
];

test('parseMailbox() refuses what RFC 5321 §4.1.2 does not write', () => {
  for (const text of WRONG) assert.equal(parseMailbox(text), null, JSON.stringify(text));
});

test('parseLocalPart() takes 64 octets, quoted or not, and no local-part with more behind it', () => {
  assert.equal(parseLocalPart('a'.repeat(64)), 'a'.repeat(64));
  assert.equal(parseLocalPart(`"${' '.repeat(64)}"`), ' '.repeat(64));
  assert.equal(parseLocalPart(`"${' '.repeat(65)}"`), null);
  assert.equal(parseLocalPart('a@x'), null);
  assert.equal(parseLocalPart(''), null);
});

const localPart = fc
  .string({ unit: fc.constantFrom(...'abz09.!\\" @<>()é用'.split('')), maxLength: 20 })
  .map((text) => text.normalize('NFC') as LocalPart);
const domain = fc
  .domain()
  .map((text) => parseDomain(text))
  .filter((parsed) => parsed !== null);

test('parseMailbox() reads back whatever writeMailbox() wrote', () => {
  fc.assert(
    fc.property(localPart, domain, (local, host) => {
      const mailbox = { localPart: local, domain: host };
      assert.deepEqual(parseMailbox(writeMailbox(mailbox)), mailbox);
    }),
  );
});

test('parseMailbox() answers any text with a mailbox that can be written on one line, or with null', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      const mailbox = parseMailbox(`${text}@x.example`) ?? parseMailbox(text);
      if (mailbox !== null) assert.ok(isSpeakable(writeMailbox(mailbox)));
    }),
  );
});

test('writeLocalPart() quotes only what must be quoted', () => {
  assert.equal(writeLocalPart('a.b' as LocalPart), 'a.b');
  assert.equal(writeLocalPart('a.' as LocalPart), '"a."');
});

test('octetsOf() counts as UTF-8 does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(octetsOf(text), new TextEncoder().encode(text).length);
      assert.equal(isAscii(text), octetsOf(text) === text.length);
    }),
  );
});
