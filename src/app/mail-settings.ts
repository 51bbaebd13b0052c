/** What the mail services are given: settings in their words. */
import { join } from 'node:path';
import type { Authenticator } from '../services/authenticator.ts';
import type { CertificateSettings } from '../services/certificates.ts';
import type { ListenerKind, MailServerOptions } from '../services/mail-server.ts';
import { inNetworks } from '../services/networks.ts';
import type { QueueRoom } from '../services/server-context.ts';
import type { Tally } from '../services/tally.ts';
import type { TlsContexts } from '../services/tls-contexts.ts';
import { systemClock } from '../world/clock.ts';
import { descriptorMax } from '../world/descriptors.ts';
import type { Log } from '../world/log.ts';
import type { House } from './compose.ts';
import { quotaSettings, spaceSettings, submissionSettings } from './rules.ts';
import type { Settings } from './settings-table.ts';

interface Companions {
  readonly tally: Tally;
  readonly log: Log;
  readonly version: string;
  readonly tls: TlsContexts | null;
  readonly authenticator: Authenticator | null;
  readonly queue: QueueRoom | null;
}

export function mailServerOptions(
  settings: Settings,
  house: House,
  { tally, log, version, tls, authenticator, queue }: Companions,
): MailServerOptions {
  const seconds = (key: 'smtp.commandTimeout' | 'smtp.dataTimeout' | 'smtp.sessionTimeout'): number =>
    Math.ceil(settings[key] / 1000);
  const timeouts = {
    commandTimeout: seconds('smtp.commandTimeout'),
    dataTimeout: seconds('smtp.dataTimeout'),
    sessionTimeout: seconds('smtp.sessionTimeout'),
  };
  const listen = (kind: ListenerKind): MailServerOptions['listen'][ListenerKind] => {
    const at = settings[`${kind}.listen`];
    return at === null ? null : { ...at, proxyNetworks: settings['smtp.proxyNetworks'] };
  };
  return {
    listen: {
      smtp: listen('smtp'),
      lmtp: listen('lmtp'),
      submission: listen('submission'),
      submissions: listen('submissions'),
    },
    tls,
    authenticator,
    plainAuthNetworks: inNetworks(settings['submission.plainAuthNetworks']),
    relayNetworks: inNetworks(settings['smtp.relayNetworks']),
    connections: {
      max: connectionMax(settings, log),
      maxPerNetwork: settings['smtp.connectionMaxPerNetwork'],
    },
    profile: profile(settings, timeouts, version),
    conduct: {
      errorMax: settings['smtp.errorMax'],
      helpFree: settings['help.freePerSession'],
      helpMax: settings['help.maxPerSession'],
    },
    intake: {
      messageSizeMax: settings['smtp.messageSizeMax'],
      lineLengthMax: settings['smtp.lineLengthMax'],
      headerLengthMax: settings['smtp.headerSizeMax'],
      lenient: settings['smtp.bareLineEnds'] === 'lenient',
    },
    limits: { ...timeouts, dataRateMin: settings['smtp.dataRateMin'] },
    rules: {
      space: spaceSettings(settings),
      quota: quotaSettings(settings),
      refuseAtData: settings['storage.refuseAtData'],
      revealAtRcpt: settings['quota.revealAtRcpt'],
      submission: submissionSettings(settings),
    },
    queue,
    store: house.store,
    space: house.space,
    clock: systemClock,
    tally,
    log,
  };
}

/** Which certificates this server is to have. */
export function certificateSettings(settings: Settings): CertificateSettings {
  const certificate = settings['tls.certificate'];
  const key = settings['tls.key'];
  const first = certificate === '' && key === '' ? [] : [{ certificate, key: key || certificate }];
  return {
    places: [...first, ...settings['tls.certificates']],
    folder: join(settings.data, 'tls'),
    host: settings.hostname,
  };
}

interface Timeouts {
  readonly commandTimeout: number;
  readonly dataTimeout: number;
  readonly sessionTimeout: number;
}

function profile(settings: Settings, timeouts: Timeouts, version: string): MailServerOptions['profile'] {
  return {
    host: settings.hostname,
    messageSizeMax: settings['smtp.messageSizeMax'],
    recipientMax: settings['smtp.recipientMax'],
    recipientForbiddenAt: settings['smtp.recipientForbiddenAt'],
    mailMax: settings['smtp.mailMax'],
    help: {
      level: settings['help.level'],
      showVersion: settings['help.showVersion'],
      version,
      contact: settings['help.contact'] || `postmaster@${settings.hostname}`,
      referenceUrl: settings['help.referenceUrl'] || null,
    },
    refusalsReferTo: (settings['help.linkInRefusals'] && settings['help.referenceUrl']) || null,
    timeouts: {
      command: timeouts.commandTimeout,
      data: timeouts.dataTimeout,
      session: timeouts.sessionTimeout,
    },
  };
}

/** Files that are open beside the sessions: segments, large objects on their way in, the index, the log, the control socket. */
const DESCRIPTORS_KEPT = 512;

/** No more sessions than the process may have open files: beyond it they could not even be told 421. */
function connectionMax(settings: Settings, log: Log): number {
  const wanted = settings['smtp.connectionMax'];
  const possible = Math.max(16, descriptorMax() - DESCRIPTORS_KEPT);
  if (possible < wanted)
    log.warn('connections-limited', { wanted, possible, because: 'limit of open files (ulimit -n)' });
  return Math.min(wanted, possible);
}
