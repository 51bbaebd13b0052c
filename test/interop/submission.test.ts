/** Real mail programs hand in mail with a password: over STARTTLS and over TLS from the first octet. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { TestServer } from '../support/server.ts';
import { storedMail } from '../support/store-view.ts';
import { missing, must, run } from '../support/tools.ts';

const ANN = 'ann@localhost';
const BOB = 'bob@localhost';
const server = await TestServer.start();
const folder = temporaryFolder();
after(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
for (const address of [ANN, BOB, 'full@localhost']) await server.control.addAccount(address);
const made = await server.cli('account', 'password', ANN, '--generate', '--json');
const { password } = JSON.parse(made.stdout) as { password: string };

const MESSAGE = (subject: string, to = BOB): string =>
  `From: <${ANN}>\nTo: <${to}>\nBcc: <secret@localhost>\nSubject: ${subject}\n\nhello\n`;

function msmtprc(auth: string, kind: 'starttls' | 'implicit', secret = password, user = ANN): string {
  const file = join(folder.path, `msmtprc-${auth}-${kind}`);
  const [port, starttls] =
    kind === 'starttls' ? [server.submissionPort, 'on'] : [server.submissionsPort, 'off'];
  const text = `account default
host 127.0.0.1
port ${port}
tls on
tls_starttls ${starttls}
tls_certcheck off
auth ${auth}
user ${user}
password ${secret}
from ${ANN}
`;
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
}

async function arrived(subject: string): Promise<string> {
  const mail = (await storedMail(server)).find(({ text }) => text.includes(`Subject: ${subject}\r\n`));
  assert.ok(mail !== undefined, `${subject} has arrived`);
  return mail.text;
}

for (const auth of ['plain', 'scram-sha-256', 'login']) {
  for (const kind of ['starttls', 'implicit'] as const) {
    test(
      `msmtp submits with ${auth} over ${kind === 'starttls' ? 'STARTTLS' : 'implicit TLS'}`,
      { skip: missing({ tools: ['msmtp'] }) },
      async () => {
        const subject = `msmtp ${auth} ${kind}`;
        await must('msmtp', ['-C', msmtprc(auth, kind), BOB], { input: MESSAGE(subject) });
        const text = await arrived(subject);
        assert.match(text, /^Received: from .*\r\n(?:[ \t].*\r\n)*?.*with ESMTPSA/m);
        assert.match(text, /^Message-ID: </m);
        assert.match(text, /^Date: /m);
        assert.doesNotMatch(text, /^Bcc:/m);
      },
    );
  }
}

test('curl submits over smtps://', { skip: missing({ tools: ['curl'] }) }, async () => {
  const file = join(folder.path, 'curl.eml');
  writeFileSync(file, MESSAGE('from curl').replaceAll('\n', '\r\n'));
  const url = `smtps://127.0.0.1:${server.submissionsPort}`;
  const login = ['--user', `${ANN}:${password}`, '--mail-from', ANN, '--mail-rcpt', BOB];
  await must('curl', ['-sS', '--insecure', '--url', url, ...login, '--upload-file', file]);
  assert.match(await arrived('from curl'), /with ESMTPSA/);
});

test('swaks submits with PLAIN over STARTTLS', { skip: missing({ tools: ['swaks'] }) }, async () => {
  const at = ['--server', '127.0.0.1', '--port', String(server.submissionPort), '--tls'];
  const login = ['--auth', 'PLAIN', '--auth-user', ANN, '--auth-password', password];
  const mail = ['--from', ANN, '--to', BOB, '--h-From', `<${ANN}>`, '--header', 'Subject: from swaks'];
  const said = await must('swaks', [...at, ...login, ...mail]);
  assert.match(said, /<~\s+235 2\.7\.0/);
  assert.match(await arrived('from swaks'), /with ESMTPSA/);
});

test(
  'msmtp with a wrong password and with an unknown name hears the same words',
  { skip: missing({ tools: ['msmtp'] }) },
  async () => {
    const said: string[] = [];
    for (const [secret, user] of [
      ['wrong-password', ANN],
      ['wrong-password', 'nobody@localhost'],
    ] as const) {
      const config = msmtprc('plain', 'starttls', secret, user);
      const { status, stderr } = await run('msmtp', ['-C', config, BOB], { input: MESSAGE('never') });
      assert.notEqual(status, 0);
      said.push(stderr.match(/server message: .*/)?.[0] ?? stderr);
    }
    assert.match(said[0] ?? '', /535 5\.7\.8/);
    assert.equal(said[0], said[1]);
  },
);

test(
  'msmtp loses no message when one of two mailboxes is full: it is kept, and waits for that one',
  { skip: missing({ tools: ['msmtp'] }) },
  async () => {
    await server.control.setLimits('full@localhost', { octets: 0, messages: 1 });
    const config = msmtprc('plain', 'starttls');
    for (const subject of ['first', 'second'])
      await must('msmtp', ['-C', config, BOB, 'full@localhost'], { input: MESSAGE(subject) });
    const texts = (await storedMail(server)).map(({ text }) => text);
    assert.equal(texts.filter((text) => text.includes('Subject: second\r\n')).length, 1);
    const { stdout } = await server.cli('queue', 'list', '--local');
    assert.match(stdout, /full@localhost +0 +– +waits for room in our mailbox/);
    await server.control.setLimits('full@localhost', { octets: 0, messages: 10 });
    for (let i = 0; i < 100 && (await server.control.messages('full@localhost')).length < 2; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await server.control.messages('full@localhost')).length, 2);
  },
);
