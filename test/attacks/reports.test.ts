/** Reports and loops as weapons: attacks 20 to 23. Nobody who did not ask hears from us, and nothing goes round without an end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DsnReporter } from '../../src/delivery/dsn-reporter.ts';
import { ReportTally } from '../../src/delivery/report-tally.ts';
import { SmtpCarrier } from '../../src/delivery/smtp-carrier.ts';
import { DELAY_NOTICE_AFTER_MS, QUEUE_LIFETIME_MS } from '../../src/policy/retry-schedule.ts';
import { QueueRunner } from '../../src/queue/queue-runner.ts';
import { QueueTally } from '../../src/queue/queue-tally.ts';
import { systemClock } from '../../src/world/clock.ts';
import { systemRandom } from '../../src/world/random.ts';
import { done, DOMAIN, House, type HouseOptions } from '../decisions/house.ts';
import { PostOffice, SENDER } from '../queue/post-office.ts';
import { HostilePeer } from '../support/hostile-peer.ts';
import { codes, expectCode, SmtpClient } from '../support/smtp-client.ts';
import { logIn, onlyMessage, secureHouse } from '../tls/secure-house.ts';

const MIB = 2 ** 20;

/** A house that sends: what it relays goes to these ports, by domain. */
class Sender implements AsyncDisposable {
  readonly tally = new QueueTally();
  readonly reports = new ReportTally();
  readonly house: House;
  readonly ports: Record<string, number>;
  readonly #runner: QueueRunner;

  constructor(house: House, ports: Record<string, number>) {
    this.house = house;
    this.ports = ports;
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const world = { clock: house.clock, random: systemRandom, log };
    const { store } = house;
    this.#runner = QueueRunner.start({
      queue: store.queue,
      carrier: new SmtpCarrier({
        ...world,
        clock: systemClock,
        queue: store.queue,
        hostname: 'mail.test.example',
        routes: {
          find: (destination) =>
            Promise.resolve({
              type: 'hops',
              hops: [
                {
                  name: 'mx.example',
                  address: '127.0.0.1',
                  port: this.ports[destination] ?? 1,
                  preference: 0,
                },
              ],
              protocol: 'smtp',
              tls: 'off',
              implicitTls: false,
              auth: null,
            }),
        },
      }),
      reporter: new DsnReporter({
        ...world,
        store,
        hostname: 'mail.test.example',
        referenceUrl: '',
        languageOf: () => null,
        counters: this.reports,
      }),
      terms: {
        lifetimeMs: QUEUE_LIFETIME_MS,
        delayNoticeMs: DELAY_NOTICE_AFTER_MS,
        fullMailboxPatienceMs: 0,
      },
      connections: { max: 20, maxPerDestination: 5 },
      tally: this.tally,
      ...world,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.stop(2000);
  }
}

async function until(
  houses: readonly House[],
  isSo: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, what);
    for (const { clock } of houses) await clock.pass(25);
    await pause(1);
  }
}

async function queued({ store }: House): Promise<number> {
  return (await store.queue.listQueue({}, { count: 1000 })).entries.length;
}

test('attack 21: mail for nobody, and for a full mailbox, with a forged sender: refused at RCPT, and nothing goes out for it', async () => {
  await using house = await House.start({ relayNetworks: ['127.0.0.2'] });
  const full = await house.account({ limits: { octets: 0, messages: 1 } });
  const text = Buffer.from('Subject: x\r\n\r\nx\r\n');
  using client = await SmtpClient.open(house.ports.smtp);
  expectCode((await client.mail({ to: [full], text })).last, '250');
  for (const to of [`nobody@${DOMAIN}`, `nobody+x@${DOMAIN}`, 'x@elsewhere.example', full]) {
    const { last } = await client.mail({ from: 'victim@bank.example', to: [to], text });
    assert.match(last.code, /^[45]5/, to);
  }
  assert.equal(await queued(house), 0);
});

test('attack 21: what a stranger relays and what nobody wants makes no report for a sender that may be forged, nor a bounce for a bounce', async () => {
  await using peer = await HostilePeer.listen({
    answer: (line) => (line.startsWith('RCPT') ? '550 5.1.1 nobody\r\n' : undefined),
  });
  await using office = await PostOffice.open({
    places: { 'one.example': peer.port, 'victim.example': peer.port },
  });
  await office.post({ to: ['a@one.example'], from: 'ann@victim.example', envelope: { origin: 'mx' } });
  await office.post({ to: ['b@one.example'], from: '', envelope: { origin: 'network' } });
  await office.post({ to: ['c@one.example'], from: '', envelope: { origin: 'internal' } });
  await office.until(() => office.fates.length === 3, 'all fail');
  await office.settled();
  assert.deepEqual(await office.entries(), []);
  assert.ok(peer.heard.every(({ line }) => !line.startsWith('RCPT TO:<ann@victim')));
  assert.equal(office.reports.reports.get('failed') ?? 0, 0);
  assert.ok(office.reports.doubleBounces >= 1);
  // A report that fails itself: one, and no more.
  await office.post({ to: ['d@one.example'], from: 'ann@victim.example', envelope: { origin: 'network' } });
  await office.until(() => office.fates.length >= 5, 'it fails, and so does its report');
  await office.settled();
  assert.deepEqual(await office.entries(), []);
  assert.equal(office.fates.length, 5);
  const reports = peer.heard.filter(
    ({ line }) => line === 'MAIL FROM:<>' || line.startsWith('MAIL FROM:<> '),
  );
  assert.ok(reports.length >= 1 && reports.length <= 3, `${reports.length}`);
});

test('attack 22: two servers that send to each other give up after a hundred hops, and its sender hears of it once', async () => {
  const open: HouseOptions = { relayNetworks: ['127.0.0.0/8'] };
  await using one = await House.start(open);
  await using two = await House.start(open);
  const sender = await one.account();
  await using first = new Sender(one, { 'loop.example': two.ports.smtp });
  await using second = new Sender(two, { 'loop.example': one.ports.smtp, [DOMAIN]: one.ports.smtp });
  using client = await SmtpClient.open(one.ports.smtp);
  const text = Buffer.from(`From: <${sender}>\r\nSubject: round and round\r\n\r\ntext\r\n`);
  expectCode((await client.mail({ from: sender, to: ['x@loop.example'], text })).last, '250');
  const mailbox = async (): Promise<number> => (await one.show(sender)).usedMessages;
  await until([one, two], async () => (await mailbox()) > 0, 'the sender hears of it');
  await until([one, two], async () => (await queued(one)) + (await queued(two)) === 0, 'nothing is left');
  assert.equal(await mailbox(), 1);
  const hops = first.tally.delivered + second.tally.delivered;
  assert.ok(hops >= 95 && hops <= 105, `${hops} hops`);
  const report = await onlyMessage(one, sender);
  assert.match(report, /Return-Path: <>/);
  assert.match(report, /Status: 5\.4\.6/);
  assert.match(report, /Auto-Submitted: auto-replied/i);
});

test('attack 23: NOTIFY=SUCCESS for 900 recipients with RET=FULL of a big mail: one short report to who logged in, none to a stranger', async () => {
  await using peer = await HostilePeer.listen({});
  await using office = await PostOffice.open({ places: { 'one.example': peer.port } });
  const to = Array.from({ length: 900 }, (_, i) => `r${i}@one.example`);
  const text = `From: <${SENDER}>\r\nSubject: big\r\n\r\n${'line of text\r\n'.repeat(50_000)}`;
  const asks = { notify: 'SUCCESS,FAILURE,DELAY', text } as const;
  await office.post({ ...asks, to, envelope: { ret: 'FULL', origin: 'submission' } });
  await office.until(() => office.tally.delivered === 900, 'all are relayed');
  await office.settled();
  const told = office.reports.reports.get('relayed') ?? 0;
  assert.ok(told >= 1 && told <= 10, `${told} reports`);
  const { id: account } = await done(office.store.showAccount(SENDER));
  const { entries } = await office.store.listEntries({ account }, { count: 1000 });
  const octets = entries.reduce((sum, { size }) => sum + size, 0);
  assert.ok(octets < 200_000, `${octets} octets for ${told} reports`);
  // The same from elsewhere, in the name of somebody else.
  await office.post({
    ...asks,
    from: 'victim@one.example',
    to,
    envelope: { ret: 'FULL', origin: 'network' },
  });
  await office.until(() => office.tally.delivered === 1800, 'all are relayed');
  await office.settled();
  assert.equal(office.reports.reports.get('relayed'), told);
  assert.ok(peer.heard.every(({ line }) => !line.includes('TO:<victim@')));
});

test('attack 23: what a user says of a message never becomes a header of a report', async () => {
  await using peer = await HostilePeer.listen({
    answer: (line) =>
      line.startsWith('RCPT')
        ? '550-5.1.1 nobody\tX-Evil: yes\r\n550-5.1.1 --boundary--\r\n550 5.1.1 \xffContent-Type: text/html\r\n'
        : undefined,
  });
  await using place = await secureHouse();
  const { house, user } = place;
  await using sender = new Sender(house, { 'one.example': peer.port });
  using plain = await SmtpClient.open(house.ports.submission);
  expectCode(await plain.say('STARTTLS'), '220');
  using client = await SmtpClient.connectTls(plain.socket);
  await client.say('EHLO client.example');
  expectCode(await logIn(client, 'PLAIN', { name: user }), '235');
  for (const bad of ['ENVID=a+0D+0Ab', 'ENVID=a b', 'RET=FULL\0', 'ENVID=+', `ENVID=${'a'.repeat(101)}`])
    assert.match(codes(await client.say(`MAIL FROM:<${user}> ${bad}`)), /^5/, bad);
  expectCode(await client.say(`MAIL FROM:<${user}> RET=FULL ENVID=X+2DEvil:+20yes`), '250');
  assert.match(codes(await client.say('RCPT TO:<a@one.example> ORCPT=rfc822;a+0D+0AX-Evil:+20yes')), /^5/);
  expectCode(
    await client.say('RCPT TO:<"X-Evil: yes"@one.example> NOTIFY=FAILURE ORCPT=rfc822;X-Evil:+20yes'),
    '250',
  );
  expectCode(await client.say('DATA'), '354');
  client.write(
    `From: <${user}>\r\nSubject: a\r\n =?utf-8?q?=0D=0AX-Evil:_yes?=\r\n\r\n--boundary\r\nX-Evil: yes\r\n.\r\n`,
  );
  expectCode(await client.reply(), '250');
  await until([house], () => (sender.reports.reports.get('failed') ?? 0) > 0, 'it is returned');
  await until([house], async () => (await house.show(user)).usedMessages === 1, 'the sender is told');
  const report = await onlyMessage(house, user);
  const boundary = /boundary="?([^"\r\n;]+)/.exec(report)?.[1] ?? '';
  assert.ok(boundary !== '' && boundary !== 'boundary');
  const parts = report.split(`\r\n--${boundary}`);
  assert.equal(parts.length, 5); // the header, three parts, the end
  for (const part of parts.slice(0, 3)) assert.doesNotMatch(part, /^X-Evil/im);
  assert.ok(parts[2]?.includes('message/delivery-status'));
});

test('attack 20: a bomb in an attachment is octets: taken, kept, relayed and returned as they are, without unpacking', async () => {
  await using house = await House.start();
  const to = await house.account();
  const bomb = gzipSync(gzipSync(Buffer.alloc(64 * MIB), { level: 9 }), { level: 9 }).toString('base64');
  const lines = bomb.match(/.{1,76}/g) ?? [];
  const text = [
    'Subject: bomb',
    'MIME-Version: 1.0',
    'Content-Type: application/gzip; name="42.zip"',
    'Content-Encoding: gzip',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
    '',
  ].join('\r\n');
  const before = process.memoryUsage.rss();
  using client = await SmtpClient.open(house.ports.smtp);
  for (let i = 0; i < 5; i++)
    expectCode((await client.mail({ to: [to], text: Buffer.from(text) })).last, '250');
  assert.ok(process.memoryUsage.rss() - before < 60 * MIB);
  assert.equal((await house.show(to)).usedMessages, 5);
  assert.ok((await house.show(to)).usedOctets < 6 * (text.length + 1000));
});
