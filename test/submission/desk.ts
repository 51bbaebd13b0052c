/**
 * Where users hand in mail: mail transactions of the real services on a real store, without the session around them. What the store
 * was asked to keep is written down, and then kept.
 */
import assert from 'node:assert/strict';
import { parseForwardPath, parseReversePath } from '../../src/smtp/parse-path.ts';
import type { Reply, ReplyName } from '../../src/replies/register.ts';
import type { MailParameters, RecipientParameters } from '../../src/smtp/command.ts';
import type { Profile } from '../../src/smtp/profile.ts';
import { ConnectionLimits } from '../../src/services/connection-limits.ts';
import { type ClientFacts, MailTransaction } from '../../src/services/mail-transaction.ts';
import { RefusalSampler } from '../../src/services/refusal-sampler.ts';
import type { ServerContext } from '../../src/services/server-context.ts';
import { SessionWatch } from '../../src/services/session-watch.ts';
import { SubmissionLimits } from '../../src/services/submission-limits.ts';
import type { Delivery, KeptEnvelope, MailObjectWriter } from '../../src/store/store.ts';
import type { LogFields } from '../../src/world/log.ts';
import { House, type HouseOptions } from '../decisions/house.ts';
import { dotStuffed } from '../support/smtp-client.ts';

export interface HandedIn {
  readonly from?: string;
  readonly to: readonly string[];
  /** Header section and text; without it a message from `from` to everybody. */
  readonly text?: string;
  readonly mail?: Partial<MailParameters>;
  readonly rcpt?: Partial<RecipientParameters>;
  readonly how?: 'data' | 'chunks';
  /** The text comes in pieces of so many octets. */
  readonly piece?: number;
  readonly midway?: () => Promise<void>;
}

/** The names of the replies. */
export interface Answered {
  readonly mail: ReplyName;
  readonly recipients: readonly ReplyName[];
  readonly end: readonly ReplyName[];
  /** Of the end. */
  readonly wires: readonly string[];
}

export interface Kept {
  readonly envelope: KeptEnvelope;
  readonly deliveries: readonly Delivery[];
  readonly text: string;
}

export const STRANGER: ClientFacts = {
  address: '192.0.2.7',
  name: 'client.example',
  esmtp: true,
  tls: false,
  login: null,
};

export class Desk implements AsyncDisposable {
  readonly house: House;
  readonly kept: Kept[] = [];
  readonly logged: { readonly event: string; readonly fields: LogFields }[] = [];
  readonly #context: ServerContext;
  readonly #watch: SessionWatch;

  private constructor(house: House, protocol: Profile['protocol']) {
    this.house = house;
    const { options } = house;
    this.#watch = new SessionWatch(options.clock);
    const { store } = options;
    this.#context = {
      ...options,
      profile: {
        ...options.profile,
        protocol,
        tls: 'starttls',
        auth: protocol === 'submission' ? 'required' : 'off',
      },
      store: {
        get directory() {
          return store.directory;
        },
        quota: store.quota,
        begin: () => this.#writer(store.begin()),
      },
      watch: this.#watch,
      refusals: new RefusalSampler(options.clock),
      connections: new ConnectionLimits(options.connections),
      submissions: new SubmissionLimits(options.rules.submission, options.clock),
      log: {
        ...options.log,
        info: (event, fields = {}) => void this.logged.push({ event, fields }),
      },
      closing: false,
    };
  }

  static async open(options: HouseOptions & { readonly protocol?: Profile['protocol'] } = {}): Promise<Desk> {
    return new Desk(await House.start(options), options.protocol ?? 'submission');
  }

  /** Somebody who is logged in, over TLS. */
  async user(address?: string): Promise<ClientFacts> {
    const { id, address: whole } = await this.house.show(address ?? (await this.house.account()));
    return { ...STRANGER, tls: true, login: { account: id, address: whole } };
  }

  async handIn(client: ClientFacts, message: HandedIn): Promise<Answered> {
    const from = message.from ?? client.login?.address ?? 'a@client.example';
    const transaction = new MailTransaction(this.#context, client, mailOf(from, message.mail));
    const refusal = await transaction.judgeMail();
    if (refusal !== null) return { mail: refusal.name, recipients: [], end: [], wires: [] };
    const recipients: ReplyName[] = [];
    for (const to of message.to) {
      const said = await transaction.judgeRecipient({ ...recipientOf(to), ...message.rcpt });
      recipients.push(said?.name ?? 'recipient-ok');
    }
    const accepted = recipients.includes('recipient-ok');
    if (!accepted) transaction.abandon(null);
    const end = accepted ? await transfer(transaction, from, message) : [];
    return {
      mail: 'sender-ok',
      recipients,
      end: end.map(({ name }) => name),
      wires: end.map(({ wire }) => wire),
    };
  }

  /** What was kept last. */
  get last(): Kept {
    const last = this.kept.at(-1);
    assert.ok(last !== undefined, 'nothing was kept');
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch.stop();
    await this.house[Symbol.asyncDispose]();
  }

  #writer(writer: MailObjectWriter): MailObjectWriter {
    const written: Buffer[] = [];
    const keep: MailObjectWriter['keep'] = async (envelope, deliveries) => {
      const result = await writer.keep(envelope, deliveries);
      if (result.ok)
        this.kept.push({ envelope, deliveries, text: Buffer.concat(written).toString('latin1') });
      return result;
    };
    return {
      get id() {
        return writer.id;
      },
      get size() {
        return writer.size;
      },
      get landed() {
        return writer.landed;
      },
      get failure() {
        return writer.failure;
      },
      write: (text) => {
        written.push(Buffer.from(text));
        writer.write(text);
      },
      flush: () => writer.flush(),
      discard: () => writer.discard(),
      keep,
    };
  }
}

async function transfer(
  transaction: MailTransaction,
  from: string,
  message: HandedIn,
): Promise<readonly Reply[]> {
  const { how = 'data', piece = 20 } = message;
  const opened = transaction.open(how);
  if (opened.type === 'refused') return [opened.refusal];
  const text = Buffer.from(message.text ?? `From: ${from}\r\nSubject: test\r\n\r\ntext\r\n`, 'latin1');
  const octets = how === 'data' ? dotStuffed(text) : text;
  for (let at = 0; at < octets.length; at += piece) {
    if (at > 0 && at - piece <= 0) await message.midway?.();
    opened.intake.push(Buffer.from(octets.subarray(at, at + piece)));
    await opened.intake.flush();
  }
  return transaction.keep();
}

function mailOf(from: string, mail: Partial<MailParameters> = {}): MailParameters {
  const parsed = parseReversePath(`<${from}>`, 0);
  assert.ok(parsed !== null, from);
  return {
    reversePath: parsed.path,
    size: null,
    body: '7BIT',
    smtputf8: false,
    ret: null,
    envid: null,
    ...mail,
  };
}

function recipientOf(to: string): RecipientParameters {
  const parsed = parseForwardPath(`<${to}>`, 0);
  assert.ok(parsed !== null, to);
  return { forwardPath: parsed.path, notify: null, orcpt: null };
}
