// Routes over simulated zones; the attacks of a DNS itself are in world/resolver-dns.test.ts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { DnsServer } from '../../test/support/dns-server.ts';
import { classify } from '../policy/classify.ts';
import { systemClock } from '../world/clock.ts';
import { DnsResolver } from '../world/resolver-dns.ts';
import { SimRandom } from '../world/sim/random.ts';
import { SimResolver } from '../world/sim/resolver.ts';
import type { SimZone } from '../world/sim/resolver.ts';
import { HOPS_MAX } from './next-hops.ts';
import { parseRouteRule, RouteTable } from './route-table.ts';
import { Routes } from './route.ts';
import type { Route, RoutesFacts } from './route.ts';

const SELF = { names: ['mail.self.example'], addresses: () => ['192.0.2.25', '2001:db8::25'], ports: [25] };

interface Given extends Partial<RoutesFacts> {
  readonly rules?: readonly string[];
  readonly seed?: number;
}

function routes(zones: Record<string, SimZone>, { rules = [], seed = 1, ...given }: Given = {}): Routes {
  const parsed = rules.map(parseRouteRule).filter((rule) => rule !== null);
  assert.equal(parsed.length, rules.length);
  return new Routes({
    resolver: new SimResolver(zones),
    self: SELF,
    table: new RouteTable(parsed),
    random: new SimRandom(seed),
    ...given,
  });
}

function hops(route: Route): readonly string[] {
  assert.equal(route.type, 'hops', inspect(route));
  return route.type === 'hops'
    ? route.hops.map(({ name, address, port }) => `${name}[${address}]:${port}`)
    : [];
}

/** `loop 5.4.6`, as the sender will hear of it. */
function failure(route: Route): string {
  assert.equal(route.type, 'failed', inspect(route));
  if (route.type !== 'failed') return '';
  const { action, status } = classify(route.failure, { index: 0, acceptedBefore: 0 });
  assert.notEqual(route.failure.type === 'route' && route.failure.text, '');
  return `${action} ${route.failure.type === 'route' ? route.failure.error : route.failure.type} ${status}`;
}

const host = (...a: readonly string[]): SimZone => ({ a });

test('find() gives the hosts of the MX by preference, IPv6 and IPv4 by turns', async () => {
  const zones = {
    'example.org': {
      mx: [
        [20, 'b.example.org'],
        [10, 'a.example.org'],
      ] as const,
    },
    'a.example.org': { a: ['198.51.100.1'], aaaa: ['2001:db8:1::1'] },
    'b.example.org': host('198.51.100.2'),
  };
  const route = await routes(zones).find('Example.ORG');
  assert.deepEqual(hops(route), [
    'a.example.org[2001:db8:1::1]:25',
    'a.example.org[198.51.100.1]:25',
    'b.example.org[198.51.100.2]:25',
  ]);
  assert.ok(route.type === 'hops');
  assert.deepEqual(
    [route.protocol, route.tls, route.implicitTls, route.auth],
    ['smtp', 'opportunistic', false, null],
  );
});

test('find() takes each of several hosts with one preference first now and then, and never a worse one', async () => {
  const zones = {
    'example.org': {
      mx: [
        [5, 'a.x'],
        [5, 'b.x'],
        [5, 'c.x'],
        [9, 'd.x'],
      ] as const,
    },
    'a.x': host('198.51.100.1'),
    'b.x': host('198.51.100.2'),
    'c.x': host('198.51.100.3'),
    'd.x': host('198.51.100.4'),
  };
  const firsts = new Set<string | undefined>();
  for (let seed = 0; seed < 50; seed++) {
    const found = hops(await routes(zones, { seed }).find('example.org'));
    firsts.add(found[0]);
    assert.equal(found[3], 'd.x[198.51.100.4]:25');
  }
  assert.equal(firsts.size, 3);
});

test('find() takes the domain itself when it has no MX, and only then', async () => {
  const found = await routes({ 'example.org': host('198.51.100.1') }).find('example.org');
  assert.deepEqual(hops(found), ['example.org[198.51.100.1]:25']);
  for (const [zone, said] of [
    [undefined, 'fail no-such-domain 5.1.2'],
    [{}, 'fail no-address 5.4.4'],
    [{ a: ['198.51.100.1'], fault: 'timeout' }, 'retry dns-timeout 4.4.3'],
    [{ a: ['198.51.100.1'], fault: 'failure' }, 'retry dns-failure 4.4.3'],
    [{ a: ['198.51.100.1'], mx: [[0, '.']] }, 'fail null-mx 5.1.10'],
    [{ a: ['198.51.100.1'], mx: [[0, 'gone.example']] }, 'fail no-address 5.4.4'],
  ] as const)
    assert.equal(
      failure(await routes(zone === undefined ? {} : { 'example.org': zone }).find('example.org')),
      said,
    );
});

test('find() ignores a null MX beside others', async () => {
  const zones = {
    'example.org': {
      mx: [
        [0, '.'],
        [5, 'a.x'],
      ] as const,
    },
    'a.x': host('198.51.100.1'),
  };
  assert.deepEqual(hops(await routes(zones).find('example.org')), ['a.x[198.51.100.1]:25']);
});

test('find() waits for the DNS when the address of one host is open and no other is known, and goes on when one is', async () => {
  const zones = {
    'open.example': {
      mx: [
        [5, 'gone.x'],
        [9, 'slow.x'],
      ] as const,
    },
    'half.example': {
      mx: [
        [5, 'slow.x'],
        [9, 'a.x'],
      ] as const,
    },
    'slow.x': { fault: 'timeout' as const },
    'a.x': host('198.51.100.1'),
  };
  assert.equal(failure(await routes(zones).find('open.example')), 'retry dns-timeout 4.4.3');
  assert.deepEqual(hops(await routes(zones).find('half.example')), ['a.x[198.51.100.1]:25']);
});

test('find() drops ourselves and all that is no better, by name and by address; nothing left is a loop', async () => {
  const zones: Record<string, SimZone> = {
    'backup.example': {
      mx: [
        [5, 'a.x'],
        [10, 'mail.self.example'],
        [10, 'b.x'],
        [20, 'c.x'],
      ],
    },
    'byaddress.example': {
      mx: [
        [5, 'a.x'],
        [10, 'alias.x'],
        [20, 'c.x'],
      ],
    },
    'self.example': {
      mx: [
        [10, 'mail.self.example'],
        [20, 'c.x'],
      ],
    },
    'direct.example': { a: ['192.0.2.25'] },
    'v6.example': { aaaa: ['2001:db8:0:0::25'] },
    'loopback.example': {
      mx: [
        [0, 'l.x'],
        [9, 'c.x'],
      ],
    },
    'mapped.example': { aaaa: ['::ffff:127.0.0.1'] },
    'zero.example': { a: ['0.0.0.0'] },
    'six.example': { aaaa: ['::1'] },
    'mail.self.example': host('192.0.2.25'),
    'l.x': host('198.51.100.9', '127.9.9.9'),
    'alias.x': host('192.0.2.25'),
    'a.x': host('198.51.100.1'),
    'b.x': host('198.51.100.2'),
    'c.x': host('198.51.100.3'),
  };
  for (const name of ['backup.example', 'byaddress.example'])
    assert.deepEqual(hops(await routes(zones).find(name)), ['a.x[198.51.100.1]:25']);
  for (const name of ['self', 'direct', 'v6', 'loopback', 'mapped', 'zero', 'six'])
    assert.equal(failure(await routes(zones).find(`${name}.example`)), 'fail loop 5.4.6', name);
  // At a port where we do not listen it is another server: so tests have theirs.
  const elsewhere = await routes(zones, { port: 2525 }).find('direct.example');
  assert.deepEqual(hops(elsewhere), ['direct.example[192.0.2.25]:2525']);
});

test('find() calls nobody at addresses that no host has', async () => {
  for (const address of ['169.254.169.254', '224.0.0.1', '255.255.255.255'])
    assert.equal(
      failure(await routes({ 'x.example': host(address) }).find('x.example')),
      'fail no-address 5.4.4',
    );
});

test('find() goes to address literals without the DNS', async () => {
  assert.deepEqual(hops(await routes({}).find('[198.51.100.1]')), ['[198.51.100.1][198.51.100.1]:25']);
  const v6 = await routes({}).find('[IPv6:2001:db8:1::1]');
  assert.equal(v6.type === 'hops' && v6.hops[0].address, '2001:db8:1::1');
  assert.equal(failure(await routes({}).find('[127.0.0.1]')), 'fail loop 5.4.6');
  assert.equal(failure(await routes({}).find('[IPv6:ff02::1]')), 'fail no-address 5.4.4');
  assert.equal(failure(await routes({}).find('[x400:a]')), 'fail no-address 5.4.4');
});

test('find() follows the table: a host by its addresses, this machine, a socket', async () => {
  const rules = [
    'a.example smtp://relay.example:587',
    'b.example smtp://127.0.0.1:25',
    'c.example lmtp://localhost:24',
    'd.example lmtp+unix:/run/lmtp',
    'e.example smtps://[2001:db8::7]',
    'f.example smtp://gone.example',
    'g.example smtp://slow.example',
  ];
  const zones = {
    'relay.example': { a: ['198.51.100.1'], mx: [[0, 'wrong.example']] as const },
    'slow.example': { fault: 'timeout' as const },
  };
  const table = routes(zones, { rules });
  assert.deepEqual(hops(await table.find('a.example')), ['relay.example[198.51.100.1]:587']);
  assert.deepEqual(hops(await table.find('b.example')), ['127.0.0.1[127.0.0.1]:25']);
  assert.deepEqual(hops(await table.find('c.example')), ['localhost[127.0.0.1]:24', 'localhost[::1]:24']);
  const socket = await table.find('d.example');
  assert.deepEqual(hops(socket), ['localhost[/run/lmtp]:0']);
  assert.ok(socket.type === 'hops');
  assert.deepEqual([socket.protocol, socket.tls], ['lmtp', 'off']);
  const smtps = await table.find('e.example');
  assert.deepEqual(hops(smtps), ['2001:db8::7[2001:db8::7]:465']);
  assert.equal(smtps.type === 'hops' && smtps.implicitTls, true);
  assert.equal(failure(await table.find('f.example')), 'retry dns-failure 4.4.3');
  assert.equal(failure(await table.find('g.example')), 'retry dns-timeout 4.4.3');
});

test('find() reads the password each time, shows it to nobody, and waits when it is not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'route-'));
  const file = join(folder, 'secret');
  const rules = [`* smtp://192.0.2.9:587 user=me password-file=${file}`];
  try {
    assert.equal(failure(await routes({}, { rules }).find('a.example')), 'retry local 4.3.0');
    writeFileSync(file, 's3cret\nnot this\n');
    const route = await routes({}, { rules }).find('a.example');
    assert.ok(route.type === 'hops' && route.auth !== null);
    assert.deepEqual([route.auth.user, route.auth.reveal(), route.tls], ['me', 's3cret', 'required']);
    assert.doesNotMatch(JSON.stringify(route) + inspect(route, { depth: 9 }), /s3cret/);
    writeFileSync(file, '\n');
    assert.equal(failure(await routes({}, { rules }).find('a.example')), 'retry local 4.3.0');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('find() gives at most so many hops, none of them ourselves, whatever the DNS says', async () => {
  const addresses = ['198.51.100.1', '198.51.100.2', '127.0.0.1', '192.0.2.25', '224.0.0.1'] as const;
  const names = ['a.x', 'b.x', 'c.x', 'd.x', 'mail.self.example', '.'] as const;
  const zone = fc.record({ a: fc.array(fc.constantFrom(...addresses), { maxLength: 30 }) });
  const mx = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...names)), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(mx, zone, zone, async (exchanges, a, b) => {
      const zones = { 'x.example': { mx: exchanges }, 'a.x': a, 'b.x': b, 'c.x': host('198.51.100.3') };
      const route = await routes(zones).find('x.example');
      if (route.type === 'failed') return;
      assert.ok(route.hops.length <= HOPS_MAX);
      for (const { address } of route.hops) assert.match(address, /^198\.51\.100\./);
      const preferences = route.hops.map(({ preference }) => preference);
      assert.deepEqual(
        preferences,
        preferences.toSorted((one, other) => one - other),
      );
    }),
  );
});

test('find() over a DNS that is silent, loops, floods with MX or points at us ends soon, and each in its words', async () => {
  await using server = await DnsServer.start({
    'silent.example': { manner: 'silent' },
    'fails.example': { manner: 'servfail' },
    'loops.example': { cname: 'loops.example' },
    'us.example': { mx: [[0, 'localhost.x']] },
    'localhost.x': { a: ['127.0.0.1'] },
    'null.example': { mx: [[0, '.']] },
    'many.example': { manner: 'large', mx: Array.from({ length: 200 }, (_, n) => [n, `h${n}.x`] as const) },
    'h3.x': { a: ['198.51.100.3'] },
  });
  const resolver = new DnsResolver({
    servers: () => [server.at],
    clock: systemClock,
    random: new SimRandom(1),
    tryMs: 150,
  });
  const table = routes({}, { resolver });
  for (const [name, said] of [
    ['silent', 'retry dns-timeout 4.4.3'],
    ['fails', 'retry dns-failure 4.4.3'],
    ['loops', 'retry dns-failure 4.4.3'],
    ['us', 'fail loop 5.4.6'],
    ['null', 'fail null-mx 5.1.10'],
  ] as const)
    assert.equal(failure(await table.find(`${name}.example`)), said);
  assert.deepEqual(hops(await table.find('many.example')), ['h3.x[198.51.100.3]:25']);
  assert.ok(server.asked.length < 100, 'not every one of 200 hosts is looked up');
});
