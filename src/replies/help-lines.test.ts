import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CATALOGUE } from './catalogue.ts';
import {
  ascii,
  codesSpoken,
  compareCodes,
  COMPARISON_LINES_MAX,
  explainBasic,
  explainEnhanced,
  HELP_COLUMNS_MAX,
} from './help-lines.ts';

const BASIC = CATALOGUE.basic.map(({ code }) => code);
const ENHANCED = CATALOGUE.enhanced.flatMap(({ code }) =>
  ['X', '2', '4', '5'].map((first) => `${first}${code.slice(1)}`),
);
const PRIVATE = CATALOGUE.enhancedUnregistered.map(({ code }) => code.split('-')[0] ?? '');

const fit = (lines: readonly string[] | null, what: string): void => {
  assert.ok(lines !== null && lines.length > 0, what);
  for (const line of lines) {
    assert.match(line, /^[\x20-\x7e]*[\x21-\x7e]$/, what);
    assert.ok(line.length <= HELP_COLUMNS_MAX, `${what}: ${line}`);
    assert.doesNotMatch(line, /\b(\w+) \1\b/, `${what}: a word twice`);
  }
};

const checkPair = (a: string, b: string): void => {
  const lines = compareCodes(a, b);
  fit(lines, `${a} ${b}`);
  assert.ok((lines?.length ?? 0) <= COMPARISON_LINES_MAX, `${a} ${b}`);
  for (const code of [a, b])
    assert.ok(
      lines?.some((line) => line.startsWith(`${code} `)),
      `${a} ${b}`,
    );
  assert.ok(
    lines?.some((line) => line.startsWith('Decisive: ')),
    `${a} ${b}`,
  );
  assert.match(lines?.at(-1) ?? '', /\.$/, `${a} ${b} ends with a whole sentence`);
};

test('explainBasic() of each known code fits into one HELP', () => {
  for (const code of BASIC) {
    const lines = explainBasic(code);
    fit(lines, code);
    assert.ok((lines?.length ?? 0) <= 36, `${code} has ${lines?.length} lines`);
    assert.ok(lines?.[0]?.startsWith(`${code} `));
  }
  assert.equal(explainBasic('999'), null);
  assert.equal(explainBasic('4.2.2'), null);
});

test('explainBasic() of 452 says its three cases, what this server sends, and where to go on', () => {
  const text = explainBasic('452')?.join('\n') ?? '';
  for (const wanted of [
    '452 Insufficient system storage: failure for now (4yz)',
    '  4.3.1 The server is short of space: keep the mail, retry later.',
    '  4.2.2 One mailbox is full: retry later, for this recipient only.',
    '  4.5.3 Too many recipients: send the rest in a new transaction.',
    '  452 4.2.2 Mailbox full, try again later',
    'See also: 552 421',
  ]) {
    assert.ok(text.includes(wanted), wanted);
  }
});

test('explainBasic() shows a blank of a text as one, and says what is never sent', () => {
  assert.ok(explainBasic('552')?.includes('  552 5.3.4 Message too big, limit <limit> octets'));
  assert.ok(explainBasic('354')?.includes('  354 End the mail data with <CRLF>.<CRLF>'));
  assert.ok(explainBasic('431')?.includes('This server never sends it.'));
});

test('explainEnhanced() of each known code fits into one HELP', () => {
  for (const code of [...ENHANCED, ...PRIVATE]) fit(explainEnhanced(code), code);
  assert.deepEqual(explainEnhanced('x.2.2'), explainEnhanced('X.2.2'));
  assert.equal(explainEnhanced('4.9.999'), null);
  assert.equal(explainEnhanced('452'), null);
});

test('explainEnhanced() names a class that does not exist, and meanings of providers', () => {
  assert.ok(explainEnhanced('5.3.1')?.includes('Wrong class, this meaning exists only as: 4.3.1'));
  assert.ok(explainEnhanced('5.7.610')?.includes('At Microsoft 365: sending address is banned'));
  assert.ok(explainEnhanced('4.2.2')?.some((line) => line.startsWith('At Stalwart: ')));
});

test('compareCodes() of 214 and 452 reads well', () => {
  assert.deepEqual(compareCodes('214', '452'), [
    '214 Help message: success (2yz)',
    '  The answer to HELP; success, nothing to repair.',
    '452 Insufficient system storage: failure for now (4yz)',
    '  4.3.1 The server is short of space: keep the mail, retry later.',
    '  4.2.2 One mailbox is full: retry later, for this recipient only.',
    '  4.5.3 Too many recipients: send the rest in a new transaction.',
    'Seen: 214 after HELP',
    'Seen: 452 after MAIL, RCPT, DATA, BDAT or the final dot',
    'Sender: 214 nothing to retry',
    'Decisive: What gets 214 never gets 452. 214 means done; 452 may',
    '  succeed later.',
  ]);
  assert.deepEqual(compareCodes('452', '214'), compareCodes('214', '452'));
});

test('compareCodes() of any two codes has at most 12 lines, both names and what decides', () => {
  for (const [i, a] of BASIC.entries()) for (const b of BASIC.slice(i + 1)) checkPair(a, b);
  const any = fc.constantFrom(...BASIC, ...ENHANCED, ...PRIVATE);
  fc.assert(
    fc.property(any, any, (a, b) => {
      if (a !== b) checkPair(a, b);
    }),
    { numRuns: 500 },
  );
});

test('compareCodes() of a code with itself explains it; of an unknown one is null', () => {
  assert.deepEqual(compareCodes('452', '452'), explainBasic('452'));
  assert.deepEqual(compareCodes('x.2.2', 'X.2.2'), explainEnhanced('X.2.2'));
  assert.equal(compareCodes('452', '999'), null);
  assert.equal(compareCodes('999', '999'), null);
});

test('codesSpoken() lists the codes of the register with their names', () => {
  const spoken = codesSpoken();
  assert.deepEqual(
    spoken.filter(({ code }) => code === '452'),
    [
      {
        code: '452',
        name: 'Insufficient system storage',
        gist: 'No room now: 4.3.1 server, 4.2.2 mailbox, 4.5.3 too many recipients.',
      },
    ],
  );
  fit(
    spoken.map(({ code, name }) => `${code} ${name}`),
    'codesSpoken',
  );
  assert.ok(spoken.every(({ code }) => BASIC.includes(code)));
});

test('ascii() leaves nothing that may not go over the wire', () => {
  assert.equal(ascii('“a” — b…\u00a0‘c’ ≤ d'), '"a" - b... \'c\' <= d');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.match(ascii(text), /^[\t\x20-\x7e]*$/);
    }),
  );
});
