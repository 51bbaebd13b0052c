import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carry, DESTINATION } from '../../test/support/errands.ts';
import { HostilePeer } from '../../test/support/hostile-peer.ts';
import { temporaryFolder } from '../../test/support/folder.ts';

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `user${i}@${DESTINATION}`);

test('carry() takes several messages over one connection, and says QUIT', async () => {
  await using peer = await HostilePeer.listen();
  const { end, words } = await carry(peer.port, [{}, { text: 'A: b\r\n\r\n.\r\n..x\r\nend' }, {}]);
  assert.deepEqual(end, { type: 'finished' });
  assert.deepEqual(words, ['delivered', 'delivered', 'delivered']);
  assert.equal(peer.connections, 1);
  await peer.left();
  assert.equal(peer.verbs, 'EHLO MAIL RCPT DATA MAIL RCPT DATA MAIL RCPT DATA QUIT');
  assert.equal(peer.received[1]?.text, 'A: b\r\n\r\n.\r\n..x\r\nend\r\n');
  assert.equal(peer.heard[1]?.line, 'MAIL FROM:<sender@sender.example> SIZE=24');
});

test('carry() waits for each reply of a peer that does not pipeline', async () => {
  const unanswered: number[] = [];
  await using peer = await HostilePeer.listen({
    extensions: [],
    answer(_line, talk) {
      unanswered.push(talk.socket.readableLength);
      return undefined;
    },
  });
  const { words } = await carry(peer.port, [{ to: many(3) }]);
  assert.deepEqual(words, ['delivered', 'delivered', 'delivered']);
  assert.equal(peer.heard[1]?.line, 'MAIL FROM:<sender@sender.example>');
  assert.deepEqual(new Set(unanswered), new Set([0]));
});

test('carry() goes back to HELO, and uses no extension then', async () => {
  await using peer = await HostilePeer.listen({
    answer: (line) => (line.startsWith('EHLO') ? '502 what?\r\n' : undefined),
  });
  const { words } = await carry(peer.port, [{}]);
  assert.deepEqual(words, ['delivered']);
  await peer.left();
  assert.equal(peer.verbs, 'EHLO HELO MAIL RCPT DATA QUIT');
});

test('carry() sends one chunk when the peer takes chunks', async () => {
  await using peer = await HostilePeer.listen({ extensions: ['PIPELINING', 'CHUNKING'] });
  const { words } = await carry(peer.port, [{ text: 'A: b\r\n\r\n.\r\n' }, { text: 'A: b\r\n\r\nx\r\n' }]);
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.deepEqual(
    peer.received.map(({ how, text }) => [how, text]),
    [
      ['bdat', 'A: b\r\n\r\n.\r\n'],
      ['bdat', 'A: b\r\n\r\nx\r\n'],
    ],
  );
});

test('carry() begins with RSET after a chunk that failed', async () => {
  await using peer = await HostilePeer.listen({
    extensions: ['PIPELINING', 'CHUNKING'],
    take: (received) => (received.text.includes('bad') ? '550 5.7.1 no\r\n' : undefined),
  });
  const { words } = await carry(peer.port, [{ text: 'A: bad\r\n\r\n' }, {}]);
  assert.deepEqual(words, ['fail policy 5.7.1', 'delivered']);
  await peer.left();
  assert.equal(peer.verbs, 'EHLO MAIL RCPT BDAT RSET MAIL RCPT BDAT QUIT');
});

test('carry() reads a big message from the store as the peer takes it', async () => {
  const text = `Subject: big\r\n\r\n${'.line of a message that is big\r\n'.repeat(300_000)}`;
  await using peer = await HostilePeer.listen();
  const { words } = await carry(peer.port, [{ text }]);
  assert.deepEqual(words, ['delivered']);
  assert.equal(peer.received[0]?.text, text);
});

test('carry() delivers to 150 recipients of a peer that takes 100, over one connection', async () => {
  await using peer = await HostilePeer.listen({
    answer: (line, talk) =>
      line.startsWith('RCPT') && talk.recipients.length >= 100 ? '452 4.5.3 too many\r\n' : undefined,
  });
  const { words } = await carry(peer.port, [{ to: many(150) }, { to: many(150) }]);
  assert.deepEqual(new Set(words), new Set(['delivered']));
  assert.equal(peer.connections, 1);
  // What was learned from the first message spares the second the asking.
  assert.deepEqual(
    peer.received.map(({ recipients }) => recipients.length),
    [100, 50, 100, 50],
  );
  assert.equal(peer.heard.filter(({ line }) => line.startsWith('RCPT')).length, 350);
});

test('carry() keeps to the LIMITS of the peer without trying them', async () => {
  await using peer = await HostilePeer.listen({ extensions: ['PIPELINING', 'LIMITS RCPTMAX=2 MAILMAX=2'] });
  const { words } = await carry(peer.port, [{ to: many(5) }]);
  assert.deepEqual(new Set(words), new Set(['delivered']));
  assert.deepEqual(
    peer.received.map(({ recipients, connection }) => [connection, recipients.length]),
    [
      [1, 2],
      [1, 2],
      [2, 1],
    ],
  );
});

test('carry() gives each recipient its own outcome', async () => {
  await using peer = await HostilePeer.listen({
    answer(line) {
      if (line.includes('user0')) return '550 5.1.1 nobody\r\n';
      if (line.includes('user2')) return '452 4.2.2 full\r\n';
      if (line.includes('user3')) return '552 5.2.2 full for good\r\n';
      return undefined;
    },
  });
  const { words, end } = await carry(peer.port, [{ to: many(5) }]);
  assert.deepEqual(words, [
    'fail no-such-mailbox 5.1.1',
    'delivered',
    'retry mailbox-full 4.2.2',
    'fail mailbox-full 5.2.2',
    'delivered',
  ]);
  assert.deepEqual(end, { type: 'finished' });
  assert.deepEqual(peer.received[0]?.recipients, [`user1@${DESTINATION}`, `user4@${DESTINATION}`]);
});

test('carry() sends a dot alone to who says 354 though it accepted nobody', async () => {
  await using peer = await HostilePeer.listen({
    answer(line) {
      if (line.includes('user0')) return '550 5.1.1 nobody\r\n';
      return line === 'DATA' ? '354 go on\r\n' : undefined;
    },
  });
  const { words } = await carry(peer.port, [{ to: many(1) }, { to: ['b@dest.example'] }]);
  assert.deepEqual(words, ['fail no-such-mailbox 5.1.1', 'delivered']);
  assert.equal(peer.connections, 1);
  assert.equal(peer.received.length, 1);
});

test('carry() goes to the next host after a refused connection, 421, 4.3.1 at MAIL', async () => {
  const closed = await HostilePeer.listen();
  const { port } = closed;
  await closed[Symbol.asyncDispose]();
  await using busy = await HostilePeer.listen({ greet: () => '421 4.3.2 busy\r\n' });
  await using full = await HostilePeer.listen({
    answer: (line) => (line.startsWith('MAIL') ? '452 4.3.1 no room\r\n' : undefined),
  });
  await using good = await HostilePeer.listen();
  const { words, end } = await carry([port, busy.port, full.port, good.port], [{}, {}]);
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.deepEqual(end, { type: 'finished' });
  assert.equal(full.heard.filter(({ line }) => line.startsWith('MAIL')).length, 1);
  assert.equal(good.connections, 1);
});

test('carry() takes to the next host whom the first had no room for, and nobody else', async () => {
  await using full = await HostilePeer.listen({
    answer: (line) => (line.includes('user1') ? '452 4.3.1 no room\r\n' : undefined),
  });
  await using good = await HostilePeer.listen();
  const { words, outcomes } = await carry([full.port, good.port], [{ to: many(3) }]);
  assert.deepEqual(words, ['delivered', 'delivered', 'delivered']);
  assert.deepEqual(
    outcomes[0]?.map(({ ordinal }) => ordinal),
    [0, 1, 2],
  );
  assert.deepEqual(
    [...full.received, ...good.received].map(({ recipients }) => recipients.length),
    [2, 1],
  );
});

test('carry() is unreachable when no host is left, and says why', async () => {
  await using full = await HostilePeer.listen({
    answer: (line) => (line.startsWith('MAIL') ? '452 4.3.1 no room\r\n' : undefined),
  });
  const { words, end } = await carry(full.port, [{}, {}]);
  assert.deepEqual(words, ['retry peer-full 4.3.1']);
  assert.equal(end.type === 'unreachable' ? end.meaning.action : '', 'retry');
  assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'peer-full');
});

test('carry() takes nothing from the source when nobody is there', async () => {
  await using peer = await HostilePeer.listen({ greet: () => '521 5.3.2 no mail here\r\n' });
  const { outcomes, end } = await carry(peer.port, [{}]);
  assert.deepEqual(outcomes, []);
  assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'no-mail');
  assert.equal(end.type === 'unreachable' ? end.meaning.action : '', 'fail');
});

test('carry() calls a host again that says goodbye after some work', async () => {
  await using peer = await HostilePeer.listen({
    answer: (line, talk) => (line.startsWith('MAIL') && talk.mails >= 2 ? '421 4.4.2 enough\r\n' : undefined),
  });
  const { words, end } = await carry(peer.port, [{}, {}, {}, {}, {}]);
  assert.deepEqual(words, ['delivered', 'delivered', 'delivered', 'delivered', 'delivered']);
  assert.deepEqual(end, { type: 'finished' });
  assert.equal(peer.connections, 3);
});

test('carry() calls again when the peer closed the connection while it was idle', async () => {
  await using peer = await HostilePeer.listen({
    take(_received, talk) {
      setImmediate(() => talk.socket.end('421 4.4.2 idle\r\n'));
      return undefined;
    },
  });
  const { words, end } = await carry(peer.port, [{}, {}], {
    before: (number) => (number > 0 ? peer.left() : undefined),
  });
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.deepEqual(end, { type: 'finished' });
  assert.equal(peer.connections, 2);
});

test('carry() says what DSN asks for to who understands it, and to nobody else', async () => {
  const mail = {
    envelope: { envid: 'a+b', ret: 'HDRS' as const },
    entry: { notify: 'SUCCESS,FAILURE', orcpt: 'rfc822;old=name@dest.example' },
  };
  await using knows = await HostilePeer.listen({ extensions: ['DSN'] });
  const told = await carry(knows.port, [mail]);
  assert.equal(knows.heard[1]?.line, 'MAIL FROM:<sender@sender.example> RET=HDRS ENVID=a+2Bb');
  assert.equal(
    knows.heard[2]?.line,
    'RCPT TO:<user@dest.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;old+3Dname@dest.example',
  );
  assert.equal(told.outcomes[0]?.[0]?.type === 'delivered' && told.outcomes[0][0].reports, true);
  await using knowsNot = await HostilePeer.listen({ extensions: [] });
  const untold = await carry(knowsNot.port, [mail]);
  assert.equal(knowsNot.heard[2]?.line, 'RCPT TO:<user@dest.example>');
  assert.equal(untold.outcomes[0]?.[0]?.type === 'delivered' && untold.outcomes[0][0].reports, false);
});

test('carry() tells by SIZE, 8BITMIME, SMTPUTF8, BINARYMIME what a peer cannot take, before it tries', async () => {
  await using plain = await HostilePeer.listen({ extensions: ['SIZE 40'] });
  const eight = { text: 'A: b\r\n\r\n\xe9\r\n', envelope: { body: '8BITMIME' as const } };
  const { words } = await carry(plain.port, [
    { text: 'A: b\r\n\r\n'.padEnd(60, 'x') },
    { ...eight, text: Buffer.from(eight.text) },
    { text: 'A: b\r\n\r\nseven\r\n', envelope: { body: '8BITMIME', smtputf8: true } },
    { text: Buffer.from('A: é\r\n\r\n'), envelope: { smtputf8: true } },
    { to: ['é@dest.example', 'e@dest.example'], text: 'A: b\r\n\r\n', envelope: { smtputf8: true } },
    { text: Buffer.from('A: b\r\n\r\n\0'), envelope: { body: 'BINARYMIME' } },
    { text: 'A: b\r\n\r\ntext\r\n', envelope: { body: 'BINARYMIME' } },
  ]);
  assert.deepEqual(words, [
    'fail message-too-big 5.3.4',
    'fail not-supported 5.6.3',
    'delivered',
    'fail not-supported 5.6.7',
    'fail not-supported 5.6.7',
    'delivered',
    'fail not-supported 5.6.3',
    'delivered',
  ]);
  assert.equal(plain.connections, 1);
  await using able = await HostilePeer.listen({
    extensions: ['8BITMIME', 'SMTPUTF8', 'CHUNKING', 'BINARYMIME'],
  });
  const taken = await carry(able.port, [
    {
      text: Buffer.from('A: é\r\n\r\n'),
      to: ['é@dest.example'],
      envelope: { smtputf8: true, body: '8BITMIME' },
    },
    { text: Buffer.from('A: b\r\n\r\n\0\n\r'), envelope: { body: 'BINARYMIME' } },
  ]);
  assert.deepEqual(taken.words, ['delivered', 'delivered']);
  assert.equal(able.heard[1]?.line, 'MAIL FROM:<sender@sender.example> BODY=8BITMIME SMTPUTF8');
  assert.equal(able.heard[2]?.line, 'RCPT TO:<é@dest.example>');
  assert.equal(able.heard[4]?.line, 'MAIL FROM:<sender@sender.example> BODY=BINARYMIME');
  assert.equal(able.received[1]?.text, 'A: b\r\n\r\n\0\n\r');
});

test('carry() speaks LMTP, to a Unix socket too: a reply for each accepted recipient', async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/lmtp`;
  for (const extensions of [['PIPELINING'], [], ['PIPELINING', 'CHUNKING']]) {
    await using peer = await HostilePeer.listen({
      protocol: 'lmtp',
      path,
      extensions,
      answer: (line) => (line.includes('user1') ? '550 5.1.1 nobody\r\n' : undefined),
      take: ({ recipients }) =>
        recipients[0]?.startsWith('user2') === true ? '452 4.2.2 full\r\n' : undefined,
    });
    const { words, outcomes } = await carry(path, [{ to: many(4) }, { to: many(1) }], {
      route: { protocol: 'lmtp', tls: 'off' },
    });
    assert.deepEqual(words, [
      'delivered',
      'fail no-such-mailbox 5.1.1',
      'retry mailbox-full 4.2.2',
      'delivered',
      'delivered',
    ]);
    const [first] = outcomes.flat();
    assert.equal(first?.type === 'delivered' && first.final, true);
    assert.equal(first?.type === 'delivered' && first.host, `localhost[${path}]`);
    assert.match(peer.verbs, /^LHLO MAIL/);
  }
});

test('carry() stops between two errands when it is told to', async () => {
  const stop = new AbortController();
  await using peer = await HostilePeer.listen();
  const { words, end } = await carry(peer.port, [{}, {}, {}], {
    signal: stop.signal,
    before: (number) => (number === 1 ? stop.abort() : undefined),
  });
  assert.deepEqual(words, ['delivered', 'delivered']);
  assert.deepEqual(end, { type: 'finished' });
});

test('carry() stops waiting for a host at once when it is told to', async () => {
  const stop = new AbortController();
  await using peer = await HostilePeer.listen({
    greet() {
      setImmediate(() => stop.abort());
      return null;
    },
  });
  const { end } = await carry(peer.port, [{}], { signal: stop.signal, timeouts: { greetingMs: 60_000 } });
  assert.deepEqual(end, { type: 'finished' });
});
