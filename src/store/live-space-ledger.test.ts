import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bug } from '../base/assert.ts';
import type { HoldRefusal } from '../policy/admission.ts';
import { GIB, KIB, MIB, SPACE_DEFAULTS } from '../policy/space.ts';
import type { Level, SpaceSettings } from '../policy/space.ts';
import { SimClock } from '../world/sim/clock.ts';
import { SimVolume } from '../world/sim/volume.ts';
import { LiveSpaceLedger } from './live-space-ledger.ts';
import type { Hold, HoldRequest, LevelChange, VolumeAlarm } from './space-ledger.ts';

interface Stage {
  readonly clock: SimClock;
  readonly volume: SimVolume;
  readonly log: SimVolume;
  readonly ledger: LiveSpaceLedger;
  readonly changes: LevelChange[];
  readonly alarms: VolumeAlarm[];
}

async function staged(available = 10 * GIB, settings: Partial<SpaceSettings> = {}): Promise<Stage> {
  const clock = new SimClock();
  const volume = new SimVolume(20 * GIB, available);
  const log = new SimVolume(20 * GIB);
  const ledger = new LiveSpaceLedger({
    store: volume,
    others: new Map([['log', log]]),
    clock,
    settings: { ...SPACE_DEFAULTS, ...settings },
  });
  const changes: LevelChange[] = [];
  const alarms: VolumeAlarm[] = [];
  ledger.onLevel((change) => changes.push(change));
  ledger.onAlarm((alarm) => alarms.push(alarm));
  await ledger.start();
  return { clock, volume, log, ledger, changes, alarms };
}

function ask(change: Partial<HoldRequest> = {}): HoldRequest {
  return { client: '192.0.2.1', declared: MIB, recipients: 1, lane: 'ordinary', ...change };
}

function held(answer: Hold | HoldRefusal): Hold {
  assert.ok(typeof answer !== 'string', typeof answer === 'string' ? answer : '');
  return answer;
}

test('start() knows the level at once, and admits everybody', async () => {
  const { ledger, changes } = await staged();
  assert.equal(ledger.level, 'green');
  assert.equal(ledger.usable(), 10 * GIB);
  assert.equal(ledger.reserve, 128 * MIB);
  assert.deepEqual(
    Array.from({ length: 20 }, () => ledger.admits()),
    Array.from({ length: 20 }, () => true),
  );
  assert.deepEqual(changes, []);
});

test('hold() takes what is declared or 1 MiB, 8 KiB and 1 KiB a recipient', async () => {
  const { ledger } = await staged();
  const one = held(ledger.hold(ask({ declared: 5000, recipients: 3 })));
  assert.equal(ledger.held, 5000 + 11 * KIB);
  const other = held(ledger.hold(ask({ declared: null })));
  assert.equal(ledger.held, 5000 + 11 * KIB + MIB + 9 * KIB);
  assert.equal(ledger.usable(), 10 * GIB - ledger.held);
  one.release();
  other.release();
  assert.equal(ledger.held, 0);
  ledger.check();
});

test('cover() grows in steps of 1 MiB, and release() gives all of it back once', async () => {
  const { ledger } = await staged();
  const hold = held(ledger.hold(ask({ declared: 1000 })));
  assert.ok(hold.cover(1000));
  assert.equal(ledger.held, 1000 + 9 * KIB);
  assert.ok(hold.cover(1001));
  assert.equal(ledger.held, 1000 + 9 * KIB + MIB);
  assert.ok(hold.cover(3 * MIB));
  assert.equal(ledger.held, 1000 + 9 * KIB + 3 * MIB);
  hold.release();
  hold.release();
  assert.equal(ledger.held, 0);
  assert.throws(() => hold.cover(9 * MIB), Bug);
  assert.throws(() => hold.landed(1), Bug);
});

test('landed() moves octets from held to used, until a sample has seen them', async () => {
  const { ledger, clock, volume } = await staged();
  const hold = held(ledger.hold(ask({ declared: 5 * MIB })));
  const before = ledger.usable();
  hold.landed(4 * MIB);
  volume.fill(4 * MIB);
  assert.equal(ledger.held, MIB + 9 * KIB);
  assert.equal(ledger.usable(), before);
  hold.landed(5 * MIB);
  volume.fill(MIB);
  hold.release();
  assert.equal(ledger.usable(), 10 * GIB - 5 * MIB);
  await clock.pass(1000);
  assert.equal(ledger.usable(), 10 * GIB - 5 * MIB);
  assert.throws(() => held(ledger.hold(ask())).landed(-1), Bug);
});

test('landed() counts what a sample under way may have missed', async () => {
  const { ledger, clock, volume } = await staged();
  const hold = held(ledger.hold(ask({ declared: 5 * MIB })));
  volume.hang();
  await clock.pass(1000);
  hold.landed(5 * MIB);
  hold.release();
  volume.recover(); // with a figure of before the landing
  await clock.pass(0);
  assert.equal(ledger.usable(), 10 * GIB - 5 * MIB);
});

test('hold() never promises the reserve, nor the same octets twice', async () => {
  const { ledger } = await staged(3 * GIB, { clientHoldMessages: 1000 });
  let holds = 0;
  while (typeof ledger.hold(ask({ declared: 50 * MIB })) !== 'string') holds++;
  assert.equal(holds, Math.floor((3 * GIB - 128 * MIB) / (50 * MIB + 9 * KIB)));
  assert.equal(ledger.hold(ask({ declared: 50 * MIB })), 'storage-full');
  assert.ok(ledger.usable() >= ledger.reserve);
});

test('cover() says false when the disk has no more, and why', async () => {
  const { ledger } = await staged(3 * GIB, { clientHoldMessages: 1000 });
  const hold = held(ledger.hold(ask()));
  assert.ok(hold.cover(GIB));
  assert.equal(hold.cover(3 * GIB), false);
  assert.equal(hold.refusal, 'storage-full');
  assert.equal(hold.cover(3 * GIB + 1), false);
  hold.release();
  assert.equal(ledger.held, 0);
});

test('hold() S39: one client holds at most eight of the largest messages, others are not hindered', async () => {
  const { ledger } = await staged(10 * GIB, { messageSizeMax: 10 * MIB });
  const holds = Array.from({ length: 7 }, () => held(ledger.hold(ask({ declared: 10 * MIB }))));
  assert.equal(ledger.hold(ask({ declared: 10 * MIB })), 'client-cap');
  const small = held(ledger.hold(ask({ declared: 1000 })));
  assert.equal(small.cover(11 * MIB), false);
  assert.equal(small.refusal, 'client-cap');
  held(ledger.hold(ask({ client: '192.0.2.2', declared: 10 * MIB }))).release();
  holds[0]?.release();
  holds.push(held(ledger.hold(ask({ declared: 10 * MIB }))));
  for (const hold of [...holds, small]) hold.release();
  assert.equal(ledger.held, 0);
  ledger.check();
});

test('the level is of the worst volume', async () => {
  const { ledger, clock, log, changes } = await staged();
  log.available = 10 * MIB; // S38
  await clock.pass(1000);
  assert.equal(ledger.level, 'black');
  assert.deepEqual(changes, [{ from: 'green', to: 'black', forced: false, volume: 'log' }]);
  assert.equal(ledger.hold(ask()), 'storage-full');
});

test('the level heeds what is held', async () => {
  const { ledger, clock } = await staged(2.1 * GIB, { clientHoldMessages: 1000 });
  const hold = held(ledger.hold(ask({ declared: 500 * MIB })));
  await clock.pass(1000);
  assert.equal(ledger.level, 'yellow');
  hold.release();
  assert.equal(ledger.level, 'yellow');
});

test('usable that swings ±1 % around RED each second for 5 min changes the level twice at most', async () => {
  const { clock, volume, changes } = await staged();
  for (let second = 0; second < 300; second++) {
    volume.available = Math.floor(GIB * (second % 2 === 0 ? 0.99 : 1.01));
    await clock.pass(1000);
  }
  assert.ok(changes.length <= 2, `${changes.length} changes`);
});

test('after RED a tenth of MAIL is admitted, and a tenth more every 30 s', async () => {
  const { ledger, clock, volume } = await staged();
  volume.available = GIB - 1;
  await clock.pass(1000);
  assert.equal(ledger.level, 'red');
  assert.equal(ledger.admits(), true); // the lane decides
  volume.available = 10 * GIB;
  await clock.pass(60_000);
  assert.equal(ledger.level, 'red');
  await clock.pass(1000);
  assert.equal(ledger.level, 'green');
  const admitted = (): number => Array.from({ length: 100 }, () => ledger.admits()).filter(Boolean).length;
  assert.equal(ledger.status().admittedPercent, 10);
  assert.equal(admitted(), 10);
  await clock.pass(30_000);
  assert.equal(admitted(), 20);
  await clock.pass(240_000);
  assert.equal(admitted(), 100);
  assert.equal(ledger.status().admittedPercent, 100);
});

test('force() wins over the volumes, and null gives them back their say', async () => {
  const { ledger, clock, volume, changes } = await staged();
  for (const level of ['red', 'black', 'yellow'] as const) {
    ledger.force(level);
    await clock.pass(2000);
    assert.equal(ledger.level, level);
  }
  ledger.force('red');
  ledger.force('green');
  assert.equal(ledger.admits() && ledger.admits(), true); // ordered, so not by degrees
  volume.available = 0;
  await clock.pass(1000);
  assert.equal(ledger.level, 'green');
  assert.equal(ledger.status().measured, 'black');
  ledger.force(null);
  assert.equal(ledger.level, 'black');
  assert.deepEqual(changes.at(-1), { from: 'green', to: 'black', forced: false, volume: 'store' });
});

test('force() before the start holds after it', async () => {
  const clock = new SimClock();
  const ledger = new LiveSpaceLedger({ store: new SimVolume(GIB), clock, settings: SPACE_DEFAULTS });
  ledger.force('red');
  await ledger.start();
  assert.equal(ledger.level, 'red');
  ledger.force(null);
  assert.equal(ledger.level, 'green');
});

test('the lane of postmaster: open under RED, small, from a pool that only GREEN or YELLOW fill again', async () => {
  const { ledger } = await staged(10 * GIB, { postmasterPool: MIB });
  ledger.force('red');
  assert.equal(ledger.hold(ask()), 'storage-full');
  assert.equal(ledger.hold(ask({ lane: 'postmaster', declared: 256 * KIB + 1 })), 'storage-full');
  const kept = held(ledger.hold(ask({ lane: 'postmaster', declared: null })));
  assert.equal(ledger.postmasterPool, MIB - 265 * KIB);
  assert.ok(kept.cover(256 * KIB));
  assert.equal(kept.cover(256 * KIB + 1), false);
  kept.landed(200 * KIB);
  kept.release();
  assert.equal(ledger.postmasterPool, MIB - 200 * KIB);
  const lies = held(ledger.hold(ask({ lane: 'postmaster', declared: 10 })));
  assert.ok(lies.cover(100 * KIB));
  const third = held(ledger.hold(ask({ lane: 'postmaster', declared: 256 * KIB })));
  const fourth = held(ledger.hold(ask({ lane: 'postmaster', declared: 256 * KIB })));
  assert.equal(ledger.hold(ask({ lane: 'postmaster', declared: 256 * KIB })), 'pool-used-up');
  lies.release();
  third.release();
  fourth.release();
  assert.equal(ledger.postmasterPool, MIB - 200 * KIB);
  ledger.force('black');
  assert.equal(ledger.hold(ask({ lane: 'postmaster', declared: 10 })), 'storage-full');
  ledger.force('yellow');
  assert.equal(ledger.postmasterPool, MIB);
  assert.equal(ledger.held, 0);
});

test('a volume that hangs holds up nobody: never asked twice at once, its last word counts, an alarm after 10 s', async () => {
  const { ledger, clock, volume, alarms } = await staged();
  volume.hang();
  const asked = volume.asked;
  await clock.pass(10_000);
  assert.equal(volume.asked, asked + 1);
  assert.deepEqual(alarms, []);
  await clock.pass(20_000);
  assert.equal(volume.asked, asked + 1);
  assert.equal(ledger.level, 'green');
  assert.equal(ledger.usable(), 10 * GIB);
  assert.deepEqual(
    alarms.map(({ volume: name, type }) => [name, type]),
    [['store', 'silent']],
  );
  volume.recover();
  await clock.pass(2000);
  assert.deepEqual(
    alarms.map(({ type }) => type),
    ['silent', 'recovered'],
  );
});

test('a volume that fails is as one that says nothing', async () => {
  const { clock, volume, alarms, ledger } = await staged();
  volume.fail();
  await clock.pass(30_000);
  assert.equal(ledger.level, 'green');
  assert.equal(alarms.length, 1);
  assert.ok((ledger.status().volumes[0]?.ageMs ?? 0) > 10_000);
});

test('start() with a volume that hangs comes to an end, BLACK, until it answers', async () => {
  const clock = new SimClock();
  const volume = new SimVolume(20 * GIB);
  volume.hang();
  const ledger = new LiveSpaceLedger({ store: volume, clock, settings: SPACE_DEFAULTS });
  const started = ledger.start();
  await clock.pass(10_000);
  await started;
  assert.equal(ledger.level, 'black');
  assert.equal(ledger.usable(), 0);
  assert.equal(ledger.status().volumes[0]?.ageMs, null);
  volume.recover();
  await clock.pass(1000);
  assert.equal(ledger.level, 'green');
});

test('a file system that tells nothing limits nothing', async () => {
  const ledger = new LiveSpaceLedger({
    store: new SimVolume(0),
    clock: new SimClock(),
    settings: SPACE_DEFAULTS,
  });
  await ledger.start();
  assert.equal(ledger.level, 'green');
  held(ledger.hold(ask({ declared: 50 * MIB }))).release();
});

test('refresh() asks now; stop() ends the asking', async () => {
  const { ledger, clock, volume } = await staged();
  volume.available = 10;
  await ledger.refresh();
  assert.equal(ledger.level, 'black');
  ledger.stop();
  assert.equal(clock.pending, 0);
});

const deeds = fc.array(
  fc.tuple(
    fc.constantFrom('hold', 'cover', 'land', 'release', 'sample'),
    fc.nat(7),
    fc.integer({ min: 0, max: 20 * MIB }),
  ),
  { maxLength: 60 },
);

test('whatever order holds come and go in: usable is what is there less what is held, and at the end nothing is', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (plan) => {
      const { ledger, volume } = await staged(400 * MIB, {
        messageSizeMax: 20 * MIB,
        redFloor: 0,
        redShare: 0,
        yellowFloor: 0,
      });
      const open: { hold: Hold; landed: number }[] = [];
      for (const [deed, which, octets] of plan) {
        const one = open[which % Math.max(1, open.length)];
        if (deed === 'hold') {
          const answer = ledger.hold(
            ask({ client: String(which % 3), declared: which % 2 === 0 ? octets : null }),
          );
          if (typeof answer !== 'string') open.push({ hold: answer, landed: 0 });
        } else if (deed === 'sample') {
          await ledger.refresh();
        } else if (one !== undefined && deed === 'cover') {
          one.hold.cover(octets);
        } else if (one !== undefined && deed === 'land' && octets >= one.landed && one.hold.cover(octets)) {
          one.hold.landed(octets);
          volume.fill(octets - one.landed);
          one.landed = octets;
        } else if (one !== undefined && deed === 'release') {
          one.hold.release();
          open.splice(open.indexOf(one), 1);
        }
        ledger.check();
        assert.equal(ledger.usable(), volume.available - ledger.held);
        assert.ok(ledger.usable() >= ledger.reserve);
      }
      for (const { hold } of open) hold.release();
      assert.equal(ledger.held, 0);
      assert.equal(ledger.status().holds, 0);
      ledger.check();
      ledger.stop();
    }),
    { numRuns: 100 },
  );
});

test('onLevel() and onAlarm() end when told to', async () => {
  const { ledger, clock, volume } = await staged();
  const heard: Level[] = [];
  const end = ledger.onLevel(({ to }) => heard.push(to));
  const endAlarm = ledger.onAlarm(() => heard.push('black'));
  ledger.force('red');
  end();
  endAlarm();
  ledger.force(null);
  volume.hang();
  await clock.pass(20_000);
  assert.deepEqual(heard, ['red']);
});

test('status() under RED and BLACK says that no ordinary mail is admitted', async () => {
  const { ledger, volume } = await staged();
  assert.equal(ledger.status().admittedPercent, 100);
  for (const available of [GIB / 2, MIB]) {
    volume.available = available;
    await ledger.refresh();
    assert.equal(ledger.status().admittedPercent, 0, ledger.level);
  }
  ledger.force('green');
  assert.equal(ledger.status().admittedPercent, 100);
});

test('status() never shows a postmaster pool larger than what is usable', async () => {
  const { ledger, volume } = await staged();
  assert.equal(ledger.status().postmasterPool, 16 * MIB);
  volume.available = 130 * MIB; // of these, 128 MiB are never promised
  await ledger.refresh();
  assert.equal(ledger.status().postmasterPool, 2 * MIB);
  volume.available = 100 * MIB;
  await ledger.refresh();
  assert.equal(ledger.status().postmasterPool, 0);
});
