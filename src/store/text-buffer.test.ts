import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockPool, TextBuffer } from './text-buffer.ts';

test('TextBuffer gives back what it was given, however it was cut, from blocks that are used again', () => {
  const pool = new BlockPool();
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 20 }),
      fc.nat(20),
      (texts, takeAt) => {
        const buffer = new TextBuffer(pool);
        const taken: ReturnType<TextBuffer['take']>[] = [];
        for (const [i, text] of texts.entries()) {
          if (i === takeAt) taken.push(buffer.take());
          buffer.add(text);
        }
        assert.equal(
          buffer.octets,
          Buffer.concat(takeAt < texts.length ? texts.slice(takeAt) : texts).length,
        );
        taken.push(buffer.take());
        assert.ok(Buffer.concat(taken.flatMap(({ views }) => views)).equals(Buffer.concat(texts)));
        assert.equal(buffer.octets, 0);
        for (const { blocks } of taken) pool.give(blocks);
      },
    ),
  );
});

test('TextBuffer makes few views of many drops', () => {
  const buffer = new TextBuffer(new BlockPool());
  for (let i = 0; i < 100_000; i++) buffer.add(Uint8Array.of(i & 0xff));
  assert.equal(buffer.octets, 100_000);
  assert.ok(buffer.take().views.length < 10);
});
