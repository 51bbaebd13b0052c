import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { addressLiteral } from '../address/address-literal.ts';
import type { Domain } from '../address/mailbox.ts';
import { isOwnLiteral } from './own-literal.ts';

test('isOwnLiteral() knows the addresses of this host, however they are written', () => {
  for (const literal of ['[127.0.0.1]', '[127.9.8.7]', '[0.0.0.0]', '[IPv6:::]', '[IPv6:::ffff:127.0.0.1]'])
    assert.equal(isOwnLiteral(literal as Domain), true, literal);
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    const literal = addressLiteral(address);
    assert.ok(literal !== null, address);
    assert.equal(isOwnLiteral(literal), true, literal);
  }
});

test('isOwnLiteral() takes nobody else for us', () => {
  for (const literal of [
    '[192.0.2.1]',
    '[IPv6:2001:db8::1]',
    '[IPv6:::ffff:192.0.2.1]',
    '[x400:127.0.0.1]',
    'localhost',
  ])
    assert.equal(isOwnLiteral(literal as Domain), false, literal);
});
