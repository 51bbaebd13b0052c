/**
 * Plays every `*.smtp` file in this folder against the session machine. `TRANSCRIPTS=write` in the environment rewrites
 * the `S:` lines instead; the difference is then to be read as prose.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { played } from './session-player.ts';

for (const file of globSync(`${import.meta.dirname}/*.smtp`)) {
  test(`transcript ${basename(file, '.smtp')}`, () => {
    const text = readFileSync(file, 'utf8');
    const really = played(text, Infinity);
    if (process.env['TRANSCRIPTS'] === 'write') writeFileSync(file, really);
    else assert.equal(really, text);
  });
  test(`transcript ${basename(file, '.smtp')}, octet by octet`, () => {
    const text = readFileSync(file, 'utf8');
    assert.equal(played(text, 1), text);
  });
}
