/** The outgoing queue: listed, counted, and what an operator does with it. */
import type { z } from '@hono/zod-openapi';
import type { Instant } from '../../base/instant.ts';
import { failed, ok } from '../../base/result.ts';
import { delayNoticeAt, expiresAt, whyThen } from '../../policy/retry-schedule.ts';
import type { BlockedDestination, QueueEntry, QueueQuery } from '../../store/queue-store.ts';
import type { Answer, queueQuery } from '../contract.ts';
import type { Management } from '../management.ts';
import { told } from './handlers.ts';
import type { Handlers } from './handlers.ts';

type Here = 'queueFigures' | 'listQueue' | 'showQueued' | 'listBlocked' | 'changeQueue';
type Shown = Answer<'listQueue'>['entries'][number];

const OF_ONE = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:\/\d{1,9})?$/i;

export function queueHandlers({ store, queue: desk, log }: Management): Handlers<Here> {
  const { queue } = store;
  const shown = (entry: QueueEntry): Shown => shownOf(entry, desk.terms);
  return {
    queueFigures: async () => {
      const { byCause, ...figures } = await queue.queueFigures();
      return ok({ ...figures, byCause: [...byCause] });
    },
    listQueue: async ({ query: { after, count, ...criteria } }) => {
      const page = { ...(after === undefined ? {} : { after }), ...(count === undefined ? {} : { count }) };
      const { entries, next } = await queue.listQueue(queryOf(criteria), page);
      return ok({ entries: entries.map(shown), next });
    },
    showQueued: async ({ query: { id } }) => {
      if (!OF_ONE.test(id)) return failed({ type: 'invalid', what: id });
      const { entries } = await queue.listQueue({ id }, { count: 1000 });
      const [first] = entries;
      if (first === undefined) return failed({ type: 'not-found', what: id });
      const blocked = await desk.blockOf(first);
      return ok({ entries: entries.map(shown), blocked: blocked === null ? null : blockedOf(blocked) });
    },
    listBlocked: async () => ok({ destinations: (await queue.blocked()).map(blockedOf) }),
    changeQueue: async ({ body: { act, query, all, dryRun } }) => {
      if (Object.keys(query).length === 0 && all !== true) return failed({ type: 'invalid', what: 'query' });
      const criteria = queryOf(query);
      const found = await queue.countQueue(criteria);
      if (dryRun === true || found.entries === 0) return ok({ ...found, dryRun: true });
      const done = await told(desk.act(act, criteria));
      if (!done.ok) return done;
      log.info('managed', { what: `queue ${act}`, query, entries: done.value });
      return ok({ entries: done.value, octets: found.octets, dryRun: false });
    },
  };
}

function queryOf(query: z.output<typeof queueQuery>): QueueQuery {
  const { before, since, held, local, ...plain } = query;
  return {
    ...plain,
    ...(before === undefined ? {} : { before: before as Instant }),
    ...(since === undefined ? {} : { since: since as Instant }),
    ...(held === undefined ? {} : { held: held === 'true' }),
    ...(local === undefined ? {} : { local: local === 'true' }),
  };
}

function shownOf(
  entry: QueueEntry,
  { lifetimeMs, delayNoticeMs }: { readonly lifetimeMs: number; readonly delayNoticeMs: number },
): Shown {
  const { id, ordinal, destination, recipient, envelope, size, retry, held, noticed, account } = entry;
  return {
    id,
    ordinal,
    destination,
    recipient,
    local: account !== null,
    sender: envelope.reversePath,
    origin: envelope.origin,
    queuedAt: envelope.receivedAt,
    expiresAt: expiresAt(envelope.receivedAt, lifetimeMs),
    noticeAt: noticed ? null : delayNoticeAt(envelope.receivedAt, delayNoticeMs),
    size,
    held,
    noticed,
    retry: retry === null ? null : { ...retry, last: { ...retry.last } },
    why: retry === null ? null : whyThen(retry),
  };
}

function blockedOf({
  destination,
  until,
  retry,
  entries,
}: BlockedDestination): Answer<'listBlocked'>['destinations'][number] {
  return { destination, until, entries, retry: { ...retry, last: { ...retry.last } }, why: whyThen(retry) };
}
