import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostilePeer, type PeerScript } from '../support/hostile-peer.ts';
import { HOUR, MINUTE, PostOffice, SENDER } from './post-office.ts';

async function peer(
  t: { after: (act: () => Promise<void>) => void },
  script?: PeerScript,
): Promise<HostilePeer> {
  const made = await HostilePeer.listen(script);
  t.after(() => made[Symbol.asyncDispose]());
  return made;
}

async function inbox({ store }: PostOffice): Promise<number | undefined> {
  const found = await store.showAccount(SENDER);
  return found.ok ? found.value.usedMessages : undefined;
}

const many = (count: number, domain = 'one.example'): readonly string[] =>
  Array.from({ length: count }, (_, i) => `r${i}@${domain}`);

test('QueueRunner delivers what is queued, and what comes, and forgets it', async (t) => {
  const [one, two] = [await peer(t), await peer(t)];
  await using office = await PostOffice.open({
    places: { 'one.example': one.port, 'two.example': two.port },
  });
  await office.post({ to: ['a@one.example', 'b@one.example', 'c@two.example'] });
  await office.until(() => office.tally.delivered === 3, 'three are delivered');
  await office.post({ to: ['d@two.example'] });
  await office.until(() => office.tally.delivered === 4, 'the fourth follows');
  await office.settled();
  assert.deepEqual(await office.entries(), []);
  assert.deepEqual(
    one.received.map(({ recipients }) => recipients),
    [['a@one.example', 'b@one.example']],
  );
  assert.deepEqual(
    two.received.map(({ recipients }) => recipients),
    [['c@two.example'], ['d@two.example']],
  );
  assert.match(one.received[0]?.text ?? '', /^From: <ann@mail.example>\r\nSubject: it/);
});

test('QueueRunner keeps one recipient whose mailbox is full, and delivers when it has room', async (t) => {
  let full = true;
  const one = await peer(t, {
    answer: (line) => (full && line.startsWith('RCPT TO:<b@') ? '452 4.2.2 Mailbox full\r\n' : undefined),
  });
  await using office = await PostOffice.open({ places: { 'one.example': one.port } });
  await office.post({ to: ['a@one.example', 'b@one.example', 'c@one.example'] });
  await office.until(() => office.tally.delivered === 2, 'two are delivered');
  await office.settled();
  const [entry, ...others] = await office.entries();
  assert.ok(entry?.retry && others.length === 0);
  assert.equal(entry.recipient, 'b@one.example');
  assert.deepEqual(
    [entry.retry.cause, entry.retry.last.code, entry.retry.last.text],
    ['mailbox-full', '452', 'Mailbox full'],
  );
  const wait = await office.nextIn('b@one.example');
  assert.ok(wait > 11 * MINUTE && wait <= 18 * MINUTE, `${wait}`);
  full = false;
  await office.pass(20 * MINUTE);
  await office.until(() => office.tally.delivered === 3, 'it is delivered');
  assert.equal(one.received.length, 2);
});

test('QueueRunner asks a full mailbox once, not once for each message', async (t) => {
  const one = await peer(t, {
    answer: (line) => (line.startsWith('RCPT') ? '452 4.2.2 Mailbox full\r\n' : undefined),
  });
  await using office = await PostOffice.open({
    places: { 'one.example': one.port },
    connections: { maxPerDestination: 1 },
  });
  for (let i = 0; i < 20; i++) await office.post({ to: ['full@one.example'] });
  await office.until(() => office.events('queue-deferred').length > 0, 'the first is deferred');
  await office.settled();
  const asked = one.heard.filter(({ line }) => line.startsWith('RCPT')).length;
  assert.ok(asked <= 5, `asked ${asked} times`);
  assert.equal((await office.entries()).filter(({ retry }) => retry?.cause === 'mailbox-full').length, 20);
  await office.pass(20 * MINUTE);
  const again = one.heard.filter(({ line }) => line.startsWith('RCPT')).length - asked;
  assert.ok(again >= 1 && again <= 5, `asked again ${again} times`);
});

test('QueueRunner delivers 150 recipients to a peer that takes 50 at once, over one connection', async (t) => {
  const one = await peer(t, {
    answer: (line, talk) =>
      line.startsWith('RCPT') && talk.recipients.length >= 50
        ? '452 4.5.3 Too many recipients\r\n'
        : undefined,
  });
  await using office = await PostOffice.open({ places: { 'one.example': one.port } });
  await office.post({ to: many(150) });
  await office.until(() => office.tally.delivered === 150, 'all are delivered');
  assert.equal(one.connections, 1);
  assert.deepEqual(
    one.received.map(({ recipients }) => recipients.length),
    [50, 50, 50],
  );
});

test('QueueRunner returns what will never be taken, and says so to its sender', async (t) => {
  const one = await peer(t, {
    answer: (line) => (line.startsWith('RCPT TO:<no') ? '550 5.1.1 No such mailbox\r\n' : undefined),
  });
  await using office = await PostOffice.open({
    places: {
      'one.example': one.port,
      'null.example': {
        type: 'failed',
        failure: { type: 'route', error: 'null-mx', text: 'it takes no mail' },
      },
    },
  });
  await office.post({ to: ['no@one.example', 'yes@one.example', 'x@null.example'] });
  await office.until(() => office.fates.length === 2, 'two are returned');
  await office.settled();
  assert.deepEqual(await office.entries(), []);
  assert.deepEqual(office.fates.map(({ entry, fate }) => `${entry.recipient} ${fate.type}`).toSorted(), [
    'no@one.example failed',
    'x@null.example failed',
  ]);
  assert.equal(office.reports.reports.get('failed'), 2);
  assert.equal(await inbox(office), 2);
});

test('QueueRunner leaves a destination alone that does not answer, asks with one connection, and sends all when it is back', async (t) => {
  await using office = await PostOffice.open({ places: {} });
  for (let i = 0; i < 10; i++) await office.post({ to: [`r${i}@one.example`] });
  await office.until(() => office.tally.blocks === 1, 'it is given up for a while');
  await office.settled();
  const begun = office.tally.connectionsBegun;
  await office.pass(HOUR);
  const probes = office.tally.connectionsBegun - begun;
  assert.ok(probes >= 1 && probes <= 8, `${probes} probes`);
  assert.ok((await office.entries()).every(({ retry }) => retry === null));
  const [blocked] = await office.store.queue.blocked('one.example');
  assert.equal(blocked?.retry.cause, 'peer-unreachable');
  const one = await peer(t);
  office.places['one.example'] = one.port;
  await office.pass(2 * HOUR);
  await office.until(() => office.tally.delivered === 10, 'all are delivered');
  assert.deepEqual(await office.store.queue.blocked('one.example'), []);
});

test('QueueRunner lets no dead destination, and no silent one, delay another', async (t) => {
  const silent = await peer(t, { greet: () => null });
  const good = await peer(t);
  await using office = await PostOffice.open({
    places: { 'silent.example': silent.port, 'good.example': good.port },
    connections: { max: 10 },
  });
  for (let i = 0; i < 60; i++) await office.post({ to: [`r${i}@silent.example`] });
  for (let i = 0; i < 10; i++) await office.post({ to: [`r@dead${i}.example`] });
  await office.until(() => silent.connections > 0, 'the silent one is called');
  await office.post({ to: ['x@good.example'] });
  const before = office.clock.now();
  await office.until(() => good.received.length === 1, 'the good one gets its mail');
  assert.ok(office.clock.now() - before < MINUTE);
  await office.pass(MINUTE, 1000);
});

test('QueueRunner tells the sender after four hours, and returns after five days', async (t) => {
  const one = await peer(t, {
    answer: (line) => (line.startsWith('RCPT') ? '450 4.2.0 Greylisted\r\n' : undefined),
  });
  await using office = await PostOffice.open({ places: { 'one.example': one.port } });
  await office.post({ to: ['a@one.example'] });
  await office.pass(3.9 * HOUR, 5 * MINUTE);
  assert.equal(office.fates.length, 0);
  await office.pass(0.2 * HOUR, 5 * MINUTE);
  assert.deepEqual(
    office.fates.map(({ fate }) => fate.type),
    ['delayed'],
  );
  await office.pass(115 * HOUR, 10 * MINUTE);
  assert.equal(office.fates.length, 1);
  await office.pass(2 * HOUR, 5 * MINUTE);
  assert.deepEqual(
    office.fates.map(({ fate }) => fate.type),
    ['delayed', 'expired'],
  );
  assert.deepEqual(await office.entries(), []);
  const tries = office.events('queue-deferred').length;
  assert.ok(tries > 20 && tries < 60, `${tries} tries in five days`);
});

test('QueueRunner sends slower when a peer complains of the rate', async (t) => {
  let complains = true;
  const one = await peer(t, {
    answer: (line) => {
      if (!complains || !line.startsWith('MAIL')) return;
      complains = false;
      return '450 4.7.1 You send too fast, rate limited\r\n';
    },
  });
  await using office = await PostOffice.open({ places: { 'one.example': one.port } });
  for (let i = 0; i < 12; i++) await office.post({ to: [`r${i}@one.example`] });
  const before = office.clock.now();
  await office.until(() => office.tally.delivered === 11, 'all but the one are delivered');
  // Those that were under way when it complained, one a connection, were not held back.
  assert.ok(office.clock.now() - before >= 4000, 'a second apart, but for five');
});

test('QueueRunner.stop() ends messages that are under way, and what was not tried is there at the next start', async (t) => {
  const one = await peer(t);
  const office = await PostOffice.open({
    places: { 'one.example': one.port },
    connections: { maxPerDestination: 1 },
  });
  for (let i = 0; i < 200; i++) await office.post({ to: [`r${i}@one.example`] });
  await office.until(() => office.tally.delivered > 5, 'some are delivered');
  const stopping = office.close();
  await stopping;
  const sent = one.received.length;
  assert.ok(sent < 200);
  assert.equal(office.tally.delivered, sent);
});
