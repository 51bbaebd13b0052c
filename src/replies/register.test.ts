import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bug } from '../base/assert.ts';
import { basicCode, enhancedCode } from './catalogue.ts';
import {
  REGISTER,
  referring,
  REPLY_LINE_OCTETS_MAX,
  reply,
  replyLines,
  replyLinesInUtf8,
  severityOf,
  type PlainReply,
  type ReplyName,
  type Row,
} from './register.ts';
import { REGISTER_EN } from './register-en.ts';
import { REGISTER_JA } from './register-ja.ts';

const ROWS = Object.entries(REGISTER) as readonly (readonly [ReplyName, Row])[];
const BLANKS = {
  host: 'mx.example',
  id: '7f3a',
  octets: '10',
  limit: '26214400',
  syntax: 'NOOP',
  challenge: 'YQ==',
  fault: 'no From',
};

/** reply(), without what the types know of one name. */
const replyOf = reply as (
  name: ReplyName,
  blanks?: Readonly<Record<string, string>>,
) => ReturnType<typeof reply>;
const hasBlanks = (row: Row): boolean => row.text.includes('{');

for (const [name, row] of ROWS) {
  test(`REGISTER: ${name} agrees with the catalogue`, () => {
    assert.ok(basicCode(row.code) !== null, `${row.code} is a code that is known`);
    assert.match(row.text, /^[\x20-\x7e]{1,100}$/);
    if (row.status === null) return;
    const registered = enhancedCode(row.status);
    assert.ok(registered !== null, `${row.status} is registered`);
    assert.equal(row.status.charAt(0), row.code.charAt(0));
    assert.ok(
      registered.classes.some((first) => row.status?.startsWith(first)),
      `${row.status} is of a class that its meaning has`,
    );
    assert.equal(registered.deprecated, false);
  });
}

test('REGISTER has no enhanced code only in greetings, hellos and 3yz (RFC 2034 §3, §4)', () => {
  const without = ROWS.filter(([, row]) => row.status === null).map(([name]) => name);
  assert.deepEqual(without, ['greeting', 'greeting-lmtp', 'hello', 'auth-challenge', 'start-mail-data']);
});

test('REGISTER names its blanks from a small set', () => {
  const used = ROWS.flatMap(([, row]) => [...row.text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? ''));
  assert.deepEqual([...new Set(used)].toSorted(), [
    'challenge',
    'fault',
    'host',
    'id',
    'limit',
    'line',
    'octets',
    'syntax',
  ]);
});

test('reply() writes each row as one line, the enhanced code at the start of its text', () => {
  for (const [name, row] of ROWS) {
    const made = replyOf(name, { ...BLANKS, line: 'text' });
    const text = row.text.replaceAll(/\{(\w+)\}/g, (_, blank: string) =>
      blank === 'line' ? 'text' : (BLANKS[blank as keyof typeof BLANKS] ?? ''),
    );
    const status = row.status === null ? '' : `${row.status} `;
    assert.equal(made.wire, `${row.code} ${status}${text}\r\n`);
    assert.deepEqual([made.name, made.code, made.status], [name, row.code, row.status]);
  }
});

test('reply() makes a reply without blanks once, frozen', () => {
  const plain = ROWS.filter(([, row]) => !hasBlanks(row)).map(([name]) => name as PlainReply);
  assert.ok(plain.length > 50);
  for (const name of plain) {
    assert.equal(reply(name), reply(name));
    assert.ok(Object.isFrozen(reply(name)));
  }
  assert.equal(reply('mailbox-full').wire, '452 4.2.2 Mailbox full, try again later\r\n');
});

test('reply() fills the blanks', () => {
  assert.equal(reply('message-kept', { id: '7f3a' }).wire, '250 2.6.0 OK 7f3a\r\n');
  assert.equal(reply('greeting', { host: 'mx.example' }).wire, '220 mx.example ESMTP\r\n');
  // A text of the peer's making is never read for blanks.
  assert.equal(reply('message-kept', { id: '{id}' }).wire, '250 2.6.0 OK {id}\r\n');
});

test('reply() keeps the space behind the 334 of an empty challenge (RFC 4954 §8)', () => {
  assert.equal(reply('auth-challenge', { challenge: '' }).wire, '334 \r\n');
});

test('reply() throws a Bug when a blank is empty, or would break the line', () => {
  assert.throws(() => replyOf('message-kept'), Bug);
  assert.throws(() => replyOf('message-kept', {}), Bug);
  assert.throws(() => reply('message-kept', { id: 'a\r\n250 b' }), Bug);
  assert.throws(() => reply('message-kept', { id: '\u3042' }), Bug);
  assert.throws(() => reply('message-kept', { id: 'x'.repeat(498) }), Bug);
  assert.equal(reply('message-kept', { id: 'x'.repeat(497) }).wire.length, REPLY_LINE_OCTETS_MAX);
});

test('replyLines() writes a hyphen after the code on all lines but the last (RFC 5321 §4.2.1)', () => {
  assert.equal(
    replyLines('hello', ['mx.example', 'SIZE 1000', 'HELP']).wire,
    '250-mx.example\r\n250-SIZE 1000\r\n250 HELP\r\n',
  );
  assert.equal(replyLines('help', ['a', '', 'b']).wire, '214-2.0.0 a\r\n214-2.0.0\r\n214 2.0.0 b\r\n');
  assert.equal(replyLines('hello', ['mx.example', '']).wire, '250-mx.example\r\n250\r\n');
});

const LONG = fc.constantFrom('hello', 'help', 'help-status');
const printable = fc.string({
  unit: fc.constantFrom(...Array.from('\t abcXYZ019~{}"<>-%\\')),
  maxLength: REPLY_LINE_OCTETS_MAX - '214-2.0.0 \r\n'.length,
});

test('replyLines() of printable lines is well-formed, and holds every line', () => {
  fc.assert(
    fc.property(LONG, fc.array(printable, { minLength: 1, maxLength: 40 }), (name, lines) => {
      const { code, status, wire } = replyLines(name, lines);
      assert.ok(wire.endsWith('\r\n'));
      const written = wire.slice(0, -2).split('\r\n');
      assert.equal(written.length, lines.length);
      for (const [i, line] of written.entries()) {
        assert.ok(line.length + 2 <= REPLY_LINE_OCTETS_MAX);
        assert.match(line, /^[245]\d\d([ -][\t\x20-\x7e]*)?$/);
        const head = code + (i < lines.length - 1 ? '-' : ' ') + (status === null ? '' : `${status} `);
        assert.equal(line.trimEnd(), `${head}${lines[i] ?? ''}`.trimEnd());
      }
    }),
  );
});

test('replyLines() throws a Bug for any other octet, a line too long, or no line', () => {
  const bad = fc.integer({ min: 0, max: 0x2ff }).filter((c) => c !== 9 && (c < 0x20 || c > 0x7e));
  fc.assert(
    fc.property(LONG, printable, bad, fc.nat(), (name, line, octet, at) => {
      const cut = at % (line.length + 1);
      const broken = `${line.slice(0, cut)}${String.fromCharCode(octet)}${line.slice(cut + 1)}`;
      assert.throws(() => replyLines(name, ['fine', broken, 'fine']), Bug);
    }),
  );
  assert.throws(() => replyLines('help', ['x'.repeat(REPLY_LINE_OCTETS_MAX)]), Bug);
  assert.throws(() => replyLines('help', []), Bug);
});

test('replyLinesInUtf8() writes other letters than ASCII as the octets of UTF-8, within the limit of a line', () => {
  const { wire } = replyLinesInUtf8('help', ['満杯です。']);
  assert.equal(Buffer.from(wire, 'latin1').toString('utf8'), '214 2.0.0 満杯です。\r\n');
  assert.throws(() => replyLinesInUtf8('help', ['満'.repeat(Math.ceil(REPLY_LINE_OCTETS_MAX / 3))]), Bug);
  for (const bad of ['\r', '\n', '\0', '\x7f']) assert.throws(() => replyLinesInUtf8('help', [bad]), Bug);
});

test('referring() adds the page of its codes to a refusal of one line, and to nothing else', () => {
  const site = 'https://mail.example';
  assert.equal(
    referring(reply('mailbox-full'), site).wire,
    '452 4.2.2 Mailbox full, try again later, see https://mail.example/smtp/452/4.2.2\r\n',
  );
  for (const said of [reply('completed'), reply('start-mail-data'), replyLines('help', ['a', 'b'])])
    assert.equal(referring(said, site), said);
  for (const name of Object.keys(REGISTER) as ReplyName[]) {
    if (!/^[45]/.test(REGISTER[name].code) || REGISTER[name].text.includes('{')) continue;
    const { wire, code } = referring(reply(name as PlainReply), site);
    assert.ok(wire.length <= REPLY_LINE_OCTETS_MAX && wire.startsWith(code), wire);
    assert.match(wire, /, see https:\/\/mail\.example\/smtp\/[45]\d\d\/[45]\.\d+\.\d+\r\n$/);
  }
  const far = `https://${'x'.repeat(470)}.example`;
  assert.equal(referring(reply('mailbox-full'), far).wire, reply('mailbox-full').wire);
});

test('severityOf() names the first digit', () => {
  assert.equal(severityOf(reply('completed')), 'completion');
  assert.equal(severityOf(reply('start-mail-data')), 'intermediate');
  assert.equal(severityOf(reply('mailbox-full')), 'transient');
  assert.equal(severityOf(reply('no-such-mailbox')), 'permanent');
  assert.throws(() => severityOf({ code: '101' }), Bug);
});

test('REGISTER_JA explains each row in sentences', () => {
  for (const [name, text] of Object.entries(REGISTER_JA)) {
    assert.match(text, /(です|ます|ません|ました|ください)(（[^）]*）)?。$/u, name);
    assert.doesNotMatch(text, /。。|[\uff61-\uff9f]/u, name);
  }
  assert.equal(new Set(Object.values(REGISTER_JA)).size, ROWS.length);
});

test('REGISTER_EN explains each row in ASCII sentences', () => {
  for (const [name, text] of Object.entries(REGISTER_EN)) {
    assert.match(text, /^[A-Z][\x20-\x7e]*\.$/, name);
    assert.doesNotMatch(text, /\b(\w+) \1\b/, name);
  }
  assert.equal(new Set(Object.values(REGISTER_EN)).size, ROWS.length);
});
