import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeMailbox } from '../address/mailbox.ts';
import { AUTHOR_OCTETS_MAX, type HeaderFault, SubmissionHeader } from './submission-header.ts';

const MISSING = { date: 'Mon, 23 Nov 2026 18:00:00 +0000', messageId: '<7f3a@mail.example>' };
const DATE = `Date: ${MISSING.date}\r\n`;
const MESSAGE_ID = `Message-ID: ${MISSING.messageId}\r\n`;

interface Passed {
  readonly text: string;
  readonly fault: HeaderFault | null;
  readonly authors: readonly string[] | HeaderFault;
}

function pass(pieces: readonly string[]): Passed {
  const header = new SubmissionHeader(MISSING);
  const written: Buffer[] = [];
  const write = (text: Uint8Array): void => void written.push(Buffer.from(text));
  for (const piece of pieces) header.push(Buffer.from(piece, 'latin1'), write);
  header.finish(write);
  const authors = header.fault === null ? header.authors() : [];
  return {
    // What a refused message has become is nobody's concern.
    text: header.fault === null ? Buffer.concat(written).toString('latin1') : '',
    fault: header.fault,
    authors: typeof authors === 'string' ? authors : authors.map(writeMailbox),
  };
}

const textOf = (text: string): string => pass([text]).text;
const faultOf = (text: string): HeaderFault | null => pass([text]).fault;

test('SubmissionHeader adds Date and Message-ID at the end of the header section', () => {
  assert.equal(
    textOf('From: a@b.example\r\nSubject: x\r\n\r\nDate: of the text\r\n'),
    `From: a@b.example\r\nSubject: x\r\n${DATE}${MESSAGE_ID}\r\nDate: of the text\r\n`,
  );
  assert.equal(
    textOf('FROM : a@b.example\r\ndate\t: x\r\n\r\n'),
    `FROM : a@b.example\r\ndate\t: x\r\n${MESSAGE_ID}\r\n`,
  );
});

test('SubmissionHeader touches nothing of a message that has what it must have', () => {
  const whole =
    'Received: from a\r\n\tby b; c\r\nfrom: =?utf-8?q?=E5=B1=B1?= <a@b.example>\r\nDATE: x\r\nMessage-Id: <1@c>\r\nX-\xe9: \xe5\r\n';
  // A name that is not ASCII is none.
  assert.equal(faultOf(`${whole}\r\ntext`), 'a line that is no field');
  const right = whole.replace('X-\xe9', 'X-Raw');
  assert.equal(textOf(`${right}\r\n.text\r\n\0\r\n`), `${right}\r\n.text\r\n\0\r\n`);
});

test('SubmissionHeader takes Bcc out, however it is folded and wherever it stands', () => {
  const fields = 'From: a@b.example\r\nDate: x\r\nMessage-ID: <1@c>\r\n';
  assert.equal(
    textOf(`Bcc: one@c.example,\r\n two@c.example\r\n\t\r\n ,three\r\n${fields}\r\nBcc: text`),
    `${fields}\r\nBcc: text`,
  );
  assert.equal(textOf(`${fields}bCC \t: a\r\nResent-Bcc:\r\n\r\n`), `${fields}\r\n`);
  assert.equal(textOf(`${fields}BCC: a\r\nBcc: b\r\n`), fields);
  assert.equal(textOf(`${fields}BCC: a`), fields);
  assert.equal(textOf(`${fields}X-Bcc: a\r\nBcc-X: b\r\n\r\n`), `${fields}X-Bcc: a\r\nBcc-X: b\r\n\r\n`);
});

test('SubmissionHeader takes a header section without a text, also one without its last line end', () => {
  assert.equal(textOf('From: a@b.example\r\n'), `From: a@b.example\r\n${DATE}${MESSAGE_ID}`);
  assert.equal(textOf('From: a@b.example'), `From: a@b.example\r\n${DATE}${MESSAGE_ID}`);
});

test('SubmissionHeader refuses what programs could read in two ways', () => {
  const from = 'From: a@b.example\r\n';
  const faults: readonly (readonly [string, HeaderFault])[] = [
    ['', 'no From'],
    ['\r\n', 'no From'],
    ['Subject: x\r\n\r\nFrom: a@b.example\r\n', 'no From'],
    ['Resent-From: a@b.example\r\n\r\n', 'no From'],
    [`${from}Subject: x\r\nfrom : c@d.example\r\n\r\n`, 'more than one From'],
    [`${from}Sender: c@d.example\r\nSENDER: c@d.example\r\n\r\n`, 'more than one Sender'],
    [`${from}Hello\r\n\r\n`, 'a line that is no field'],
    [`${from}Hello there: x\r\n\r\n`, 'a line that is no field'],
    [`${from}: x\r\n\r\n`, 'a line that is no field'],
    [` ${from}`, 'a line that is no field'],
    [`${from}Subject`, 'a line that is no field'],
    [`${from}${'x'.repeat(257)}: y\r\n\r\n`, 'a line that is no field'],
    [`${from}Subject: a\rBcc: b\r\n\r\n`, 'a control character'],
    [`${from}Subject: a\nBcc: b\r\n\r\n`, 'a control character'],
    [`${from}Subject: a\0b\r\n\r\n`, 'a control character'],
    [`${from}\rX: y\r\n\r\n`, 'a control character'],
    [`From: ${'a'.repeat(AUTHOR_OCTETS_MAX)}@b.example\r\n\r\n`, 'From is not a list of addresses'],
  ];
  for (const [text, fault] of faults) assert.equal(faultOf(text), fault, JSON.stringify(text.slice(0, 60)));
});

function authorsOf(fields: string): Passed['authors'] {
  return pass([`${fields}\r\n\r\n`]).authors;
}

test('SubmissionHeader tells who wrote and who sent', () => {
  assert.deepEqual(authorsOf('From: "A, B"\r\n <a@b.example>,\r\n\tc@D.example (C)'), [
    'a@b.example',
    'c@d.example',
  ]);
  assert.deepEqual(authorsOf('Sender: s@b.example\r\nFrom: a@b.example'), ['a@b.example', 's@b.example']);
  assert.equal(authorsOf('From: nobody'), 'From is not a list of addresses');
  assert.equal(authorsOf('From:'), 'From is not a list of addresses');
  assert.equal(
    authorsOf('From: a@b.example\r\nSender: c@b.example, d@b.example'),
    'Sender is not an address',
  );
});

test('SubmissionHeader makes the same of a message however it is cut', () => {
  const unit = fc.constantFrom(
    'From: a@b.example\r\n',
    'From',
    'Bcc',
    'bcc: c@d.example\r\n',
    'Sender: a@b.example\r\n',
    'Date: x\r\n',
    'Message-ID',
    ':',
    ' ',
    '\t',
    '\r\n',
    '\r',
    '\n',
    'x',
    '\r\n\r\n',
    '\r\n folded\r\n',
    '\xe9',
  );
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(unit), cuts, fc.boolean(), (units, places, wellBegun) => {
      const text = (wellBegun ? 'From: a@b.example\r\n' : '') + units.join('');
      const at = [0, ...places.filter((place) => place < text.length), text.length].toSorted((a, b) => a - b);
      const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
      assert.equal(pieces.join(''), text);
      const whole = pass([text]);
      assert.deepEqual(pass(pieces), whole);
      assert.deepEqual(pass(text.split('')), whole);
      if (whole.fault === null) assert.doesNotMatch(whole.text.split('\r\n\r\n')[0] ?? '', /^bcc[ \t]*:/im);
    }),
    { numRuns: 300 },
  );
});
