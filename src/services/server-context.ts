/** What all sessions of one listener share. Composed once, by the listener. */
import type { QuotaSettings } from '../policy/quota.ts';
import type { SpaceSettings } from '../policy/space.ts';
import type { SubmissionSettings } from '../policy/submission.ts';
import type { Profile } from '../smtp/profile.ts';
import type { SpaceLedger } from '../store/space-ledger.ts';
import type { MailStore } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { Authenticator } from './authenticator.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { ConductLimits } from './conduct.ts';
import type { IntakeLimits } from './intake.ts';
import type { NetworkCheck } from './networks.ts';
import type { RefusalSampler } from './refusal-sampler.ts';
import type { SessionWatch } from './session-watch.ts';
import type { SubmissionLimits } from './submission-limits.ts';
import type { Tally } from './tally.ts';
import type { TlsContexts } from './tls-contexts.ts';

export interface SessionLimits {
  /** Seconds: RFC 5321 §4.5.3.2.7. */
  readonly commandTimeout: number;
  /** Seconds in which mail data must have moved by `dataRateMin` octets a second. */
  readonly dataTimeout: number;
  readonly dataRateMin: number;
  /** Seconds a session may last in all; a mail object on its way in is still received. */
  readonly sessionTimeout: number;
}

/** The storage rules as this server has them. */
export interface Rules {
  readonly space: SpaceSettings;
  readonly quota: QuotaSettings;
  /** Refuse at DATA instead of 354 when there is no room; false: 354, and refuse at the end. */
  readonly refuseAtData: boolean;
  /** Is a full mailbox told at RCPT? False: the recipient is taken, and refused after the data. */
  readonly revealAtRcpt: boolean;
  /** For mail of who is logged in. */
  readonly submission: SubmissionSettings;
}

/** What is known of the outgoing queue: S37 of the storage rules. */
export interface QueueRoom {
  /** It holds its maximum of messages or octets. */
  readonly full: boolean;
  /** Whether so many entries more have room. */
  room(count: number): boolean;
}

export interface ServerContext {
  readonly profile: Profile;
  readonly conduct: ConductLimits;
  readonly intake: IntakeLimits;
  readonly limits: SessionLimits;
  readonly rules: Rules;
  readonly store: MailStore;
  readonly space: SpaceLedger;
  /** `null`: nobody can log in. */
  readonly authenticator: Authenticator | null;
  /** `null`: no TLS is spoken, whatever the profile says. */
  readonly tls: TlsContexts | null;
  /** Clients that may log in without TLS. */
  readonly plainAuthNetworks: NetworkCheck;
  /** Clients that may send to anybody without logging in. */
  readonly relayNetworks: NetworkCheck;
  readonly clock: Clock;
  readonly watch: SessionWatch;
  /** Counted over all listeners. */
  readonly connections: ConnectionLimits;
  /** Counted over all listeners, too. */
  readonly submissions: SubmissionLimits;
  /** `null`: nothing goes out from here, and nobody may relay. */
  readonly queue: QueueRoom | null;
  readonly tally: Tally;
  readonly log: Log;
  readonly refusals: RefusalSampler;
  /** The server is going down: sessions end at their next pause. */
  closing: boolean;
}
