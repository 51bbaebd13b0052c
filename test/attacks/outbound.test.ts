/** Receivers that misbehave: whatever they say or do not say, every entry ends in a clear state, in time, and with little memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carry, type CarryOptions, QUICK } from '../support/errands.ts';
import { HostilePeer, type PeerScript, type Talk } from '../support/hostile-peer.ts';

/** Silence is cut off soon here; a busy machine is given the time it needs to say something. */
const IMPATIENT = {
  ...QUICK,
  greetingMs: 200,
  helloMs: 200,
  mailMs: 200,
  rcptMs: 200,
  dataMs: 200,
  finalDotMs: 200,
};

/** The ways to take mail. */
const WAYS: readonly { readonly name: string; readonly extensions: readonly string[] }[] = [
  { name: 'one by one', extensions: [] },
  { name: 'pipelined', extensions: ['PIPELINING'] },
  { name: 'in a chunk', extensions: ['PIPELINING', 'CHUNKING'] },
];

const STAGES = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end'] as const;
type Stage = (typeof STAGES)[number];

/** A receiver that behaves but for one stage; who has nothing to say there says nothing more at all. */
function misbehaving(
  stage: Stage,
  extensions: readonly string[],
  act: (talk: Talk) => string | null,
): PeerScript {
  const actOut = (talk: Talk): string | null => {
    const said = act(talk);
    talk.dead = said === null;
    return said;
  };
  return {
    extensions,
    ...(stage === 'greeting' ? { greet: actOut } : {}),
    ...(stage === 'end' ? { take: (_received, talk) => actOut(talk) } : {}),
    answer: (line, talk) => (line.startsWith(stage) ? actOut(talk) : undefined),
  };
}

interface Misdeed {
  readonly name: string;
  readonly act: (talk: Talk) => string | null;
  /** `action cause` of the entry, or of the destination when nothing was tried. */
  readonly before: RegExp;
  readonly atTheEnd: RegExp;
  readonly twice?: boolean;
}

const close = (talk: Talk): null => {
  talk.socket.end();
  return null;
};

const MISDEEDS: readonly Misdeed[] = [
  {
    name: 'says nothing',
    act: () => null,
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
  {
    name: 'closes',
    act: close,
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
  {
    name: 'resets',
    act(talk) {
      talk.socket.resetAndDestroy();
      return null;
    },
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
  {
    name: 'says half a reply and closes',
    act(talk) {
      talk.socket.end('250-almo');
      return null;
    },
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
  {
    name: 'speaks HTTP',
    act: () => 'HTTP/1.1 400 Bad Request\r\n',
    before: /^retry other/,
    atTheEnd: /^retry other/,
    twice: true,
  },
  {
    name: 'says 199',
    act: () => '199 what\r\n',
    before: /^retry other/,
    atTheEnd: /^retry other/,
    twice: true,
  },
  {
    name: 'says 999',
    act: () => '999 what\r\n',
    before: /^retry other/,
    atTheEnd: /^retry other/,
    twice: true,
  },
  {
    name: 'says 334',
    act: () => '334 what\r\n',
    before: /^retry other/,
    atTheEnd: /^retry other/,
    twice: true,
  },
  {
    name: 'says 421',
    act: () => '421 4.3.2 later\r\n',
    before: /^retry peer-busy/,
    atTheEnd: /^retry peer-busy/,
  },
  { name: 'says 451', act: () => '451 4.3.0 oops\r\n', before: /^retry/, atTheEnd: /^retry/ },
  {
    name: 'says 554',
    act: () => '554 5.7.1 no\r\n',
    before: /^(?:fail|retry) policy/,
    atTheEnd: /^fail policy/,
  },
  {
    name: 'says 451 and 550 in one reply',
    act: () => '451-4.3.0 oops\r\n550 5.7.1 no\r\n',
    before: /^(?:fail|retry)/,
    atTheEnd: /^fail/,
  },
  {
    name: 'says an endless line',
    act(talk) {
      talk.say('250 ');
      pour(talk, 'x'.repeat(64 * 1024));
      return null;
    },
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
  {
    name: 'says a reply of endless lines',
    act(talk) {
      pour(talk, '250-more\r\n'.repeat(6000));
      return null;
    },
    before: /^retry peer-unreachable/,
    atTheEnd: /^retry reply-lost/,
    twice: true,
  },
];

/** 100 MB, as long as somebody takes them. */
function pour(talk: Talk, piece: string): void {
  let left = Math.ceil(1e8 / piece.length);
  const more = (): void => {
    while (left-- > 0 && talk.socket.writable) if (!talk.socket.write(piece)) return;
  };
  talk.socket.on('drain', more);
  setImmediate(more);
}

for (const { name, act, before, atTheEnd, twice = false } of MISDEEDS) {
  test(`a receiver that ${name}, at each stage`, async () => {
    for (const way of WAYS) {
      for (const stage of STAGES) {
        if (stage === 'DATA' && way.extensions.includes('CHUNKING')) continue;
        await using peer = await HostilePeer.listen(misbehaving(stage, way.extensions, act));
        const timeouts = name === 'says nothing' ? IMPATIENT : QUICK;
        const { words, end, log } = await carry(peer.port, [{}], { timeouts });
        const { action = '', cause = '' } = end.type === 'unreachable' ? end.meaning : {};
        const what = words[0] ?? `${action} ${cause}`;
        const where = `${way.name}, at ${stage}`;
        const isLast = stage === 'end' || (way.extensions.includes('CHUNKING') && /reply-lost/.test(what));
        // A peer that refuses EHLO for good may know HELO: RFC 5321 §3.2.
        if (stage === 'EHLO' && what === 'delivered') {
          assert.match(peer.verbs, /^EHLO HELO MAIL/, where);
          continue;
        }
        assert.match(what, isLast ? atTheEnd : before, where);
        const warned = log.some(({ event }) => event === 'may-be-delivered-twice');
        if (stage === 'end') assert.equal(warned, twice, where);
        if (way.extensions.includes('CHUNKING')) continue;
        if (stage !== 'end') assert.equal(warned, false, where);
        assert.deepEqual(peer.received, [], where);
        await peer.left();
      }
    }
  });
}

test('an entry is delivered when the whole of the last reply came, and not an octet sooner', async () => {
  for (const { extensions } of WAYS) {
    let said = 0;
    const count = { extensions, greet: () => '220 hi\r\n' };
    {
      await using whole = await HostilePeer.listen(count);
      assert.deepEqual((await carry(whole.port, [{}])).words, ['delivered']);
      said = whole.saidBeforeQuit;
    }
    for (let octetsMax = 0; octetsMax <= said; octetsMax++) {
      await using peer = await HostilePeer.listen({ ...count, octetsMax });
      const { words, end } = await carry(peer.port, [{}]);
      const [word = end.type] = words;
      if (octetsMax === said) assert.equal(word, 'delivered');
      else
        assert.match(
          word,
          /^(?:unreachable|retry peer-unreachable|retry reply-lost)/,
          `${octetsMax} of ${said}`,
        );
      assert.equal(words.length <= 1, true);
    }
  }
});

test('replies that come octet by octet are replies', async () => {
  for (const { extensions } of WAYS) {
    await using peer = await HostilePeer.listen({ extensions, drips: true });
    assert.deepEqual((await carry(peer.port, [{}, {}])).words, ['delivered', 'delivered']);
  }
});

test('a 250 that came before the data is no promise to have taken them', async () => {
  for (const early of ['354 go on\r\n250 taken\r\n', '354 go on\r\n250 taken\r\n250 taken\r\n']) {
    await using peer = await HostilePeer.listen({
      extensions: ['PIPELINING'],
      answer: (line) => (line === 'DATA' ? early : undefined),
      take: () => null,
    });
    const { words } = await carry(peer.port, [{}, {}], { timeouts: IMPATIENT });
    assert.equal(words.includes('delivered'), false);
    assert.match(words[0] ?? '', /^retry/);
  }
  // All replies there could ever be, with the greeting.
  await using eager = await HostilePeer.listen({ greet: () => '220 hi\r\n' + '250 ok\r\n'.repeat(100) });
  const { words, end } = await carry(eager.port, [{}], { timeouts: IMPATIENT });
  assert.equal(words.includes('delivered'), false);
  assert.equal(end.type, 'unreachable');
});

test('a receiver that has enough in the middle of the data is understood', async () => {
  const text = `Subject: big\r\n\r\n${'line\r\n'.repeat(2_000_000)}`;
  for (const { last, expected } of [
    { last: '552 5.3.4 too big\r\n', expected: 'fail message-too-big 5.3.4' },
    { last: '421 4.3.2 going down\r\n', expected: 'retry peer-busy 4.3.2' },
  ]) {
    await using peer = await HostilePeer.listen({
      data(_octets, talk) {
        talk.socket.pause();
        talk.socket.write(last);
      },
    });
    const { words } = await carry(peer.port, [{ text }]);
    assert.deepEqual(words, [expected]);
  }
});

test('a receiver that stops reading in the middle of the data is left', async () => {
  const text = `Subject: big\r\n\r\n${'line\r\n'.repeat(2_000_000)}`;
  await using peer = await HostilePeer.listen({ data: (_octets, talk) => void talk.socket.pause() });
  const { words, log } = await carry(peer.port, [{ text }], { timeouts: { ...QUICK, blockMs: 200 } });
  assert.deepEqual(words, ['retry peer-unreachable 4.4.2']);
  // The dot was not sent: nobody can have taken it.
  assert.equal(
    log.some(({ event }) => event === 'may-be-delivered-twice'),
    false,
  );
});

test('each transaction ends in time, however slowly its replies come', async () => {
  await using peer = await HostilePeer.listen({
    extensions: [],
    answer(line, talk) {
      if (!line.startsWith('RCPT')) return undefined;
      const timer = setInterval(() => talk.socket.write('250-still thinking\r\n'), 20);
      talk.socket.on('close', () => clearInterval(timer));
      return null;
    },
  });
  const { words } = await carry(peer.port, [{}], {
    timeouts: { ...QUICK, rcptMs: 60_000, transactionMs: 300 },
  });
  assert.deepEqual(words, ['retry peer-unreachable 4.4.2']);
});

test('a session that does not get to its first mail is left in time', async () => {
  await using peer = await HostilePeer.listen({
    greet(talk) {
      const timer = setInterval(() => talk.socket.write('220-wait\r\n'), 20);
      talk.socket.on('close', () => clearInterval(timer));
      return null;
    },
  });
  const options: CarryOptions = { timeouts: { ...QUICK, greetingMs: 60_000, openingMs: 300 } };
  const { end } = await carry(peer.port, [{}], options);
  assert.equal(end.type === 'unreachable' ? end.meaning.cause : '', 'peer-unreachable');
});

test('100 MB of replies cost no memory', async () => {
  const before = process.memoryUsage().rss;
  for (const piece of ['250 ok\r\n'.repeat(8000), '250-ok\r\n'.repeat(8000), 'x'.repeat(65_536)]) {
    await using peer = await HostilePeer.listen({
      answer(line, talk) {
        if (line.startsWith('MAIL')) pour(talk, piece);
        return undefined;
      },
    });
    const { words, end } = await carry(peer.port, [{}], { timeouts: IMPATIENT });
    assert.equal(words.includes('delivered') || end.type === 'unreachable', true);
  }
  assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20);
});

test('a receiver that takes one recipient at a time does not keep a connection for ever', async () => {
  const to = Array.from({ length: 1000 }, (_, i) => `user${i}@dest.example`);
  await using peer = await HostilePeer.listen({
    answer: (line, talk) =>
      line.startsWith('RCPT') && talk.recipients.length > 0 ? '452 4.5.3 too many\r\n' : undefined,
  });
  const { words } = await carry(peer.port, [{ to }]);
  const delivered = words.filter((word) => word === 'delivered').length;
  assert.equal(delivered, 200);
  assert.equal(words.filter((word) => word === 'retry too-many-recipients 4.5.3').length, 800);
});

test('nothing that stands in an address or a parameter begins a line', async () => {
  for (const entry of [
    { recipient: 'a@dest.example>\r\nDATA' },
    { recipient: 'a@dest.example> NOTIFY=NEVER' },
    { recipient: 'a\0b@dest.example' },
    { recipient: 'a\n@dest.example' },
    { recipient: '' },
    { recipient: `${'a'.repeat(70)}@dest.example` },
    { notify: 'NEVER\r\nRSET' },
    { orcpt: `rfc822;${'a'.repeat(2000)}` },
    { orcpt: 'utf-8;a\r\nRSET' },
  ]) {
    await using peer = await HostilePeer.listen({ extensions: ['DSN', 'SMTPUTF8'] });
    const { words } = await carry(peer.port, [{ entry }, {}]);
    assert.match(words[0] ?? '', /^fail other 5\.1\.3/, JSON.stringify(entry));
    assert.equal(words[1], 'delivered');
    assert.equal(peer.heard.length >= 4, true);
    assert.equal(
      peer.heard.some(({ line }) => /RSET|NEVER/.test(line)),
      false,
    );
  }
  for (const envelope of [{ reversePath: 'a@b>\r\nRSET' }, { reversePath: 'no address' }]) {
    await using peer = await HostilePeer.listen({ extensions: ['DSN'] });
    const { words } = await carry(peer.port, [{ envelope }]);
    assert.deepEqual(words, ['fail other 5.1.7']);
  }
});

test('a CR or LF that ends no line never leaves, in a small message nor in a big one', async () => {
  const big = `Subject: x\r\n\r\n${'line\r\n'.repeat(200_000)}`;
  for (const text of [
    'A: b\r\n\r\nx\n.\nMAIL FROM:<>\r\n',
    'A: b\r\n\r\nx\r.\r\n',
    'A: b\r\n\r\nx\r',
    `${big}\n.\r\n`,
  ]) {
    for (const extensions of [['PIPELINING'], ['PIPELINING', 'CHUNKING']]) {
      await using peer = await HostilePeer.listen({ extensions });
      const { words } = await carry(peer.port, [{ text }, {}]);
      assert.match(words[0] ?? '', /^fail policy 5\.6\.0/);
      assert.deepEqual(
        peer.received.map((received) => received.text.length),
        words[1] === 'delivered' ? [24] : [],
      );
    }
  }
});

test('a message that cannot be read any more is not sent in part', async () => {
  await using peer = await HostilePeer.listen();
  const { words } = await carry(peer.port, [{}, {}], {
    readQueued: (entry) =>
      Promise.resolve({
        ok: true,
        value: { size: entry.object === 1 ? 1e6 : 1e3, chunks: breaking() },
      }),
  });
  assert.deepEqual(words, ['retry local 4.3.0', 'retry local 4.3.0']);
  assert.deepEqual(peer.received, []);
});

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: x\r\n\r\n');
  throw new Error('the disk has gone');
}
