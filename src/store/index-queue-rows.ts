/** Rows of the queue and of copies that wait, as they go over to the store; and what an object keeps of its envelope for them. */
import type { Instant } from '../base/instant.ts';
import type { QueueRow } from './queue-protocol.ts';
import type { AccountId, KeptEnvelope } from './store.ts';

export const QUEUE_COLUMNS =
  'q.object, q.ordinal, o.id, NULL AS account, d.name AS destination, q.recipient, q.notify, q.orcpt, o.size, o.reverse_path,' +
  ' o.envelope, q.queued_at, q.due, q.retry, q.held, q.noticed';

export const WAITING_COLUMNS =
  'q.object, q.ordinal, o.id, q.account, NULL AS destination, q.recipient, q.notify, q.orcpt, o.size, o.reverse_path,' +
  ' o.envelope, q.received_at AS queued_at, q.received_at AS due, NULL AS retry, q.held, q.noticed';

export function queueRowOf(row: Record<string, unknown>): QueueRow {
  const recipient = String(row['recipient']);
  return {
    object: Number(row['object']),
    ordinal: Number(row['ordinal']),
    id: row['id'] as Uint8Array,
    account: row['account'] === null ? null : Number(row['account']),
    destination: textOf(row['destination']) ?? recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase(),
    recipient,
    notify: textOf(row['notify']),
    orcpt: textOf(row['orcpt']),
    size: Number(row['size']),
    reversePath: String(row['reverse_path']),
    envelope: textOf(row['envelope']) ?? '',
    queuedAt: Number(row['queued_at']),
    due: Number(row['due']),
    retry: textOf(row['retry']),
    held: row['held'] === 1,
    noticed: row['noticed'] === 1,
  };
}

/** All but the reverse-path, which has a column of its own. */
export function envelopeText(envelope: KeptEnvelope): string {
  const { receivedAt, envid, ret, importKey, body, smtputf8, origin, submitter } = envelope;
  return JSON.stringify([receivedAt, envid, ret, importKey, body, smtputf8 ? 1 : 0, origin, submitter]);
}

type EnvelopeTuple = [
  receivedAt: Instant,
  envid: string | null,
  ret: KeptEnvelope['ret'],
  importKey: string | null,
  body: KeptEnvelope['body'],
  smtputf8: 0 | 1,
  origin: KeptEnvelope['origin'],
  submitter: AccountId | null,
];

export function envelopeOfText(reversePath: string, text: string): KeptEnvelope {
  const [receivedAt, envid, ret, importKey, body, smtputf8, origin, submitter] = JSON.parse(
    text,
  ) as EnvelopeTuple;
  return {
    reversePath,
    receivedAt,
    envid,
    ret,
    importKey,
    body,
    smtputf8: smtputf8 === 1,
    origin,
    submitter,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
