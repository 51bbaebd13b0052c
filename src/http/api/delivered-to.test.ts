import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveredToStripper } from './delivered-to.ts';

function strip(text: string | Buffer, cut = 7) {
  const out: Uint8Array[] = [];
  const stripper = new DeliveredToStripper((octets) => void out.push(octets));
  const octets = Buffer.from(text);
  for (let i = 0; i < octets.length; i += cut) stripper.push(octets.subarray(i, i + cut));
  stripper.end();
  return {
    rest: Buffer.concat(out).toString('latin1'),
    recipient: stripper.recipient,
    reversePath: stripper.reversePath,
  };
}

test('DeliveredToStripper takes off what the store will write again', () => {
  const found = strip('Return-Path: <a@b.example>\r\nDelivered-To: c@d.example\r\nSubject: x\r\n\r\ntext');
  assert.deepEqual(found, {
    rest: 'Return-Path: <a@b.example>\r\nSubject: x\r\n\r\ntext',
    recipient: 'c@d.example',
    reversePath: 'a@b.example',
  });
  assert.deepEqual(strip('Delivered-To: c@d.example\r\nA: b\r\n').rest, 'A: b\r\n');
  assert.equal(strip('Return-Path: <>\r\nA: b\r\n').reversePath, '');
});

test('DeliveredToStripper leaves alone what the store would write elsewhere, or otherwise', () => {
  for (const text of [
    'Subject: x\r\nDelivered-To: c@d.example\r\n',
    'Delivered-To: c@d.example\nA: b\n',
    'delivered-to: c@d.example\r\n',
    'Delivered-To:  c@d.example\r\n',
    'Delivered-To: c@d.example\r\nReturn-Path: <a@b.example>\r\n',
    'Delivered-To: c@d.example',
    '',
    'x'.repeat(10_000),
  ]) {
    const { rest, recipient } = strip(text, 1000);
    assert.equal(rest, text);
    assert.equal(recipient, null, text);
  }
  assert.equal(strip(Buffer.from('Delivered-To: \xff@d\r\n', 'latin1')).rest, 'Delivered-To: \xff@d\r\n');
});
