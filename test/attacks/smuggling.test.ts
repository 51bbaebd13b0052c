/**
 * Attacks 1 and 2: mail smuggled behind something that some other server takes for the end of the data. Only what a sender declares
 * to be BINARYMIME, and what a manager imports, may be kept with a bare CR or LF; to send that on is for BDAT.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import { emptyStore, storedMail } from '../support/store-view.ts';

const server = await TestServer.start();
after(() => server[Symbol.asyncDispose]());

/** What has been taken for CRLF.CRLF somewhere, and has a CR or LF of its own. */
const BARE_ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r.\n',
  '\n.\r',
  '\r\r\n.\r\r\n',
  '\r\n.\r\r\n',
  '\r\n\n.\r\n\n',
  '\n\n.\r\n',
  '\r\n.\n\r\n',
  '\r\0\n.\r\n',
  '\n\0.\0\n',
] as const;
/** The same with lines that are in order: they are text. */
const FAIR_ENDS = [
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\n. \r\n',
  '\r\n.\t\r\n',
  '\r\n..\r\n',
  '\r\n \r\n',
  '\x85.\x85',
  '\r\n\x0b.\r\n',
] as const;

const HEAD = 'Subject: outer\r\n\r\nfirst line';
const SMUGGLED =
  'MAIL FROM:<admin@localhost>\r\nRCPT TO:<postmaster@localhost>\r\nDATA\r\nSubject: smuggled\r\n\r\nsurprise';
const QUIT = '\r\n.\r\nQUIT\r\n';

async function transactionOpened(): Promise<SmtpClient> {
  const client = await SmtpClient.open(server.port);
  assert.equal((await client.say('MAIL FROM:<sender@client.example>')).code, '250');
  assert.equal((await client.say('RCPT TO:<postmaster@localhost>')).code, '250');
  return client;
}

/** In one piece, and octet by octet, for the bytes may be cut anywhere. */
function pieces(bytes: string): readonly (readonly string[])[] {
  const [head, tail] = [bytes.slice(0, HEAD.length - 1), bytes.slice(HEAD.length + 12)];
  return [[bytes], [head, ...Array.from(bytes.slice(HEAD.length - 1, HEAD.length + 12)), tail]];
}

async function send(client: SmtpClient, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    client.write(part);
    await new Promise(setImmediate);
  }
}

test('attack 1: a bare CR or LF in DATA never ends the data; the mail is refused and the connection closes', async () => {
  for (const end of BARE_ENDS) {
    for (const parts of pieces(`${HEAD}${end}${SMUGGLED}${QUIT}`)) {
      using client = await transactionOpened();
      assert.equal((await client.say('DATA')).code, '354');
      await send(client, parts);
      const replies = await client.untilClosed();
      assert.deepEqual(replies.map(codes), ['550 5.5.2'], JSON.stringify(end));
    }
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 1: what only looks like the end is text, and one mail is stored', async () => {
  for (const end of FAIR_ENDS) {
    for (const parts of pieces(`${HEAD}${end}${SMUGGLED}${QUIT}`)) {
      using client = await transactionOpened();
      assert.equal((await client.say('DATA')).code, '354');
      await send(client, parts);
      assert.deepEqual(
        (await client.untilClosed()).map(codes),
        ['250 2.6.0', '221 2.0.0'],
        JSON.stringify(end),
      );
      const stored = await storedMail(server);
      assert.deepEqual(
        stored.map(({ reversePath }) => reversePath),
        ['sender@client.example'],
      );
      // RFC 5321 §4.5.2: of a line with more than a dot, the dot in front is taken off.
      assert.ok(
        stored[0]?.text.includes(`${HEAD}${end.replace('\r\n.', '\r\n')}${SMUGGLED}\r\n`),
        JSON.stringify(end),
      );
      await emptyStore(server);
    }
  }
});

test('attack 1: nothing ends BDAT but its count; a bare CR or LF refuses the mail and closes', async () => {
  for (const end of BARE_ENDS) {
    const text = `${HEAD}${end}${SMUGGLED}\r\n`;
    using client = await transactionOpened();
    client.write(`BDAT ${text.length} LAST\r\n${text}`);
    client.write(SMUGGLED + QUIT);
    assert.deepEqual((await client.untilClosed()).map(codes), ['550 5.5.2'], JSON.stringify(end));
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 1: in BDAT even CRLF.CRLF is text, in one chunk or cut by two', async () => {
  for (const end of [...FAIR_ENDS, '\r\n.\r\n']) {
    const text = `${HEAD}${end}${SMUGGLED}\r\n`;
    using client = await transactionOpened();
    const cut = HEAD.length + 2;
    client.write(
      `BDAT ${cut}\r\n${text.slice(0, cut)}BDAT ${text.length - cut} LAST\r\n${text.slice(cut)}QUIT\r\n`,
    );
    assert.deepEqual(
      (await client.untilClosed()).map(codes),
      ['250 2.0.0', '250 2.6.0', '221 2.0.0'],
      JSON.stringify(end),
    );
    const stored = await storedMail(server);
    assert.equal(stored.length, 1);
    assert.ok(stored[0]?.text.endsWith(text), JSON.stringify(end));
    await emptyStore(server);
  }
});

test('attack 1: a chunk that ends with CR, and another that begins with LF, are one CRLF; a CR at the very end is bare', async () => {
  using good = await transactionOpened();
  good.write('BDAT 5\r\nA: b\rBDAT 6 LAST\r\n\n\r\nxy\r');
  // The last CR stands alone.
  assert.deepEqual((await good.untilClosed()).map(codes), ['250 2.0.0', '550 5.5.2']);
  using fair = await transactionOpened();
  fair.write('BDAT 5\r\nA: b\rBDAT 7 LAST\r\n\n\r\nxy\r\nQUIT\r\n');
  assert.deepEqual((await fair.untilClosed()).map(codes), ['250 2.0.0', '250 2.6.0', '221 2.0.0']);
  await emptyStore(server);
});

test('attack 1: a bare CR or LF in a command refuses it, closes, and nothing behind it is obeyed', async () => {
  const rest = `\r\nRCPT TO:<postmaster@localhost>\r\nBDAT 4 LAST\r\nx\r\n\r\nQUIT\r\n`;
  for (const line of [
    'MAIL FROM:<a@client.example>\n',
    'MAIL FROM:<a@client.example>\nRCPT TO:<postmaster@localhost>',
    'MAIL FROM:<a@client.example>\rRCPT TO:<postmaster@localhost>',
    '\rMAIL FROM:<a@client.example>',
    'MAIL FROM:<a\n@client.example>',
  ]) {
    using client = await SmtpClient.open(server.port);
    client.write(line + rest);
    assert.deepEqual((await client.untilClosed()).map(codes), ['550 5.5.2'], JSON.stringify(line));
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 1: LMTP is as strict, and answers for each recipient', async () => {
  for (const end of BARE_ENDS.slice(0, 6)) {
    using client = await SmtpClient.open(server.lmtpPort, 'LHLO client.example');
    await client.say('MAIL FROM:<sender@client.example>');
    await client.say('RCPT TO:<postmaster@localhost>');
    await client.say('RCPT TO:<postmaster+two@localhost>');
    assert.equal((await client.say('DATA')).code, '354');
    client.write(`${HEAD}${end}${SMUGGLED}${QUIT}`);
    const replies = (await client.untilClosed()).map(codes);
    assert.ok(replies.length === 1 || replies.length === 2, JSON.stringify(end));
    assert.ok(
      replies.every((each) => each === '550 5.5.2'),
      JSON.stringify(end),
    );
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 2: nothing that is stored has a bare CR or LF, whichever way it came', async () => {
  for (const how of ['data', 'bdat'] as const) {
    for (const end of [...BARE_ENDS, ...FAIR_ENDS]) {
      using client = await SmtpClient.open(server.port);
      const text = Buffer.from(`${HEAD}${end}${SMUGGLED}\r\n`, 'latin1');
      await client.mail({ to: ['postmaster@localhost'], text, how }).catch(() => null);
    }
  }
  const stored = await storedMail(server);
  assert.equal(stored.length, 2 * FAIR_ENDS.length);
  for (const { text } of stored) assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/);
  await emptyStore(server);
});
