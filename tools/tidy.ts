/** What no linter knows: the habits of this repository, checked over its text. Run by `npm run check`. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { FLOORS } from './floors.ts';

const untidy: string[] = [];
const complain = (file: string, text: string, at: number, what: string): void => {
  untidy.push(`${file}:${text.slice(0, at).split('\n').length}: ${what}`);
};

const BANNED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(FIXME|XXX)\b/g, 'finish it, or write an issue'],
  [/\bDate\.now\(|\bnew Date\(\)/g, 'ask the Clock'],
  [/\bMath\.random\(/g, 'ask the Random'],
  [/\bas any\b|@ts-ignore/g, 'a type, or @ts-expect-error with a reason'],
];

const known = new Set(
  readFileSync('docs/rfc/index.tsv', 'utf8')
    .split('\n')
    .map((row) => row.split('\t')[0]),
);

for (const file of globSync('{src,test}/**/*.{ts,smtp}')) {
  const text = readFileSync(file, 'utf8');
  for (const [pattern, instead] of BANNED) {
    if (/^src\/(?!world\/)/.test(file) && !file.endsWith('.test.ts')) {
      for (const { 0: found, index } of text.matchAll(pattern))
        complain(file, text, index, `${found}: ${instead}`);
    }
  }
  for (const { 1: number, index } of text.matchAll(/\bRFC (\d+)/g)) {
    if (!known.has(number)) complain(file, text, index, `RFC ${number} is not in docs/rfc/index.tsv`);
  }
  if (file.endsWith('.smtp') && !text.startsWith('# RFC '))
    complain(file, text, 0, 'says not which section it shows');
}

for (const floor of readdirSync('src')) {
  if (floor !== 'app' && !(floor in FLOORS))
    untidy.push(`src/${floor}: a floor that tools/floors.ts does not know`);
}

for (const line of untidy) process.stderr.write(`${line}\n`);
process.exitCode = untidy.length > 0 ? 1 : 0;
