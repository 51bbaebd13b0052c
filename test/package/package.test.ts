/** `restante/replies` as another program gets it: packed, put into a folder of its own, run and type-checked there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'rst-package-'));

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

before(() => {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], ROOT)) as {
    filename: string;
  }[];
  assert.ok(packed !== undefined);
  const home = path.join(folder, 'node_modules', 'restante');
  mkdirSync(home, { recursive: true });
  run('tar', ['-xzf', path.join(folder, packed.filename), '-C', home, '--strip-components=1']);
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
});
after(() => rmSync(folder, { recursive: true, force: true }));

for (const name of ['replies-package.md', 'replies-package.ja.md']) {
  test(`${name}: every example runs and prints what it says`, () => {
    const text = readFileSync(path.join(ROOT, 'docs', name), 'utf8');
    const examples = [...text.matchAll(/```js\n([^]*?)```\n\n```text\n([^]*?)```/g)];
    assert.ok(examples.length >= 4);
    for (const [, code = '', printed = ''] of examples) {
      writeFileSync(path.join(folder, 'example.js'), code);
      assert.equal(run(process.execPath, ['example.js']), printed);
    }
  });
}

test('restante/replies has types, and imports nothing but itself', () => {
  const example = [
    "import { compare, decode, explain, type Comparison } from 'restante/replies';",
    "const pair: Comparison | null = compare('214', '452');",
    'const standing: string | undefined = decode("452 4.2.2 full").verdicts[0]?.standing;',
    "const name: string | undefined = explain('452')?.name.ja;",
    '// @ts-expect-error: it is not a string',
    "const wrong: string = explain('452');",
    'export { name, pair, standing, wrong };',
  ].join('\n');
  writeFileSync(path.join(folder, 'example.ts'), example);
  const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--resolveJsonModule',
  ];
  run(tsc, [...options, 'example.ts']);
  const imports = run('grep', [
    '-rhoE',
    "from '[^']+'",
    path.join(folder, 'node_modules/restante/dist'),
    '--include=*.js',
  ]);
  const outside = imports.split('\n').filter((line) => line !== '' && !/from '\.{1,2}\//.test(line));
  assert.deepEqual(outside, []);
});
