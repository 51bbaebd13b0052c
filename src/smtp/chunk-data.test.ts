import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkDataReceiver, type ChunkDataOptions } from './chunk-data.ts';

interface Seen {
  readonly text: string;
  readonly bare: boolean;
  readonly long: boolean;
}

function see(pieces: readonly string[], options?: ChunkDataOptions): Seen {
  const receiver = new ChunkDataReceiver(options);
  let text = '';
  for (const piece of pieces) {
    const octets = Buffer.from(piece, 'latin1');
    assert.equal(
      receiver.push(octets, (run) => (text += Buffer.from(run).toString('latin1'))),
      octets.length,
    );
  }
  receiver.finish();
  return { text, bare: receiver.bareLineEnd, long: receiver.lineTooLong };
}

test('ChunkDataReceiver hands on every octet, and says the same however they are cut', () => {
  const unit = fc.constantFrom('a', '.', '\r\n', '\r', '\n');
  fc.assert(
    fc.property(fc.array(fc.string({ unit })), fc.boolean(), (pieces, binary) => {
      const text = pieces.join('');
      const seen = see(pieces, { binary, lineLengthMax: 4 });
      assert.deepEqual(seen, see([text], { binary, lineLengthMax: 4 }));
      assert.equal(seen.text, text);
      assert.equal(seen.bare, !binary && /\r(?!\n)|(?<!\r)\n/.test(text));
      const longest = Math.max(
        ...text.split('\r\n').map((line, n, all) => line.length + (n < all.length - 1 ? 2 : 0)),
      );
      if (!seen.bare && !binary) assert.equal(seen.long, longest > 4);
    }),
  );
});

test('ChunkDataReceiver takes no dots out and finds no end', () => {
  const text = 'a\r\n.\r\n..\r\nMAIL FROM:<smuggled@bar.example>\r\n';
  assert.deepEqual(see([text]), { text, bare: false, long: false });
});

for (const end of ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r']) {
  test(`ChunkDataReceiver flags ${JSON.stringify(end)}, which would smuggle mail out again`, () => {
    assert.equal(see([`text${end}`]).bare, true);
    assert.equal(see([`text${end}`], { binary: true }).bare, false);
  });
}

test('ChunkDataReceiver takes a CRLF in two chunks for one', () => {
  assert.equal(see(['a\r', '\nb\r', '', '\n']).bare, false);
  assert.equal(see(['a\r']).bare, true);
});
