/** The mail services as one: listeners of each kind over one store, with one watch and one tally, begun and ended together. */
import type { Profile } from '../smtp/profile.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { RefusalSampler } from './refusal-sampler.ts';
import type { ServerContext } from './server-context.ts';
import { SessionWatch } from './session-watch.ts';
import { type ListenOptions, SmtpListener } from './smtp-listener.ts';
import { SubmissionLimits } from './submission-limits.ts';

/** What each kind of listener speaks. */
const KINDS = {
  smtp: { protocol: 'smtp', tls: 'starttls', auth: 'off' },
  lmtp: { protocol: 'lmtp', tls: 'off', auth: 'off' },
  submission: { protocol: 'submission', tls: 'starttls', auth: 'required' },
  submissions: { protocol: 'submission', tls: 'implicit', auth: 'required' },
} as const satisfies Record<string, Pick<Profile, 'protocol' | 'tls' | 'auth'>>;

export type ListenerKind = keyof typeof KINDS;

export interface MailServerOptions extends Omit<
  ServerContext,
  'profile' | 'watch' | 'closing' | 'refusals' | 'connections' | 'submissions'
> {
  readonly profile: Omit<Profile, 'protocol' | 'tls' | 'auth'>;
  /** Sessions at once, over all listeners, and of these from one client network. */
  readonly connections: { readonly max: number; readonly maxPerNetwork: number };
  /** `null`: not spoken. Without `tls` there is no `submissions`, either. */
  readonly listen: Readonly<Record<ListenerKind, ListenOptions | null>>;
}

export class MailServer {
  readonly #listeners: ReadonlyMap<ListenerKind, SmtpListener>;
  readonly #watch: SessionWatch;

  private constructor(watch: SessionWatch, listeners: ReadonlyMap<ListenerKind, SmtpListener>) {
    this.#watch = watch;
    this.#listeners = listeners;
  }

  /** Rejects when one of the listeners cannot listen; then none does. */
  static async start(options: MailServerOptions): Promise<MailServer> {
    const { listen, profile, ...shared } = options;
    const watch = new SessionWatch(options.clock);
    const refusals = new RefusalSampler(options.clock);
    const connections = new ConnectionLimits(options.connections);
    const submissions = new SubmissionLimits(options.rules.submission, options.clock);
    const listeners = new Map<ListenerKind, SmtpListener>();
    try {
      for (const kind of Object.keys(KINDS) as ListenerKind[]) {
        const at = listen[kind];
        const tls = options.tls === null ? 'off' : KINDS[kind].tls;
        if (at === null || (tls === 'off' && kind === 'submissions')) continue;
        const ownProfile = { ...profile, ...KINDS[kind], tls };
        const context = {
          ...shared,
          profile: ownProfile,
          watch,
          refusals,
          connections,
          submissions,
          closing: false,
        };
        listeners.set(kind, await SmtpListener.listen(at, context));
      }
      return new MailServer(watch, listeners);
    } catch (error) {
      for (const listener of listeners.values()) await listener.stop(0);
      watch.stop();
      throw error;
    }
  }

  get smtp(): SmtpListener | null {
    return this.listener('smtp');
  }

  get lmtp(): SmtpListener | null {
    return this.listener('lmtp');
  }

  listener(kind: ListenerKind): SmtpListener | null {
    return this.#listeners.get(kind) ?? null;
  }

  /** Graceful: idle peers hear 421 4.3.2 at once, busy ones after their transaction, all within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.values().map((listener) => listener.stop(graceMs)));
    this.#watch.stop();
  }
}
