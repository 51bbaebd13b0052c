/** Errors of a real kernel while mail is written: too many open files, files that may not grow, syncs that fail. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { Ledger } from '../support/ledger.ts';
import { Load } from '../support/load.ts';
import { makeMail } from '../support/mail.ts';
import { TestServer, type ServerOptions } from '../support/server.ts';
import { codes, SmtpClient } from '../support/smtp-client.ts';
import { missing } from '../support/tools.ts';
import { prepare, RECIPIENTS } from './kill-loop.ts';

const KIB = 1024;
const SIZES = [KIB, 10 * KIB, 10 * KIB, 1500 * KIB] as const;

interface Told {
  readonly ledger: Ledger;
  readonly wires: ReadonlyMap<string, number>;
}

/** Mail to a server with a handicap; then it is killed, and one without looks what is there. */
async function tried(t: TestContext, handicap: Omit<ServerOptions, 'data'>, perClient = 15): Promise<Told> {
  using folder = temporaryFolder();
  const start = { data: `${folder.path}/d` };
  await prepare(start);
  const ledger = new Ledger();
  const wires = new Map<string, number>();
  {
    await using server = await TestServer.start({ ...start, ...handicap });
    const refusals = (wire: string): void =>
      void wires.set(wire.trimEnd(), (wires.get(wire.trimEnd()) ?? 0) + 1);
    const load = new Load(server, ledger, {
      name: 'e',
      clients: 8,
      perClient,
      recipients: RECIPIENTS,
      sizes: SIZES,
      refusals,
    });
    await load.ended();
    assert.ok(server.running, server.said);
    await server.kill();
  }
  t.diagnostic(`${ledger.kept} acknowledged; ${JSON.stringify([...wires])}`);
  await using server = await TestServer.start(start);
  assert.deepEqual(await ledger.check(server.control), []);
  assert.deepEqual((await server.control.recount()).mended, []);
  return { ledger, wires };
}

test(
  'fdatasync that fails with EIO: no 250 for that batch, nothing acknowledged is lost, the next mail is taken',
  { skip: missing({ tools: ['strace'] }), timeout: 60_000 },
  async (t) => {
    const inject = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=4+7'];
    const wrap = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...inject];
    const { ledger, wires } = await tried(t, { wrap, env: { UV_USE_IO_URING: '0' } });
    assert.ok(
      [...wires.keys()].some((wire) => wire.startsWith('451 4.3.0')),
      'no sync failed',
    );
    assert.ok(ledger.kept > 10, `${ledger.kept} acknowledged`);
  },
);

test(
  'writev that fails with ENOSPC now and then: 452 4.3.1 for that batch, nothing acknowledged is lost',
  { skip: missing({ tools: ['strace'] }), timeout: 60_000 },
  async (t) => {
    const inject = [
      '-e',
      'trace=pwritev,pwrite64,pwritev2',
      '-e',
      'inject=pwritev,pwritev2:error=ENOSPC:when=3+5',
    ];
    const wrap = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...inject];
    const { ledger, wires } = await tried(t, { wrap, env: { UV_USE_IO_URING: '0' } });
    assert.ok(
      [...wires.keys()].some((wire) => wire.startsWith('452 4.3.1')),
      'no write failed',
    );
    assert.ok(ledger.kept > 10, `${ledger.kept} acknowledged`);
  },
);

test(
  'files that may not grow beyond 1 MiB (EFBIG): 452 4.3.1, and no crash',
  { skip: missing({ tools: ['prlimit'] }), timeout: 60_000 },
  async (t) => {
    const { wires } = await tried(
      t,
      {
        wrap: ['prlimit', `--fsize=${2 ** 20}`, '--'],
        settings: { 'store.segmentSize': '64MiB', 'storage.ballast': '0' },
      },
      25,
    );
    assert.ok(wires.size > 0, 'no file grew too far');
    for (const wire of wires.keys()) assert.match(wire, /^452 4\.3\.1 /);
  },
);

test(
  'too many open files (EMFILE): sessions wait or are refused, none is lost, and it recovers',
  { skip: missing({ tools: ['prlimit'] }), timeout: 60_000 },
  async () => {
    await using server = await TestServer.start({ wrap: ['prlimit', '--nofile=64:64', '--'] });
    const opening = Array.from({ length: 100 }, () => SmtpClient.connect(server.port));
    const clients = await Promise.all(opening);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(server.running, server.said);
    for (const client of clients) client[Symbol.dispose]();
    for (let i = 0; ; i++) {
      assert.ok(i < 100, 'it did not recover');
      using client = await SmtpClient.connect(server.port);
      const greeting = await client.replyOrSilence(5000);
      if (typeof greeting !== 'string' && greeting.code === '220') {
        await client.say('EHLO client.example');
        const text = makeMail(`after${i}`, 1500 * KIB).text;
        const { last } = await client.mail({ to: [RECIPIENTS[0]], text });
        if (last.code === '250') break;
        assert.match(last.wire, /^4/);
      } else if (typeof greeting !== 'string') {
        assert.equal(codes(greeting), '421 4.3.2');
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
);
