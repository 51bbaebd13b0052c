import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reply, replyLines } from '../replies/register.ts';
import { Conduct } from './conduct.ts';

const LIMITS = { errorMax: 4, helpFree: 2, helpMax: 5 };

test('Conduct lets a few errors pass, then slows down, then closes', () => {
  const conduct = new Conduct(LIMITS);
  const seen = Array.from({ length: 4 }, () => conduct.after(reply('unknown-command')));
  assert.deepEqual(seen, ['none', 'none', 'slow-down', reply('too-many-errors')]);
});

test('Conduct counts an unknown topic as half an error, and 452 as none', () => {
  const conduct = new Conduct(LIMITS);
  for (let i = 0; i < 100; i++) assert.equal(conduct.after(reply('mailbox-full')), 'none');
  const seen = Array.from({ length: 8 }, () => conduct.after(reply('unknown-topic')));
  assert.equal(seen.indexOf('slow-down'), 4);
  assert.equal(seen.at(-1), reply('too-many-errors'));
});

test('Conduct forgets errors once a mail object was kept', () => {
  const conduct = new Conduct(LIMITS);
  for (let i = 0; i < 20; i++) {
    conduct.after(reply('no-such-mailbox'));
    assert.equal(conduct.after(reply('message-kept', { id: String(i) })), 'none');
  }
});

test('Conduct gives HELP away a number of times, then slows it, then closes', () => {
  const conduct = new Conduct(LIMITS);
  const seen = Array.from({ length: 5 }, () => conduct.after(replyLines('help', ['x'])));
  assert.deepEqual(seen, ['none', 'none', 'slow-down', 'slow-down', reply('too-many-helps')]);
});

test('Conduct does not count what follows from a refusal in a group of commands, and does without one', () => {
  const conduct = new Conduct(LIMITS);
  for (let i = 0; i < 20; i++) {
    assert.equal(conduct.after(reply('storage-full')), 'none');
    for (let n = 0; n < 20; n++) assert.equal(conduct.after(reply('mail-first')), 'none');
    assert.equal(conduct.after(reply('mailbox-full')), 'none');
    assert.equal(conduct.after(reply('no-valid-recipients')), 'none');
    assert.equal(conduct.after(reply('completed')), 'none');
  }
  const seen = Array.from({ length: 4 }, () => conduct.after(reply('mail-first')));
  assert.deepEqual(seen, ['none', 'none', 'slow-down', reply('too-many-errors')]);
});

test('Conduct does not count recipients beyond what is allowed: those within it are kept', () => {
  const conduct = new Conduct(LIMITS);
  for (let i = 0; i < 20; i++) assert.equal(conduct.after(reply('recipients-forbidden')), 'none');
});
