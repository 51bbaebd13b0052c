import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeardReply } from '../replies/heard-reply.ts';
import { extensionsHeard } from './client-extensions.ts';
import { negotiate } from './client-negotiation.ts';
import { beginOpening, type OpeningFacts, type OpeningInput, stepOpening } from './client-session.ts';

const FACTS: OpeningFacts = {
  hostname: 'me.example',
  protocol: 'smtp',
  tls: 'opportunistic',
  logsIn: false,
  wireIsPrivate: false,
};

function said(code: string, ...lines: string[]): HeardReply {
  return { code, status: null, lines: lines.length === 0 ? ['ok'] : lines, fault: null };
}

/** The effects of what was heard, in short. */
function play(facts: Partial<OpeningFacts>, ...inputs: (HeardReply | 'secured' | 'logged-in')[]): string {
  let opening = beginOpening(false);
  const effects: string[] = [];
  for (const each of inputs) {
    const input: OpeningInput = typeof each === 'string' ? { type: each } : { type: 'heard', reply: each };
    const [next, effect] = stepOpening(opening, input, { ...FACTS, ...facts });
    opening = next;
    if (effect.type === 'say') effects.push(effect.line.trimEnd());
    else if (effect.type === 'refused') effects.push(`refused ${effect.phase}`);
    else if (effect.type === 'lacking') effects.push(`lacking ${effect.what}`);
    else if (effect.type === 'log-in') effects.push(`log-in ${effect.mechanisms.join(' ')}`);
    else effects.push(effect.type);
  }
  return effects.join(', ');
}

const HI = said('220');
const PLAIN = said('250', 'peer');
const TLS = said('250', 'peer', 'STARTTLS');
const AUTH = said('250', 'peer', 'AUTH PLAIN SCRAM-SHA-256 LOGIN');

test('stepOpening() greets, and secures where that is offered', () => {
  assert.equal(play({}, HI, PLAIN), 'EHLO me.example, ready');
  assert.equal(
    play({}, HI, TLS, HI, 'secured', PLAIN),
    'EHLO me.example, STARTTLS, handshake, EHLO me.example, ready',
  );
  assert.equal(play({ tls: 'off' }, HI, TLS), 'EHLO me.example, ready');
  assert.equal(play({ protocol: 'lmtp' }, HI, PLAIN), 'LHLO me.example, ready');
});

test('stepOpening() goes back to HELO, but not in LMTP', () => {
  assert.equal(play({}, HI, said('502'), PLAIN), 'EHLO me.example, HELO me.example, ready');
  assert.equal(play({}, HI, said('502'), said('502')), 'EHLO me.example, HELO me.example, refused hello');
  assert.equal(play({}, HI, said('421')), 'EHLO me.example, refused hello');
  assert.equal(play({ protocol: 'lmtp' }, HI, said('500')), 'LHLO me.example, refused hello');
});

test('stepOpening() never goes on without TLS when it is required', () => {
  assert.equal(play({ tls: 'required' }, HI, PLAIN), 'EHLO me.example, lacking tls');
  assert.equal(
    play({ tls: 'required' }, HI, TLS, said('454')),
    'EHLO me.example, STARTTLS, refused starttls',
  );
  assert.equal(
    play({ tls: 'required' }, HI, said('502'), PLAIN),
    'EHLO me.example, HELO me.example, lacking tls',
  );
  assert.equal(play({}, HI, TLS, said('454')), 'EHLO me.example, STARTTLS, ready');
});

test('stepOpening() logs in over TLS or a private wire, and nowhere else', () => {
  const logsIn = { logsIn: true };
  assert.equal(play(logsIn, HI, AUTH), 'EHLO me.example, lacking tls');
  assert.equal(
    play({ ...logsIn, wireIsPrivate: true }, HI, AUTH, 'logged-in'),
    'EHLO me.example, log-in SCRAM-SHA-256 PLAIN, ready',
  );
  assert.equal(
    play(logsIn, HI, TLS, HI, 'secured', AUTH, 'logged-in'),
    'EHLO me.example, STARTTLS, handshake, EHLO me.example, log-in SCRAM-SHA-256 PLAIN, ready',
  );
  assert.equal(play({ ...logsIn, wireIsPrivate: true }, HI, PLAIN), 'EHLO me.example, lacking login');
});

test('stepOpening() says neither MAIL nor a password before TLS, whatever a peer replies', () => {
  const reply = fc.record({
    code: fc.constantFrom(null, '220', '250', '334', '354', '421', '454', '500', '521'),
    status: fc.constant(null),
    lines: fc.array(fc.constantFrom('peer', 'STARTTLS', 'AUTH PLAIN', 'SIZE 1', ''), { maxLength: 4 }),
    fault: fc.constant(null),
  });
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 6 }), (replies) => {
      const effects = play({ tls: 'required', logsIn: true }, ...replies).split(', ');
      const end = effects.findIndex((effect) => /^(?:handshake|refused|lacking)/.test(effect));
      for (const effect of end < 0 ? effects : effects.slice(0, end))
        assert.match(effect, /^(?:EHLO me.example|HELO me.example|STARTTLS|)$/);
    }),
  );
});

test('extensionsHeard() reads what it knows, and survives the rest', () => {
  const heard = extensionsHeard(
    said(
      '250',
      'SIZE 1',
      'size 1000',
      'PIPELINING',
      'AUTH=LOGIN',
      'auth PLAIN',
      'LIMITS RCPTMAX=7 MAILMAX=x FOO',
      'BINARYMIME',
      '',
      '- x',
      'SIZE==',
    ),
  );
  assert.equal(heard.pipelining, true);
  assert.deepEqual(heard.auth, ['LOGIN', 'PLAIN']);
  assert.equal(heard.recipientMax, 7);
  assert.equal(heard.mailMax, null);
  assert.equal(heard.binaryMime, false);
  assert.equal(extensionsHeard(said('250', 'peer', 'SIZE 0')).sizeMax, null);
  assert.equal(extensionsHeard(said('250', 'peer', 'SIZE')).size, true);
  fc.assert(
    fc.property(fc.array(fc.string()), (lines) => extensionsHeard(said('250', ...lines)).mailMax !== 0),
  );
});

test('negotiate() asks for the text only when the peer lacks what was declared', () => {
  const needs = {
    reversePath: 'a@b.example',
    size: 10,
    body: '8BITMIME',
    smtputf8: true,
    ret: null,
    envid: null,
  } as const;
  const able = extensionsHeard(said('250', 'peer', '8BITMIME', 'SMTPUTF8', 'SIZE 10', 'DSN'));
  const plain = extensionsHeard(said('250', 'peer'));
  const agreed = negotiate({ ...needs, ret: 'FULL', envid: 'x' }, able, null);
  assert.deepEqual(agreed, {
    type: 'agreed',
    mail: { reversePath: 'a@b.example', size: 10, body: '8BITMIME', smtputf8: true, ret: 'FULL', envid: 'x' },
  });
  assert.equal(negotiate({ ...needs, size: 11 }, able, null).type, 'unsupported');
  assert.equal(negotiate(needs, plain, null).type, 'inspect');
  const ascii = { eightBit: false, eightBitHeader: false, binary: false };
  assert.deepEqual(negotiate(needs, plain, ascii), {
    type: 'agreed',
    mail: { reversePath: 'a@b.example', size: null, body: null, smtputf8: false, ret: null, envid: null },
  });
  assert.deepEqual(negotiate(needs, plain, { ...ascii, eightBit: true }), {
    type: 'unsupported',
    what: '8bitmime',
  });
  assert.deepEqual(negotiate({ ...needs, reversePath: 'é@b.example' }, plain, null), {
    type: 'unsupported',
    what: 'smtputf8',
  });
  assert.equal(negotiate({ ...needs, body: '7BIT', smtputf8: false }, plain, null).type, 'agreed');
});
