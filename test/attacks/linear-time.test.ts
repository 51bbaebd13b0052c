/** Attack 36: input that makes a parser slow. Every parser of what peers send takes linear time: twice the input, twice the time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddressLiteral } from '../../src/address/address-literal.ts';
import { parseDomainOrLiteral } from '../../src/address/domain.ts';
import { parseMailbox } from '../../src/address/mailbox.ts';
import { parseDuration, parseOctets } from '../../src/base/quantity.ts';
import { HeaderScanner } from '../../src/message/header-scanner.ts';
import { explain } from '../../src/replies/explain.ts';
import { MailDataReceiver } from '../../src/smtp/mail-data.ts';
import { parseMailOptions, parseRecipientOptions } from '../../src/smtp/parameters.ts';
import { parseForwardPath, parseReversePath } from '../../src/smtp/parse-path.ts';
import { decodeXtext } from '../../src/smtp/xtext.ts';
import { parseProxyHeader } from '../../src/services/proxy-protocol.ts';

const OCTETS = 100_000;
/** A quadratic parser would need 4. */
const FACTOR_MAX = 2.5;
/** A busy machine may spoil one measurement, and does not spoil so many; a parser that is slow fails all. */
const ATTEMPTS = 5;
/** Below this a difference is noise. */
const NOISE_MS = 2;

const INPUTS: Readonly<Record<string, (octets: number) => string>> = {
  letters: (n) => 'a'.repeat(n),
  spaces: (n) => ' '.repeat(n),
  parentheses: (n) => '('.repeat(n),
  commas: (n) => ','.repeat(n),
  dots: (n) => 'a.'.repeat(n / 2),
  hyphens: (n) => 'a-'.repeat(n / 2),
  colons: (n) => ':'.repeat(n),
  quotes: (n) => '"'.repeat(n),
  backslashes: (n) => '"' + '\\'.repeat(n),
  'a quoted string without end': (n) => `"${'a '.repeat(n / 2)}`,
  ats: (n) => '@a,'.repeat(n / 3),
  'a source route': (n) => `<${'@a.example,'.repeat(n / 11)}:b@c>`,
  'an open path': (n) => `<a@${'b.'.repeat(n / 2)}`,
  plusses: (n) => '+41'.repeat(n / 3),
  parameters: (n) => ' A=b'.repeat(n / 4),
  digits: (n) => '9'.repeat(n),
  'an IPv6 literal': (n) => `[IPv6:${'1:'.repeat(n / 2)}]`,
  'A-labels': (n) => 'xn--a.'.repeat(n / 6),
  umlauts: (n) => 'ü'.repeat(n),
};

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseMailbox,
  parseDomainOrLiteral,
  parseAddressLiteral,
  parseReversePath: (text) => parseReversePath(text, 0),
  parseForwardPath: (text) => parseForwardPath(text, 0),
  parseMailOptions: (text) => parseMailOptions(text, 0, { esmtp: true, auth: true }),
  parseRecipientOptions: (text) => parseRecipientOptions(text, 0, true),
  decodeXtext,
  parseOctets,
  parseDuration,
  explain,
  HeaderScanner: (text) => new HeaderScanner(10 * OCTETS).push(Buffer.from(text)),
  MailDataReceiver: (text) => new MailDataReceiver().push(Buffer.from(text), () => {}),
  parseProxyHeader: (text) => parseProxyHeader(Buffer.from(`PROXY ${text}`)),
};

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`attack 36: ${name} takes linear time`, () => {
    for (const [what, make] of Object.entries(INPUTS)) {
      const [once, twice] = [make(OCTETS), make(2 * OCTETS)];
      let [first, second] = [0, 0];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        [first, second] = [best(parse, once), best(parse, twice)];
        if (second <= FACTOR_MAX * first + NOISE_MS) break;
      }
      const said = `${what}: ${first.toFixed(2)} ms, then ${second.toFixed(2)} ms`;
      assert.ok(second <= FACTOR_MAX * first + NOISE_MS, said);
    }
  });
}

/** The shortest of some runs: what the machine does beside cannot make it shorter. */
function best(parse: (text: string) => unknown, text: string): number {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    parse(text);
    least = Math.min(least, performance.now() - began);
  }
  return least;
}
