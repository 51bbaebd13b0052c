/** What the mail services are given: settings in their words. */
import type { MailServerOptions } from '../services/mail-server.ts';
import type { Tally } from '../services/tally.ts';
import { systemClock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import type { House } from './compose.ts';
import { quotaSettings, spaceSettings } from './rules.ts';
import type { Settings } from './settings-table.ts';

interface Watchers {
  readonly tally: Tally;
  readonly log: Log;
  readonly version: string;
}

export function mailServerOptions(
  settings: Settings,
  house: House,
  { tally, log, version }: Watchers,
): MailServerOptions {
  const seconds = (key: 'smtp.commandTimeout' | 'smtp.dataTimeout' | 'smtp.sessionTimeout'): number =>
    Math.ceil(settings[key] / 1000);
  const timeouts = {
    commandTimeout: seconds('smtp.commandTimeout'),
    dataTimeout: seconds('smtp.dataTimeout'),
    sessionTimeout: seconds('smtp.sessionTimeout'),
  };
  const listen = (key: 'smtp.listen' | 'lmtp.listen'): MailServerOptions['smtp'] => {
    const at = settings[key];
    return at === null
      ? null
      : {
          ...at,
          connectionMax: settings['smtp.connectionMax'],
          connectionMaxPerNetwork: settings['smtp.connectionMaxPerNetwork'],
          proxyNetworks: settings['smtp.proxyNetworks'],
        };
  };
  return {
    smtp: listen('smtp.listen'),
    lmtp: listen('lmtp.listen'),
    profile: {
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
      timeouts: {
        command: timeouts.commandTimeout,
        data: timeouts.dataTimeout,
        session: timeouts.sessionTimeout,
      },
    },
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
    },
    store: house.store,
    space: house.space,
    clock: systemClock,
    tally,
    log,
  };
}
