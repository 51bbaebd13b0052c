import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MailDataReceiver, TEXT_LINE_OCTETS_MAX, type MailDataOptions } from './mail-data.ts';

/** What a client sends for `text`: RFC 5321 §4.5.2. */
function stuff(text: string): string {
  return `${text.replace(/^\./gm, '..')}.\r\n`;
}

/** Cuts `bytes` at the given places, which need not be in order or in range. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % bytes.length))].toSorted((a, b) => a - b);
  return [0, ...at].map((start, n) => bytes.subarray(start, at[n] ?? bytes.length));
}

interface Received {
  readonly text: string;
  readonly ended: boolean;
  readonly bare: boolean;
  readonly long: boolean;
}

function receive(chunks: readonly Buffer[], options?: MailDataOptions): Received {
  const receiver = new MailDataReceiver(options);
  const text: Buffer[] = [];
  for (const chunk of chunks) receiver.push(chunk, (run) => text.push(Buffer.from(run)));
  return {
    text: Buffer.concat(text).toString('latin1'),
    ended: receiver.ended,
    bare: receiver.bareLineEnd,
    long: receiver.lineTooLong,
  };
}

const whole = (text: string, options?: MailDataOptions): Received =>
  receive([Buffer.from(text, 'latin1')], options);

const line = fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\t', 'é') }).map((s) => `${s}\r\n`);
const noise = fc.string({ unit: fc.constantFrom('.', '\r', '\n', 'a', '\r\n', '\r\n.') });

test('MailDataReceiver returns the text that was sent, however the network cuts it', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), fc.boolean(), (lines, places, lenient) => {
      const text = lines.join('');
      const received = receive(cut(Buffer.from(stuff(text), 'latin1'), places), { lenient });
      assert.deepEqual(received, { text, ended: true, bare: false, long: false });
    }),
  );
});

test('MailDataReceiver makes the same of any octets, however the network cuts them', () => {
  fc.assert(
    fc.property(noise, fc.array(fc.nat()), fc.boolean(), (sent, places, lenient) => {
      fc.pre(sent.length > 0);
      const options = { lenient, lineLengthMax: 4 };
      const bytes = Buffer.from(sent);
      // A CR that may be half of a line end is held back: what comes behind it decides.
      const all = receive([bytes], options);
      assert.deepEqual(receive(cut(bytes, places), options), all);
    }),
  );
});

test('MailDataReceiver ends where CRLF.CRLF is first, and nowhere else', () => {
  fc.assert(
    fc.property(noise, (sent) => {
      const receiver = new MailDataReceiver();
      const taken = receiver.push(Buffer.from(sent), () => {});
      const end = `\r\n${sent}`.indexOf('\r\n.\r\n');
      assert.equal(receiver.ended, end >= 0);
      assert.equal(taken, end < 0 ? sent.length : end + 3);
    }),
  );
});

// The forms of smuggling that have been found: what one server takes for the end, another takes for text.
const ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r.\n',
  '\n.\r',
  '\r\n.\r',
  '\r\n.\r\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\r\n.\r\r\n',
  '\n\n.\r\n',
];

for (const end of ENDS) {
  test(`MailDataReceiver does not take ${JSON.stringify(end)} for the end of mail data`, () => {
    const smuggled = `${end}MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nevil`;
    const { ended, bare } = whole(`text${smuggled}`);
    assert.equal(ended, false);
    assert.equal(bare, !end.includes('\0'));
    assert.deepEqual(receive(cut(Buffer.from(`text${smuggled}`), [5, 6, 7, 8])), whole(`text${smuggled}`));
  });
}

test('MailDataReceiver ends an empty message', () => {
  assert.deepEqual(whole('.\r\n'), { text: '', ended: true, bare: false, long: false });
});

test('MailDataReceiver leaves what follows the end alone', () => {
  const receiver = new MailDataReceiver();
  assert.equal(
    receiver.push(Buffer.from('a\r\n.\r\nQUIT\r\n'), () => {}),
    6,
  );
  assert.equal(
    receiver.push(Buffer.from('QUIT\r\n'), () => {}),
    0,
  );
});

test('MailDataReceiver flags a line of more than 1000 octets, not counting a dot that was stuffed', () => {
  const longest = `${'a'.repeat(TEXT_LINE_OCTETS_MAX - 2)}\r\n`;
  for (const lenient of [false, true]) {
    assert.equal(whole(`${longest}${longest}.\r\n`, { lenient }).long, false);
    assert.equal(whole(`..${longest.slice(1)}.\r\n`, { lenient }).long, false);
    assert.equal(whole(`${longest}a${longest}.\r\n`, { lenient }).long, true);
    assert.equal(whole(`..${longest}.\r\n`, { lenient }).long, true);
    assert.equal(whole('a'.repeat(TEXT_LINE_OCTETS_MAX + 1), { lenient }).long, true, 'without an end');
    assert.deepEqual(
      receive(cut(Buffer.from(`${longest}a${longest}.\r\n`), [500, 1000, 1001, 2000]), { lenient }),
      whole(`${longest}a${longest}.\r\n`, { lenient }),
    );
  }
});

test('MailDataReceiver with a limit of its own keeps that', () => {
  assert.equal(whole('abc\r\n.\r\n', { lineLengthMax: 5 }).long, false);
  assert.equal(whole('abcd\r\n.\r\n', { lineLengthMax: 5 }).long, true);
});

test('MailDataReceiver, lenient, takes LF for a line end and writes CRLF', () => {
  const lenient = { lenient: true };
  assert.deepEqual(whole('a\nb\n.\n', lenient), {
    text: 'a\r\nb\r\n',
    ended: true,
    bare: false,
    long: false,
  });
  assert.deepEqual(whole('a\r\n..b\n.\r\n', lenient), {
    text: 'a\r\n.b\r\n',
    ended: true,
    bare: false,
    long: false,
  });
  assert.equal(whole('\n\n', lenient).text, '\r\n\r\n');
});

test('MailDataReceiver, lenient, still refuses a CR alone, and keeps it', () => {
  const { text, bare, ended } = whole('a\rb\r\r\n.\r.\n.\n', { lenient: true });
  assert.deepEqual({ text, bare, ended }, { text: 'a\rb\r\r\n\r.\r\n', bare: true, ended: true });
});
