/** What this server has done since it started, in plain numbers: the metrics read them. */
import type { Reply } from '../replies/register.ts';
import type { Delivery } from '../store/store.ts';

interface Said {
  readonly code: string;
  readonly status: string | null;
  times: number;
}

export class Tally {
  readonly #said = new Map<string, Said>();
  sessionsOpen = 0;
  sessionsBegun = 0;
  /** Connections that never became sessions: over a limit, no level for it. */
  connectionsRefused = 0;
  messagesKept = 0;
  octetsKept = 0;
  deliveries = 0;
  deliveriesWaiting = 0;
  /** Copies that went into the queue, to go out. */
  deliveriesQueued = 0;

  said(reply: Reply): void {
    const said = this.#said.get(reply.name);
    if (said === undefined) this.#said.set(reply.name, { code: reply.code, status: reply.status, times: 1 });
    else said.times++;
  }

  kept(octets: number, deliveries: readonly Delivery[]): void {
    this.messagesKept++;
    this.octetsKept += octets;
    for (const { state } of deliveries) {
      if (state === 'mailbox') this.deliveries++;
      else if (state === 'waiting') this.deliveriesWaiting++;
      else this.deliveriesQueued++;
    }
  }

  /** How often each reply was said, by its name in the register. */
  get replies(): ReadonlyMap<string, Readonly<Said>> {
    return this.#said;
  }
}
