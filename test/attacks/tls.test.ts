/** What stands in clear beside TLS, and TLS that is none or too weak: attacks 4 and 5, on the way in and on the way out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type ConnectionOptions, getCiphers, TLSSocket } from 'node:tls';
import type { Route } from '../../src/delivery/route.ts';
import { House } from '../decisions/house.ts';
import { HOUR, PostOffice } from '../queue/post-office.ts';
import { QUICK } from '../support/errands.ts';
import { HostilePeer, type PeerScript, type Talk } from '../support/hostile-peer.ts';
import { codes, expectCode, SmtpClient } from '../support/smtp-client.ts';
import { EXPIRED, type TestAuthority, testAuthority } from '../support/test-certificates.ts';
import { logIn, secureHouse } from '../tls/secure-house.ts';

const EHLO = 'EHLO client.example\r\n';
const TLS = ['STARTTLS', 'PIPELINING'];

test('attack 4: what stands behind STARTTLS in clear is never obeyed, however it is cut, and the connection ends', async () => {
  await using place = await secureHouse();
  const { house, user } = place;
  const to = await house.account();
  const mail = `MAIL FROM:<a@b.example>\r\nRCPT TO:<${to}>\r\nDATA\r\n`;
  for (const port of [house.ports.smtp, house.ports.submission]) {
    for (const behind of [
      mail,
      EHLO,
      `AUTH PLAIN ${btoa(`\0${user}\0x`)}\r\n`,
      'STARTTLS\r\n',
      '\n',
      '\0',
      'R',
    ]) {
      using client = await SmtpClient.open(port);
      client.write(`STARTTLS\r\n${behind}`);
      assert.deepEqual((await client.untilClosed()).map(codes), ['554 5.5.0'], JSON.stringify(behind));
    }
    // In the same segment a whole handshake, too: still nothing of it is heard in TLS.
    using late = await SmtpClient.open(port);
    expectCode(await late.say('STARTTLS'), '220');
    late.write(mail);
    assert.deepEqual(await late.untilClosed(), []);
  }
  await house.atRest();
  assert.equal((await house.show(to)).usedMessages, 0);
});

test('attack 4: STARTTLS once, alone, after EHLO, outside a transaction; and all that was said before is forgotten', async () => {
  await using place = await secureHouse({ plainAuthNetworks: ['127.0.0.1'] });
  const { house, user } = place;
  using early = await SmtpClient.connect(house.ports.submission);
  await early.reply();
  assert.equal((await early.say('STARTTLS')).code, '503');
  using client = await SmtpClient.open(house.ports.submission);
  for (const line of ['STARTTLS now', 'STARTTLS x=y', 'STARTTLS STARTTLS'])
    assert.equal((await client.say(line)).code, '501', line);
  expectCode(await logIn(client, 'PLAIN', { name: user }), '235');
  expectCode(await client.say(`MAIL FROM:<${user}>`), '250');
  assert.equal((await client.say('STARTTLS')).code, '503');
  expectCode(await client.say('RSET'), '250');
  expectCode(await client.say('STARTTLS'), '220');
  using secured = await SmtpClient.connectTls(client.socket);
  assert.equal((await secured.say(`RCPT TO:<${user}>`)).code, '503');
  assert.equal((await secured.say(`MAIL FROM:<${user}>`)).code, '503'); // no hello
  assert.equal((await secured.say('AUTH PLAIN')).code, '503');
  const hello = await secured.say('EHLO client.example');
  assert.ok(!hello.lines.includes('STARTTLS'));
  assert.equal(codes(await secured.say(`MAIL FROM:<${user}>`)), '530 5.7.0'); // no login
  assert.equal((await secured.say('STARTTLS')).code, '503');
  using never = await SmtpClient.connectTls(house.ports.submissions);
  await never.reply();
  await never.say('EHLO client.example');
  assert.equal((await never.say('STARTTLS')).code, '503');
});

/** `null`: no handshake came of it. */
async function spoken(port: number, options: ConnectionOptions): Promise<string | null> {
  try {
    using client = await SmtpClient.connectTls(port, options);
    assert.ok(client.socket instanceof TLSSocket);
    // Of TLS 1.3 a client believes in the handshake before the server does.
    expectCode(await client.reply(), '220');
    return `${client.socket.getProtocol()} ${client.socket.getCipher().name}`;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return null;
  }
}

test('attack 5: below TLS 1.2, without forward secrecy or without authentication of the text, there is no handshake', async () => {
  await using place = await secureHouse();
  const port = place.house.ports.submissions;
  for (const version of ['TLSv1', 'TLSv1.1'] as const)
    assert.equal(
      await spoken(port, { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }),
      null,
    );
  const heard: string[] = [];
  for (const name of getCiphers()) {
    if (name.startsWith('tls_')) continue;
    let found: string | null = null;
    try {
      found = await spoken(port, { maxVersion: 'TLSv1.2', ciphers: `${name.toUpperCase()}:@SECLEVEL=0` });
    } catch {
      continue; // this client does not know it
    }
    if (found !== null) heard.push(found);
  }
  assert.ok(heard.length >= 3, heard.join(', '));
  for (const cipher of heard) assert.match(cipher, /^TLSv1\.2 ECDHE-ECDSA-(?:AES(?:128|256)-GCM|CHACHA20)/);
  assert.match((await spoken(port, {})) ?? '', /^TLSv1\.3 /);
});

test('attack 5: a client cannot make the server shake hands again on one connection', async () => {
  await using place = await secureHouse();
  using client = await SmtpClient.connectTls(place.house.ports.submissions, { maxVersion: 'TLSv1.2' });
  expectCode(await client.reply(), '220');
  const { socket } = client;
  assert.ok(socket instanceof TLSSocket);
  const renegotiated = new Promise<Error | null>((resolve) => {
    socket.once('error', resolve);
    socket.renegotiate({}, resolve);
  });
  const late = once(socket, 'close').then(() => new Error('closed'));
  assert.ok((await Promise.race([renegotiated, late])) instanceof Error);
  using next = await SmtpClient.connectTls(place.house.ports.submissions);
  expectCode(await next.reply(), '220');
});

test('attack 4: a peer that breaks TLS at any octet leaves nothing open, and others are served', async () => {
  await using place = await secureHouse();
  const { house } = place;
  for (const octets of [
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    '\x16\x03\x01\xff\xff' + 'A'.repeat(70_000),
    '\x15\x03\x03\0\x02\x02\x28',
    '\x17\x03\x03\x40\0' + '\0'.repeat(0x4000),
    '\x80\x2e\x01\0\x02',
    '\0'.repeat(100_000),
    'GET / HTTP/1.1\r\n\r\n',
  ]) {
    using direct = await SmtpClient.connect(house.ports.submissions);
    using plain = await SmtpClient.open(house.ports.smtp);
    expectCode(await plain.say('STARTTLS'), '220');
    for (const client of [direct, plain]) {
      client.socket.removeAllListeners('data'); // an alert is no reply
      client.write(octets);
      client.socket.end();
      client.socket.resume();
      await closed(client);
    }
  }
  await atLast(() => house.tally.sessionsOpen === 0, `${house.tally.sessionsOpen} sessions`);
  using next = await SmtpClient.connectTls(house.ports.submissions);
  expectCode(await next.reply(), '220');
});

function closed({ socket }: SmtpClient): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

async function atLast(isSo: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 5000;
  while (!isSo()) {
    assert.ok(performance.now() < until, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Says 220 to STARTTLS, and then goes on as it likes. */
function afterStarttls(act: (talk: Talk) => void): PeerScript {
  return {
    extensions: TLS,
    answer(line, talk) {
      if (line !== 'STARTTLS') return undefined;
      talk.dead = true;
      act(talk);
      return null;
    },
  };
}

/** Replies in clear ahead of TLS, as somebody on the way would slip them in. */
const AHEAD = '250-peer.example\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n';

/** Peers that never get as far as a TLS that is to be trusted. */
async function untrusted(authority: TestAuthority): Promise<Readonly<Record<string, PeerScript>>> {
  return {
    stripped: { extensions: ['PIPELINING'] },
    'refused with 454': { extensions: TLS, answer: refusing('454 4.7.0 not now\r\n') },
    'refused with 502': { extensions: TLS, answer: refusing('502 5.5.1 what\r\n') },
    'refused with nonsense': { extensions: TLS, answer: refusing('250 ok\r\n') },
    'replies ahead': afterStarttls(({ socket }) => socket.write(`220 go\r\n${AHEAD}`)),
    'replies ahead, later': afterStarttls(({ socket }) => {
      socket.write('220 go\r\n');
      setTimeout(() => socket.write(AHEAD), 20);
    }),
    'half a line ahead': afterStarttls(({ socket }) => socket.write('220 go\r\n250-')),
    'garbage instead of TLS': afterStarttls(({ socket }) => {
      socket.write('220 go\r\n');
      socket.once('data', () => socket.write('\x16\x03\x01\x02\0' + 'x'.repeat(1000)));
    }),
    'alert instead of TLS': afterStarttls(({ socket }) => {
      socket.write('220 go\r\n');
      socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])));
    }),
    'silence instead of TLS': afterStarttls(({ socket }) => socket.write('220 go\r\n')),
    'closed instead of TLS': afterStarttls(({ socket }) => socket.end('220 go\r\n')),
    'reset instead of TLS': afterStarttls(({ socket }) => {
      socket.write('220 go\r\n');
      socket.once('data', () => socket.resetAndDestroy());
    }),
    expired: { extensions: TLS, certificate: await authority.sign('mx.example', EXPIRED) },
    'of another name': { extensions: TLS, certificate: await authority.sign('other.example') },
    'of another authority': {
      extensions: TLS,
      certificate: await (await testAuthority()).sign('mx.example'),
    },
    'no ESMTP at all': { answer: (line) => (line.startsWith('EHLO') ? '500 what\r\n' : undefined) },
  };
}

test('attacks 4 and 5: where TLS is required a message waits with the cause tls, and not a word of it is said in clear', async () => {
  const authority = await testAuthority();
  const good = await authority.sign('mx.example');
  await using all = new AsyncDisposableStack();
  const peers = new Map<string, HostilePeer>();
  for (const [name, script] of Object.entries(await untrusted(authority)))
    peers.set(name, all.use(await HostilePeer.listen(script)));
  await using right = await HostilePeer.listen({ extensions: TLS, certificate: good });
  const places = Object.fromEntries([...peers].map(([name, { port }]) => [domainOf(name), route(port)]));
  await using office = await PostOffice.open({
    places,
    carrier: { timeouts: { ...QUICK, tlsMs: 300 }, ca: authority.ca },
  });
  for (const domain of Object.keys(places)) await office.post({ to: [`a@${domain}`] });
  await office.until(() => office.tally.blocks >= peers.size, 'each is tried');
  await office.settled();
  for (const [name, peer] of peers) {
    const [blocked] = await office.store.queue.blocked(domainOf(name));
    assert.equal(blocked?.retry.cause, 'tls', `${name}: ${JSON.stringify(blocked)}`);
    assert.match(blocked.retry.last.status, /^4\.7\.\d$/, name);
    assert.match(blocked.retry.last.text, /^[\x20-\x7e]+$/, name);
    assert.doesNotMatch(peer.verbs, /MAIL|RCPT|DATA|AUTH/, name);
    assert.deepEqual(peer.received, [], name);
    office.places[domainOf(name)] = route(right.port);
  }
  assert.equal(office.tally.delivered, 0);
  await office.pass(3 * HOUR, HOUR / 4);
  await office.until(() => office.tally.delivered === peers.size, 'all arrive where the certificate is good');
  assert.ok(right.heard.filter(({ line }) => line.startsWith('MAIL')).every(({ secured }) => secured));
});

function route(port: number): Route {
  return {
    type: 'hops',
    hops: [{ name: 'mx.example', address: '127.0.0.1', port, preference: 0 }],
    protocol: 'smtp',
    tls: 'required',
    implicitTls: false,
    auth: null,
  };
}

function refusing(reply: string): NonNullable<PeerScript['answer']> {
  return (line) => (line === 'STARTTLS' ? reply : undefined);
}

test('attack 4: replies in clear ahead of TLS are not taken for those in TLS, where TLS is taken as it comes either', async () => {
  const { cert, key } = await (await testAuthority()).sign('mx.one.example');
  await using peer = await HostilePeer.listen({
    ...afterStarttls(({ socket, number }) => {
      // Once with replies ahead of the handshake, and the handshake behind them.
      socket.write(`220 go\r\n${number === 1 ? AHEAD : ''}`);
      socket.removeAllListeners('data');
      const secured = new TLSSocket(socket, { isServer: true, cert, key });
      secured.on('error', () => {});
    }),
  });
  await using office = await PostOffice.open({
    places: { 'one.example': peer.port },
    carrier: { timeouts: { ...QUICK, helloMs: 300 } },
  });
  await office.post({ to: ['a@one.example'] });
  await office.until(() => office.tally.delivered + office.tally.blocks > 0, 'it is tried');
  await office.settled();
  // It may go in clear then, as it would without STARTTLS; but never is a reply ahead of TLS believed.
  assert.equal(office.tally.delivered, peer.received.length);
  const [first] = peer.heard.filter(({ line }) => line.startsWith('MAIL'));
  assert.ok(first === undefined || first.connection > 1);
});

test('attack 5: without certificates nobody is asked for a password in clear', async () => {
  await using house = await House.start({ authenticator: 'passwords' });
  using client = await SmtpClient.connect(house.ports.submission);
  await client.reply();
  const hello = await client.say('EHLO client.example');
  assert.ok(!hello.lines.some((line) => /AUTH|STARTTLS/.test(line)), hello.wire);
  assert.match((await client.say('AUTH PLAIN')).code, /^5/);
  assert.match((await client.say('STARTTLS')).code, /^5/);
});

function domainOf(name: string): string {
  return `${name.toLowerCase().replaceAll(/\W+/g, '-')}.example`;
}
