import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reply, type Reply } from '../replies/register.ts';
import { parseAuthLine } from './auth-line.ts';
import type { Command } from './command.ts';
import { help, type HelpFacts } from './help.ts';
import { reasonAgainst } from './help-now.ts';
import { parseCommand } from './parse-command.ts';
import type { Profile } from './profile.ts';
import { NO_SECURITY } from './security.ts';
import { outOfTurn, phaseOf } from './sequence.ts';
import {
  begun,
  greetingOf,
  speaksEsmtp,
  step,
  type Effect,
  type Input,
  type Session,
  type Step,
} from './server-session.ts';
import { isOffered, VERB_ROWS, VERBS } from './verbs.ts';

const PROFILE: Profile = {
  protocol: 'smtp',
  tls: 'off',
  auth: 'off',
  host: 'mail.example',
  messageSizeMax: 1000,
  recipientMax: 3,
  recipientForbiddenAt: null,
  mailMax: 4,
  help: {
    level: 'full',
    showVersion: false,
    version: '1',
    contact: 'postmaster@mail.example',
    referenceUrl: null,
  },
  refusalsReferTo: null,
  timeouts: { command: 300, data: 180, session: 3600 },
};
const LMTP: Profile = { ...PROFILE, protocol: 'lmtp' };
const SUBMISSION: Profile = { ...PROFILE, protocol: 'submission', tls: 'starttls', auth: 'required' };
const PROFILES = fc.constantFrom(PROFILE, LMTP, SUBMISSION);
const FACTS: HelpFacts = { accepting: 'mail', now: '2026-11-23T18:00:00Z', tls: null };
const FULL = reply('storage-full');

function tell(session: Session, line: string, profile = PROFILE): Step {
  const octets = Buffer.from(line).toString('latin1');
  const command = parseCommand(octets, speaksEsmtp(session), profile);
  assert.ok('verb' in command, `${line}: ${'wire' in command ? command.wire : ''}`);
  return step(session, { type: 'command', command }, profile);
}

/** The session after these lines, where the world says yes to all. */
function after(lines: readonly string[], profile = PROFILE): Session {
  let session: Session = begun();
  for (const line of lines) session = settle(tell(session, line, profile), profile, () => null).session;
  return session;
}

interface Settled {
  readonly session: Session;
  readonly said: readonly Reply[];
  readonly effects: readonly Effect[];
}

/** Plays the world until the session waits for a command: `refuses` says no where it returns a reply. */
function settle(began: Step, profile: Profile, refuses: (effect: Effect['type']) => Reply | null): Settled {
  let [session, ...pending] = began;
  const effects: Effect[] = [];
  const said: Reply[] = [];
  for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
    effects.push(effect);
    if (effect.type === 'reply' || effect.type === 'swallow-chunk') said.push(effect.reply);
    if (effect.type === 'help') said.push(help(effect.topic, session, profile, FACTS));
    if (effect.type === 'start-tls')
      said.push(reply(refuses('start-tls') === null ? 'tls-go-ahead' : 'tls-unavailable'));
    for (const input of answers(effect, session, refuses(effect.type))) {
      const [next, ...more] = step(session, input, profile);
      session = next;
      pending.push(...more);
    }
  }
  return { session, said, effects };
}

function answers(effect: Effect, session: Session, refusal: Reply | null): readonly Input[] {
  switch (effect.type) {
    case 'judge-mail':
      return [{ type: 'mail-judged', mail: effect.mail, refusal }];
    case 'judge-recipient':
      return [{ type: 'recipient-judged', recipient: effect.recipient, refusal }];
    case 'open-mail-data':
      return refusal === null
        ? [
            { type: 'mail-data-opened', refusal },
            { type: 'mail-data-kept', replies: [reply('message-kept', { id: '1' })] },
          ]
        : [{ type: 'mail-data-opened', refusal }];
    case 'receive-chunk':
      assert.equal(session.state, 'mail-data');
      return refusal === null && effect.last
        ? [{ type: 'mail-data-kept', replies: [reply('message-kept', { id: '1' })] }]
        : [{ type: 'chunk-received', size: effect.size, refusal }];
    case 'reply':
    case 'swallow-chunk':
    case 'end-transaction':
    case 'help':
    case 'close':
    case 'auth-end':
      return [];
    case 'start-tls':
      return refusal === null ? [{ type: 'tls-started', mechanisms: ['SCRAM-SHA-256', 'PLAIN'] }] : [];
    case 'auth-begin':
    case 'auth-answer': {
      const octets = effect.type === 'auth-answer' ? effect.octets : effect.initial;
      const login = { account: 1, address: 'ann@mail.example' };
      if (refusal !== null)
        return [{ type: 'auth-judged', outcome: { type: 'refused', reply: 'credentials-invalid' } }];
      return octets === null
        ? [{ type: 'auth-judged', outcome: { type: 'challenge', octets: new Uint8Array(0) } }]
        : [{ type: 'auth-judged', outcome: { type: 'accepted', login } }];
    }
  }
}

const names = (effects: readonly Effect[]): string[] =>
  effects.map((effect) => (effect.type === 'reply' ? effect.reply.name : effect.type));

const HELLO = ['EHLO bar.example'];
const MAIL = [...HELLO, 'MAIL FROM:<a@b.example>'];
const RCPT = [...MAIL, 'RCPT TO:<c@d.example>'];
const CHUNK = [...RCPT, 'BDAT 5'];

test('greetingOf() names the host and the protocol', () => {
  assert.equal(greetingOf(PROFILE).wire, '220 mail.example ESMTP\r\n');
  assert.equal(greetingOf(LMTP).wire, '220 mail.example LMTP\r\n');
});

for (const line of ['RSET', 'EHLO again.example', 'HELO again.example', 'QUIT']) {
  test(`step() gives a transaction back at ${line} exactly when there is one`, () => {
    for (const lines of [[], HELLO])
      assert.ok(!names(tell(after(lines), line).slice(1) as Effect[]).includes('end-transaction'));
    for (const lines of [MAIL, RCPT, CHUNK]) {
      const [session, ...effects] = tell(after(lines), line);
      assert.equal(names(effects)[0], 'end-transaction');
      assert.equal(session.state, line === 'QUIT' ? 'closed' : 'ready');
    }
  });
}

test('step() gives a transaction back when its mail data is refused before it comes', () => {
  const { session, effects } = settle(tell(after(RCPT), 'DATA'), PROFILE, () => FULL);
  assert.deepEqual(names(effects), ['open-mail-data', 'end-transaction', 'storage-full']);
  assert.equal(session.state, 'ready');
});

test('step() gives a transaction back when a chunk is refused, and waits for RSET (S25)', () => {
  const { session, effects } = settle(tell(after(CHUNK), 'BDAT 5'), PROFILE, () => FULL);
  assert.deepEqual(names(effects), ['receive-chunk', 'end-transaction', 'storage-full']);
  assert.equal(session.state, 'refused');
  for (const line of ['MAIL FROM:<>', 'RCPT TO:<a@b>', 'DATA']) {
    assert.deepEqual(names(tell(session, line).slice(1) as Effect[]), ['chunk-refused']);
  }
  assert.deepEqual(tell(session, 'BDAT 7 LAST')[1], {
    type: 'swallow-chunk',
    size: 7,
    reply: reply('chunk-refused'),
  });
  for (const line of ['RSET', 'EHLO x']) {
    const [next, ...effectsAfter] = tell(session, line);
    assert.equal(next.state, 'ready');
    assert.ok(!names(effectsAfter).includes('end-transaction'));
  }
});

test('step() refuses the last chunk to each recipient in LMTP, and once in SMTP', () => {
  const two = [...RCPT.slice(1), 'RCPT TO:<e@d.example>'];
  for (const [profile, hello, count] of [
    [PROFILE, 'EHLO x', 1],
    [LMTP, 'LHLO x', 2],
  ] as const) {
    const settled = settle(
      tell(after([hello, ...two], profile), 'BDAT 5 LAST', profile),
      profile,
      () => FULL,
    );
    assert.equal(settled.said.length, count);
    assert.equal(settled.session.state, 'ready');
  }
});

test('step() asks for the resources of chunks once', () => {
  const first = tell(after(RCPT), 'BDAT 5');
  assert.deepEqual(first[1], { type: 'receive-chunk', size: 5, last: false, first: true });
  const second = tell(after(CHUNK), 'BDAT 0 LAST');
  assert.deepEqual(second[1], { type: 'receive-chunk', size: 0, last: true, first: false });
  const session = after([...CHUNK, 'BDAT 6']);
  assert.equal(session.state === 'transaction' ? session.octets : null, 11);
});

test('step() swallows a chunk out of turn before it answers (row 6)', () => {
  for (const [lines, name] of [
    [[], 'hello-first'],
    [HELLO, 'mail-first'],
    [MAIL, 'no-valid-recipients'],
    [['HELO x', ...RCPT.slice(1)], 'hello-first'],
  ] as const) {
    const session = after(lines);
    assert.deepEqual(tell(session, 'BDAT 9 LAST'), [
      session,
      { type: 'swallow-chunk', size: 9, reply: reply(name) },
    ]);
  }
});

test('step() refuses DATA without recipients and keeps the transaction (S22)', () => {
  const session = after(MAIL);
  assert.deepEqual(tell(session, 'DATA'), [session, { type: 'reply', reply: reply('no-valid-recipients') }]);
});

test('step() refuses DATA for BODY=BINARYMIME', () => {
  const session = after([...HELLO, 'MAIL FROM:<> BODY=BINARYMIME', 'RCPT TO:<c@d.example>']);
  assert.deepEqual(names(tell(session, 'DATA').slice(1) as Effect[]), ['binary-needs-chunks']);
});

test('step() refuses a size that can never be taken, without asking the world (S05)', () => {
  const [session, effect] = tell(after(HELLO), 'MAIL FROM:<> SIZE=1001');
  assert.equal(session.state, 'ready');
  assert.deepEqual(effect, { type: 'reply', reply: reply('message-too-big', { limit: '1000' }) });
});

test('step() leaves no trace of a refused MAIL or RCPT but the count', () => {
  const { session } = settle(tell(after(HELLO), 'MAIL FROM:<>'), PROFILE, () => FULL);
  assert.deepEqual(session, {
    state: 'ready',
    security: NO_SECURITY,
    client: { name: 'bar.example', esmtp: true, language: 'en' },
    transactions: 1,
  });
  const refused = settle(tell(after(MAIL), 'RCPT TO:<c@d.example>'), PROFILE, () => FULL);
  assert.deepEqual(refused.session, after(MAIL));
});

test('step() tells the recipients beyond the limit to come later, and keeps the others (S17)', () => {
  const session = after([...RCPT, 'RCPT TO:<e@d.example>', 'RCPT TO:<f@d.example>']);
  assert.deepEqual(tell(session, 'RCPT TO:<g@d.example>'), [
    session,
    { type: 'reply', reply: reply('too-many-recipients') },
  ]);
  const strict = { ...PROFILE, recipientForbiddenAt: 3 };
  assert.deepEqual(tell(session, 'RCPT TO:<g@d.example>', strict)[1], {
    type: 'reply',
    reply: reply('recipients-forbidden'),
  });
});

test('step() closes a session with too many transactions, refused ones counted', () => {
  let session = after(HELLO);
  for (let i = 0; i < 4; i++) session = settle(tell(session, 'MAIL FROM:<>'), PROFILE, () => FULL).session;
  session = settle(tell(session, 'EHLO again.example'), PROFILE, () => null).session;
  assert.deepEqual(names(tell(session, 'MAIL FROM:<>').slice(1) as Effect[]), [
    'too-many-transactions',
    'close',
  ]);
});

test('step() wants SMTPUTF8 at MAIL for a recipient that is not ASCII', () => {
  assert.deepEqual(names(tell(after(MAIL), 'RCPT TO:<c@é.example>').slice(1) as Effect[]), [
    'address-needs-smtputf8',
  ]);
});

test('step() throws when the driver answers what was not asked', () => {
  const lost: Input = { type: 'chunk-received', size: 1, refusal: null };
  assert.throws(() => step(after(RCPT), lost, PROFILE), /chunk received while transaction/);
  assert.throws(
    () => step({ state: 'closed' }, { type: 'command', command: { verb: 'NOOP' } }, PROFILE),
    /NOOP while closed/,
  );
  const [inside] = tell(after(RCPT), 'BDAT 5 LAST');
  assert.throws(() => step(inside, lost, PROFILE), /last chunk/);
  assert.throws(
    () => step(inside, { type: 'command', command: { verb: 'RSET' } }, PROFILE),
    /RSET while mail-data/,
  );
});

test('phaseOf() has a phase for every state, and EXPN none in which it is offered', () => {
  assert.deepEqual(
    [[], HELLO, MAIL, RCPT, CHUNK].map((lines) => phaseOf(after(lines))),
    ['greeted', 'ready', 'mail', 'recipients', 'chunks'],
  );
  assert.equal(phaseOf({ state: 'closed' }), 'refused');
  for (const lines of [[], HELLO, MAIL, RCPT, CHUNK])
    assert.equal(outOfTurn('EXPN', after(lines), PROFILE), 'no-expansion');
});

// prettier-ignore
const LINES = [
  'HELO x', 'EHLO x', 'LHLO x', 'MAIL FROM:<a@b>', 'MAIL FROM:<> SIZE=2000', 'MAIL FROM:<> BODY=BINARYMIME', 'RCPT TO:<c@d>', 'RCPT TO:<e@d>', 'RCPT TO:<postmaster>',
  'DATA', 'BDAT 3', 'BDAT 4 LAST', 'BDAT 0 LAST', 'RSET', 'NOOP', 'VRFY x', 'EXPN x', 'MAIL', 'XYZZY',
  'STARTTLS', 'AUTH PLAIN AGEAYg==', 'AUTH PLAIN', 'AUTH XYZZY', 'AGEAYg==', '*', '!',
] as const;

interface Line {
  readonly text: string;
  readonly refused: boolean;
}

const script = fc.array(fc.record({ text: fc.constantFrom(...LINES), refused: fc.boolean() }), {
  maxLength: 25,
});

/** Every reply to a script, and the session at each place where a command is expected. */
function run(
  lines: readonly Line[],
  profile: Profile,
): { readonly said: readonly string[]; readonly sessions: readonly Session[] } {
  let session: Session = begun();
  const said: string[] = [];
  const sessions: Session[] = [session];
  for (const { text, refused } of lines) {
    if (session.state === 'closed') break;
    const input = heard(text, session, profile);
    if ('wire' in input) {
      said.push(input.wire);
    } else {
      const settled = settle(step(session, input, profile), profile, () => (refused ? FULL : null));
      session = settled.session;
      said.push(...settled.said.map((each) => each.wire));
    }
    sessions.push(session);
  }
  return { said, sessions };
}

function heard(text: string, session: Session, profile: Profile): Input | Reply {
  if (session.state === 'auth') return { type: 'auth-heard', said: parseAuthLine(text) };
  const command: Command | Reply = parseCommand(text, speaksEsmtp(session), profile);
  return 'wire' in command ? command : { type: 'command', command };
}

test('HELP changes nothing, wherever it is said', () => {
  const topic = fc.constantFrom('', 'MAIL', '452', '214 452', 'STATUS', 'LIMITS', 'EXTENSIONS', 'NONSENSE');
  fc.assert(
    fc.property(script, fc.nat(), topic, PROFILES, (lines, place, about, profile) => {
      const plain = run(lines, profile);
      const at = place % plain.sessions.length;
      const { state } = plain.sessions[at] ?? begun();
      if (state === 'closed' || state === 'auth') return; // there it is no command
      const asked = { text: `HELP ${about}`, refused: false };
      const helped = run([...lines.slice(0, at), asked, ...lines.slice(at)], profile);
      const before = run(lines.slice(0, at), profile).said.length;
      assert.match(helped.said[before] ?? '', /^(?:211|214|504)/);
      assert.deepEqual(helped.said.toSpliced(before, 1), plain.said);
      assert.deepEqual(helped.sessions.toSpliced(at, 1), plain.sessions);
    }),
    { numRuns: 1000 },
  );
});

test('HELP lists a verb for now exactly when the session would take it', () => {
  fc.assert(
    fc.property(script, PROFILES, (lines, profile) => {
      const session = run(lines, profile).sessions.at(-1) ?? begun();
      if (session.state === 'closed' || session.state === 'auth') return;
      for (const { verb, protocols, example } of VERB_ROWS) {
        if (!protocols.includes(profile.protocol) || !isOffered(verb, profile)) continue;
        const may: boolean = reasonAgainst(verb, session, profile, FACTS) === null;
        const command = parseCommand(example.replace(' SIZE=1024', ''), true, profile);
        assert.ok('verb' in command);
        const { said, effects } = settle(
          step(session, { type: 'command', command }, profile),
          profile,
          () => null,
        );
        const refused =
          said.every(({ code }) => /^[45]/.test(code)) ||
          effects.some(({ type }) => type === 'swallow-chunk');
        assert.equal(may, !refused, `${verb} while ${session.state}`);
      }
    }),
  );
});

test('step() answers every command once, whatever went before', () => {
  fc.assert(
    fc.property(script, PROFILES, (lines, profile) => {
      const { sessions } = run(lines, profile);
      for (const [n, session] of sessions.entries()) {
        const line = lines[n];
        if (line === undefined || session.state === 'closed' || session.state === 'auth') continue;
        const command = parseCommand(line.text, speaksEsmtp(session), profile);
        if ('wire' in command) continue;
        const { said } = settle(step(session, { type: 'command', command }, profile), profile, () => null);
        // DATA is answered twice: 354, and then for the mail data.
        assert.equal(said.length, said[0]?.code === '354' ? 2 : 1, line.text);
        const { replies, protocols } = VERBS[command.verb];
        for (const { name } of protocols.includes(profile.protocol) ? said : []) {
          assert.ok(replies.includes(name), `the table of verbs knows ${name} for ${command.verb}`);
        }
      }
    }),
  );
});
