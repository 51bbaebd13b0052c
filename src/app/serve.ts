/** The server from its start to its end: what is opened in order is closed in reverse. */
import type { Language } from '../base/language.ts';
import { EXIT } from '../cli/failure.ts';
import { listenHttp } from '../http/listen.ts';
import type { HttpListener } from '../http/listen.ts';
import { onFirstRequest } from '../http/on-first-request.ts';
import type { Metrics } from '../http/metrics.ts';
import { Certificates } from '../services/certificates.ts';
import { WaitingRoom } from '../services/housekeeping.ts';
import { MailServer } from '../services/mail-server.ts';
import { PasswordAuthenticator } from '../services/password-authenticator.ts';
import { Tally } from '../services/tally.ts';
import { loginSecret } from '../store/credentials-secret.ts';
import { systemClock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { LogFile } from '../world/log-file.ts';
import { nodeDisk } from '../world/node-disk.ts';
import { systemRandom } from '../world/random.ts';
import { managementOf, openHouse } from './compose.ts';
import type { House } from './compose.ts';
import { listenControl } from './control.ts';
import { certificateSettings, mailServerOptions } from './mail-settings.ts';
import { figuresOf } from './figures.ts';
import { prepareSending, type Sending } from './sending.ts';
import { writeListen } from './setting-kinds.ts';
import type { Listen } from './setting-kinds.ts';
import type { LoadedSettings } from './settings.ts';
import { startFailure } from './start-failure.ts';
import { welcome } from './welcome.ts';

export interface Starting {
  readonly loaded: LoadedSettings;
  readonly language: Language;
  readonly log: Log;
  readonly logFile: LogFile;
  readonly version: string;
  /** How the command line is called, for the three commands to try. */
  readonly command: string;
  readonly say: (text: string) => void;
}

/** Resolves with the exit code when the server has been told to stop, and has. */
export async function serve(starting: Starting): Promise<number> {
  const { loaded, log, logFile } = starting;
  const { settings } = loaded;
  const told = stopSignal();
  process.on('SIGHUP', () => logFile.reopen());
  process.on('uncaughtException', (error) => dieOf(error, log, logFile));
  process.on('unhandledRejection', (error) => dieOf(error, log, logFile));
  await using closing = new AsyncDisposableStack();
  try {
    const metrics = new Later();
    const house = closing.use(
      await openHouse(settings, log, {
        onBatch: (batch) => metrics.batch(batch),
        onBug: (thrown) => dieOf(thrown, log, logFile),
      }),
    );
    await house.ballast.start();
    const running = await startServices(starting, house, metrics, closing);
    starting.say(
      welcome(
        {
          version: starting.version,
          data: settings.data,
          madeDomain: house.madeDomain,
          listeners: running,
          command: starting.command,
        },
        starting.language,
      ),
    );
    log.info('started', { version: starting.version, pid: process.pid, listeners: running });
  } catch (error) {
    throw startFailure(error, loaded, starting.language);
  }
  log.info('stopping', { signal: await told });
  return EXIT.ok;
}

type Listening = readonly { readonly protocol: string; readonly address: string }[];

async function startServices(
  starting: Starting,
  house: House,
  later: Later,
  closing: AsyncDisposableStack,
): Promise<Listening> {
  const { loaded, log, logFile, version } = starting;
  const { settings } = loaded;
  const tally = new Tally();
  const listening: { protocol: string; address: string }[] = [];
  const waiting = closing.use(new WaitingRoom(house.store, systemClock, log));
  closing.defer(
    house.quota.onShrunk((shrunk) => waiting.shrunk(shrunk.type === 'account' ? shrunk.account : null)),
  );
  const sending = closing.use(await prepareSending(settings, house.store, log));
  const { mail, certificates } = await startMail(starting, { house, tally, sending, closing });
  const runner = sending.run();
  closing.defer(() => runner.stop(settings['smtp.stopGrace']));
  const heard = (protocol: string, at: Listen | null, port: number | undefined): void => {
    if (at !== null && port !== undefined)
      listening.push({ protocol, address: writeListen({ ...at, port }) });
  };
  for (const kind of ['smtp', 'lmtp', 'submission', 'submissions'] as const)
    heard(kind.toUpperCase(), settings[`${kind}.listen`], mail.listener(kind)?.port);

  // Loaded only now: mail is taken while these are still being read.
  const { Metrics } = await import('../http/metrics.ts');
  const metrics = new Metrics(figuresOf(house, { tally, tls: certificates, sending, logFile }));
  later.metrics = metrics;
  const server = {
    running: true,
    version,
    hostname: settings.hostname,
    pid: process.pid,
    startedAt: systemClock.now(),
    listeners: () => listening,
    tls: certificates,
    tryAnew: () => runner.tryAnew(),
    counts: () => ({
      sessionsOpen: tally.sessionsOpen,
      messagesKept: tally.messagesKept,
      refusals: [...tally.replies.values()].reduce(
        (sum, { code, times }) => sum + (/^[45]/.test(code) ? times : 0),
        0,
      ),
    }),
  };
  const management = onFirstRequest(async () => {
    const { managementApp } = await import('../http/management-app.ts');
    return managementApp(managementOf(house, loaded, server, log));
  });
  const control = await listenControl(management, {
    data: settings.data,
    socket: settings['control.socket'],
  });
  closing.defer(() => control.stop(1000));

  const http = await startHttp(starting, house, metrics);
  if (http !== null) {
    closing.defer(() => http.stop(1000));
    heard('HTTP', settings['http.listen'], http.port);
  }
  return listening;
}

/** `null`: it is off. */
async function startHttp(
  { loaded: { settings }, log, version }: Starting,
  house: House,
  metrics: Metrics,
): Promise<HttpListener | null> {
  const at = settings['http.listen'];
  if (at === null) return null;
  const { publicApp } = await import('../http/public-app.ts');
  const origin = settings['help.referenceUrl'] || null;
  return listenHttp(publicApp({ version, level: () => house.space.level, metrics, log, origin }), at);
}

interface MailParts {
  readonly house: House;
  readonly tally: Tally;
  readonly sending: Sending;
  readonly closing: AsyncDisposableStack;
}

async function startMail(
  { loaded: { settings }, log, version }: Starting,
  { house, tally, sending, closing }: MailParts,
): Promise<{ readonly mail: MailServer; readonly certificates: Certificates }> {
  const tls = closing.use(await Certificates.open(certificateSettings(settings), systemClock, log));
  process.on('SIGHUP', () => void tls.reload());
  const world = { clock: systemClock, random: systemRandom, log };
  const secret = await loginSecret(settings.data, { disk: nodeDisk, ...world });
  const { credentials } = house.store;
  const authenticator = new PasswordAuthenticator({ credentials, secret, ...world });
  const mail = await MailServer.start(
    mailServerOptions(settings, house, { tally, log, version, tls, authenticator, queue: sending.meter }),
  );
  closing.defer(() => mail.stop(settings['smtp.stopGrace']));
  return { mail, certificates: tls };
}

/** The first batches may be written before the metrics are loaded; they are not counted in the histogram. */
class Later {
  metrics: Metrics | null = null;

  batch({ messages, syncMs }: { readonly messages: number; readonly syncMs: number }): void {
    this.metrics?.batch(messages, syncMs);
  }
}

/** The first SIGTERM or SIGINT asks for a graceful end; the second one does not wait. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const heard = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(EXIT.interrupted);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', heard);
    process.on('SIGINT', heard);
  });
}

/** A bug: nothing may go on writing after it. */
function dieOf(error: unknown, log: Log, logFile: LogFile): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('bug', { error: text });
  logFile.flushSync();
  process.stderr.write(`restante: ${text}\n`);
  process.exit(EXIT.failure);
}
