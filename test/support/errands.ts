/** Errands for a carrier without a store: entries of messages that are in memory, and what became of them. */
import type { Instant } from '../../src/base/instant.ts';
import type { CarryEnd, Errand, ErrandSource, RecipientOutcome } from '../../src/queue/carrier.ts';
import { SmtpCarrier, type SmtpCarrierOptions } from '../../src/delivery/smtp-carrier.ts';
import type { HopsRoute } from '../../src/delivery/client-opening.ts';
import type { QueueEntry, QueueStore } from '../../src/store/queue-store.ts';
import type { KeptEnvelope, MailObjectId } from '../../src/store/store.ts';
import type { LogFields } from '../../src/world/log.ts';

export interface TestMail {
  readonly text?: string | Uint8Array;
  readonly to?: readonly string[];
  readonly envelope?: Partial<KeptEnvelope>;
  readonly entry?: Partial<QueueEntry>;
}

export const DESTINATION = 'dest.example';

/** The outcomes of a run, and what the carrier did besides. */
export interface Carried {
  readonly end: CarryEnd;
  /** For each mail those of its recipients. */
  readonly outcomes: readonly (readonly RecipientOutcome[])[];
  /** `type action cause status` of each recipient. */
  readonly words: readonly string[];
  readonly log: readonly { readonly event: string; readonly fields: LogFields | undefined }[];
}

export interface CarryOptions extends Partial<Omit<SmtpCarrierOptions, 'routes' | 'queue' | 'log'>> {
  readonly route?: Partial<HopsRoute>;
  readonly signal?: AbortSignal;
  /** Before each errand is given out. */
  readonly before?: (number: number) => void | Promise<void>;
  readonly readQueued?: QueueStore['readQueued'];
}

/** Short enough for tests, long enough for a busy machine. */
export const QUICK = {
  connectMs: 2000,
  greetingMs: 2000,
  helloMs: 2000,
  tlsMs: 2000,
  authMs: 2000,
  mailMs: 2000,
  rcptMs: 2000,
  dataMs: 2000,
  blockMs: 2000,
  finalDotMs: 2000,
  openingMs: 5000,
  hostsMs: 10_000,
  transactionMs: 10_000,
  quitMs: 1000,
};

/** Carries the mails over one connection at a time, to the ports in their order. */
export async function carry(
  ports: number | string | readonly (number | string)[],
  mails: readonly TestMail[],
  options: CarryOptions = {},
): Promise<Carried> {
  const { route, signal, before, readQueued, ...rest } = options;
  const texts = mails.map(({ text = 'Subject: test\r\n\r\nHello\r\n' }) => Buffer.from(text));
  const log: { event: string; fields: LogFields | undefined }[] = [];
  const write = (event: string, fields?: LogFields): void => void log.push({ event, fields });
  const places = typeof ports === 'object' ? ports : [ports];
  const [first = 0, ...others] = places.map(hopTo);
  const carrier = new SmtpCarrier({
    hostname: 'sender.example',
    timeouts: QUICK,
    ...rest,
    log: { debug: write, info: write, warn: write, error: write },
    routes: {
      find: () =>
        Promise.resolve({
          type: 'hops' as const,
          hops: [first === 0 ? hopTo(0) : first, ...others],
          protocol: 'smtp' as const,
          tls: 'opportunistic' as const,
          implicitTls: false,
          auth: null,
          ...route,
        }),
    },
    queue: { readQueued: readQueued ?? ((entry) => Promise.resolve(reading(texts[entry.object - 1]))) },
  });
  const outcomes: (readonly RecipientOutcome[])[] = [];
  const source: ErrandSource = {
    next: async () => {
      const number = given++;
      await before?.(number);
      const mail = mails[number];
      return mail === undefined ? null : errandOf(mail, number + 1, texts[number]?.length ?? 0);
    },
    report: (_errand, reported) => void outcomes.push(reported),
  };
  let given = 0;
  const end = await carrier.carry(DESTINATION, source, signal ?? new AbortController().signal);
  return { end, outcomes, words: outcomes.flat().map(wordsOf), log };
}

export function wordsOf(outcome: RecipientOutcome): string {
  if (outcome.type !== 'failed') return outcome.type;
  const { action, cause, status } = outcome.meaning;
  return `${action} ${cause} ${status}`;
}

function hopTo(place: number | string): HopsRoute['hops'][0] {
  return typeof place === 'string'
    ? { name: 'localhost', address: place, port: 0, preference: 0 }
    : { name: 'peer.example', address: '127.0.0.1', port: place, preference: 0 };
}

function reading(text: Buffer = Buffer.alloc(0)): Awaited<ReturnType<QueueStore['readQueued']>> {
  return { ok: true, value: { size: text.length, chunks: pieces(text) } };
}

async function* pieces(text: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 64 * 1024) yield text.subarray(at, at + 64 * 1024);
}

function errandOf(
  { to = [`user@${DESTINATION}`], envelope, entry }: TestMail,
  object: number,
  size: number,
): Errand {
  const [first = '', ...others] = to;
  const make = (recipient: string, ordinal: number): QueueEntry => ({
    object,
    ordinal,
    id: `mail-${object}` as MailObjectId,
    account: null,
    destination: DESTINATION,
    recipient,
    notify: null,
    orcpt: null,
    envelope: {
      reversePath: 'sender@sender.example',
      receivedAt: 0 as Instant,
      envid: null,
      ret: null,
      importKey: null,
      body: '7BIT',
      smtputf8: false,
      origin: 'submission',
      submitter: null,
      ...envelope,
    },
    size,
    retry: null,
    held: false,
    noticed: false,
    ...entry,
  });
  return { entries: [make(first, 0), ...others.map((recipient, i) => make(recipient, i + 1))] };
}
