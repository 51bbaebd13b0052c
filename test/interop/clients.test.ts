/** Real clients on loopback: what they send arrives, and what they are told they understand. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { TestServer } from '../support/server.ts';
import { missing, must, run } from '../support/tools.ts';
import { storedMail } from '../support/store-view.ts';

const server = await TestServer.start();
const folder = temporaryFolder();
after(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
beforeEach(() => server.control.remove({ largerThan: '0' }));
await server.control.addAccount('ann@localhost');

/** It asks nothing. */
const MUTT = `set copy=yes quit=yes delete=no move=no confirmappend=no confirmcreate=no sleep_time=0 mbox_type=mbox
unset wait_key mark_old
`;

interface ListedMessage {
  readonly address: string;
  readonly reversePath: string;
}

test(
  'swaks delivers a message, and `mail list` shows it',
  { skip: missing({ tools: ['swaks'] }) },
  async () => {
    const said = await must('swaks', [
      '--server',
      `127.0.0.1:${server.port}`,
      '--from',
      'joe@client.example',
      '--to',
      'ann@localhost',
      '--header',
      'Subject: from swaks',
    ]);
    assert.match(said, /<-\s+250 2\.6\.0 OK/);
    const listed = await server.cli('mail', 'list', '--json');
    assert.equal(listed.status, 0, listed.stderr);
    assert.match(listed.stdout, /joe@client\.example/);
    assert.match(listed.stdout, /ann@localhost/);
    const [message] = await storedMail(server);
    assert.match(message?.text ?? '', /^Subject: from swaks\r$/m);
  },
);

test('swaks speaks LMTP, and hears of each recipient', { skip: missing({ tools: ['swaks'] }) }, async () => {
  const args = [
    '--protocol',
    'LMTP',
    '--server',
    `127.0.0.1:${server.lmtpPort}`,
    '--to',
    'ann@localhost,postmaster@localhost',
  ];
  const said = await must('swaks', args);
  assert.equal(said.match(/<-\s+250 2\.1\.5 OK [0-9a-f-]{36}/g)?.length, 2);
  const listed: ListedMessage[] = [...(await server.control.messages())];
  assert.deepEqual(listed.map(({ address }) => address).toSorted(), [
    'ann@localhost',
    'postmaster@localhost',
  ]);
});

test(
  'swaks fills a mailbox until 452 4.2.2 at RCPT, while the other recipient of the same message is accepted',
  { skip: missing({ tools: ['swaks'] }) },
  async () => {
    await server.control.addAccount('small@localhost', { octets: 57_000, messages: 0 });
    writeFileSync(join(folder.path, 'body'), `${'x'.repeat(70)}\n`.repeat(400));
    const send = (to: string): ReturnType<typeof run> =>
      run('swaks', [
        '--server',
        `127.0.0.1:${server.port}`,
        '--from',
        'joe@client.example',
        '--to',
        to,
        '--body',
        `@${join(folder.path, 'body')}`,
      ]);
    for (let i = 0; i < 5; i++) await send('small@localhost');
    const both = await send('small@localhost,ann@localhost');
    assert.match(both.stdout, /<\*\* 452 4\.2\.2 /);
    assert.match(both.stdout, /<-\s+250 2\.6\.0 OK/);
    assert.equal((await server.control.messages('ann@localhost')).length, 1);
    await server.control.setLimits('small@localhost', { octets: 600_000, messages: 0 });
    assert.equal((await send('small@localhost')).status, 0);
  },
);

test(
  'curl asks smtp:// without an order: it sends HELP, prints our text, and exits 0',
  { skip: missing({ tools: ['curl'] }) },
  async () => {
    const said = await must('curl', ['-sS', '--max-time', '20', `smtp://127.0.0.1:${server.port}`]);
    assert.match(said, /^214[- ]2\.0\.0 /m);
    assert.match(said, /MAIL/);
  },
);

test('curl uploads a message', { skip: missing({ tools: ['curl'] }) }, async () => {
  const file = join(folder.path, 'curl.eml');
  writeFileSync(file, 'Subject: from curl\r\n\r\n.a line with a dot\r\n');
  const args = [
    '--mail-from',
    'joe@client.example',
    '--mail-rcpt',
    'ann@localhost',
    '--mail-rcpt',
    'postmaster@localhost',
    '--upload-file',
    file,
  ];
  await must('curl', ['-sS', '--max-time', '20', `smtp://127.0.0.1:${server.port}/client.example`, ...args]);
  const stored = await storedMail(server);
  assert.equal(stored.length, 2);
  for (const { text } of stored) assert.ok(text.endsWith('Subject: from curl\r\n\r\n.a line with a dot\r\n'));
});

test('msmtp delivers a message, and knows a refusal', { skip: missing({ tools: ['msmtp'] }) }, async () => {
  const args = [
    '--host=127.0.0.1',
    `--port=${server.port}`,
    '--auth=off',
    '--tls=off',
    '--from=joe@client.example',
    '--file=/dev/null',
  ];
  const withoutFile = args.filter((arg) => !arg.startsWith('--file'));
  await must('msmtp', [...withoutFile, 'ann@localhost'], { input: 'Subject: from msmtp\n\n.dot\ntext\n' });
  const [message] = await storedMail(server);
  assert.ok(message?.text.endsWith('Subject: from msmtp\r\n\r\n.dot\r\ntext\r\n'));
  const refused = await run('msmtp', [...withoutFile, 'nobody@localhost'], { input: 'Subject: x\n\ny\n' });
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /550 5\.1\.1/);
});

test('nmap reads the list of our extensions', { skip: missing({ tools: ['nmap'] }) }, async () => {
  const said = await must(
    'nmap',
    ['-Pn', '-n', '-p', String(server.port), '--script', '+smtp-commands', '127.0.0.1'],
    { timeoutMs: 60_000 },
  );
  for (const keyword of [
    'PIPELINING',
    'SIZE 52428800',
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'DSN',
    'ENHANCEDSTATUSCODES',
    'HELP',
  ])
    assert.ok(said.includes(keyword), `${keyword} is not in\n${said}`);
});

test(
  'mutt opens the exports, mbox and maildir, and finds each message',
  { skip: missing({ tools: ['mutt', 'curl', 'script'] }) },
  async () => {
    const file = join(folder.path, 'three.eml');
    for (const n of [1, 2, 3]) {
      writeFileSync(
        file,
        `From: Joe <joe@client.example>\r\nTo: ann@localhost\r\nDate: Mon, 01 Jan 2024 00:00:0${n} +0000\r\nSubject: number ${n}\r\n\r\nFrom here on, text\r\n`,
      );
      await must('curl', [
        '-sS',
        `smtp://127.0.0.1:${server.port}`,
        '--mail-from',
        'joe@client.example',
        '--mail-rcpt',
        'ann@localhost',
        '--upload-file',
        file,
      ]);
    }
    const [mbox, maildir] = [join(folder.path, 'mbox'), join(folder.path, 'maildir')];
    assert.equal(
      (await server.cli('mail', 'export', '--mbox', mbox, '--mailbox', 'ann@localhost')).status,
      0,
    );
    assert.equal(
      (await server.cli('mail', 'export', '--maildir', maildir, '--mailbox', 'ann@localhost')).status,
      0,
    );
    for (const [kind, box] of [
      ['mbox', mbox],
      ['maildir', maildir],
    ] as const) {
      const [copy, settings] = [join(folder.path, `${kind}-copy`), join(folder.path, `${kind}.muttrc`)];
      // Tag all, copy what is tagged, quit.
      const keys = `T~s number\\n;C^U${copy}\\nq`;
      writeFileSync(settings, `${MUTT}set folder=${folder.path}\npush "${keys}"\n`);
      // It wants a terminal, even to do as it is told.
      const ran = await run('script', ['-qec', `mutt -n -F ${settings} -f ${box}`, '/dev/null'], {
        env: { TERM: 'xterm', HOME: folder.path },
        timeoutMs: 20_000,
      });
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(readFileSync(copy, 'latin1').match(/^Subject: number \d$/gm)?.length, 3, kind);
    }
  },
);
