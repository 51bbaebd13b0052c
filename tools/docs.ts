/**
 * Writes the documents that are made of tables in the source; with `--check` it writes nothing, and fails
 * when one differs from what the source says.
 *
 * To add one: a function that returns its text, in `tools/docs/`, and a row here.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { decisionsIn } from './docs/decisions.ts';
import { commandsIn } from './docs/commands.ts';
import { repliesIn } from './docs/replies.ts';
import { settingsIn } from './docs/settings.ts';
import { architectureWithMap } from './map.ts';

// prettier-ignore
const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'ARCHITECTURE.md':                () => architectureWithMap(),
  'docs/reference/decisions.md':    () => decisionsIn('en'),
  'docs/reference/decisions.ja.md': () => decisionsIn('ja'),
  'docs/reference/replies.md':      () => repliesIn('en'),
  'docs/reference/replies.ja.md':   () => repliesIn('ja'),
  'docs/reference/settings.md':     () => settingsIn('en'),
  'docs/reference/settings.ja.md':  () => settingsIn('ja'),
  'docs/reference/commands.md':     () => commandsIn('en'),
  'docs/reference/commands.ja.md':  () => commandsIn('ja'),
};

const onlyCheck = process.argv.includes('--check');

for (const [path, make] of Object.entries(DOCUMENTS)) {
  const text = make();
  if (text === written(path)) continue;
  if (onlyCheck) {
    process.stderr.write(`${path}: differs from the source; npm run docs writes it\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  }
}

function written(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // It is to be written for the first time.
  }
}
