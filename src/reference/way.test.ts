import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEGEND, type Phase } from '../replies/catalogue.ts';
import { wayOf } from './way.ts';

function lit(...phases: readonly Phase[]): readonly Phase[] {
  const way = wayOf(phases, 'en');
  assert.ok(way.kind === 'way');
  return way.stations.filter((station) => station.lit).map(({ phase }) => phase);
}

test('wayOf() lights where the code can come, and shows by-ways only where they are lit', () => {
  assert.deepEqual(lit('rcpt', 'data-end'), ['rcpt', 'data-end']);
  const way = wayOf(['help'], 'en');
  assert.ok(way.kind === 'way' && way.stations.some(({ phase }) => phase === 'help'));
  assert.ok(!way.stations.some(({ phase }) => phase === 'etrn'));
});

test('wayOf() lights every command for any, but not the greeting and the final dot', () => {
  const all = lit('any');
  assert.ok(all.includes('quit') && all.includes('mail'));
  assert.ok(!all.includes('connect') && !all.includes('data-end'));
});

test('wayOf() has a station for every moment on the wire', () => {
  for (const phase of Object.keys(LEGEND.phases) as readonly Phase[]) {
    if (phase !== 'client' && phase !== 'any') assert.ok(lit(phase).includes(phase), phase);
  }
});

test('wayOf() says in a sentence what is never on the wire, or not known', () => {
  assert.equal(wayOf(['client'], 'en').kind, 'paragraph');
  assert.equal(wayOf(null, 'ja').kind, 'paragraph');
});
