/** Time grows with the input and not with its square: 100,000 octets of the same against 200,000. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddressLiteral } from '../address/address-literal.ts';
import { parseDomain } from '../address/domain.ts';
import { parseLocalPart } from '../address/local-part.ts';
import { parseMailbox } from '../address/mailbox.ts';
import { decodeBase64, parseAuthLine } from './auth-line.ts';
import { parseMailOptions, parseRecipientOptions } from './parameters.ts';
import { parseForwardPath } from './parse-path.ts';
import { decodeXtext, encodeXtext } from './xtext.ts';

const MAY = { esmtp: true, auth: true };

// prettier-ignore
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseMailbox,
  parseDomain,
  parseAddressLiteral:   (text) => parseAddressLiteral(`[IPv6:${text}]`),
  parseLocalPart:        (text) => parseLocalPart(`"${text}"`),
  parseForwardPath:      (text) => parseForwardPath(`<${text}>`, 0),
  'parseForwardPath, source route': (text) => parseForwardPath(`<@${text}:a@b>`, 0),
  parseMailOptions:      (text) => parseMailOptions(` ENVID=${text}`, 0, MAY),
  'parseMailOptions, AUTH': (text) => parseMailOptions(` AUTH=${text}`, 0, MAY),
  decodeBase64,
  parseAuthLine,
  parseRecipientOptions: (text) => parseRecipientOptions(` NOTIFY=${text}`, 0, true),
  decodeXtext,
  encodeXtext,
};

const UNITS = [
  'a',
  ' ',
  '(',
  ',',
  '.',
  '@',
  '"',
  '\\',
  '<',
  '>',
  '[',
  ':',
  '+',
  '=',
  'a@',
  '@a,',
  '\\"',
  'a.',
  '1.',
  '::',
  '+41',
  'é',
  'X ',
];

/** The least of some runs: what disturbs a run only adds. */
function least(run: () => unknown): number {
  let shortest = Infinity;
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    run();
    shortest = Math.min(shortest, performance.now() - began);
  }
  return shortest;
}

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`${name}() takes no more than linear time`, () => {
    for (const unit of UNITS) {
      const once = unit.repeat(100_000 / unit.length);
      const time = least(() => parse(once));
      const twice = least(() => parse(once + once));
      assert.ok(twice < 20 || twice <= 4 * time, `${unit}: ${time} ms, ${twice} ms`);
    }
  });
}

test('encodeXtext() writes what decodeXtext() reads', () => {
  const text = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('');
  assert.equal(decodeXtext(encodeXtext(text)), text);
  assert.equal(encodeXtext('a+b=c d'), 'a+2Bb+3Dc+20d');
});
