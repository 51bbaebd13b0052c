/** The mail services as one: SMTP and LMTP listeners over one store, with one watch and one tally, begun and ended together. */
import type { Profile } from '../smtp/profile.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { RefusalSampler } from './refusal-sampler.ts';
import type { ServerContext } from './server-context.ts';
import { SessionWatch } from './session-watch.ts';
import { type ListenOptions, SmtpListener } from './smtp-listener.ts';

export interface MailServerOptions extends Omit<
  ServerContext,
  'profile' | 'watch' | 'closing' | 'refusals' | 'connections'
> {
  readonly profile: Omit<Profile, 'protocol'>;
  /** Sessions at once, over all listeners, and of these from one client network. */
  readonly connections: { readonly max: number; readonly maxPerNetwork: number };
  /** `null`: not spoken. */
  readonly smtp: ListenOptions | null;
  readonly lmtp: ListenOptions | null;
}

export class MailServer {
  readonly smtp: SmtpListener | null;
  readonly lmtp: SmtpListener | null;
  readonly #watch: SessionWatch;

  private constructor(watch: SessionWatch, smtp: SmtpListener | null, lmtp: SmtpListener | null) {
    this.#watch = watch;
    this.smtp = smtp;
    this.lmtp = lmtp;
  }

  /** Rejects when one of the listeners cannot listen; then none does. */
  static async start(options: MailServerOptions): Promise<MailServer> {
    const { smtp: smtpOptions, lmtp: lmtpOptions, profile, ...shared } = options;
    const watch = new SessionWatch(options.clock);
    const refusals = new RefusalSampler(options.clock);
    const connections = new ConnectionLimits(options.connections);
    const open = (
      listen: ListenOptions | null,
      protocol: Profile['protocol'],
    ): Promise<SmtpListener> | null =>
      listen === null
        ? null
        : SmtpListener.listen(listen, {
            ...shared,
            profile: { ...profile, protocol },
            watch,
            refusals,
            connections,
            closing: false,
          });
    let smtp: SmtpListener | null = null;
    try {
      smtp = await open(smtpOptions, 'smtp');
      return new MailServer(watch, smtp, await open(lmtpOptions, 'lmtp'));
    } catch (error) {
      await smtp?.stop(0);
      watch.stop();
      throw error;
    }
  }

  /** Graceful: idle peers hear 421 4.3.2 at once, busy ones after their transaction, all within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.smtp?.stop(graceMs), this.lmtp?.stop(graceMs)]);
    this.#watch.stop();
  }
}
