import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CachingResolver } from './resolver-cache.ts';
import { SimClock } from './sim/clock.ts';
import { SimResolver } from './sim/resolver.ts';

function world(recordMax?: number) {
  const clock = new SimClock();
  const resolver = new SimResolver({
    'a.example': { mx: [[10, 'mx.example']], ttl: 60 },
    'zero.example': { mx: [[10, 'mx.example']], ttl: 0 },
    'long.example': { mx: [[10, 'mx.example']], ttl: 86_400 },
    'two.example': { a: ['192.0.2.1', '192.0.2.2'] },
    'fails.example': { fault: 'failure' },
  });
  return { clock, resolver, cache: new CachingResolver(resolver, clock, recordMax) };
}

test('CachingResolver asks again when the TTL is over, not before', async () => {
  const { clock, resolver, cache } = world();
  for (const [name, seconds] of [
    ['a.example', 60],
    ['nowhere.example', 300],
    ['zero.example', 5],
    ['long.example', 3600],
    ['fails.example', 5],
  ] as const) {
    resolver.asked.length = 0;
    const first = await cache.mx(name);
    clock.advance(seconds * 1000 - 1);
    assert.equal(await cache.mx(name.toUpperCase()), first);
    assert.equal(resolver.asked.length, 1, name);
    clock.advance(1);
    await cache.mx(name);
    assert.equal(resolver.asked.length, 2, name);
  }
});

test('CachingResolver asks a question once for all who ask it at the same time', async () => {
  const { resolver, cache } = world();
  await Promise.all([cache.mx('a.example'), cache.mx('a.example'), cache.addresses('a.example')]);
  assert.deepEqual(resolver.asked, ['MX a.example', 'addresses a.example']);
});

test('CachingResolver forgets what was not asked for longest when its room is full', async () => {
  const { resolver, cache } = world(3);
  await cache.addresses('two.example'); // two records
  await cache.addresses('x.example');
  await cache.addresses('two.example');
  await cache.addresses('y.example'); // x goes
  resolver.asked.length = 0;
  await cache.addresses('two.example');
  assert.equal(resolver.asked.length, 0);
  await cache.addresses('x.example');
  assert.deepEqual(resolver.asked, ['addresses x.example']);
});

test('CachingResolver asks again after a question that threw', async () => {
  const { clock } = world();
  let asked = 0;
  const broken = {
    mx: () => Promise.reject(new Error(`broken ${++asked}`)),
    addresses: () => Promise.reject(new Error('broken')),
  };
  const cache = new CachingResolver(broken, clock);
  await assert.rejects(cache.mx('a.example'), /broken 1/);
  await assert.rejects(cache.mx('a.example'), /broken 2/);
});
