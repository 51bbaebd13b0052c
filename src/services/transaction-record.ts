/** The one line of log that a mail transaction leaves: who, from, to with each reply, size, id, time. Never what it said. */
import type { Reply } from '../replies/register.ts';
import type { ForwardPath, ReversePath } from '../smtp/command.ts';
import type { Clock } from '../world/clock.ts';
import { type Log, type LogFields, peerText } from '../world/log.ts';
import { addressOf } from './recipients.ts';
import type { RefusalSampler } from './refusal-sampler.ts';

/** Recipients named in one line; of those beyond only the number is told. */
const RECIPIENTS_LOGGED_MAX = 100;

interface RecordHouse {
  readonly log: Log;
  readonly refusals: RefusalSampler;
  readonly clock: Clock;
}

interface RecordedClient {
  readonly protocol: string;
  readonly address: string;
  readonly name: string;
  readonly tls: boolean;
  readonly login: { readonly address: string } | null;
}

interface Outcome {
  /** `null`: it was given up before anything was said of it as a whole. */
  readonly said: Reply | null;
  readonly id: string | null;
  readonly size: number;
  readonly messageId: string | null;
}

export class TransactionRecord {
  readonly #to: LogFields[] = [];
  #recipients = 0;
  readonly #client: LogFields;
  readonly #address: string;
  readonly #from: string;
  readonly #beganAt: number;

  constructor(client: RecordedClient, from: ReversePath, beganAt: number) {
    this.#address = client.address;
    this.#client = {
      protocol: client.protocol,
      client: client.address,
      hello: peerText(client.name),
      ...(client.tls ? { tls: true } : {}),
      ...(client.login === null ? {} : { login: client.login.address }),
    };
    this.#from = from === null ? '' : peerText(addressOf(from));
    this.#beganAt = beganAt;
  }

  recipient(path: ForwardPath, said: Reply | null): void {
    this.#recipients++;
    if (this.#to.length >= RECIPIENTS_LOGGED_MAX) return;
    this.#to.push({ to: peerText(addressOf(path)), reply: said === null ? '250 2.1.5' : codes(said) });
  }

  write({ log, refusals, clock }: RecordHouse, outcome: Outcome): void {
    const { said } = outcome;
    const kept = said?.code.startsWith('2') === true;
    const leftOut = kept ? 0 : refusals.ask(said?.name ?? 'abandoned', this.#address);
    if (leftOut === null) return;
    log.info(kept ? 'message' : 'message-refused', {
      ...this.#client,
      from: this.#from,
      to: this.#to,
      recipients: this.#recipients,
      size: outcome.size,
      id: outcome.id,
      ...(outcome.messageId === null ? {} : { messageId: peerText(outcome.messageId) }),
      reply: said === null ? 'abandoned' : codes(said),
      ms: Math.round(clock.elapsed() - this.#beganAt),
      ...(leftOut > 0 ? { alikeLeftOut: leftOut } : {}),
    });
  }
}

function codes(said: Reply): string {
  return said.status === null ? said.code : `${said.code} ${said.status}`;
}
