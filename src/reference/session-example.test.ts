import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../replies/catalogue.ts';
import { exampleAt, exampleOf, sessionOf } from './session-example.ts';

const written = (lines: ReturnType<typeof sessionOf>): readonly string[] =>
  lines.map(({ side, text }) => `${side}: ${text}`);

test('sessionOf() leads to the reply with what must be said before it', () => {
  const lines = written(sessionOf(exampleAt('data', '451 4.3.0 Local error')));
  assert.deepEqual(lines.slice(-6), [
    'C: MAIL FROM:<ann@example.net>',
    'S: 250 2.1.0 OK',
    'C: RCPT TO:<bob@example.com>',
    'S: 250 2.1.5 OK',
    'C: DATA',
    'S: 451 4.3.0 Local error',
  ]);
});

test('sessionOf() of a greeting is the greeting', () => {
  assert.deepEqual(written(sessionOf(exampleAt('connect', '554 No SMTP service here'))), [
    'S: 554 No SMTP service here',
  ]);
});

test('sessionOf() leaves out what a command out of turn lacks', () => {
  const lines = written(sessionOf(exampleAt('rcpt', '503 5.5.1 MAIL first')));
  assert.ok(!lines.some((line) => line.startsWith('C: MAIL')));
});

test('sessionOf() accepts no recipient where none is valid', () => {
  const lines = written(sessionOf(exampleAt('data', '554 5.5.1 No valid recipients')));
  assert.ok(lines.includes('S: 550 5.1.1 No such mailbox'));
});

test('exampleOf() has a session for every code that crosses the wire, with one marked line that begins with the code', () => {
  for (const row of CATALOGUE.basic) {
    const example = exampleOf(row);
    const isOnWire = row.phases.some((phase) => phase !== 'client');
    assert.equal(example !== null, isOnWire, row.code);
    if (example === null) continue;
    const marked = sessionOf(example).filter(({ mark }) => mark);
    assert.equal(marked.length, 1);
    assert.ok(marked[0]?.side === 'S' && marked[0].text.startsWith(row.code), row.code);
  }
});
