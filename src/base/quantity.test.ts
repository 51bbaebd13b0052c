import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aboutOctets, parseDuration, parseOctets, writeDuration, writeOctets } from './quantity.ts';

test('parseOctets() knows decimal from binary units, and refuses what is no size', () => {
  assert.equal(parseOctets('1MB'), 1_000_000);
  assert.equal(parseOctets('1MiB'), 1_048_576);
  assert.equal(parseOctets('1.5 GiB'), 1_610_612_736);
  assert.equal(parseOctets('42'), 42);
  for (const bad of ['', '-1', '1M', 'MB', '1 0', '9e9', '99999999TiB', '1constructor']) {
    assert.equal(parseOctets(bad), null, bad);
  }
});

test('parseDuration() wants a unit', () => {
  assert.equal(parseDuration('5min'), 300_000);
  assert.equal(parseDuration('30d'), 2_592_000_000);
  assert.equal(parseDuration('0'), 0);
  assert.equal(parseDuration('30'), null);
});

test('writeOctets() and writeDuration() are read back as what they wrote', () => {
  const values = fc.oneof(
    fc.nat(2 ** 40),
    fc.nat(2000).map((n) => n * 2 ** 20),
    fc.nat(99).map((n) => n * 86_400_000),
  );
  fc.assert(fc.property(values, (value) => parseOctets(writeOctets(value)) === value));
  fc.assert(fc.property(values, (value) => parseDuration(writeDuration(value)) === value));
});

test('aboutOctets() is short', () => {
  assert.equal(aboutOctets(0), '0 B');
  assert.equal(aboutOctets(1536), '1.5 KiB');
  assert.equal(aboutOctets(300 * 2 ** 20), '300 MiB');
});
