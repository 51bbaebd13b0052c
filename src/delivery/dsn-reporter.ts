/**
 * Writes the reports that are owed and keeps them: into a mailbox of our own, or in the queue; from the null reverse-path, so that
 * nothing ever comes of a report that fails (RFC 5321 §6.1).
 */
import { createHash } from 'node:crypto';
import { parseMailbox } from '../address/mailbox.ts';
import type { Language } from '../base/language.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { judgeNotice, type Notice, type ReportKind } from '../policy/notify.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { MailStore, QueueName, Resolution, StoreFailure } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';
import { peerText, type Log } from '../world/log.ts';
import { randomOctets, type Random } from '../world/random.ts';
import { OriginalMessage } from './original-message.ts';
import { findingOf, kindOf } from './report-finding.ts';
import { keepReport } from './report-keeper.ts';
import { ReportLimits } from './report-limits.ts';
import { composeReport } from './report-message.ts';
import type { ReportTally } from './report-tally.ts';
import type { ReportWords, Topic } from './report-words.ts';
import type { Reporter, Told } from '../queue/reporter.ts';
import { ENGLISH } from './words-en.ts';
import { JAPANESE } from './words-ja.ts';

/** What it needs of a ManagedStore. */
export interface ReporterStore extends MailStore {
  importKnown(key: string): Promise<boolean>;
  readonly queue: Pick<QueueStore, 'readQueued'>;
}

export interface DsnReporterOptions {
  readonly store: ReporterStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hostname: string;
  /** Where the pages of the reference are, without a slash at the end; '': nowhere. */
  readonly referenceUrl: string;
  /** What the account of an address says; `null`: it says nothing, or it is not ours. */
  readonly languageOf: (address: string) => Language | null;
  readonly counters: ReportTally;
}

type Some = readonly [Told, ...Told[]];

/** Recipients of one message of whom the same kind of thing is to be said to the same person. */
interface Group {
  readonly kind: ReportKind;
  readonly notice: Notice;
  readonly told: readonly [Told, ...Told[]];
}

/** Recipients that a line of the log names. */
const LOGGED_MAX = 10;

export class DsnReporter implements Reporter {
  readonly #options: DsnReporterOptions;
  readonly #limits: ReportLimits;

  constructor(options: DsnReporterOptions) {
    this.#options = options;
    this.#limits = new ReportLimits(options.clock);
  }

  async tell(told: Some): Promise<Result<void, StoreFailure>> {
    const original = new OriginalMessage(this.#options.store.queue, told[0].entry);
    for (const group of await this.#judged(told, original)) {
      const done = await this.#act(group, original);
      if (!done.ok) return done;
    }
    return ok(undefined);
  }

  async #judged(told: Some, original: OriginalMessage): Promise<readonly Group[]> {
    const { reversePath, origin } = told[0].entry.envelope;
    const automatic = origin === 'internal' && reversePath !== '' && (await original.isAutomatic());
    const senderIsLocal = isOurs(await this.#resolve(reversePath));
    const groups = new Map<string, { kind: ReportKind; notice: Notice; told: [Told, ...Told[]] }>();
    for (const each of told) {
      const kind = kindOf(each.fate);
      const { notify } = each.entry;
      const notice = judgeNotice({ kind, notify, reversePath, origin, automatic, senderIsLocal });
      const key = `${kind} ${notice}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { kind, notice, told: [each] });
      else group.told.push(each);
    }
    return [...groups.values()];
  }

  #act({ kind, notice, told }: Group, original: OriginalMessage): Promise<Result<void, StoreFailure>> {
    switch (notice) {
      case 'none':
        return Promise.resolve(ok(undefined));
      case 'report':
        return this.#report(kind, told, original);
      case 'undeliverable':
        return this.#park(told, original);
      case 'double-bounce':
        this.#options.counters.doubleBounces += told.length;
        this.#options.log.warn('double-bounce', factsOf(told));
        return Promise.resolve(ok(undefined));
    }
  }

  async #report(
    kind: ReportKind,
    told: Some,
    original: OriginalMessage,
  ): Promise<Result<void, StoreFailure>> {
    const { reversePath } = told[0].entry.envelope;
    const resolution = await this.#resolve(reversePath);
    if (resolution === 'failed') return failed({ type: 'io' });
    const isReachable = resolution.type === 'deliver' || resolution.type === 'no-such-domain';
    if (!isReachable) return kind === 'failed' ? this.#park(told, original) : ok(undefined);
    const kept = await this.#write({ topic: kind, to: reversePath, resolution, told }, original);
    if (!kept.ok) return kept;
    return kept.value === 'limited' && kind === 'failed' ? this.#park(told, original) : ok(undefined);
  }

  /** E4: nobody may be told, or nobody can be; so it stands in the log, in the figures, and in the mailbox of the postmaster. */
  async #park(told: Some, original: OriginalMessage): Promise<Result<void, StoreFailure>> {
    const { store, log, hostname, counters } = this.#options;
    if (await store.importKnown(keyOf('undeliverable', told))) return ok(undefined);
    const resolution = await this.#safely(() => store.directory.resolvePostmaster());
    if (resolution !== 'failed' && resolution.type === 'deliver') {
      const to = `postmaster@${hostname}`;
      const kept = await this.#write({ topic: 'undeliverable', to, resolution, told }, original);
      if (!kept.ok) return kept;
    }
    counters.undeliverable += told.length;
    log.warn('undeliverable', factsOf(told));
    return ok(undefined);
  }

  async #write(
    { topic, to, resolution, told }: { topic: Topic; to: string; resolution: Resolution; told: Some },
    original: OriginalMessage,
  ): Promise<Result<'kept' | 'limited', StoreFailure>> {
    const { store, clock, random, log, counters, hostname, referenceUrl } = this.#options;
    const key = keyOf(topic, told);
    if (await store.importKnown(key)) return ok('kept');
    if (!this.#limits.admits(to, topic)) {
      counters.limited++;
      log.warn('report-limited', { topic, to: peerText(to), ...factsOf(told) });
      return ok('limited');
    }
    const { id, envelope } = told[0].entry;
    const now = clock.now();
    const name = Buffer.from(randomOctets(random, 16)).toString('hex');
    const message = await composeReport({
      topic,
      findings: told.map((each) => findingOf(each, now)),
      subject: await original.subject(),
      sent: envelope.receivedAt,
      reversePath: envelope.reversePath,
      id,
      now,
      hostname,
      referenceUrl,
      to,
      messageId: `${name}@${hostname}`,
      boundary: Buffer.from(randomOctets(random, 12)).toString('hex'),
      languages: this.#languages(to),
      envid: envelope.envid,
      smtputf8: envelope.smtputf8,
      about: await original.messageId(),
      // The postmaster does not read other people's mail.
      returned: await original.returned(topic === 'undeliverable' ? 'delayed' : topic),
    });
    const kept = await keepReport(store, {
      message,
      to,
      resolution,
      key,
      settled: topic === 'delayed' ? [] : leaving(told),
      now,
    });
    if (!kept.ok) {
      log.error('report-not-kept', { topic, object: id, failure: kept.failure.type });
      return kept;
    }
    counters.kept(topic);
    log.info('report-kept', { topic, to: peerText(to), report: kept.value, ...factsOf(told) });
    return ok('kept');
  }

  /** Both, the reader's own second, when only the domain tells where somebody may be at home. */
  #languages(to: string): readonly [ReportWords, ...ReportWords[]] {
    const language = this.#options.languageOf(to);
    if (language !== null) return [language === 'ja' ? JAPANESE : ENGLISH];
    return to.toLowerCase().endsWith('.jp') ? [ENGLISH, JAPANESE] : [ENGLISH];
  }

  async #resolve(reversePath: string): Promise<Resolution | 'failed'> {
    const mailbox = parseMailbox(reversePath);
    if (mailbox === null) return { type: 'no-such-mailbox' };
    return this.#safely(() => this.#options.store.directory.resolve(mailbox));
  }

  async #safely(ask: () => Resolution | Promise<Resolution>): Promise<Resolution | 'failed'> {
    try {
      return await ask();
    } catch (error) {
      this.#options.log.error('directory-failed', { error });
      return 'failed';
    }
  }
}

function isOurs(resolution: Resolution | 'failed'): boolean {
  return resolution !== 'failed' && (resolution.type === 'deliver' || resolution.type === 'disabled');
}

/** A copy that waits for room goes by itself: it may come into its mailbox at this moment. */
function leaving(told: Some): readonly QueueName[] {
  return told
    .filter(({ entry }) => entry.account === null)
    .map(({ entry: { object, ordinal } }) => ({ object, ordinal }));
}

/** The same after a crash: the object, what is said, and of which recipients. */
function keyOf(topic: Topic, told: Some): string {
  const ordinals = told.map(({ entry }) => entry.ordinal).toSorted((a, b) => a - b);
  const hash = createHash('sha256').update(ordinals.join(' ')).digest('hex').slice(0, 24);
  return `dsn:${topic}:${told[0].entry.id}:${hash}`;
}

function factsOf(told: Some): Readonly<Record<string, unknown>> {
  const { id, envelope } = told[0].entry;
  return {
    object: id,
    origin: envelope.origin,
    reversePath: peerText(envelope.reversePath),
    recipients: told.length,
    some: told.slice(0, LOGGED_MAX).map(({ entry }) => peerText(entry.recipient)),
  };
}
