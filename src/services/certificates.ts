/**
 * The certificates of this server, as TLS needs them. Read when the server starts and whenever their files change; what cannot be
 * read changes nothing: what was there before is served on, and said to be old.
 */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { CertificateFault, CertificateView, CertificateWarning } from '../world/certificate-facts.ts';
import { certificateStamp, readCertificate } from '../world/certificate-files.ts';
import type { CertificatePair, CertificatePlace } from '../world/certificate-files.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { selfSigned, selfSignedPlace } from '../world/self-signed.ts';
import { Handshakes } from './handshakes.ts';
import type { TlsContexts } from './tls-contexts.ts';

export interface CertificateSettings {
  /** The first is for clients that name no server. None: the server makes its own. */
  readonly places: readonly CertificatePlace[];
  /** Where it keeps that, and the name in it. */
  readonly folder: string;
  readonly host: string;
}

/** A certificate that was asked for cannot be served, and there is none from before. */
export class CertificateFailure extends Error {
  override name = 'CertificateFailure';
  readonly fault: CertificateFault;

  constructor(fault: CertificateFault) {
    super(`${fault.file}: ${fault.reason}`);
    this.fault = fault;
  }
}

const LOOK_EVERY_MS = 10_000;
const DAY = 86_400_000;
const ENDS_SOON_DAYS = 14;

/** RFC 9325 §4.2: for TLS 1.2 only keys that are gone after the session, and only ciphers that nobody can tamper with. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

interface Served {
  readonly place: CertificatePlace;
  readonly isOwn: boolean;
  readonly pair: CertificatePair;
  readonly context: SecureContext;
  /** Of the files when they were last read. */
  readonly stamp: string;
  /** Of files that could not be read once: they may be half way to being replaced. */
  readonly doubted: string | null;
  readonly fault: CertificateFault | null;
}

export class Certificates implements TlsContexts, Disposable {
  readonly handshakes: Handshakes;
  readonly #clock: Clock;
  readonly #log: Log;
  #served: readonly [Served, ...Served[]];
  #byName: ReadonlyMap<string, SecureContext> = new Map();
  /** When each warning was last logged. */
  readonly #warnedAt = new Map<string, number>();
  #looking: Promise<void> = Promise.resolve();
  #cancel: () => void = () => {};
  #isOver = false;

  private constructor(served: readonly [Served, ...Served[]], clock: Clock, log: Log) {
    this.handshakes = new Handshakes(clock, log);
    this.#clock = clock;
    this.#log = log;
    this.#served = served;
    this.#serve(served);
    this.#lookLater();
  }

  /** Rejects with a `CertificateFailure`: who names a certificate does not want another one to be served. */
  static async open(settings: CertificateSettings, clock: Clock, log: Log): Promise<Certificates> {
    const [first, ...others] = settings.places;
    if (first === undefined) return new Certificates([await makeOwn(settings, clock, log)], clock, log);
    const served: [Served, ...Served[]] = [await openServed(first)];
    for (const place of others) served.push(await openServed(place));
    return new Certificates(served, clock, log);
  }

  get fallback(): SecureContext {
    return this.#served[0].context;
  }

  get contextOf(): TlsContexts['contextOf'] {
    return this.#served.length > 1 ? this.#contextOf : null;
  }

  readonly #contextOf = (serverName: string): SecureContext => {
    const name = serverName.toLowerCase();
    const wild = `*${name.slice(Math.max(0, name.indexOf('.')))}`; // RFC 9525 §6.3: the first label, whole
    return this.#byName.get(name) ?? this.#byName.get(wild) ?? this.fallback;
  };

  /** Reads all files now, and says at once what is wrong with them. Sessions under way keep what they have. */
  reload(): Promise<void> {
    return this.#look(true);
  }

  /** What is served. */
  view(): readonly CertificateView[] {
    const now = this.#clock.now();
    return this.#served.map((served, at) => viewOf(served, { isDefault: at === 0, now }));
  }

  /** The same, and what is wrong with the files at this moment. */
  async lookAt(): Promise<readonly CertificateView[]> {
    const looked = this.view().map(async (view) => {
      if (view.isOwn) return view;
      const read = await readServed(view);
      return { ...view, fault: read.ok ? null : read.failure };
    });
    return Promise.all(looked);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#cancel();
  }

  #lookLater(): void {
    if (this.#isOver) return;
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      void this.#look(false).then(() => this.#lookLater());
    });
  }

  /** One look after another. */
  #look(isOrdered: boolean): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookNow(isOrdered));
    return this.#looking;
  }

  async #lookNow(isOrdered: boolean): Promise<void> {
    const [first, ...others] = this.#served;
    const served: [Served, ...Served[]] = [await this.#renew(first, isOrdered)];
    for (const other of others) served.push(await this.#renew(other, isOrdered));
    this.#serve(served);
  }

  async #renew(served: Served, isOrdered: boolean): Promise<Served> {
    if (served.isOwn) return served;
    const { place } = served;
    const stamp = await certificateStamp(place);
    if (stamp === served.stamp && !isOrdered) return served;
    const read = await readServed(place);
    if (read.ok) {
      const { names, validTo } = read.value.pair.facts;
      this.#log.info('certificate-read', { certificate: place.certificate, names, validTo });
      return read.value;
    }
    // Two files are not replaced in one moment. What is wrong twice is wrong.
    if (!isOrdered && served.doubted !== stamp) return { ...served, doubted: stamp };
    const { file, reason } = read.failure;
    this.#log.error('certificate-not-read', { certificate: place.certificate, file, reason });
    return { ...served, stamp, doubted: null, fault: read.failure };
  }

  #serve(served: readonly [Served, ...Served[]]): void {
    const byName = new Map<string, SecureContext>();
    for (const { pair, context } of served) {
      for (const name of pair.facts.names) if (!byName.has(name)) byName.set(name, context);
    }
    this.#served = served;
    this.#byName = byName;
    this.#warn();
  }

  /** Of each thing once a day. */
  #warn(): void {
    const now = this.#clock.now();
    for (const { certificate, facts, warnings } of this.view()) {
      for (const warning of warnings) {
        const about = `${certificate} ${warning}`;
        if (now - (this.#warnedAt.get(about) ?? -Infinity) < DAY) continue;
        this.#warnedAt.set(about, now);
        const days = Math.floor(((facts?.validTo ?? now) - now) / DAY);
        const fields = { certificate, warning, names: facts?.names ?? [], daysLeft: days };
        if (warning === 'ended') this.#log.error('certificate-warning', fields);
        else this.#log.warn('certificate-warning', fields);
      }
    }
  }
}

/** What would be served: for who looks at the files of a server that is stopped. */
export async function lookAtCertificates(
  settings: CertificateSettings,
  clock: Clock,
): Promise<readonly CertificateView[]> {
  const isOwn = settings.places.length === 0;
  const places = isOwn ? [selfSignedPlace(settings.folder)] : settings.places;
  const now = clock.now();
  const views = places.map(async (place, at): Promise<CertificateView> => {
    const read = await readServed(place);
    const isDefault = at === 0;
    if (read.ok) return viewOf({ ...read.value, isOwn }, { isDefault, now });
    const { certificate, key } = place;
    const fault = read.failure;
    return { certificate, key, isDefault, isOwn, facts: null, chainLength: 0, warnings: [], fault };
  });
  return Promise.all(views);
}

async function makeOwn({ folder, host }: CertificateSettings, clock: Clock, log: Log): Promise<Served> {
  const { place, pair, unsaved } = await selfSigned(folder, host, clock.now());
  if (unsaved !== null) log.error('certificate-not-saved', { file: place.certificate, error: unsaved });
  const context = contextFor(pair);
  return { place, isOwn: true, pair, context, stamp: '', doubted: null, fault: null };
}

/** Throws a `CertificateFailure`. */
async function openServed(place: CertificatePlace): Promise<Served> {
  const read = await readServed(place);
  if (!read.ok) throw new CertificateFailure(read.failure);
  return read.value;
}

async function readServed(place: CertificatePlace): Promise<Result<Served, CertificateFault>> {
  const { certificate, key } = place;
  const stamp = await certificateStamp(place); // before the reading: a change meanwhile is seen at the next look
  const read = await readCertificate(place);
  if (!read.ok) return read;
  const pair = read.value;
  try {
    const context = contextFor(pair);
    return ok({
      place: { certificate, key },
      isOwn: false,
      pair,
      context,
      stamp,
      doubted: null,
      fault: null,
    });
  } catch {
    return failed({ file: certificate, reason: 'unusable' });
  }
}

function contextFor({ chain, key }: CertificatePair): SecureContext {
  return createSecureContext({
    cert: chain,
    key,
    ca: [], // no client shows us a certificate; the well-known ones would only cost memory
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // Clients that have no hardware for AES say so by their order.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA,
  });
}

function viewOf(
  { place, isOwn, pair, fault }: Served,
  { isDefault, now }: { readonly isDefault: boolean; readonly now: number },
): CertificateView {
  const { facts, chainLength } = pair;
  return { ...place, isDefault, isOwn, facts, chainLength, warnings: warningsOf(pair, now), fault };
}

function warningsOf({ facts, isChain }: CertificatePair, now: number): readonly CertificateWarning[] {
  const { validFrom, validTo, names } = facts;
  const warnings: CertificateWarning[] = [];
  if (validTo <= now) warnings.push('ended');
  else if (validTo - now < ENDS_SOON_DAYS * DAY) warnings.push('ends-soon');
  if (validFrom > now) warnings.push('not-yet-valid');
  if (names.length === 0) warnings.push('no-names');
  if (!isChain) warnings.push('chain-out-of-order');
  return warnings;
}
