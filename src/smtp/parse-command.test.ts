import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDomain } from '../address/domain.ts';
import { writeMailbox, type LocalPart } from '../address/mailbox.ts';
import type { Reply } from '../replies/register.ts';
import type { Command } from './command.ts';
import { commandLengthMax, COMMAND_LINE_OCTETS_MAX } from './limits.ts';
import { parseCommand } from './parse-command.ts';
import type { Profile } from './profile.ts';
import { VERB_ROWS, VERBS_NOT_OFFERED } from './verbs.ts';

const PROFILE: Profile = {
  protocol: 'smtp',
  tls: 'off',
  auth: 'off',
  host: 'mail.example',
  messageSizeMax: 1000,
  recipientMax: 100,
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
const SECURE: Profile = { ...PROFILE, tls: 'starttls', auth: 'offered' };
const LMTP: Profile = { ...PROFILE, protocol: 'lmtp' };

function parse(line: string, esmtp = true, profile = PROFILE): Command | Reply {
  return parseCommand(Buffer.from(line, 'utf8').toString('latin1'), esmtp, profile);
}

/** A line of `length` octets with its CRLF. */
function pad(start: string, length: number): string {
  return start.padEnd(length - 2, 'x');
}

/** The name of the reply to a line that is refused. */
function refusal(line: string, esmtp = true, profile = PROFILE): string | null {
  const parsed = parse(line, esmtp, profile);
  return 'wire' in parsed ? parsed.name : null;
}

function mail(line: string): Extract<Command, { verb: 'MAIL' }>['mail'] {
  const parsed = parse(line);
  assert.ok('verb' in parsed && parsed.verb === 'MAIL', line);
  return parsed.mail;
}

function recipient(line: string): Extract<Command, { verb: 'RCPT' }>['recipient'] {
  const parsed = parse(line);
  assert.ok('verb' in parsed && parsed.verb === 'RCPT', line);
  return parsed.recipient;
}

const SMITH = { localPart: 'Smith', domain: 'bar.example' };

test('parseCommand() reads each verb in any case, and white space behind it', () => {
  for (const verb of [
    'DATA',
    'data',
    'RSET',
    'rSeT',
    'QUIT',
    'NOOP',
    'Noop',
    'QUIT ',
    'DATA \t ',
    'NOOP\t',
  ]) {
    assert.deepEqual(parse(verb), { verb: verb.trim().toUpperCase() });
  }
  assert.deepEqual(parse('NOOP anything at all'), { verb: 'NOOP' });
  assert.deepEqual(parse('vrfy Jones'), { verb: 'VRFY' });
  assert.deepEqual(parse('VRFY 用户 SMTPUTF8'), { verb: 'VRFY' });
  assert.deepEqual(parse('EXPN staff'), { verb: 'EXPN' });
  assert.deepEqual(parse('EHLO bar.example '), { verb: 'EHLO', client: 'bar.example' });
  assert.deepEqual(parse('HELO [192.0.2.1]'), { verb: 'HELO', client: '[192.0.2.1]' });
  assert.deepEqual(parse('EHLO my_host'), { verb: 'EHLO', client: 'my_host' });
  assert.deepEqual(parse('EHLO _x'), { verb: 'EHLO', client: '_x' });
  assert.deepEqual(parse('LHLO x', true, LMTP), { verb: 'LHLO', client: 'x' });
});

// prettier-ignore
const REFUSED: readonly (readonly [line: string, reply: string])[] = [
  ['', 'unknown-command'], [' ', 'unknown-command'], [' NOOP', 'unknown-command'], ['XYZZY', 'unknown-command'], ['NOO', 'unknown-command'],
  ['NOOP:', 'unknown-command'], ['\0NOOP', 'unknown-command'], ['__proto__', 'unknown-command'], ['constructor x', 'unknown-command'], ['MAIL\tFROM:<>', 'unknown-command'],
  ['LHLO x', 'unknown-command'],
  ['STARTTLS', 'not-implemented'], ['auth PLAIN', 'not-implemented'], ['TURN', 'not-implemented'],
  ['GET / HTTP/1.1', 'not-http'], ['post /x', 'not-http'], ['CONNECT a:25 HTTP/1.0', 'not-http'], ['Host: mail.example', 'not-http'],
  ['\x16\x03\x01\x02\0\x01', 'not-http'],
  ['DATA now', 'bad-syntax'], ['RSET x', 'bad-syntax'], ['QUIT x', 'bad-syntax'], ['VRFY', 'bad-syntax'], ['EXPN ', 'bad-syntax'], ['NOOP \0', 'bad-syntax'], ['NOOP é', 'bad-syntax'],
  ['RSET \x7f', 'bad-syntax'], ['EHLO', 'bad-syntax'], ['MAIL', 'bad-syntax'], ['MAIL FROM', 'bad-syntax'], ['MAIL TO:<>', 'bad-syntax'], ['MAIL  FROM:<>', 'bad-syntax'],
  ['RCPT', 'bad-syntax'], ['RCPT FROM:<a@b>', 'bad-syntax'],
  ['EHLO a b', 'bad-hello'], ['EHLO -a', 'bad-hello'], ['EHLO é', 'bad-hello'], ['EHLO a\x1bb', 'bad-hello'], ['HELO [1.2.3]', 'bad-hello'], ['EHLO a\tb', 'bad-hello'],
  [`EHLO ${'a.'.repeat(200)}a`, 'bad-hello'],
  ['MAIL FROM:', 'bad-reverse-path'], ['MAIL FROM:  <>', 'bad-reverse-path'], ['MAIL FROM:a@b', 'bad-reverse-path'], ['MAIL FROM:<a@b', 'bad-reverse-path'],
  ['MAIL FROM:<a@b>x', 'bad-reverse-path'], ['MAIL FROM:<a@b>\tSIZE=1', 'bad-reverse-path'], ['MAIL FROM:<postmaster>', 'bad-reverse-path'], ['MAIL FROM:<\0@b>', 'bad-reverse-path'],
  ['MAIL FROM:<@a>', 'bad-reverse-path'], ['MAIL FROM:<@a:>', 'bad-reverse-path'], ['MAIL FROM:<@a,b:c@d>', 'bad-reverse-path'], ['MAIL FROM:<@a,@b_:c@d>', 'bad-reverse-path'],
  ['MAIL FROM:<"a>', 'bad-reverse-path'], ['MAIL FROM:<a@[1.2.3.4>', 'bad-reverse-path'], [`MAIL FROM:<${'a@'.padEnd(255, 'b.')}c>`, 'bad-reverse-path'],
  ['MAIL FROM:<"a\tb"@c>', 'bad-reverse-path'],
  ['RCPT TO:<>', 'bad-forward-path'], ['RCPT TO:<a>', 'bad-forward-path'], ['RCPT TO:<../../etc/x@d>', 'bad-forward-path'], ['RCPT TO:<a@b', 'bad-forward-path'], ['RCPT TO:<a@b\0>', 'bad-forward-path'],
  ['RCPT TO:<postmaster>x', 'bad-forward-path'],
  ['MAIL FROM:<> SIZE=x', 'bad-size'], ['MAIL FROM:<> SIZE', 'bad-size'], ['MAIL FROM:<> SIZE=', 'bad-size'], ['MAIL FROM:<> SIZE=-1', 'bad-size'], ['MAIL FROM:<> SIZE=123456789012345678901', 'bad-size'],
  ['MAIL FROM:<> SIZE=1 size=1', 'bad-size'],
  ['MAIL FROM:<> BODY', 'bad-parameter-value'], ['MAIL FROM:<> BODY=7BIT BODY=7BIT', 'bad-parameter-value'], ['MAIL FROM:<> RET=ALL', 'bad-parameter-value'],
  ['MAIL FROM:<> ENVID=', 'bad-parameter-value'], ['MAIL FROM:<> ENVID', 'bad-parameter-value'], [`MAIL FROM:<> ENVID=${'a'.repeat(101)}`, 'bad-parameter-value'],
  ['MAIL FROM:<> ENVID=a+0D', 'bad-parameter-value'], ['MAIL FROM:<> ENVID=a+2', 'bad-parameter-value'], ['MAIL FROM:<> ENVID=a+2b', 'bad-parameter-value'], ['MAIL FROM:<> ENVID=a=b', 'bad-parameter-value'],
  ['MAIL FROM:<> ENVID=a\tb', 'bad-parameter-value'], ['MAIL FROM:<> SMTPUTF8 SMTPUTF8', 'bad-parameter-value'], ['MAIL FROM:<>  SIZE=1', 'bad-parameter-value'], ['MAIL FROM:<> -X=1', 'bad-parameter-value'],
  ['MAIL FROM:<é@b>', 'address-needs-smtputf8'], ['MAIL FROM:<a@é.example> BODY=8BITMIME', 'address-needs-smtputf8'],
  ['MAIL FROM:<> AUTH=<>', 'unknown-parameter'], ['MAIL FROM:<> X', 'unknown-parameter'],
  ['RCPT TO:<a@b> NOTIFY=', 'bad-parameter-value'], ['RCPT TO:<a@b> NOTIFY', 'bad-parameter-value'], ['RCPT TO:<a@b> NOTIFY=SUCCESS,', 'bad-parameter-value'], ['RCPT TO:<a@b> NOTIFY=NEVER NOTIFY=NEVER', 'bad-parameter-value'],
  ['RCPT TO:<a@b> ORCPT=', 'bad-parameter-value'], ['RCPT TO:<a@b> ORCPT', 'bad-parameter-value'], ['RCPT TO:<a@b> ORCPT=rfc822;', 'bad-parameter-value'], ['RCPT TO:<a@b> ORCPT=;a', 'bad-parameter-value'],
  ['RCPT TO:<a@b> ORCPT=rfc822;é', 'bad-parameter-value'], ['RCPT TO:<a@b> ORCPT=utf-8;', 'bad-parameter-value'], ['RCPT TO:<a@b> ORCPT=rfc822;a ORCPT=rfc822;a', 'bad-parameter-value'],
  ['RCPT TO:<a@b> FOO', 'unknown-parameter'],
  ['BDAT', 'bad-chunk-size'], ['BDAT -1', 'bad-chunk-size'], ['BDAT 1x', 'bad-chunk-size'], ['BDAT 9007199254740993', 'bad-chunk-size'], ['BDAT 1 2', 'bad-chunk-size'], ['BDAT 1 LAST x', 'bad-chunk-size'],
  ['BDAT \x01', 'bad-chunk-size'], ['BDAT  5', 'bad-chunk-size'],
  ['HELP \x00', 'bad-topic'], ['HELP é', 'bad-topic'], [`HELP ${'a'.repeat(129)}`, 'bad-topic'],
];

for (const [line, name] of REFUSED) {
  test(`parseCommand() answers ${JSON.stringify(line.slice(0, 50))} with ${name}`, () => {
    assert.equal(refusal(line), name);
    const row = VERB_ROWS.find(({ verb }) => line.split(' ')[0]?.toUpperCase() === verb);
    const answers: readonly string[] = row === undefined || row.verb === 'LHLO' ? [name] : row.replies;
    assert.ok(answers.includes(name), 'the table of verbs knows that reply');
  });
}

test('parseCommand() refuses octets that are not UTF-8', () => {
  for (const [line, name] of [
    ['MAIL FROM:<\xff@b> SMTPUTF8', 'bad-reverse-path'],
    ['RCPT TO:<\xc3@b>', 'bad-forward-path'],
    ['HELP \xff', 'bad-topic'],
    ['EHLO \xff', 'bad-hello'],
    ['VRFY \xff', 'bad-syntax'],
  ] as const) {
    const parsed = parseCommand(line, true, PROFILE);
    assert.equal('wire' in parsed ? parsed.name : null, name);
  }
});

test('parseCommand() reads reverse-paths', () => {
  assert.deepEqual(mail('MAIL FROM:<>'), {
    reversePath: null,
    size: null,
    body: '7BIT',
    smtputf8: false,
    ret: null,
    envid: null,
  });
  assert.deepEqual(mail('mail from:<Smith@BAR.example>').reversePath, SMITH);
  assert.deepEqual(mail('MAIL FROM: <Smith@bar.example>').reversePath, SMITH);
  assert.deepEqual(mail('MAIL FROM:<@a.example,@b.example:Smith@bar.example>').reversePath, SMITH);
  assert.deepEqual(mail('MAIL FROM:<"a>b"@[tag:>x]> SIZE=1').reversePath, {
    localPart: 'a>b',
    domain: '[tag:>x]',
  });
});

test('parseCommand() reads the parameters of MAIL', () => {
  assert.deepEqual(
    mail('MAIL FROM:<用@例え.example> size=20 BODY=binarymime SMTPUTF8 RET=hdrs ENVID=a+2Bb+20'),
    {
      reversePath: { localPart: '用', domain: 'xn--r8jz45g.example' },
      size: 20,
      body: 'BINARYMIME',
      smtputf8: true,
      ret: 'HDRS',
      envid: 'a+b ',
    },
  );
  assert.equal(mail('MAIL FROM:<> SIZE=99999999999999999999').size, 1e20);
});

test('parseCommand() reads forward-paths and the parameters of RCPT', () => {
  assert.deepEqual(recipient('RCPT TO:<POSTmaster>').forwardPath, 'postmaster');
  assert.deepEqual(recipient('RCPT TO:<Smith@bar.example> NOTIFY=never'), {
    forwardPath: SMITH,
    notify: 'NEVER',
    orcpt: null,
  });
  assert.deepEqual(recipient('RCPT TO:<a@b> NOTIFY=delay,Success,DELAY ORCPT=rfc822;a+40b').notify, [
    'DELAY',
    'SUCCESS',
  ]);
  assert.equal(recipient('RCPT TO:<a@b> ORCPT=rfc822;Smith+40bar.example').orcpt, 'rfc822;Smith@bar.example');
  assert.equal(recipient('RCPT TO:<a@b> ORCPT=UTF-8;用\\x{40}b').orcpt, 'UTF-8;用\\x{40}b');
});

test('parseCommand() says of a recipient whether the line was ASCII', () => {
  assert.deepEqual(
    [parse('RCPT TO:<a@b>'), parse('RCPT TO:<a@é.example>')].map((each) => 'utf8' in each && each.utf8),
    [false, true],
  );
  assert.equal(refusal('RCPT TO:<a@é.example>', false), 'address-needs-smtputf8');
});

test('parseCommand() takes no parameters without EHLO', () => {
  assert.equal(refusal('MAIL FROM:<> SIZE=1', false), 'size-needs-ehlo');
  assert.equal(refusal('MAIL FROM:<> BODY=7BIT', false), 'parameters-need-ehlo');
  assert.equal(refusal('RCPT TO:<a@b> NOTIFY=NEVER', false), 'parameters-need-ehlo');
  assert.equal(refusal('RCPT TO:<a@b>', false), null);
});

test('parseCommand() reads chunks', () => {
  assert.deepEqual(parse('BDAT 0 LAST'), { verb: 'BDAT', size: 0, last: true });
  assert.deepEqual(parse('bdat 99999999999999 last '), { verb: 'BDAT', size: 99999999999999, last: true });
  assert.deepEqual(parse('BDAT 86'), { verb: 'BDAT', size: 86, last: false });
});

test('parseCommand() reads topics of HELP, whatever blanks and quotes are about them', () => {
  for (const line of ['HELP', 'HeLp', 'HELP ', 'HELP\t', 'HELP ""', 'HELP  " "']) {
    assert.deepEqual(parse(line), { verb: 'HELP', topic: '' }, line);
  }
  assert.deepEqual(parse('HELP "4.2.2"'), { verb: 'HELP', topic: '4.2.2' });
  assert.deepEqual(parse('HELP  214\t 452 '), { verb: 'HELP', topic: '214 452' });
  assert.deepEqual(parse('HELP "'), { verb: 'HELP', topic: '"' });
  const off = { ...PROFILE, help: { ...PROFILE.help, level: 'off' } } as const;
  assert.equal(refusal('HELP', true, off), 'help-is-off');
});

test('parseCommand() keeps the limits of command lines, CRLF included', () => {
  assert.equal(refusal(pad('NOOP ', 512)), null);
  assert.equal(refusal(pad('NOOP ', 513)), 'line-too-long');
  assert.equal(refusal(pad('XYZZY', 513)), 'line-too-long');
  for (const verb of ['MAIL', 'RCPT', 'VRFY']) {
    assert.ok(commandLengthMax(verb) > COMMAND_LINE_OCTETS_MAX);
    assert.notEqual(refusal(pad(`${verb} `, commandLengthMax(verb))), 'line-too-long');
    assert.equal(refusal(pad(`${verb} `, commandLengthMax(verb) + 1)), 'line-too-long');
  }
});

test('parseCommand() knows every verb of the table, and no other', () => {
  for (const { example, verb } of VERB_ROWS) {
    const parsed = parse(example, true, verb === 'LHLO' ? LMTP : SECURE);
    assert.equal('verb' in parsed ? parsed.verb : null, verb);
  }
  for (const verb of ['STARTTLS', 'AUTH PLAIN', 'AUTH']) assert.equal(refusal(verb), 'not-implemented');
  for (const verb of Object.keys(VERBS_NOT_OFFERED)) assert.equal(refusal(verb), 'not-implemented');
});

test('parseCommand() reads back the path that writeMailbox() wrote', () => {
  const unit = fc.constantFrom('a', 'b', '.', ' ', '"', '\\', '<', '>', '@');
  const localPart = fc.string({ unit, maxLength: 20 }).map((text) => text as LocalPart);
  const domain = fc.domain().map((text) => parseDomain(text));
  fc.assert(
    fc.property(localPart, domain, (local, host) => {
      fc.pre(host !== null && host.length < 180);
      const mailbox = { localPart: local, domain: host };
      assert.deepEqual(recipient(`RCPT TO:<${writeMailbox(mailbox)}> NOTIFY=NEVER`).forwardPath, mailbox);
    }),
  );
});

test('parseCommand() answers any octets with a command or with a reply of the register', () => {
  const verb = fc.constantFrom('', ...VERB_ROWS.map((row) => row.syntax.split('<')[0] ?? ''));
  const rest = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(verb, rest, fc.boolean(), (start, text, esmtp) => {
      const parsed = parseCommand(start + text, esmtp, PROFILE);
      assert.ok('verb' in parsed || /^[45]\d\d .+\r\n$/.test(parsed.wire));
    }),
  );
});
