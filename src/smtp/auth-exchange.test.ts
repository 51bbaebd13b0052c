/** STARTTLS and AUTH in the session machine: who may say MAIL, and what is forgotten when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuthOutcome } from './auth-exchange.ts';
import { parseAuthLine, type AuthLine } from './auth-line.ts';
import { parseCommand, tooLong } from './parse-command.ts';
import type { Profile } from './profile.ts';
import { NO_SECURITY, type Security } from './security.ts';
import { begun, speaksEsmtp, step, type Effect, type Input, type Session } from './server-session.ts';

const PROFILE: Profile = {
  protocol: 'submission',
  tls: 'starttls',
  auth: 'required',
  host: 'mail.example',
  messageSizeMax: 1000,
  recipientMax: 3,
  recipientForbiddenAt: null,
  mailMax: 100,
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
const MECHANISMS = ['SCRAM-SHA-256', 'PLAIN'];
const ANN = { account: 1, address: 'ann@mail.example' };
const ACCEPTED: AuthOutcome = { type: 'accepted', login: ANN };
const INVALID: AuthOutcome = { type: 'refused', reply: 'credentials-invalid' };
const CHALLENGE: AuthOutcome = { type: 'challenge', octets: Uint8Array.of(97) };
const MAIL = 'MAIL FROM:<ann@mail.example>';

/** A session and its world; STARTTLS succeeds, and logins come out as they are told to. */
class Stage {
  session: Session;
  readonly effects: Effect[] = [];
  readonly #profile: Profile;
  readonly #outcomes: AuthOutcome[];

  constructor(profile: Profile, security: Partial<Security>, outcomes: readonly AuthOutcome[] = []) {
    this.#profile = profile;
    this.session = begun({ ...NO_SECURITY, mechanisms: MECHANISMS, ...security });
    this.#outcomes = [...outcomes];
  }

  /** The names of the replies to these lines. */
  say(...lines: readonly string[]): string[] {
    const said: string[] = [];
    for (const line of lines) {
      if (this.session.state === 'auth')
        said.push(...this.#tell({ type: 'auth-heard', said: parseAuthLine(line) }));
      else {
        const command = parseCommand(line, speaksEsmtp(this.session), this.#profile);
        if ('wire' in command) said.push(command.name);
        else said.push(...this.#tell({ type: 'command', command }));
      }
    }
    return said;
  }

  hear(said: AuthLine): string[] {
    return this.#tell({ type: 'auth-heard', said });
  }

  #tell(input: Input): string[] {
    const said: string[] = [];
    const [next, ...effects] = step(this.session, input, this.#profile);
    this.session = next;
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === 'reply') said.push(effect.reply.name);
      if (effect.type === 'start-tls')
        said.push('tls-go-ahead', ...this.#tell({ type: 'tls-started', mechanisms: MECHANISMS }));
      if (effect.type === 'auth-begin' || effect.type === 'auth-answer')
        said.push(...this.#tell({ type: 'auth-judged', outcome: this.#outcomes.shift() ?? INVALID }));
      if (effect.type === 'judge-mail')
        said.push(...this.#tell({ type: 'mail-judged', mail: effect.mail, refusal: null }));
    }
    return said;
  }

  get security(): Security {
    assert.ok('security' in this.session);
    return this.session.security;
  }
}

function say(profile: Profile, security: Partial<Security>): string[] {
  return new Stage(profile, security, [ACCEPTED]).say('EHLO x', 'AUTH PLAIN AAAA', MAIL).slice(1);
}

test('STARTTLS forgets the hello and whoever had logged in, but not how often a login failed (RFC 3207 §4.2)', () => {
  const stage = new Stage(PROFILE, { clearAuth: true }, [INVALID, ACCEPTED]);
  assert.deepEqual(stage.say('EHLO x', 'AUTH PLAIN AAAA', 'AUTH PLAIN AAAA', 'STARTTLS').slice(1), [
    'credentials-invalid',
    'authenticated',
    'tls-go-ahead',
  ]);
  assert.deepEqual(stage.session, {
    state: 'greeted',
    security: { tls: true, clearAuth: true, mechanisms: MECHANISMS, login: null, failures: 1 },
  });
  assert.deepEqual(stage.say(MAIL, 'AUTH PLAIN AAAA', 'STARTTLS'), [
    'hello-first',
    'hello-first',
    'tls-is-on',
  ]);
  assert.deepEqual(stage.say('EHLO x', MAIL), ['hello', 'auth-first']);
});

test('STARTTLS is said once, alone, after EHLO, and between transactions', () => {
  assert.deepEqual(
    new Stage(PROFILE, {}).say(
      'STARTTLS',
      'HELO x',
      'STARTTLS',
      'EHLO x',
      'STARTTLS now',
      'STARTTLS',
      'EHLO x',
      'STARTTLS',
    ),
    ['hello-first', 'hello', 'hello-first', 'hello', 'bad-syntax', 'tls-go-ahead', 'hello', 'tls-is-on'],
  );
  const mx: Profile = { ...PROFILE, protocol: 'smtp', auth: 'off' };
  assert.deepEqual(new Stage(mx, {}).say('EHLO x', MAIL, 'STARTTLS', 'RSET', 'STARTTLS').slice(1), [
    'sender-ok',
    'nested-mail',
    'completed',
    'tls-go-ahead',
  ]);
  assert.deepEqual(
    new Stage({ ...PROFILE, tls: 'off' }, {}).say('EHLO x', 'STARTTLS', 'STARTTLS x').slice(1),
    ['not-implemented', 'not-implemented'],
  );
  assert.deepEqual(
    new Stage({ ...PROFILE, tls: 'implicit' }, { tls: true }).say('EHLO x', 'STARTTLS').slice(1),
    ['tls-is-on'],
  );
});

test('AUTH is refused in the clear but for a listed network, and MAIL tells what is missing', () => {
  assert.deepEqual(say(PROFILE, {}), ['auth-needs-tls', 'tls-first']);
  assert.deepEqual(say({ ...PROFILE, tls: 'off' }, {}), ['auth-needs-tls', 'auth-first']);
  assert.deepEqual(say(PROFILE, { clearAuth: true }), ['authenticated', 'sender-ok']);
  assert.deepEqual(say(PROFILE, { tls: true }), ['authenticated', 'sender-ok']);
  assert.deepEqual(say(PROFILE, { tls: true, mechanisms: [] }), ['auth-unavailable', 'auth-first']);
  assert.deepEqual(say({ ...PROFILE, auth: 'off' }, { tls: true }), ['not-implemented', 'sender-ok']);
  assert.deepEqual(say({ ...PROFILE, auth: 'offered' }, {}), ['auth-needs-tls', 'sender-ok']);
});

test('AUTH is said once, between transactions, with a mechanism that EHLO listed', () => {
  const stage = new Stage(PROFILE, { tls: true }, [ACCEPTED]);
  assert.deepEqual(stage.say('AUTH PLAIN AAAA', 'HELO x', 'AUTH PLAIN AAAA', 'EHLO x'), [
    'hello-first',
    'hello',
    'hello-first',
    'hello',
  ]);
  assert.deepEqual(stage.say('AUTH XYZZY', 'AUTH', 'AUTH PLAIN !', 'AUTH PLAIN AAAA x', 'AUTH LOGIN'), [
    'unknown-mechanism',
    'bad-syntax',
    'auth-malformed',
    'bad-syntax',
    'unknown-mechanism',
  ]);
  assert.deepEqual(stage.say('auth plain AAAA', 'AUTH PLAIN AAAA', 'RSET', 'EHLO y', 'AUTH PLAIN AAAA'), [
    'authenticated',
    'logged-in-already',
    'completed',
    'hello',
    'logged-in-already',
  ]);
  const offered = new Stage({ ...PROFILE, auth: 'offered' }, { tls: true }, [ACCEPTED]);
  assert.deepEqual(offered.say('EHLO x', MAIL, 'AUTH PLAIN AAAA', 'RSET', 'AUTH PLAIN AAAA').slice(1), [
    'sender-ok',
    'nested-mail',
    'completed',
    'authenticated',
  ]);
});

test('AUTH hands over an initial response that is there, = for an empty one, and none for none', () => {
  const stage = new Stage(PROFILE, { tls: true }, [CHALLENGE, CHALLENGE]);
  assert.deepEqual(stage.say('EHLO x', 'AUTH PLAIN =', '*', 'AUTH PLAIN', '').slice(1), [
    'auth-challenge',
    'auth-cancelled',
    'auth-challenge',
    'credentials-invalid',
  ]);
  const handed = stage.effects.flatMap((effect) =>
    effect.type === 'auth-begin' ? [effect.initial] : effect.type === 'auth-answer' ? [effect.octets] : [],
  );
  assert.deepEqual(handed, [new Uint8Array(0), null, new Uint8Array(0)]);
});

test('A login takes no command: HELP and MAIL are responses like any other', () => {
  const stage = new Stage(PROFILE, { tls: true }, [CHALLENGE, CHALLENGE, INVALID]);
  assert.deepEqual(stage.say('EHLO x', 'AUTH PLAIN', 'HELP', 'QUIT').slice(1), [
    'auth-challenge',
    'auth-challenge',
    'credentials-invalid',
  ]);
  assert.equal(stage.session.state, 'ready');
  assert.ok(!stage.effects.some(({ type }) => type === 'help' || type === 'close'));
});

test('The third login that fails ends the session, whatever it failed of, and STARTTLS gives no new ones (attack 12)', () => {
  const stage = new Stage(PROFILE, { clearAuth: true }, [CHALLENGE, CHALLENGE, INVALID]);
  assert.deepEqual(
    stage
      .say('EHLO x', 'AUTH PLAIN', '*', 'AUTH PLAIN', '!', 'STARTTLS', 'EHLO x', 'AUTH PLAIN AAAA')
      .slice(1),
    [
      'auth-challenge',
      'auth-cancelled',
      'auth-challenge',
      'auth-malformed',
      'tls-go-ahead',
      'hello',
      'auth-too-many',
    ],
  );
  assert.equal(stage.session.state, 'closed');
  const told = new Stage(PROFILE, { tls: true }, [{ type: 'refused', reply: 'auth-too-many' }]);
  assert.deepEqual(told.say('EHLO x', 'AUTH PLAIN AAAA').slice(1), ['auth-too-many']);
  assert.equal(told.session.state, 'closed');
});

test('A login has an end: lines too long, challenges without end, and challenges that fit no reply', () => {
  const long = new Stage(PROFILE, { tls: true }, [CHALLENGE]);
  long.say('EHLO x', 'AUTH PLAIN');
  assert.deepEqual(long.hear({ type: 'unusable', reply: 'auth-line-too-long' }), ['auth-line-too-long']);
  assert.equal(long.security.failures, 1);
  const endless = new Stage(
    PROFILE,
    { tls: true },
    Array.from({ length: 20 }, () => CHALLENGE),
  );
  const said = endless.say('EHLO x', 'AUTH PLAIN', ...Array.from({ length: 8 }, () => 'AAAA')).slice(1);
  assert.deepEqual(said, [...Array.from({ length: 8 }, () => 'auth-challenge'), 'auth-malformed']);
  const wide = (length: number): string[] =>
    new Stage(PROFILE, { tls: true }, [{ type: 'challenge', octets: new Uint8Array(length) }])
      .say('EHLO x', 'AUTH PLAIN')
      .slice(1);
  assert.deepEqual(wide(378), ['auth-challenge']);
  assert.deepEqual(wide(379), ['auth-malformed']);
});

/** The verb of a line of so many octets, or the refusal of it. */
function heardAt(length: number): string {
  const parsed = parseCommand('AUTH PLAIN '.padEnd(length - '\r\n'.length, 'A'), true, PROFILE);
  return 'wire' in parsed ? parsed.name : parsed.verb;
}

test('parseCommand() takes a line of AUTH of 12288 octets, and none beyond (RFC 4954 §4)', () => {
  assert.equal(heardAt(12_285), 'AUTH'); // a multiple of four letters of base64
  assert.equal(heardAt(12_289), 'auth-line-too-long');
  assert.equal(tooLong('auth PLA').name, 'auth-line-too-long');
  assert.equal(tooLong('AUTHOR x').name, 'line-too-long');
});

test('MAIL takes AUTH= where AUTH is spoken, and relies on it nowhere (RFC 4954 §5)', () => {
  const stage = new Stage(PROFILE, { tls: true }, [ACCEPTED]);
  stage.say('EHLO x', 'AUTH PLAIN AAAA');
  const mail = (parameter: string): string[] => stage.say(`${MAIL} ${parameter}`, 'RSET').slice(0, 1);
  assert.deepEqual(mail('AUTH=<>'), ['sender-ok']);
  assert.deepEqual(mail('AUTH=bob+40mail.example'), ['sender-ok']);
  assert.deepEqual(stage.security.login, ANN);
  for (const bad of ['AUTH', 'AUTH=', 'AUTH=+zz', 'AUTH=<> AUTH=<>', `AUTH=${'a'.repeat(495)}`])
    assert.deepEqual(mail(bad), ['bad-parameter-value'], bad);
  assert.deepEqual(new Stage({ ...PROFILE, auth: 'off' }, {}).say('EHLO x', `${MAIL} AUTH=<>`).slice(1), [
    'unknown-parameter',
  ]);
});

/** Single lines, and the steps of an honest client, so that many scripts come far. */
// prettier-ignore
const STEPS: readonly (readonly string[])[] = [
  ['EHLO x'], ['HELO x'], ['STARTTLS'], ['STARTTLS x'], ['AUTH PLAIN'], ['AUTH PLAIN AAAA'], ['AUTH PLAIN ='], ['AUTH SCRAM-SHA-256'], ['AUTH XYZZY'], ['AUTH'],
  ['*'], [''], ['AAAA'], ['!'], [MAIL], ['MAIL FROM:<> AUTH=<>'], ['RSET'], ['NOOP'], ['HELP'], ['DATA'], ['BDAT 0 LAST'], ['RCPT TO:<postmaster>'],
  ['EHLO x', 'STARTTLS', 'EHLO x'], ['EHLO x', 'AUTH PLAIN AAAA'], ['AUTH PLAIN AAAA', MAIL], ['RSET', 'STARTTLS', 'EHLO x', MAIL],
  ['EHLO x', 'STARTTLS', 'EHLO x', 'AUTH PLAIN AAAA', MAIL], ['EHLO x', 'AUTH PLAIN AAAA', MAIL, 'RSET'],
];
const script = fc
  .array(
    fc.record({
      lines: fc.constantFrom(...STEPS),
      outcome: fc.constantFrom(ACCEPTED, ACCEPTED, INVALID, CHALLENGE),
    }),
    { maxLength: 25 },
  )
  .map((steps) => steps.flatMap(({ lines, outcome }) => lines.map((line) => ({ line, outcome }))));
const where = fc.record({ tls: fc.boolean(), clearAuth: fc.boolean() });

test('No order of STARTTLS, AUTH and MAIL begins a transaction for who is not logged in (RFC 6409 §4.3)', () => {
  let begunByUsers = 0;
  fc.assert(
    fc.property(script, where, (lines, { tls, clearAuth }) => {
      const outcomes: AuthOutcome[] = lines.map(({ outcome }) => outcome);
      const stage = new Stage(PROFILE, { tls, clearAuth }, outcomes);
      // Kept apart from the machine: what the world has seen.
      let encrypted = tls;
      let loggedIn = false;
      for (const { line } of lines) {
        if (stage.session.state === 'closed') break;
        const at = stage.effects.length;
        const said = stage.say(line);
        for (const name of said) {
          if (name === 'tls-go-ahead') [encrypted, loggedIn] = [true, false];
          if (name === 'authenticated') loggedIn = true;
        }
        const effects = stage.effects.slice(at).map(({ type }) => type);
        if (effects.includes('judge-mail')) {
          assert.ok(loggedIn, line);
          begunByUsers++;
        }
        if (effects.includes('auth-begin')) assert.ok(encrypted || clearAuth, line);
        if (said.includes('sender-ok')) assert.ok(loggedIn && (encrypted || clearAuth));
        if ('security' in stage.session) assert.ok(stage.session.security.failures < 3);
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(begunByUsers > 100, `only ${begunByUsers} transactions were tried`);
});
