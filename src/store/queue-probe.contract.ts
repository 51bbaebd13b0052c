/** With what the queue is put to the test. */
import assert from 'node:assert/strict';
import type { Instant } from '../base/instant.ts';
import type { Cause, RetryState } from '../policy/retry.ts';
import type { ManagedStore } from './management.ts';
import type { QueueEntry, QueueStore } from './queue-store.ts';
import type { QueueName } from './store.ts';
import { envelopeOf } from './store.contract.ts';
import type { StoreUnderTest } from './store.contract.ts';
import { QUEUE } from './store.ts';
import type { AccountId, Delivery, KeptEnvelope } from './store.ts';

export interface Queueing {
  readonly to: readonly string[];
  readonly from?: string;
  readonly at?: number;
  readonly text?: string | Uint8Array;
  readonly local?: readonly { readonly account: AccountId; readonly state: 'mailbox' | 'waiting' }[];
  readonly envelope?: Partial<KeptEnvelope>;
  /** What leaves the queue with its coming. */
  readonly settled?: readonly QueueName[];
}

export const at = (ms: number): Instant => ms as Instant;

/** A mail object that goes out, and perhaps to somebody here. */
export async function enqueue(store: ManagedStore, given: Queueing): Promise<boolean> {
  const {
    to,
    from = 'sender@example.org',
    at: when = 1000,
    text = 'Subject: it\r\n\r\nout\r\n',
    local = [],
    settled = [],
  } = given;
  const writer = store.begin();
  writer.write(Buffer.concat([Buffer.from(`Return-Path: <${from}>\r\n`), Buffer.from(text)]));
  await writer.flush();
  const deliveries: Delivery[] = [
    ...to.map((recipient): Delivery => ({
      account: QUEUE,
      recipient,
      state: 'queued',
      notify: 'FAILURE',
      orcpt: null,
    })),
    ...local.map((one): Delivery => ({ ...one, recipient: 'who@example.org', notify: null, orcpt: null })),
  ];
  const [first, ...others] = deliveries;
  assert.ok(first !== undefined);
  const envelope = { ...envelopeOf(from, when), ...given.envelope };
  return (await writer.keep(envelope, [first, ...others], settled)).ok;
}

export function claimed(
  queue: QueueStore,
  destination: string,
  { now = 2000, count = 100, lease = 60_000 } = {},
): Promise<readonly QueueEntry[]> {
  return queue.claim({ destination, now: at(now), until: at(now + lease), count });
}

export async function done(queue: QueueStore, entries: readonly QueueName[]): Promise<void> {
  const outcomes = entries.map(({ object, ordinal }) => ({ type: 'done' as const, object, ordinal }));
  assert.ok((await queue.settle(outcomes)).ok);
}

export function retryAt(due: number, cause: Cause = 'greylisted'): RetryState {
  return {
    attempts: 1,
    inARow: 1,
    cause,
    scope: 'mailbox',
    due: at(due),
    last: { at: at(1), phase: 'rcpt', host: 'mx[192.0.2.1]', code: '451', status: '4.7.1', text: 'wait' },
  };
}

export async function defer(
  queue: QueueStore,
  entries: readonly QueueName[],
  retry: RetryState,
): Promise<void> {
  const outcomes = entries.map(({ object, ordinal }) => ({
    type: 'deferred' as const,
    object,
    ordinal,
    retry,
  }));
  assert.ok((await queue.settle(outcomes)).ok);
}

export async function textOf(queue: QueueStore, entry: QueueEntry): Promise<string> {
  const found = await queue.readQueued(entry);
  assert.ok(found.ok, JSON.stringify(found));
  const pieces: Uint8Array[] = [];
  for await (const piece of found.value.chunks) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  assert.equal(whole.length, found.value.size);
  return whole.toString();
}

export const recipients = (entries: readonly QueueEntry[]): string[] =>
  entries.map(({ recipient }) => recipient);

export async function ready(
  queue: QueueStore,
  now = 2000,
  except: readonly string[] = [],
): Promise<string[]> {
  return (await queue.ready({ now: at(now), count: 10, except })).map(({ destination }) => destination);
}

export type Check = (criterion: string, act: (under: StoreUnderTest) => Promise<void>) => void;
