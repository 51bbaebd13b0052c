import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSecret } from './secret-file.ts';

test('readSecret() takes the first line as it is, and nothing for what holds none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));
  const file = join(folder, 'secret');
  try {
    assert.equal(await readSecret(file), null);
    assert.equal(await readSecret(folder), null);
    for (const [content, secret] of [
      ['pass word \n', 'pass word '],
      ['pässword\r\nsecond\n', 'pässword'],
      ['bare', 'bare'],
      ['', null],
      ['\nsecond', null],
      ['a\0b', null],
    ] as const) {
      writeFileSync(file, content);
      assert.equal(await readSecret(file), secret);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
