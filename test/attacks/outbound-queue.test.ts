/**
 * Attacks 34 and 35 through the queue: whatever receivers and their DNS do, each entry ends delivered, waiting with a cause that a
 * person can read, or returned to its sender; and nothing is left open behind it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause, RetryState } from '../../src/policy/retry.ts';
import { Routes } from '../../src/delivery/route.ts';
import { RouteTable } from '../../src/delivery/route-table.ts';
import { systemClock } from '../../src/world/clock.ts';
import { DnsResolver } from '../../src/world/resolver-dns.ts';
import { systemRandom } from '../../src/world/random.ts';
import { SimClock } from '../../src/world/sim/clock.ts';
import { CLIENT_TIMEOUTS } from '../../src/delivery/client-timeouts.ts';
import { done } from '../decisions/house.ts';
import { HOUR, MINUTE, PostOffice, SENDER } from '../queue/post-office.ts';
import { DnsServer } from '../support/dns-server.ts';
import { QUICK } from '../support/errands.ts';
import { HostilePeer, type PeerScript, type Talk } from '../support/hostile-peer.ts';

type Way = 'plain' | 'pipelined' | 'chunked';
const EXTENSIONS: Readonly<Record<Way, readonly string[]>> = {
  plain: [],
  pipelined: ['PIPELINING', 'SIZE 0'],
  chunked: ['PIPELINING', 'CHUNKING'],
};
const STAGES = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end'] as const;
type Stage = (typeof STAGES)[number];

/** Silence is cut off soon here. */
const IMPATIENT = {
  ...QUICK,
  ...each(['greetingMs', 'helloMs', 'mailMs', 'rcptMs', 'dataMs', 'finalDotMs']),
};

interface Misdeed {
  readonly act: (talk: Talk) => string | null;
  readonly before: Cause;
  readonly atTheEnd: Cause;
  /** What the operator reads of it. */
  readonly text: RegExp;
}

/** A reply that is said wherever the peer misbehaves. */
function saying(reply: string, cause: Cause, text: RegExp): Misdeed {
  return { act: () => reply, before: cause, atTheEnd: cause, text };
}

/** No reply at all: before the dot the peer is unreachable, behind it nobody knows. */
function unanswered(act: (talk: Talk) => unknown): Misdeed {
  return {
    act: (talk) => (act(talk), null),
    before: 'peer-unreachable',
    atTheEnd: 'reply-lost',
    text: /connection|time|answer|silen|closed/i,
  };
}

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  'says nothing': unanswered(() => {}),
  closes: unanswered(({ socket }) => socket.end()),
  resets: unanswered(({ socket }) => socket.resetAndDestroy()),
  'says half a reply and closes': unanswered(({ socket }) => socket.end('250-almo')),
  'pours 100 MB of one line': unanswered((talk) => pour(talk, 'x'.repeat(65_536))),
  'pours 100 MB of one reply': unanswered((talk) => pour(talk, '250-more\r\n'.repeat(6000))),
  'speaks TLS': saying('\x15\x03\x01\0\x02\x02\x28\r\n', 'other', /./),
  'speaks HTTP': saying('HTTP/1.1 400 Bad Request\r\n', 'other', /HTTP/),
  'says NUL and escapes': saying('250\0\x1b[2J\x07\r\n', 'other', /./),
  'says 000': saying('000 what\r\n', 'other', /what/),
  'says 199': saying('199 what\r\n', 'other', /what/),
  'says 334': saying('334 what\r\n', 'other', /what/),
  'says 999': saying('999 what\r\n', 'other', /what/),
  'says 421': saying('421 4.3.2 later\r\n', 'peer-busy', /later/),
  'says 451': saying('451 4.3.0 oops\r\n', 'other', /oops/),
  'says 503': saying('503 5.5.1 sequence\r\n', 'other', /sequence/),
  // RFC 5321 §4.2.1: the last line decides.
  'says 550 and 451 in one reply': saying('550-fine\r\n451 4.3.0 oops\r\n', 'other', /oops/),
};

/** 100 MB, as long as somebody takes them. */
function pour({ socket }: Talk, piece: string): void {
  let left = Math.ceil(1e8 / piece.length);
  const more = (): void => {
    while (left-- > 0 && socket.writable) if (!socket.write(piece)) return;
  };
  socket.on('drain', more);
  setImmediate(more);
}

interface Trap {
  readonly way: Way;
  readonly stage: Stage;
  readonly destination: string;
  readonly peer: HostilePeer;
}

/** Receivers that each misbehave at one stage, once all the time until `reform`. */
class Traps implements AsyncDisposable {
  readonly all: Trap[] = [];
  #reformed = false;

  static async set(act: Misdeed['act']): Promise<Traps> {
    const traps = new Traps();
    for (const way of Object.keys(EXTENSIONS) as Way[]) {
      for (const stage of STAGES) {
        if (stage === 'DATA' && way === 'chunked') continue;
        const peer = await HostilePeer.listen(traps.#script(way, stage, act));
        traps.all.push({ way, stage, destination: `${stage}.${way}.example`.toLowerCase(), peer });
      }
    }
    return traps;
  }

  get places(): Record<string, number> {
    return Object.fromEntries(this.all.map(({ destination, peer }) => [destination, peer.port]));
  }

  reform(): void {
    this.#reformed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { peer } of this.all) await peer[Symbol.asyncDispose]();
  }

  #script(way: Way, stage: Stage, act: Misdeed['act']): PeerScript {
    const actOut = (talk: Talk): string | null => {
      const said = act(talk);
      talk.dead = said === null;
      return said;
    };
    return {
      extensions: EXTENSIONS[way],
      greet: (talk) => (stage === 'greeting' && !this.#reformed ? actOut(talk) : '220 peer.example\r\n'),
      take: (_received, talk) => (stage === 'end' && !this.#reformed ? actOut(talk) : undefined),
      answer: (line, talk) => (line.startsWith(stage) && !this.#reformed ? actOut(talk) : undefined),
    };
  }
}

/** Nobody waits for anything, and nothing is open. */
async function allOver(office: PostOffice, traps: Traps): Promise<void> {
  await office.settled();
  assert.equal(office.tally.connectionsOpen, 0);
  assert.equal((await office.store.queue.queueFigures()).leased, 0);
  assert.deepEqual(office.events('carrier-failed'), []);
  for (const { peer } of traps.all) await peer.left();
}

/** What is known of each: of its entry, or, before anybody has taken a message, of its destination. */
async function outcomes(
  { store }: PostOffice,
  traps: Traps,
): Promise<readonly (RetryState | 'delivered' | null)[]> {
  return Promise.all(
    traps.all.map(async ({ destination }) => {
      const [entry] = (await store.queue.listQueue({ destination })).entries;
      if (entry === undefined) return 'delivered';
      const [blocked] = await store.queue.blocked(destination);
      return entry.retry ?? blocked?.retry ?? null;
    }),
  );
}

const PHASES: Readonly<Record<Stage, RegExp>> = {
  greeting: /^(?:greeting|connect)$/, // a reset may be quicker than the news of the connection
  EHLO: /^hello$/,
  MAIL: /^mail$/,
  RCPT: /^rcpt$/,
  DATA: /^data$/,
  end: /^end-of-data$/,
};

for (const [name, { act, before, atTheEnd, text }] of Object.entries(MISDEEDS)) {
  test(`attack 35: a receiver that ${name}, at any stage: it waits with its cause, and arrives once when it behaves`, async () => {
    await using traps = await Traps.set(act);
    await using office = await PostOffice.open({ places: traps.places, carrier: { timeouts: IMPATIENT } });
    for (const { destination } of traps.all) await office.post({ to: [`a@${destination}`] });
    const isTried = async (): Promise<boolean> =>
      (await outcomes(office, traps)).every((word) => word !== null);
    await office.until(isTried, 'each is tried');
    await allOver(office, traps);
    for (const [i, retry] of (await outcomes(office, traps)).entries()) {
      const { way, stage, peer } = traps.all[i] ?? assert.fail();
      const where = `${way}, at ${stage}`;
      if (retry === 'delivered' || retry === null) {
        assert.match(peer.verbs, /^EHLO HELO MAIL/, where); // RFC 5321 §3.2: who refuses EHLO may know HELO
        continue;
      }
      // A chunk goes out with MAIL and RCPT: all of it had been said.
      const isLast = stage === 'end' || (way === 'chunked' && retry.cause === 'reply-lost');
      assert.equal(retry.cause, isLast ? atTheEnd : before, where);
      if (way !== 'chunked') assert.match(retry.last.phase, PHASES[stage], where);
      assert.match(retry.last.status, /^[45]\.\d\.\d+$/, where);
      assert.match(retry.last.text, text, where);
      assert.match(retry.last.text + retry.last.host, /^[\x20-\x7e]+$/, where);
      assert.ok(retry.last.text.length < 2000, where);
      assert.ok(retry.due > office.clock.now() && retry.due < office.clock.now() + HOUR, where);
    }
    assert.deepEqual(office.fates, []);
    traps.reform();
    await office.pass(2 * HOUR, 10 * MINUTE);
    await office.until(() => office.tally.delivered === traps.all.length, 'all are delivered');
    assert.deepEqual(await office.entries(), []);
    const warned = new Set(office.events('may-be-delivered-twice').map(({ destination }) => destination));
    for (const { peer, destination } of traps.all) {
      const times = peer.received.length;
      assert.ok(times === 1 || (times === 2 && warned.has(destination)), `${destination}: ${times} times`);
    }
  });
}

test('attack 35: 5yz to one recipient, or to the end, is returned once, and once only; 4yz before it loses nobody', async () => {
  await using peer = await HostilePeer.listen({
    answer(line, talk) {
      if (!line.startsWith('RCPT')) return undefined;
      if (line.includes('<no@')) return '550-5.1.1 nobody\r\n451-4.3.0 of this name\r\n550 5.1.1 is here\r\n';
      return line.includes('<late@') && talk.number === 1 ? '450 4.2.1 later\r\n' : undefined;
    },
    take: ({ recipients }) =>
      recipients.includes('bad@one.example') ? '554 5.6.0 no\0\x1b[2J\r\n' : undefined,
  });
  await using office = await PostOffice.open({ places: { 'one.example': peer.port } });
  await office.post({ to: ['yes@one.example', 'no@one.example', 'late@one.example'] });
  await office.post({ to: ['bad@one.example'] });
  await office.until(() => office.fates.length === 2, 'two are returned');
  await office.pass(3 * HOUR, 10 * MINUTE);
  await office.until(() => office.tally.delivered === 2, 'the others arrive');
  assert.deepEqual(await office.entries(), []);
  const recipients = peer.received.flatMap((received) => received.recipients);
  assert.deepEqual(recipients.toSorted(), ['late@one.example', 'yes@one.example']);
  const returned = office.fates.map(({ entry, fate }) => `${entry.recipient} ${fate.type}`);
  assert.deepEqual(returned.toSorted(), ['bad@one.example failed', 'no@one.example failed']);
  assert.equal(office.reports.reports.get('failed'), 2);
  for (const report of await inbox(office)) assert.match(report, /^[\t\r\n\x20-\x7e]+$/);
});

test('attack 35: a 250 that takes ten minutes is heard, and one that takes longer is not, and is told to the log', async () => {
  for (const { minutes, cause } of [
    { minutes: 9, cause: null },
    { minutes: 11, cause: 'reply-lost' },
  ]) {
    const pending: (() => void)[] = [];
    await using peer = await HostilePeer.listen({
      take(_received, talk) {
        if (pending.length > 0) return undefined;
        pending.push(() => talk.say('250 2.0.0 at last\r\n'));
        return null;
      },
    });
    const clock = new SimClock();
    await using office = await PostOffice.open({
      places: { 'one.example': peer.port },
      carrier: { clock, timeouts: CLIENT_TIMEOUTS },
    });
    await office.post({ to: ['a@one.example'] });
    await office.until(() => pending.length === 1, 'it was sent');
    await clock.pass(minutes * MINUTE);
    pending[0]?.();
    if (cause === null) {
      await office.until(() => office.tally.delivered === 1, 'it is heard');
      assert.deepEqual(await office.entries(), []);
      continue;
    }
    await office.until(() => office.tally.repliesLost === 1, 'it is not waited for');
    await office.settled();
    const [entry] = await office.entries();
    assert.equal(entry?.retry?.cause, cause);
    assert.equal(office.events('may-be-delivered-twice').length, 1);
    await office.pass(HOUR, 10 * MINUTE);
    await office.until(() => office.tally.delivered === 1, 'it is sent again');
    assert.equal(peer.received.length, 1);
  }
});

test('attack 35: a peer that closes after any octet of what it says: delivered with the last of them, waiting before', async () => {
  const peers: HostilePeer[] = [];
  try {
    const places: Record<string, number> = {};
    const { saidBeforeQuit: octets } = await oneDelivery({});
    for (let octetsMax = 0; octetsMax <= octets; octetsMax++) {
      const peer = await HostilePeer.listen({ extensions: EXTENSIONS.pipelined, octetsMax });
      peers.push(peer);
      places[`at${octetsMax}.example`] = peer.port;
    }
    await using office = await PostOffice.open({ places });
    for (const destination of Object.keys(places)) await office.post({ to: [`a@${destination}`] });
    const isTried = async (): Promise<boolean> => (await waiting(office)).every((word) => word !== 'untried');
    await office.until(isTried, 'each is tried');
    await office.settled();
    const words = await waiting(office);
    assert.equal(words.length, octets, 'one of them is delivered');
    for (const word of words) assert.match(word, /^(?:peer-unreachable|reply-lost) 4\.4\.2$/);
    assert.equal(office.tally.delivered, 1);
    assert.equal(peers.at(-1)?.received.length, 1);
    assert.equal(office.tally.connectionsOpen, 0);
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  }
});

test('attack 35: who misbehaves for five days gets nothing, and the sender is told once', async () => {
  const acts = { ...MISDEEDS };
  const peers = await Promise.all(
    Object.values(acts).map(({ act }) =>
      HostilePeer.listen({
        answer(line, talk) {
          if (!line.startsWith('MAIL')) return undefined;
          const said = act(talk);
          talk.dead = said === null;
          return said;
        },
      }),
    ),
  );
  try {
    const places = Object.fromEntries(peers.map(({ port }, i) => [`peer${i}.example`, port]));
    await using office = await PostOffice.open({
      places,
      carrier: { timeouts: { ...IMPATIENT, mailMs: 20 } },
    });
    await office.post({ to: Object.keys(places).map((destination) => `a@${destination}`) });
    await office.pass(5 * 24 * HOUR + HOUR, HOUR);
    await office.until(async () => (await office.entries()).length === 0, 'all are returned');
    const ends = office.fates.filter(({ fate }) => fate.type === 'expired');
    assert.equal(ends.length, peers.length);
    assert.equal(new Set(ends.map(({ entry }) => entry.recipient)).size, peers.length);
    assert.equal(office.tally.delivered, 0);
    const reports = await inbox(office);
    for (const report of reports) assert.match(report, /^[\t\r\n\x20-\x7e]+$/);
    for (const { entry } of ends) {
      const failed = reports.filter((report) =>
        report.includes(`Final-Recipient: rfc822; ${entry.recipient}\r\nAction: failed`),
      );
      assert.equal(failed.length, 1, entry.recipient);
    }
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  }
});

test('attack 34: a DNS that is silent, lies, loops or floods: bounded, each with its cause, and no address of ours is called', async () => {
  await using peer = await HostilePeer.listen({});
  await using dns = await DnsServer.start({
    'silent.example': { manner: 'silent' },
    'fails.example': { manner: 'servfail' },
    'garbage.example': { manner: 'garbage' },
    'cut.example': { manner: 'cut' },
    'circle.example': { cname: 'elcric.example' },
    'elcric.example': { cname: 'circle.example' },
    'loopback.example': { mx: [[0, 'here.example']] },
    'here.example': { a: ['127.0.0.1'], aaaa: ['::1'] },
    'any.example': { mx: [[0, 'zero.example']] },
    'zero.example': { a: ['0.0.0.0'] },
    'named.example': { mx: [[10, 'mail.example']] },
    'ours.example': { mx: [[10, 'other.example']] },
    'other.example': { a: ['198.51.100.25'] },
    'null.example': { mx: [[0, '.']] },
    'gone.example': {},
    'many.example': { manner: 'large', mx: Array.from({ length: 200 }, (_, n) => [n, `h${n}.x`] as const) },
    ...Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`h${n}.x`, { a: ['127.0.0.1'] }])),
  });
  const resolver = new DnsResolver({
    servers: () => [dns.at],
    clock: systemClock,
    random: systemRandom,
    tryMs: 150,
  });
  const routes = new Routes({
    resolver,
    self: { names: ['mail.example'], addresses: () => ['127.0.0.1', '198.51.100.25'], ports: [peer.port] },
    table: new RouteTable([]),
    random: systemRandom,
    port: peer.port,
  });
  await using office = await PostOffice.open({ places: {}, carrier: { routes } });
  const expected: Record<string, string> = {
    'silent.example': 'dns 4.4.3',
    'fails.example': 'dns 4.4.3',
    'garbage.example': 'dns 4.4.3',
    'cut.example': 'dns 4.4.3',
    'circle.example': 'dns 4.4.3',
    'loopback.example': 'failed loop 5.4.6',
    'named.example': 'failed loop 5.4.6',
    'ours.example': 'failed loop 5.4.6',
    'null.example': 'failed no-mail 5.1.10',
    'many.example': 'failed loop 5.4.6',
  };
  for (const destination of Object.keys(expected)) await office.post({ to: [`a@${destination}`] });
  for (const destination of ['any.example', 'gone.example']) await office.post({ to: [`a@${destination}`] });
  const isTried = async (): Promise<boolean> => (await waiting(office)).every((word) => word !== 'untried');
  await office.until(isTried, 'each is tried');
  await office.settled();
  const found: Record<string, string> = {};
  for (const { entry, fate } of office.fates)
    if (fate.type === 'failed')
      found[entry.destination] = `failed ${fate.meaning.cause} ${fate.meaning.status}`;
  for (const { destination } of await office.entries()) {
    const [blocked] = await office.store.queue.blocked(destination);
    if (blocked !== undefined) found[destination] = `${blocked.retry.cause} ${blocked.retry.last.status}`;
  }
  assert.match(found['any.example'] ?? '', /^failed (?:loop|no-such-domain)/);
  assert.match(found['gone.example'] ?? '', /^failed no-such-domain/);
  for (const [destination, word] of Object.entries(expected))
    assert.equal(found[destination], word, destination);
  assert.equal(peer.connections, 0);
  assert.ok(dns.asked.length < 200, `${dns.asked.length} questions`);
});

async function oneDelivery(script: PeerScript): Promise<HostilePeer> {
  await using peer = await HostilePeer.listen({ extensions: EXTENSIONS.pipelined, ...script });
  await using office = await PostOffice.open({ places: { 'at100.example': peer.port } });
  await office.post({ to: ['a@at100.example'] });
  await office.until(() => office.tally.delivered === 1, 'it is delivered');
  return peer;
}

/** Of each entry, or of its destination: cause and status. */
async function waiting(office: PostOffice): Promise<readonly string[]> {
  return Promise.all(
    (await office.entries()).map(async ({ destination, retry }) => {
      const [blocked] = await office.store.queue.blocked(destination);
      const known = retry ?? blocked?.retry;
      return known === undefined ? 'untried' : `${known.cause} ${known.last.status}`;
    }),
  );
}

/** The reports in the mailbox of the sender. */
async function inbox({ store }: PostOffice): Promise<readonly string[]> {
  const { id: account } = await done(store.showAccount(SENDER));
  const { entries } = await store.listEntries({ account }, { count: 1000 });
  const texts: string[] = [];
  for (const { uid } of entries) {
    const chunks = await Array.fromAsync(await done(store.readEntry(account, uid)));
    texts.push(Buffer.concat(chunks).toString('latin1'));
  }
  return texts;
}

function each<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name) => [name, 250])) as Record<Name, number>;
}
