/** Logins as attackers meet them, over real sockets: attacks 9 to 12, and 32 where secrets are said. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { done, type House } from '../decisions/house.ts';
import { TestServer } from '../support/server.ts';
import { codes, expectCode, type HeardReply, SmtpClient } from '../support/smtp-client.ts';
import { base64, logIn, PASSWORD, secureHouse, type SecureHouse } from '../tls/secure-house.ts';

const MIB = 2 ** 20;
const MECHANISMS = ['PLAIN', 'LOGIN', 'SCRAM-SHA-256'] as const;

/** Passwords may be said in clear from loopback, so that a client can be at any address of it. */
function openHouse(): Promise<SecureHouse> {
  return secureHouse({ plainAuthNetworks: ['127.0.0.0/8'] });
}

/** Waits with the clock of the house going on. */
async function within<T>({ clock }: House, promise: Promise<T>, stepMs = 50): Promise<T> {
  const state = { over: false };
  const watched = promise.finally(() => (state.over = true));
  watched.catch(() => {});
  while (!state.over) {
    await clock.pass(stepMs);
    await pause(1);
  }
  return watched;
}

interface Guess {
  readonly port: number;
  readonly from: string;
  readonly mechanism?: string;
  readonly name: string;
  readonly password?: string;
}

/** One try on a connection of its own. */
async function tryOnce({ port, from, mechanism = 'PLAIN', ...login }: Guess): Promise<HeardReply> {
  using client = await SmtpClient.open(port, 'EHLO client.example', from);
  return await logIn(client, mechanism, login);
}

test('attack 11: 60 guesses on 4 connections over two listeners are slowed, then cut; the owner gets in from elsewhere', async () => {
  await using place = await openHouse();
  const { house, user } = place;
  const ports = [house.ports.submission, house.ports.submissions] as const;
  const heard: string[] = [];
  const guesser = async (number: number): Promise<void> => {
    for (let left = 15; left > 0;) {
      const port = ports[number % 2] ?? ports[0];
      const client =
        port === house.ports.submissions
          ? await SmtpClient.connectTls((await SmtpClient.connect(port, `127.0.7.${number}`)).socket)
          : await SmtpClient.connect(port, `127.0.7.${number}`);
      using guessing = client;
      await guessing.reply();
      await guessing.say('EHLO client.example');
      while (left > 0 && !guessing.isClosed) {
        const mechanism = MECHANISMS[left % 3] ?? 'PLAIN';
        const reply = await logIn(guessing, mechanism, { name: user, password: `guess ${left}` });
        heard.push(codes(reply));
        left--;
        if (reply.code === '421') break;
      }
    }
  };
  const began = house.clock.elapsed();
  await within(house, Promise.all([1, 2, 3, 4].map(guesser)));
  assert.equal(heard.length, 60);
  assert.deepEqual(new Set(heard), new Set(['535 5.7.8', '421 4.7.0']));
  const took = house.clock.elapsed() - began;
  assert.ok(took > 10_000, `they took ${took} ms`);
  assert.ok(house.alarms.includes('login-too-many'));
  // Of that network not even the right one is looked at; of another it is.
  const there = await tryOnce({ port: ports[0], from: '127.0.7.9', name: user });
  assert.equal(codes(there), '421 4.7.0');
  const owner = await tryOnce({ port: ports[0], from: '127.0.9.1', name: user });
  assert.equal(codes(owner), '235 2.7.0');
});

test('attack 11: an account that 120 networks guess at lets its owner in, where he is known, or by an application password', async () => {
  await using place = await openHouse();
  const { house, user } = place;
  const { submission: port } = house.ports;
  const { password: app } = await done(house.store.addAppPassword(user, 'phone'));
  expectCode(await tryOnce({ port, from: '127.0.9.1', name: user }), '235');
  const guesses = Array.from({ length: 120 }, (_, i) =>
    tryOnce({ port, from: `127.1.${i}.1`, mechanism: 'SCRAM-SHA-256', name: user, password: 'guess' }),
  );
  const heard = (await within(house, Promise.all(guesses))).map(codes);
  assert.deepEqual(new Set(heard), new Set(['535 5.7.8', '421 4.7.0']));
  expectCode(await within(house, tryOnce({ port, from: '127.2.0.1', name: user })), '421');
  expectCode(await tryOnce({ port, from: '127.2.1.1', name: user, password: app }), '235');
  expectCode(await tryOnce({ port, from: '127.0.9.1', name: user }), '235');
});

test('attack 10: a name that exists and one that does not are answered with the same words, after the same time', async () => {
  await using place = await openHouse();
  const { house } = place;
  const { submission: port } = house.ports;
  let network = 0;
  for (const mechanism of MECHANISMS) {
    const known = await house.account();
    await done(house.store.setPassword(known, PASSWORD));
    const names = {
      known,
      unknown: `no-${known}`,
      elsewhere: `${mechanism}@other.example`,
      odd: `a b"${mechanism}`,
    };
    const times: Record<string, number[]> = {};
    const wires = new Set<string>();
    for (let i = 0; i < 9; i++) {
      for (const [kind, name] of Object.entries(names)) {
        // Each from another network: nobody is slowed.
        using client = await SmtpClient.open(port, 'EHLO c.example', `127.5.${network++}.1`);
        const began = performance.now();
        const reply = await logIn(client, mechanism, { name, password: 'wrong horse' });
        (times[kind] ??= []).push(performance.now() - began);
        wires.add(reply.wire);
      }
    }
    assert.deepEqual([...wires], ['535 5.7.8 Name or password is not right\r\n'], mechanism);
    const usual = median(times['known'] ?? []);
    for (const kind of ['unknown', 'elsewhere', 'odd']) {
      const other = median(times[kind] ?? []);
      const apart = Math.abs(usual - other);
      assert.ok(apart < 4 || apart < usual / 2, `${mechanism}: ${usual} ms, ${kind} ${other} ms`);
    }
  }
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

test('attack 12: AUTH out of turn, twice, cancelled, empty, with NUL, or too long has one reply each, and changes nothing', async () => {
  await using place = await openHouse();
  const { house, user } = place;
  const { submission: port } = house.ports;
  for (const [line, expected] of [
    ['AUTH', '501 5.5.4'],
    ['AUTH ', '501 5.5.4'],
    ['AUTH PLAIN a b', '501 5.5.4'],
    ['AUTH PLAIN !!!', '501 5.5.2'],
    ['AUTH PLAIN A', '501 5.5.2'],
    ['AUTH PLAIN =', '501 5.5.2'],
    ['AUTH PLAIN ====', '501 5.5.2'],
    [`AUTH PLAIN ${base64('no NUL at all')}`, '501 5.5.2'],
    [`AUTH PLAIN ${base64(`\0${user}\0${PASSWORD}\0more`)}`, '501 5.5.2'],
    [`AUTH PLAIN ${base64(`other@test.example\0${user}\0${PASSWORD}`)}`, '535 5.7.8'],
    [`AUTH PLAIN ${base64(`\0\0${PASSWORD}`)}`, /^5(?:35 5\.7\.8|01 5\.5\.2)$/],
    [`AUTH PLAIN ${base64(`\0${user}\0`)}`, /^5(?:35 5\.7\.8|01 5\.5\.2)$/],
    [`AUTH SCRAM-SHA-256 ${base64('n,,n=user,r=')}`, '501 5.5.2'],
    [`AUTH SCRAM-SHA-256 ${base64('n,,m=ext,n=user,r=abc')}`, '501 5.5.2'],
    [`AUTH SCRAM-SHA-256 ${base64('p=tls-unique,,n=user,r=abc')}`, /^5/],
    ['AUTH SCRAM-SHA-256 Kg==', '501 5.5.2'],
    ['AUTH CRAM-MD5', '504 5.5.4'],
    [`AUTH ${'X'.repeat(500)}`, /^50[0-4] /],
    [`AUTH PLAIN ${'A'.repeat(12_288)}`, '500 5.5.6'],
    [`AUTH PLAIN ${'A'.repeat(MIB)}`, '500 5.5.6'],
    ['AUTH PLAIN \0\0\0', /^50[01] /],
    ['AUTH PLAIN \xff\xfe', /^50[01] /],
  ] as const) {
    using client = await SmtpClient.open(port);
    const reply = codes(await client.say(line));
    if (typeof expected === 'string') assert.equal(reply, expected, line.slice(0, 60));
    else assert.match(reply, expected, line.slice(0, 60));
    assert.equal(codes(await client.say(`MAIL FROM:<${user}>`)), '530 5.7.0', line.slice(0, 60));
  }
  using client = await SmtpClient.open(port);
  client.write(`AUTH PLAIN\r\nAUTH PLAIN ${base64(`\0${user}\0${PASSWORD}`)}\r\nMAIL FROM:<${user}>\r\n`);
  const pipelined = [await client.reply(), await client.reply(), await client.reply()].map(codes);
  assert.deepEqual(pipelined, ['334', '501 5.5.2', '530 5.7.0'], 'the second is a response, and none');
  expectCode(await client.say('AUTH LOGIN'), '334');
  assert.equal(codes(await client.say('*')), '501 5.7.0');
  expectCode(await logIn(client, 'PLAIN', { name: user }), '235');
  assert.equal(codes(await client.say(`AUTH PLAIN ${base64(`\0${user}\0${PASSWORD}`)}`)), '503 5.5.1');
  using second = await SmtpClient.open(port);
  expectCode(await logIn(second, 'LOGIN', { name: user }), '235');
  expectCode(await second.say(`MAIL FROM:<${user}>`), '250');
  assert.equal(codes(await second.say('AUTH PLAIN')), '503 5.5.1', 'in a transaction');
  expectCode(await second.say(`RCPT TO:<${user}>`), '250');
});

test('attack 12: endless lines and endless logins end, and memory is flat', async () => {
  await using place = await openHouse();
  const { house } = place;
  const { submission: port } = house.ports;
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const piece = Buffer.alloc(MIB, 'QUFB');
  const endless = Array.from({ length: 8 }, async () => {
    using client = await SmtpClient.open(port);
    expectCode(await client.say('AUTH PLAIN'), '334');
    for (let i = 0; i < 16 && !client.isClosed; i++) {
      client.write(piece);
      await pause(1);
    }
    assert.deepEqual((await client.untilClosed()).map(codes), ['500 5.5.6']);
  });
  await Promise.all(endless);
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 150 * MIB, `${grown / MIB} MiB`); // the client's own 16 MiB pieces among them
  using client = await SmtpClient.open(port);
  const heard: string[] = [];
  for (let i = 0; i < 6; i++) client.write(i % 2 === 0 ? 'AUTH LOGIN\r\n' : '*\r\n');
  for (const reply of await client.untilClosed()) heard.push(reply.code);
  assert.deepEqual(heard, ['334', '501', '334', '501', '334', '421'], 'three on one connection');
});

test('attack 12: a client that stops in the middle of a login is left in time, and its session is gone', async () => {
  await using place = await openHouse();
  const { house, user } = place;
  for (const say of [
    'AUTH PLAIN',
    `AUTH LOGIN ${base64(user)}`,
    `AUTH SCRAM-SHA-256 ${base64(`n,,n=${user},r=abcdef`)}`,
  ]) {
    using client = await SmtpClient.open(house.ports.submission);
    expectCode(await client.say(say), '334');
    client.write('QU');
    assert.deepEqual((await within(house, client.untilClosed(), 2000)).map(codes), ['421 4.4.2'], say);
  }
  // Gone while its password is being looked at.
  for (let i = 0; i < 20; i++) {
    using client = await SmtpClient.open(house.ports.submission, 'EHLO c.example', `127.3.${i}.1`);
    client.write(`AUTH PLAIN ${base64(`\0${user}\0wrong ${i}`)}\r\n`);
    if (i % 2 === 0) client.socket.resetAndDestroy();
  }
  await within(house, pause(300));
  await house.atRest();
  expectCode(await tryOnce({ port: house.ports.submission, from: '127.4.0.1', name: user }), '235');
});

test('attack 9: who is logged in sends as nobody else: not in MAIL, not in From or Sender, not by AUTH=', async () => {
  await using place = await openHouse();
  const { house, user } = place;
  const other = await house.account();
  using client = await SmtpClient.open(house.ports.submission);
  expectCode(await logIn(client, 'SCRAM-SHA-256', { name: user }), '235');
  for (const path of [other, `"${other.split('@')[0]}"@test.example`, other.toUpperCase(), 'x@other.example'])
    assert.equal(codes(await client.say(`MAIL FROM:<${path}>`)), '553 5.7.1', path);
  assert.equal(codes(await client.say(`MAIL FROM:<${other}> AUTH=${user}`)), '553 5.7.1');
  for (const header of [
    `From: <${other}>`,
    `From: "${user}" <${other}>`,
    `From: <${user}>, <${other}>\r\nSender: <${user}>`,
    `From: <${user}>\r\nSender: <${other}>`,
    `From: <${user}>\r\nFrom: <${other}>`,
    `From: (${user}) ${other}`,
    `From: =?utf-8?q?${user.replace('@', '=40')}?= <${other}>`,
    `From: ${user} <${other}>`,
    `from : <${other}>`,
    `From:\r\n <${other}>`,
  ]) {
    const sent = await client.mail({
      from: user,
      to: [other],
      text: Buffer.from(`${header}\r\n\r\ntext\r\n`),
    });
    assert.match(codes(sent.last), /^55[034] 5\./, header);
  }
  assert.equal((await house.show(other)).usedMessages, 0);
});

test('attacks 12 and 32: a server under AUTH fuzz goes on, forgets nobody, and has no password in its log', async () => {
  await using server = await TestServer.start({
    settings: { 'submission.plainAuthNetworks': '127.0.0.0/8', 'smtp.errorMax': '10000' },
  });
  const name = 'ann@localhost';
  const secret = 'Zauberwort 7391 unter der Lampe';
  await server.control.order('POST', '/domains', { domain: 'localhost' }).catch(() => null);
  await server.control.addAccount(name);
  await server.control.order('PUT', `/accounts/${encodeURIComponent(name)}/password`, { password: secret });
  const said = new Set([
    secret,
    base64(secret),
    base64(`\0${name}\0${secret}`),
    base64(`\0${name}\0${secret}x`),
  ]);
  const own = { port: server.submissionPort, from: '127.200.1.1', name, password: secret };
  expectCode(await tryOnce(own), '235'); // known there from now on
  const attack = async (i: number): Promise<void> => {
    using client = await SmtpClient.open(server.submissionPort, 'EHLO c.example', `127.${i}.1.1`);
    const octets = randomBytes(1 + ((i * 37) % 3000));
    const mechanism = MECHANISMS[i % 3] ?? 'PLAIN';
    const lines = [
      `AUTH ${mechanism} ${base64(octets)}`,
      `AUTH ${mechanism}`,
      octets.toString('latin1').replaceAll(/[\r\n]/g, ''),
      `AUTH ${mechanism} ${base64(`n,,n=${name},r=${octets.toString('base64')}`)}`,
      base64(`c=biws,r=${octets.toString('base64')},p=${octets.toString('base64')}`),
      `AUTH PLAIN ${base64(`\0${name}\0${secret}x`)}`,
      `AUTH PLAIN ${base64(`\0${secret}\0${name}`)}`, // some type their password where the name belongs
      secret,
    ];
    const wire = lines.slice(i % 8).map((line) => `${line}\r\n`);
    client.write(`${wire.join('')}QUIT\r\n`);
    for (;;) {
      const reply = await client.replyOrSilence(300); // who is slowed is left in the middle
      if (typeof reply === 'string') break;
      assert.notEqual(reply.code, '235');
    }
  };
  for (let i = 0; i < 200; i += 25) await Promise.all(Array.from({ length: 25 }, (_, n) => attack(i + n)));
  expectCode(await tryOnce({ ...own, mechanism: 'SCRAM-SHA-256' }), '235');
  assert.ok(server.running);
  assert.equal(await server.terminate(), 0);
  for (const octets of said) {
    assert.ok(!server.log.includes(octets), 'a password is in the log');
    assert.ok(!server.said.includes(octets), 'a password was printed');
  }
  assert.doesNotMatch(server.log + server.said, /uncaught|unhandled|"level":"fatal"|session-failed/i);
});
