import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseProxyHeader } from './proxy-protocol.ts';

const V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

function version2(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.from([0x20 | command, family, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([V2, head, body]);
}

const CASES: readonly [what: string, bytes: Buffer, address: string | null][] = [
  ['TCP4', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n'), '192.0.2.7'],
  ['TCP6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n'), '2001:db8::7'],
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), null],
  [
    'v2 IPv4',
    version2(1, 0x11, Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x67, 0, 25])),
    '192.0.2.7',
  ],
  [
    'v2 IPv6',
    version2(
      1,
      0x21,
      Buffer.concat([Buffer.from('20010db8000000000000000000000007', 'hex'), Buffer.alloc(20)]),
    ),
    '2001:db8:0:0:0:0:0:7',
  ],
  ['v2 LOCAL', version2(0, 0x00, Buffer.alloc(0)), null],
  ['v2 with values behind the addresses', version2(1, 0x11, Buffer.alloc(40, 1)), '1.1.1.1'],
];

for (const [what, bytes, address] of CASES) {
  test(`parseProxyHeader() reads ${what}, however it is cut`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(parseProxyHeader(bytes.subarray(0, length)).type, 'more', `cut at ${length}`);
    }
    const header = parseProxyHeader(Buffer.concat([bytes, Buffer.from('EHLO c\r\n')]));
    assert.equal(header.type, 'header');
    if (header.type !== 'header') return;
    assert.equal(header.length, bytes.length);
    assert.equal(header.client?.address ?? null, address);
  });
}

const BAD: readonly (string | Buffer)[] = [
  'EHLO c.example\r\n',
  'PROXY TCP4 192.0.2.256 198.51.100.1 4711 25\r\n',
  'PROXY TCP4 2001:db8::7 2001:db8::1 4711 25\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1 70000 25\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1 4711 25 more\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\n',
  'PROXY \r\n',
  `PROXY ${'x'.repeat(200)}`,
  version2(2, 0x11, Buffer.alloc(12)),
  Buffer.concat([V2, Buffer.from([0x31, 0x11, 0, 12])]),
  Buffer.concat([V2, Buffer.from([0x21, 0x11, 0xff, 0xff])]),
];

for (const bytes of BAD) {
  test(`parseProxyHeader() refuses ${JSON.stringify(String(bytes)).slice(0, 60)}`, () => {
    assert.equal(parseProxyHeader(Buffer.from(bytes)).type, 'bad');
  });
}

test('parseProxyHeader() never throws and never reads beyond a header of 4 KiB', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(V2, Buffer.from('PROXY '), Buffer.alloc(0)),
      (junk, start) => {
        const bytes = Buffer.concat([start, junk]);
        const header = parseProxyHeader(bytes);
        if (header.type === 'header') assert.ok(header.length <= bytes.length);
      },
    ),
  );
});
