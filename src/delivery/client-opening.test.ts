import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { before, test } from 'node:test';
import { carry, type CarryOptions } from '../../test/support/errands.ts';
import { HostilePeer, type PeerScript } from '../../test/support/hostile-peer.ts';
import { EXPIRED, type TestAuthority, testAuthority } from '../../test/support/test-certificates.ts';
import { RouteLogin } from './route.ts';

const TLS = ['PIPELINING', 'STARTTLS'];
const PASSWORD = 'pencil under the lamp';
let authority: TestAuthority;

before(async () => {
  authority = await testAuthority();
});

function required(): CarryOptions {
  return { route: { tls: 'required' }, ca: authority.ca };
}

function securedVerbs(peer: HostilePeer): string {
  return peer.heard.map(({ line, secured }) => `${line.split(' ')[0]}${secured ? '*' : ''}`).join(' ');
}

test('STARTTLS is used when it is offered, whatever the certificate, and EHLO said again', async () => {
  const certificate = await authority.sign('somebody.else', EXPIRED);
  await using peer = await HostilePeer.listen({ extensions: TLS, certificate });
  const { words } = await carry(peer.port, [{}, {}]);
  await peer.left();
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.equal(securedVerbs(peer), 'EHLO STARTTLS EHLO* MAIL* RCPT* DATA* MAIL* RCPT* DATA* QUIT*');
});

test('STARTTLS is not used when the route says so', async () => {
  const certificate = await authority.sign('peer.example');
  await using peer = await HostilePeer.listen({ extensions: TLS, certificate });
  const { words } = await carry(peer.port, [{}], { route: { tls: 'off' } });
  assert.deepEqual(words, ['delivered']);
  assert.equal(
    peer.heard.some(({ secured }) => secured),
    false,
  );
});

test('required TLS takes a good certificate for the name, and no other', async () => {
  const good = await authority.sign('peer.example');
  await using peer = await HostilePeer.listen({ extensions: TLS, certificate: good });
  assert.deepEqual((await carry(peer.port, [{}], required())).words, ['delivered']);
  const bad: PeerScript[] = [
    { extensions: TLS, certificate: await authority.sign('peer.example', EXPIRED) },
    { extensions: TLS, certificate: await authority.sign('somebody.else') },
    { extensions: TLS, certificate: await (await testAuthority()).sign('peer.example') },
    { extensions: ['PIPELINING'] }, // stripped
    { extensions: TLS, answer: (line) => (line === 'STARTTLS' ? '454 4.7.0 not now\r\n' : undefined) },
    { extensions: TLS, answer: (line) => (line === 'STARTTLS' ? '220 go on\r\n220 go on\r\n' : undefined) },
    { greet: () => '220 old\r\n', answer: (line) => (line.startsWith('EHLO') ? '500 what\r\n' : undefined) },
  ];
  for (const script of bad) {
    await using worse = await HostilePeer.listen(script);
    const { end, outcomes } = await carry(worse.port, [{}], required());
    assert.deepEqual(outcomes, []);
    assert.equal(end.type === 'unreachable' ? end.meaning.action : '', 'retry');
    assert.equal(
      worse.heard.some(({ line }) => /^(?:MAIL|AUTH)/.test(line)),
      false,
    );
  }
});

test('a failed handshake is followed by one try in clear, when TLS is opportunistic', async () => {
  await using peer = await HostilePeer.listen({
    extensions: TLS,
    answer(line, talk) {
      if (line !== 'STARTTLS') return undefined;
      talk.socket.write('220 go on\r\n');
      talk.socket.removeAllListeners('data');
      talk.socket.once('data', () => talk.socket.end('this is no TLS at all, and never will be'));
      return null;
    },
  });
  const { words, log } = await carry(peer.port, [{}, {}]);
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.equal(peer.connections, 2);
  assert.equal(log[0]?.event, 'tls-failed-going-on-in-clear');
});

test('a refused STARTTLS is no obstacle, when TLS is opportunistic', async () => {
  await using peer = await HostilePeer.listen({
    extensions: TLS,
    answer: (line) => (line === 'STARTTLS' ? '454 4.7.0 not now\r\n' : undefined),
  });
  const { words } = await carry(peer.port, [{}]);
  assert.deepEqual(words, ['delivered']);
  assert.equal(peer.connections, 1);
});

test('what comes in clear behind the reply to STARTTLS is never taken for an answer', async () => {
  for (const injected of ['250 ok\r\n', '250-injected', '250-peer.example\r\n250 AUTH PLAIN\r\n']) {
    await using peer = await HostilePeer.listen({
      extensions: TLS,
      certificate: await authority.sign('peer.example'),
      answer(line, talk) {
        if (line !== 'STARTTLS') return undefined;
        talk.socket.write(`220 go on\r\n${injected}`);
        return null;
      },
    });
    const { end, outcomes } = await carry(peer.port, [{}], required());
    assert.deepEqual(outcomes, []);
    assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'tls', injected);
    assert.equal(peer.verbs, 'EHLO STARTTLS');
  }
});

test('implicit TLS begins with the first octet', async () => {
  const certificate = await authority.sign('peer.example');
  await using peer = await HostilePeer.listen({ implicitTls: true, certificate });
  const { words } = await carry(peer.port, [{}], {
    route: { tls: 'required', implicitTls: true },
    ca: authority.ca,
  });
  await peer.left();
  assert.deepEqual(words, ['delivered']);
  assert.equal(securedVerbs(peer), 'EHLO* MAIL* RCPT* DATA* QUIT*');
});

test('a password is said by PLAIN, also to who asks for it first', async () => {
  const certificate = await authority.sign('peer.example');
  const message = Buffer.from(`\0me@sender.example\0${PASSWORD}`).toString('base64');
  for (const asks of [false, true]) {
    await using peer = await HostilePeer.listen({
      extensions: [...TLS, 'AUTH LOGIN PLAIN'],
      certificate,
      answer(line) {
        if (line.startsWith('AUTH PLAIN')) return asks ? '334 \r\n' : '235 2.7.0 welcome\r\n';
        return line === message ? '235 2.7.0 welcome\r\n' : undefined;
      },
    });
    const { words } = await carry(peer.port, [{}], loggingIn());
    assert.deepEqual(words, ['delivered']);
    assert.equal(
      peer.heard.some(({ line }) => line.endsWith(message)),
      true,
    );
  }
});

test('SCRAM-SHA-256 is used where it is offered, and both sides prove that they know the password', async () => {
  for (const { knows, outcome } of [
    { knows: PASSWORD, outcome: 'delivered' },
    { knows: 'another', outcome: 'refused' },
    { knows: null, outcome: 'unproven' },
  ]) {
    const server = new ScramServer(knows);
    await using peer = await HostilePeer.listen({
      extensions: ['PIPELINING', 'AUTH PLAIN SCRAM-SHA-256'],
      answer: (line) => server.answer(line),
    });
    const { words, end } = await carry(peer.port, [{}], loggingIn({ tls: 'off' }));
    if (outcome === 'delivered') assert.deepEqual(words, ['delivered']);
    else assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'auth');
    assert.equal(JSON.stringify(peer.heard).includes(Buffer.from(PASSWORD).toString('base64')), false);
  }
});

test('a peer that offers no mechanism of ours hears no password', async () => {
  await using peer = await HostilePeer.listen({ extensions: ['AUTH CRAM-MD5'] });
  const { end } = await carry(peer.port, [{}], loggingIn({ tls: 'off' }));
  assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'auth');
  await peer.left();
  assert.equal(peer.verbs, 'EHLO QUIT');
});

test('a refused login says so, and the log has no secret', async () => {
  await using peer = await HostilePeer.listen({
    extensions: ['AUTH PLAIN'],
    answer: (line) => (line.startsWith('AUTH') ? '535 5.7.8 no\r\n' : undefined),
  });
  const carried = await carry(peer.port, [{}], loggingIn({ tls: 'off' }));
  assert.equal(carried.end.type === 'unreachable' ? carried.end.meaning.cause : '', 'auth');
  assert.equal(carried.end.type === 'unreachable' ? carried.end.meaning.action : '', 'retry');
  assert.equal(JSON.stringify(carried).includes(PASSWORD), false);
});

function loggingIn(route: CarryOptions['route'] = { tls: 'required' }): CarryOptions {
  return { route: { ...route, auth: new RouteLogin('me@sender.example', PASSWORD) }, ca: authority.ca };
}

/** The server's side of RFC 5802, for one login. `null`: it knows no password, and lets everybody in. */
class ScramServer {
  readonly #password: string | null;
  #bare = '';
  #first = '';

  constructor(password: string | null) {
    this.#password = password;
  }

  answer(line: string): string | undefined {
    if (line === '*') return '501 5.7.0 as you like\r\n';
    if (line === '') return '235 2.7.0 welcome\r\n';
    if (line.startsWith('AUTH')) {
      this.#bare = decoded(line.split(' ')[2] ?? '').slice('n,,'.length);
      this.#first = `${this.#bare.slice(this.#bare.indexOf('r='))}more,s=c2FsdA==,i=4096`;
      return `334 ${encoded(this.#first)}\r\n`;
    }
    const final = /^(c=biws,r=.*),p=(.*)$/.exec(decoded(line));
    return final === null ? undefined : this.#conclude(final[1] ?? '', final[2] ?? '');
  }

  #conclude(withoutProof: string, proof: string): string {
    if (this.#password === null) return `334 ${encoded('v=AAAA')}\r\n`;
    const message = `${this.#bare},${this.#first},${withoutProof}`;
    const salted = pbkdf2Sync(this.#password, 'salt', 4096, 32, 'sha256');
    const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
    const mask = hmac(stored, message);
    const key = Buffer.from(proof, 'base64').map((octet, i) => octet ^ (mask[i] ?? 0));
    if (!createHash('sha256').update(key).digest().equals(stored)) return '535 5.7.8 no\r\n';
    return `334 ${encoded(`v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`)}\r\n`;
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
