import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toCrlf } from './to-crlf.ts';

async function through(text: string, cut: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const octets = Buffer.from(text, 'latin1');
    for (let i = 0; i < octets.length; i += cut) yield octets.subarray(i, i + cut);
  }
  const out: Uint8Array[] = [];
  for await (const chunk of toCrlf(chunks())) out.push(chunk);
  return Buffer.concat(out).toString('latin1');
}

test('toCrlf() leaves alone what begins with CRLF, bare line ends and all', async () => {
  const text = 'A: b\r\n\r\nx\ny\rz\r\n';
  for (const cut of [1, 2, 3, 5, 100]) assert.equal(await through(text, cut), text);
});

test('toCrlf() makes every bare LF a CRLF where the first line has one, however it is cut', async () => {
  const lines = fc.array(fc.constantFrom('a', '', 'b\r', 'c\rd'), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (rest, cut) => {
      const text = ['A: b', ...rest, ''].join('\n');
      assert.equal(await through(text, cut), text.replaceAll(/(?<!\r)\n/g, '\r\n'));
    }),
  );
});
