/**
 * A queue of a million entries: how long a start takes, a claim, a list, and how much memory it needs.
 * node bench/queue-size.ts [entries] [recipients an object]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '../src/base/instant.ts';
import { openEmbeddedStore } from '../src/store/embedded-store.ts';
import type { EmbeddedStore } from '../src/store/embedded-store.ts';
import { MemoryQuotaLedger } from '../src/store/memory-quota-ledger.ts';
import type { QueueEntry } from '../src/store/queue-store.ts';
import { at, retryAt } from '../src/store/queue-probe.contract.ts';
import { envelopeOf } from '../src/store/store.contract.ts';
import { QUEUE } from '../src/store/store.ts';
import type { Delivery } from '../src/store/store.ts';
import { systemClock } from '../src/world/clock.ts';
import { nodeDisk } from '../src/world/node-disk.ts';
import { systemRandom } from '../src/world/random.ts';

/** In a process of its own: what a start takes, and how much memory. */
const OPEN = '--open';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const TOGETHER = Number(process.argv[3] ?? 10);
const DESTINATIONS = 2000;
const AT_ONCE = 500;
const BLOCKED = 'big.example';
const isOpening = process.argv[2] === OPEN;
const folder = isOpening
  ? String(process.argv[3])
  : mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'restante-queue-'));

function open(): Promise<EmbeddedStore> {
  const quota = new MemoryQuotaLedger(systemClock);
  return openEmbeddedStore({ folder, disk: nodeDisk, clock: systemClock, random: systemRandom, quota });
}

async function timed<T>(what: string, act: () => Promise<T>, times = 1): Promise<T> {
  const start = performance.now();
  let result = await act();
  for (let i = 1; i < times; i++) result = await act();
  const ms = (performance.now() - start) / times;
  const mib = process.memoryUsage().rss / 2 ** 20;
  process.stdout.write(
    `${what.padEnd(52)} ${ms.toFixed(2).padStart(10)} ms   ${mib.toFixed(0)} MiB resident\n`,
  );
  return result;
}

let made = 0;
async function put(store: EmbeddedStore): Promise<void> {
  const object = made++;
  const writer = store.begin();
  writer.write(Buffer.from(`Return-Path: <s@b>\r\nSubject: ${object}\r\n\r\nshort\r\n`));
  const deliveries = Array.from({ length: TOGETHER }, (_, i): Delivery => {
    const number = object * TOGETHER + i;
    const destination = number % 10 === 0 ? BLOCKED : `d${number % DESTINATIONS}.example`;
    return {
      account: QUEUE,
      recipient: `r${number}@${destination}`,
      state: 'queued',
      notify: null,
      orcpt: null,
    };
  });
  const [first, ...others] = deliveries;
  if (first === undefined) return;
  await writer.keep(envelopeOf(`s${object % 1000}@b`, systemClock.now()), [first, ...others]);
}

async function fill(store: EmbeddedStore): Promise<void> {
  while (made < ENTRIES / TOGETHER) await Promise.all(Array.from({ length: AT_ONCE }, () => put(store)));
  await store.queue.queueFigures();
}

async function rest(store: EmbeddedStore): Promise<void> {
  const now = systemClock.now();
  const { queue } = store;
  await timed(
    'claim 1, another destination each time',
    async () => {
      const [first] = await queue.ready({ now, count: 1, except: [BLOCKED] });
      await queue.claim({ destination: first?.destination ?? '', now, until: at(now + 1e6), count: 1 });
    },
    200,
  );
  let entries: readonly QueueEntry[] = [];
  const claim = async (destination: string, count: number): Promise<void> => {
    entries = await queue.claim({ destination, now, until: at(now + 1e6), count });
  };
  await timed('claim 1 of the big one', () => claim(BLOCKED, 1), 500);
  await timed('claim 50 of the big one', () => claim(BLOCKED, 50), 50);
  await timed('defer 50', () =>
    queue.settle(
      entries.map(({ object, ordinal }) => ({
        type: 'deferred',
        object,
        ordinal,
        retry: retryAt(now + 5e6),
      })),
    ),
  );
  await claim(BLOCKED, 50);
  await timed('settle 50 as done', () =>
    queue.settle(entries.map(({ object, ordinal }) => ({ type: 'done', object, ordinal }))),
  );
  await queue.block(BLOCKED, { until: at(now + 1e7), retry: retryAt(now + 1e7) });
  await timed('ready, the big one blocked', () => queue.ready({ now, count: 50, except: [] }), 100);
  await timed('next due', () => queue.nextDue(now), 100);
  await timed('list 50 of a destination', () =>
    queue.listQueue({ destination: 'd77.example' }, { count: 50 }),
  );
  await timed('list all of the big one', () =>
    queue.listQueue({ destination: BLOCKED }, { count: 1_000_000 }),
  );
  await timed('count all of the big one', () => queue.countQueue({ destination: BLOCKED }));
  await timed('count by sender (looks at all)', () => queue.countQueue({ sender: 's7@b' }));
  await timed('list 50 by recipient (looks at all)', () =>
    queue.listQueue({ recipient: 'nobody@nowhere' }, { count: 50 }),
  );
  await timed('overdue 100', () => queue.overdue({ what: 'end', before: (now + 1) as Instant, count: 100 }));
  await timed('figures', () => queue.queueFigures());
}

async function opened(what: string): Promise<EmbeddedStore> {
  const store = await timed(what, open);
  const ready = (): Promise<unknown> => store.queue.ready({ now: systemClock.now(), count: 50, except: [] });
  await timed('the first destinations that are ready', ready);
  return store;
}

/** What one claim costs at most: many deferred ones are due at the same time. */
async function manyDue(store: EmbeddedStore): Promise<void> {
  const now = systemClock.now();
  const due = 100_000;
  const { queue } = store;
  await queue.block(BLOCKED, null);
  let total = 0;
  while (total < due) {
    const entries = await queue.claim({ destination: BLOCKED, now, until: at(now + 1e6), count: 1000 });
    if (entries.length === 0) break;
    total += entries.length;
    await queue.settle(
      entries.map(({ object, ordinal }) => ({
        type: 'deferred',
        object,
        ordinal,
        retry: retryAt(now + 5e6),
      })),
    );
  }
  const later = at(now + 6e6);
  const claim = (): Promise<unknown> =>
    queue.claim({ destination: BLOCKED, now: later, until: at(now + 7e6), count: 50 });
  await timed(`claim 50, ${total} deferred ones due`, claim, 20);
}

if (isOpening) {
  const store = await opened('open in a new process');
  await rest(store);
  await manyDue(store);
  await store.close();
} else {
  try {
    const filled = await timed('open an empty store', open);
    await timed(`queue ${ENTRIES} entries, ${TOGETHER} an object`, () => fill(filled));
    await filled.close();
    execFileSync(process.execPath, [import.meta.filename, OPEN, folder], { stdio: 'inherit' });
    rmSync(join(folder, 'index.db'));
    await (await opened('open, the index lost')).close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
