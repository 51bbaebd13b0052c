/** Attacks 7, 8, 10, 21, 28 and 32: what names and addresses can be made to do to a server, its files and its log. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { TestServer } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import { emptyStore, storedMail } from '../support/store-view.ts';

const server = await TestServer.start({ settings: { 'smtp.errorMax': '1000' } });
after(() => server[Symbol.asyncDispose]());
await server.control.addAccount('one@localhost');

const TEXT = Buffer.from('Subject: test\r\n\r\ntext\r\n');

test('attack 7: controls, CR, LF and NUL in paths are refused at the parser', async () => {
  using client = await SmtpClient.open(server.port);
  for (const path of [
    'a\0@b.example',
    'a\x1b[2J@b.example',
    'a\x7f@b.example',
    '"a\0b"@b.example',
    'a\t@b.example',
    'a@b\x08.example',
  ]) {
    assert.match(
      codes(await client.say(`MAIL FROM:<${path}>`)),
      /^501 5\.1\.7$|^553 5\.1\.3$/,
      JSON.stringify(path),
    );
  }
  assert.equal(codes(await client.say('MAIL FROM:<a\xff\xfe@b.example>')), '501 5.1.7');
  assert.match(codes(await client.say('MAIL FROM:<ren\xc3\xa9@b.example>')), /^553 5\.6\.7$/);
  assert.equal((await client.say('MAIL FROM:<a@b.example>')).code, '250');
  for (const path of ['one\0@localhost', 'one\x1b@localhost', '"one\x01"@localhost', 'one@local\x0bhost'])
    assert.match(
      codes(await client.say(`RCPT TO:<${path}>`)),
      /^501 5\.1\.3$|^553 5\.1\.3$/,
      JSON.stringify(path),
    );
});

test('attack 7: percent-coded line ends are five plain characters, and come out as such', async () => {
  using client = await SmtpClient.open(server.port);
  const { last } = await client.mail({
    from: 'a%0d%0aX-Evil=%20b@b.example',
    to: ['one@localhost'],
    text: TEXT,
  });
  assert.equal(last.code, '250');
  const [stored] = await storedMail(server);
  assert.match(
    stored?.text ?? '',
    /^Delivered-To: .*\r\nReturn-Path: <a%0d%0aX-Evil=%20b@b\.example>\r\n|^Return-Path: <a%0d%0aX-Evil=%20b@b\.example>\r\n/,
  );
  assert.doesNotMatch(stored?.text ?? '', /^X-Evil/m);
  await emptyStore(server);
});

test('attack 7: a field of the API with a line end or a control is 400, and nothing is made', async () => {
  for (const address of [
    'a\r\nb@localhost',
    'a\0@localhost',
    'a\x1b@localhost',
    'a@localhost\r\nX: y',
    '"a\r\nb"@localhost',
    'x'.repeat(400),
  ]) {
    const { status } = await server.control.ask('POST', '/accounts', { address });
    assert.equal(status, 400, JSON.stringify(address));
  }
  assert.deepEqual((await server.control.accounts()).map(({ address }) => address).toSorted(), [
    'one@localhost',
    'postmaster@localhost',
  ]);
});

/** What testers of open relays try. */
const RELAY_FORMS: readonly (readonly [from: string, to: string])[] = [
  ['a@b.example', 'user@elsewhere.example'],
  ['', 'user@elsewhere.example'],
  ['postmaster@localhost', 'user@elsewhere.example'],
  ['user@[127.0.0.1]', 'user@elsewhere.example'],
  ['one@localhost', 'user%elsewhere.example@localhost'],
  ['one@localhost', 'user%elsewhere.example@[127.0.0.1]'],
  ['one@localhost', '"user@elsewhere.example"'],
  ['one@localhost', '"user%elsewhere.example"'],
  ['one@localhost', 'user@elsewhere.example@localhost'],
  ['one@localhost', '"user@elsewhere.example"@localhost'],
  ['one@localhost', 'user@elsewhere.example@[127.0.0.1]'],
  ['one@localhost', '@localhost:user@elsewhere.example'],
  ['one@localhost', '@[127.0.0.1]:user@elsewhere.example'],
  ['one@localhost', 'elsewhere.example!user'],
  ['one@localhost', 'elsewhere.example!user@localhost'],
  ['one@localhost', 'user@[192.0.2.1]'],
  ['one@localhost', 'user%elsewhere.example'],
  ['one@localhost', 'user@localhost.elsewhere.example'],
];

test('attack 8: no form of address makes this server pass mail on', async () => {
  using client = await SmtpClient.open(server.port);
  for (const [from, to] of RELAY_FORMS) {
    assert.equal((await client.say(`MAIL FROM:<${from}>`)).code, '250', from);
    assert.match(codes(await client.say(`RCPT TO:<${to}>`)), /^550 5\.7\.1$|^550 5\.1\.1$|^501 5\.1\.3$/, to);
    assert.equal(codes(await client.say('DATA')), '503 5.5.1');
    assert.equal((await client.say('RSET')).code, '250');
  }
  assert.deepEqual(await storedMail(server), []);
});

test('attack 10: VRFY tells the same of everybody, EXPN nothing, HELP no names', async () => {
  using client = await SmtpClient.open(server.port);
  const known = await client.say('VRFY one');
  assert.equal(codes(known), '252 2.0.0');
  for (const name of ['nobody', 'postmaster', 'one@localhost', '<one@localhost>', 'root'])
    assert.equal((await client.say(`VRFY ${name}`)).wire, known.wire);
  assert.equal((await client.say('EXPN one')).code, '502');
  assert.doesNotMatch((await client.say('HELP STATUS')).wire, /one@/);
});

test('attack 10: RCPT takes as long for who exists as for who does not', async () => {
  const times = { known: [] as number[], unknown: [] as number[] };
  using client = await SmtpClient.open(server.port);
  for (let i = 0; i < 200; i++) {
    const kind = i % 2 === 0 ? 'known' : 'unknown';
    await client.say('MAIL FROM:<a@b.example>');
    const began = performance.now();
    await client.say(`RCPT TO:<${kind === 'known' ? 'one' : 'eno'}@localhost>`);
    times[kind].push(performance.now() - began);
    await client.say('RSET');
  }
  const difference = Math.abs(median(times.known) - median(times.unknown));
  assert.ok(difference < 2, `medians differ by ${difference} ms`);
});

test('attack 10: guessing at names in RCPT is slowed down, and ends with 421 4.7.0', async () => {
  await using strict = await TestServer.start({ settings: { 'smtp.errorMax': '4' } });
  using client = await SmtpClient.open(strict.port);
  await client.say('MAIL FROM:<a@b.example>');
  const began = performance.now();
  for (let i = 0; i < 20; i++) client.write(`RCPT TO:<guess${i}@localhost>\r\n`);
  const heard = (await client.untilClosed()).map(codes);
  assert.equal(heard.at(-1), '421 4.7.0');
  assert.ok(heard.length <= 5, `${heard.length} replies`);
  assert.ok(heard.slice(0, -1).every((each) => each === '550 5.1.1'));
  assert.ok(performance.now() - began > 900, 'nothing slowed it');
});

test('attack 21: mail to nobody is refused at RCPT, and no notice is made for the forged sender', async () => {
  using client = await SmtpClient.open(server.port);
  for (const from of ['one@localhost', 'victim@elsewhere.example', '']) {
    const { last } = await client.mail({ from, to: ['nobody@localhost'], text: TEXT });
    assert.equal(codes(last), '550 5.1.1');
  }
  // A bounce is taken for who exists, and answered by nothing.
  const { last } = await client.mail({ from: '', to: ['one@localhost', 'nobody@localhost'], text: TEXT });
  assert.equal(last.code, '250');
  const stored = await storedMail(server);
  assert.deepEqual(
    stored.map(({ address, reversePath }) => [address, reversePath]),
    [['one@localhost', '']],
  );
  await emptyStore(server);
});

test('attack 28: names of mailboxes never become paths', async () => {
  const around = dirname(server.data);
  const before = readdirSync(around);
  using client = await SmtpClient.open(server.port);
  for (const local of [
    '../../etc/x',
    '..',
    '.',
    '/etc/passwd',
    '%2e%2e/x',
    '../one',
    'one/../postmaster',
    '"../x"',
    '"/"',
    'con',
    'x'.repeat(300),
  ]) {
    await client.say('MAIL FROM:<a@b.example>');
    assert.match(
      codes(await client.say(`RCPT TO:<${local}@localhost>`)),
      /^550 5\.1\.1$|^501 5\.1\.3$/,
      local,
    );
    await client.say('RSET');
  }
  for (const local of ['%2e%2e', 'a/b', '"../../x"']) {
    // Some of these are addresses by the grammar: what matters is that they are a row, and no file.
    const { status } = await server.control.ask('POST', '/accounts', { address: `${local}@localhost` });
    assert.ok(status === 200 || status === 400, `${local}: ${status}`);
    if (status === 200)
      assert.equal((await client.mail({ to: [`${local}@localhost`], text: TEXT })).last.code, '250');
  }
  assert.deepEqual(readdirSync(around), before);
  assert.ok(!readdirSync(server.data, { recursive: true }).some((name) => String(name).includes('%2e')));
  for (const path of [
    '/accounts/..%2f..%2fetc%2fpasswd',
    '/accounts/one@localhost/messages/..%2f1',
    '/accounts/one@localhost/messages/1e9',
    '/../../etc/passwd',
  ])
    assert.ok([400, 404].includes((await server.control.ask('GET', path)).status), path);
  assert.ok(!existsSync('/etc/x'));
});

test('attack 28: the twins of a name, in case, are one mailbox', async () => {
  using client = await SmtpClient.open(server.port);
  await emptyStore(server);
  for (const to of ['ONE@localhost', 'one@LOCALHOST', 'One+tag@localhost', '"one"@localhost']) {
    const { last } = await client.mail({ to: [to], text: TEXT });
    assert.equal(last.code, '250', to);
  }
  assert.equal((await server.control.messages('one@localhost')).length, 4);
  assert.equal((await server.control.ask('POST', '/accounts', { address: 'ONE@localhost' })).status, 409);
  await emptyStore(server);
});

test('attack 32: one event is one line of JSON, without raw controls, and of bounded length', async () => {
  using client = await SmtpClient.open(server.port);
  await client.say('EHLO \x1b[31mred');
  await client.say(`EHLO ${'x'.repeat(400)}`);
  await client.say('y'.repeat(5000));
  const forms = ['"\\"}\\{level\\:60"@b.example', `"${'q'.repeat(60)}\\\\"@b.example`, '%0d%0a%1b@b.example'];
  for (const from of forms) await client.mail({ from, to: ['one@localhost'], text: TEXT });
  // Under SMTPUTF8 there are controls beyond ASCII, and marks that turn text round.
  for (const from of ['\xc2\x85next@b.example', '\xe2\x80\xaeevil@b.example', '\xe2\x80\xa8line@b.example'])
    await client.mail({ from, to: ['one@localhost'], text: TEXT, parameters: ' SMTPUTF8' });
  await client.mail({ from: 'a@b.example', to: [`"${'\\"'.repeat(20)}"@localhost`], text: TEXT });
  const lines = server.log.trimEnd().split('\n');
  assert.ok(lines.length > forms.length);
  for (const line of lines) {
    assert.doesNotThrow(() => JSON.parse(line) as unknown, line);
    // oxlint-disable-next-line no-control-regex -- controls are what is looked for
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/u);
    assert.ok(line.length < 8192, `a line of ${line.length}`);
  }
  assert.doesNotMatch(server.log, /Subject: test/);
  await emptyStore(server);
});

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
