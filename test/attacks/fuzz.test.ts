/**
 * A fuzzer that first brings the session into each state. No crash, no hang, at most one reply to a command, no reply that the
 * register does not have, no memory that stays.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { REGISTER } from '../../src/replies/register.ts';
import { TestServer } from '../support/server.ts';
import { codes, type HeardReply, SmtpClient } from '../support/smtp-client.ts';

const MIB = 2 ** 20;
const server = await TestServer.start({
  settings: {
    'smtp.errorMax': '10000',
    'smtp.messageSizeMax': '1MiB',
    'smtp.connectionMaxPerNetwork': '10000',
  },
});
after(() => server[Symbol.asyncDispose]());

const SPOKEN: ReadonlySet<string> = new Set(
  Object.values(REGISTER).map(({ code, status }) => (status === null ? code : `${code} ${status}`)),
);

const MAIL = ['MAIL FROM:<a@b.example>'];
const RCPT = [...MAIL, 'RCPT TO:<postmaster@localhost>', 'RCPT TO:<postmaster+2@localhost>'];
/** What is said to come into each state, after the greeting. */
const STATES = {
  greeted: [],
  helo: ['HELO client.example'],
  ready: ['EHLO client.example'],
  mail: ['EHLO client.example', ...MAIL],
  recipients: ['EHLO client.example', ...RCPT],
  'mail data': ['EHLO client.example', ...RCPT, 'DATA'],
  'between chunks': ['EHLO client.example', ...RCPT, 'BDAT 4\r\nA: b'],
  'chunk refused': ['EHLO client.example', ...RCPT, `BDAT ${MIB + 100}\r\n${'x'.repeat(MIB + 100)}`],
} as const satisfies Record<string, readonly string[]>;

async function brought(state: keyof typeof STATES): Promise<SmtpClient> {
  const client = await SmtpClient.connect(server.port);
  assert.equal((await client.reply()).code, '220');
  for (const line of STATES[state]) {
    client.write(line.startsWith('BDAT') ? line : `${line}\r\n`);
    await client.reply();
  }
  return client;
}

// prettier-ignore
const WORDS = [
  'EHLO', 'HELO', 'LHLO', 'MAIL FROM:', 'RCPT TO:', 'DATA', 'BDAT', 'RSET', 'NOOP', 'VRFY', 'EXPN', 'HELP', 'STARTTLS', 'AUTH PLAIN', 'mail from:', 'XYZZY',
  ' ', '  ', '\t', '<', '>', '<>', '<a@b.example>', '<postmaster>', '<postmaster@localhost>', '<nobody@localhost>', '<a@[IPv6:::1]>', '<@x:a@b>', '"', '\\', '@', '.', ':', ',',
  ' SIZE=', ' BODY=8BITMIME', ' BODY=BINARYMIME', ' SMTPUTF8', ' RET=HDRS', ' ENVID=a+2B', ' NOTIFY=NEVER', ' ORCPT=rfc822;a@b', '=', '0', '5', '17', '1000', '99999999999999999999', ' LAST',
  'client.example', '[127.0.0.1]', 'ü', '\0', '\x7f', '\xff', '214 452', '4.2.2', 'LIMITS', 'TOPICS', 'a'.repeat(600), 'a'.repeat(13_000),
];
const word = fc.constantFrom(...WORDS);
/** One line, with one line end. */
const line = fc
  .array(word, { minLength: 1, maxLength: 6 })
  .map((words) => words.join('').replaceAll(/[\r\n]/g, ''));
const piece = fc.oneof(
  { weight: 4, arbitrary: line.map((text) => `${text}\r\n`) },
  { weight: 2, arbitrary: word },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      '.',
      '\r\n.\r\n',
      '\r\n..\r\n',
      '\n.\n',
      'BDAT 7 LAST\r\n',
      'BDAT 3\r\nabc',
      '\0',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets).toString('latin1')),
  },
);
const noise = fc.array(piece, { minLength: 1, maxLength: 20 });

function checkSpoken(replies: readonly HeardReply[], sent: string): void {
  for (const heard of replies)
    assert.ok(
      SPOKEN.has(codes(heard)),
      `${codes(heard)} is not in the register; after ${JSON.stringify(sent)}`,
    );
}

for (const state of Object.keys(STATES) as (keyof typeof STATES)[]) {
  test(`fuzz: raw octets, in state ${state}`, async () => {
    await fc.assert(
      fc.asyncProperty(noise, fc.boolean(), async (pieces, inPieces) => {
        using client = await brought(state);
        const sent = pieces.join('');
        for (const part of inPieces ? pieces : [sent]) {
          client.write(part);
          if (inPieces) await new Promise(setImmediate);
        }
        client.socket.end();
        // With our side closed it must say what it has to say, and close.
        const replies = await client.untilClosed(10_000);
        checkSpoken(replies, sent);
        const lines = sent.split('\n').length;
        assert.ok(
          replies.length <= lines + 1,
          `${replies.length} replies to ${lines} lines: ${JSON.stringify(sent)}`,
        );
      }),
      { numRuns: 150 },
    );
    await stillWell();
  });
}

/** What is not to be said one at a time: it is followed by octets that are no commands. */
const TURNS_TO_DATA = /^\s*(?:DATA|BDAT)/i;

for (const state of [
  'greeted',
  'helo',
  'ready',
  'mail',
  'recipients',
  'between chunks',
  'chunk refused',
] as const) {
  test(`fuzz: a command gets one reply, in state ${state}`, async () => {
    const commands = fc.array(
      line.filter((text) => !TURNS_TO_DATA.test(text) && !/^\s*HELP/i.test(text)),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(commands, fc.boolean(), async (lines, pipelined) => {
        using client = await brought(state);
        const replies: HeardReply[] = [];
        if (pipelined) client.write(lines.map((text) => `${text}\r\n`).join(''));
        for (const text of lines) {
          if (!pipelined) client.write(`${text}\r\n`);
          const heard = await client.replyOrSilence(10_000);
          assert.notEqual(heard, 'silent', `no reply to ${JSON.stringify(text)}`);
          if (typeof heard === 'string') break;
          replies.push(heard);
        }
        checkSpoken(replies, lines.join('\n'));
        if (replies.length < lines.length) return assert.ok(client.isClosed);
        if (client.isClosed) return;
        client.write('XNOOP\r\n');
        const last = await client.replyOrSilence(10_000);
        // What was the reply to a command too many would stand here.
        if (typeof last !== 'string') assert.equal(codes(last), '500 5.5.2');
      }),
      { numRuns: 100 },
    );
    await stillWell();
  });
}

test('fuzz: LMTP gives a reply to each recipient, whatever the data is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), noise, async (recipients, pieces) => {
      using client = await SmtpClient.open(server.lmtpPort, 'LHLO client.example');
      await client.say('MAIL FROM:<a@b.example>');
      for (let i = 0; i < recipients; i++) await client.say(`RCPT TO:<postmaster+${i}@localhost>`);
      const text = pieces.join('');
      client.write(`BDAT ${text.length} LAST\r\n${text}`);
      client.socket.end();
      const replies = await client.untilClosed(10_000);
      checkSpoken(replies, text);
      const [first] = replies;
      // A bare line end closes the connection, and then the first word is the last.
      if (first === undefined || codes(first) !== '550 5.5.2') assert.equal(replies.length, recipients);
    }),
    { numRuns: 150 },
  );
  await stillWell();
});

test('fuzz: memory does not grow', async () => {
  await noisySessions(250);
  const before = server.residentOctets;
  await noisySessions(750);
  const growth = server.residentOctets - before;
  assert.ok(growth < 24 * MIB, `the server grew by ${growth} octets over 750 sessions`);
});

async function noisySessions(count: number): Promise<void> {
  for (const pieces of fc.sample(noise, count)) {
    using client = await brought('recipients');
    client.write(pieces.join(''));
    client.socket.end();
    await client.untilClosed(10_000);
  }
}

async function stillWell(): Promise<void> {
  assert.ok(server.running, server.said);
  assert.doesNotMatch(server.log, /"session-failed"/);
  const { held } = await server.control.storage();
  assert.equal(held, 0, 'something is held by nobody');
}
