// The resolver against a DNS server on loopback that does what hostile and broken ones do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DnsServer } from '../../test/support/dns-server.ts';
import type { DnsZone } from '../../test/support/dns-server.ts';
import { systemClock } from './clock.ts';
import { DnsResolver } from './resolver-dns.ts';
import { readAnswer, writeQuestion } from './resolver-message.ts';
import { MX_MAX } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { SimRandom } from './sim/random.ts';
import { SimResolver } from './sim/resolver.ts';

const TRY_MS = 150;

function resolverAt(...servers: readonly DnsServer[]): DnsResolver {
  return new DnsResolver({
    servers: () => servers.map(({ at }) => at),
    clock: systemClock,
    random: new SimRandom(1),
    tryMs: TRY_MS,
  });
}

async function resolverFor(zones: Record<string, DnsZone>) {
  const server = await DnsServer.start(zones);
  const resolver = resolverAt(server);
  return { server, resolver, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const ZONES = {
  'both.example': { a: ['192.0.2.1'], aaaa: ['2001:db8::1'], ttl: 60 },
  'mail.example': {
    mx: [
      [20, 'b.mail.example'],
      [10, 'a.mail.example'],
    ] as const,
    ttl: 60,
  },
  'none.example': { mx: [[0, '.']] as const, ttl: 60 },
  'empty.example': {},
};

/** What both resolvers must do. */
async function contract(resolver: Resolver): Promise<void> {
  assert.deepEqual(await resolver.mx('mail.example'), {
    type: 'found',
    ttl: 60,
    records: [
      { exchange: 'a.mail.example', preference: 10 },
      { exchange: 'b.mail.example', preference: 20 },
    ],
  });
  assert.deepEqual(await resolver.mx('none.example'), {
    type: 'found',
    ttl: 60,
    records: [{ exchange: '.', preference: 0 }],
  });
  assert.deepEqual(await resolver.addresses('both.example'), {
    type: 'found',
    ttl: 60,
    records: [
      { address: '192.0.2.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ],
  });
  assert.equal((await resolver.mx('empty.example')).type, 'no-data');
  assert.equal((await resolver.addresses('empty.example')).type, 'no-data');
  assert.equal((await resolver.mx('nowhere.example')).type, 'no-such-domain');
  assert.equal((await resolver.addresses('nowhere.example')).type, 'no-such-domain');
}

test('DnsResolver keeps the contract of resolvers', async () => {
  await using world = await resolverFor(ZONES);
  await contract(world.resolver);
});

test('SimResolver keeps the contract of resolvers', async () => {
  const resolver = new SimResolver(ZONES);
  await contract(resolver);
  assert.equal(resolver.asked[0], 'MX mail.example');
  resolver.set('mail.example', { fault: 'timeout' });
  assert.equal((await resolver.mx('mail.example')).type, 'timeout');
  resolver.set('mail.example', null);
  assert.equal((await resolver.mx('mail.example')).type, 'no-such-domain');
});

test('DnsResolver gives up a silent server in time, and asks it twice', async () => {
  await using world = await resolverFor({ 'silent.example': { manner: 'silent' } });
  const start = performance.now();
  assert.equal((await world.resolver.mx('silent.example')).type, 'timeout');
  assert.ok(performance.now() - start < 10 * TRY_MS);
  assert.deepEqual(world.server.asked, ['UDP MX silent.example', 'UDP MX silent.example']);
});

test('DnsResolver goes on to the next server from one that is silent, fails, or is not there', async () => {
  const gone = await DnsServer.start({});
  const dead = gone.at;
  await gone[Symbol.asyncDispose]();
  await using silent = await DnsServer.start({ 'mail.example': { manner: 'silent' } });
  await using failing = await DnsServer.start({ 'mail.example': { manner: 'servfail' } });
  await using good = await DnsServer.start(ZONES);
  for (const servers of [
    [silent.at, good.at],
    [failing.at, good.at],
    [dead, failing.at, good.at],
  ]) {
    const resolver = new DnsResolver({
      servers: () => servers,
      clock: systemClock,
      random: new SimRandom(1),
      tryMs: TRY_MS,
    });
    assert.equal((await resolver.mx('mail.example')).type, 'found');
  }
});

test('DnsResolver calls SERVFAIL, garbage, and no server at all a failure, in words', async () => {
  await using world = await resolverFor({
    'fails.example': { manner: 'servfail' },
    'garbage.example': { manner: 'garbage' },
  });
  assert.deepEqual(await world.resolver.mx('fails.example'), {
    type: 'failure',
    text: 'the DNS server answered SERVFAIL, for MX of fails.example',
  });
  assert.match(textOf(await world.resolver.mx('garbage.example')), /malformed/);
  assert.match(textOf(await resolverAt().mx('mail.example')), /no DNS server/);
});

test('DnsResolver asks again over TCP what was cut, and believes nothing that is cut there', async () => {
  await using world = await resolverFor({
    'large.example': { manner: 'large', mx: [[1, 'a.example']] },
    'cut.example': { manner: 'cut', mx: [[1, 'a.example']] },
    'hung.example': { manner: 'hung' },
  });
  assert.equal((await world.resolver.mx('large.example')).type, 'found');
  assert.deepEqual(world.server.asked, ['UDP MX large.example', 'TCP MX large.example']);
  assert.equal((await world.resolver.mx('cut.example')).type, 'failure');
  assert.equal((await world.resolver.mx('hung.example')).type, 'timeout');
});

test('DnsResolver asks without EDNS a server that does not know it', async () => {
  await using world = await resolverFor({ 'old.example': { manner: 'old', mx: [[1, 'a.example']] } });
  assert.equal((await world.resolver.mx('old.example')).type, 'found');
  assert.equal(world.server.asked.length, 2);
});

test('DnsResolver believes no answer with another id or to another question', async () => {
  await using world = await resolverFor({
    'forged.example': { manner: 'forged', a: ['192.0.2.1'] },
    'flood.example': { manner: 'flood' },
  });
  const answer = await world.resolver.addresses('forged.example');
  assert.deepEqual(answer.type === 'found' && answer.records, [{ address: '192.0.2.1', family: 4 }]);
  assert.match(textOf(await world.resolver.addresses('flood.example')), /not asked/);
});

test('DnsResolver follows aliases, in one answer and over several, and ends those without an end', async () => {
  const chain: Record<string, DnsZone> = {};
  for (let n = 0; n < 12; n++) chain[`c${n}.example`] = { cname: `c${n + 1}.example` };
  await using world = await resolverFor({
    ...chain,
    'c12.example': { a: ['192.0.2.1'] },
    'whole.example': { cname: 'far.example', whole: true },
    'loop.example': { cname: 'loop2.example' },
    'loop2.example': { cname: 'loop.example' },
    'self.example': { cname: 'self.example' },
    'far.example': { a: ['192.0.2.2'] },
  });
  for (const name of ['whole.example', 'c6.example', 'c5.example'])
    assert.equal((await world.resolver.addresses(name)).type, 'found', name);
  for (const name of ['c0.example', 'loop.example', 'self.example'])
    assert.match(textOf(await world.resolver.addresses(name)), /without an end/, name);
  assert.ok(world.server.asked.length < 100);
});

test('DnsResolver keeps the best of too many MX, and none that is no name of a host', async () => {
  const many = Array.from({ length: 250 }, (_, n) => [250 - n, `h${250 - n}.example`] as const);
  await using world = await resolverFor({
    'many.example': { manner: 'large', mx: many },
    'odd.example': {
      mx: [
        [1, 'a b.example'],
        [2, 'evil\r\nX.example'],
        [3, 'Good.Example'],
      ],
    },
    'bad.example': { mx: [[1, 'a b.example']] },
  });
  const answer = await world.resolver.mx('many.example');
  assert.ok(answer.type === 'found');
  assert.equal(answer.records.length, MX_MAX);
  assert.deepEqual([answer.records[0]?.preference, answer.records.at(-1)?.preference], [1, MX_MAX]);
  const odd = await world.resolver.mx('odd.example');
  assert.deepEqual(odd.type === 'found' && odd.records, [{ exchange: 'good.example', preference: 3 }]);
  assert.equal((await world.resolver.mx('bad.example')).type, 'failure');
});

test('DnsResolver finds one kind of address when the question for the other fails', async () => {
  await using world = await resolverFor({
    'v6.example': { aaaa: ['2001:db8::1'], manner: 'servfail', mannerOf: 'A' },
    'v4.example': { a: ['192.0.2.1'], manner: 'silent', mannerOf: 'AAAA' },
    'half.example': { manner: 'servfail', mannerOf: 'AAAA' },
  });
  const v6 = await world.resolver.addresses('v6.example');
  assert.deepEqual(v6.type === 'found' && v6.records, [{ address: '2001:db8::1', family: 6 }]);
  const v4 = await world.resolver.addresses('v4.example');
  assert.deepEqual(v4.type === 'found' && v4.records, [{ address: '192.0.2.1', family: 4 }]);
  assert.equal((await world.resolver.addresses('half.example')).type, 'failure', 'not called absent');
});

test('DnsResolver asks for A-labels, and never for what is no name', async () => {
  await using world = await resolverFor({});
  await world.resolver.mx('例え.JP');
  assert.deepEqual(world.server.asked, ['UDP MX xn--r8jz45g.jp']);
  for (const name of ['', '.', 'a..b', `${'a'.repeat(64)}.example`, 'a b', 'x\0.example', '[192.0.2.1]'])
    assert.equal((await world.resolver.mx(name)).type, 'failure', name);
  assert.equal(world.server.asked.length, 1);
});

test('DnsResolver lets a thousand questions wait for their turn, and answers all', async () => {
  await using server = await DnsServer.start(ZONES);
  const resolver = new DnsResolver({
    servers: () => [server.at],
    clock: systemClock,
    random: new SimRandom(1),
    tryMs: 5000, // on a busy machine all of them are late
  });
  const answers = await Promise.all(Array.from({ length: 1000 }, () => resolver.mx('mail.example')));
  assert.ok(answers.every(({ type }) => type === 'found'));
});

test('close() ends what is under way', async () => {
  await using world = await resolverFor({ 'silent.example': { manner: 'silent' } });
  const answer = world.resolver.mx('silent.example');
  world.resolver.close();
  assert.equal((await answer).type, 'failure');
  assert.equal((await world.resolver.mx('silent.example')).type, 'failure');
});

test('readAnswer() survives any octets', () => {
  const question = { type: 'MX', name: 'mail.example' } as const;
  const sound = writeQuestion(question, 0x0102, true);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: sound.length }), (noise, at) => {
      const octets = new Uint8Array([1, 2, 0x80, ...sound.subarray(3, at), ...noise]);
      assert.ok(readAnswer(octets, question, 0x0102).type !== 'found');
      assert.equal(readAnswer(noise.subarray(0, 11), question, 0x0102).type, 'foreign');
    }),
  );
});

function textOf(answer: { readonly type: string; readonly text?: string }): string {
  assert.equal(answer.type, 'failure');
  return answer.text ?? '';
}
