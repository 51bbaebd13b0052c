/** Messages: found, counted, read, removed, imported. */
import { createHash } from 'node:crypto';
import type { Instant } from '../../base/instant.ts';
import { failed, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { deliveredToField } from '../../message/trace.ts';
import type { AccountInfo, EntryQuery, Removed } from '../../store/management.ts';
import type { Delivery } from '../../store/store.ts';
import type { Imported, messageQuery, importQuery } from '../contract.ts';
import type { Problem } from '../endpoints.ts';
import type { Management } from '../management.ts';
import { problemOf, told } from './handlers.ts';
import type { Handlers } from './handlers.ts';
import { DeliveredToStripper } from './delivered-to.ts';
import type { z } from '@hono/zod-openapi';

type CheckedQuery = z.output<typeof messageQuery>;

export function messageHandlers(management: Management): Handlers<'listMessages' | 'countMessages'> {
  const { store } = management;
  return {
    listMessages: async ({ query: { after, count, ...criteria } }) => {
      const query = await entryQuery(management, criteria);
      if (!query.ok) return query;
      const page = {
        ...(after === undefined ? {} : { after }),
        ...(count === undefined ? {} : { count }),
      };
      const { entries, next } = await store.listEntries(query.value, page);
      const messages = entries.map(({ address, uid, object, receivedAt, size, reversePath, recipient }) => {
        return { address, uid, object, receivedAt, size, reversePath, recipient };
      });
      return ok({ messages, next });
    },
    countMessages: async ({ query }) => {
      const asked = await entryQuery(management, query);
      return asked.ok ? ok(await store.countEntries(asked.value)) : asked;
    },
  };
}

export async function readMessage(
  { store }: Management,
  { address, uid }: { address: string; uid: number },
): Promise<Result<AsyncIterable<Uint8Array>, Problem>> {
  const account = await told(store.showAccount(address));
  return account.ok ? told(store.readEntry(account.value.id, uid)) : account;
}

/** Removes in steps; each step is a value, and the last one is the sum. */
export async function removeMessages(
  management: Management,
  criteria: CheckedQuery,
  step: (soFar: Removed) => void,
): Promise<Result<Removed, Problem>> {
  const query = await entryQuery(management, criteria);
  if (!query.ok) return query;
  if (Object.keys(query.value).length === 0) return failed({ type: 'invalid', what: 'no criteria' });
  const removed = await told(management.store.removeEntries(query.value, step));
  if (removed.ok) management.log.info('managed', { what: 'messages removed', ...criteria, ...removed.value });
  return removed;
}

/** Stores one message for one account, durable when it resolves. Memory is bounded by the writer. */
export async function importMessage(
  management: Management,
  order: { readonly address: string; readonly query: z.output<typeof importQuery> },
  text: AsyncIterable<Uint8Array>,
): Promise<Result<Imported, Problem>> {
  const { store, space, clock } = management;
  const account = await told(store.showAccount(order.address));
  if (!account.ok) return account;
  const { id, address } = account.value;
  const hold = space.hold({ client: 'import', declared: null, recipients: 1, lane: 'ordinary' });
  if (typeof hold === 'string') return failed({ type: 'no-space', what: hold });
  const lease = store.quota.lease([id], null);
  const writer = store.begin();
  const hash = createHash('sha256').update(`${address}\n${order.query.key ?? ''}\n`);
  const stripper = new DeliveredToStripper((octets) => writer.write(octets));
  try {
    for await (const chunk of text) {
      hash.update(chunk);
      stripper.push(chunk);
      lease.grow(writer.size);
      if (!hold.cover(writer.size)) return failed({ type: 'no-space', what: 'storage-full' });
      if (writer.failure !== null) return failed(problemOf(writer.failure));
      await writer.flush();
    }
    stripper.end();
    if (writer.size === 0) return failed({ type: 'invalid', what: 'empty message' });
    const recipient = stripper.recipient ?? address;
    const own = Buffer.byteLength(deliveredToField(recipient));
    const key = order.query.key === undefined ? null : hash.digest('base64url');
    if (key !== null && (await store.importKnown(key)))
      return failed({ type: 'exists', what: order.query.key ?? '' });
    const settled = lease.settle(writer.size, new Map([[id, own]])).get(id);
    if (settled !== 'room') return failed({ type: 'over-quota', what: address });
    const envelope = {
      reversePath: order.query.reversePath ?? stripper.reversePath ?? '',
      receivedAt: (order.query.receivedAt ?? clock.now()) as Instant,
      envid: null,
      ret: null,
      importKey: key,
      // What is in the file nobody knows; it goes nowhere but into this mailbox.
      body: '8BITMIME',
      smtputf8: false,
      origin: 'internal',
      submitter: null,
    } as const;
    const kept = await writer.keep(envelope, [deliveryTo(account.value, recipient)]);
    if (!kept.ok) {
      lease.revoke();
      return failed(problemOf(kept.failure));
    }
    hold.landed(writer.size);
    return ok({ size: writer.size + own });
  } finally {
    writer.discard();
    lease.release();
    hold.release();
  }
}

function deliveryTo(account: AccountInfo, recipient: string): Delivery {
  return { account: account.id, recipient, state: 'mailbox', notify: null, orcpt: null };
}

async function entryQuery(
  { store }: Management,
  { address, uids, before, since, ...rest }: CheckedQuery,
): Promise<Result<EntryQuery, Problem>> {
  const query = {
    ...rest,
    ...(uids === undefined ? {} : { uids: uids.split(',').map(Number) }),
    ...(before === undefined ? {} : { before: before as Instant }),
    ...(since === undefined ? {} : { since: since as Instant }),
  };
  if (address === undefined) return ok(query);
  const account = await told(store.showAccount(address));
  return account.ok ? ok({ ...query, account: account.value.id }) : account;
}
