/** What the management API stands on. `src/app` puts it together, over a running server or over a stopped one's data. */
import type { Level } from '../policy/space.ts';
import type { Result } from '../base/result.ts';
import type { Limits, ManagedStore, ManagementFailure } from '../store/management.ts';
import type { BlockedDestination, QueueEntry, QueueQuery } from '../store/queue-store.ts';
import type { SpaceLedger, SpaceStatus } from '../store/space-ledger.ts';
import type { CertificateView } from '../world/certificate-facts.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';

/** What managers see and do of room, beyond what sessions do. */
export interface SpaceControl {
  status(): SpaceStatus;
  /** `null`: what the volumes say. */
  force(level: Level | null): void;
  readonly ballast: {
    /** Octets of the file that only takes room, and what it should be. */
    readonly octets: number;
    readonly wanted: number;
    /** Gives it up; how many octets that freed. It is made anew when there is room again. */
    release(): Promise<number>;
  };
}

export interface SettingView {
  readonly key: string;
  readonly value: string;
  readonly default: string;
  readonly unit: string;
  readonly source: string;
  readonly about: string;
}

/** The certificates of this server. */
export interface TlsView {
  /** Since the start; `null`: the server does not run. */
  readonly handshakes: { readonly done: number; readonly resumed: number; readonly failed: number } | null;
  /** What is served. */
  view(): readonly CertificateView[];
  /** The same, and what is wrong with the files at this moment. */
  lookAt(): Promise<readonly CertificateView[]>;
}

export interface ServerView {
  readonly running: boolean;
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  listeners(): readonly { readonly protocol: string; readonly address: string }[];
  readonly tls: TlsView;
  /** Forgets what was learnt of full mailboxes: an operator wants them asked. */
  readonly tryAnew: () => void;
  counts(): { readonly sessionsOpen: number; readonly messagesKept: number; readonly refusals: number };
}

/** What an operator does with the queue. */
export interface QueueControl {
  /** How long it waits for anything: milliseconds. */
  readonly terms: { readonly lifetimeMs: number; readonly delayNoticeMs: number };
  act(
    act: 'hold' | 'release' | 'retry' | 'fail' | 'delete',
    query: QueueQuery,
  ): Promise<Result<number, ManagementFailure>>;
  blockOf(entry: QueueEntry): Promise<BlockedDestination | null>;
}

export interface Management {
  readonly queue: QueueControl;
  readonly store: ManagedStore;
  readonly space: SpaceLedger;
  readonly spaceControl: SpaceControl;
  readonly server: ServerView;
  readonly settings: readonly SettingView[];
  /** What a domain gets that is added without limits. */
  readonly newDomainLimits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}
