// TLS over the sockets of peers, with clients of node:tls; nothing here is simulated.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { temporaryFolder } from '../../test/support/folder.ts';
import { silentLog } from '../world/log.ts';
import { SimClock } from '../world/sim/clock.ts';
import { Certificates } from './certificates.ts';
import { HANDSHAKE_TIMEOUT_MS } from './handshakes.ts';
import { Peer } from './peer.ts';

const NONE = Buffer.alloc(0);

/** A server that hands out peers, and speaks TLS with them only when the test says so. */
class Place implements AsyncDisposable {
  readonly clock = new SimClock();
  readonly tls: Certificates;
  readonly #server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const peer = new Peer(socket);
    this.#all.push(peer);
    this.#accepted.push(peer);
  });
  /** What clients were given to resume by. */
  readonly sessions: Buffer[] = [];
  readonly #accepted: Peer[] = [];
  readonly #all: Peer[] = [];
  readonly #clients: Socket[] = [];
  readonly #folder: Disposable;

  private constructor(tls: Certificates, clock: SimClock, folder: Disposable) {
    this.tls = tls;
    this.clock = clock;
    this.#folder = folder;
  }

  static async open(): Promise<Place> {
    const clock = new SimClock();
    const folder = temporaryFolder();
    const settings = { places: [], folder: folder.path, host: 'mail.test.example' };
    const place = new Place(await Certificates.open(settings, clock, silentLog), clock, folder);
    place.#server.listen(0, '127.0.0.1');
    await once(place.#server, 'listening');
    return place;
  }

  async pair(): Promise<{ readonly client: Socket; readonly peer: Peer }> {
    const client = connect((this.#server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
    this.#clients.push(client);
    while (this.#accepted.length === 0) await turn();
    const peer = this.#accepted.shift();
    assert.ok(peer !== undefined);
    return { client, peer };
  }

  /** Both sides through the handshake. */
  async secured(
    options: ConnectionOptions = {},
  ): Promise<{ readonly client: TLSSocket; readonly peer: Peer }> {
    const { client: plain, peer } = await this.pair();
    const client = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    client.on('error', () => {});
    client.on('session', (session) => this.sessions.push(session));
    const [isSecured] = await Promise.all([peer.startTls(this.tls), once(client, 'secureConnect')]);
    assert.ok(isSecured);
    return { client, peer };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#all) peer.destroy();
    for (const client of this.#clients) client.destroy();
    this.tls[Symbol.dispose]();
    this.#server.close();
    await once(this.#server, 'close');
    this.#folder[Symbol.dispose]();
  }
}

test('startTls() carries octets both ways, and both ends have the same channel binding (RFC 9266)', async () => {
  await using place = await Place.open();
  const { client, peer } = await place.secured();
  client.write('to the server');
  assert.equal((await peer.read())?.toString(), 'to the server');
  const exporter = client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', NONE);
  assert.deepEqual(peer.tls, { exporter, protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' });
  peer.end();
  await closed(client);
});

test('startTls() binds no channel below TLS 1.3', async () => {
  await using place = await Place.open();
  const { peer } = await place.secured({ maxVersion: 'TLSv1.2' });
  assert.equal(peer.tls?.protocol, 'TLSv1.2');
  assert.equal(peer.tls.exporter, null);
  assert.match(peer.tls.cipher, /^TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256$/);
});

test('startTls() refuses what is below TLS 1.2, and ciphers without forward secrecy or authentication', async () => {
  await using place = await Place.open();
  const refused: readonly ConnectionOptions[] = [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
    { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
  ];
  for (const options of refused) {
    const { client: plain, peer } = await place.pair();
    const client = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    client.on('error', () => {});
    assert.equal(await peer.startTls(place.tls), false, JSON.stringify(options));
    assert.ok(peer.closed);
    assert.equal(peer.tls, null);
    await closed(client);
  }
  assert.equal(place.tls.handshakes.failed, refused.length);
  assert.equal(place.tls.handshakes.underWay, 0);
});

test('startTls() cuts a peer that says nothing, or stops in the middle, after 30 s', async () => {
  await using place = await Place.open();
  const { peer: silent } = await place.pair();
  const { client, peer: halfway } = await place.pair();
  client.write(Buffer.from('160301020001', 'hex')); // a ClientHello of 508 octets, of which this is the head
  const ends = [silent.startTls(place.tls), halfway.startTls(place.tls)];
  while (place.tls.handshakes.underWay === 0) await turn();
  await place.clock.pass(HANDSHAKE_TIMEOUT_MS - 1);
  assert.ok(!silent.closed && !halfway.closed);
  await place.clock.pass(1);
  assert.deepEqual(await Promise.all(ends), [false, false]);
  await closed(client);
  assert.deepEqual([place.tls.handshakes.underWay, place.tls.handshakes.waiting], [0, 0]);
});

test('startTls() ends with false when the peer sends something else, or closes at any octet of its ClientHello', async () => {
  await using place = await Place.open();
  const hello = await clientHello();
  const sent = [
    Buffer.from('EHLO client.example\r\n'),
    Buffer.from('160301000568656c6c6f', 'hex'), // a record of a handshake with nonsense in it
    Buffer.from([0x80, 0x2e, 1, 0, 2]), // SSLv2
    Buffer.alloc(5000, 0x16),
    ...[0, 1, 5, 6, 44, hello.length >> 1, hello.length - 1, hello.length].map((end) =>
      hello.subarray(0, end),
    ),
  ];
  for (const octets of sent) {
    const { client, peer } = await place.pair();
    const ended = peer.startTls(place.tls);
    client.end(octets);
    client.resume();
    assert.equal(await ended, false, octets.toString('latin1').slice(0, 20));
    await closed(client);
    assert.ok(peer.closed);
  }
  assert.equal(place.tls.handshakes.underWay, 0);
});

test('startTls() takes what was read in clear for the handshake: nothing said in clear is heard as said in TLS', async () => {
  await using place = await Place.open();
  const { client, peer } = await place.pair();
  client.write('RSET\r\nMAIL FROM:<injected@client.example>\r\n');
  while (!peer.hasUnread) await turn();
  assert.equal(await peer.startTls(place.tls), false);
  assert.equal(await peer.read(), null);
});

test('startTls() goes on with a ClientHello that came behind a PROXY header', async () => {
  await using place = await Place.open();
  const { client: plain, peer } = await place.pair();
  plain.write('PROXY UNKNOWN\r\n');
  const client = connectTls({ socket: plain, rejectUnauthorized: false });
  client.write('behind');
  const first = Buffer.from((await peer.read()) ?? NONE);
  const head = first.indexOf('\n') + 1;
  if (first.length > head) peer.unread(first.subarray(head));
  assert.equal(await peer.startTls(place.tls), true);
  assert.equal((await peer.read())?.toString(), 'behind');
});

test('Peer does not read ahead of a session that is slow, through TLS, and loses nothing', async () => {
  await using place = await Place.open();
  const { client, peer } = await place.secured();
  const text = Buffer.alloc(16 * 1024 * 1024, 'mail');
  let isWritten = false;
  client.write(text, () => (isWritten = true));
  for (let i = 0; i < 300; i++) await turn();
  assert.ok(peer.hasUnread);
  assert.equal(isWritten, false); // all of it is more than the two kernels and our buffers take
  let octets = 0;
  for (; octets < text.length; octets += ((await peer.read()) ?? NONE).length);
  assert.equal(octets, text.length);
  client.end();
  assert.equal(await peer.read(), null);
});

test('flush() waits for a peer that does not read its replies, through TLS, and for no more when it is gone', async () => {
  await using place = await Place.open();
  const { client, peer } = await place.secured();
  client.pause();
  const { reply } = await import('../replies/register.ts');
  const said = reply('too-slow', { host: 'mail.test.example' });
  const ends = { waiting: Promise.resolve(), isOver: true };
  for (let octets = 0; ends.isOver; octets += said.wire.length * 1000) {
    assert.ok(octets < 64 * 1024 * 1024, 'it never waits');
    for (let i = 0; i < 1000; i++) peer.say(said);
    ends.isOver = false;
    ends.waiting = (peer.flush() ?? Promise.resolve()).then(() => void (ends.isOver = true));
    for (let i = 0; i < 100 && !ends.isOver; i++) await turn();
  }
  client.destroy();
  await ends.waiting;
});

test('Peer tells the end of TLS (close_notify) like the end of the connection', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    await using place = await Place.open();
    const { client, peer } = await place.secured({ maxVersion });
    client.end('last');
    assert.equal((await peer.read())?.toString(), 'last');
    assert.equal(await peer.read(), null);
    peer.end();
    await closed(client);
  }
});

test('startTls() resumes a session that it has seen before', async () => {
  await using place = await Place.open();
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { client, peer } = await place.secured({ maxVersion });
    client.resume();
    while (place.sessions.length === 0) await turn();
    const session = place.sessions.splice(0)[0];
    assert.ok(session !== undefined);
    peer.end();
    const { client: again } = await place.secured({ maxVersion, session });
    assert.ok(again.isSessionReused(), maxVersion);
  }
  assert.equal(place.tls.handshakes.resumed, 2);
  assert.equal(place.tls.handshakes.done, 4);
});

/** It closes; how, does not matter. */
function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** What a client of TLS begins with. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectTls((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return hello;
}
