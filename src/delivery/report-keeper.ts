/** Keeps a report in the store, as mail that comes in is kept: room is taken first, and given back when it could not be kept. */
import type { Instant } from '../base/instant.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { deliveredToField, returnPathField } from '../message/trace.ts';
import {
  QUEUE,
  type AccountId,
  type Delivery,
  type KeptEnvelope,
  type MailStore,
  type QueueName,
  type Resolution,
  type StoreFailure,
} from '../store/store.ts';
import type { ReportMessage } from './report-message.ts';

export interface ReportToKeep {
  readonly message: ReportMessage;
  readonly to: string;
  /** `deliver`: into these mailboxes; else it goes out. */
  readonly resolution: Resolution;
  readonly key: string;
  /** What it tells of leaves the queue with it: a crash between the two would tell it once more. */
  readonly settled: readonly QueueName[];
  readonly now: Instant;
}

/** Its id. Under a key that is known nothing is kept again. */
export async function keepReport(
  store: MailStore,
  report: ReportToKeep,
): Promise<Result<string, StoreFailure>> {
  const { message, to, resolution } = report;
  const targets = resolution.type === 'deliver' ? resolution.targets : [];
  const accounts = [...new Set(targets.map(({ account }) => account))];
  const lease = store.quota.lease(accounts, message.octets.length);
  const writer = store.begin();
  let isKept = false;
  try {
    writer.write(Buffer.from(returnPathField('')));
    writer.write(message.octets);
    await writer.flush();
    const own = Buffer.byteLength(deliveredToField(to));
    const settled = lease.settle(writer.size, new Map(accounts.map((account) => [account, own])));
    const delivery = (account: AccountId, state: Delivery['state']): Delivery => ({
      account,
      recipient: to,
      state,
      notify: 'NEVER',
      orcpt: null,
    });
    const [first = delivery(QUEUE, 'queued'), ...others] = accounts.map((account) =>
      delivery(account, settled.get(account) === 'room' ? 'mailbox' : 'waiting'),
    );
    const kept = await writer.keep(envelopeOf(report), [first, ...others], report.settled);
    isKept = kept.ok;
    return kept.ok ? ok(writer.id) : failed(kept.failure);
  } finally {
    if (!isKept) lease.revoke();
    writer.discard();
    lease.release();
  }
}

function envelopeOf({ message, key, now }: ReportToKeep): KeptEnvelope {
  return {
    reversePath: '',
    receivedAt: now,
    envid: null,
    ret: null,
    importKey: key,
    body: message.smtputf8 ? '8BITMIME' : '7BIT',
    smtputf8: message.smtputf8,
    origin: 'internal',
    submitter: null,
  };
}
