import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import PostalMime from 'postal-mime';
import type { Instant } from '../base/instant.ts';
import type { Language } from '../base/language.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../store/embedded-store.ts';
import { MemoryQuotaLedger } from '../store/memory-quota-ledger.ts';
import type { QueueEntry } from '../store/queue-store.ts';
import { QUEUE, type AccountId, type Delivery, type KeptEnvelope } from '../store/store.ts';
import type { Log, LogFields } from '../world/log.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import { SimClock } from '../world/sim/clock.ts';
import { DsnReporter, type DsnReporterOptions } from './dsn-reporter.ts';
import { ReportTally } from './report-tally.ts';
import type { Fate } from '../queue/reporter.ts';

const START = Date.UTC(2026, 10, 23, 18);
const TEXT = 'Return-Path: <ann@example.org>\r\nSubject: Lunch\r\nMessage-ID: <1@c>\r\n\r\nat noon\r\n';
const REFUSED: Fate = {
  type: 'failed',
  failure: {
    type: 'replied',
    phase: 'rcpt',
    host: 'mx.example.net[192.0.2.1]',
    reply: { code: '550', status: '5.1.1', lines: ['No such user'], fault: null },
  },
  meaning: { action: 'fail', cause: 'no-such-mailbox', scope: 'mailbox', status: '5.1.1' },
};
const RELAYED: Fate = { type: 'relayed', host: 'mx.example.net[192.0.2.1]' };

class Events implements Log {
  readonly names: string[] = [];
  debug = (event: string, _fields?: LogFields): void => void this.names.push(event);
  info = this.debug;
  warn = this.debug;
  error = this.debug;
}

/** A server of example.org with a postmaster, ann and a full mailbox. */
class Stage implements AsyncDisposable {
  readonly clock = new SimClock(START);
  readonly log = new Events();
  readonly tally = new ReportTally();
  readonly store: EmbeddedStore;
  readonly #folder: string;

  private constructor(folder: string, store: EmbeddedStore) {
    this.#folder = folder;
    this.store = store;
  }

  static async open(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'restante-dsn-'));
    const clock = new SimClock(START);
    const quota = new MemoryQuotaLedger(clock);
    const store = await openEmbeddedStore({ folder, disk: nodeDisk, clock, random: systemRandom, quota });
    await store.addDomain('example.org');
    for (const name of ['postmaster', 'ann', 'bob']) await store.addAccount(`${name}@example.org`);
    return new Stage(folder, store);
  }

  reporter(changed: Partial<DsnReporterOptions> = {}): DsnReporter {
    return new DsnReporter({
      store: this.store,
      clock: this.clock,
      random: systemRandom,
      log: this.log,
      hostname: 'mail.example.org',
      referenceUrl: '',
      languageOf: (): Language | null => null,
      counters: this.tally,
      ...changed,
    });
  }

  /** Keeps a message that goes out, and gives the entries of its recipients. */
  async queued(
    to: readonly string[],
    changed: Partial<KeptEnvelope> = {},
    { text = TEXT, notify = null }: { text?: string; notify?: string | null } = {},
  ): Promise<readonly [QueueEntry, ...QueueEntry[]]> {
    const writer = this.store.begin();
    writer.write(Buffer.from(text));
    const [first, ...others] = to.map((recipient): Delivery => ({
      account: QUEUE,
      recipient,
      state: 'queued',
      notify,
      orcpt: null,
    }));
    assert.ok(first !== undefined);
    const envelope: KeptEnvelope = {
      reversePath: 'ann@example.org',
      receivedAt: START as Instant,
      envid: null,
      ret: null,
      importKey: null,
      body: '7BIT',
      smtputf8: false,
      origin: 'submission',
      submitter: null,
      ...changed,
    };
    const kept = await writer.keep(envelope, [first, ...others]);
    assert.ok(kept.ok);
    const [entry, ...rest] = (await this.store.queue.listQueue({ id: writer.id }, { count: 2000 })).entries;
    assert.ok(entry !== undefined && rest.length === others.length);
    return [entry, ...rest];
  }

  async account(address: string): Promise<AccountId> {
    const shown = await this.store.showAccount(address);
    assert.ok(shown.ok);
    return shown.value.id;
  }

  /** The mail of a mailbox, as text. */
  async inbox(address: string): Promise<readonly string[]> {
    const account = await this.account(address);
    const texts: string[] = [];
    for (const { uid } of (await this.store.listEntries({ account })).entries) {
      const read = await this.store.readEntry(account, uid);
      assert.ok(read.ok);
      const pieces: Uint8Array[] = [];
      for await (const piece of read.value) pieces.push(piece);
      texts.push(Buffer.concat(pieces).toString());
    }
    return texts;
  }

  /** What goes out from the null reverse-path. */
  async reportsOut(): Promise<readonly QueueEntry[]> {
    return (await this.store.queue.listQueue({ local: false })).entries.filter(
      ({ envelope }) => envelope.reversePath === '',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function tell(
  reporter: DsnReporter,
  entries: readonly [QueueEntry, ...QueueEntry[]],
  fate: Fate,
): Promise<void> {
  const [first, ...others] = entries.map((entry) => ({ entry, fate }));
  assert.ok(first !== undefined);
  const told = await reporter.tell([first, ...others]);
  assert.ok(told.ok);
}

test('DsnReporter.tell() puts the report of a failure into the mailbox of a local sender, counted once', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net', 'y@example.net']);
  await tell(stage.reporter(), entries, REFUSED);
  const [report = '', ...others] = await stage.inbox('ann@example.org');
  assert.equal(others.length, 0);
  assert.match(
    report,
    /^Return-Path: <>\r\nDelivered-To: ann@example\.org\r\n|^Delivered-To: ann@example\.org\r\nReturn-Path: <>\r\n/,
  );
  const parsed = await PostalMime.parse(report);
  assert.equal(parsed.subject, 'Your message could not be delivered: Lunch');
  assert.equal(parsed.inReplyTo, '<1@c>');
  assert.match(parsed.text ?? '', /x@example\.net\n\s+y@example\.net\n/);
  assert.match(report, /text\/rfc822-headers[^]*\r\n\r\nSubject: Lunch\r\nMessage-ID: <1@c>\r\n/);
  assert.ok(!report.includes('at noon'));
  assert.equal(stage.tally.reports.get('failed'), 1);
  assert.deepEqual((await stage.store.recount()).mended, []);
});

test('DsnReporter.tell() says the same once, however often it is told, also after a new start', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net', 'y@example.net']);
  for (const reporter of [stage.reporter(), stage.reporter()]) {
    await tell(reporter, entries, REFUSED);
    await Promise.all([tell(reporter, entries, REFUSED), tell(reporter, entries, REFUSED)]);
  }
  assert.equal((await stage.inbox('ann@example.org')).length, 1);
  assert.deepEqual((await stage.store.recount()).mended, []);
});

test('DsnReporter.tell() queues the report of a sender elsewhere, from the null reverse-path, wanting no report', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net'], {
    reversePath: 'carl@example.jp',
    origin: 'network',
  });
  await tell(stage.reporter(), entries, REFUSED);
  const [out, ...others] = await stage.reportsOut();
  assert.ok(out !== undefined && others.length === 0);
  assert.equal(out.recipient, 'carl@example.jp');
  assert.equal(out.destination, 'example.jp');
  assert.equal(out.notify, 'NEVER');
  assert.deepEqual(
    [out.envelope.origin, out.envelope.body, out.envelope.smtputf8],
    ['internal', '7BIT', false],
  );
  const read = await stage.store.queue.readQueued(out);
  assert.ok(read.ok);
  const pieces: Uint8Array[] = [];
  for await (const piece of read.value.chunks) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  assert.match(text, /^From: Mail Delivery/); // The Return-Path is for the final delivery.
  assert.match(text, /^[\x20-\x7e\r\n]*$/);
  const { subject, text: body = '' } = await PostalMime.parse(text);
  assert.equal(subject, 'Your message could not be delivered / メールをお届けできませんでした: Lunch');
  assert.ok(body.indexOf('What happened') < body.indexOf('何が起きたか'));
});

test('DsnReporter.tell() speaks the language of the account', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net']);
  await tell(stage.reporter({ languageOf: () => 'ja' }), entries, REFUSED);
  const [report = ''] = await stage.inbox('ann@example.org');
  const parsed = await PostalMime.parse(report);
  assert.equal(parsed.subject, 'メールをお届けできませんでした: Lunch');
  assert.ok(!parsed.text?.includes('What happened'));
});

test('DsnReporter.tell() parks what nobody may be told: in the log, in the figures, with the postmaster', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net'], {
    reversePath: 'forged@example.net',
    origin: 'mx',
    ret: 'FULL',
  });
  const reporter = stage.reporter();
  await tell(reporter, entries, REFUSED);
  await tell(reporter, entries, REFUSED);
  assert.deepEqual(await stage.reportsOut(), []);
  const [parked = '', ...others] = await stage.inbox('postmaster@example.org');
  assert.equal(others.length, 0);
  assert.match(parked, /^Envelope sender: forged@example\.net\r$/m);
  assert.ok(!parked.includes('at noon'));
  assert.equal(stage.tally.undeliverable, 1);
  assert.equal(stage.log.names.filter((name) => name === 'undeliverable').length, 1);
});

test('DsnReporter.tell() ends a report that cannot be delivered: no loop', async () => {
  await using stage = await Stage.open();
  const reporter = stage.reporter();
  const entries = await stage.queued(['x@example.net'], { reversePath: 'carl@example.net' });
  await tell(reporter, entries, REFUSED);
  const [out] = await stage.reportsOut();
  assert.ok(out !== undefined);
  await tell(reporter, [out], REFUSED);
  const text = 'Return-Path: <ann@example.org>\r\nAuto-Submitted: auto-replied\r\n\r\n';
  const answer = await stage.queued(['z@example.net'], { origin: 'internal' }, { text });
  await tell(reporter, answer, REFUSED);
  assert.equal((await stage.reportsOut()).length, 1);
  assert.deepEqual(await stage.inbox('postmaster@example.org'), []);
  assert.equal(stage.tally.doubleBounces, 2);
  assert.deepEqual(stage.log.names, ['report-kept', 'double-bounce', 'double-bounce']);
});

test('DsnReporter.tell() writes one report for each kind of fate, and none where none is wanted', async () => {
  await using stage = await Stage.open();
  const reporter = stage.reporter();
  const [first, second, third] = await stage.queued(
    ['x@a.example', 'y@a.example', 'z@a.example'],
    {},
    { notify: 'SUCCESS,FAILURE' },
  );
  assert.ok(second !== undefined && third !== undefined);
  const told = await reporter.tell([
    { entry: first, fate: REFUSED },
    { entry: second, fate: RELAYED },
    { entry: third, fate: { type: 'expired', retry: null } },
  ]);
  assert.ok(told.ok);
  const subjects = await Promise.all(
    (await stage.inbox('ann@example.org')).map(async (text) => (await PostalMime.parse(text)).subject),
  );
  assert.deepEqual(subjects, [
    'Your message could not be delivered: Lunch',
    'Your message was passed on: Lunch',
  ]);
  await tell(reporter, await stage.queued(['x@a.example'], {}, { notify: 'NEVER' }), REFUSED);
  await tell(reporter, await stage.queued(['x@a.example']), RELAYED);
  assert.equal((await stage.inbox('ann@example.org')).length, 2);
  assert.equal(stage.tally.undeliverable, 0);
});

test('DsnReporter.tell() lets a report wait for a sender whose mailbox is full', async () => {
  await using stage = await Stage.open();
  await stage.store.setAccount('ann@example.org', { limits: { octets: 100, messages: 0 } });
  await tell(stage.reporter(), await stage.queued(['x@example.net']), REFUSED);
  assert.deepEqual(await stage.inbox('ann@example.org'), []);
  await stage.store.setAccount('ann@example.org', { limits: null });
  await stage.store.releaseWaiting();
  assert.equal((await stage.inbox('ann@example.org')).length, 1);
  assert.deepEqual((await stage.store.recount()).mended, []);
});

test('DsnReporter.tell() returns a short message whole when RET=FULL asks, and only its header of a long one', async () => {
  await using stage = await Stage.open();
  const reporter = stage.reporter();
  await tell(reporter, await stage.queued(['x@example.net'], { ret: 'FULL' }), REFUSED);
  const text = `Return-Path: <ann@example.org>\r\nSubject: Long\r\n\r\n${'0123456789\r\n'.repeat(10_000)}`;
  await tell(reporter, await stage.queued(['x@example.net'], { ret: 'FULL' }, { text }), REFUSED);
  const [short = '', long = ''] = await stage.inbox('ann@example.org');
  assert.match(short, /message\/rfc822\r\n\r\nSubject: Lunch\r\nMessage-ID: <1@c>\r\n\r\nat noon\r\n/);
  assert.match(long, /text\/rfc822-headers\r\n/);
  assert.ok(!long.includes('0123456789\r\n'));
});

test('DsnReporter.tell() makes one short report of a thousand recipients, and few of many for one sender', async () => {
  await using stage = await Stage.open();
  const reporter = stage.reporter();
  const many = await stage.queued(
    Array.from({ length: 1000 }, (_, n) => `r${n}@example.net`),
    {},
    { notify: 'SUCCESS' },
  );
  await tell(reporter, many, RELAYED);
  const [report = '', ...others] = await stage.inbox('ann@example.org');
  assert.equal(others.length, 0);
  assert.ok(report.length < 64 * 1024, String(report.length));
  const [one] = await stage.queued(['x@example.net'], {}, { notify: 'SUCCESS' });
  for (let ordinal = 0; ordinal < 150; ordinal++) await tell(reporter, [{ ...one, ordinal }], RELAYED);
  assert.equal(stage.tally.reports.get('relayed'), 100);
  assert.equal(stage.tally.limited, 51);
  stage.clock.advance(3_600_000);
  await tell(reporter, [{ ...one, ordinal: 200 }], RELAYED);
  assert.equal(stage.tally.reports.get('relayed'), 101);
});

test('DsnReporter.tell() gives the room back and says so when a report cannot be kept', async () => {
  await using stage = await Stage.open();
  const entries = await stage.queued(['x@example.net']);
  const { store } = stage;
  const full = {
    directory: store.directory,
    quota: store.quota,
    queue: store.queue,
    importKnown: (key: string) => store.importKnown(key),
    begin: () => {
      const writer = store.begin();
      return {
        id: writer.id,
        size: 10_000,
        landed: 0,
        failure: null,
        write: () => {},
        flush: () => null,
        discard: () => writer.discard(),
        keep: async () => ({ ok: false, failure: { type: 'no-space' } }) as const,
      };
    },
  };
  const told = await stage.reporter({ store: full }).tell([{ entry: entries[0], fate: REFUSED }]);
  assert.deepEqual(told, { ok: false, failure: { type: 'no-space' } });
  const shown = await store.showAccount('ann@example.org');
  assert.ok(shown.ok);
  assert.deepEqual([shown.value.usedOctets, shown.value.inflightOctets], [0, 0]);
});

test('DsnReporter.tell() is not led astray by the header of the message', async () => {
  await using stage = await Stage.open();
  const reporter = stage.reporter();
  const injected = '=?utf-8?q?x=0D=0ABcc:_evil@example.org=0D=0A=0D=0Ahello?= \u202e \0';
  for (const field of [
    `Subject: ${injected}`,
    `Message-ID: <a@b>\r\n\t<c@d>`,
    `X: ${'y'.repeat(300_000)}\r\nZ: 1`,
  ]) {
    const text = `Return-Path: <ann@example.org>\r\n${field}\r\n\r\nbody\r\n`;
    await tell(reporter, await stage.queued(['x@example.net'], {}, { text }), REFUSED);
  }
  const reports = await stage.inbox('ann@example.org');
  assert.equal(reports.length, 3);
  for (const report of reports) {
    const parsed = await PostalMime.parse(report);
    assert.equal(parsed.bcc, undefined);
    assert.match(parsed.text ?? '', /x@example\.net/);
    assert.match(parsed.subject ?? '', /^Your message could not be delivered/);
    assert.ok(report.split('\r\n').every((line) => line.length <= 998));
    assert.ok(report.length < 128 * 1024, String(report.length));
  }
  assert.match((await PostalMime.parse(reports[0] ?? '')).subject ?? '', /: x Bcc: evil@example\.org hello$/);
});
